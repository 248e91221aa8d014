package calsync

import (
	"errors"
	"strings"
	"testing"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// party is a meeting of Tanaka's own with a guest outside, who has answered,
// a Meet link, reminders and an attachment; Sato is invited too.
func party(t *testing.T, order ...int64) (w *world, rowID int64, eventID string) {
	t.Helper()
	w = company(t, order...)
	e := meeting("m", "guest@outside.example", mailOf[otherUser], bossMail)
	e.Attendees[0].ResponseStatus, e.Attendees[0].Comment, e.Attendees[0].AdditionalGuests = "tentative", "maybe late", 2
	e.Attendees[2].Optional = true
	e.Reminders = &calendar.EventReminders{Overrides: []*calendar.EventReminder{{Method: "popup", Minutes: 25}}}
	e.ConferenceData = &calendar.ConferenceData{ConferenceId: "abc-defg-hij"}
	e.Attachments = []*calendar.EventAttachment{{FileUrl: "https://drive.example/x", Title: "x"}}
	e.Start.TimeZone, e.End.TimeZone = "Asia/Tokyo", "Asia/Tokyo"
	eventID = w.of(testUser).Insert("primary", e).Id
	w.boss().Answer("primary", eventID, "accepted")
	w.settle(order...)
	return w, w.onlyRow().ID, eventID
}

// others is everything of an event but what the test edits.
func others(t *testing.T, e *calendar.Event) string {
	t.Helper()
	e.Summary, e.Etag, e.Updated, e.Start, e.End, e.Sequence = "", "", "", nil, nil, 0
	return asJSON(t, e)
}

// An event with outside guests keeps its guests, organiser and answers to the
// byte when the CRM edits the subject; only that is sent.
func TestSpecNoticeGuestsAreNeverWritten(t *testing.T) {
	pairwise(t, func(t *testing.T, order []int64) {
		w, id, event := party(t, order...)
		people := []int64{testUser, otherUser}
		var before []string
		for _, user := range people {
			before = append(before, others(t, w.of(user).Event("primary", event)))
		}
		w.editRow(id, "subject = 'n'")
		w.noMail()
		w.google.ResetCalls()
		w.settle(order...)
		for _, c := range w.google.Calls() {
			body := string(c.Body)
			if c.Method != "GET" && (c.Method != "PATCH" || c.Account != mailOf[testUser] || !strings.Contains(body, "summary") ||
				strings.Contains(body, "attendees") || strings.Contains(body, "organizer") || strings.Contains(body, "start")) {
				t.Errorf("%s %s by %s: %s", c.Method, c.Path, c.Account, body)
			}
		}
		for i, user := range people {
			e := w.of(user).Event("primary", event)
			if e.Summary != "n" {
				t.Errorf("%d sees %q", user, e.Summary)
			}
			w.same("the rest of the event", before[i], others(t, e))
		}
		w.wantRoster(id, "8:needsAction")
		w.still()
	})
}

func (w *world) notices(user int64) []models.Notice {
	w.t.Helper()
	list, err := w.db.Notices(w.t.Context(), user)
	check(w.t, err)
	return list
}

// When the CRM moves an event that has outside guests, the owner's page says
// that they were not told, with a link to the event in Google.
func TestSpecNoticeOfAMove(t *testing.T) {
	pairwise(t, func(t *testing.T, order []int64) {
		w, id, event := party(t, order...)
		if n := w.notices(testUser); len(n) != 0 {
			t.Errorf("%+v", n)
		}
		w.editRow(id, "start_at = '2026-11-25 15:00:00', end_at = '2026-11-25 16:00:00'")
		w.settle(order...)
		e := w.of(testUser).Event("primary", event)
		if e.Start.DateTime != "2026-11-25T15:00:00+09:00" || len(e.Attendees) != 3 {
			t.Errorf("%+v", e)
		}
		list := w.notices(testUser)
		if len(list) != 1 || list[0].ScheduleID != id || list[0].Subject != "m" || list[0].EventLink != e.HtmlLink || !list[0].At().Equal(w.now()) {
			t.Fatalf("%+v", list)
		}
		if m := list[0].Message(); m.Key != "notice.guests_not_told" {
			t.Errorf("%+v", m)
		}
		if n := w.notices(otherUser); len(n) != 0 {
			t.Errorf("a participant is told: %+v", n)
		}
		w.still()
		if n := w.notices(testUser); len(n) != 1 {
			t.Errorf("%d notices after idle runs", len(n))
		}
		if err := w.db.DismissNotice(t.Context(), otherUser, list[0].ID); !errors.Is(err, models.ErrNotFound) {
			t.Errorf("somebody else dismissed it: %v", err)
		}
		check(t, w.db.DismissNotice(t.Context(), testUser, list[0].ID))
		w.still()
		if n := w.notices(testUser); len(n) != 0 {
			t.Errorf("it came back: %+v", n)
		}
	})
}

// A move in Google is Google's to tell, and so is one without outside guests.
func TestSpecNoticeOnlyOfTheCRMsMoves(t *testing.T) {
	t.Run("moved in Google", func(t *testing.T) {
		w, _, event := party(t, testUser, otherUser)
		w.editEvent(event, func(e *calendar.Event) {
			e.Start.DateTime, e.End.DateTime = "2026-11-25T15:00:00+09:00", "2026-11-25T16:00:00+09:00"
		})
		w.untouched(func() { w.settle() })
		if n := w.notices(testUser); len(n) != 0 {
			t.Errorf("%+v", n)
		}
	})
	t.Run("colleagues only", func(t *testing.T) {
		w, id, _ := shared2(t, []int64{testUser, otherUser})
		w.editRow(id, "start_at = '2026-11-25 15:00:00', end_at = '2026-11-25 16:00:00'")
		w.settle()
		if n := w.notices(testUser); len(n) != 0 {
			t.Errorf("%+v", n)
		}
		w.still()
	})
}

// Deleting one from the CRM is always held for approval: approved, it is
// deleted and nobody is mailed; rejected, the row comes back.
func TestSpecNoticeDeletionIsHeld(t *testing.T) {
	eitherWay(t, "rejected", "approved", func(t *testing.T, approve bool) {
		pairwise(t, func(t *testing.T, order []int64) {
			w, id, event := party(t, order...)
			w.exec("DELETE FROM schedule_participants")
			w.exec("DELETE FROM schedules WHERE id = ?", id)
			w.untouched(func() { w.settle(order...) })
			if held := w.heldNow(); len(held) != 1 || held[0].Side != models.SideTable || held[0].Subject != "m" {
				t.Fatalf("held %+v", held)
			}
			w.still()
			w.rest()
			w.still()
			if len(w.heldNow()) != 1 {
				t.Error("asked more than once")
			}
			w.decide(approve)
			w.settle(order...)
			e := w.of(testUser).Event("primary", event)
			switch {
			case approve && (e.Status != "cancelled" || len(w.everyRow()) != 0):
				t.Errorf("approved: %s, %s", e.Status, w.tables())
			case !approve && (e.Status != "confirmed" || len(e.Attendees) != 3):
				t.Errorf("rejected: %+v", e)
			case !approve:
				if row := w.onlyRow(); row.Subject != "m" || row.OwnerID != testUser {
					t.Errorf("rejected: %s", w.tables())
				}
			}
			w.still()
		})
	})
}

// A row of the CRM's whose event got guests in Google meets the same rule.
func TestSpecNoticeDeletionOfOwnRowIsHeld(t *testing.T) {
	w := company(t, testUser)
	id := w.insertRow("m", at10, at11)
	w.settle()
	event := w.events()[0].Id
	w.editEvent(event, func(e *calendar.Event) { e.Attendees = []*calendar.EventAttendee{{Email: "guest@outside.example"}} })
	w.settle()
	w.exec("DELETE FROM schedules WHERE id = ?", id)
	w.untouched(func() { w.settle() })
	if len(w.heldNow()) != 1 {
		t.Errorf("%+v", w.heldNow())
	}
	w.wantEvents(testUser, "m")
	w.still()
}

// A series, or one occurrence of it, that the CRM moves.
func TestSpecNoticeOfAMovedOccurrence(t *testing.T) {
	w := company(t, testUser)
	e := meeting("m", "guest@outside.example")
	e.Start.TimeZone, e.End.TimeZone = "Asia/Tokyo", "Asia/Tokyo"
	e.Recurrence = []string{"RRULE:FREQ=WEEKLY;COUNT=4"}
	event := w.of(testUser).Insert("primary", e).Id
	w.settle()
	id := w.onlyRow().ID
	w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, series_id, original_start_at, updated_at) VALUES (?, 'm', ?, ?, ?, ?, ?)",
		testUser, "2026-12-02 15:00:00", "2026-12-02 16:00:00", id, "2026-12-02 12:00:00", w.stamp())
	w.settle()
	one := w.of(testUser).Event("primary", event+"_20261202T030000Z")
	if one.Start.DateTime != "2026-12-02T15:00:00+09:00" || len(one.Attendees) != 1 {
		t.Errorf("%+v", one)
	}
	if list := w.notices(testUser); len(list) != 1 || !strings.HasPrefix(list[0].EventLink, "https://") {
		t.Errorf("%+v", list)
	}
	w.still()
}
