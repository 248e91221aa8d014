package calsync

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
	"agcrm-google/sync/googletest"
)

// Calendars that sort before and after the primary one (tanaka@...).
const (
	calA = "a@group.calendar.google.com"
	calZ = "z@group.calendar.google.com"
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
			w.advance(2 * time.Hour)
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
			w.advance(2 * time.Hour)
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

// A calendar that could not be listed postpones all cancellations of the link.
func TestSpecUnlistedCalendarPostponesCancellations(t *testing.T) {
	eachCalendar(t, func(t *testing.T, other string) {
		w := specWorld(t)
		w.addCalendar(other)
		id, event := w.shared("a")
		w.insertRow("b", at12, at13)
		w.sync()
		w.account().Move("primary", event, other)
		w.account().Delete("primary", w.eventNamed("b").Id)
		w.google.AddFault(googletest.Fault{Match: listOf(other), Status: 503})
		w.account().Insert("primary", lunch("c"))
		if _, err := w.try(); err == nil {
			t.Error("the run did not say that a calendar could not be listed")
		}
		if rows, _ := w.subjects(); rows != "a b c" {
			t.Errorf("rows %q", rows)
		}
		w.google.ClearFaults()
		w.advance(time.Hour)
		w.sync()
		w.row(id)
		if rows, _ := w.subjects(); rows != "a c" {
			t.Errorf("rows %q", rows)
		}
		w.quiet()
	})
}

// A lost calendar leaves its rows alone and says so; one that answers 404 but
// stands in the calendar list is not lost.
func TestSpecLostCalendar(t *testing.T) {
	w := specWorld(t)
	w.addCalendar(calZ)
	w.account().Insert(calZ, lunch("there"))
	w.shared("a")
	w.google.AddFault(googletest.Fault{Match: listOf(calZ), Status: 404, Reason: "notFound"})
	if _, err := w.try(); err == nil {
		t.Error("no error")
	}
	w.google.ClearFaults()
	if n := w.logged("log.calendar_lost"); n != 0 {
		t.Fatal("one 404 made a calendar lost")
	}
	w.sync()
	w.account().RemoveCalendar(calZ)
	w.sync()
	if rows, _ := w.subjects(); rows != "a there" {
		t.Errorf("rows %q", rows)
	}
	if n := w.logged("log.calendar_lost"); n != 1 {
		t.Errorf("logged %d times", n)
	}
	w.quiet()
	w.exec("UPDATE schedules SET location = 'x'") // changed while asleep
	w.exec("DELETE FROM schedules WHERE subject = 'nothing'")
	w.sync()
	w.quiet()
	w.account().AddCalendar(calZ, "z", "owner", "Asia/Tokyo")
	check(t, w.svc.RefreshCalendars(t.Context(), testUser))
	w.sync()
	if e := w.eventNamedIn(calZ, "there"); e.Location != "x" {
		t.Errorf("what changed meanwhile was not carried: %+v", e)
	}
	w.quiet()
}

// Unticked: rows and events are left alone. Ticked again: nothing is doubled,
// and what changed meanwhile on either side is merged.
func TestSpecUntickedAndTickedAgain(t *testing.T) {
	w := specWorld(t)
	w.addCalendar(calZ)
	var ids []string
	for i := range 5 {
		ids = append(ids, w.account().Insert(calZ, lunch(fmt.Sprint("e", i))).Id)
	}
	w.sync()
	w.advance(2 * time.Hour)
	without := func(p *models.Profile) {
		p.Calendars = slices.DeleteFunc(p.Calendars, func(id string) bool { return id == calZ })
	}
	w.profile(without)
	w.sync()
	if n := len(w.rows()); n != 5 {
		t.Fatalf("%d rows", n)
	}
	w.account().Edit(calZ, ids[0], func(e *calendar.Event) { e.Summary = "E0" })
	w.account().Delete(calZ, ids[1])
	w.exec("UPDATE schedules SET subject = 'E2' WHERE subject = 'e2'")
	w.exec("DELETE FROM schedules WHERE subject = 'e3'")
	w.sync()
	w.quiet()
	w.profile(func(p *models.Profile) { p.Calendars = append(p.Calendars, calZ) })
	w.sync()
	rows, _ := w.subjects()
	var events []string
	for _, e := range w.account().Events(calZ) {
		events = append(events, e.Summary)
	}
	slices.Sort(events)
	if rows != "E0 E2 e4" || fmt.Sprint(events) != "[E0 E2 e4]" {
		t.Errorf("rows %s, events %s", rows, events)
	}
	if n := len(w.events()); n != 0 {
		t.Errorf("%d events in the primary calendar", n)
	}
	w.quiet()
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

// The target calendar is where new rows go; changing it moves nothing.
func TestSpecTargetCalendar(t *testing.T) {
	w := specWorld(t)
	w.addCalendar(calA)
	id, event := w.shared("a")
	w.profile(func(p *models.Profile) { p.Target = calA })
	w.insertRow("b", at12, at13)
	w.editRow(id, "subject = 'c'")
	w.sync()
	w.eventNamedIn(calA, "b")
	if e := w.account().Event("primary", event); e.Summary != "c" || len(w.events()) != 1 {
		t.Errorf("%+v", e)
	}
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

// Idle: exactly one call for each calendar.
func TestSpecIdleCalls(t *testing.T) {
	w := specWorld(t)
	w.addCalendar(calA)
	w.addCalendar(calZ)
	w.shared("a")
	w.sync()
	w.google.ResetCalls()
	before := w.db.Statements()
	res := w.sync()
	if res.GoogleCalls != 3 || w.google.CallCount() != 3 {
		t.Errorf("%d calls (%d counted)", w.google.CallCount(), res.GoogleCalls)
	}
	if n := w.db.Statements() - before; n > 5 {
		t.Errorf("%d statements", n)
	}
}

// Without its target calendar a link still carries everything else.
func TestSpecLostTarget(t *testing.T) {
	w := specWorld(t)
	w.addCalendar(calZ)
	id, event := w.shared("a")
	w.profile(func(p *models.Profile) { p.Target = calZ })
	w.account().RemoveCalendar(calZ)
	w.insertRow("b", at12, at13)
	w.editRow(id, "subject = 'c'")
	_, err := w.try()
	if key := problemKey(err); key != "sync.target_lost" {
		t.Errorf("%v", err)
	}
	if e := w.account().Event("primary", event); e.Summary != "c" {
		t.Errorf("%q", e.Summary)
	}
	w.profile(func(p *models.Profile) {
		p.Target = "tanaka@example.com"
		p.Calendars = []string{p.Target}
	})
	w.sync()
	w.both("b c")
	w.quiet()
}
