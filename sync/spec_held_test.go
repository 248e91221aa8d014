package calsync

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// Held deletions wait; everything else goes on; nobody is asked twice.
func TestSpecHeldDeletionsWait(t *testing.T) {
	onBothSides(t, "", func(t *testing.T, side string) {
		w := manyShared(t, 12)
		w.deleteSome(side, 11)
		w.insertRow("new row", at12, at13)
		w.account().Insert("primary", lunch("new event"))
		if res := w.sync(); res.Held != 11 || res.Deleted != 0 || res.Pulled != 1 || res.Pushed != 1 {
			t.Fatalf("%+v", res)
		}
		want := "14/3"
		if side == models.SideTable {
			want = "3/14"
		}
		w.wantCounts(want)
		for range 3 {
			w.rest()
			if res := w.sync(); res.Held != 0 || res.Deleted != 0 {
				t.Fatalf("asked again: %+v", res)
			}
		}
		w.google.ExpireSyncTokens() // nor by a full listing
		if res := w.sync(); res.Held != 0 || res.Deleted != 0 {
			t.Errorf("asked again: %+v", res)
		}
		w.wantCounts(want)
		if n := len(w.heldNow()); n != 11 {
			t.Errorf("%d held", n)
		}
		w.quiet()
	})
}

// Approving carries them out, rejecting restores the other side.
func TestSpecHeldDecisions(t *testing.T) {
	onBothSides(t, "", func(t *testing.T, side string) {
		w := manyShared(t, 12)
		w.deleteSome(side, 11)
		w.sync()
		w.advance(time.Hour)
		w.decide(true)
		if res := w.sync(); res.Deleted != 11 {
			t.Errorf("%+v", res)
		}
		w.wantCounts("1/1")
		w.quiet()
	})
	onBothSides(t, "reject ", func(t *testing.T, side string) {
		w := manyShared(t, 12)
		w.deleteSome(side, 12)
		w.sync()
		w.decide(false)
		w.sync()
		w.wantCounts("12/12")
		rows, events := w.subjects()
		if rows != events || len(w.heldNow()) != 0 {
			t.Errorf("%s", w.show())
		}
		w.rest()
		w.google.ExpireSyncTokens()
		w.quiet()
		w.wantCounts("12/12")
	})
}

// While the answer is awaited, an edit of what was left takes the deletion back.
func TestSpecHeldThenEdited(t *testing.T) {
	onBothSides(t, "", func(t *testing.T, side string) {
		w := manyShared(t, 11)
		w.deleteSome(side, 11)
		w.sync()
		w.advance(time.Minute)
		if side == models.SideTable {
			w.editEvent(w.eventNamed("a03").Id, func(e *calendar.Event) { e.Summary = "edited" })
		} else {
			w.exec("UPDATE schedules SET subject = 'edited', updated_at = ? WHERE subject = 'a03'", w.stamp())
		}
		w.sync()
		rows, events := w.subjects()
		if !strings.Contains(rows, "edited") || !strings.Contains(events, "edited") {
			t.Errorf("rows %s events %s", rows, events)
		}
		if n := len(w.heldNow()); n != 10 {
			t.Errorf("%d held", n)
		}
		w.decide(true)
		w.sync()
		w.both("edited")
		w.quiet()
	})
}

// Both sides deleted while one deletion waits: nobody needs to be asked any more.
func TestSpecHeldThenDeletedThereToo(t *testing.T) {
	onBothSides(t, "", func(t *testing.T, side string) {
		w := manyShared(t, 11)
		w.deleteSome(side, 11)
		w.sync()
		other := models.SideTable
		if side == models.SideTable {
			other = models.SideGoogle
		}
		w.deleteSome(other, 11)
		w.sync()
		w.wantCounts("0/0")
		w.sync()
		if n := len(w.heldNow()); n != 0 {
			t.Errorf("%d still held", n)
		}
		w.quiet()
	})
}

// Deleting an event with guests from the CRM is always held (20), and never mailed.
func TestSpecGuestsDeletionIsHeld(t *testing.T) {
	for _, approve := range []bool{true, false} {
		w := linkedWorld(t)
		id, event := w.shared("a")
		w.editEvent(event, func(e *calendar.Event) { e.Attendees = []*calendar.EventAttendee{{Email: "guest@elsewhere.example"}} })
		w.sync()
		w.google.ResetCalls()
		w.exec("DELETE FROM schedules WHERE id = ?", id)
		w.sync()
		w.sync()
		w.sides("", "a")
		if n := len(w.heldNow()); n != 1 || len(w.writes()) != 0 {
			t.Fatalf("%d held, %d writes", n, len(w.writes()))
		}
		w.decide(approve)
		w.sync()
		w.both(map[bool]string{true: "", false: "a"}[approve])
		w.quiet()
	}
}

// Guests who joined just now count too, though the service has not read them yet.
func TestSpecGuestsJustInvitedDeletionIsHeld(t *testing.T) {
	w := specWorld(t)
	id, event := w.shared("a")
	w.exec("DELETE FROM schedules WHERE id = ?", id)
	w.meanwhile(2, func() { // after the listing
		w.editEvent(event, func(e *calendar.Event) { e.Attendees = []*calendar.EventAttendee{{Email: "guest@elsewhere.example"}} })
	})
	w.sync()
	w.sync()
	if n := len(w.heldNow()); n != 1 || len(w.events()) != 1 {
		t.Errorf("%d held, %s", n, w.show())
	}
	w.noMail()
}
