package calsync

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"
)

// Point 3: writes to Google are patches of the changed fields only, with If-Match
// and sendUpdates=none.
func TestSpecPatchBodies(t *testing.T) {
	w := specWorld(t)
	id, _ := w.shared("a")
	for _, c := range []struct{ set, keys string }{
		{"subject = 'b'", "summary"},
		{"location = 'room'", "location"},
		{"location = NULL", "location"},
		{"body = 'text'", "description"},
		{"body = ''", "description"},
		{"private = 1", "visibility"},
		{"busy = 0", "transparency"},
		{"color_id = 3", "colorId"},
		{"color_id = NULL", "colorId"},
		{"end_at = '2026-11-25 12:00:00'", "end start"},
		{"time_zone = 'Europe/Paris'", "end start"},
		{"all_day = 1", "end start"},
		{"subject = 'c', busy = 1", "summary transparency"},
	} {
		w.google.ResetCalls()
		w.advance(time.Minute)
		w.editRow(id, c.set)
		w.sync()
		writes := w.writes()
		if len(writes) != 1 || writes[0].Method != "PATCH" {
			t.Fatalf("%s: %d writes", c.set, len(writes))
		}
		call := writes[0]
		if got := keys(t, call); got != c.keys {
			t.Errorf("%s: the body names %s", c.set, got)
		}
		if m := call.Header.Get("If-Match"); !strings.HasPrefix(m, `"`) {
			t.Errorf("%s: If-Match %q", c.set, m)
		}
		if query(t, call, "sendUpdates") != "none" {
			t.Errorf("%s: %s", c.set, call.Query)
		}
	}
	w.quiet()
}

// The version flags would let Google process what we do not model.
func TestSpecInsertAndDeleteCalls(t *testing.T) {
	w := specWorld(t)
	w.google.ResetCalls()
	id, _ := w.shared("a")
	w.exec("DELETE FROM schedules WHERE id = ?", id)
	w.sync()
	writes := w.writes()
	if len(writes) != 2 || writes[0].Method != "POST" || writes[1].Method != "DELETE" {
		t.Fatalf("%+v", writes)
	}
	for _, c := range writes {
		if query(t, c, "sendUpdates") != "none" || query(t, c, "sendNotifications") != "" {
			t.Errorf("%s: %s", c.Method, c.Query)
		}
	}
	if m := writes[1].Header.Get("If-Match"); !strings.HasPrefix(m, `"`) {
		t.Errorf("delete without If-Match: %q", m)
	}
	if got := keys(t, writes[0]); strings.Contains(got, "attendees") || strings.Contains(got, "reminders") || strings.Contains(got, "conferenceData") {
		t.Errorf("the insert names %s", got)
	}
}

// What the CRM does not model is never touched.
func TestSpecUnmodelledStays(t *testing.T) {
	w := specWorld(t)
	event := w.account().Insert("primary", lunch("a")).Id
	w.sync()
	no := false
	w.editEvent(event, func(e *calendar.Event) {
		e.Attendees = []*calendar.EventAttendee{{Email: "guest@elsewhere.example", ResponseStatus: "tentative"}}
		e.Reminders = &calendar.EventReminders{Overrides: []*calendar.EventReminder{{Method: "popup", Minutes: 3}}, ForceSendFields: []string{"UseDefault"}}
		e.Attachments = []*calendar.EventAttachment{{FileUrl: "https://example.com/x", Title: "x"}}
		e.ConferenceData = &calendar.ConferenceData{ConferenceId: "abc", EntryPoints: []*calendar.EntryPoint{{EntryPointType: "video", Uri: "https://meet.google.com/abc"}}}
		e.GuestsCanInviteOthers = &no
		e.ExtendedProperties = &calendar.EventExtendedProperties{Private: map[string]string{"other": "app"}, Shared: map[string]string{"s": "1"}}
		e.Visibility = "public"
	})
	before := w.account().Event("primary", event)
	w.sync()
	id := w.rows()[0].ID
	w.editRow(id, "subject = 'b', location = 'c', body = 'd', busy = 0, color_id = 4, start_at = '2026-11-25 09:00:00'")
	w.sync()
	after := w.account().Event("primary", event)
	if after.Summary != "b" {
		t.Fatal("the edit did not arrive")
	}
	for name, pair := range map[string][2]any{
		"guests": {before.Attendees, after.Attendees}, "reminders": {before.Reminders, after.Reminders},
		"attachments": {before.Attachments, after.Attachments}, "meet": {before.ConferenceData, after.ConferenceData},
		"properties": {before.ExtendedProperties, after.ExtendedProperties}, "visibility": {before.Visibility, after.Visibility},
		"permissions": {before.GuestsCanInviteOthers, after.GuestsCanInviteOthers},
	} {
		if a, b := asJSON(t, pair[0]), asJSON(t, pair[1]); a != b {
			t.Errorf("%s: %s became %s", name, a, b)
		}
	}
	w.quiet()
}

// A change that concerns none of our fields changes nothing here.
func TestSpecForeignChangeIsNoChange(t *testing.T) {
	w := specWorld(t)
	id, event := w.shared("a")
	version := w.row(id).RowVersion
	w.editEvent(event, func(e *calendar.Event) {
		e.Reminders = &calendar.EventReminders{ForceSendFields: []string{"UseDefault"}}
	})
	if res := w.sync(); res.Pulled != 0 || w.row(id).RowVersion != version {
		t.Errorf("%+v", res)
	}
	w.editRow(id, "subject = 'b'")
	w.google.ResetCalls()
	w.sync()
	if n := len(w.writes()); n != 1 {
		t.Errorf("%d writes: the new ETag was not noted", n)
	}
	w.both("b")
}

// A 412 reads again and merges again.
func TestSpecPreconditionFailed(t *testing.T) {
	w := specWorld(t)
	id, event := w.shared("a")
	w.editRow(id, "subject = 'row'")
	w.meanwhile(2, func() { w.editEvent(event, func(e *calendar.Event) { e.Location = "meanwhile" }) })
	w.sync()
	w.both("row")
	if row := w.row(id); row.Location != "meanwhile" {
		t.Errorf("%+v", row)
	}
	w.quiet()
}

// ... for deletions too: what was edited a moment ago is not deleted.
func TestSpecPreconditionFailedOnDelete(t *testing.T) {
	w := specWorld(t)
	id, event := w.shared("a")
	w.exec("DELETE FROM schedules WHERE id = ?", id)
	w.advance(time.Minute)
	w.meanwhile(2, func() { w.editEvent(event, func(e *calendar.Event) { e.Summary = "b" }) })
	w.sync()
	w.sync()
	w.both("b")
	w.quiet()
}

// What Google answered, not what was sent, becomes the agreed state.
func TestSpecAnswerIsAgreed(t *testing.T) {
	w := specWorld(t)
	w.exec("INSERT INTO schedules (owner_id, subject, body, start_at, end_at) VALUES (?, ?, ?, ?, ?)",
		testUser, "  a \t", "x\r\ny\x00z\x07", at10, at11)
	w.sync()
	w.quiet()
	e := w.events()[0]
	w.editEvent(e.Id, func(e *calendar.Event) { e.Location = "room" })
	w.sync()
	row := w.rows()[0]
	if row.Subject != "  a \t" || row.Body != "x\r\ny\x00z\x07" || row.Location != "room" {
		t.Errorf("%q %q %q", row.Subject, row.Body, row.Location)
	}
	w.quiet()
}

// A row that changes while its event is inserted is written again, not lost.
func TestSpecRowEditedDuringInsert(t *testing.T) {
	for n := int64(1); n <= 5; n++ {
		w := linkedWorld(t)
		id := w.insertRow("a", at10, at11)
		w.advance(time.Second)
		w.meanwhile(n, func() { w.editRow(id, "subject = 'b'") })
		w.sync()
		w.sync()
		w.both("b")
		w.quiet()
	}
}

// ... or deleted.
func TestSpecRowDeletedDuringInsert(t *testing.T) {
	for n := int64(1); n <= 5; n++ {
		w := linkedWorld(t)
		w.insertRow("a", at10, at11)
		w.meanwhile(n, func() { w.exec("DELETE FROM schedules") })
		w.try()
		w.sync()
		w.both("")
		w.quiet()
	}
}

// An owner who changes moves the event: it stands once, in the new owner's calendar.
func TestSpecOwnerChanges(t *testing.T) {
	for _, newFirst := range []bool{true, false} {
		w := linkedWorld(t)
		sato := w.employee(8, "sato@example.com")
		id, _ := w.shared("a")
		w.exec("UPDATE schedules SET owner_id = 8 WHERE id = ?", id)
		order := []int64{testUser, 8}
		if newFirst {
			order = []int64{8, testUser}
		}
		for _, user := range append(order, order...) {
			w.syncUser(user)
		}
		if a, b := len(w.events()), len(sato.Events("primary")); a != 0 || b != 1 {
			t.Errorf("new first %v: %d events at the old owner's, %d at the new", newFirst, a, b)
		}
		if n := len(w.rowsOf(8)); n != 1 {
			t.Errorf("%d rows", n)
		}
		w.quiet()
		w.exec("UPDATE schedules SET owner_id = 7 WHERE id = ?", id) // and back
		for _, user := range append(order, order...) {
			w.syncUser(user)
		}
		if a, b := len(w.events()), len(sato.Events("primary")); a != 1 || b != 0 {
			t.Errorf("back: %d and %d events", a, b)
		}
	}
}
