package calsync

import (
	"fmt"
	"strings"
	"testing"

	"agcrm-google/sync/googletest"

	"google.golang.org/api/calendar/v3"
)

// shared2 is a meeting of Tanaka's with Sato, taken up by both.
func shared2(t *testing.T, order []int64, guests ...string) (w *world, rowID int64, eventID string) {
	t.Helper()
	w = company(t, order...)
	eventID = w.of(testUser).Insert("primary", meeting("m", append([]string{mailOf[otherUser]}, guests...)...)).Id
	w.settle(order...)
	return w, w.onlyRow().ID, eventID
}

// The response travels from Google to the table, whoever runs first.
func TestSpecSharedResponses(t *testing.T) {
	pairwise(t, func(t *testing.T, order []int64) {
		w, row, event := shared2(t, order)
		for _, answer := range []string{"accepted", "tentative", "declined", "accepted"} {
			w.of(otherUser).Answer("primary", event, answer)
			w.untouched(func() { w.settle(order...) })
			w.wantRoster(row, "8:"+answer)
			w.still()
		}
		if owner := w.onlyRow().OwnerID; owner != testUser {
			t.Errorf("owner %d", owner)
		}
	})
}

// It arrives by the organiser's own copy, too.
func TestSpecSharedResponseByTheOrganisersCopy(t *testing.T) {
	w, row, event := shared2(t, []int64{testUser, otherUser})
	w.of(otherUser).Answer("primary", event, "accepted")
	w.syncOf(testUser)
	w.syncOf(otherUser)
	w.wantRoster(row, "8:accepted")
	w.still()
}

// Another employee's deletion is that employee's decline: the row, the event
// and the other copies stay, and his own does not come back. An answer in
// Google takes the decline back.
func TestSpecSharedDeclineByDeleting(t *testing.T) {
	pairwise(t, func(t *testing.T, order []int64) {
		w, row, event := shared2(t, order, "guest@outside.example")
		w.of(otherUser).Delete("primary", event)
		w.untouched(func() { w.settle(order...) })
		if w.onlyRow().ID != row {
			t.Errorf("%s", w.tables())
		}
		w.wantRoster(row, "8:declined")
		w.wantEvents(testUser, "m")
		w.wantEvents(otherUser, "")
		w.still()
		w.of(testUser).Edit("primary", event, func(e *calendar.Event) { e.Summary = "n" })
		w.untouched(func() { w.settle(order...) })
		w.wantRoster(row, "8:declined")
		w.still()
		w.of(otherUser).Answer("primary", event, "accepted")
		w.untouched(func() { w.settle(order...) })
		w.wantRoster(row, "8:accepted")
		w.wantEvents(otherUser, "n")
		w.onlyRow()
		w.still()
	})
}

// Only the organiser's own cancellation deletes the row, whoever sees it first.
func TestSpecSharedOrganiserCancels(t *testing.T) {
	inEveryOrder(t, func(t *testing.T, order []int64) {
		w := company(t, order...)
		event := w.of(testUser).Insert("primary", meeting("m", mailOf[otherUser], mailOf[thirdUser]))
		w.settle(order...)
		w.onlyRow()
		w.of(testUser).Delete("primary", event.Id)
		w.untouched(func() { w.settle(order...) })
		if rows := w.everyRow(); len(rows) != 0 {
			t.Errorf("%s", w.tables())
		}
		w.still()
	})
}

// A guest whom the organiser takes off the list takes part no more, and gets
// no copy from us.
func TestSpecSharedGuestTakenOff(t *testing.T) {
	pairwise(t, func(t *testing.T, order []int64) {
		w, row, event := shared2(t, order, "guest@outside.example")
		w.of(testUser).Edit("primary", event, func(e *calendar.Event) { e.Attendees = e.Attendees[1:] })
		w.untouched(func() { w.settle(order...) })
		if got := w.roster(row); got != "" && got != "8:declined" {
			t.Errorf("roster %q", got)
		}
		w.wantEvents(otherUser, "")
		w.onlyRow()
		w.still()
	})
}

// Where the organiser is no employee, an owner who leaves hands the row to the
// next participant who holds a copy; with the last copy the row is deleted.
func TestSpecSharedOwnerLeaves(t *testing.T) {
	leave := map[string]func(w *world, user int64, event string){
		"deletes":  func(w *world, user int64, event string) { w.of(user).Delete("primary", event) },
		"declines": func(w *world, user int64, event string) { w.of(user).Answer("primary", event, "declined") },
	}
	for name, goes := range leave {
		t.Run(name, func(t *testing.T) {
			whoeverFirst(t, func(t *testing.T, order []int64) {
				w := company(t, order...)
				event := w.boss().Insert("primary", meeting("m", mailOf[testUser], mailOf[otherUser], mailOf[thirdUser])).Id
				w.settle(order...)
				row := w.onlyRow()
				for left := len(everybody) - 1; left >= 0; left-- {
					owner := row.OwnerID
					goes(w, owner, event)
					w.untouched(func() { w.settle(order...) })
					w.still()
					if left == 0 {
						break
					}
					now := w.onlyRow()
					if now.ID != row.ID || now.OwnerID == owner {
						t.Fatalf("with %d copies left: %s", left, w.tables())
					}
					if e := w.of(now.OwnerID).Event("primary", event); e.Status == "cancelled" {
						t.Errorf("%d owns it and holds no copy", now.OwnerID)
					}
					if roster := w.roster(row.ID); strings.Contains(roster, string(rune('0'+now.OwnerID))+":") ||
						strings.Contains(roster, string(rune('0'+owner))+":") && !strings.Contains(roster, string(rune('0'+owner))+":declined") {
						t.Errorf("owner %d, before %d, roster %q", now.OwnerID, owner, roster)
					}
					row = now
				}
				if rows := w.everyRow(); len(rows) != 0 {
					t.Errorf("the last copy went, rows stand: %s", w.tables())
				}
			})
		})
	}
}

// A participant who is not the owner leaves: he becomes declined, the row stays.
func TestSpecSharedParticipantLeavesOutsidersMeeting(t *testing.T) {
	pairwise(t, func(t *testing.T, order []int64) {
		w := company(t, order...)
		event := w.boss().Insert("primary", meeting("m", mailOf[testUser], mailOf[otherUser])).Id
		w.settle(order...)
		row := w.onlyRow()
		other := map[int64]int64{testUser: otherUser, otherUser: testUser}[row.OwnerID]
		w.of(other).Delete("primary", event)
		w.untouched(func() { w.settle(order...) })
		if now := w.onlyRow(); now.ID != row.ID || now.OwnerID != row.OwnerID {
			t.Errorf("%s", w.tables())
		}
		w.wantRoster(row.ID, map[int64]string{testUser: "7:declined", otherUser: "8:declined"}[other])
		w.still()
	})
}

// The organiser hands the event over to another employee: the same row, a new
// owner.
func TestSpecSharedNewOrganiser(t *testing.T) {
	for name, outside := range map[string]bool{"to a colleague": false, "to somebody outside": true} {
		t.Run(name, func(t *testing.T) {
			pairwise(t, func(t *testing.T, order []int64) {
				w, row, event := shared2(t, order, mailOf[testUser], bossMail)
				to := w.of(otherUser)
				if outside {
					to = w.boss()
				}
				w.of(testUser).HandOver(event, to)
				w.untouched(func() { w.settle(order...) })
				now := w.onlyRow()
				if now.ID != row || !outside && now.OwnerID != otherUser {
					t.Errorf("%s", w.tables())
				}
				w.wantEvents(testUser, "m")
				w.wantEvents(otherUser, "m")
				w.still()
				to.Delete("primary", event)
				w.untouched(func() { w.settle(order...) })
				if rows := w.everyRow(); len(rows) != 0 {
					t.Errorf("%s", w.tables())
				}
				w.still()
			})
		})
	}
}

// A decline that the CRM takes back brings a copy, but writes no guest.
func TestSpecSharedDeclineTakenBackInTheTable(t *testing.T) {
	pairwise(t, func(t *testing.T, order []int64) {
		w, row, event := shared2(t, order)
		w.of(otherUser).Delete("primary", event)
		w.settle(order...)
		mine := asJSON(t, w.of(testUser).Event("primary", event))
		w.exec("UPDATE schedule_participants SET response = 'accepted'")
		w.settle(order...)
		w.wantRoster(row, "8:accepted")
		w.same("the organiser's event", mine, asJSON(t, w.of(testUser).Event("primary", event)))
		if all := w.of(otherUser).Events("primary"); len(all) != 1 || len(all[0].Attendees) > 0 && all[0].Id != event {
			t.Errorf("%d copies", len(all))
		}
		w.still()
	})
}

// The organiser hands over what only some have taken up, and the new one runs
// before those have seen it.
func TestSpecSharedNewOrganiserUnseen(t *testing.T) {
	for _, knows := range []int64{testUser, thirdUser} {
		t.Run(fmt.Sprint("known to ", knows), func(t *testing.T) {
			w := company(t, everybody...)
			event := w.of(testUser).Insert("primary", meeting("m", mailOf[testUser], mailOf[otherUser], mailOf[thirdUser])).Id
			w.syncOf(knows)
			row := w.onlyRow().ID
			w.of(testUser).HandOver(event, w.of(otherUser))
			w.untouched(func() { w.settle(otherUser, thirdUser, testUser) })
			if now := w.onlyRow(); now.ID != row || now.OwnerID != otherUser {
				t.Errorf("%s", w.tables())
			}
			w.wantRoster(row, "7:needsAction 9:needsAction")
			w.still()
		})
	}
}

// The row's owner declines before his own first run: the row goes to the next,
// and no copy is written for him beside the invitation.
func TestSpecSharedOwnerDeclinesUnrun(t *testing.T) {
	for name, goes := range map[string]func(a *googletest.Account, event string){
		"by answer":   func(a *googletest.Account, event string) { a.Answer("primary", event, "declined") },
		"by deleting": func(a *googletest.Account, event string) { a.Delete("primary", event) },
	} {
		t.Run(name, func(t *testing.T) {
			eitherWay(t, "single", "series", func(t *testing.T, series bool) {
				w := company(t, testUser, otherUser)
				e := meeting("m", mailOf[testUser], mailOf[otherUser])
				if series {
					e = weeklyMeeting(mailOf[testUser], mailOf[otherUser])
				}
				event := w.boss().Insert("primary", e).Id
				w.syncOf(otherUser)
				row := w.onlyRow()
				w.rest()
				goes(w.of(testUser), event)
				w.untouched(func() { w.settle(testUser, otherUser) })
				if now := w.onlyRow(); now.ID != row.ID || now.OwnerID != otherUser {
					t.Errorf("%s", w.tables())
				}
				w.still()
			})
		})
	}
}
