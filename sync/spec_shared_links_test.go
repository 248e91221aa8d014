package calsync

import (
	"fmt"
	"testing"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/sync/googletest"
)

// Unlinking with "delete" deletes neither an event with guests nor a row that
// others take part in; linking the same account again wakes it all.
func TestSpecSharedUnlinkAndLinkAgain(t *testing.T) {
	for _, leaver := range []int64{testUser, otherUser} {
		t.Run(fmt.Sprint(leaver), func(t *testing.T) {
			w, row, event := shared2(t, []int64{testUser, otherUser})
			before := w.tables()
			w.untouched(func() {
				w.leave(leaver, Delete, Delete)
				w.settle()
			})
			w.same("the tables", before, w.tables())
			w.still()
			w.untouched(func() {
				w.link(leaver, mailOf[leaver])
				w.settle()
			})
			w.same("the tables", before, w.tables())
			w.still()
			w.editEvent(event, func(e *calendar.Event) { e.Summary = "n" })
			w.untouched(func() { w.settle() })
			if now := w.onlyRow(); now.ID != row || now.Subject != "n" {
				t.Errorf("%s", w.tables())
			}
			w.still()
		})
	}
}

// An employee who links another account gets one copy there; the old account
// is left as it is.
func TestSpecSharedAnotherAccount(t *testing.T) {
	w, row, event := shared2(t, []int64{testUser, otherUser})
	w.leave(otherUser, Keep, Keep)
	private := w.google.AddAccount("private@gmail.example")
	w.link(otherUser, "private@gmail.example")
	before := w.allEvents()
	w.settle()
	w.same("the old accounts", before, w.allEvents())
	if n := len(private.Events("primary")); n != 1 {
		t.Errorf("%d copies in the new account", n)
	}
	if w.onlyRow().ID != row {
		t.Errorf("%s", w.tables())
	}
	w.still()
	w.editEvent(event, func(e *calendar.Event) { e.Summary = "n" })
	w.settle()
	if s := private.Events("primary")[0].Summary; s != "n" {
		t.Errorf("the copy is called %q", s)
	}
	w.still()
}

// A dead grant, an expired sync token and a failing run decline nobody and
// double nothing.
func TestSpecSharedTroubles(t *testing.T) {
	t.Run("dead grant", func(t *testing.T) {
		w, row, event := shared2(t, []int64{testUser, otherUser})
		w.of(otherUser).RevokeGrants()
		w.of(otherUser).ExpireAccessTokens()
		w.untouched(func() {
			w.svc.SyncUser(t.Context(), otherUser, RunOptions{}) // fails
			w.syncOf(testUser)
		})
		w.wantRoster(row, "8:needsAction")
		w.editEvent(event, func(e *calendar.Event) { e.Summary = "n" })
		w.syncOf(testUser)
		w.link(otherUser, mailOf[otherUser])
		w.settle()
		if now := w.onlyRow(); now.ID != row || now.Subject != "n" {
			t.Errorf("%s", w.tables())
		}
		w.still()
	})
	t.Run("expired token", func(t *testing.T) {
		w, row, event := shared2(t, []int64{testUser, otherUser})
		w.boss().Insert("primary", meeting("o", mailOf[testUser], mailOf[otherUser]))
		w.settle()
		w.google.ExpireSyncTokens()
		w.still()
		w.of(otherUser).Delete("primary", event)
		w.google.ExpireSyncTokens()
		w.untouched(func() { w.settle() })
		w.wantRoster(row, "8:declined")
		w.google.ExpireSyncTokens()
		w.still()
		w.of(testUser).Delete("primary", event)
		w.google.ExpireSyncTokens()
		w.untouched(func() { w.settle() })
		if now := w.onlyRow(); now.Subject != "o" {
			t.Errorf("%s", w.tables())
		}
		w.still()
	})
	t.Run("answers lost", func(t *testing.T) {
		w := company(t, everybody...)
		w.of(testUser).Insert("primary", meeting("m", mailOf[otherUser], mailOf[thirdUser]))
		for _, f := range []googletest.Fault{{Status: 503, Times: 1}, {Status: 500, After: true, Times: 1}, {Drop: true, Times: 2}} {
			w.google.AddFault(f)
			for _, id := range everybody {
				w.svc.SyncUser(t.Context(), id, RunOptions{}) // may fail
			}
		}
		w.google.ClearFaults()
		w.settle()
		w.wantRoster(w.onlyRow().ID, "8:needsAction 9:needsAction")
		w.still()
	})
}

// A run that dies anywhere leaves no second row behind.
func TestSpecSharedKilled(t *testing.T) {
	for n := int64(1); n <= 31; n += 3 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			pairwise(t, func(t *testing.T, order []int64) {
				w := company(t, order...)
				w.of(testUser).Insert("primary", meeting("m", mailOf[otherUser], "guest@outside.example"))
				w.untouched(func() {
					for _, id := range order {
						w.killed(n, func() error { _, err := w.svc.SyncUser(t.Context(), id, RunOptions{}); return err })
					}
					w.settle(order...)
				})
				row := w.onlyRow()
				if row.OwnerID != testUser {
					t.Errorf("%s", w.tables())
				}
				w.wantRoster(row.ID, "8:needsAction")
				w.still()
			})
		})
	}
}

// Looking ahead writes nothing.
func TestSpecSharedPreview(t *testing.T) {
	w := company(t, testUser, otherUser)
	w.of(testUser).Insert("primary", meeting("m", mailOf[otherUser]))
	w.boss().Insert("primary", meeting("n", mailOf[testUser], mailOf[otherUser]))
	look := func() {
		t.Helper()
		before := w.tables()
		w.untouched(func() {
			for _, id := range w.linkedUsers() {
				_, err := w.svc.SyncUser(t.Context(), id, RunOptions{DryRun: true})
				check(t, err)
			}
		})
		w.same("the tables", before, w.tables())
	}
	look()
	w.settle()
	if rows := w.everyRow(); len(rows) != 2 {
		t.Errorf("%s", w.tables())
	}
	w.editRow(w.everyRow()[0].ID, "subject = 'x'")
	w.boss().Edit("primary", w.boss().Events("primary")[0].Id, func(e *calendar.Event) { e.Location = "Hall" })
	w.of(otherUser).Delete("primary", w.of(otherUser).Events("primary")[0].Id)
	look()
	w.settle()
	w.still()
}

// A row that the CRM deleted while Google edited the event, and that a guest's
// run comes upon first.
func TestSpecSharedDeletedWhileEdited(t *testing.T) {
	for name, edited := range map[string]bool{"edited": true, "not edited": false} {
		t.Run(name, func(t *testing.T) {
			pairwise(t, func(t *testing.T, order []int64) {
				w := company(t, order...)
				event := w.of(testUser).Insert("primary", meeting("m", mailOf[otherUser])).Id
				w.syncOf(testUser)
				if edited {
					w.of(testUser).Edit("primary", event, func(e *calendar.Event) { e.Summary = "n" })
				}
				w.rest()
				w.exec("DELETE FROM schedule_participants")
				w.exec("DELETE FROM schedules")
				w.settle(order...)
				w.settle(order...)
				w.still()
				if edited { // the edit wins
					if row := w.onlyRow(); row.Subject != "n" || row.OwnerID != testUser {
						t.Errorf("%s", w.tables())
					}
					w.wantRoster(w.onlyRow().ID, "8:needsAction")
				}
			})
		})
	}
}
