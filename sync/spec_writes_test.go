package calsync

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/sync/googletest"
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
		if a, b := fmt.Sprintf("%s", asJSON(t, pair[0])), asJSON(t, pair[1]); a != b {
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

// The id of an insert is committed before the call; a repeat uses the same.
func TestSpecInsertAnswerLost(t *testing.T) {
	for _, times := range []int{1, 4, 8} {
		w := linkedWorld(t)
		w.google.AddFault(googletest.Fault{Match: onMethod("POST"), Drop: true, After: true, Times: times})
		w.insertRow("a", at10, at11)
		w.try()
		w.google.ClearFaults()
		w.advance(time.Hour)
		w.sync()
		w.both("a")
		ids := map[string]bool{}
		for _, c := range w.writes() {
			ids[idIn(t, c)] = true
		}
		if len(ids) != 1 {
			t.Errorf("%d ids were used", len(ids))
		}
		w.quiet()
	}
}

func TestSpecInsertAnswerLostThenEdited(t *testing.T) {
	for _, who := range []string{"row", "event", "both", "row deleted", "event deleted"} {
		t.Run(who, func(t *testing.T) {
			w := specWorld(t)
			id := w.insertRow("a", at10, at11)
			w.google.AddFault(googletest.Fault{Match: onMethod("POST"), Drop: true, After: true, Times: 1})
			skip := false
			w.google.AddFault(googletest.Fault{Match: func(r *http.Request) bool { skip = skip || r.Method == "POST"; return skip }, Drop: true})
			w.try()
			w.google.ClearFaults()
			if len(w.events()) != 1 {
				t.Fatalf("the insert had no effect: %s", w.show())
			}
			event := w.events()[0].Id
			w.advance(time.Hour)
			want := "b"
			switch who {
			case "row":
				w.editRow(id, "subject = 'b'")
			case "event":
				w.editEvent(event, func(e *calendar.Event) { e.Summary = "b" })
			case "both":
				w.editRow(id, "location = 'x'")
				w.editEvent(event, func(e *calendar.Event) { e.Summary = "b" })
			case "row deleted":
				w.exec("DELETE FROM schedules")
				want = ""
			case "event deleted":
				w.account().Delete("primary", event)
				want = ""
			}
			w.sync()
			w.sync()
			if who == "event deleted" { // whether the deletion or the insert wins, both sides agree
				rows, events := w.subjects()
				want = rows
				if rows != events {
					t.Errorf("%s", w.show())
				}
			}
			w.both(want)
			w.quiet()
		})
	}
}

// On 409 the event is ours only with our mark and alive; otherwise another id.
func TestSpecTakenID(t *testing.T) {
	for name, occupy := range map[string]func(w *world, id string){
		"no mark": func(w *world, id string) {
			e := lunch("stranger")
			e.Id = id
			w.account().Insert("primary", e)
		},
		"cancelled": func(w *world, id string) {
			e := lunch("stranger")
			e.Id = id
			w.account().Insert("primary", e)
			w.account().Delete("primary", id)
		},
		"foreign mark": func(w *world, id string) {
			e := lunch("stranger")
			e.Id = id
			e.ExtendedProperties = &calendar.EventExtendedProperties{Private: map[string]string{
				markInstallation: "other", markLink: "7", markRow: "1", markEvent: id}}
			w.account().Insert("primary", e)
		},
		"another row's mark": func(w *world, id string) {
			s, err := w.db.Settings(w.t.Context())
			check(w.t, err)
			e := lunch("stranger")
			e.Id = id
			e.ExtendedProperties = &calendar.EventExtendedProperties{Private: map[string]string{
				markInstallation: s.InstallationID, markLink: "7", markRow: "4711", markEvent: id}}
			w.account().Insert("primary", e)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := specWorld(t)
			w.insertRow("a", at10, at11)
			w.sync()
			w.insertRow("b", at12, at13)
			taken := ""
			w.meanwhile(3, func() { // 1 and 2 are the listing, 3 is before the insert
				check(t, w.raw.QueryRow("SELECT event_id FROM agcrm_google_pairs WHERE state = 'inserting'").Scan(&taken))
				occupy(w, taken)
			})
			w.sync()
			if taken == "" {
				t.Fatal("the id was not committed before the call")
			}
			if e := w.eventNamed("b"); e.Id == taken {
				t.Error("the taken id was used")
			}
			w.sync()
			want := "a b stranger"
			if name == "cancelled" {
				want = "a b"
			}
			w.both(want)
			w.quiet()
		})
	}
}

// An insert carries the mark; ids of different rows and tries differ.
func TestSpecMark(t *testing.T) {
	w := specWorld(t)
	id, _ := w.shared("a")
	s, err := w.db.Settings(t.Context())
	check(t, err)
	e := w.events()[0]
	want := map[string]string{markInstallation: s.InstallationID, markLink: "7", markRow: fmt.Sprint(id), markEvent: e.Id}
	if e.ExtendedProperties == nil || asJSON(t, e.ExtendedProperties.Private) != asJSON(t, want) {
		t.Errorf("%+v", e.ExtendedProperties)
	}
	if strings.Trim(e.Id, "abcdefghijklmnopqrstuv0123456789") != "" {
		t.Errorf("id %q", e.Id)
	}
}

// A mark on a copy that a person made is never believed: a new appointment,
// whose mark is replaced at our next write to it.
func TestSpecCopiedMark(t *testing.T) {
	w := specWorld(t)
	w.addCalendar(calZ)
	id, event := w.shared("a")
	original := w.account().Event("primary", event)
	for _, where := range []string{"primary", calZ} {
		dup := lunch("a")
		dup.Start, dup.End, dup.ExtendedProperties = original.Start, original.End, original.ExtendedProperties
		w.account().Insert(where, dup)
	}
	w.sync()
	if n := len(w.rows()); n != 3 {
		t.Fatalf("%d rows", n)
	}
	w.quiet()
	for _, row := range w.rows() {
		if row.ID != id {
			w.editRow(row.ID, "subject = ?", fmt.Sprint("copy", row.ID))
		}
	}
	w.sync()
	if e := w.account().Event("primary", event); e.Summary != "a" {
		t.Errorf("the original was written: %q", e.Summary)
	}
	for _, e := range slices.Concat(w.events(), w.account().Events(calZ)) {
		if mark := e.ExtendedProperties.Private[markEvent]; mark != e.Id {
			t.Errorf("%s still carries the mark of another event", e.Summary)
		}
	}
	w.quiet()
	w.exec("DELETE FROM schedules WHERE id = ?", id)
	w.sync()
	if n := len(w.rows()); n != 2 {
		t.Errorf("%d rows", n)
	}
	if e := w.account().Event("primary", event); e.Status != "cancelled" {
		t.Error("the original was not deleted")
	}
	w.quiet()
}

// The copy stays when the original was deleted in the same run.
func TestSpecCopiedMarkOriginalDeleted(t *testing.T) {
	w := specWorld(t)
	id, event := w.shared("a")
	dup := w.account().Event("primary", event)
	dup.Id, dup.ICalUID, dup.Etag = "", "", ""
	w.account().Insert("primary", dup)
	w.account().Delete("primary", event)
	w.sync()
	w.both("a")
	if rows := w.rows(); rows[0].ID == id {
		t.Error("the copy was paired with the original's row")
	}
	w.quiet()
}

// Our pairs are lost (an old backup), the marks are not: nothing is doubled.
func TestSpecMarkBelieved(t *testing.T) {
	w := specWorld(t)
	w.shared("a")
	w.exec("DELETE FROM agcrm_google_pairs")
	w.exec("UPDATE agcrm_google_calendars SET sync_token = ''")
	w.sync()
	w.both("a")
	w.quiet()
}

// ... but not where neither subject nor start agrees, nor for a colleague's row.
func TestSpecMarkNotBelieved(t *testing.T) {
	for name, change := range map[string]string{
		"nothing agrees": "UPDATE schedules SET subject = 'b', start_at = '2026-11-25 09:00:00'",
		"another owner":  "UPDATE schedules SET owner_id = 99",
	} {
		t.Run(name, func(t *testing.T) {
			w := specWorld(t)
			id, _ := w.shared("a")
			w.exec("DELETE FROM agcrm_google_pairs")
			w.exec("UPDATE agcrm_google_calendars SET sync_token = ''")
			w.exec(change)
			w.sync()
			var owner int64
			var subject string
			check(t, w.raw.QueryRow("SELECT owner_id, subject FROM schedules WHERE id = ?", id).Scan(&owner, &subject))
			if name == "another owner" && (owner != 99 || len(w.rows()) != 1) {
				t.Errorf("owner %d, %s", owner, w.show())
			}
			if name == "nothing agrees" && (subject != "b" || len(w.rows()) != 2) {
				t.Errorf("%s", w.show())
			}
			w.quiet()
		})
	}
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
