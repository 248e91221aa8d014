package calsync

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
	"agcrm-google/sync/googletest"
)

// mixed is a link with all that unlinking must tell apart: a row born here, one
// with guests, an event born in Google, one whose row has a participant, and one
// whose row belongs to somebody else by now.
func mixed(t *testing.T) *world {
	w := specWorld(t)
	w.insertRow("ours", at10, at11)
	w.insertRow("guests", at10, at11)
	for _, name := range []string{"theirs", "taken-part"} {
		w.account().Insert("primary", lunch(name))
	}
	w.sync()
	w.editEvent(w.eventNamed("guests").Id, func(e *calendar.Event) {
		e.Attendees = []*calendar.EventAttendee{{Email: "guest@elsewhere.example"}}
	})
	w.exec("INSERT INTO schedule_participants (schedule_id, user_id) SELECT id, 99 FROM schedules WHERE subject = 'taken-part'")
	w.sync()
	w.rest()
	w.google.ResetCalls()
	return w
}

const all = "guests ours taken-part theirs"

func (w *world) unlink(google, schedules string) {
	w.t.Helper()
	check(w.t, w.svc.Unlink(context.Background(), testUser, google, schedules))
}

// unlinked asserts that nothing of the link is left but its sleeping pairs.
func (w *world) unlinked() {
	w.t.Helper()
	if _, err := w.db.Link(context.Background(), testUser); !errors.Is(err, models.ErrNotFound) {
		w.t.Errorf("the link is still there: %v", err)
	}
	if n := w.account().Grants(); n != 0 {
		w.t.Errorf("%d grants were not revoked", n)
	}
	for _, table := range []string{"calendars", "held", "left_aside"} {
		if n := w.countOf(table); n != 0 {
			w.t.Errorf("%d rows in %s", n, table)
		}
	}
	w.noMail()
}

func (w *world) countOf(table string) (n int) {
	w.t.Helper()
	check(w.t, w.raw.QueryRow("SELECT COUNT(*) FROM agcrm_google_"+table+" WHERE user_id = ?", testUser).Scan(&n))
	return n
}

// Point 18: each of the four choices, and linking the same account again.
func TestSpecUnlinkChoices(t *testing.T) {
	for _, c := range []struct{ google, schedules, rows, events, again string }{
		{Keep, Keep, all, all, all},
		{Delete, Keep, all, "guests taken-part theirs", all},
		{Keep, Delete, "guests ours taken-part", all, all},
		{Delete, Delete, "guests ours taken-part", "guests taken-part theirs", all},
	} {
		t.Run(c.google+" "+c.schedules, func(t *testing.T) {
			w := mixed(t)
			w.unlink(c.google, c.schedules)
			w.sides(c.rows, c.events)
			w.unlinked()
			w.google.ResetCalls()
			w.link(testUser, "tanaka@example.com")
			w.sync()
			w.both(c.again) // nothing twice, nothing missing
			w.quiet()
		})
	}
}

// Kept pairs wake and merge from their last agreement.
func TestSpecUnlinkKeepMergesLater(t *testing.T) {
	w := specWorld(t)
	for _, s := range []string{"a", "b", "c", "d", "e", "f"} {
		w.insertRow(s, at10, at11)
	}
	w.sync()
	w.rest()
	ids := map[string]string{}
	for _, e := range w.events() {
		ids[e.Summary] = e.Id
	}
	w.unlink(Keep, Keep)
	w.exec("UPDATE schedules SET subject = 'A' WHERE subject = 'a'")
	w.editEvent(ids["b"], func(e *calendar.Event) { e.Summary = "B" })
	w.exec("DELETE FROM schedules WHERE subject = 'c'")
	w.account().Delete("primary", ids["d"])
	w.exec("UPDATE schedules SET location = 'row' WHERE subject = 'e'")
	w.editEvent(ids["e"], func(e *calendar.Event) { e.Description = "event" })
	w.link(testUser, "tanaka@example.com")
	w.sync()
	w.both("A B e f")
	e := w.eventNamed("e")
	if e.Location != "row" || e.Description != "event" {
		t.Errorf("%+v", e)
	}
	w.quiet()
}

// Many deletions while nobody was linked meet the brake all the same.
func TestSpecUnlinkKeepThenManyDeletions(t *testing.T) {
	onBothSides(t, "", func(t *testing.T, side string) {
		w := manyShared(t, 12)
		w.unlink(Keep, Keep)
		w.deleteSome(side, 12)
		w.link(testUser, "tanaka@example.com")
		if res := w.sync(); res.Held != 12 || res.Deleted != 0 {
			t.Errorf("%+v", res)
		}
	})
}

// For another account the rows count as unpaired; and back again wakes the pairs.
func TestSpecUnlinkThenAnotherAccount(t *testing.T) {
	w := specWorld(t)
	w.shared("a")
	w.account().Insert("primary", lunch("b"))
	w.sync()
	w.unlink(Keep, Keep)
	other := w.link(testUser, "private@example.com")
	w.sync()
	if n := len(other.Events("primary")); n != 2 {
		t.Errorf("%d events in the other account", n)
	}
	w.both("a b")
	w.quiet()
	w.exec("UPDATE schedules SET subject = 'A' WHERE subject = 'a'")
	w.sync()
	w.unlink(Keep, Keep)
	w.link(testUser, "tanaka@example.com")
	w.sync()
	w.both("A b")
	w.quiet()
}

// The choice delete with another account only concerns rows born from that one.
func TestSpecUnlinkDeletesOnlyOwnBirths(t *testing.T) {
	w := specWorld(t)
	w.account().Insert("primary", lunch("first"))
	w.sync()
	w.unlink(Keep, Keep)
	w.link(testUser, "private@example.com").Insert("primary", lunch("second"))
	w.sync()
	w.rest()
	w.unlink(Keep, Delete)
	if rows, _ := w.subjects(); rows != "first" {
		t.Errorf("rows %q", rows)
	}
}

// A row that the employee no longer owns is not deleted.
func TestSpecUnlinkKeepsRowsOfOthers(t *testing.T) {
	w := specWorld(t)
	w.account().Insert("primary", lunch("a"))
	w.sync()
	w.exec("UPDATE schedules SET owner_id = 99")
	w.unlink(Keep, Delete)
	if n := len(w.rowsOf(99)); n != 1 {
		t.Errorf("%d rows", n)
	}
}

// Unlinking is a job that goes on after a crash at any step.
func TestSpecUnlinkCrash(t *testing.T) {
	for n := int64(1); ; n += 5 {
		w := linkedWorld(t)
		for _, s := range []string{"a", "b"} {
			w.insertRow(s, at10, at11)
			w.account().Insert("primary", lunch(s+"g"))
		}
		w.sync()
		w.rest()
		died, err := w.killed(n, func() error { return w.svc.Unlink(context.Background(), testUser, Delete, Delete) })
		for range 3 {
			if _, e := w.db.Link(t.Context(), testUser); errors.Is(e, models.ErrNotFound) {
				break
			}
			if w.linkNow().State != models.LinkUnlinking {
				check(t, w.svc.Unlink(t.Context(), testUser, Delete, Delete)) // it died before the job began
				continue
			}
			w.resumeUnlink()
		}
		w.sides("a b", "ag bg")
		w.unlinked()
		if !died {
			check(t, err)
			return
		}
		if t.Failed() {
			t.Fatalf("after a crash at step %d", n)
		}
	}
}

// resumeUnlink lets the scheduler do what is due, until the link has ended.
func (w *world) resumeUnlink() {
	w.t.Helper()
	stop := w.serving()
	defer stop()
	w.eventually("the end of the link", func() bool {
		_, err := w.db.Link(context.Background(), testUser)
		return errors.Is(err, models.ErrNotFound)
	})
}

// With a dead grant delete is not offered in Google; keep works.
func TestSpecUnlinkDeadGrant(t *testing.T) {
	w := mixed(t)
	w.account().RevokeGrants()
	if _, err := w.try(); err == nil {
		t.Fatal("a dead grant went unnoticed")
	}
	if state := w.linkNow().State; state != models.LinkBroken {
		t.Fatalf("state %s", state)
	}
	if err := w.svc.Unlink(t.Context(), testUser, Delete, Keep); !errors.Is(err, models.ErrInvalid) {
		t.Errorf("delete was taken with a dead grant: %v", err)
	}
	if state := w.linkNow().State; state != models.LinkBroken {
		t.Errorf("state %s", state)
	}
	w.unlink(Keep, Delete)
	w.sides("guests ours taken-part", all)
	w.unlinked()
}

// If it dies during the job, the job says what stayed in Google and ends.
func TestSpecUnlinkGrantDiesMeanwhile(t *testing.T) {
	for _, at := range []int64{1, 2, 4} {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			w := mixed(t)
			w.meanwhile(at, func() { w.account().RevokeGrants() })
			w.unlink(Delete, Delete)
			w.unlinked()
			if rows, _ := w.subjects(); rows != "guests ours taken-part" {
				t.Errorf("rows %q", rows)
			}
			if w.logged("log.unlink_grant_dead") != 1 {
				t.Error("the log does not say what stayed in Google")
			}
		})
	}
}

// A failing revocation never keeps the credentials.
func TestSpecUnlinkRevocationFails(t *testing.T) {
	w := mixed(t)
	w.google.AddFault(googletest.Fault{Token: true, Status: 503})
	w.unlink(Keep, Keep)
	if _, err := w.db.Link(t.Context(), testUser); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("%v", err)
	}
	var n int
	check(t, w.raw.QueryRow("SELECT COUNT(*) FROM agcrm_google_links").Scan(&n))
	if n != 0 {
		t.Errorf("%d credentials left", n)
	}
}

// A passing error during the job does not end it: it goes on later.
func TestSpecUnlinkGoesOnAfterErrors(t *testing.T) {
	w := mixed(t)
	w.google.AddFault(googletest.Fault{Match: onMethod("DELETE"), Status: 503, Times: 6})
	if err := w.svc.Unlink(t.Context(), testUser, Delete, Delete); err != nil {
		t.Log(err)
	}
	w.google.ClearFaults()
	w.advance(time.Hour)
	w.resumeUnlink()
	w.sides("guests ours taken-part", "guests taken-part theirs")
	w.unlinked()
}

// An event that got a guest a moment ago is kept.
func TestSpecUnlinkGuestJustInvited(t *testing.T) {
	w := specWorld(t)
	_, event := w.shared("a")
	w.meanwhile(3, func() { // after the event was read, before it is deleted
		w.editEvent(event, func(e *calendar.Event) { e.Attendees = []*calendar.EventAttendee{{Email: "g@elsewhere.example"}} })
	})
	w.svc.Unlink(t.Context(), testUser, Delete, Keep)
	w.resumeUnlink()
	w.both("a")
	w.unlinked()
}

// An event in a calendar that is not ticked was created by this service too.
func TestSpecUnlinkDeletesInUntickedCalendars(t *testing.T) {
	w := specWorld(t)
	w.addCalendar(calZ)
	w.profile(func(p *models.Profile) { p.Target = calZ })
	w.insertRow("a", at10, at11)
	w.sync()
	w.rest()
	w.profile(func(p *models.Profile) { p.Target, p.Calendars = "tanaka@example.com", []string{"tanaka@example.com"} })
	w.sync()
	w.unlink(Delete, Keep)
	if n := len(w.account().Events(calZ)); n != 0 {
		t.Errorf("%d events left", n)
	}
	w.unlinked()
}

// Wrong choices change nothing.
func TestSpecUnlinkWrongChoice(t *testing.T) {
	w := specWorld(t)
	if err := w.svc.Unlink(t.Context(), testUser, "purge", Keep); !errors.Is(err, models.ErrInvalid) {
		t.Errorf("%v", err)
	}
	if err := w.svc.Unlink(t.Context(), testUser, Keep, ""); !errors.Is(err, models.ErrInvalid) {
		t.Errorf("%v", err)
	}
	if w.linkNow().State != models.LinkActive {
		t.Error("the link was touched")
	}
}
