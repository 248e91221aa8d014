package calsync

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
	"agcrm-google/sync/googletest"
)

// Events in several employees' calendars are one row if the organiser or the
// guest list names those employees, in every order of synchronising.
func TestSpecSharedIsOneRow(t *testing.T) {
	inEveryOrder(t, func(t *testing.T, order []int64) {
		w := company(t, order...)
		w.of(testUser).Insert("primary", meeting("m", mailOf[otherUser], mailOf[thirdUser], "guest@outside.example"))
		w.untouched(func() { w.settle(order...) })
		row := w.onlyRow()
		if row.OwnerID != testUser || row.Subject != "m" {
			t.Errorf("%+v", row)
		}
		w.wantRoster(row.ID, "8:needsAction 9:needsAction")
		w.still()
	})
}

// The same where they link one after the other, each after the others have run.
func TestSpecSharedLinkedOneByOne(t *testing.T) {
	inEveryOrder(t, func(t *testing.T, order []int64) {
		w := company(t)
		w.of(testUser).Insert("primary", meeting("m", mailOf[otherUser], mailOf[thirdUser]))
		w.untouched(func() {
			for i, id := range order {
				w.link(id, mailOf[id])
				w.settle(order[:i+1]...)
				if rows := w.everyRow(); len(rows) != 1 || rows[0].OwnerID != testUser { // an employee, linked or not
					t.Errorf("after %d: %s", id, w.tables())
				}
			}
		})
		w.wantRoster(w.onlyRow().ID, "8:needsAction 9:needsAction")
		w.still()
	})
}

// An organiser who is no employee: the owner is a participant.
func TestSpecSharedFromOutside(t *testing.T) {
	inEveryOrder(t, func(t *testing.T, order []int64) {
		w := company(t)
		w.boss().Insert("primary", meeting("m", mailOf[testUser], mailOf[otherUser], mailOf[thirdUser]))
		w.untouched(func() {
			for i, id := range order {
				w.link(id, mailOf[id])
				w.settle(order[:i+1]...)
				w.onlyRow()
			}
		})
		row := w.onlyRow()
		all := map[int64]string{testUser: "8:needsAction 9:needsAction", otherUser: "7:needsAction 9:needsAction", thirdUser: "7:needsAction 8:needsAction"}
		if want, ok := all[row.OwnerID]; !ok {
			t.Errorf("owner %d", row.OwnerID)
		} else {
			w.wantRoster(row.ID, want)
		}
		w.still()

		// What the organiser changes is changed once; when he cancels, the row goes.
		id := w.boss().Events("primary")[0].Id
		w.boss().Edit("primary", id, func(e *calendar.Event) { e.Summary = "n" })
		w.untouched(func() { w.settle(order...) })
		if now := w.onlyRow(); now.Subject != "n" || now.ID != row.ID {
			t.Errorf("%+v", now)
		}
		w.still()
		w.boss().Delete("primary", id)
		w.untouched(func() { w.settle(order...) })
		if rows := w.everyRow(); len(rows) != 0 {
			t.Errorf("rows stand: %s", w.tables())
		}
		w.still()
	})
}

// Into the calendars of the organiser of an event born in Google no copy is
// ever written, not even where the calendar that holds it is not ticked.
func TestSpecSharedNoCopyForTheOrganiser(t *testing.T) {
	pairwise(t, func(t *testing.T, order []int64) {
		w := company(t, order...)
		w.of(testUser).AddCalendar(calZ, "z", "owner", "Asia/Tokyo")
		check(t, w.svc.RefreshCalendars(context.Background(), testUser))
		event := w.of(testUser).Insert(calZ, meeting("m", mailOf[otherUser]))
		w.untouched(func() { w.settle(order...) })
		w.onlyRow()
		w.wantEvents(testUser, "")
		w.still()
		w.profile(func(p *models.Profile) { p.Calendars = append(p.Calendars, calZ) })
		w.untouched(func() { w.settle(order...) })
		if row := w.onlyRow(); row.OwnerID != testUser {
			t.Errorf("%+v", row)
		}
		w.still()
		w.of(testUser).Delete(calZ, event.Id)
		w.settle(order...)
		if rows := w.everyRow(); len(rows) != 0 {
			t.Errorf("%s", w.tables())
		}
		w.still()
	})
}

// Addresses are compared without regard to case; failing the link's, the one
// of the employee's account in the CRM counts.
func TestSpecSharedAddresses(t *testing.T) {
	t.Run("case", func(t *testing.T) {
		w := company(t, testUser, otherUser)
		w.of(testUser).Insert("primary", meeting("m", "SATO@Example.COM"))
		w.untouched(func() { w.settle(otherUser, testUser) })
		w.wantRoster(w.onlyRow().ID, "8:needsAction")
		w.still()
	})
	t.Run("users.email", func(t *testing.T) {
		w := company(t, testUser)
		private := w.google.AddAccount("private@gmail.example")
		w.link(otherUser, "private@gmail.example")
		e := meeting("m", mailOf[otherUser]) // which forwards to the private account
		mine := w.of(testUser).Insert("primary", e)
		e.Id, e.ICalUID, e.Organizer = mine.Id, mine.ICalUID, &calendar.EventOrganizer{Email: mailOf[testUser]}
		private.Insert("primary", e)
		w.untouched(func() { w.settle(otherUser, testUser) })
		row := w.onlyRow()
		if row.OwnerID != testUser || !strings.HasPrefix(w.roster(row.ID), "8:") {
			t.Errorf("owner %d, roster %s", row.OwnerID, w.roster(row.ID))
		}
		w.still()
	})
}

// Equal iCalUIDs without this stay separate.
func TestSpecSharedNotByUIDAlone(t *testing.T) {
	for name, organizer := range map[string]string{"organiser outside": "someone@elsewhere.example", "organiser an employee": mailOf[testUser], "no organiser": ""} {
		t.Run(name, func(t *testing.T) {
			pairwise(t, func(t *testing.T, order []int64) {
				w := company(t, order...)
				file := lunch("m")
				file.ICalUID = "file@elsewhere.example"
				if organizer != "" {
					file.Organizer = &calendar.EventOrganizer{Email: organizer}
				}
				mine, his := w.of(testUser).Import("primary", file), w.of(otherUser).Import("primary", file)
				w.untouched(func() { w.settle(order...) })
				if a, b := w.rowsOf(testUser), w.rowsOf(otherUser); len(a) != 1 || len(b) != 1 {
					t.Fatalf("%s", w.tables())
				}
				w.still()
				w.of(otherUser).Edit("primary", his.Id, func(e *calendar.Event) { e.Summary = "his" })
				w.settle(order...)
				if a, b := w.rowsOf(testUser)[0], w.rowsOf(otherUser)[0]; a.Subject != "m" || b.Subject != "his" {
					t.Errorf("%q and %q", a.Subject, b.Subject)
				}
				w.of(testUser).Delete("primary", mine.Id)
				w.settle(order...)
				if a, b := w.rowsOf(testUser), w.rowsOf(otherUser); len(a) != 0 || len(b) != 1 {
					t.Errorf("%s", w.tables())
				}
				w.still()
			})
		})
	}
}

// Nor where the organisers differ.
func TestSpecSharedNotByGuestsAlone(t *testing.T) {
	w := company(t, testUser, otherUser)
	for i, user := range []int64{testUser, otherUser} {
		e := meeting("m", mailOf[testUser], mailOf[otherUser])
		e.ICalUID = "same@elsewhere.example"
		e.Organizer = &calendar.EventOrganizer{Email: []string{"a@elsewhere.example", "b@elsewhere.example"}[i]}
		w.of(user).Insert("primary", e)
	}
	w.untouched(func() { w.settle() })
	if rows := w.everyRow(); len(rows) != 2 {
		t.Fatalf("%s", w.tables())
	}
	w.still()
}

// Who declined before anything was taken up is not the owner.
func TestSpecSharedDeclinedBeforehand(t *testing.T) {
	for name, declines := range map[string]func(a *googletest.Account, event string){
		"by answer":   func(a *googletest.Account, event string) { a.Answer("primary", event, "declined") },
		"by deleting": func(a *googletest.Account, event string) { a.Delete("primary", event) },
	} {
		t.Run(name, func(t *testing.T) {
			pairwise(t, func(t *testing.T, order []int64) {
				w := company(t, order...)
				event := w.boss().Insert("primary", meeting("m", mailOf[testUser], mailOf[otherUser])).Id
				declines(w.of(testUser), event)
				w.untouched(func() { w.settle(order...) })
				row := w.onlyRow()
				if got := w.roster(row.ID); row.OwnerID != otherUser || got != "" && got != "7:declined" {
					t.Errorf("owner %d, roster %q", row.OwnerID, got)
				}
				w.still()
				w.of(testUser).Answer("primary", event, "accepted")
				w.untouched(func() { w.settle(order...) })
				if now := w.onlyRow(); now.ID != row.ID || now.OwnerID != otherUser {
					t.Errorf("%s", w.tables())
				}
				w.wantRoster(row.ID, "7:accepted")
				w.still()
			})
		})
	}
}

// An organiser address that is the id of a linked calendar means that link's
// employee. No copy of ours is written into his calendars.
func TestSpecSharedBySecondaryCalendar(t *testing.T) {
	eitherWay(t, "not invited himself", "invited too", func(t *testing.T, invited bool) {
		pairwise(t, func(t *testing.T, order []int64) {
			w := company(t, order...)
			w.addCalendar(calZ)
			e := meeting("m", mailOf[otherUser])
			if invited { // the own primary calendar as well
				e = meeting("m", mailOf[otherUser], mailOf[testUser])
			}
			event := w.of(testUser).Insert(calZ, e)
			w.untouched(func() { w.settle(order...) })
			row := w.onlyRow()
			if row.OwnerID != testUser {
				t.Errorf("owner %d", row.OwnerID)
			}
			w.wantRoster(row.ID, "8:needsAction")
			w.still()
			w.of(testUser).Edit(calZ, event.Id, func(e *calendar.Event) { e.Summary = "n" })
			w.untouched(func() { w.settle(order...) })
			if s := w.onlyRow().Subject; s != "n" {
				t.Errorf("subject %q", s)
			}
			w.editRow(row.ID, "subject = 'o'")
			w.settle(order...)
			if got := w.of(testUser).Event(calZ, event.Id); got.Summary != "o" || len(got.Attendees) != len(e.Attendees) {
				t.Errorf("%+v", got)
			}
			w.still()
		})
	})
}

// Different directions: who carries only to Google declines nobody and gets
// no copy beside his event.
func TestSpecSharedDirections(t *testing.T) {
	for _, direction := range []string{models.ToGoogle, models.FromGoogle} {
		for _, user := range []int64{testUser, otherUser} {
			t.Run(fmt.Sprint(direction, user), func(t *testing.T) {
				w, row, event := shared2(t, []int64{testUser, otherUser})
				w.setDirection(user, direction)
				w.untouched(func() { w.settle() })
				w.still()
				w.of(testUser).Edit("primary", event, func(e *calendar.Event) { e.Summary = "n" })
				w.untouched(func() { w.settle() })
				w.still()
				w.of(otherUser).Answer("primary", event, "accepted")
				w.untouched(func() { w.settle() })
				w.still()
				w.setDirection(user, models.DirectionBoth)
				w.untouched(func() { w.settle() })
				if now := w.onlyRow(); now.ID != row || now.Subject != "n" {
					t.Errorf("%s", w.tables())
				}
				w.wantRoster(row, "8:accepted")
				w.wantEvents(testUser, "n")
				w.wantEvents(otherUser, "n")
				w.still()
			})
		}
	}
}
