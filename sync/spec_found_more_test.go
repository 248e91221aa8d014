package calsync

import (
	"agcrm-google/sync/googletest"
	"fmt"
	"net/http"
	"strings"
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

// Point 15: an event whose insert was never confirmed was moved to another
// calendar, which cannot be listed just now: it is not inserted a second time.
func TestSpecMovedBeforeItsInsertWasConfirmed(t *testing.T) {
	w := specWorld(t)
	w.addCalendar("z@group.calendar.google.com")
	w.sync()
	id := w.insertRow("a", "2026-11-25 10:00:00", "2026-11-25 11:00:00")
	w.google.AddFault(googletest.Fault{Match: onMethod("POST"), Drop: true, After: true})
	_, _ = w.try()
	w.google.ClearFaults()
	events := w.events()
	if len(events) != 1 {
		t.Fatalf("%d events", len(events))
	}
	w.account().Move("primary", events[0].Id, "z@group.calendar.google.com")
	w.google.AddFault(googletest.Fault{Match: func(r *http.Request) bool {
		return strings.HasSuffix(r.URL.Path, "/z@group.calendar.google.com/events")
	}})
	_, _ = w.try()
	w.google.ClearFaults()
	w.advance(missingFor)
	w.sync()
	if rows := w.rows(); len(rows) != 1 || rows[0].ID != id {
		t.Errorf("%s", w.tables())
	}
	if n := len(w.events()) + len(w.account().Events("z@group.calendar.google.com")); n != 1 {
		t.Errorf("%d events", n)
	}
	w.quiet()
}

// Points 8 and 11: a participant shortens the rule of the own copy, which cancels
// an occurrence that had been changed: with the rule it comes back.
func TestSpecShortenedCopyComesBackWhole(t *testing.T) {
	eitherWay(t, "replaced still", "given back meanwhile", func(t *testing.T, given bool) {
		w := company(t, testUser, otherUser)
		id := w.series("m", "2026-11-25 12:00:00", "2026-11-25 13:00:00", "", "RRULE:FREQ=DAILY;COUNT=4")
		w.exec("INSERT INTO schedule_participants (schedule_id, user_id) VALUES (?, ?)", id, otherUser)
		once := w.instead(id, "2026-11-27 12:00:00", "x", "2026-11-27 15:00:00", "2026-11-27 16:00:00")
		w.settle()
		for _, e := range w.of(otherUser).Events("primary") {
			if len(e.Recurrence) > 0 {
				w.of(otherUser).Edit("primary", e.Id, func(e *calendar.Event) { e.Recurrence = []string{"RRULE:FREQ=DAILY;COUNT=2"} })
			}
		}
		if given {
			w.exec("DELETE FROM schedules WHERE id = ?", once)
		}
		w.settle()
		want := []string{"11-25 12:00 m", "11-26 12:00 m", "11-27 15:00 x", "11-28 12:00 m"}
		if given {
			want[2] = "11-27 12:00 m"
		}
		w.wantSeen(otherUser, []string{"primary"}, want...)
		w.still()
	})
}
