package calsync

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"agcrm-google/models"
)

// The scheduler: who runs when. The world's clock stands still in these tests, so
// that intervals pass only where a test lets them; seconds are those of the bubble.

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

// soon waits until something holds, at most the two seconds of the contract; for
// bubbles, since elsewhere the machine takes its part of them.
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
	bubble(t, func(t *testing.T) {
		w := bubbleWorld(t)
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
	})
}

// The interval is kept, to the minute; "synchronise now" does not wait for it.
func TestSpecServeKeepsIntervals(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := bubbleWorld(t)
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
	})
}

// Two instances on one database do no double work.
func TestSpecServeTwoInstances(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := bubbleWorld(t)
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
	})
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
	bubble(t, func(t *testing.T) {
		w := bubbleWorld(t)
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
	})
}

// A run in progress: another is refused, or waits for its end.
func TestSpecRunInProgress(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := bubbleWorld(t)
		w.insertRow("a", at10, at11)
		w.google.SetLatency(time.Second)
		done := make(chan error, 1)
		go func() { _, err := w.try(); done <- err }()
		time.Sleep(100 * time.Millisecond) // now it waits for Google's first answer
		if _, err := w.try(); problemKey(err) != "sync.in_progress" {
			t.Errorf("%v", err)
		}
		if _, err := w.svc.SyncUser(t.Context(), testUser, RunOptions{Wait: 10 * time.Second}); err != nil {
			t.Errorf("%v", err)
		}
		check(t, <-done)
		w.google.SetLatency(0)
		w.both("a")
		w.quiet()
	})
}

// A change that comes while its link runs is not forgotten.
func TestSpecServeChangeDuringRun(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := bubbleWorld(t)
		w.saveProfile()
		w.sync()
		w.google.SetLatency(300 * time.Millisecond)
		w.serving()
		w.insertRow("a", at10, at11)
		w.soon("the run to begin", func() bool { return w.google.CallCount() > 1 })
		w.insertRow("b", at10, at11)
		time.Sleep(300 * time.Millisecond)
		w.soon("both rows", w.eventsAre("a b"))
	})
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
