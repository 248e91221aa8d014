package calsync

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/sync/googletest"
)

// uninvite takes everybody off a guest list and gives the event another subject.
func uninvite(e *calendar.Event) { e.Attendees, e.Summary = nil, "n" }

// Point 9: an organiser takes all guests off a meeting that only a guest's run
// has made a row of: the row is the organiser's event, not a second one.
func TestSpecDesertedBeforeTheOrganiserRan(t *testing.T) {
	eitherWay(t, "the guest learns it", "the guest does not", func(t *testing.T, later bool) {
		pairwise(t, func(t *testing.T, order []int64) {
			w := company(t, order...)
			event := w.of(testUser).Insert("primary", meeting("m", mailOf[otherUser], mailOf[thirdUser])).Id
			w.syncOf(otherUser)
			id := w.onlyRow().ID
			w.of(testUser).Edit("primary", event, uninvite)
			if !later {
				w.syncOf(otherUser)
			}
			w.settle(order...)
			row := w.onlyRow()
			if row.ID != id || row.OwnerID != testUser || row.Subject != "n" {
				t.Errorf("%s", w.tables())
			}
			if got := w.roster(id); got != "" && got != "8:declined" {
				t.Errorf("these take part: %s", got)
			}
			w.still()
		})
	})
}

// Point 9: the last guest is taken off in Google as any other is, and who is given
// a part by the CRM afterwards gets a copy.
func TestSpecLastGuestTakenOff(t *testing.T) {
	eitherWay(t, "linked", "not linked", func(t *testing.T, not bool) {
		linked := []int64{testUser, otherUser}
		if not {
			linked = linked[:1]
		}
		w := company(t, linked...)
		event := w.of(testUser).Insert("primary", meeting("m", mailOf[otherUser])).Id
		w.settle()
		id := w.onlyRow().ID
		w.of(testUser).Edit("primary", event, uninvite)
		w.settle()
		if got := w.roster(id); got != "" && (not || got != "8:declined") {
			t.Errorf("these take part: %s", got)
		}
		w.still()
		w.exec("DELETE FROM schedule_participants")
		w.exec("INSERT INTO schedule_participants (schedule_id, user_id) VALUES (?, ?)", id, otherUser)
		if not {
			w.link(otherUser, mailOf[otherUser])
		}
		w.settle()
		if got := w.of(otherUser).Events("primary"); len(got) != 1 || got[0].Summary != "n" {
			t.Errorf("the participant has %d events\n%s", len(got), w.tables())
		}
		w.still()
	})
}

// Points 9 and 10: an organiser hands a meeting over and declines it, and its row
// is deleted before the own link has seen that: the event is another's now.
func TestSpecHandedOverDeclinedAndDeleted(t *testing.T) {
	w := company(t, testUser)
	event := w.of(testUser).Insert("primary", meeting("m", mailOf[testUser], mailOf[otherUser])).Id
	w.syncOf(testUser)
	w.of(testUser).HandOver(event, w.of(otherUser))
	w.of(testUser).Answer("primary", event, answerDeclined)
	w.exec("DELETE FROM schedule_participants")
	w.exec("DELETE FROM schedules")
	google := w.allEvents()
	w.settle()
	w.same("Google", google, w.allEvents())
	w.still()
}

// Point 9: a guest's run has made a meeting's row, its organiser hands it over, and
// that guest leaves: the new organiser's run finds the row and takes it over.
func TestSpecHandedOverAndLeftByWhoMadeTheRow(t *testing.T) {
	for _, order := range orders() {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			w := company(t, order...)
			event := w.of(testUser).Insert("primary", meeting("m", mailOf[testUser], mailOf[otherUser], mailOf[thirdUser])).Id
			w.syncOf(otherUser)
			id := w.onlyRow().ID
			w.of(testUser).HandOver(event, w.of(thirdUser))
			w.of(otherUser).Delete("primary", event)
			w.syncOf(otherUser)
			w.settle(order...)
			if row := w.onlyRow(); row.ID != id || row.OwnerID != thirdUser {
				t.Errorf("%s", w.tables())
			}
			w.still()
		})
	}
}

// Points 9 and 11: who declines a series but for one day has a row of that day; the
// organiser's series takes it in, whoever runs first.
func TestSpecOneDayOfADeclinedSeries(t *testing.T) {
	pairwise(t, func(t *testing.T, order []int64) {
		w := company(t, order...)
		m := meeting("m", mailOf[otherUser])
		m.Start.TimeZone, m.End.TimeZone, m.Recurrence = "Asia/Tokyo", "Asia/Tokyo", []string{"RRULE:FREQ=DAILY;COUNT=3"}
		made := w.of(testUser).Insert("primary", m)
		w.of(otherUser).Answer("primary", made.Id, answerDeclined)
		w.of(otherUser).Answer("primary", made.Id+"_20261126T030000Z", "accepted")
		w.settle(order...)
		for _, row := range w.everyRow() {
			if row.OwnerID != testUser || (row.Recurrence == "") != (row.SeriesID != 0) {
				t.Errorf("%s", w.tables())
			}
		}
		w.still()
	})
}

// Points 9 and 11: the same where nobody here organises the series: the day is part
// of the series that another guest has.
func TestSpecOneDayOfAnothersSeries(t *testing.T) {
	pairwise(t, func(t *testing.T, order []int64) {
		w := company(t, order...)
		m := meeting("m", mailOf[testUser], mailOf[otherUser])
		m.Start.TimeZone, m.End.TimeZone, m.Recurrence = "Asia/Tokyo", "Asia/Tokyo", []string{"RRULE:FREQ=DAILY;COUNT=3"}
		made := w.boss().Insert("primary", m)
		day := made.Id + "_20261126T030000Z"
		w.boss().Edit("primary", day, func(e *calendar.Event) { e.Summary = "x" })
		w.of(otherUser).Answer("primary", made.Id, answerDeclined)
		w.of(otherUser).Answer("primary", day, "accepted")
		w.settle(order...)
		rows := w.everyRow()
		if len(rows) != 2 {
			t.Errorf("%s", w.tables())
		}
		for _, row := range rows {
			if row.OwnerID != testUser || (row.Recurrence == "") != (row.SeriesID != 0) {
				t.Errorf("%s", w.tables())
			}
		}
		w.still()
	})
}

// Point 10: a decline is taken back after the row went to somebody whom only the CRM
// invited: the invitation says again what the meeting is.
func TestSpecTakenBackForAnInvitationBesideACopy(t *testing.T) {
	pairwise(t, func(t *testing.T, order []int64) {
		w := company(t, order...)
		event := w.boss().Insert("primary", meeting("m", mailOf[testUser])).Id
		w.settle(order...)
		id := w.onlyRow().ID
		w.exec("INSERT INTO schedule_participants (schedule_id, user_id) VALUES (?, ?)", id, otherUser)
		w.settle(order...)
		w.of(testUser).Answer("primary", event, answerDeclined)
		w.settle(order...)
		w.of(testUser).Answer("primary", event, "accepted")
		w.editRow(id, "subject = 'n'")
		w.settle(order...)
		w.settle(order...)
		if row := w.onlyRow(); row.Subject != "m" {
			t.Errorf("%s", w.tables())
		}
		for _, user := range order {
			if events := w.of(user).Events("primary"); len(events) != 1 || events[0].Summary != "m" {
				t.Errorf("%d has %s", user, w.allEvents())
			}
		}
		w.still()
	})
}

// Points 2 and 11: the CRM gives an occurrence a row of its own that the organiser
// removed, who has yet to run: the edit wins, also in a guest's run.
func TestSpecReplacedAndRemovedBeforeTheOrganiserRan(t *testing.T) {
	pairwise(t, func(t *testing.T, order []int64) {
		w := company(t, order...)
		m := meeting("m", mailOf[otherUser])
		m.Start.TimeZone, m.End.TimeZone, m.Recurrence = "Asia/Tokyo", "Asia/Tokyo", []string{"RRULE:FREQ=DAILY;COUNT=3"}
		made := w.of(testUser).Insert("primary", m)
		w.syncOf(otherUser)
		id := w.onlyRow().ID
		w.instead(id, "2026-11-26 12:00:00", "x", "2026-11-26 15:00:00", "2026-11-26 16:00:00")
		w.of(testUser).Delete("primary", made.Id+"_20261126T030000Z")
		w.syncOf(otherUser)
		w.settle(order...)
		if rows := w.everyRow(); len(rows) != 2 || strings.Contains(rows[0].Recurrence, "EXDATE") || rows[1].Subject != "x" {
			t.Errorf("%s", w.tables())
		}
		if e := w.of(testUser).Event("primary", made.Id+"_20261126T030000Z"); e == nil || e.Summary != "x" {
			t.Errorf("%s", w.allEvents())
		}
		w.still()
	})
}

// Points 3 and 9: an organiser's edit that only a guest's run has seen is not lost
// when the meeting is handed over, whoever has it now and whoever runs first.
func TestSpecHandedOverAfterAnEdit(t *testing.T) {
	for _, to := range []string{mailOf[otherUser], mailOf[thirdUser], bossMail} {
		for _, order := range orders() {
			t.Run(fmt.Sprint(to, order), func(t *testing.T) {
				w := company(t, order...)
				m := meeting("m", mailOf[testUser], mailOf[otherUser], mailOf[thirdUser], bossMail)
				m.Location = "room"
				event := w.of(testUser).Insert("primary", m).Id
				w.settle(order...)
				w.of(testUser).Edit("primary", event, func(e *calendar.Event) { e.Summary, e.Location = "n", "" })
				w.syncOf(otherUser)
				w.of(testUser).HandOver(event, w.google.Account(to))
				w.settle(order...)
				if row := w.onlyRow(); row.Subject != "n" || row.Location != "" {
					t.Errorf("%s", w.tables())
				}
				if e := w.of(thirdUser).Event("primary", event); e.Summary != "n" || e.Location != "" {
					t.Errorf("%s", w.allEvents())
				}
				w.still()
			})
		}
	}
}

// Points 1 and 9: the owner invites a colleague to an event whose insert was never
// confirmed: the invitation is the row's, whoever runs first.
func TestSpecInvitedBeforeTheInsertWasConfirmed(t *testing.T) {
	pairwise(t, func(t *testing.T, order []int64) {
		w := company(t, order...)
		id := w.insertRow("m", "2026-11-25 10:00:00", "2026-11-25 11:00:00")
		w.exec("INSERT INTO schedule_participants (schedule_id, user_id) VALUES (?, ?)", id, otherUser)
		w.google.AddFault(googletest.Fault{Match: onMethod("POST"), Drop: true, After: true})
		_, _ = w.svc.SyncUser(t.Context(), testUser, RunOptions{})
		w.google.ClearFaults()
		w.of(testUser).Edit("primary", w.of(testUser).Events("primary")[0].Id, func(e *calendar.Event) {
			e.Attendees = []*calendar.EventAttendee{{Email: mailOf[otherUser]}}
		})
		w.advance(time.Hour)
		w.settle(order...)
		if row := w.onlyRow(); row.ID != id {
			t.Errorf("%s", w.tables())
		}
		if n := len(w.of(otherUser).Events("primary")); n != 1 {
			t.Errorf("the colleague has %d events", n)
		}
		w.still()
	})
}

// Point 9: an organiser hands a meeting over and leaves it before the own link has
// seen either: who has it now keeps it, whoever runs first.
func TestSpecHandedOverAndLeftBeforeTheOrganiserRan(t *testing.T) {
	for _, order := range orders() {
		t.Run(fmt.Sprint(order), func(t *testing.T) {
			w := company(t, order...)
			event := w.of(testUser).Insert("primary", meeting("m", mailOf[testUser], mailOf[otherUser], bossMail)).Id
			w.syncOf(otherUser)
			w.of(testUser).HandOver(event, w.of(otherUser))
			w.of(testUser).Delete("primary", event)
			w.settle(order...)
			w.settle(order...)
			if row := w.onlyRow(); row.OwnerID != otherUser {
				t.Errorf("%s", w.tables())
			}
			w.still()
		})
	}
}
