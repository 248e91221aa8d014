package calsync

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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

func TestTokenIsRefreshedAndKept(t *testing.T) {
	w := linking(t)
	check(t, w.consents(1, tanaka, nil))
	before := w.stored(1)
	w.google.Account(tanaka).ExpireAccessTokens()
	client, err := w.svc.client(t.Context(), 1)
	check(t, err)
	calls := w.google.TokenCalls()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := w.svc.listCalendars(t.Context(), client); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	after := w.stored(1)
	if after.AccessToken == before.AccessToken || after.RefreshToken != before.RefreshToken {
		t.Error("the refreshed token was not kept with its refresh token")
	}
	if n := w.google.TokenCalls() - calls; n != 1 {
		t.Errorf("eight requests at once refreshed %d times", n)
	}
	statements := w.db.Statements()
	check(t, w.calls(1))
	if n := w.db.Statements() - statements; n != 1 || w.google.TokenCalls() != calls+1 {
		t.Errorf("with a living token: %d statements, %d refreshes", n, w.google.TokenCalls()-calls-1)
	}
}

func TestRefusedRequestIsSentAgainWithItsBody(t *testing.T) {
	w := linking(t)
	check(t, w.consents(1, tanaka, nil))
	w.google.Account(tanaka).ExpireAccessTokens()
	client, err := w.svc.client(t.Context(), 1)
	check(t, err)
	address := w.svc.calendarRoot() + "calendars/primary/events?sendUpdates=none"
	body := `{"summary":"x","start":{"date":"2026-11-21"},"end":{"date":"2026-11-22"}}`
	answer, err := client.Post(address, "application/json", strings.NewReader(body))
	check(t, err)
	answer.Body.Close()
	if events := w.events(); answer.StatusCode != http.StatusOK || len(events) != 1 || events[0].Summary != "x" {
		t.Errorf("%s, events %v, want the one sent", answer.Status, events)
	}
}

func TestDeadGrantIsTold(t *testing.T) {
	w := linking(t)
	check(t, w.consents(1, tanaka, nil))
	w.google.Account(tanaka).RevokeGrants()
	if kind, msg := grantFault(w.calls(1)); kind != faultLinkAgain || msg.Key != "link.grant_dead" {
		t.Errorf("a revoked grant is fault %d, %q", kind, msg.Key)
	}
	if token := w.stored(1); token.RefreshToken == "" {
		t.Error("the token of a dead grant was dropped")
	}
}

func TestRunSurvivesLinkingAgain(t *testing.T) {
	w := linking(t)
	check(t, w.consents(1, tanaka, nil))
	client, err := w.svc.client(t.Context(), 1) // a run that began before
	check(t, err)
	w.google.Account(tanaka).RevokeGrants()
	check(t, w.db.BreakLink(t.Context(), 1, models.Say("link.grant_dead")))
	check(t, w.consents(1, tanaka, nil))
	if _, err := w.svc.listCalendars(t.Context(), client); err != nil {
		t.Errorf("the run did not find the new grant: %v", err)
	}
}

func TestRefreshedTokenIsNotStoredUnderAnotherAccount(t *testing.T) {
	w := linking(t)
	check(t, w.consents(1, tanaka, nil))
	client, err := w.svc.client(t.Context(), 1) // a run that began before
	check(t, err)
	check(t, w.consents(2, sato, nil))
	check(t, w.db.DropLink(t.Context(), 2))
	w.consents(1, sato, nil) // no refresh token, so the next time with consent
	check(t, w.consents(1, sato, nil))
	mine := w.stored(1)
	w.google.Account(tanaka).ExpireAccessTokens()
	if _, err := w.svc.listCalendars(t.Context(), client); err != nil {
		t.Errorf("the old run: %v", err)
	}
	if got := w.stored(1); got.AccessToken != mine.AccessToken {
		t.Error("the old account's token was stored under the new link")
	}
}

func TestNewRefreshTokenIsKept(t *testing.T) {
	var given atomic.Int64
	rotating := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Type", "application/json")
		if r.URL.Path != "/token" {
			rw.Write([]byte(`{"items":[]}`))
			return
		}
		given.Add(1)
		if r.FormValue("refresh_token") != "first" || r.FormValue("client_secret") != "s" {
			t.Errorf("refresh with %v", r.Form)
		}
		rw.Write([]byte(`{"access_token":"a","token_type":"Bearer","expires_in":3599,"refresh_token":"second"}`))
	}))
	t.Cleanup(rotating.Close)
	s := secretsService(t, Options{GoogleURL: rotating.URL})
	check(t, s.InstallClientSecrets(t.Context(), ClientSecrets{ClientID: "c", ClientSecret: "s", Typed: true}, false))
	check(t, s.db.SaveGrant(t.Context(), models.Grant{UserID: 1, Sub: "x", Token: []byte(`{"refresh_token":"first","ask_consent":true}`)}))
	ctx, cancel := context.WithCancel(t.Context())
	client, err := s.client(ctx, 1)
	check(t, err)
	_, err = s.listCalendars(t.Context(), client)
	check(t, err)
	cancel()
	_, token, err := s.storedGrant(t.Context(), 1)
	check(t, err)
	if token.RefreshToken != "second" || token.AccessToken != "a" || !token.AskConsent || given.Load() != 1 {
		t.Errorf("stored %+v after %d refreshes", token, given.Load())
	}
}

func TestGrantFault(t *testing.T) {
	refusal := func(status int, code string) error {
		return &url.Error{Op: "Get", Err: &oauth2.RetrieveError{Response: &http.Response{StatusCode: status}, ErrorCode: code}}
	}
	for _, c := range []struct {
		err  error
		kind faultKind
		key  string
	}{
		{nil, faultNone, ""},
		{errors.New("something else"), faultNone, ""},
		{refusal(400, "invalid_grant"), faultLinkAgain, "link.grant_dead"},
		{refusal(401, "invalid_client"), faultAdministrator, "google.client_refused"},
		{refusal(401, "deleted_client"), faultAdministrator, "google.client_deleted"},
		{refusal(400, "redirect_uri_mismatch"), faultAdministrator, "google.redirect_mismatch"},
		{refusal(400, "admin_policy_enforced"), faultAdministrator, "google.policy"},
		{refusal(400, "invalid_scope"), faultAdministrator, "google.token_refused"},
		{refusal(503, ""), faultTemporary, "google.unreachable"},
		{refusal(500, "invalid_grant"), faultTemporary, "google.unreachable"},
		{refusal(429, "rate_limit_exceeded"), faultTemporary, "google.unreachable"},
		{refusal(403, ""), faultTemporary, "google.unreachable"},
		{&url.Error{Op: "Post", Err: errors.New("connection refused")}, faultTemporary, "google.unreachable"},
		{context.DeadlineExceeded, faultTemporary, "google.unreachable"},
	} {
		if kind, msg := grantFault(c.err); kind != c.kind || msg.Key != c.key {
			t.Errorf("%v is fault %d, %q, want %d, %q", c.err, kind, msg.Key, c.kind, c.key)
		}
	}
}

func TestRevoke(t *testing.T) {
	w := linking(t)
	check(t, w.consents(1, tanaka, nil))
	grant, err := w.db.StoredGrant(t.Context(), 1)
	check(t, err)
	token := grant.Token
	w.google.AddFault(googletest.Fault{Token: true, Times: 1, Status: 503})
	if err := w.svc.Revoke(t.Context(), token); err == nil {
		t.Error("a failed revocation was taken for done")
	}
	for range 2 { // the second finds the grant gone
		if err := w.svc.Revoke(t.Context(), token); err != nil {
			t.Error(err)
		}
	}
	if n := w.google.Account(tanaka).Grants(); n != 0 {
		t.Errorf("%d grants left", n)
	}
	if err := w.svc.Revoke(t.Context(), []byte("{}")); err != nil {
		t.Errorf("nothing to revoke: %v", err)
	}
}

func TestTestCredentials(t *testing.T) {
	w := linking(t)
	states := func() string {
		t.Helper()
		checks, err := w.svc.TestCredentials(t.Context(), 1)
		check(t, err)
		var all []string
		for _, c := range checks {
			all = append(all, strings.TrimPrefix(c.Name, "check.")+" "+c.State+" "+c.Message.Key)
		}
		return strings.Join(all, ", ")
	}
	want := func(when, want string) {
		t.Helper()
		if got := states(); got != want {
			t.Errorf("%s:\n got %s\nwant %s", when, got, want)
		}
	}
	const (
		good     = "client ok check.client_ok"
		untested = "redirect untested check.redirect_untested, api untested check.api_untested"
		proven   = "redirect ok check.redirect_ok"
	)
	client := googletest.Client{ID: "1-a.apps.googleusercontent.com", Secret: "GOCSPX-s", ProjectID: "p",
		RedirectURIs: []string{"http://localhost:8080" + indexPath}}
	want("good, nobody linked", good+", "+untested)
	check(t, w.consents(1, tanaka, nil))
	want("good, linked", good+", "+proven+", api ok check.api_ok")

	client.APIDisabled = true
	w.google.AddClient(client)
	want("API switched off", good+", "+proven+", api bad google.api_off")
	client.APIDisabled, client.Secret = false, "another"
	w.google.AddClient(client)
	want("secret changed in the console", "client bad google.client_refused, "+proven+", api ok check.api_ok")
	client.Secret = "GOCSPX-s"
	w.google.AddClient(client)

	w.google.AddFault(googletest.Fault{Token: true, Times: 1, Status: 503})
	want("Google in trouble", "client bad check.unreachable, "+proven+", api ok check.api_ok")
	w.google.AddFault(googletest.Fault{Status: 503})
	want("Calendar API in trouble", good+", "+proven+", api warning google.unreachable")
	w.google.ClearFaults()
	w.google.Account(tanaka).RevokeGrants()
	want("the administrator's own grant is dead", good+", "+proven+", api untested check.api_link_dead")

	check(t, w.db.DropLink(t.Context(), 1))
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	w.svc.opt.GoogleURL = gone.URL
	want("no way to Google", "client bad check.unreachable, "+untested)
}

func TestTestCredentialsWithoutClient(t *testing.T) {
	s := secretsService(t, Options{})
	checks, err := s.TestCredentials(t.Context(), 1)
	if err != nil || !slices.ContainsFunc(checks, func(c Check) bool { return c.State == CheckBad && c.Message.Key == "groupware.no_client" }) {
		t.Errorf("without client secrets: %+v, %v", checks, err)
	}
}
