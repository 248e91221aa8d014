package calsync

import (
	"fmt"
	"testing"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// Events from Gmail come into the table; what the CRM changes in them is taken
// back, and deleting the row deletes nothing.
func TestSpecGuestCopyFromGmail(t *testing.T) {
	w := company(t, testUser)
	e := lunch("flight")
	e.EventType = "fromGmail"
	event := w.of(testUser).Insert("primary", e).Id
	w.untouched(func() { w.settle() })
	id := w.onlyRow().ID
	w.still()
	w.editRow(id, "subject = 'mine'")
	w.untouched(func() { w.settle() })
	if s := w.row(id).Subject; s != "flight" || len(w.history(models.ActionConflict)) == 0 {
		t.Errorf("subject %q", s)
	}
	w.still()
	w.editEvent(event, func(e *calendar.Event) { e.Location = "NRT" })
	w.untouched(func() { w.settle() })
	if l := w.row(id).Location; l != "NRT" {
		t.Errorf("location %q", l)
	}
	w.exec("DELETE FROM schedules")
	w.untouched(func() { w.settle() })
	w.wantEvents(testUser, "flight")
	if rows := w.rows(); len(rows) != 0 {
		t.Errorf("%s", w.tables())
	}
	w.still()
	w.editEvent(event, func(e *calendar.Event) { e.Location = "HND" })
	w.untouched(func() { w.settle() })
	w.onlyRow()
	w.account().Delete("primary", event)
	w.untouched(func() { w.settle() })
	if rows := w.rows(); len(rows) != 0 {
		t.Errorf("%s", w.tables())
	}
	w.still()
}

// A locked event is nobody's to change: no loop, and nothing is created again.
func TestSpecGuestCopyLocked(t *testing.T) {
	w := company(t, testUser)
	e := lunch("m")
	e.Locked = true
	event := w.of(testUser).Insert("primary", e).Id
	w.settle()
	id := w.onlyRow().ID
	w.editRow(id, "subject = 'mine'")
	w.settle()
	if e := w.of(testUser).Event("primary", event); e.Summary != "m" || e.Status != "confirmed" {
		t.Errorf("%+v", e)
	}
	if row := w.row(id); row.Subject != "m" && len(w.aside(testUser)) == 0 {
		t.Errorf("%q, neither taken back nor left aside: %+v", row.Subject, w.reasons())
	}
	w.wantEvents(testUser, "m")
	w.still()
}

// Where guests may modify the event, or the event becomes the employee's own,
// nothing goes wrong either.
func TestSpecGuestCopyThatGuestsMayModify(t *testing.T) {
	w, id, event := invited(t, false, func(e *calendar.Event) { e.GuestsCanModify = true })
	w.editRow(id, "subject = 'mine'")
	w.settle()
	row, e := w.row(id), w.boss().Event("primary", event)
	if row.Subject != e.Summary || len(e.Attendees) != 2 {
		t.Errorf("%q and %q", row.Subject, e.Summary)
	}
	w.still()
}

func TestSpecGuestCopyBecomesOwn(t *testing.T) {
	w, id, event := invited(t, false, nil)
	w.boss().HandOver(event, w.of(testUser))
	w.untouched(func() { w.settle() })
	if row := w.onlyRow(); row.ID != id || row.OwnerID != testUser {
		t.Errorf("%s", w.tables())
	}
	w.still()
	w.editRow(id, "subject = 'mine'")
	w.settle()
	if e := w.of(testUser).Event("primary", event); e.Summary != "mine" || len(e.Attendees) != 2 {
		t.Errorf("%+v", e)
	}
	w.still()
}

// Special events that are not carried are skipped with a reason, whatever
// happens to them, and nothing of them is written.
func TestSpecGuestCopySkippedKinds(t *testing.T) {
	for _, kind := range []string{"focusTime", "outOfOffice", "workingLocation", "birthday"} {
		t.Run(kind, func(t *testing.T) {
			w := company(t, testUser)
			e := lunch("x")
			e.EventType = kind
			if kind == "birthday" {
				e.Start, e.End = &calendar.EventDateTime{Date: "2026-11-25"}, &calendar.EventDateTime{Date: "2026-11-26"}
				e.Recurrence = []string{"RRULE:FREQ=YEARLY"}
			}
			event := w.of(testUser).Insert("primary", e).Id
			w.untouched(func() { w.settle() })
			if rows := w.rows(); len(rows) != 0 || len(w.aside(testUser)) != 1 {
				t.Errorf("%+v: %s", w.reasons(), w.tables())
			}
			w.still()
			w.editEvent(event, func(e *calendar.Event) { e.Summary = "y" })
			w.untouched(func() { w.settle() })
			if rows := w.rows(); len(rows) != 0 {
				t.Errorf("%s", w.tables())
			}
			w.still()
			w.of(testUser).Delete("primary", event)
			w.untouched(func() { w.settle() })
			if len(w.reasons()) != 0 {
				t.Errorf("%+v", w.reasons())
			}
			w.still()
		})
	}
}

// One look-alike is no reason to take somebody else's event for one's own:
// guest copies are not paired with rows of the CRM's.
func TestSpecGuestCopyIsNoLookAlike(t *testing.T) {
	w := company(t, testUser)
	w.insertRow("m", "2026-11-25 12:00:00", "2026-11-25 13:00:00")
	w.boss().Insert("primary", meeting("m", mailOf[testUser]))
	w.settle()
	if rows, events := len(w.rows()), len(w.events()); rows != 2 || events != 2 {
		t.Errorf("%d rows, %d events", rows, events)
	}
	w.still()
}

// Relinking wakes a guest copy's pair: it is not doubled, and nothing is
// deleted when unlinking with "delete".
func TestSpecGuestCopyAndUnlink(t *testing.T) {
	w, id, _ := invited(t, false, nil)
	w.untouched(func() {
		w.leave(testUser, Delete, Keep)
		w.link(testUser, mailOf[testUser])
		w.settle()
	})
	if row := w.onlyRow(); row.ID != id {
		t.Errorf("%s", w.tables())
	}
	w.still()
}

// One direction only: what is not carried is not undone either; both carries
// the rest.
func TestSpecGuestCopyDirections(t *testing.T) {
	t.Run("from Google", func(t *testing.T) {
		w, id, event := invited(t, false, nil)
		w.direction(models.FromGoogle)
		w.editRow(id, "subject = 'mine'")
		w.untouched(func() { w.settle() })
		if s := w.row(id).Subject; s != "mine" {
			t.Errorf("subject %q", s)
		}
		w.still()
		w.boss().Edit("primary", event, func(e *calendar.Event) { e.Location = "Hall" })
		w.untouched(func() { w.settle() })
		if l := w.row(id).Location; l != "Hall" {
			t.Errorf("location %q", l)
		}
		w.direction(models.DirectionBoth)
		w.untouched(func() { w.settle() })
		if row := w.row(id); row.Subject != "m" || row.Location != "Hall" {
			t.Errorf("%q at %q", row.Subject, row.Location)
		}
		w.still()
	})
	t.Run("to Google", func(t *testing.T) {
		w, id, event := invited(t, false, nil)
		w.direction(models.ToGoogle)
		w.boss().Edit("primary", event, func(e *calendar.Event) { e.Summary = "n" })
		w.boss().Insert("primary", meeting("o", mailOf[testUser]))
		w.untouched(func() { w.settle() })
		if row := w.onlyRow(); row.Subject != "m" {
			t.Errorf("subject %q", row.Subject)
		}
		w.still()
		w.boss().Delete("primary", event)
		w.untouched(func() { w.settle() })
		w.row(id)
		w.still()
		w.direction(models.DirectionBoth)
		w.untouched(func() { w.settle() })
		if row := w.onlyRow(); row.Subject != "o" {
			t.Errorf("%s", w.tables())
		}
		w.still()
	})
}

// What the CRM changes in a meeting from outside is taken back whoever of the
// employees leaves it meanwhile, and whoever runs first.
func TestSpecGuestCopyEditedWhileOneLeaves(t *testing.T) {
	for _, leaver := range []int64{testUser, otherUser} {
		for _, deletes := range []bool{true, false} {
			for _, both := range []bool{true, false} {
				t.Run(fmt.Sprint(leaver, deletes, both), func(t *testing.T) {
					pairwise(t, func(t *testing.T, order []int64) {
						w := company(t, order...)
						event := w.boss().Insert("primary", meeting("m", mailOf[testUser], mailOf[otherUser])).Id
						w.syncOf(testUser)
						if both {
							w.syncOf(otherUser)
						}
						row := w.onlyRow()
						if deletes {
							w.of(leaver).Delete("primary", event)
						} else {
							w.of(leaver).Answer("primary", event, "declined")
						}
						w.rest()
						w.editRow(row.ID, "subject = 'mine'")
						w.untouched(func() { w.settle(order...) })
						if now := w.onlyRow(); both && now.ID != row.ID || now.Subject != "m" || now.OwnerID == leaver {
							t.Errorf("%s", w.tables())
						}
						w.still()
					})
				})
			}
		}
	}
}

// The same where the row's owner has not run yet when the CRM edits it.
func TestSpecGuestCopyEditedBeforeTheOwnerJoins(t *testing.T) {
	eitherWay(t, "single", "series", func(t *testing.T, series bool) {
		w := company(t, testUser, otherUser)
		e := meeting("m", mailOf[testUser], mailOf[otherUser])
		if series {
			e = weeklyMeeting(mailOf[testUser], mailOf[otherUser])
		}
		w.boss().Insert("primary", e)
		w.syncOf(otherUser)
		w.rest()
		w.editRow(w.onlyRow().ID, "subject = 'mine'")
		w.untouched(func() { w.settle(testUser, otherUser) })
		if s := w.onlyRow().Subject; s != "m" {
			t.Errorf("subject %q", s)
		}
		w.still()
	})
}
