package googletest_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"google.golang.org/api/calendar/v3"
	"google.golang.org/api/googleapi"
	"google.golang.org/api/option"

	"agcrm-google/sync/googletest"
)

const (
	clientID     = "123-abc.apps.googleusercontent.com"
	clientSecret = "GOCSPX-secret"
	redirectURI  = "http://localhost/agcrm_google/AuthCallback/IndexAsync"
	eventsScope  = calendar.CalendarEventsOwnedScope
	listScope    = calendar.CalendarCalendarlistReadonlyScope
)

// world is a simulated Google with one client and one person.
type world struct {
	t      testing.TB
	google *googletest.Server
	web    *httptest.Server
	tanaka *googletest.Account
	clock  *clock
}

// clock is a time that tests set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, google: googletest.New(), clock: &clock{now: time.Now()}}
	w.google.SetNow(w.clock.Now)
	w.google.AddClient(googletest.Client{ID: clientID, Secret: clientSecret, ProjectID: "agcrm", RedirectURIs: []string{redirectURI}})
	w.tanaka = w.google.AddAccount("tanaka@example.com")
	w.web = httptest.NewServer(w.google)
	t.Cleanup(func() {
		w.web.Close()
		w.google.Close()
	})
	return w
}

func (w *world) config(scopes ...string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: clientID, ClientSecret: clientSecret, RedirectURL: redirectURI, Scopes: scopes,
		Endpoint: oauth2.Endpoint{AuthURL: w.web.URL + "/o/oauth2/auth", TokenURL: w.web.URL + "/token",
			AuthStyle: oauth2.AuthStyleInParams},
	}
}

// consent is the redirect's query after a consent to everything.
func (w *world) consent(cfg *oauth2.Config, email string, options ...oauth2.AuthCodeOption) url.Values {
	w.t.Helper()
	redirect, err := w.google.Consent(cfg.AuthCodeURL("state-1", options...), email, nil)
	if err != nil {
		w.t.Fatalf("consent: %v", err)
	}
	address, err := url.Parse(redirect)
	if err != nil {
		w.t.Fatal(err)
	}
	return address.Query()
}

// link goes the whole way to a token.
func (w *world) link(email string, scopes ...string) *oauth2.Token {
	w.t.Helper()
	cfg := w.config(scopes...)
	query := w.consent(cfg, email, oauth2.AccessTypeOffline, oauth2.ApprovalForce)
	token, err := cfg.Exchange(w.t.Context(), query.Get("code"))
	if err != nil {
		w.t.Fatalf("exchange: %v", err)
	}
	return token
}

// service is the Calendar API's client for an account, with these scopes or
// the usual ones.
func (w *world) service(email string, scopes ...string) *calendar.Service {
	w.t.Helper()
	if len(scopes) == 0 {
		scopes = []string{"openid", "email", eventsScope, listScope}
	}
	token := w.link(email, scopes...)
	return w.serviceWith(w.config(scopes...).Client(context.Background(), token))
}

func (w *world) serviceWith(client *http.Client) *calendar.Service {
	w.t.Helper()
	service, err := calendar.NewService(w.t.Context(), option.WithHTTPClient(client), option.WithEndpoint(w.web.URL+"/calendar/v3/"))
	if err != nil {
		w.t.Fatal(err)
	}
	return service
}

// refused asserts an API error's status and reason.
func refused(t *testing.T, err error, status int, reason string) *googleapi.Error {
	t.Helper()
	var refusal *googleapi.Error
	if !errors.As(err, &refusal) {
		t.Fatalf("got %v, want %d %s", err, status, reason)
	}
	got := ""
	if len(refusal.Errors) > 0 {
		got = refusal.Errors[0].Reason
	}
	if refusal.Code != status || got != reason {
		t.Fatalf("got %d %s (%s), want %d %s", refusal.Code, got, strings.TrimSpace(refusal.Body), status, reason)
	}
	return refusal
}

// outcome is what a call answered: got(svc.Events.Get(...).Do()).must(t) is
// the value, or the end of the test.
type outcome[T any] struct {
	value T
	err   error
}

func got[T any](value T, err error) outcome[T] { return outcome[T]{value, err} }

func (o outcome[T]) must(t testing.TB) T {
	t.Helper()
	if o.err != nil {
		t.Fatal(o.err)
	}
	return o.value
}

func (o outcome[T]) refused(t *testing.T, status int, reason string) *googleapi.Error {
	t.Helper()
	return refused(t, o.err, status, reason)
}

// meeting is a valid single event on 1 December 2026, 10:00 in Tokyo.
func meeting(summary string) *calendar.Event {
	return &calendar.Event{
		Summary: summary,
		Start:   &calendar.EventDateTime{DateTime: "2026-12-01T10:00:00+09:00"},
		End:     &calendar.EventDateTime{DateTime: "2026-12-01T11:00:00+09:00"},
	}
}

func allDay(summary, start, end string) *calendar.Event {
	return &calendar.Event{Summary: summary, Start: &calendar.EventDateTime{Date: start}, End: &calendar.EventDateTime{Date: end}}
}
