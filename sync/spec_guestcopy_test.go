package calsync

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// bothAnswers runs a test for both things that Google is known to do with a
// guest's write: refuse it, or let it through into his own copy.
func bothAnswers(t *testing.T, test func(t *testing.T, local bool)) {
	t.Helper()
	eitherWay(t, "refused", "let through", test)
}

// invited is a world in which the boss has invited Tanaka, who took it up.
func invited(t *testing.T, local bool, change func(*calendar.Event)) (w *world, rowID int64, eventID string) {
	t.Helper()
	w = company(t, testUser)
	w.google.SetLocalGuestWrites(local)
	e := meeting("m", mailOf[testUser], "guest@outside.example")
	if change != nil {
		change(e)
	}
	eventID = w.boss().Insert("primary", e).Id
	w.settle()
	rows := w.rows()
	if len(rows) == 0 {
		t.Fatalf("the invitation was not taken up: %+v", w.reasons())
	}
	return w, rows[0].ID, eventID
}

// Guest copies that are accepted, tentative or unanswered come into the table.
func TestSpecGuestCopiesComeIn(t *testing.T) {
	for _, answer := range []string{"needsAction", "accepted", "tentative"} {
		t.Run(answer, func(t *testing.T) {
			w := company(t, testUser)
			event := w.boss().Insert("primary", meeting("m", mailOf[testUser]))
			if answer != "needsAction" {
				w.of(testUser).Answer("primary", event.Id, answer)
			}
			w.untouched(func() { w.settle() })
			if row := w.onlyRow(); row.OwnerID != testUser || row.Subject != "m" {
				t.Errorf("%+v", row)
			}
			w.still()
			w.boss().Edit("primary", event.Id, func(e *calendar.Event) { e.Summary, e.Location = "n", "Hall" })
			w.untouched(func() { w.settle() })
			if row := w.onlyRow(); row.Subject != "n" || row.Location != "Hall" {
				t.Errorf("%+v", row)
			}
			w.still()
		})
	}
}

// Declined ones are skipped with a reason, told once, until the answer changes.
func TestSpecGuestCopyDeclinedIsSkipped(t *testing.T) {
	w := company(t, testUser)
	event := w.boss().Insert("primary", meeting("m", mailOf[testUser]))
	w.of(testUser).Answer("primary", event.Id, "declined")
	w.untouched(func() { w.settle() })
	if rows := w.everyRow(); len(rows) != 0 || len(w.aside(testUser)) != 1 {
		t.Errorf("reasons %+v: %s", w.reasons(), w.tables())
	}
	w.still()
	w.of(testUser).Answer("primary", event.Id, "accepted")
	w.untouched(func() { w.settle() })
	w.onlyRow()
	if why := w.aside(testUser); len(why) != 0 {
		t.Errorf("left aside: %s", why)
	}
	w.still()
}

// guestEdits are what the CRM may do to a row that is not the employee's own.
var guestEdits = map[string]struct{ set, field string }{
	"subject":  {"subject = 'mine'", models.FieldSubject},
	"location": {"location = 'mine'", models.FieldLocation},
	"body":     {"body = 'mine'", models.FieldBody},
	"time":     {"start_at = '2026-11-25 15:00:00', end_at = '2026-11-25 16:00:00'", models.FieldTime},
	"all day":  {"start_at = '2026-11-25', end_at = '2026-11-25', all_day = 1", models.FieldTime},
}

// What the CRM changes in the row of an event that is not the employee's own
// is not written but taken back at the next run, with the CRM's values in the
// history and a log line.
func TestSpecGuestCopyEditsAreTakenBack(t *testing.T) {
	for name, edit := range guestEdits {
		t.Run(name, func(t *testing.T) {
			bothAnswers(t, func(t *testing.T, local bool) {
				w, id, event := invited(t, local, nil)
				before := w.row(id)
				lines, entries := w.logLines(), len(w.history(models.ActionConflict))
				w.editRow(id, edit.set)
				theirs := w.row(id).Fields()[edit.field]
				w.untouched(func() { w.sync() })
				now := w.row(id)
				for field, value := range before.Fields() {
					if now.Fields()[field] != value {
						t.Errorf("%s is %q, was %q", field, now.Fields()[field], value)
					}
				}
				if w.logLines() == lines || len(w.history(models.ActionConflict)) == entries {
					t.Errorf("%d log lines, %d entries", w.logLines(), len(w.history(models.ActionConflict)))
				}
				found := false
				for _, h := range w.history(models.ActionConflict) {
					found = found || h.Before[edit.field] == theirs || h.After[edit.field] == theirs
				}
				if !found {
					t.Errorf("the history does not hold %q: %+v", theirs, w.history(models.ActionConflict))
				}
				if e := w.boss().Event("primary", event); e.Summary != "m" || len(e.Attendees) != 2 {
					t.Errorf("%+v", e)
				}
				w.still()
			})
		})
	}
}

// logLines counts the lines of the employee's log.
func (w *world) logLines() int {
	w.t.Helper()
	lines, err := w.db.LogLines(w.t.Context(), testUser, 1000)
	check(w.t, err)
	return len(lines)
}

// Deleting such a row deletes nothing in Google, and it does not come back
// until the event changes.
func TestSpecGuestCopyRowDeleted(t *testing.T) {
	bothAnswers(t, func(t *testing.T, local bool) {
		w, id, event := invited(t, local, nil)
		w.exec("DELETE FROM schedules WHERE id = ?", id)
		w.untouched(func() { w.settle() })
		if held := w.heldNow(); len(held) != 0 { // nothing would be deleted: nothing to ask
			t.Errorf("%d held", len(held))
		}
		w.still()
		w.google.ExpireSyncTokens()
		w.untouched(func() { w.settle() })
		if rows := w.everyRow(); len(rows) != 0 {
			t.Fatalf("it came back: %s", w.tables())
		}
		w.still()
		w.boss().Edit("primary", event, func(e *calendar.Event) { e.Summary = "n" })
		w.untouched(func() { w.settle() })
		if s := w.onlyRow().Subject; s != "n" {
			t.Errorf("subject %q", s)
		}
		w.still()
	})
}

// The same for a row that two employees share; what belongs to it goes too.
func TestSpecGuestCopySharedRowDeleted(t *testing.T) {
	pairwise(t, func(t *testing.T, order []int64) {
		w := company(t, order...)
		event := w.boss().Insert("primary", meeting("m", mailOf[testUser], mailOf[otherUser])).Id
		w.settle(order...)
		w.exec("DELETE FROM schedules WHERE id = ?", w.onlyRow().ID)
		w.exec("DELETE FROM schedule_participants")
		w.untouched(func() { w.settle(order...) })
		if rows := w.everyRow(); len(rows) != 0 {
			t.Errorf("%s", w.tables())
		}
		w.still()
		w.boss().Edit("primary", event, func(e *calendar.Event) { e.Location = "Hall" })
		w.untouched(func() { w.settle(order...) })
		if l := w.onlyRow().Location; l != "Hall" {
			t.Errorf("location %q", l)
		}
		w.still()
	})
}

// Edited on both sides: the organiser's version stands, the CRM's values are in
// the history.
func TestSpecGuestCopyEditedOnBothSides(t *testing.T) {
	for _, policy := range []string{models.PolicyNewest, models.PolicyGoogle, models.PolicyCRM} {
		t.Run(policy, func(t *testing.T) {
			w, id, event := invited(t, false, nil)
			w.policy(policy)
			w.boss().Edit("primary", event, func(e *calendar.Event) { e.Summary = "theirs" })
			w.advance(time.Minute)
			w.editRow(id, "subject = 'mine', location = 'here'")
			w.untouched(func() { w.settle() })
			if row := w.row(id); row.Subject != "theirs" || row.Location != "" {
				t.Errorf("%q at %q", row.Subject, row.Location)
			}
			if text := asJSON(t, w.history(models.ActionConflict)); !strings.Contains(text, "mine") || !strings.Contains(text, "here") {
				t.Errorf("history %s", text)
			}
			w.still()
		})
	}
}

// Cancelled by the organiser while the CRM edits it: nothing is created again
// in Google.
func TestSpecGuestCopyCancelledWhileEdited(t *testing.T) {
	for _, policy := range []string{models.PolicyNewest, models.PolicyGoogle, models.PolicyCRM} {
		t.Run(policy, func(t *testing.T) {
			w, id, event := invited(t, false, nil)
			w.policy(policy)
			w.boss().Delete("primary", event)
			w.advance(time.Minute)
			w.editRow(id, "subject = 'mine'")
			w.untouched(func() { w.settle() })
			w.still()
		})
	}
}

// A series that somebody else organises: the CRM cannot take an occurrence
// out of it, nor change one.
func TestSpecGuestCopySeries(t *testing.T) {
	weekly := func(e *calendar.Event) {
		e.Start.TimeZone, e.End.TimeZone = "Asia/Tokyo", "Asia/Tokyo"
		e.Recurrence = []string{"RRULE:FREQ=WEEKLY;COUNT=4"}
	}
	bothAnswers(t, func(t *testing.T, local bool) {
		w, id, event := invited(t, local, weekly)
		second := event + "_20261202T030000Z"
		w.boss().Edit("primary", second, func(e *calendar.Event) { e.Summary = "once" })
		w.untouched(func() { w.settle() })
		if rows := w.rows(); len(rows) != 2 || rows[1].SeriesID != id || rows[1].Subject != "once" {
			t.Fatalf("%s", w.tables())
		}
		w.still()
		rule := w.row(id).Recurrence
		w.editRow(id, "recurrence = recurrence || char(10) || 'EXDATE;TZID=Asia/Tokyo:20261209T120000'")
		w.editRow(w.rows()[1].ID, "subject = 'mine'")
		w.untouched(func() { w.settle() })
		if rows := w.rows(); len(rows) != 2 || rows[0].Recurrence != rule || rows[1].Subject != "once" {
			t.Errorf("%s", w.tables())
		}
		w.still()
		w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, series_id, original_start_at, updated_at) VALUES (?, 'new', ?, ?, ?, ?, ?)",
			testUser, "2026-12-16 15:00:00", "2026-12-16 16:00:00", id, "2026-12-16 12:00:00", w.stamp())
		w.untouched(func() { w.settle() })
		w.still()
		w.of(testUser).Delete("primary", event+"_20261216T030000Z") // declines one
		w.untouched(func() { w.settle() })
		if e := w.boss().Event("primary", event+"_20261216T030000Z"); e.Status != "confirmed" {
			t.Errorf("%+v", e)
		}
		w.still()
		w.boss().Delete("primary", event)
		w.untouched(func() { w.settle() })
		if rows := w.rows(); len(rows) != 0 {
			t.Errorf("%s", w.tables())
		}
		w.still()
	})
}

// At most three times in 24 hours, then left aside with that reason until a
// different edit.
func TestSpecGuestCopyTakenBackThreeTimes(t *testing.T) {
	bothAnswers(t, func(t *testing.T, local bool) {
		w, id, _ := invited(t, local, nil)
		w.untouched(func() {
			for _, subject := range []string{"a", "b", "c"} {
				w.editRow(id, "subject = ?", subject)
				w.sync()
				if s := w.row(id).Subject; s != "m" {
					t.Errorf("%q was not taken back: %q", subject, s)
				}
				w.advance(time.Minute)
			}
			w.editRow(id, "subject = 'd'")
			w.sync()
		})
		if s := w.row(id).Subject; s != "d" || len(w.aside(testUser)) != 1 {
			t.Errorf("for the fourth time: subject %q, reasons %+v", s, w.reasons())
		}
		w.still()
		w.google.ExpireSyncTokens()
		w.still()
		w.advance(25 * time.Hour)
		w.still()
		w.editRow(id, "subject = 'e'")
		w.untouched(func() { w.sync() })
		if s := w.row(id).Subject; s != "m" || len(w.reasons()) != 0 {
			t.Errorf("a different edit after a day: subject %q, reasons %+v", s, w.reasons())
		}
		w.still()
	})
}
