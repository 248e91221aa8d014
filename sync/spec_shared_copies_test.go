package calsync

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"
)

// When a real invitation to a row appears in a calendar, it replaces our copy
// there: the row stays one, and so does the event in each calendar.
func TestSpecSharedInvitationReplacesOurCopy(t *testing.T) {
	pairwise(t, func(t *testing.T, order []int64) {
		w := company(t, order...)
		row := w.insertRow("m", at10, at11)
		w.invite(row)
		w.settle(order...)
		w.wantEvents(otherUser, "m")
		event := w.events()[0].Id
		ours := w.of(otherUser).Events("primary")[0].Id
		w.still()
		w.of(testUser).Edit("primary", event, func(e *calendar.Event) {
			e.Attendees = []*calendar.EventAttendee{{Email: mailOf[otherUser]}, {Email: "guest@outside.example"}}
		})
		mine := asJSON(t, w.of(testUser).Event("primary", event))
		w.settle(order...)
		if all := w.of(otherUser).Events("primary"); len(all) != 1 || all[0].Id != event {
			t.Errorf("%d copies; ours is %s", len(all), w.of(otherUser).Event("primary", ours).Status)
		}
		w.same("the organiser's event", mine, asJSON(t, w.of(testUser).Event("primary", event)))
		if now := w.onlyRow(); now.ID != row || now.OwnerID != testUser {
			t.Errorf("%s", w.tables())
		}
		w.wantRoster(row, "8:needsAction")
		w.still()

		w.of(otherUser).Answer("primary", event, "accepted")
		w.untouched(func() { w.settle(order...) })
		w.wantRoster(row, "8:accepted")
		w.of(otherUser).Delete("primary", event)
		w.untouched(func() { w.settle(order...) })
		w.wantRoster(row, "8:declined")
		w.wantEvents(otherUser, "")
		w.still()
	})
}

// An employee who is invited in Google to a row that he had no part in takes
// part from then on.
func TestSpecSharedInvitedToARow(t *testing.T) {
	pairwise(t, func(t *testing.T, order []int64) {
		w := company(t, order...)
		row := w.insertRow("m", at10, at11)
		w.settle(order...)
		event := w.events()[0].Id
		w.editEvent(event, func(e *calendar.Event) { e.Attendees = []*calendar.EventAttendee{{Email: mailOf[otherUser]}} })
		w.untouched(func() { w.settle(order...) })
		if now := w.onlyRow(); now.ID != row || now.OwnerID != testUser {
			t.Errorf("%s", w.tables())
		}
		w.wantRoster(row, "8:needsAction")
		w.still()
	})
}

// Whom the CRM adds to a meeting born in Google gets a copy of ours; a real
// invitation replaces it. The guest list is never written.
func TestSpecSharedRosterAddsAColleague(t *testing.T) {
	whoeverFirst(t, func(t *testing.T, order []int64) {
		w := company(t, order...)
		event := w.of(testUser).Insert("primary", meeting("m", mailOf[otherUser])).Id
		w.settle(order...)
		row := w.onlyRow().ID
		mine := asJSON(t, w.of(testUser).Event("primary", event))
		w.exec("INSERT INTO schedule_participants (schedule_id, user_id) VALUES (?, ?)", row, thirdUser)
		w.settle(order...)
		w.same("the organiser's event", mine, asJSON(t, w.of(testUser).Event("primary", event)))
		w.wantEvents(thirdUser, "m")
		w.wantRoster(row, "8:needsAction 9:needsAction")
		w.still()
		w.editEvent(event, func(e *calendar.Event) {
			e.Attendees = append(e.Attendees, &calendar.EventAttendee{Email: mailOf[thirdUser]})
		})
		w.settle(order...)
		if all := w.of(thirdUser).Events("primary"); len(all) != 1 || all[0].Id != event {
			t.Errorf("%d copies", len(all))
		}
		w.onlyRow()
		w.wantRoster(row, "8:needsAction 9:needsAction")
		w.still()
	})
}

// Whom the CRM takes off the roster stays a guest in Google: guests are never
// written, and declining is for people to do.
func TestSpecSharedRosterDropsAGuest(t *testing.T) {
	pairwise(t, func(t *testing.T, order []int64) {
		w, row, _ := shared2(t, order, "guest@outside.example")
		w.exec("DELETE FROM schedule_participants")
		w.untouched(func() { w.settle(order...) })
		if w.onlyRow().ID != row {
			t.Errorf("%s", w.tables())
		}
		w.still()
	})
}

// A new owner in the CRM: the event of a meeting with guests stays where it
// is, and nothing is cancelled for anybody.
func TestSpecSharedNewOwnerInTheTable(t *testing.T) {
	pairwise(t, func(t *testing.T, order []int64) {
		w, row, event := shared2(t, order, "guest@outside.example")
		w.editRow(row, "owner_id = 8")
		w.settle(order...)
		for _, user := range order {
			if e := w.of(user).Event("primary", event); e.Status == "cancelled" || len(e.Attendees) != 2 {
				t.Errorf("at %d: %s with %d guests", user, e.Status, len(e.Attendees))
			}
			if n := len(w.of(user).Events("primary")); n != 1 {
				t.Errorf("%d events at %d", n, user)
			}
		}
		if w.onlyRow().ID != row {
			t.Errorf("%s", w.tables())
		}
		w.still()
	})
}

// A meeting that moves to another calendar of the organiser's stays one row.
func TestSpecSharedEventMovesCalendar(t *testing.T) {
	eachCalendar(t, func(t *testing.T, other string) {
		pairwise(t, func(t *testing.T, order []int64) {
			w := company(t, order...)
			w.addCalendar(other)
			event := w.of(testUser).Insert("primary", meeting("m", mailOf[otherUser])).Id
			w.settle(order...)
			row := w.onlyRow()
			w.of(testUser).Move("primary", event, other)
			w.untouched(func() { w.settle(order...) })
			if now := w.onlyRow(); now.ID != row.ID || now.OwnerID != testUser {
				t.Errorf("%s", w.tables())
			}
			w.wantRoster(row.ID, "8:needsAction")
			w.still()
			w.of(testUser).Edit(other, event, func(e *calendar.Event) { e.Summary = "n" })
			w.untouched(func() { w.settle(order...) })
			if s := w.onlyRow().Subject; s != "n" {
				t.Errorf("subject %q", s)
			}
			w.still()
		})
	})
}

// Both employees' runs at the same time yield one row.
func TestSpecSharedConcurrentRuns(t *testing.T) {
	for round := range 4 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			w := company(t, everybody...)
			for i := range 5 {
				from := w.of(everybody[i%2])
				if i > 2 {
					from = w.boss()
				}
				from.Insert("primary", meeting(fmt.Sprint("m", i), mailOf[testUser], mailOf[otherUser], mailOf[thirdUser]))
			}
			done := make(chan error)
			for _, id := range everybody {
				go func() { _, err := w.svc.SyncUser(t.Context(), id, RunOptions{}); done <- err }()
			}
			for range everybody {
				check(t, <-done)
			}
			w.settle()
			if rows := w.everyRow(); len(rows) != 5 {
				t.Errorf("%d rows of 5 meetings:\n%s", len(rows), w.tables())
			}
			w.still()
		})
	}
}

// The other's whole run in the middle of one's own, at any request.
func TestSpecSharedRunWithinARun(t *testing.T) {
	for step := int64(1); step <= 6; step++ {
		t.Run(fmt.Sprint(step), func(t *testing.T) {
			pairwise(t, func(t *testing.T, order []int64) {
				w := company(t, order...)
				w.of(testUser).Insert("primary", meeting("m", mailOf[otherUser], "guest@outside.example"))
				w.boss().Insert("primary", meeting("n", mailOf[testUser], mailOf[otherUser]))
				w.untouched(func() {
					w.meanwhile(step, func() { w.syncOf(order[1]) })
					w.syncOf(order[0])
					w.chaos.call.Store(0)
					w.settle(order...)
				})
				var subjects []string
				for _, row := range w.everyRow() {
					subjects = append(subjects, row.Subject)
				}
				slices.Sort(subjects)
				if !slices.Equal(subjects, []string{"m", "n"}) {
					t.Errorf("%s", w.tables())
				}
				w.still()
			})
		})
	}
}

// The same where the run that wrote our copy died at any moment of it.
func TestSpecSharedInvitationAfterACrash(t *testing.T) {
	for n := int64(7); n <= 17; n += 2 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			w := company(t, testUser, otherUser)
			row := w.insertRow("m", at10, at11)
			w.invite(row)
			w.syncOf(testUser)
			w.advance(time.Minute)
			w.killed(n, func() error { _, err := w.svc.SyncUser(t.Context(), otherUser, RunOptions{}); return err })
			event := w.events()[0].Id
			w.editEvent(event, func(e *calendar.Event) { e.Attendees = []*calendar.EventAttendee{{Email: mailOf[otherUser]}} })
			w.google.ExpireSyncTokens()
			w.settle(otherUser, testUser)
			if all := w.of(otherUser).Events("primary"); len(all) != 1 || all[0].Id != event {
				t.Errorf("%d events", len(all))
			}
			if w.onlyRow().ID != row {
				t.Errorf("%s", w.tables())
			}
			w.still()
		})
	}
}

// An organiser who hands over and is no guest himself leaves the meeting; it
// goes on for the others.
func TestSpecSharedOrganiserHandsOverAndLeaves(t *testing.T) {
	pairwise(t, func(t *testing.T, order []int64) {
		w, _, event := shared2(t, order, bossMail)
		w.of(testUser).HandOver(event, w.boss())
		w.untouched(func() { w.settle(order...) })
		if row := w.onlyRow(); row.OwnerID != otherUser || row.Subject != "m" {
			t.Errorf("%s", w.tables())
		}
		w.still()
	})
}
