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
		"ours, but cancelled": func(w *world, id string) {
			w.google.SetBareCancelled(false) // a deleted event may still show its mark
			s, err := w.db.Settings(w.t.Context())
			check(w.t, err)
			e := lunch("stranger")
			e.Id = id
			e.ExtendedProperties = &calendar.EventExtendedProperties{Private: map[string]string{
				markInstallation: s.InstallationID, markLink: "7", markRow: "2", markEvent: id}}
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
			if strings.Contains(name, "cancelled") {
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

// Our pairs are lost, and a person has made a copy since: the mark is believed on
// the event that it names, not on the copy, whichever Google lists first.
func TestSpecMarkBelievedOnOriginalOnly(t *testing.T) {
	for _, copyFirst := range []bool{true, false} {
		w := linkedWorld(t)
		id, event := w.shared("a")
		original := w.account().Event("primary", event)
		dup := lunch("a")
		dup.ExtendedProperties = original.ExtendedProperties
		w.account().Insert("primary", dup)
		if copyFirst { // lists come in the order of the last change
			w.editEvent(event, func(e *calendar.Event) { e.Location = "x" })
		}
		w.exec("DELETE FROM agcrm_google_pairs")
		w.exec("UPDATE agcrm_google_calendars SET sync_token = ''")
		w.sync()
		w.advance(time.Minute)
		w.editRow(id, "subject = 'b'")
		w.sync()
		if e := w.account().Event("primary", event); e.Summary != "b" || len(w.rows()) != 2 {
			t.Errorf("copy first %v: the original is %q, %s", copyFirst, e.Summary, w.show())
		}
		w.quiet()
	}
}

// The answer to a patch is lost: what stands in Google is our own write, and no
// conflict with the next edit of the row.
func TestSpecPatchAnswerLost(t *testing.T) {
	w := specWorld(t)
	id, _ := w.shared("a")
	patched := false
	w.google.AddFault(googletest.Fault{Match: onMethod("PATCH"), Drop: true, After: true, Times: 1})
	w.google.AddFault(googletest.Fault{Match: func(r *http.Request) bool { patched = patched || r.Method == "PATCH"; return patched }, Drop: true})
	w.editRow(id, "subject = 'b'")
	w.try()
	w.google.ClearFaults()
	w.sides("b", "b")
	w.advance(time.Hour)
	w.editRow(id, "subject = 'c'")
	w.policy("google")
	if res := w.sync(); res.Conflicts != 0 {
		t.Errorf("%+v", res)
	}
	w.both("c")
	w.quiet()
}
