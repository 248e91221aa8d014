package calsync

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
	"agcrm-google/sync/googletest"
)

// A move that happens at any moment of a run never costs the row its identity.
func TestSpecMoveAtAnyMoment(t *testing.T) {
	for _, way := range [][2]string{{"primary", calA}, {calA, "primary"}, {"primary", calZ}, {calZ, "primary"}} {
		t.Run(way[0][:1]+way[1][:1], func(t *testing.T) {
			w := specWorld(t)
			other := way[0]
			if other == "primary" {
				other = way[1]
			}
			w.addCalendar(other)
			for _, n := range []int64{1, 2, 3, 4, 6} {
				w.account().Insert(way[0], lunch("a"))
				w.sync()
				id, event := w.rows()[0].ID, w.eventNamedIn(way[0], "a").Id
				w.meanwhile(n, func() { w.account().Move(way[0], event, way[1]) })
				w.sync()
				w.chaos.call.Store(0)
				w.sync()
				if rows := w.rows(); len(rows) != 1 || rows[0].ID != id {
					t.Fatalf("moment %d: %d rows, was %d: %+v", n, len(rows), id, rows)
				}
				w.quiet()
				w.exec("DELETE FROM schedules")
				w.sync()
				w.rest()
			}
		})
	}
}

// Two living events with one iCalUID in two calendars are two appointments, and
// deleting one deletes one.
func TestSpecSameICalUIDTwice(t *testing.T) {
	eachCalendar(t, func(t *testing.T, other string) {
		w := specWorld(t)
		w.addCalendar(other)
		for _, where := range []string{"primary", other} {
			e := lunch("in " + where)
			e.ICalUID = "same@elsewhere.example"
			w.account().Insert(where, e)
		}
		w.sync()
		if n := len(w.rows()); n != 2 {
			t.Fatalf("%d rows", n)
		}
		w.quiet()
		w.account().Delete(other, w.eventNamedIn(other, "in "+other).Id)
		w.sync()
		w.both("in primary")
		w.quiet()
		w.google.ExpireSyncTokens()
		w.quiet()
	})
}

// A quota that is hit in the middle: what was done counts, the rest follows later.
func TestSpecQuotaMidRun(t *testing.T) {
	for _, reason := range []string{"quotaExceeded", "rateLimitExceeded"} {
		w := linkedWorld(t)
		w.addRows(10)
		seen := 0
		w.google.AddFault(googletest.Fault{Status: 403, Reason: reason, Match: func(r *http.Request) bool {
			if r.Method == "POST" {
				seen++
			}
			return seen > 4
		}})
		if _, err := w.try(); err == nil {
			t.Error("no error")
		}
		if n := len(w.events()); n != 4 {
			t.Errorf("%d events", n)
		}
		w.google.ClearFaults()
		w.advance(4 * time.Hour)
		w.sync()
		if n := len(w.events()); n != 10 {
			t.Errorf("%d events", n)
		}
		w.quiet()
	}
}

// AGCRM_TIME_ZONE is the zone of rows that name none; changing it moves nothing
// that is agreed.
func TestSpecOtherDefaultZone(t *testing.T) {
	w := specWorld(t)
	tokyo := w.insertZoned("tokyo", at10, at11, nil)
	w.sync()
	opt := w.svc.opt
	paris, err := time.LoadLocation("Europe/Paris")
	check(t, err)
	opt.Zone = paris
	w.svc = New(opt)
	w.google.ExpireSyncTokens()
	w.quiet()
	w.insertZoned("paris", at10, at11, nil)
	w.account().Insert("primary", lunch("event"))
	w.sync()
	if got := instants(t, w.eventNamed("paris")); got != "11-25 09:00-10:00 Europe/Paris" {
		t.Error(got)
	}
	for _, row := range w.rows() {
		if row.Subject == "event" && row.StartAt.String() != "2026-11-25T04:00:00" {
			t.Errorf("%s", row.StartAt)
		}
	}
	if got := instants(t, w.eventNamed("tokyo")); got != "11-25 01:00-02:00 Asia/Tokyo" || w.row(tokyo).StartAt.Format("15") != "10" {
		t.Error(got)
	}
	w.quiet()
}

// An edit after the approval and before the run that carries it out wins.
func TestSpecApprovedThenEdited(t *testing.T) {
	onBothSides(t, "", func(t *testing.T, side string) {
		w := manyShared(t, 11)
		w.deleteSome(side, 11)
		w.sync()
		w.decide(true)
		w.advance(time.Minute)
		if side == models.SideTable {
			w.editEvent(w.eventNamed("a03").Id, func(e *calendar.Event) { e.Summary = "edited" })
		} else {
			w.exec("UPDATE schedules SET subject = 'edited', updated_at = ? WHERE subject = 'a03'", w.stamp())
		}
		w.sync()
		w.sync()
		w.both("edited")
		w.quiet()
	})
}

// Rejected, although the same appointment was edited meanwhile: it stands as edited.
func TestSpecRejectedThenEdited(t *testing.T) {
	onBothSides(t, "", func(t *testing.T, side string) {
		w := manyShared(t, 11)
		w.deleteSome(side, 11)
		w.sync()
		w.decide(false)
		w.advance(time.Minute)
		if side == models.SideTable {
			w.editEvent(w.eventNamed("a03").Id, func(e *calendar.Event) { e.Summary = "edited" })
		} else {
			w.exec("UPDATE schedules SET subject = 'edited', updated_at = ? WHERE subject = 'a03'", w.stamp())
		}
		w.sync()
		w.sync()
		w.wantCounts("11/11")
		rows, events := w.subjects()
		if rows != events || !strings.Contains(rows, "edited") {
			t.Errorf("%s", w.show())
		}
		w.quiet()
	})
}

// The same after the deletions went through.
func TestSpecRowComesBackAfterDeletion(t *testing.T) {
	w := manyShared(t, 5)
	w.exec("CREATE TABLE backup AS SELECT * FROM schedules")
	w.exec("DELETE FROM schedules")
	w.sync()
	w.wantCounts("0/0")
	w.exec("INSERT INTO schedules SELECT * FROM backup")
	w.sync()
	w.wantCounts("5/5")
	w.quiet()
}

// An event that Google holds locked: the write is refused, the item parked, nothing lost.
func TestSpecLockedEvent(t *testing.T) {
	w := specWorld(t)
	e := lunch("a")
	e.Locked = true
	event := w.account().Insert("primary", e).Id
	w.sync()
	id := w.rows()[0].ID
	w.editRow(id, "subject = 'b'")
	w.insertRow("c", at10, at11)
	w.sync()
	w.sides("b c", "a c")
	w.quiet()
	w.advance(time.Minute)
	w.editEvent(event, func(e *calendar.Event) { e.Locked = false })
	w.sync()
	w.both("b c")
	w.quiet()
}

// Two appointments that look alike and are paired stay two.
func TestSpecLookAlikesStayApart(t *testing.T) {
	w := specWorld(t)
	w.insertRow("a", at12, at13)
	w.insertRow("a", at12, at13)
	w.sync()
	w.account().Insert("primary", lunch("a"))
	w.sync()
	w.both("a a a")
	w.exec("DELETE FROM schedules WHERE id = 1")
	w.sync()
	w.both("a a")
	w.quiet()
}

// Swapped ids: a row deleted and another inserted at once.
func TestSpecReplacedRow(t *testing.T) {
	w := specWorld(t)
	id, event := w.shared("a")
	w.exec("DELETE FROM schedules WHERE id = ?", id)
	w.insertRow("a", at10, at11)
	w.sync()
	w.both("a")
	if w.events()[0].Id == event {
		t.Error("the deleted row's event was taken for the new row")
	}
	w.quiet()
}

// A row whose insert failed is not forgotten when its calendar is unticked.
func TestSpecUntickedBeforeInsert(t *testing.T) {
	w := specWorld(t)
	w.addCalendar(calZ)
	w.google.AddFault(googletest.Fault{Match: onMethod("POST"), Status: 503})
	w.insertRow("a", at10, at11)
	w.try()
	w.google.ClearFaults()
	w.advance(time.Hour)
	w.profile(func(p *models.Profile) { p.Calendars, p.Target = []string{calZ}, calZ })
	w.sync()
	if n := len(w.account().Events(calZ)); n != 1 {
		t.Errorf("%d events in the new target calendar", n)
	}
}

// Bytes that are no UTF-8 (SQLite takes any) make no field look changed for ever.
func TestSpecInvalidUTF8(t *testing.T) {
	w := specWorld(t)
	id := w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at) VALUES (?, CAST(x'61ff62' AS TEXT), ?, ?)", testUser, at10, at11)
	w.sync()
	w.quiet()
	w.editEvent(w.events()[0].Id, func(e *calendar.Event) { e.Summary = "google" })
	w.advance(time.Minute)
	w.exec("UPDATE schedules SET location = 'x' WHERE id = ?", id)
	if res := w.sync(); res.Conflicts != 0 {
		t.Errorf("%+v: nobody edited the row's subject", res)
	}
	w.both("google")
}

// A row that the brake let through, brought back by a person with the same id
// (the table was restored from a backup), is not lost.
func TestSpecRowComesBack(t *testing.T) {
	w := manyShared(t, 12)
	w.exec("CREATE TABLE backup AS SELECT * FROM schedules")
	w.exec("DELETE FROM schedules")
	w.sync()
	if n := len(w.heldNow()); n != 12 {
		t.Fatalf("%d held", n)
	}
	w.exec("INSERT INTO schedules SELECT * FROM backup")
	w.sync()
	w.wantCounts("12/12")
	if n := len(w.heldNow()); n != 0 {
		t.Errorf("%d questions that nobody needs to answer", n)
	}
	w.quiet()
}
