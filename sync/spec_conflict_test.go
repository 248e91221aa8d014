package calsync

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// Point 2: a field that both sides changed differently.
func TestSpecConflictPolicies(t *testing.T) {
	edits := []struct {
		field, column, row string
		event              func(*calendar.Event)
		read               func(models.Schedule, *calendar.Event) (string, string)
		rowWon, eventWon   [2]string
	}{
		{"subject", "subject", "R", func(e *calendar.Event) { e.Summary = "E" },
			func(r models.Schedule, e *calendar.Event) (string, string) { return r.Subject, e.Summary }, [2]string{"R", "R"}, [2]string{"E", "E"}},
		{"location", "location", "R", func(e *calendar.Event) { e.Location = "E" },
			func(r models.Schedule, e *calendar.Event) (string, string) { return r.Location, e.Location }, [2]string{"R", "R"}, [2]string{"E", "E"}},
		{"body", "body", "R", func(e *calendar.Event) { e.Description = "E" },
			func(r models.Schedule, e *calendar.Event) (string, string) { return r.Body, e.Description }, [2]string{"R", "R"}, [2]string{"E", "E"}},
		{"color", "color_id", "3", func(e *calendar.Event) { e.ColorId = "4" },
			func(r models.Schedule, e *calendar.Event) (string, string) {
				return r.Fields()[models.FieldColor], e.ColorId
			}, [2]string{"3", "3"}, [2]string{"4", "4"}},
	}
	for _, policy := range []string{models.PolicyNewest, models.PolicyGoogle, models.PolicyCRM} {
		for _, rowLater := range []bool{true, false} {
			t.Run(policy+map[bool]string{true: " row later", false: " event later"}[rowLater], func(t *testing.T) {
				w := specWorld(t)
				id, event := w.shared("a")
				w.policy(policy)
				for _, x := range edits {
					w.advance(time.Minute)
					editRow := func() { w.editRow(id, x.column+" = ?", x.row) }
					editEvent := func() { w.editEvent(event, x.event) }
					first, second := editRow, editEvent
					if rowLater {
						first, second = editEvent, editRow
					}
					first()
					w.advance(time.Minute)
					second()
					w.advance(time.Minute)
					res := w.sync()
					if res.Conflicts != 1 {
						t.Errorf("%s: %+v", x.field, res)
					}
					want := x.eventWon
					if policy == models.PolicyCRM || policy == models.PolicyNewest && rowLater {
						want = x.rowWon
					}
					row, ev := x.read(w.row(id), w.account().Event("primary", event))
					if row != want[0] || ev != want[1] {
						t.Errorf("%s: row %q event %q, want %q", x.field, row, ev, want)
					}
				}
				// The loser is kept in the history, each with a button that brings it back.
				if n := len(w.history(models.ActionConflict)); n != len(edits) {
					t.Errorf("%d conflicts in the history", n)
				}
				w.quiet()
			})
		}
	}
}

// Flags that both sides changed: there are only two values, so they agree.
func TestSpecSameChangeIsNoConflict(t *testing.T) {
	w := specWorld(t)
	id, event := w.shared("a")
	w.editRow(id, "subject = 'b', busy = 0, private = 1, color_id = 2")
	w.editEvent(event, func(e *calendar.Event) {
		e.Summary, e.Transparency, e.Visibility, e.ColorId = "b", "transparent", "confidential", "2"
	})
	w.google.ResetCalls()
	res := w.sync()
	if res.Conflicts != 0 || len(w.writes()) != 0 || len(w.history(models.ActionConflict)) != 0 {
		t.Errorf("%+v", res)
	}
	if e := w.account().Event("primary", event); e.Visibility != "confidential" {
		t.Errorf("Google's exact value was not kept: %q", e.Visibility)
	}
	w.quiet()
}

// The conflict's loser can be brought back, whichever side it stood on.
func TestSpecConflictLoserComesBack(t *testing.T) {
	for _, policy := range []string{models.PolicyGoogle, models.PolicyCRM} {
		t.Run(policy, func(t *testing.T) {
			w := specWorld(t)
			id, event := w.shared("a")
			w.policy(policy)
			w.editRow(id, "subject = 'row'")
			w.editEvent(event, func(e *calendar.Event) { e.Summary = "event" })
			w.sync()
			won, lost := "event", "row"
			if policy == models.PolicyCRM {
				won, lost = lost, won
			}
			w.both(won)
			conflicts := w.history(models.ActionConflict)
			if len(conflicts) != 1 || conflicts[0].Before[models.FieldSubject] != lost || conflicts[0].After[models.FieldSubject] != won {
				t.Fatalf("%+v", conflicts)
			}
			w.advance(time.Minute)
			check(t, w.svc.Restore(t.Context(), conflicts[0].ID))
			w.sync()
			w.both(lost)
			w.quiet()
		})
	}
}

// "Newer" where updated_at is null, in the future or did not move with the row:
// the time at which the service saw the change.
func TestSpecNewerWithoutUsableStamp(t *testing.T) {
	for name, set := range map[string]string{
		"null":    "subject = 'row', updated_at = NULL",
		"future":  "subject = 'row', updated_at = '2033-01-01 00:00:00.000'",
		"unmoved": "subject = 'row'",
		"garbage": "subject = 'row', updated_at = 'yesterday'",
	} {
		t.Run(name, func(t *testing.T) {
			w := specWorld(t)
			id, event := w.shared("a")
			w.editEvent(event, func(e *calendar.Event) { e.Summary = "event" })
			w.advance(time.Minute)
			w.exec("UPDATE schedules SET "+set+" WHERE id = ?", id)
			w.advance(time.Minute)
			w.sync()
			w.both("row")
			w.quiet()
		})
	}
}

// A row's old stamp loses against a later edit in Google, a moved one too.
func TestSpecNewerIsUpdatedAt(t *testing.T) {
	w := specWorld(t)
	id, event := w.shared("a")
	w.editRow(id, "subject = 'row'")
	w.advance(time.Hour)
	w.editEvent(event, func(e *calendar.Event) { e.Summary = "event" })
	w.advance(time.Hour)
	w.sync()
	w.both("event")
	w.quiet()
}

// Deleted on one side and edited on the other since the agreement.
func TestSpecEditAgainstDeletion(t *testing.T) {
	for _, c := range []struct {
		policy     string
		rowDeleted bool
		want       string
	}{
		{models.PolicyNewest, true, "edited"}, {models.PolicyNewest, false, "edited"},
		{models.PolicyGoogle, true, "edited"}, {models.PolicyGoogle, false, ""},
		{models.PolicyCRM, true, ""}, {models.PolicyCRM, false, "edited"},
	} {
		for _, deletedFirst := range []bool{true, false} {
			t.Run(fmt.Sprint(c.policy, c.rowDeleted, deletedFirst), func(t *testing.T) {
				w := specWorld(t)
				id, event := w.shared("a")
				w.policy(c.policy)
				del := func() { w.exec("DELETE FROM schedules WHERE id = ?", id) }
				edit := func() { w.editEvent(event, func(e *calendar.Event) { e.Summary = "edited" }) }
				if !c.rowDeleted {
					del = func() { w.account().Delete("primary", event) }
					edit = func() { w.editRow(id, "subject = 'edited'") }
				}
				first, second := edit, del
				if deletedFirst {
					first, second = del, edit
				}
				first()
				w.advance(time.Minute)
				second()
				w.advance(time.Minute)
				w.sync()
				w.both(c.want)
				if restored := w.logged("log.restored_row") + w.logged("log.restored_event"); (restored == 1) != (c.want != "") {
					t.Errorf("%+v: restored %d times", c, restored)
				}
				w.quiet()
			})
		}
	}
}

// A restored appointment has everything that it had, not only what was edited.
func TestSpecRestoredIsWhole(t *testing.T) {
	for _, rowDeleted := range []bool{true, false} {
		w := linkedWorld(t)
		id := w.exec(`INSERT INTO schedules (owner_id, subject, location, body, start_at, end_at, private, busy, color_id)
VALUES (?, 'a', 'room', 'text', ?, ?, 1, 0, 6)`, testUser, at10, at11)
		w.sync()
		event := w.eventNamed("a").Id
		if rowDeleted {
			w.exec("DELETE FROM schedules WHERE id = ?", id)
			w.editEvent(event, func(e *calendar.Event) { e.Summary = "b" })
		} else {
			w.account().Delete("primary", event)
			w.editRow(id, "subject = 'b'")
		}
		w.sync()
		w.both("b")
		row, e := w.rows()[0], w.events()[0]
		if row.Location != "room" || row.Body != "text" || !row.Private || row.Busy || row.ColorID != 6 || row.StartAt.Format("15") != "10" {
			t.Errorf("%+v", row)
		}
		if e.Location != "room" || e.Description != "text" || e.Visibility != "private" || e.Transparency != "transparent" || e.ColorId != "6" || e.Start.DateTime[11:13] != "10" {
			t.Errorf("%+v", e)
		}
		w.quiet()
	}
}

// Both sides deleted: nothing to do, and nothing left behind.
func TestSpecDeletedOnBothSides(t *testing.T) {
	w := specWorld(t)
	id, event := w.shared("a")
	w.exec("DELETE FROM schedules WHERE id = ?", id)
	w.account().Delete("primary", event)
	w.google.ResetCalls()
	if res := w.sync(); res.Held != 0 || len(w.writes()) != 0 {
		t.Errorf("%+v, %d writes", res, len(w.writes()))
	}
	w.both("")
	w.quiet()
}

// Start, end and zone move as one field: a conflict about them has one winner.
func TestSpecTimeConflictMovesWhole(t *testing.T) {
	for _, set := range []string{"start_at = '2026-11-25 09:00:00'", "end_at = '2026-11-25 16:00:00'", "time_zone = 'Asia/Seoul'"} {
		w := linkedWorld(t)
		id, event := w.shared("a")
		w.policy(models.PolicyCRM)
		w.editEvent(event, func(e *calendar.Event) {
			e.Start.DateTime, e.End.DateTime = "2026-11-26T12:00:00+09:00", "2026-11-26T13:00:00+09:00"
		})
		w.advance(time.Minute)
		w.editRow(id, set)
		w.sync()
		row, e := w.row(id), w.account().Event("primary", event)
		zone, err := row.Zone(w.jst)
		check(t, err)
		start, _ := time.Parse(time.RFC3339, e.Start.DateTime)
		end, _ := time.Parse(time.RFC3339, e.End.DateTime)
		if !row.StartAt.In(zone).Equal(start) || !row.EndAt.In(zone).Equal(end) {
			t.Errorf("%s: row %s to %s, event %s to %s", set, row.StartAt, row.EndAt, e.Start.DateTime, e.End.DateTime)
		}
	}
}
