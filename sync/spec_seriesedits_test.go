package calsync

import (
	"testing"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// What Google removed one by one comes back with a longer rule, or after it.
func TestSpecGivenBackWithTheRule(t *testing.T) {
	for _, at := range []string{"once", "later"} {
		t.Run(at, func(t *testing.T) {
			w := specWorld(t)
			id := w.series("s", at10, at11, "", "RRULE:FREQ=DAILY;COUNT=5")
			w.sync()
			w.account().Delete("primary", w.master().Id+"_20261127T010000Z")
			w.sync()
			w.agree(4)
			if at == "later" {
				w.editRow(id, "recurrence = replace(recurrence, 'COUNT=5', 'COUNT=6')")
				w.sync()
				w.agree(5)
			}
			w.editRow(id, "recurrence = 'RRULE:FREQ=DAILY;COUNT=6'")
			w.sync()
			w.agree(6)
		})
	}
}

// A series is made all-day, and timed again, on either side, with changed and removed occurrences.
func TestSpecSeriesTurnsAllDay(t *testing.T) {
	onBothSides(t, "", func(t *testing.T, side string) {
		w := specWorld(t)
		id := w.series("s", "2026-11-25 08:00:00", "2026-11-25 09:00:00", "", "RRULE:FREQ=DAILY;UNTIL=20261129T230000Z\nEXDATE;TZID=Asia/Tokyo:20261126T080000")
		w.instead(id, "2026-11-27 08:00:00", "x", "2026-11-27 13:00:00", "2026-11-27 14:00:00")
		w.sync()
		w.agree(5)
		if side == "table" {
			w.exec("DELETE FROM schedules WHERE series_id = ?", id)
			w.editRow(id, "all_day = 1, start_at = '2026-11-25 00:00:00', end_at = '2026-11-25 00:00:00'")
			w.sync()
			w.agree(5)
			w.editRow(id, "all_day = 0, start_at = '2026-11-25 08:00:00', end_at = '2026-11-25 09:00:00'")
			w.sync()
			w.agree(5)
			return
		}
		w.editEvent(w.master().Id, func(e *calendar.Event) {
			e.Start, e.End = &calendar.EventDateTime{Date: "2026-11-25"}, &calendar.EventDateTime{Date: "2026-11-26"}
			e.Recurrence = []string{"RRULE:FREQ=DAILY;UNTIL=20261130"}
		})
		w.sync()
		w.agree(6)
		w.editEvent(w.master().Id, func(e *calendar.Event) {
			e.Start = &calendar.EventDateTime{DateTime: "2026-11-25T08:00:00+09:00", TimeZone: "Asia/Tokyo"}
			e.End = &calendar.EventDateTime{DateTime: "2026-11-25T09:00:00+09:00", TimeZone: "Asia/Tokyo"}
			e.Recurrence = []string{"RRULE:FREQ=DAILY;COUNT=3"}
		})
		w.sync()
		w.agree(3)
	})
}

// The CRM makes a series of days of a timed one and leaves its replacement row.
func TestSpecSeriesTurnsAllDayWithReplacement(t *testing.T) {
	w := specWorld(t)
	id := w.series("s", "2026-11-25 08:00:00", "2026-11-25 09:00:00", "", "RRULE:FREQ=DAILY;COUNT=4")
	w.instead(id, "2026-11-27 08:00:00", "x", "2026-11-27 13:00:00", "2026-11-27 14:00:00")
	w.sync()
	w.agree(4)
	w.editRow(id, "all_day = 1, start_at = '2026-11-25 00:00:00', end_at = '2026-11-25 00:00:00'")
	w.sync()
	w.agree(4)
}

// A series becomes a single appointment while it has changed and removed occurrences.
func TestSpecSeriesBecomesSingle(t *testing.T) {
	onBothSides(t, "", func(t *testing.T, side string) {
		w := specWorld(t)
		id := w.series("s", at10, at11, "", "RRULE:FREQ=DAILY;COUNT=4\nEXDATE;TZID=Asia/Tokyo:20261128T100000")
		x := w.instead(id, "2026-11-26 10:00:00", "x", "2026-11-26 13:00:00", "2026-11-26 14:00:00")
		w.sync()
		w.agree(3)
		if side == "google" {
			w.editEvent(w.master().Id, func(e *calendar.Event) { e.Recurrence = nil })
		} else {
			w.exec("DELETE FROM schedules WHERE id = ?", x)
			w.editRow(id, "recurrence = NULL")
		}
		w.sync()
		w.agree(1)
		if side == "google" {
			w.editRow(id, "recurrence = 'RRULE:FREQ=DAILY;COUNT=4'")
		} else {
			w.editEvent(w.events()[0].Id, func(e *calendar.Event) { e.Recurrence = []string{"RRULE:FREQ=DAILY;COUNT=4"} })
		}
		w.sync()
		w.agree(4)
	})
}

// Both sides change the same occurrence for the first time.
func TestSpecSameOccurrenceOnBothSides(t *testing.T) {
	for _, policy := range []string{models.PolicyNewest, models.PolicyGoogle, models.PolicyCRM} {
		for _, what := range []string{"changed, changed", "changed, removed", "removed, changed", "removed, removed"} {
			t.Run(policy+" "+what, func(t *testing.T) {
				w := specWorld(t)
				w.policy(policy)
				id := w.series("s", at10, at11, "", "RRULE:FREQ=DAILY;COUNT=4")
				w.sync()
				key := w.master().Id + "_20261126T010000Z"
				n := 4
				switch what[:7] {
				case "changed":
					w.instead(id, "2026-11-26 10:00:00", "row", "2026-11-26 13:00:00", "2026-11-26 14:00:00")
				case "removed":
					w.editRow(id, "recurrence = recurrence || char(10) || 'EXDATE;TZID=Asia/Tokyo:20261126T100000'")
				}
				w.advance(60e9)
				switch what[9:] {
				case "changed":
					w.editEvent(key, func(e *calendar.Event) { e.Summary = "event" })
				case "removed":
					w.account().Delete("primary", key)
				}
				w.sync()
				switch {
				case what == "removed, removed", policy == models.PolicyGoogle && what == "changed, removed", policy == models.PolicyCRM && what == "removed, changed":
					n = 3
				}
				w.agree(n)
			})
		}
	}
}

// Two rows that replace the same occurrence: one is carried, the other is left aside, and nobody else waits.
func TestSpecTwoReplacementsOfOneOccurrence(t *testing.T) {
	w := specWorld(t)
	id := w.series("s", at10, at11, "", "RRULE:FREQ=DAILY;COUNT=3")
	w.instead(id, "2026-11-26 10:00:00", "x", "2026-11-26 13:00:00", "2026-11-26 14:00:00")
	w.instead(id, "2026-11-26 10:00:00", "y", "2026-11-26 15:00:00", "2026-11-26 16:00:00")
	w.insertRow("other", at12, at13)
	_, err := w.try()
	if err != nil {
		t.Error(err)
	}
	_, err = w.try()
	if err != nil {
		t.Error(err)
	}
	if got := w.googleShows(); len(got) != 4 {
		t.Errorf("%v", got)
	}
	w.quiet()
}
