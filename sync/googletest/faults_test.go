package googletest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"google.golang.org/api/calendar/v3"
	"google.golang.org/api/googleapi"

	"agcrm-google/sync/googletest"
)

func TestFaultBeforeTheEffect(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	w.google.AddFault(googletest.Fault{Times: 2, Status: 503, RetryAfter: 7})
	for range 2 {
		refusal := got(svc.Events.Insert("primary", meeting("x")).SendUpdates("none").Do()).refused(t, 503, "backendError")
		if refusal.Header.Get("Retry-After") != "7" {
			t.Errorf("header %v", refusal.Header)
		}
	}
	insert(t, svc, meeting("y"))
	if n := len(w.tanaka.Events("primary")); n != 1 {
		t.Errorf("%d events", n)
	}
}

func TestAnswerIsLostAfterTheEffect(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	writes := func(r *http.Request) bool {
		body, _ := io.ReadAll(r.Body)
		return r.Method == http.MethodPost && strings.Contains(string(body), "dropped") && w.google.CallCount() >= 0
	}
	w.google.AddFault(googletest.Fault{Match: writes, Times: 1, After: true, Drop: true})
	w.google.AddFault(googletest.Fault{Match: writes, Times: 1, After: true, Status: 502, HTML: true})
	_, err := svc.Events.Insert("primary", meeting("dropped")).SendUpdates("none").Do()
	if err == nil || errors.As(err, new(*googleapi.Error)) {
		t.Errorf("got %v", err)
	}
	_, err = svc.Events.Insert("primary", meeting("dropped")).SendUpdates("none").Do()
	var refusal *googleapi.Error
	if !errors.As(err, &refusal) || refusal.Code != 502 || len(refusal.Errors) != 0 || !strings.Contains(refusal.Body, "<html") {
		t.Errorf("got %v", err)
	}
	if n := len(w.tanaka.Events("primary")); n != 2 {
		t.Errorf("%d events", n)
	}
	calls := w.google.Calls()
	if len(calls) != 2 || calls[0].Status != 0 || calls[1].Status != 502 || calls[0].Account != "tanaka@example.com" || !strings.Contains(string(calls[0].Body), "dropped") {
		t.Errorf("calls %+v", calls)
	}
}

func TestFaultShapes(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	for _, c := range []struct {
		fault  googletest.Fault
		detail string
	}{
		{googletest.Fault{Status: 403, Reason: "rateLimitExceeded"}, `"domain":"usageLimits"`},
		{googletest.Fault{Status: 403, Reason: "quotaExceeded"}, "Calendar usage limits exceeded."},
		{googletest.Fault{Status: 403, Reason: "accessNotConfigured", Infrastructure: true}, "SERVICE_DISABLED"},
		{googletest.Fault{Status: 429, Reason: "rateLimitExceeded", Infrastructure: true}, `"status":"RESOURCE_EXHAUSTED"`},
		{googletest.Fault{Status: 410, Reason: "fullSyncRequired"}, `"domain":"calendar"`},
	} {
		w.google.AddFault(c.fault)
		refusal := got(svc.Events.List("primary").Do()).refused(t, c.fault.Status, c.fault.Reason)
		if !strings.Contains(refusal.Body, c.detail) {
			t.Errorf("%s is missing in %s", c.detail, refusal.Body)
		}
		w.google.ClearFaults()
	}
	got(svc.Events.List("primary").Do()).must(t)
}

func TestFaultAtTheTokenEndpoint(t *testing.T) {
	w := newWorld(t)
	token := w.link("tanaka@example.com", eventsScope)
	w.google.ResetCalls()
	w.google.AddFault(googletest.Fault{Token: true, Times: 1, Status: 500})
	source := w.config().TokenSource(t.Context(), &oauth2.Token{RefreshToken: token.RefreshToken})
	_, err := source.Token()
	failed(t, err, 500, "internal_failure")
	got(source.Token()).must(t)
	if w.google.TokenCalls() != 2 || w.google.CallCount() != 0 {
		t.Errorf("%d token calls, %d calls", w.google.TokenCalls(), w.google.CallCount())
	}
}

func TestQuotas(t *testing.T) {
	w := newWorld(t)
	w.google.AddAccount("sato@example.com")
	tanaka, sato := w.service("tanaka@example.com"), w.service("sato@example.com")
	list := func(svc *calendar.Service) outcome[*calendar.Events] { return got(svc.Events.List("primary").Do()) }
	w.google.SetQuota(3, 2)
	list(tanaka).must(t)
	list(tanaka).must(t)
	list(tanaka).refused(t, 403, "userRateLimitExceeded")
	list(sato).must(t)
	list(sato).refused(t, 403, "rateLimitExceeded")
	w.google.SetQuotaStatus(429)
	list(sato).refused(t, 429, "rateLimitExceeded")
	w.clock.advance(61 * time.Second)
	list(sato).must(t)
	w.google.SetQuota(0, 0)
	for range 5 {
		list(sato).must(t)
	}
}

func TestWritesToOneCalendarInQuickSuccession(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	w.google.SetCalendarWrites(1)
	insert(t, svc, meeting("x"))
	got(svc.Events.Insert("tanaka@example.com", meeting("y")).SendUpdates("none").Do()).refused(t, 403, "rateLimitExceeded")
	got(svc.Events.List("primary").Do()).must(t)
	w.clock.advance(time.Second)
	insert(t, svc, meeting("y"))
}

func TestAPISwitchedOff(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	w.google.AddClient(googletest.Client{ID: clientID, Secret: clientSecret, ProjectID: "agcrm", RedirectURIs: []string{redirectURI}, APIDisabled: true})
	refusal := got(svc.Events.List("primary").Do()).refused(t, 403, "accessNotConfigured")
	if !strings.Contains(refusal.Body, "SERVICE_DISABLED") || !strings.Contains(refusal.Body, "projects/agcrm") {
		t.Errorf("body %s", refusal.Body)
	}
}

func TestCounting(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	w.google.ResetCalls()
	ev := insert(t, svc, meeting("x"))
	patch(t, svc, ev.Id, &calendar.Event{Summary: "y"})
	got(svc.Events.List("primary").MaxResults(7).Do()).must(t)
	got(svc.Events.Get("primary", "neverthere").Do()).refused(t, 404, "notFound")
	if w.google.CallCount() != 4 || w.google.WriteCount() != 2 {
		t.Errorf("%d calls, %d writes", w.google.CallCount(), w.google.WriteCount())
	}
	call := w.google.Calls()[2]
	if call.Method != "GET" || call.Path != "/calendar/v3/calendars/primary/events" || !strings.Contains(call.Query, "maxResults=7") || call.Status != 200 || call.Header.Get("Authorization") == "" {
		t.Errorf("call %+v", call)
	}
	w.google.ResetCalls()
	if w.google.CallCount()+w.google.WriteCount()+w.google.TokenCalls()+len(w.google.Calls()) != 0 {
		t.Error("counters stand after a reset")
	}
}

func TestLatencyEndsWithTheRequest(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	w.google.SetLatency(time.Hour)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := svc.Events.List("primary").Context(ctx).Do(); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	w.google.SetLatency(0)
	got(svc.Events.List("primary").Do()).must(t)
}

// Google compresses only for clients that say gzip twice.
func TestCompression(t *testing.T) {
	w := newWorld(t)
	token := w.link("tanaka@example.com", eventsScope)
	for agent, want := range map[string]string{"agcrm": "", "agcrm (gzip)": "gzip"} {
		r := got(http.NewRequest(http.MethodGet, w.web.URL+"/calendar/v3/calendars/primary/events", nil)).must(t)
		r.Header.Set("Authorization", "Bearer "+token.AccessToken)
		r.Header.Set("User-Agent", agent)
		r.Header.Set("Accept-Encoding", "gzip")
		answer := got(http.DefaultClient.Do(r)).must(t)
		answer.Body.Close()
		if encoding := answer.Header.Get("Content-Encoding"); encoding != want {
			t.Errorf("%s: encoding %q", agent, encoding)
		}
	}
}
