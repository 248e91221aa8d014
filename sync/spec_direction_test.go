package calsync

import (
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

func TestSpecToGoogleNewEventThenBoth(t *testing.T) {
	w := specWorld(t)
	w.shared("a")
	w.direction(models.ToGoogle)
	w.account().Insert("primary", lunch("b"))
	w.sync()
	w.sides("a", "a b")
	w.quiet()
	w.direction(models.DirectionBoth)
	w.sync()
	w.both("a b")
	w.quiet()
}

func TestSpecToGoogleDeletionThenBoth(t *testing.T) {
	w := specWorld(t)
	_, event := w.shared("a")
	w.direction(models.ToGoogle)
	w.account().Delete("primary", event)
	w.sync()
	w.sides("a", "")
	w.quiet()
	w.google.ExpireSyncTokens()
	w.quiet()
	w.sides("a", "")
	w.direction(models.DirectionBoth)
	w.sync()
	w.both("")
	w.quiet()
}

// Deleted there and edited here: not undone either, but the edit is not lost.
func TestSpecToGoogleDeletionAgainstEdit(t *testing.T) {
	w := specWorld(t)
	id, event := w.shared("a")
	w.direction(models.ToGoogle)
	w.account().Delete("primary", event)
	w.sync()
	w.editRow(id, "subject = 'edited'")
	w.sync()
	w.sides("edited", "")
	w.quiet()
	w.advance(time.Minute)
	w.direction(models.DirectionBoth)
	w.sync()
	w.both("edited")
	w.quiet()
}

func TestSpecToGoogleCarriesRows(t *testing.T) {
	w := specWorld(t)
	id, _ := w.shared("a")
	w.insertRow("b", at12, at13)
	w.direction(models.ToGoogle)
	w.sync()
	w.both("a b")
	w.exec("DELETE FROM schedules WHERE id = ?", id)
	w.sync()
	w.both("b")
	w.quiet()
}

// from_google is the mirror image.
func TestSpecFromGoogleEdits(t *testing.T) {
	w := specWorld(t)
	id, event := w.shared("a")
	w.direction(models.FromGoogle)
	w.editRow(id, "subject = 'from crm'")
	w.sync()
	w.sides("from crm", "a")
	w.editEvent(event, func(e *calendar.Event) { e.Location = "room" })
	w.sync()
	w.sides("from crm", "a")
	if w.row(id).Location != "room" {
		t.Errorf("Google's change was not carried")
	}
	w.quiet()
	w.google.ExpireSyncTokens()
	w.quiet()
	w.sides("from crm", "a")
	w.direction(models.DirectionBoth)
	w.sync()
	w.both("from crm")
	w.quiet()
}

func TestSpecFromGoogleEditThenBoth(t *testing.T) {
	w := specWorld(t)
	id, _ := w.shared("a")
	w.direction(models.FromGoogle)
	w.editRow(id, "start_at = '2026-11-25 09:00:00'")
	w.sync()
	w.direction(models.DirectionBoth)
	w.sync()
	if e := w.eventNamed("a"); e.Start.DateTime[11:13] != "09" {
		t.Errorf("%s", e.Start.DateTime)
	}
	w.quiet()
}

func TestSpecFromGoogleNewRowThenBoth(t *testing.T) {
	w := specWorld(t)
	w.shared("a")
	w.direction(models.FromGoogle)
	w.insertRow("b", at12, at13)
	w.sync()
	w.sides("a b", "a")
	w.account().Insert("primary", lunch("c"))
	w.sync()
	w.sides("a b c", "a c")
	w.quiet()
	w.direction(models.DirectionBoth)
	w.sync()
	w.both("a b c")
	w.quiet()
}

func TestSpecFromGoogleDeletionThenBoth(t *testing.T) {
	w := specWorld(t)
	id, _ := w.shared("a")
	w.direction(models.FromGoogle)
	w.exec("DELETE FROM schedules WHERE id = ?", id)
	w.sync()
	w.sides("", "a")
	w.google.ExpireSyncTokens()
	w.quiet()
	w.sides("", "a")
	w.direction(models.DirectionBoth)
	w.sync()
	w.both("")
	w.quiet()
}

func TestSpecFromGoogleCarriesEvents(t *testing.T) {
	w := specWorld(t)
	_, event := w.shared("a")
	w.direction(models.FromGoogle)
	w.account().Insert("primary", lunch("b"))
	w.sync()
	w.both("a b")
	w.account().Delete("primary", event)
	w.sync()
	w.both("b")
	w.quiet()
}

// A held deletion found while a direction was on waits also when it is off.
func TestSpecDirectionHeldDeletionStays(t *testing.T) {
	w := manyShared(t, 11)
	w.deleteSome(models.SideGoogle, 11)
	w.sync()
	w.direction(models.ToGoogle)
	w.sync()
	w.wantCounts("11/0")
	w.direction(models.DirectionBoth)
	w.sync()
	w.wantCounts("11/0")
	if n := len(w.heldNow()); n != 11 {
		t.Errorf("%d held", n)
	}
	w.quiet()
}

// Point 14, to_google: changes in Google are neither carried nor undone, and a
// later both carries the rest by the usual merge.
func TestSpecToGoogleEdits(t *testing.T) {
	w := specWorld(t)
	id, event := w.shared("a")
	w.direction(models.ToGoogle)
	w.editEvent(event, func(e *calendar.Event) { e.Summary = "from google" })
	w.sync()
	w.sides("a", "from google")
	w.editRow(id, "location = 'room'")
	w.sync()
	w.sides("a", "from google")
	if e := w.account().Event("primary", event); e.Location != "room" {
		t.Errorf("the row's change was not carried: %q", e.Location)
	}
	w.quiet()
	w.google.ExpireSyncTokens()
	w.quiet()
	w.advance(time.Minute)
	w.direction(models.DirectionBoth)
	w.sync()
	w.both("from google")
	w.quiet()
}

// The same without any write of ours in between.
func TestSpecToGoogleEditThenBoth(t *testing.T) {
	w := specWorld(t)
	_, event := w.shared("a")
	w.direction(models.ToGoogle)
	w.editEvent(event, func(e *calendar.Event) { e.Summary = "from google" })
	w.sync()
	w.advance(time.Minute)
	w.direction(models.DirectionBoth)
	w.sync()
	w.both("from google")
	w.quiet()
}

// Both sides change the same field while one direction is off: when it is on
// again, the policy decides, and the loser is in the history.
func TestSpecDirectionThenConflict(t *testing.T) {
	for _, c := range []struct{ direction, policy, want string }{
		{models.ToGoogle, models.PolicyGoogle, "row"}, {models.FromGoogle, models.PolicyCRM, "event"},
	} {
		w := linkedWorld(t)
		id, event := w.shared("a")
		w.policy(c.policy)
		w.direction(c.direction)
		w.editRow(id, "subject = 'row'")
		w.editEvent(event, func(e *calendar.Event) { e.Summary = "event" })
		w.sync()
		// The direction's own side writes the other, whatever the policy says.
		w.both(c.want)
		if n := len(w.history(models.ActionConflict)); n != 1 {
			t.Errorf("%s: %d conflicts in the history", c.direction, n)
		}
		w.quiet()
	}
}
