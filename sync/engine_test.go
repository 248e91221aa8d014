package calsync

import (
	"agcrm-google/sync/googletest"
	"context"
	"errors"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"
)

func TestRowBecomesEvent(t *testing.T) {
	w := newWorld(t)
	w.insertRow("会議", "2026-11-25 10:00:00", "2026-11-25 11:00:00")
	if res := w.sync(); res.Pushed != 1 || res.Pulled != 0 {
		t.Fatalf("%+v", res)
	}
	events := w.events()
	if len(events) != 1 || events[0].Summary != "会議" || events[0].Start.DateTime != "2026-11-25T10:00:00+09:00" {
		t.Fatalf("events: %+v", events)
	}
	w.quiet()
}

func TestEventBecomesRow(t *testing.T) {
	w := newWorld(t)
	w.account().Insert("primary", timed("Lunch", "2026-11-25T12:00:00+09:00", "2026-11-25T13:00:00+09:00"))
	if res := w.sync(); res.Pulled != 1 || res.Pushed != 0 {
		t.Fatalf("%+v", res)
	}
	rows := w.rows()
	if len(rows) != 1 || rows[0].Subject != "Lunch" || rows[0].StartAt.String() != "2026-11-25T12:00:00" || rows[0].TimeZone != "" {
		t.Fatalf("rows: %+v", rows)
	}
	w.quiet()
}

func TestEditsTravel(t *testing.T) {
	w := newWorld(t)
	id := w.insertRow("a", "2026-11-25 10:00:00", "2026-11-25 11:00:00")
	w.sync()
	w.exec("UPDATE schedules SET subject = 'b', location = 'room' WHERE id = ?", id)
	if res := w.sync(); res.Pushed != 1 {
		t.Fatalf("%+v", res)
	}
	e := w.events()[0]
	if e.Summary != "b" || e.Location != "room" {
		t.Fatalf("%+v", e)
	}
	w.account().Edit("primary", e.Id, func(e *calendar.Event) { e.Summary = "c" })
	if res := w.sync(); res.Pulled != 1 || res.Pushed != 0 {
		t.Fatalf("%+v", res)
	}
	if row := w.rows()[0]; row.Subject != "c" || row.Location != "room" {
		t.Fatalf("%+v", row)
	}
	w.quiet()
}

func TestBothSidesEditDifferentFields(t *testing.T) {
	w := newWorld(t)
	id := w.insertRow("a", "2026-11-25 10:00:00", "2026-11-25 11:00:00")
	w.sync()
	w.exec("UPDATE schedules SET location = 'room' WHERE id = ?", id)
	w.account().Edit("primary", w.events()[0].Id, func(e *calendar.Event) { e.Summary = "c" })
	if res := w.sync(); res.Pulled != 1 || res.Pushed != 1 || res.Conflicts != 0 {
		t.Fatalf("%+v", res)
	}
	if row, e := w.rows()[0], w.events()[0]; row.Subject != "c" || row.Location != "room" || e.Summary != "c" || e.Location != "room" {
		t.Fatalf("%+v %+v", row, e)
	}
	w.quiet()
}

func TestDeletionsTravel(t *testing.T) {
	w := newWorld(t)
	a := w.insertRow("a", "2026-11-25 10:00:00", "2026-11-25 11:00:00")
	w.insertRow("b", "2026-11-26 10:00:00", "2026-11-26 11:00:00")
	w.sync()
	w.exec("DELETE FROM schedules WHERE id = ?", a)
	if res := w.sync(); res.Pushed != 1 || res.Deleted != 1 {
		t.Fatalf("%+v", res)
	}
	events := w.events()
	if len(events) != 1 || events[0].Summary != "b" {
		t.Fatalf("%+v", events)
	}
	w.account().Delete("primary", events[0].Id)
	if res := w.sync(); res.Pulled != 1 || res.Deleted != 1 {
		t.Fatalf("%+v", res)
	}
	if rows := w.rows(); len(rows) != 0 {
		t.Fatalf("%+v", rows)
	}
	w.quiet()
}

func TestAllDay(t *testing.T) {
	w := newWorld(t)
	w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, all_day) VALUES (?, '出張', '2026-11-25', '2026-11-26 12:30', 1)", testUser)
	w.sync()
	e := w.events()[0]
	if e.Start.Date != "2026-11-25" || e.End.Date != "2026-11-27" {
		t.Fatalf("%+v %+v", e.Start, e.End)
	}
	w.account().Edit("primary", e.Id, func(e *calendar.Event) {
		e.Start = &calendar.EventDateTime{DateTime: "2026-11-25T09:00:00+09:00"}
		e.End = &calendar.EventDateTime{DateTime: "2026-11-25T10:00:00+09:00"}
	})
	w.sync()
	row := w.rows()[0]
	if row.AllDay || row.StartAt.String() != "2026-11-25T09:00:00" {
		t.Fatalf("%+v", row)
	}
	w.exec("UPDATE schedules SET all_day = 1, start_at = '2026-11-24 00:00:00', end_at = '2026-11-24 00:00:00'")
	w.sync()
	if e := w.events()[0]; e.Start.Date != "2026-11-24" || e.End.Date != "2026-11-25" || e.Start.DateTime != "" {
		t.Fatalf("%+v %+v", e.Start, e.End)
	}
	w.quiet()
}

func TestBrakeHoldsManyDeletions(t *testing.T) {
	w := newWorld(t)
	for range 20 {
		w.insertRow("a", "2026-11-25 10:00:00", "2026-11-25 11:00:00")
	}
	w.sync()
	w.advance(2 * 3600e9)
	w.exec("DELETE FROM schedules WHERE id <= 11")
	if res := w.sync(); res.Held != 11 || res.Pushed != 0 {
		t.Fatalf("%+v", res)
	}
	if n := len(w.events()); n != 20 {
		t.Fatalf("%d events", n)
	}
	held, err := w.db.HeldDeletions(t.Context(), testUser)
	check(t, err)
	check(t, w.db.DecideHeld(t.Context(), held[0].ID, 1, true))
	check(t, w.db.DecideHeld(t.Context(), held[1].ID, 1, false))
	if res := w.sync(); res.Deleted != 1 || res.Pulled != 1 {
		t.Fatalf("%+v", res)
	}
	if n, m := len(w.events()), len(w.rows()); n != 19 || m != 10 {
		t.Fatalf("%d events, %d rows", n, m)
	}
	w.quiet()
}

func TestExpiredSyncTokenLosesNothing(t *testing.T) {
	w := newWorld(t)
	w.insertRow("a", "2026-11-25 10:00:00", "2026-11-25 11:00:00")
	w.account().Insert("primary", timed("b", "2026-11-26T12:00:00+09:00", "2026-11-26T13:00:00+09:00"))
	w.sync()
	for _, e := range w.events() {
		if e.Summary == "b" {
			w.account().Delete("primary", e.Id)
		}
	}
	w.google.ExpireSyncTokens()
	if res := w.sync(); res.Pulled != 1 || res.Deleted != 1 {
		t.Fatalf("%+v", res)
	}
	w.quiet()
}

func TestBacklogIsToldAfterAFailure(t *testing.T) {
	w := newWorld(t)
	w.insertRow("a", "2026-11-25 10:00:00", "2026-11-25 11:00:00")
	w.insertRow("b", "2026-11-25 10:00:00", "2026-11-25 11:00:00")
	w.google.AddFault(googletest.Fault{Status: 503, Reason: "backendError"})
	if _, err := w.try(); err == nil {
		t.Fatal("a run without Google succeeded")
	}
	if l, err := w.db.Link(t.Context(), testUser); err != nil || l.Backlog != 2 || l.Failures != 1 {
		t.Errorf("%+v %v", l, err)
	}
	w.google.ClearFaults()
	w.sync()
	if l, err := w.db.Link(t.Context(), testUser); err != nil || l.Backlog != 0 || l.Failures != 0 {
		t.Errorf("%+v %v", l, err)
	}
}

// A CRM that never moves updated_at: the row was changed and seen before the
// event was, although Google could be asked only afterwards.
func TestTheTimeAtWhichAChangeWasSeenDecides(t *testing.T) {
	for _, c := range []struct {
		seen bool
		want string
	}{{true, "google"}, {false, "crm"}} {
		w := newWorld(t)
		id := w.insertRow("a", "2026-11-25 10:00:00", "2026-11-25 11:00:00")
		w.sync()
		w.exec("UPDATE schedules SET subject = 'crm' WHERE id = ?", id)
		if c.seen {
			w.google.AddFault(googletest.Fault{Status: 503, Reason: "backendError"})
			if _, err := w.try(); err == nil {
				t.Fatal("a run without Google succeeded")
			}
			w.google.ClearFaults()
		}
		w.advance(time.Hour)
		w.account().Edit("primary", w.events()[0].Id, func(e *calendar.Event) { e.Summary = "google" })
		w.advance(time.Hour)
		w.sync()
		if row, e := w.rows()[0], w.events()[0]; row.Subject != c.want || e.Summary != c.want {
			t.Errorf("seen before: %t: %q and %q, want %q", c.seen, row.Subject, e.Summary, c.want)
		}
		w.quiet()
	}
}

// A run that is told to stop before or after any of its requests has not failed.
func TestAStoppedRunIsNoFailure(t *testing.T) {
	for moment := range int64(12) {
		w := newWorld(t)
		w.insertRow("a", "2026-11-25 10:00:00", "2026-11-25 11:00:00")
		ctx, stop := context.WithCancel(t.Context())
		w.chaos.other = stop
		w.chaos.call.Store(moment + 1)
		w.svc.SyncUser(ctx, testUser, RunOptions{}) // what it leaves behind counts
		stop()
		l, err := w.db.Link(t.Context(), testUser)
		lines, err2 := w.db.LogLines(t.Context(), testUser, 10)
		check(t, errors.Join(err, err2))
		if l.Failures != 0 || l.ErrorKey != "" {
			t.Errorf("stopped at %d: %d failures, %q", moment, l.Failures, l.ErrorKey)
		}
		for _, line := range lines {
			if line.Level != "info" {
				t.Errorf("stopped at %d: the log says %q", moment, line.Key)
			}
		}
		w.chaos.call.Store(0)
		w.sync()
		w.quiet()
	}
}
