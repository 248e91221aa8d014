package calsync

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
	"agcrm-google/sync/googletest"
)

// The scheduler: who runs when. The world's clock stands still in these tests, so
// that intervals pass only where a test lets them; seconds are real ones.

// serving runs the scheduler until the test ends or stop is called.
func (w *world) serving(services ...*Service) (stop func() time.Duration) {
	ctx, cancel := context.WithCancel(context.Background())
	if len(services) == 0 {
		services = []*Service{w.svc}
	}
	done := make(chan error, len(services))
	for _, s := range services {
		go func() { done <- s.Run(ctx) }()
	}
	waits := len(services)
	stop = func() time.Duration {
		began := time.Now()
		cancel()
		for ; waits > 0; waits-- {
			if err := <-done; !errors.Is(err, context.Canceled) {
				w.t.Errorf("Run ended with %v", err)
			}
		}
		return time.Since(began)
	}
	w.t.Cleanup(func() { stop() })
	return stop
}

// soon waits until something holds, at most the two seconds of the contract.
func (w *world) soon(what string, holds func() bool) {
	w.t.Helper()
	began := time.Now()
	for time.Since(began) < 2*time.Second {
		if holds() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	w.t.Errorf("not within two seconds: %s (%s)", what, w.show())
}

func (w *world) eventsAre(want string) func() bool {
	return func() bool { _, events := w.subjects(); return events == want }
}

func (w *world) saveProfile() { w.profile(func(*models.Profile) {}) }

// Changes of the table, whoever wrote it, reach Google within two seconds.
func TestSpecServeCarriesAtOnce(t *testing.T) {
	w := specWorld(t)
	w.saveProfile()
	stop := w.serving()
	id := w.insertRow("a", at10, at11)
	w.soon("a new row", w.eventsAre("a"))
	w.editRow(id, "subject = 'b'")
	w.soon("an edit", w.eventsAre("b"))
	w.exec("UPDATE schedules SET subject = 'c' WHERE id = ?", id) // nor does updated_at matter
	w.soon("an edit without a stamp", w.eventsAre("c"))
	w.exec("DELETE FROM schedules WHERE id = ?", id)
	w.soon("a deletion", w.eventsAre(""))
	if took := stop(); took > time.Second {
		t.Errorf("it took %v to stop", took)
	}
	w.quiet()
}

// The interval is kept, to the minute; "synchronise now" does not wait for it.
func TestSpecServeKeepsIntervals(t *testing.T) {
	w := specWorld(t)
	w.profile(func(p *models.Profile) { p.Interval = 7 })
	w.serving()
	w.soon("the first run", func() bool { return !w.linkNow().LastSuccess().IsZero() })
	w.account().Insert("primary", lunch("a"))
	w.google.ResetCalls()
	w.advance(7*time.Minute - 2*time.Second)
	time.Sleep(700 * time.Millisecond)
	if n := w.google.CallCount(); n != 0 {
		t.Errorf("%d calls before the interval had passed", n)
	}
	w.advance(3 * time.Second)
	w.soon("the run after the interval", func() bool { return len(w.rows()) == 1 })
	w.account().Insert("primary", lunch("b"))
	check(t, w.svc.SyncNow(t.Context(), testUser))
	w.soon("synchronise now", func() bool { return len(w.rows()) == 2 })
}

// Who is left out, and what makes no link run again and again.
func TestSpecServeRests(t *testing.T) {
	t.Parallel()
	setups := map[string]func(w *world){
		"never saved": func(w *world) { w.exec("UPDATE agcrm_google_links SET saved = 0"); w.insertRow("x", at10, at11) },
		"paused": func(w *world) {
			check(w.t, w.db.SetPaused(w.t.Context(), testUser, true))
			w.insertRow("x", at10, at11)
		},
		"user disabled": func(w *world) {
			check(w.t, w.db.SetDisabled(w.t.Context(), testUser, true))
			w.insertRow("x", at10, at11)
		},
		"not enabled": func(w *world) {
			w.settings(func(s *models.Settings) { s.Enabled = false })
			w.insertRow("x", at10, at11)
		},
		"dead grant": func(w *world) {
			w.account().RevokeGrants()
			w.try()
			w.insertRow("x", at10, at11)
		},
		"quota": func(w *world) {
			w.google.AddFault(googletest.Fault{Status: 403, Reason: "quotaExceeded", Times: 4})
			w.insertRow("y", at10, at11)
			w.try()
			w.google.ClearFaults()
			w.insertRow("x", at10, at11)
		},
		"failing": func(w *world) {
			w.google.AddFault(googletest.Fault{Status: 503})
			w.insertRow("x", at10, at11)
			w.try()
		},
		"unticked, row deleted": func(w *world) {
			w.addCalendar(calZ)
			w.account().Insert(calZ, lunch("z"))
			w.sync()
			w.profile(func(p *models.Profile) { p.Calendars = []string{"tanaka@example.com"} })
			w.exec("DELETE FROM schedules WHERE subject = 'z'")
		},
		"held": func(w *world) {
			w.addRows(11)
			w.sync()
			w.advance(2 * time.Hour)
			w.deleteSome(models.SideTable, 12)
		},
		"from google": func(w *world) {
			w.direction(models.FromGoogle)
			w.insertRow("new", at10, at11)
			w.exec("UPDATE schedules SET subject = 'edited' WHERE subject = 'a'")
			w.exec("DELETE FROM schedules WHERE subject = 'b'")
		},
		"to google": func(w *world) {
			w.direction(models.ToGoogle)
			w.account().Delete("primary", w.eventNamed("a").Id)
			w.exec("UPDATE schedules SET location = 'x'")
		},
		"left aside": func(w *world) { w.insertRow("x", at11, at10) },
		"refused": func(w *world) {
			w.google.AddFault(googletest.Fault{Match: writing("refused"), Status: 400, Reason: "invalid"})
			w.exec("UPDATE schedules SET subject = 'refused' WHERE subject = 'a'")
			w.insertRow("refused", at10, at11)
		},
		"refused, row deleted": func(w *world) {
			w.google.AddFault(googletest.Fault{Match: func(r *http.Request) bool { return r.Method == "DELETE" }, Status: 403, Reason: "forbidden"})
			w.exec("DELETE FROM schedules WHERE subject = 'a'")
		},
		"event turned foreign, row deleted": func(w *world) {
			w.editEvent(w.eventNamed("a").Id, func(e *calendar.Event) {
				e.Organizer = &calendar.EventOrganizer{Email: "boss@elsewhere.example"}
			})
			w.sync()
			w.exec("DELETE FROM schedules WHERE subject = 'a'")
		},
		"guests, row deleted": func(w *world) {
			w.editEvent(w.eventNamed("a").Id, func(e *calendar.Event) { e.Attendees = []*calendar.EventAttendee{{Email: "g@elsewhere.example"}} })
			w.sync()
			w.exec("DELETE FROM schedules WHERE subject = 'a'")
		},
		"out of the window, deleted": func(w *world) {
			w.advance(90 * 24 * time.Hour)
			w.exec("DELETE FROM schedules WHERE subject = 'a'")
			w.account().Delete("primary", w.eventNamed("b").Id)
		},
		"old rows":         func(w *world) { w.insertRow("x", "2020-01-01 10:00:00", "2020-01-01 11:00:00") },
		"owner not linked": func(w *world) { w.exec("UPDATE schedules SET owner_id = 99 WHERE subject = 'a'") },
		"another account's sleeping pairs": func(w *world) {
			w.unlink(Keep, Keep)
			w.link(testUser, "private@example.com")
			w.saveProfile()
			w.sync()
			w.exec("DELETE FROM schedules WHERE subject = 'a'")
		},
		"purged event": func(w *world) {
			e := w.eventNamed("a").Id
			w.account().Delete("primary", e)
			w.account().Purge("primary", e)
			w.exec("UPDATE schedules SET location = 'x'")
		},
	}
	worlds := map[string]*world{}
	for name, setup := range setups {
		w := linkedWorld(t)
		w.saveProfile()
		w.insertRow("a", at10, at11)
		w.insertRow("b", at12, at13)
		w.sync()
		w.advance(2 * time.Hour)
		setup(w)
		w.serving()
		worlds[name] = w
	}
	time.Sleep(1000 * time.Millisecond)
	before := map[string]int64{}
	for name, w := range worlds {
		w.google.ResetCalls()
		before[name] = w.svc.Totals().Runs
	}
	time.Sleep(1300 * time.Millisecond)
	for name, w := range worlds {
		if n, runs := w.google.CallCount(), w.svc.Totals().Runs-before[name]; n != 0 || runs != 0 {
			t.Errorf("%s: %d runs and %d calls while nothing changes", name, runs, n)
		}
	}
	for _, name := range []string{"never saved", "paused", "user disabled", "not enabled", "dead grant", "quota"} {
		for _, e := range worlds[name].events() {
			if e.Summary == "x" {
				t.Errorf("%s: was synchronised all the same", name)
			}
		}
	}
	w := worlds["quota"]
	w.advance(4 * time.Hour) // hours later it goes on
	w.soon("the run after the pause", w.eventsAre("a b x y"))
}

// Two instances on one database do no double work.
func TestSpecServeTwoInstances(t *testing.T) {
	w := specWorld(t)
	w.saveProfile()
	opt := w.svc.opt
	opt.Instance = "other"
	w.serving(w.svc, New(opt))
	for i := range 20 {
		w.insertRow(fmt.Sprintf("a%02d", i), at10, at11)
		if i%5 == 0 {
			time.Sleep(100 * time.Millisecond)
		}
	}
	w.soon("20 rows", func() bool { return len(w.events()) == 20 })
	if n := len(w.writes()); n != 20 {
		t.Errorf("%d writes", n)
	}
	w.quiet2()
}

// quiet2 is quiet where the scheduler may be at work.
func (w *world) quiet2() {
	w.t.Helper()
	if _, err := w.svc.SyncUser(context.Background(), testUser, RunOptions{Wait: 2 * time.Second}); err != nil {
		w.t.Error(err)
	}
	rows, events := w.subjects()
	if rows != events {
		w.t.Errorf("%s", w.show())
	}
	w.noMail()
}

// It stops within a moment in the middle of a run, and goes on where it was.
func TestSpecServeStopsMidRun(t *testing.T) {
	w := specWorld(t)
	w.saveProfile()
	w.sync()
	w.google.SetLatency(50 * time.Millisecond)
	w.addRows(60)
	stop := w.serving()
	w.soon("the run to begin", func() bool { return len(w.events()) > 3 })
	if took := stop(); took > time.Second {
		t.Errorf("it took %v", took)
	}
	n := len(w.events())
	if n == 60 {
		t.Fatal("the run had ended")
	}
	w.google.SetLatency(0)
	if l := w.linkNow(); l.State != models.LinkActive || l.ErrorKey != "" || l.Failures != 0 {
		t.Errorf("a stop counts as a failure: %+v", l)
	}
	w.sync()
	if n := len(w.events()); n != 60 {
		t.Errorf("%d events", n)
	}
	w.quiet()
}

// A run in progress: another is refused, or waits for its end.
func TestSpecRunInProgress(t *testing.T) {
	w := specWorld(t)
	w.insertRow("a", at10, at11)
	w.google.SetLatency(100 * time.Millisecond)
	done := make(chan error, 1)
	go func() { _, err := w.try(); done <- err }()
	time.Sleep(60 * time.Millisecond)
	if _, err := w.try(); problemKey(err) != "sync.in_progress" {
		t.Errorf("%v", err)
	}
	if _, err := w.svc.SyncUser(t.Context(), testUser, RunOptions{Wait: 3 * time.Second}); err != nil {
		t.Errorf("%v", err)
	}
	check(t, <-done)
	w.google.SetLatency(0)
	w.both("a")
	w.quiet()
}

// A change that comes while its link runs is not forgotten.
func TestSpecServeChangeDuringRun(t *testing.T) {
	w := specWorld(t)
	w.saveProfile()
	w.sync()
	w.google.SetLatency(300 * time.Millisecond)
	w.serving()
	w.insertRow("a", at10, at11)
	w.soon("the run to begin", func() bool { return w.google.CallCount() > 1 })
	w.insertRow("b", at10, at11)
	time.Sleep(300 * time.Millisecond)
	w.soon("both rows", w.eventsAre("a b"))
}

// Not linked, unknown: a message, and nothing else.
func TestSpecSyncUserNotLinked(t *testing.T) {
	w := specWorld(t)
	w.exec("INSERT INTO users (id, login) VALUES (50, 'x')")
	for _, id := range []int64{50, 51} {
		if _, err := w.svc.SyncUser(t.Context(), id, RunOptions{}); problemKey(err) != "sync.not_linked" || !errors.Is(err, models.ErrNotFound) {
			t.Errorf("%v", err)
		}
	}
}
