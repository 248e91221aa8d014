package calsync

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"
)

// Occurrences at hours that do not exist, or twice, replaced and removed from both sides.
func TestSpecHoursOfChange(t *testing.T) {
	for _, c := range []struct{ name, start, day string }{{"gap", "2027-03-26", "2027-03-28"}, {"twice", "2027-10-29", "2027-10-31"}} {
		for _, born := range sides {
			t.Run(c.name+" born "+born, func(t *testing.T) {
				w := specWorld(t)
				opt := w.svc.opt
				opt.Zone = time.UTC
				w.svc = New(opt)
				if born == "table" {
					w.series("s", c.start+" 02:30:00", c.start+" 02:45:00", "Europe/Paris", "RRULE:FREQ=DAILY;COUNT=5")
				} else {
					paris, err := time.LoadLocation("Europe/Paris")
					check(t, err)
					at, err := time.ParseInLocation("2006-01-02 15:04", c.start+" 02:30", paris)
					check(t, err)
					e := timed("s", at.Format(time.RFC3339), at.Add(15*time.Minute).Format(time.RFC3339))
					e.Start.TimeZone, e.End.TimeZone = "Europe/Paris", "Europe/Paris"
					e.Recurrence = []string{"RRULE:FREQ=DAILY;COUNT=5"}
					w.account().Insert("primary", e)
				}
				w.sync()
				w.agree(5)
				id := w.rows()[0].ID
				x := w.instead(id, c.day+" 02:30:00", "x", c.day+" 12:00:00", c.day+" 13:00:00")
				w.sync()
				w.agree(5)
				w.editRow(x, "subject = 'xx'")
				w.sync()
				w.agree(5)
				w.editEvent(w.eventNamed("xx").Id, func(e *calendar.Event) { e.Summary = "xxx" })
				w.sync()
				w.agree(5)
				w.exec("DELETE FROM schedules WHERE id = ?", x)
				w.sync()
				w.agree(5)
				w.editRow(id, "recurrence = recurrence || char(10) || ?", "EXDATE;TZID=Europe/Paris:"+strings.ReplaceAll(c.day, "-", "")+"T023000")
				w.sync()
				w.agree(4)
				w.editRow(id, "recurrence = 'RRULE:FREQ=DAILY;COUNT=5'")
				w.sync()
				w.agree(5)
				w.account().Delete("primary", w.instanceOn(c.day))
				w.sync()
				w.agree(4)
				w.editRow(id, "recurrence = 'RRULE:FREQ=DAILY;COUNT=6'")
				w.sync()
				w.agree(6)
				w.editEvent(w.instanceOn(c.day), func(e *calendar.Event) { e.Summary = "y" })
				w.sync()
				w.agree(6)
			})
		}
	}
}

// Google moves a series with a changed and a removed occurrence, and moves it back.
func TestSpecSeriesMovedThereAndBack(t *testing.T) {
	w := specWorld(t)
	id := w.series("s", at10, at11, "", "RRULE:FREQ=DAILY;COUNT=4\nEXDATE;TZID=Asia/Tokyo:20261128T100000")
	w.instead(id, "2026-11-26 10:00:00", "x", "2026-11-26 13:00:00", "2026-11-26 14:00:00")
	w.sync()
	w.agree(3)
	move := func(start, end string) {
		w.editEvent(w.master().Id, func(e *calendar.Event) {
			e.Start.DateTime, e.End.DateTime = "2026-11-25T"+start+":00+09:00", "2026-11-25T"+end+":00+09:00"
		})
	}
	move("11:00", "12:00")
	w.sync()
	w.agree(4)
	move("10:00", "11:00")
	w.sync()
	w.agree(len(w.googleShows()))
}

// The CRM moves a series with a changed and a removed occurrence and moves it back, as its own page does.
func TestSpecSeriesMovedInTheTable(t *testing.T) {
	w := specWorld(t)
	id := w.series("s", at10, at11, "", "RRULE:FREQ=DAILY;COUNT=4\nEXDATE;TZID=Asia/Tokyo:20261128T100000")
	x := w.instead(id, "2026-11-26 10:00:00", "x", "2026-11-26 13:00:00", "2026-11-26 14:00:00")
	w.sync()
	w.agree(3)
	w.editRow(id, "start_at = ?, end_at = ?, recurrence = replace(recurrence, 'T100000', 'T110000')", at11, at12)
	w.editRow(x, "original_start_at = '2026-11-26 11:00:00'")
	w.sync()
	w.agree(3)
	w.editRow(id, "start_at = ?, end_at = ?, recurrence = replace(recurrence, 'T110000', 'T100000')", at10, at11)
	w.editRow(x, "original_start_at = '2026-11-26 10:00:00'")
	w.sync()
	w.agree(3)
	w.account().Delete("primary", w.eventNamed("x").Id)
	w.sync()
	w.agree(2)
	// The zone changes, the clock readings stay.
	w.editRow(id, "time_zone = 'Europe/Paris', recurrence = 'RRULE:FREQ=DAILY;COUNT=4'||char(10)||'EXDATE;TZID=Europe/Paris:20261128T100000'")
	w.sync()
	w.agree(3)
	w.editEvent(w.master().Id, func(e *calendar.Event) {
		e.Start = &calendar.EventDateTime{DateTime: "2026-11-25T10:00:00-05:00", TimeZone: "America/New_York"}
		e.End = &calendar.EventDateTime{DateTime: "2026-11-25T11:00:00-05:00", TimeZone: "America/New_York"}
	})
	w.sync()
	if row := w.row(id); row.TimeZone != "America/New_York" || row.StartAt.String() != "2026-11-25T10:00:00" {
		t.Errorf("%+v", row)
	}
	w.quiet()
}

// As Google's page does "this and following": with exceptions before and after, then the CRM edits on.
func TestSpecSplitThenEditedInTheTable(t *testing.T) {
	w := specWorld(t)
	id := w.series("s", at10, at11, "", "RRULE:FREQ=DAILY;COUNT=8\nEXDATE;TZID=Asia/Tokyo:20261126T100000\nEXDATE;TZID=Asia/Tokyo:20261130T100000")
	w.instead(id, "2026-11-27 10:00:00", "x", "2026-11-27 13:00:00", "2026-11-27 14:00:00")
	y := w.instead(id, "2026-12-01 10:00:00", "y", "2026-12-01 13:00:00", "2026-12-01 14:00:00")
	w.sync()
	w.agree(6)
	master := w.master()
	w.editEvent(master.Id, func(e *calendar.Event) {
		e.Recurrence = []string{"RRULE:FREQ=DAILY;UNTIL=20261128T145959Z", "EXDATE;TZID=Asia/Tokyo:20261126T100000"}
	})
	n := timed("n", "2026-11-29T15:00:00+09:00", "2026-11-29T16:00:00+09:00")
	n.Start.TimeZone, n.End.TimeZone, n.Recurrence = "Asia/Tokyo", "Asia/Tokyo", []string{"RRULE:FREQ=DAILY;COUNT=4"}
	n.ExtendedProperties = master.ExtendedProperties
	made := w.account().Insert("primary", n)
	w.editRow(y, "subject = 'yy'") // meanwhile
	w.sync()
	w.sync()
	w.quiet()
	w.account().Edit("primary", made.Id+"_20261130T060000Z", func(e *calendar.Event) {
		e.Start.DateTime, e.End.DateTime = "2026-11-30T20:00:00+09:00", "2026-11-30T21:00:00+09:00"
	})
	w.sync()
	w.agree(len(w.googleShows()))
	if got := w.googleShows(); len(got) != 7 {
		t.Errorf("%v", got)
	}
}

// Deleting on both sides takes what was born on the other, and occurrences go or stay with their series.
func TestSpecUnlinkDeletesSeries(t *testing.T) {
	w := specWorld(t)
	w.seriesOfAll()
	e := timed("g", "2026-12-01T12:00:00+09:00", "2026-12-01T13:00:00+09:00")
	e.Start.TimeZone, e.End.TimeZone, e.Recurrence = "Asia/Tokyo", "Asia/Tokyo", []string{"RRULE:FREQ=DAILY;COUNT=4"}
	made := w.account().Insert("primary", e)
	w.account().Edit("primary", made.Id+"_20261202T030000Z", func(e *calendar.Event) { e.Summary = "gx" })
	w.sync()
	check(t, w.svc.Unlink(t.Context(), testUser, Delete, Delete))
	w.sides("s x y", "g gx")
}
