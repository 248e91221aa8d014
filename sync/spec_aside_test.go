package calsync

import (
	"testing"

	"google.golang.org/api/calendar/v3"
)

// Items that later versions carry are left aside with a reason, and never mangled.

func TestSpecRowsLeftAside(t *testing.T) {
	for name, c := range map[string]struct{ make, reason, simple string }{
		"backwards": {"UPDATE schedules SET end_at = '2026-11-25 09:00:00' WHERE subject = 'x'", "aside.end_before_start", "UPDATE schedules SET end_at = '2026-11-25 12:00:00' WHERE subject = 'x'"},
		"zone":      {"UPDATE schedules SET time_zone = 'Mars/Olympus' WHERE subject = 'x'", "aside.zone_unknown", "UPDATE schedules SET time_zone = NULL WHERE subject = 'x'"},
	} {
		t.Run(name, func(t *testing.T) {
			w := specWorld(t)
			w.insertRow("x", at10, at11)
			w.insertRow("y", at10, at11)
			w.exec(c.make)
			before := w.tableText()
			if res := w.sync(); res.Skipped != 1 || res.Pushed != 1 {
				t.Errorf("%+v", res)
			}
			w.sides("x y", "y")
			if got := w.reasons()["x"]; got != c.reason {
				t.Errorf("reason %q", got)
			}
			if w.logged(c.reason) != 1 {
				t.Errorf("logged %d times", w.logged(c.reason))
			}
			if res := w.sync(); res.Skipped != 0 || w.logged(c.reason) != 1 {
				t.Errorf("told again: %+v", res)
			}
			w.quiet()
			if after := w.tableText(); after != before {
				t.Errorf("%s became %s", before, after)
			}
			w.exec(c.simple)
			w.sync()
			w.both("x y")
			if len(w.reasons()) != 0 {
				t.Errorf("%+v", w.reasons())
			}
			w.quiet()
		})
	}
}

// tableText is the whole schedule table but for its versions.
func (w *world) tableText() (text string) {
	w.t.Helper()
	check(w.t, w.raw.QueryRow(`SELECT group_concat(id || subject || start_at || end_at || coalesce(time_zone, '-') || coalesce(recurrence, '-') || coalesce(series_id, '-') || updated_at, '; ') FROM (SELECT * FROM schedules ORDER BY id)`).Scan(&text))
	return text
}

// The same for rows that are paired already.
func TestSpecPairedRowsLeftAside(t *testing.T) {
	for name, set := range map[string]string{
		"backwards": "end_at = '2026-11-25 09:00:00'", "zone": "time_zone = 'Mars/Olympus'",
	} {
		t.Run(name, func(t *testing.T) {
			w := specWorld(t)
			id, event := w.shared("a")
			w.insertRow("b", at10, at11)
			w.editRow(id, set+", subject = 'A'")
			before := asJSON(t, w.account().Event("primary", event))
			w.sync()
			if after := asJSON(t, w.account().Event("primary", event)); after != before {
				t.Errorf("%s became %s", before, after)
			}
			w.sides("A b", "a b")
			w.quiet()
			w.editRow(id, "recurrence = NULL, time_zone = NULL, end_at = ?", at12)
			w.sync()
			w.both("A b")
			w.quiet()
		})
	}
}

func TestSpecEventsLeftAside(t *testing.T) {
	for name, c := range map[string]struct {
		make   func(*calendar.Event)
		reason string
	}{
		"out of office":    {func(e *calendar.Event) { e.EventType = "outOfOffice" }, "aside.event_type"},
		"focus time":       {func(e *calendar.Event) { e.EventType = "focusTime" }, "aside.event_type"},
		"working location": {func(e *calendar.Event) { e.EventType = "workingLocation" }, "aside.event_type"},
		"birthday": {func(e *calendar.Event) {
			e.EventType = "birthday"
			e.Start, e.End = &calendar.EventDateTime{Date: "2026-11-25"}, &calendar.EventDateTime{Date: "2026-11-26"}
			e.Recurrence = []string{"RRULE:FREQ=YEARLY"}
		}, "aside.event_type"},
	} {
		t.Run(name, func(t *testing.T) {
			w := specWorld(t)
			e := lunch("x")
			c.make(e)
			event := w.account().Insert("primary", e)
			w.account().Insert("primary", lunch("y"))
			if res := w.sync(); res.Skipped != 1 || res.Pulled != 1 {
				t.Errorf("%+v", res)
			}
			if rows, _ := w.subjects(); rows != "y" || w.reasons()["x"] != c.reason {
				t.Errorf("rows %q, %+v", rows, w.reasons())
			}
			w.quiet()
			if n := w.logged(c.reason); n != 1 {
				t.Errorf("logged %d times", n)
			}
			if after := asJSON(t, w.account().Event("primary", event.Id)); after != asJSON(t, event) {
				t.Errorf("%s", after)
			}
			w.account().Delete("primary", event.Id)
			w.sync()
			w.both("y")
			if len(w.reasons()) != 0 {
				t.Errorf("%+v", w.reasons())
			}
			w.quiet()
		})
	}
}

// A paired event that gets guests stays with its row; edits go on, nobody is mailed.
func TestSpecPairedEventGetsGuests(t *testing.T) {
	w := specWorld(t)
	id, event := w.shared("a")
	w.editEvent(event, func(e *calendar.Event) {
		e.Attendees = []*calendar.EventAttendee{{Email: "g@elsewhere.example"}}
		e.Summary = "b"
	})
	w.sync()
	w.both("b")
	w.editRow(id, "start_at = '2026-11-25 09:00:00'")
	w.sync()
	if e := w.account().Event("primary", event); e.Start.DateTime[11:13] != "09" || len(e.Attendees) != 1 {
		t.Errorf("%+v", e)
	}
	w.quiet()
}

// Times that no column can hold are left aside.
func TestSpecImpossibleTimes(t *testing.T) {
	w := specWorld(t)
	w.account().Insert("primary", timed("x", "9999-12-30T10:00:00Z", "9999-12-31T23:59:59Z"))
	w.account().Insert("primary", lunch("y"))
	w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, all_day) VALUES (?, 'z', '9999-12-31', '9999-12-31', 1)", testUser)
	w.sync()
	rows, events := w.subjects()
	if rows != "y z" || events != "x y" {
		t.Errorf("rows %q events %q", rows, events)
	}
	w.quiet()
}

// What is left aside is told once, not after each full listing.
func TestSpecAsideIsToldOnce(t *testing.T) {
	w := specWorld(t)
	e := lunch("x")
	e.EventType = "focusTime"
	w.account().Insert("primary", e)
	w.sync()
	w.google.ExpireSyncTokens()
	if res := w.sync(); res.Skipped != 0 || w.logged("aside.event_type") != 1 {
		t.Errorf("%+v, logged %d times", res, w.logged("aside.event_type"))
	}
}
