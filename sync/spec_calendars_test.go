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
	w.rest()
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

// Idle: exactly one call for each calendar.
func TestSpecIdleCalls(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := bubbleWorld(t)
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
	})
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
