package calsync

import (
	"slices"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

func eachCalendar(t *testing.T, test func(t *testing.T, other string)) {
	for _, other := range []string{calA, calZ} {
		t.Run(other[:1], func(t *testing.T) { test(t, other) })
	}
}

// Point 15: an event that moved to another calendar is the same pair.
func TestSpecMoveBetweenCalendars(t *testing.T) {
	eachCalendar(t, func(t *testing.T, other string) {
		w := specWorld(t)
		w.addCalendar(other)
		id, event := w.shared("a")
		for _, way := range [][2]string{{"primary", other}, {other, "primary"}} {
			w.account().Move(way[0], event, way[1])
			w.sync()
			w.row(id)
			if n := len(w.rows()); n != 1 {
				t.Fatalf("%d rows", n)
			}
			w.quiet()
			w.editRow(id, "subject = ?", "in "+way[1])
			w.sync()
			if e := w.account().Event(way[1], event); e.Summary != "in "+way[1] {
				t.Errorf("the moved event did not follow its row: %q", e.Summary)
			}
			w.advance(time.Minute)
		}
		w.account().Delete("primary", event)
		w.sync()
		if n := len(w.rows()); n != 0 {
			t.Errorf("%d rows", n)
		}
		w.quiet()
	})
}

// With a new id but the same iCalUID in another calendar it has moved as well.
func TestSpecMoveWithNewID(t *testing.T) {
	eachCalendar(t, func(t *testing.T, other string) {
		for _, way := range [][2]string{{"primary", other}, {other, "primary"}} {
			w := linkedWorld(t)
			w.addCalendar(other)
			w.account().Insert(way[0], lunch("a"))
			w.sync()
			w.rest()
			id, old := w.rows()[0].ID, w.eventNamedIn(way[0], "a")
			moved := lunch("a")
			moved.ICalUID = old.ICalUID
			w.account().Insert(way[1], moved)
			w.account().Delete(way[0], old.Id)
			w.sync()
			w.row(id)
			if n := len(w.rows()); n != 1 {
				t.Errorf("%v: %d rows", way, n)
			}
			w.editRow(id, "subject = 'b'")
			w.sync()
			w.eventNamedIn(way[1], "b")
			w.quiet()
		}
	})
}

// Moved and edited in one go: the edit is carried, the row stays.
func TestSpecMoveAndEdit(t *testing.T) {
	eachCalendar(t, func(t *testing.T, other string) {
		w := specWorld(t)
		w.addCalendar(other)
		id, event := w.shared("a")
		w.account().Move("primary", event, other)
		w.account().Edit(other, event, func(e *calendar.Event) { e.Summary = "b" })
		w.editRow(id, "location = 'room'")
		w.sync()
		row, e := w.row(id), w.account().Event(other, event)
		if row.Subject != "b" || row.Location != "room" || e.Summary != "b" || e.Location != "room" {
			t.Errorf("%+v %+v", row, e)
		}
		w.quiet()
	})
}

// Moved while the sync tokens expired: a full listing must tell the same.
func TestSpecMoveDuringExpiry(t *testing.T) {
	eachCalendar(t, func(t *testing.T, other string) {
		w := specWorld(t)
		w.addCalendar(other)
		id, event := w.shared("a")
		w.account().Move("primary", event, other)
		w.google.ExpireSyncTokens()
		w.sync()
		w.row(id)
		if n := len(w.rows()); n != 1 {
			t.Fatalf("%d rows", n)
		}
		w.quiet()
	})
}

// A move that happens between the listings of the two calendars: the others are
// listed once more before a cancellation is acted on.
func TestSpecMoveBetweenListings(t *testing.T) {
	eachCalendar(t, func(t *testing.T, other string) {
		for _, way := range [][2]string{{"primary", other}, {other, "primary"}} {
			w := linkedWorld(t)
			w.addCalendar(other)
			w.account().Insert(way[0], lunch("a"))
			w.sync()
			w.rest()
			id, event := w.rows()[0].ID, w.eventNamedIn(way[0], "a").Id
			w.meanwhile(2, func() { w.account().Move(way[0], event, way[1]) })
			w.sync()
			w.sync()
			w.row(id)
			if n := len(w.rows()); n != 1 {
				t.Errorf("%v: %d rows", way, n)
			}
			w.quiet()
		}
	})
}

// An event of an unticked calendar that is moved into a ticked one is its row's.
func TestSpecMoveOutOfUntickedCalendar(t *testing.T) {
	w := specWorld(t)
	w.addCalendar(calZ)
	event := w.account().Insert(calZ, lunch("a")).Id
	w.sync()
	id := w.rows()[0].ID
	w.profile(func(p *models.Profile) {
		p.Calendars = slices.DeleteFunc(p.Calendars, func(id string) bool { return id == calZ })
	})
	w.sync()
	w.account().Move(calZ, event, "primary")
	w.sync()
	w.row(id)
	w.both("a")
	w.quiet()
}

// Moved into a calendar that is not synchronised: for us it is gone.
func TestSpecMoveIntoUntickedCalendar(t *testing.T) {
	w := specWorld(t)
	w.account().AddCalendar(calZ, "z", "owner", "Asia/Tokyo")
	_, event := w.shared("a")
	w.account().Move("primary", event, calZ)
	w.sync()
	w.both("")
	w.quiet()
	w.account().Move(calZ, event, "primary") // and comes back
	w.sync()
	w.both("a")
	w.quiet()
}

// The same event id living in two calendars (an import) is two appointments.
func TestSpecSameIDInTwoCalendars(t *testing.T) {
	eachCalendar(t, func(t *testing.T, other string) {
		w := specWorld(t)
		w.addCalendar(other)
		_, event := w.shared("a")
		twin := lunch("twin")
		twin.Id = event
		w.account().Insert(other, twin)
		w.sync()
		if rows, _ := w.subjects(); rows != "a twin" {
			t.Errorf("rows %q", rows)
		}
		w.quiet()
		w.account().Delete(other, event)
		w.sync()
		w.both("a")
		w.quiet()
	})
}
