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

// Errors are told apart also where Google has no part in them.
func TestSpecErrorsKeepTheirMessage(t *testing.T) {
	w := specWorld(t)
	w.settings(func(s *models.Settings) { s.Enabled = false })
	if _, err := w.try(); problemKey(err) != "sync.disabled" {
		t.Errorf("%v", err)
	}
}

// Points 19 and 21: errors told apart; one bad item or one dead token stops nobody else.

// A permanent error parks the item until it is edited, on either side.
func TestSpecBadItemIsParked(t *testing.T) {
	for _, edited := range []string{"row", "event"} {
		t.Run(edited, func(t *testing.T) {
			w := specWorld(t)
			id, event := w.shared("a")
			w.insertRow("b", at12, at13)
			w.sync()
			bad := googletest.Fault{Match: writing("refused"), Status: 400, Reason: "invalid"}
			w.google.AddFault(bad)
			w.exec("UPDATE schedules SET location = 'good' WHERE subject = 'b'")
			w.editRow(id, "subject = 'refused'")
			w.insertRow("refused too", at12, at13)
			w.insertRow("c", at12, at13)
			res, err := w.try()
			check(t, err)
			if res.Skipped != 2 || w.eventNamed("b").Location != "good" {
				t.Errorf("%+v", res)
			}
			w.sides("b c refused refused too", "a b c")
			if r := w.reasons(); r["refused too"] == "" || len(r) != 2 {
				t.Errorf("%+v", r)
			}
			lines := len(w.history(models.ActionUpdate))
			for range 3 { // it is not tried again
				w.advance(time.Hour)
				w.quiet()
			}
			if len(w.history(models.ActionUpdate)) != lines {
				t.Error("the history grew")
			}
			w.google.ClearFaults()
			w.quiet() // not before it is edited
			if edited == "row" {
				w.editRow(id, "subject = 'A'")
				w.exec("UPDATE schedules SET subject = 'B' WHERE subject = 'refused too'")
			} else {
				w.editEvent(event, func(e *calendar.Event) { e.Location = "x" })
				w.exec("UPDATE schedules SET subject = 'B' WHERE subject = 'refused too'")
			}
			w.sync()
			want := "A B b c"
			if edited == "event" {
				want = "B b c refused"
			}
			w.both(want)
			if len(w.reasons()) != 0 {
				t.Errorf("%+v", w.reasons())
			}
			w.quiet()
		})
	}
}

// A parked row that is deleted is forgotten.
func TestSpecParkedRowDeleted(t *testing.T) {
	w := specWorld(t)
	id, _ := w.shared("a")
	w.google.AddFault(googletest.Fault{Match: writing("refused"), Status: 400, Reason: "invalid"})
	w.editRow(id, "subject = 'refused'")
	w.insertRow("refused too", at12, at13)
	w.sync()
	w.exec("DELETE FROM schedules")
	w.sync()
	w.both("")
	if len(w.reasons()) != 0 {
		t.Errorf("%+v", w.reasons())
	}
	w.quiet()
}

// A dead grant marks the link, tells once, keeps the pending work, and stops nobody else.
func TestSpecDeadGrant(t *testing.T) {
	w := specWorld(t)
	sato := w.employee(8, "sato@example.com")
	w.shared("a")
	w.insertRow("b", at10, at11)
	w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at) VALUES (8, 'satos', ?, ?)", at10, at11)
	w.account().Insert("primary", lunch("c"))
	w.account().RevokeGrants()
	for range 3 {
		if _, err := w.try(); err == nil {
			t.Error("no error")
		}
		w.advance(time.Hour)
	}
	w.syncUser(8)
	if n := len(sato.Events("primary")); n != 1 {
		t.Errorf("%d events of the other employee", n)
	}
	l := w.linkNow()
	if l.State != models.LinkBroken || l.Error().Key == "" {
		t.Errorf("%+v", l)
	}
	lines, err := w.db.LogLines(t.Context(), testUser, 100)
	check(t, err)
	n := 0
	for _, line := range lines {
		if line.Level == "error" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d error lines", n)
	}
	w.google.ResetCalls()
	w.try()
	if w.google.CallCount()+w.google.TokenCalls() != 0 {
		t.Error("a link that must be made again still calls Google")
	}
	w.link(testUser, "tanaka@example.com")
	w.sync()
	w.both("a b c")
	if l := w.linkNow(); l.State != models.LinkActive || l.ErrorKey != "" {
		t.Errorf("%+v", l)
	}
	w.quiet()
}

// Which faults end a link, which only a run.
func TestSpecErrorsToldApart(t *testing.T) {
	cal := strings.Contains
	onList := func(r *http.Request) bool { return cal(r.URL.Path, "/events") }
	for name, c := range map[string]struct {
		fault    googletest.Fault
		drop     string
		state    string
		key      string
		minPause time.Duration
	}{
		"token 5xx":             {fault: googletest.Fault{Token: true, Status: 503}, state: models.LinkActive, key: "google.unreachable"},
		"token html":            {fault: googletest.Fault{Token: true, Status: 502, HTML: true}, state: models.LinkActive, key: "google.unreachable"},
		"token dropped":         {fault: googletest.Fault{Token: true, Drop: true}, state: models.LinkActive, key: "google.unreachable"},
		"token 429":             {fault: googletest.Fault{Token: true, Status: 429, Reason: "rate_limit_exceeded"}, state: models.LinkActive},
		"invalid_grant":         {fault: googletest.Fault{Token: true, Status: 400, Reason: "invalid_grant"}, state: models.LinkBroken},
		"invalid_client":        {fault: googletest.Fault{Token: true, Status: 401, Reason: "invalid_client"}, state: models.LinkActive},
		"5xx":                   {fault: googletest.Fault{Match: onList, Status: 500}, state: models.LinkActive, key: "google.unreachable"},
		"html":                  {fault: googletest.Fault{Match: onList, Status: 502, HTML: true}, state: models.LinkActive, key: "google.unreachable"},
		"api off":               {fault: googletest.Fault{Match: onList, Status: 403, Reason: "accessNotConfigured"}, state: models.LinkActive, key: "google.api_off"},
		"api off, newer shape":  {fault: googletest.Fault{Match: onList, Status: 403, Reason: "accessNotConfigured", Infrastructure: true}, state: models.LinkActive, key: "google.api_off"},
		"quota":                 {fault: googletest.Fault{Match: onList, Status: 403, Reason: "quotaExceeded"}, state: models.LinkActive, key: "google.quota", minPause: time.Hour},
		"quota, newer shape":    {fault: googletest.Fault{Match: onList, Status: 403, Reason: "quotaExceeded", Infrastructure: true}, state: models.LinkActive, key: "google.quota", minPause: time.Hour},
		"rate":                  {fault: googletest.Fault{Match: onList, Status: 403, Reason: "userRateLimitExceeded"}, state: models.LinkActive, key: "google.rate"},
		"rate 429, retry after": {fault: googletest.Fault{Match: onList, Status: 429, Reason: "rateLimitExceeded", RetryAfter: 90}, state: models.LinkActive, key: "google.rate", minPause: 90 * time.Second},
		"scope lost":            {drop: "https://www.googleapis.com/auth/calendar.events.owned", state: models.LinkBroken, key: "link.scope_missing"},
	} {
		t.Run(name, func(t *testing.T) {
			w := specWorld(t)
			w.shared("a")
			w.insertRow("b", at10, at11)
			w.account().ExpireAccessTokens()
			if c.drop != "" {
				w.account().DropScope(c.drop)
			} else {
				w.google.AddFault(c.fault)
			}
			_, err := w.try()
			l := w.linkNow()
			if err == nil || l.State != c.state || l.ErrorKey == "" || c.key != "" && (l.ErrorKey != c.key || problemKey(err) != c.key) {
				t.Errorf("error %v, state %s, shown %s", err, l.State, l.ErrorKey)
			}
			if pause := max(l.NextRun().Sub(w.now()), l.PauseUntil().Sub(w.now())); pause < c.minPause {
				t.Errorf("again in %v", pause)
			}
			w.google.ClearFaults()
			if c.state == models.LinkBroken {
				return
			}
			w.advance(4 * time.Hour)
			w.sync()
			w.both("a b")
			if l := w.linkNow(); l.ErrorKey != "" || l.Failures != 0 {
				t.Errorf("the error stays: %s", l.ErrorKey)
			}
			w.quiet()
		})
	}
}

// A 401 leads to one refresh, not to a dead link.
func TestSpecUnauthorizedOnce(t *testing.T) {
	w := specWorld(t)
	w.shared("a")
	w.google.AddFault(googletest.Fault{Status: 401, Reason: "authError", Times: 1})
	w.insertRow("b", at10, at11)
	w.sync()
	w.both("a b")
	w.quiet()
}

// Passing errors in the middle of a run are repeated within it.
func TestSpecPassingErrors(t *testing.T) {
	for name, f := range map[string]googletest.Fault{
		"503": {Status: 503, Times: 2}, "500 after": {Status: 500, After: true, Times: 2}, "dropped": {Drop: true, Times: 2},
		"dropped after": {Drop: true, After: true, Times: 2}, "403 rate": {Status: 403, Reason: "rateLimitExceeded", Times: 2},
	} {
		for _, method := range []string{"GET", "writes"} {
			t.Run(name+" "+method, func(t *testing.T) {
				w := specWorld(t)
				w.scenario("")
				f := f
				f.Match = func(r *http.Request) bool { return (r.Method == "GET") == (method == "GET") }
				w.google.AddFault(f)
				w.try()
				w.google.ClearFaults()
				w.advance(time.Hour)
				w.sync()
				w.wantScenario("")
				w.quiet()
			})
		}
	}
}

// A row that cannot be read for what it is stops nobody else's, nor its own link.
func TestSpecUnreadableRows(t *testing.T) {
	for name, c := range map[string]string{
		"colour 99":      "UPDATE schedules SET color_id = 99 WHERE subject = 'a'",
		"colour 0":       "UPDATE schedules SET color_id = 0 WHERE subject = 'a'",
		"zone Local":     "UPDATE schedules SET time_zone = 'Local' WHERE subject = 'a'",
		"year 1":         "UPDATE schedules SET start_at = '0001-01-01 00:00:00', end_at = '0001-01-01 01:00:00' WHERE subject = 'a'",
		"year 9999":      "UPDATE schedules SET start_at = '9999-12-31 23:00:00', end_at = '9999-12-31 23:59:59' WHERE subject = 'a'",
		"NUL in subject": "UPDATE schedules SET subject = 'a' || char(0) || 'b' WHERE subject = 'a'",
	} {
		t.Run(name, func(t *testing.T) {
			w := specWorld(t)
			w.shared("a")
			w.exec(c)
			w.insertRow("b", at10, at11)
			w.account().Insert("primary", lunch("c"))
			if _, err := w.try(); err != nil {
				t.Errorf("%v", err)
			}
			w.eventNamed("b")
			if rows, _ := w.subjects(); !strings.HasSuffix(rows, "b c") {
				t.Errorf("rows %q", rows)
			}
			w.sync()
			w.quiet()
		})
	}
}

// A paired row whose zone nobody knows must not stop its link when the event is edited.
func TestSpecUnknownZoneAndEventEdited(t *testing.T) {
	w := specWorld(t)
	id, event := w.shared("a")
	w.editRow(id, "time_zone = 'Mars/Olympus'")
	w.sync()
	w.editEvent(event, func(e *calendar.Event) { e.Summary = "b" })
	w.account().Insert("primary", lunch("c"))
	if _, err := w.try(); err != nil {
		t.Errorf("%v", err)
	}
	if rows, _ := w.subjects(); !strings.Contains(rows, "c") {
		t.Errorf("rows %q", rows)
	}
	w.quiet()
}

// A row whose time is no time stops nobody else.
func TestSpecGarbageTimes(t *testing.T) {
	w := specWorld(t)
	id, _ := w.shared("a")
	w.editRow(id, "start_at = 'tomorrow'")
	w.insertRow("x", "soon", at11)
	w.insertRow("b", at10, at11)
	w.garbageIsNoTrouble("b")
}

// Nor one whose flags are no 0 and 1.
func TestSpecUnreadableBooleans(t *testing.T) {
	w := specWorld(t)
	w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, private) VALUES (?, 'a', ?, ?, 2)", testUser, at10, at11)
	w.insertRow("b", at10, at11)
	w.garbageIsNoTrouble("b")
}

func (w *world) garbageIsNoTrouble(summary string) {
	w.t.Helper()
	if _, err := w.try(); err != nil {
		w.t.Errorf("%v", err)
	}
	for _, e := range w.events() {
		if e.Summary == summary {
			return
		}
	}
	w.t.Errorf("%s was not carried", summary)
}
