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
