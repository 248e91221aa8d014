package calsync

import (
	"fmt"
	"testing"

	"google.golang.org/api/calendar/v3"
)

// Point 9: the organiser removes an occurrence that only a guest's run has taken
// up as a row: it goes, whoever runs next.
func TestSpecSharedOccurrenceRemovedBeforeTheOrganiserRan(t *testing.T) {
	whoeverFirst(t, func(t *testing.T, order []int64) {
		w := company(t, order...)
		w.google.SetReviveDeleted(false)
		m := meeting("m", mailOf[otherUser])
		m.Start.TimeZone, m.End.TimeZone, m.Recurrence = "Asia/Tokyo", "Asia/Tokyo", []string{"RRULE:FREQ=DAILY;COUNT=3"}
		made := w.of(testUser).Insert("primary", m)
		second := made.Id + "_20261126T030000Z"
		w.of(testUser).Edit("primary", second, func(e *calendar.Event) { e.Summary = "x" })
		w.syncOf(otherUser)
		w.of(testUser).Delete("primary", second)
		w.settle(order...)
		if rows := w.everyRow(); len(rows) != 1 {
			t.Errorf("%s", w.tables())
		}
		w.still()
	})
}

// Point 15: an event is moved while the calendars are being listed, whether the
// first listing still names it or not: one appointment.
func TestSpecMovedBetweenTheListings(t *testing.T) {
	for n := range int64(4) {
		t.Run(fmt.Sprint("moment ", n+1), func(t *testing.T) {
			w := specWorld(t)
			w.addCalendar("z@group.calendar.google.com")
			id, event := w.shared("a")
			w.editEvent(event, func(e *calendar.Event) { e.Location = "hall" })
			w.meanwhile(n+1, func() { w.account().Move("primary", event, "z@group.calendar.google.com") })
			w.sync()
			w.sync()
			if rows := w.rows(); len(rows) != 1 || rows[0].ID != id || rows[0].Location != "hall" {
				t.Errorf("%s", w.tables())
			}
			w.quiet()
		})
	}
}
