package calsync

import (
	"context"
	"net/http"
	"testing"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/sync/googletest"
)

const otherUser = 8

// sharedWorld links a second employee, sato@example.com.
func sharedWorld(t *testing.T) (*world, *googletest.Account) {
	w := newWorld(t)
	sato := w.link(otherUser, "sato@example.com")
	return w, sato
}

func (w *world) invite(row int64) {
	w.exec("INSERT INTO schedule_participants (schedule_id, user_id) VALUES (?, ?)", row, otherUser)
}

// syncOf runs another employee's link.
func (w *world) syncOf(user int64) Result {
	w.t.Helper()
	res, err := w.svc.SyncUser(context.Background(), user, RunOptions{})
	check(w.t, err)
	return res
}

func (w *world) response() string {
	w.t.Helper()
	var response string
	check(w.t, w.raw.QueryRow("SELECT response FROM schedule_participants WHERE user_id = ?", otherUser).Scan(&response))
	return response
}

// quietAll asserts that neither link has anything left to do.
func (w *world) quietAll() {
	w.t.Helper()
	w.google.ResetCalls()
	for _, user := range []int64{testUser, otherUser} {
		if res := w.syncOf(user); res.Pulled+res.Pushed != 0 {
			w.t.Errorf("a further run of %d was not idle: %+v", user, res)
		}
	}
	if n := w.google.WriteCount(); n != 0 {
		w.t.Errorf("further runs wrote %d times", n)
	}
	w.noMail()
}

func TestParticipantsGetCopies(t *testing.T) {
	w, sato := sharedWorld(t)
	id := w.insertRow("会議", "2026-11-25 10:00:00", "2026-11-25 11:00:00")
	w.invite(id)
	w.syncOf(otherUser) // in any order
	w.syncOf(testUser)
	if a, b := len(w.events()), len(sato.Events("primary")); a != 1 || b != 1 {
		t.Fatalf("%d and %d events", a, b)
	}
	w.quietAll()

	// The owner's edit reaches the copy.
	w.account().Edit("primary", w.events()[0].Id, func(e *calendar.Event) { e.Summary = "部会" })
	w.syncOf(testUser)
	w.syncOf(otherUser)
	if s := sato.Events("primary")[0].Summary; s != "部会" {
		t.Errorf("the copy is called %q", s)
	}
	w.quietAll()

	// A participant's change is put back, colour excepted.
	copy := sato.Events("primary")[0].Id
	sato.Edit("primary", copy, func(e *calendar.Event) { e.Summary, e.ColorId = "別", "3" })
	w.syncOf(otherUser)
	if e := sato.Events("primary")[0]; e.Summary != "部会" || e.ColorId != "3" {
		t.Errorf("%q, colour %q", e.Summary, e.ColorId)
	}
	if row := w.rows()[0]; row.Subject != "部会" || row.ColorID != 0 {
		t.Errorf("%+v", row)
	}
	w.quietAll()

	// At most three times a day.
	for i := range 3 {
		sato.Edit("primary", copy, func(e *calendar.Event) { e.Summary = string(rune('a' + i)) })
		w.syncOf(otherUser)
	}
	if e := sato.Events("primary")[0]; e.Summary != "c" {
		t.Errorf("put back for the fourth time: %q", e.Summary)
	}
	w.quietAll()
	w.exec("UPDATE schedules SET subject = '課会' WHERE id = ?", id)
	w.syncOf(otherUser)
	if e := sato.Events("primary")[0]; e.Summary != "課会" {
		t.Errorf("a new edit of the row did not reach the copy: %q", e.Summary)
	}
	w.syncOf(testUser)
	w.quietAll()
}

func TestParticipantDeclinesByDeleting(t *testing.T) {
	w, sato := sharedWorld(t)
	id := w.insertRow("会議", "2026-11-25 10:00:00", "2026-11-25 11:00:00")
	w.invite(id)
	w.syncOf(testUser)
	w.syncOf(otherUser)
	sato.Delete("primary", sato.Events("primary")[0].Id)
	w.syncOf(otherUser)
	if r := w.response(); r != "declined" {
		t.Errorf("response %q", r)
	}
	if a, b, c := len(w.rows()), len(w.events()), len(sato.Events("primary")); a != 1 || b != 1 || c != 0 {
		t.Errorf("%d rows, %d and %d events", a, b, c)
	}
	w.quietAll()

	w.exec("UPDATE schedule_participants SET response = 'accepted'")
	w.syncOf(otherUser)
	if n := len(sato.Events("primary")); n != 1 {
		t.Errorf("%d copies after the decline was taken back", n)
	}
	w.exec("DELETE FROM schedule_participants")
	w.syncOf(otherUser)
	if n := len(sato.Events("primary")); n != 0 {
		t.Errorf("%d copies after leaving the roster", n)
	}
	w.quietAll()
}

func TestNewOwnerTakesTheEvent(t *testing.T) {
	w, sato := sharedWorld(t)
	id := w.insertRow("会議", "2026-11-25 10:00:00", "2026-11-25 11:00:00")
	w.sync()
	w.exec("UPDATE schedules SET owner_id = ? WHERE id = ?", otherUser, id)
	w.syncOf(otherUser)
	w.syncOf(testUser)
	if a, b := len(w.events()), len(sato.Events("primary")); a != 0 || b != 1 {
		t.Errorf("%d and %d events", a, b)
	}
	w.quietAll()
	w.exec("DELETE FROM schedules")
	w.syncOf(otherUser)
	if n := len(sato.Events("primary")); n != 0 {
		t.Errorf("%d events of a deleted row", n)
	}
	w.quietAll()
}

func TestOwnersDeletionTakesTheCopies(t *testing.T) {
	w, sato := sharedWorld(t)
	id := w.insertRow("会議", "2026-11-25 10:00:00", "2026-11-25 11:00:00")
	w.invite(id)
	w.syncOf(testUser)
	w.syncOf(otherUser)
	w.account().Delete("primary", w.events()[0].Id)
	w.syncOf(testUser)
	w.syncOf(otherUser)
	if a, b := len(w.rows()), len(sato.Events("primary")); a != 0 || b != 0 {
		t.Errorf("%d rows, %d copies", a, b)
	}
	w.quietAll()
}

func TestParticipantLeavesOneOccurrence(t *testing.T) {
	w, sato := sharedWorld(t)
	id := w.weekly(";COUNT=3")
	w.invite(id)
	w.syncOf(testUser)
	w.syncOf(otherUser)
	master := sato.Events("primary")[0].Id
	sato.Delete("primary", master+"_20261202T010000Z")
	sato.Edit("primary", master+"_20261209T010000Z", func(e *calendar.Event) { e.Summary = "mine" })
	w.syncOf(otherUser)
	if row := w.rows()[0]; row.Recurrence != "RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=3" {
		t.Errorf("the row's rule became %q", row.Recurrence)
	}
	if r := w.response(); r != "needsAction" {
		t.Errorf("response %q", r)
	}
	if e := sato.Event("primary", master+"_20261209T010000Z"); e.Summary != "定例" {
		t.Errorf("a changed occurrence was not put back: %q", e.Summary)
	}
	if e := sato.Event("primary", master+"_20261202T010000Z"); e.Status != "cancelled" {
		t.Errorf("the removed occurrence is back")
	}
	w.quietAll()
}

// What is to be put back is known to the pair, not to the run that found it.
func TestParticipantsOccurrenceIsPutBackByALaterRun(t *testing.T) {
	w, sato := sharedWorld(t)
	id := w.weekly(";COUNT=3")
	w.invite(id)
	w.syncOf(testUser)
	w.syncOf(otherUser)
	changed := sato.Events("primary")[0].Id + "_20261209T010000Z"
	sato.Edit("primary", changed, func(e *calendar.Event) { e.Summary = "mine" })
	w.google.AddFault(googletest.Fault{Match: func(r *http.Request) bool { return r.Method == http.MethodPatch }, Status: 404, Reason: "notFound"})
	if _, err := w.svc.SyncUser(t.Context(), otherUser, RunOptions{}); err == nil {
		t.Fatal("the fault befell nothing")
	}
	w.google.ClearFaults()
	w.syncOf(otherUser)
	if e := sato.Event("primary", changed); e.Summary != "定例" {
		t.Errorf("the occurrence says %q", e.Summary)
	}
	w.quietAll()
}

// A copy that its participant deleted was a copy, also where the row is the
// participant's own by the time of the run: nobody deleted the appointment.
func TestDeletedCopyOfWhoOwnsTheRowByNow(t *testing.T) {
	w, sato := sharedWorld(t)
	id := w.insertRow("会議", "2026-11-25 10:00:00", "2026-11-25 11:00:00")
	w.invite(id)
	w.syncOf(testUser)
	w.syncOf(otherUser)
	sato.Delete("primary", sato.Events("primary")[0].Id)
	w.exec("UPDATE schedules SET owner_id = ?", otherUser)
	w.exec("DELETE FROM schedule_participants")
	w.syncOf(otherUser)
	w.syncOf(testUser)
	if rows, events := w.rowsOf(otherUser), sato.Events("primary"); len(rows) != 1 || len(events) != 1 || events[0].Summary != "会議" {
		t.Errorf("%d rows, %d events of the new owner", len(rows), len(events))
	}
	w.quietAll()
}
