package calsync

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"agcrm-google/models"
	"agcrm-google/sync/googletest"
)

// Point 21: Google's limits, against a Google that has them.

// paced gives the world a service that keeps Google's limits, and Google a clock
// that moves.
func (w *world) paced() {
	opt := w.svc.opt
	opt.Unpaced = false
	w.svc = New(opt)
	began := time.Now()
	w.google.SetNow(func() time.Time { return w.now().Add(time.Since(began)) })
}

// Many writes to one calendar slow down to what it takes, within the run.
func TestSpecWritesFindTheirPace(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := bubbleWorld(t)
		w.paced()
		w.google.SetCalendarWrites(5)
		w.addRows(18)
		if res := w.sync(); res.Pushed != 18 {
			t.Errorf("%+v", res)
		}
		if n := len(w.events()); n != 18 {
			t.Errorf("%d events", n)
		}
		w.noMail()
	})
}

// quotaExceeded pauses that user for hours, whatever happens meanwhile, and nobody else.
func TestSpecQuotaPausesOneUser(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := bubbleWorld(t)
		w.employee(8, "sato@example.com")
		w.exec("UPDATE agcrm_google_links SET saved = 1")
		w.google.AddFault(googletest.Fault{Match: listOf("tanaka@example.com"), Status: 403, Reason: "quotaExceeded"})
		w.insertRow("a", at10, at11)
		w.serving()
		w.eventually("the fault", func() bool { return w.linkNow().ErrorKey == "google.quota" })
		if pause := w.linkNow().PauseUntil().Sub(w.now()); pause < 2*time.Hour || pause > 6*time.Hour {
			t.Errorf("paused for %v", pause)
		}
		w.google.ClearFaults()
		w.insertRow("b", at10, at11)
		w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at) VALUES (8, 'satos', ?, ?)", at10, at11)
		w.eventually("the other's row", func() bool { return len(w.google.Account("sato@example.com").Events("primary")) == 1 })
		w.advance(time.Hour)
		time.Sleep(1200 * time.Millisecond)
		if _, events := w.subjects(); events != "" {
			t.Errorf("within the pause %q was carried", events)
		}
		w.advance(5 * time.Hour)
		w.eventually("the rows after the pause", w.eventsAre("a b"))
	})
}

// A closed account and its like end the link, and say so; nobody else's.
func TestSpecAccountClosed(t *testing.T) {
	for name, shut := range map[string]func(w *world){
		"closed": func(w *world) { w.account().Close() },
		"disabled": func(w *world) {
			w.google.AddFault(googletest.Fault{Match: func(r *http.Request) bool { return strings.Contains(r.URL.Path, "tanaka") }, Status: 403, Reason: "accountDisabled"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := specWorld(t)
			w.employee(8, "sato@example.com")
			w.shared("a")
			shut(w)
			if _, err := w.try(); problemKey(err) != "link.grant_dead" {
				t.Errorf("%v", err)
			}
			if l := w.linkNow(); l.State != models.LinkBroken || len(w.rows()) != 1 {
				t.Errorf("%+v, %s", l, w.show())
			}
			w.syncUser(8)
		})
	}
}

// A run that Google told to wait comes back no earlier than that, and not all at
// the same moment.
func TestRetryAfterIsKept(t *testing.T) {
	seen := map[time.Duration]bool{}
	for range 50 {
		f := &apiFault{kind: apiRate, retryAfter: 90 * time.Second}
		pause := pauseAfter(f, models.Link{})
		if pause < f.retryAfter || pause > 2*f.retryAfter {
			t.Errorf("%v", pause)
		}
		seen[pause] = true
		if p := pauseAfter(&apiFault{kind: apiTemporary}, models.Link{Failures: 100}); p < 30*time.Minute || p > 40*time.Minute {
			t.Errorf("after many failures %v", p)
		}
	}
	if len(seen) < 40 {
		t.Errorf("%d different pauses of 50", len(seen))
	}
}
