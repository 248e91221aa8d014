package calsync

import (
	"testing"

	"google.golang.org/api/calendar/v3"
)

// TestSplitOffSeriesOutlivesTheFirst: what Google splits off a series has an id
// that begins with the series' own, as its occurrences have. It goes on, once,
// when the first series is deleted.
func TestSplitOffSeriesOutlivesTheFirst(t *testing.T) {
	w := newWorld(t)
	id := w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, recurrence) VALUES (?, '定例', '2026-11-25 10:00:00', '2026-11-25 11:00:00', 'RRULE:FREQ=DAILY;COUNT=9')", testUser)
	w.sync()
	first := w.events()[0]
	w.account().Edit("primary", first.Id, func(e *calendar.Event) {
		e.Recurrence = []string{"RRULE:FREQ=DAILY;UNTIL=20261128T005959Z"}
	})
	w.account().Insert("primary", &calendar.Event{
		Id: first.Id + "_R20261128T010000", Summary: "定例", Recurrence: []string{"RRULE:FREQ=DAILY;COUNT=6"},
		Start:              &calendar.EventDateTime{DateTime: "2026-11-28T10:00:00+09:00", TimeZone: "Asia/Tokyo"},
		End:                &calendar.EventDateTime{DateTime: "2026-11-28T11:00:00+09:00", TimeZone: "Asia/Tokyo"},
		ExtendedProperties: first.ExtendedProperties,
	})
	w.sync()
	if rows := w.rows(); len(rows) != 2 {
		t.Fatalf("after the split: %+v", rows)
	}
	w.exec("DELETE FROM schedules WHERE id = ?", id)
	w.sync()
	w.quiet()
	if rows, events := w.rows(), w.events(); len(rows) != 1 || len(events) != 1 || events[0].Id != first.Id+"_R20261128T010000" {
		t.Errorf("rows %+v, events %+v", rows, events)
	}
}
