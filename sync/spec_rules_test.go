package calsync

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// Rules and ends in every form, written in the table.
func TestSpecRulesToGoogle(t *testing.T) {
	for i, c := range []struct {
		server, zone, start, end, lines string
		n                               int
	}{
		{"UTC", "Europe/Paris", "2027-03-26 02:30:00", "2027-03-26 02:45:00", "RRULE:FREQ=DAILY;COUNT=5", 5},
		{"UTC", "Europe/Paris", "2027-10-29 02:30:00", "2027-10-29 02:45:00", "RRULE:FREQ=DAILY;COUNT=5", 5},
		{"UTC", "Europe/Paris", "2027-10-29 02:30:00", "2027-10-29 02:45:00", "RRULE:FREQ=DAILY;COUNT=5\nEXDATE;TZID=Europe/Paris:20271031T023000", 4},
		{"UTC", "Europe/Paris", "2027-10-29 02:30:00", "2027-10-29 02:45:00", "RRULE:FREQ=DAILY;UNTIL=20271031T023000", 3},
		{"UTC", "Europe/Paris", "2027-03-26 23:00:00", "2027-03-27 01:00:00", "RRULE:FREQ=DAILY;UNTIL=20270329", 4},
		{"Asia/Tokyo", "", "2026-11-25 08:00:00", "2026-11-25 09:00:00", "RRULE:FREQ=DAILY;UNTIL=20261129T230000Z", 6},
		{"Asia/Tokyo", "", "2026-11-25 08:00:00", "2026-11-25 09:00:00", "RRULE:FREQ=DAILY;UNTIL=20261130", 6},
		{"Asia/Tokyo", "", "2026-11-25", "2026-11-25", "RRULE:FREQ=DAILY;UNTIL=20261130", 6},
		{"America/New_York", "", "2026-11-25", "2026-11-26", "RRULE:FREQ=WEEKLY;COUNT=4;BYDAY=WE,SU;WKST=SU", 4},
		{"Asia/Tokyo", "", "2026-11-30 08:00:00", "2026-11-30 09:00:00", "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=4", 4},
		{"Asia/Tokyo", "", "2026-11-30 08:00:00", "2026-11-30 09:00:00", "RRULE:FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=4;INTERVAL=2", 4},
		{"Asia/Tokyo", "", "2026-11-30 08:00:00", "2026-11-30 09:00:00", "RRULE:FREQ=MONTHLY;BYMONTHDAY=31,30;COUNT=4", 4},
		{"Asia/Tokyo", "", "2026-11-27 08:00:00", "2026-11-27 09:00:00", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=-1FR;COUNT=2", 2},
		{"Asia/Tokyo", "", "2026-11-25 08:00:00", "2026-11-25 09:00:00", "RDATE:20261127T080000,20261128T100000", 3},
		{"Asia/Tokyo", "", "2026-11-25 08:00:00", "2026-11-25 09:00:00", "RDATE;TZID=Europe/Paris:20261127T080000,20261128T100000", 3},
		{"Asia/Tokyo", "", "2026-11-25", "2026-11-25", "RRULE:FREQ=DAILY;COUNT=2\nRDATE;VALUE=DATE:20261201,20261203", 4},
		{"Asia/Tokyo", "", "2026-11-25 08:00:00", "2026-11-25 09:00:00", "RRULE:FREQ=DAILY;COUNT=5\nEXDATE;TZID=Europe/Paris:20261126T000000,20261127T000000", 3},
		{"Asia/Tokyo", "", "2026-11-25 08:00:00", "2026-11-25 09:00:00", "RRULE:FREQ=DAILY;COUNT=5\r\nEXDATE:20261125T230000Z\r\nEXDATE:20261128T080000", 3},
		{"Asia/Tokyo", "", "2026-11-25 08:00:00", "2026-11-25 09:00:00", "RRULE:FREQ=DAILY;COUNT=5\nEXDATE;VALUE=DATE:20261126", 4},
		{"Asia/Tokyo", "", "2026-11-25 08:00:00", "2026-11-25 09:00:00", "EXDATE;TZID=Asia/Tokyo:20261126T080000\nRRULE:FREQ=DAILY;COUNT=5", 4},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			w := specWorld(t)
			opt := w.svc.opt
			var err error
			opt.Zone, err = time.LoadLocation(c.server)
			check(t, err)
			w.svc = New(opt)
			id := w.series("s", c.start, c.end, c.zone, c.lines)
			w.sync()
			w.agree(c.n)
			w.editRow(id, "location = 'x'")
			w.sync()
			w.agree(c.n)
			w.editEvent(w.master().Id, func(e *calendar.Event) { e.Location = "y" })
			w.sync()
			if row := w.row(id); row.Recurrence != c.lines || row.Location != "y" {
				t.Errorf("the lines are now %q", row.Recurrence)
			}
			w.agree(c.n)
		})
	}
}

// Both sides change a series' time, one its changed occurrence besides.
func TestSpecSeriesTimeConflict(t *testing.T) {
	for _, policy := range []string{models.PolicyNewest, models.PolicyGoogle, models.PolicyCRM} {
		t.Run(policy, func(t *testing.T) {
			w := specWorld(t)
			w.policy(policy)
			id := w.series("s", at10, at11, "", "RRULE:FREQ=DAILY;COUNT=4\nEXDATE;TZID=Asia/Tokyo:20261128T100000")
			w.instead(id, "2026-11-26 10:00:00", "x", "2026-11-26 13:00:00", "2026-11-26 14:00:00")
			w.sync()
			w.agree(3)
			w.editEvent(w.master().Id, func(e *calendar.Event) { e.Recurrence[0] = "RRULE:FREQ=DAILY;COUNT=6" })
			w.advance(60e9)
			w.editRow(id, "recurrence = replace(recurrence, 'COUNT=4', 'COUNT=5')")
			w.sync()
			w.agree(map[string]int{models.PolicyNewest: 4, models.PolicyCRM: 4, models.PolicyGoogle: 5}[policy])
		})
	}
}
