package calsync

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// watched lets time pass as the scheduler does, with looks that take so long, and
// gives the longest time that a change stayed unseen, from its commit to the end
// of the look that found it, and the share of the time that was spent looking.
func watched(t *testing.T, every, spent time.Duration, cost int) (unseen time.Duration, share float64) {
	synctest.Test(t, func(t *testing.T) {
		var look pacedLook
		began, before := time.Now(), time.Now()
		looking := time.Duration(0)
		beats := time.NewTicker(beat / 2)
		defer beats.Stop()
		for time.Since(began) < time.Hour {
			if now := time.Now(); look.due(now) {
				time.Sleep(spent)
				look.took(now, spent, every, cost)
				looking += spent
				unseen = max(unseen, time.Since(before)) // a change just after the look before
				before = now
			}
			<-beats.C
		}
		share = float64(looking) / float64(time.Since(began))
	})
	return unseen, share
}

// Issue 4, point 4: changed rows are seen within 2 seconds, deletions and rosters
// within 10 (two on tables of ours), everything in views without a row version
// within 60, and watching takes no more than a tenth of the time: the interval
// stretches. Changes and losses are watched apart.
func TestTableIsWatchedInTime(t *testing.T) {
	const changes, losses = changesCost, lossesCost
	for name, c := range map[string]struct {
		every, spent time.Duration
		cost         int
		within       time.Duration
	}{
		"changes":                          {time.Second / 2, 2 * time.Millisecond, changes, time.Second},
		"changes, a busy server":           {time.Second / 2, 25 * time.Millisecond, changes, 2 * time.Second},
		"losses, own tables":               {time.Second, 100 * time.Millisecond, losses, 2 * time.Second},
		"losses in a view":                 {5 * time.Second, 700 * time.Millisecond, losses, 10 * time.Second},
		"contents of a view are compared":  {20 * time.Second, 900 * time.Millisecond, changes, 60 * time.Second},
		"a look that takes three seconds":  {time.Second, 3 * time.Second, losses, 45 * time.Second},
		"a comparison that takes a minute": {20 * time.Second, time.Minute, changes, 62 * time.Minute},
	} {
		unseen, share := watched(t, c.every, c.spent, c.cost)
		if unseen > c.within || share > 1.1/float64(c.cost) && c.spent < time.Minute {
			t.Errorf("%s: unseen for up to %v, looking took %.1f %% of the time", name, unseen, share*100)
		}
	}
	if sum := 1.0/changes + 1.0/losses; sum > 0.1001 {
		t.Errorf("together they may take %.3f of the time", sum)
	}
}

// One slow look, on a machine that was busy with something else, delays nothing.
func TestOneSlowLook(t *testing.T) {
	var look pacedLook
	now := time.Now()
	for i, c := range []struct{ spent, pause time.Duration }{
		{10 * time.Millisecond, time.Second}, {time.Second, time.Second}, {10 * time.Millisecond, time.Second},
		{time.Second, time.Second}, {time.Second, 12 * time.Second}, {10 * time.Millisecond, time.Second},
	} {
		look.took(now, c.spent, time.Second, lossesCost)
		if pause := look.next.Sub(now); pause != c.pause {
			t.Errorf("after look %d the next is %v later, want %v", i+1, pause, c.pause)
		}
	}
}

// A mark that a long transaction holds back is told once, with the session, when
// five minutes have passed, and again only after it was free.
func TestHeldMarkIsToldOnce(t *testing.T) {
	var log strings.Builder
	s := New(Options{Log: slog.New(slog.NewTextHandler(&log, nil))})
	var w tableWatch
	at := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	pass := func(minutes int, held bool) int {
		for range minutes {
			at = at.Add(time.Minute)
			s.noteHeld(&w, held, "session 57 batch", at)
		}
		return strings.Count(log.String(), "session 57 batch")
	}
	for i, step := range []struct {
		minutes int
		held    bool
		told    int
	}{{6, true, 0}, {1, true, 1}, {60, true, 1}, {1, false, 1}, {6, true, 1}, {1, true, 2}, {1, false, 2}, {5, true, 2}, {1, false, 2}, {5, true, 2}} {
		if told := pass(step.minutes, step.held); told != step.told {
			t.Errorf("step %d: told %d times, want %d", i+1, told, step.told)
		}
	}
}
