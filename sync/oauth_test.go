package calsync

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"agcrm-google/models"
	"agcrm-google/sync/googletest"
)

const (
	tanaka = "tanaka@example.com"
	sato   = "sato@example.com"
)

// linking is a world with two Google accounts and nobody linked.
func linking(t *testing.T) *world {
	w := bareWorld(t)
	w.google.AddAccount(tanaka)
	w.google.AddAccount(sato)
	return w
}

// consents lets an employee go to Google and allow access for an account; scopes
// are the boxes ticked, nil for all.
func (w *world) consents(userID int64, account string, scopes []string) error {
	w.t.Helper()
	verifier := oauth2.GenerateVerifier()
	address, err := w.svc.AuthCodeURL(w.t.Context(), models.User{ID: userID}, "state", verifier)
	check(w.t, err)
	back, err := w.google.Consent(address, account, scopes)
	check(w.t, err)
	u, err := url.Parse(back)
	check(w.t, err)
	return w.svc.Link(w.t.Context(), userID, u.Query().Get("code"), verifier)
}

// asked gives the parameters with which an employee would be sent to Google.
func (w *world) asked(userID int64) url.Values {
	w.t.Helper()
	address, err := w.svc.AuthCodeURL(w.t.Context(), models.User{ID: userID}, "the-state", "the-verifier-of-at-least-43-characters-in-all")
	check(w.t, err)
	u, err := url.Parse(address)
	check(w.t, err)
	return u.Query()
}

// stored is a link's token as it is in the database.
func (w *world) stored(userID int64) storedToken {
	w.t.Helper()
	_, token, err := w.svc.storedGrant(w.t.Context(), userID)
	check(w.t, err)
	return token
}

// calls lists the calendars with the employee's link.
func (w *world) calls(userID int64) error {
	client, err := w.svc.client(w.t.Context(), userID)
	if err != nil {
		return err
	}
	_, err = w.svc.listCalendars(w.t.Context(), client)
	return err
}

func TestAuthCodeURL(t *testing.T) {
	w := linking(t)
	q := w.asked(1)
	for name, want := range map[string]string{
		"client_id": "1-a.apps.googleusercontent.com", "redirect_uri": "http://localhost:8080" + indexPath, "response_type": "code",
		"access_type": "offline", "state": "the-state", "prompt": "consent", "code_challenge_method": "S256",
		"code_challenge": oauth2.S256ChallengeFromVerifier("the-verifier-of-at-least-43-characters-in-all"),
		"scope":          "openid email " + scopePrefix + "calendar.events.owned " + scopePrefix + "calendar.calendarlist.readonly",
	} {
		if q.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, q.Get(name), want)
		}
	}
	if q.Has("include_granted_scopes") || q.Has("login_hint") || len(q) != 9 {
		t.Errorf("more parameters than needed: %v", q)
	}
	check(t, w.consents(1, tanaka, nil))
	if q := w.asked(1); q.Get("prompt") != "select_account" || q.Get("login_hint") != tanaka {
		t.Errorf("linking again while all is well asks %v", q)
	}
	check(t, w.db.BreakLink(t.Context(), 1, models.Say("link.grant_dead")))
	if q := w.asked(1); q.Get("prompt") != "consent" || q.Get("login_hint") != tanaka {
		t.Errorf("linking again after the grant died asks %v", q)
	}
	check(t, w.db.StartUnlink(t.Context(), 1, "keep", "keep"))
	if _, err := w.svc.AuthCodeURL(t.Context(), models.User{ID: 1}, "s", "v"); problem(err) != "link.unlinking" {
		t.Errorf("while the link is being removed: %v", err)
	}
	for _, c := range [][2]string{{"", "v"}, {"s", ""}} {
		if address, err := w.svc.AuthCodeURL(t.Context(), models.User{ID: 2}, c[0], c[1]); err == nil {
			t.Errorf("state %q, verifier %q: sent to %s", c[0], c[1], address)
		}
	}
}

func TestNothingToLinkWith(t *testing.T) {
	s := secretsService(t, Options{})
	if _, err := s.AuthCodeURL(t.Context(), models.User{ID: 1}, "s", "v"); problem(err) != "groupware.no_client" {
		t.Errorf("no client secrets: %v", err)
	}
	cs := ClientSecrets{ClientID: goodID, ClientSecret: "s", RedirectURIs: []string{"https://old.example.co.jp" + indexPath}}
	check(t, s.InstallClientSecrets(t.Context(), cs, false))
	if _, err := s.AuthCodeURL(t.Context(), models.User{ID: 1}, "s", "v"); problem(err) != "client_secrets secrets.redirect" {
		t.Errorf("the public URL changed since: %v", err)
	}
}

func TestLink(t *testing.T) {
	w := linking(t)
	account := w.google.Account(tanaka)
	account.AddCalendar("team@group.calendar.google.com", "チーム", "owner", "Asia/Tokyo")
	account.AddCalendar("boss@example.com", "Boss", "writer", "Asia/Tokyo")
	account.AddCalendar("holidays@group.v.calendar.google.com", "祝日", "reader", "Asia/Tokyo")
	w.google.SetPageSize(1)
	w.google.SetEmptyPages(true)
	check(t, w.consents(1, tanaka, nil))
	link, err := w.db.Link(t.Context(), 1)
	check(t, err)
	if link.Sub != account.Sub || link.Email != tanaka || link.State != models.LinkActive || link.TargetCalendar != tanaka ||
		!strings.Contains(link.Scopes, "calendar.events.owned") {
		t.Errorf("the link is %+v", link)
	}
	calendars, err := w.db.Calendars(t.Context(), 1)
	check(t, err)
	if len(calendars) != 2 || calendars[0].CalendarID != tanaka || !calendars[0].Selected || calendars[1].Summary != "チーム" || calendars[1].Selected {
		t.Errorf("the calendars offered are %+v, want the two that the account owns, the primary one ticked", calendars)
	}
	token := w.stored(1)
	if token.RefreshToken == "" || token.AccessToken == "" || token.Expiry.IsZero() {
		t.Errorf("a token without %+v", token)
	}
}

func TestLinkRefusals(t *testing.T) {
	w := linking(t)
	linked := func(want int64) {
		t.Helper()
		if n, _ := w.db.CountLinks(t.Context()); n != want {
			t.Errorf("%d links, want %d", n, want)
		}
	}
	if err := w.consents(1, tanaka, []string{scopePrefix + "calendar.events.owned"}); problem(err) != "link.scope_missing" {
		t.Errorf("a box left unticked: %v", err)
	}
	linked(0)
	if got := w.asked(1).Get("prompt"); got != "consent" {
		t.Errorf("the next attempt asks %q", got)
	}

	verifier := oauth2.GenerateVerifier()
	address, err := w.svc.AuthCodeURL(t.Context(), models.User{ID: 1}, "s", verifier)
	check(t, err)
	back, err := w.google.Consent(address, tanaka, nil)
	check(t, err)
	u, _ := url.Parse(back)
	code := u.Query().Get("code")
	before := w.google.TokenCalls()
	if err := w.svc.Link(t.Context(), 1, code+"x", verifier); problem(err) != "link.code_used" {
		t.Errorf("an invented code: %v", err)
	}
	if calls := w.google.TokenCalls() - before; calls != 1 {
		t.Errorf("a refused code was sent %d times", calls)
	}
	if err := w.svc.Link(t.Context(), 1, "", verifier); problem(err) != "link.code_used" {
		t.Errorf("no code: %v", err)
	}
	w.google.AddFault(googletest.Fault{Token: true, Times: 1, Status: 503})
	if err := w.svc.Link(t.Context(), 1, code, verifier); problem(err) != "google.unreachable" {
		t.Errorf("Google in trouble: %v", err)
	}
	linked(0)
	check(t, w.svc.Link(t.Context(), 1, code, verifier))
	if err := w.svc.Link(t.Context(), 1, code, verifier); problem(err) != "link.code_used" {
		t.Errorf("a code used again: %v", err)
	}
	linked(1)
}

func TestLinkOfATakenAccountHarmsNobody(t *testing.T) {
	w := linking(t)
	check(t, w.consents(1, tanaka, nil))
	err := w.consents(2, tanaka, nil)
	if problem(err) != "link.taken" || !errors.Is(err, models.ErrConflict) {
		t.Errorf("a second employee: %v", err)
	}
	if _, err := w.db.Link(t.Context(), 2); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("the second employee's link: %v", err)
	}
	w.google.Account(tanaka).ExpireAccessTokens()
	if err := w.calls(1); err != nil {
		t.Errorf("the first employee's grant after the refusal: %v", err)
	}
}

func TestLinkWithoutRefreshToken(t *testing.T) {
	w := linking(t)
	check(t, w.consents(1, tanaka, nil))
	first := w.stored(1)
	check(t, w.consents(1, tanaka, nil)) // the chooser only: Google gives no refresh token
	if again := w.stored(1); again.RefreshToken != first.RefreshToken || again.AccessToken == first.AccessToken {
		t.Error("linking the same account again did not keep the refresh token")
	}

	// The other account has consented to this client before, elsewhere.
	if err := w.consents(2, sato, nil); err != nil {
		t.Fatal(err)
	}
	check(t, w.db.DropLink(t.Context(), 2))
	if err := w.consents(1, sato, nil); problem(err) != "link.no_refresh" {
		t.Errorf("another account without refresh token: %v", err)
	}
	if link, _ := w.db.Link(t.Context(), 1); link.Email != tanaka {
		t.Errorf("the link is now %+v", link)
	}
	check(t, w.calls(1))
	if q := w.asked(1); q.Get("prompt") != "consent" || q.Has("login_hint") {
		t.Errorf("the next attempt asks %v", q)
	}
	check(t, w.consents(1, sato, nil))
	if link, _ := w.db.Link(t.Context(), 1); link.Email != sato {
		t.Errorf("the link is %+v, want the other account's", link)
	}
	if q := w.asked(1); q.Get("prompt") != "select_account" {
		t.Errorf("with all well again it asks %v", q)
	}
	w.google.Account(tanaka).ExpireAccessTokens()
	if w.google.Account(tanaka).Grants() != 1 {
		t.Error("the replaced account's grant was revoked")
	}
}

func TestLinkStandsWhenCalendarsCannotBeRead(t *testing.T) {
	w := linking(t)
	w.google.AddFault(googletest.Fault{Status: 403, Reason: "accessNotConfigured", Infrastructure: true})
	if err := w.consents(1, tanaka, nil); problem(err) != "google.api_off" {
		t.Errorf("API switched off: %v", err)
	}
	if link, err := w.db.Link(t.Context(), 1); err != nil || link.State != models.LinkActive {
		t.Errorf("the link is %+v, %v", link, err)
	}
}
