package googletest_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"agcrm-google/sync/googletest"
)

// failed asserts an error of the token endpoint.
func failed(t *testing.T, err error, status int, code string) {
	t.Helper()
	var refusal *oauth2.RetrieveError
	if !errors.As(err, &refusal) || refusal.Response.StatusCode != status || refusal.ErrorCode != code {
		t.Fatalf("got %v, want %d %s", err, status, code)
	}
}

func TestRedirectCarriesCodeStateAndGrantedScopes(t *testing.T) {
	w := newWorld(t)
	query := w.consent(w.config("openid", "email", eventsScope), "tanaka@example.com")
	if !strings.HasPrefix(query.Get("code"), "4/0A") || query.Get("state") != "state-1" {
		t.Errorf("query %v", query)
	}
	if query.Get("iss") != "https://accounts.google.com" || query.Get("authuser") != "0" || query.Get("prompt") != "consent" {
		t.Errorf("query %v", query)
	}
	if scope := query.Get("scope"); !strings.Contains(scope, eventsScope) || !strings.Contains(scope, "auth/userinfo.email") {
		t.Errorf("scope %q", scope)
	}
	redirect, err := w.google.Deny(w.config(eventsScope).AuthCodeURL("s"), "tanaka@example.com")
	if err != nil || !strings.Contains(redirect, "error=access_denied") || !strings.Contains(redirect, "state=s") {
		t.Errorf("cancelling redirects to %q, %v", redirect, err)
	}
}

// Errors that Google shows on its own page never reach the client.
func TestErrorsOnGooglesOwnPage(t *testing.T) {
	w := newWorld(t)
	w.google.AddClient(googletest.Client{ID: "testing", Secret: "s", RedirectURIs: []string{redirectURI},
		Testing: true, TestUsers: []string{"sato@example.com"}})
	good := func() *oauth2.Config { return w.config("openid", eventsScope) }
	cases := map[string]struct {
		change func(*oauth2.Config)
		code   string
		status int
	}{
		"trailing slash":  {func(c *oauth2.Config) { c.RedirectURL += "/" }, "redirect_uri_mismatch", 400},
		"other case":      {func(c *oauth2.Config) { c.RedirectURL = strings.ToLower(c.RedirectURL) }, "redirect_uri_mismatch", 400},
		"loopback number": {func(c *oauth2.Config) { c.RedirectURL = strings.Replace(c.RedirectURL, "localhost", "127.0.0.1", 1) }, "redirect_uri_mismatch", 400},
		"unknown client":  {func(c *oauth2.Config) { c.ClientID = "other" }, "invalid_client", 401},
		"unknown scope":   {func(c *oauth2.Config) { c.Scopes = []string{"https://www.googleapis.com/auth/calender"} }, "invalid_scope", 400},
		"no scope":        {func(c *oauth2.Config) { c.Scopes = nil }, "invalid_request", 400},
		"no test user":    {func(c *oauth2.Config) { c.ClientID = "testing" }, "access_denied", 403},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			cfg := good()
			c.change(cfg)
			_, err := w.google.Consent(cfg.AuthCodeURL("s"), "tanaka@example.com", nil)
			if err == nil || !strings.Contains(err.Error(), c.code) {
				t.Fatalf("got %v, want %s", err, c.code)
			}
			status, page := w.post(cfg.AuthCodeURL("s"), url.Values{"account": {"tanaka@example.com"}, "decision": {"allow"}})
			if status != c.status || !strings.Contains(page, c.code) {
				t.Errorf("page %d %s", status, page)
			}
		})
	}
	if _, err := w.google.Consent(good().AuthCodeURL("s"), "nobody@example.com", nil); err == nil {
		t.Error("an account that does not exist consented")
	}
}

// post sends a form without following redirects, and answers status and
// body, or the Location of a redirect.
func (w *world) post(address string, form url.Values) (int, string) {
	w.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer := got(client.PostForm(address, form)).must(w.t)
	defer answer.Body.Close()
	if location := answer.Header.Get("Location"); location != "" {
		return answer.StatusCode, location
	}
	return answer.StatusCode, string(got(io.ReadAll(answer.Body)).must(w.t))
}

func (w *world) get(address string) (int, string) {
	w.t.Helper()
	answer := got(http.Get(address)).must(w.t)
	defer answer.Body.Close()
	return answer.StatusCode, string(got(io.ReadAll(answer.Body)).must(w.t))
}

func TestConsentPage(t *testing.T) {
	w := newWorld(t)
	w.google.AddAccount("sato@example.com")
	cfg := w.config("openid", eventsScope, listScope)
	address := cfg.AuthCodeURL("s", oauth2.SetAuthURLParam("login_hint", "tanaka@example.com"))
	status, page := w.get(address)
	for _, part := range []string{`<select name="account"`, `value="tanaka@example.com" selected`, `value="sato@example.com">`,
		`name="scope" value="` + eventsScope + `"`, `name="scope" value="` + listScope + `"`,
		`name="decision" value="allow" id="allow"`, `id="cancel"`} {
		if status != 200 || !strings.Contains(page, part) {
			t.Errorf("%d, %s is missing in %s", status, part, page)
		}
	}
	if _, page := w.get(w.config("openid", eventsScope).AuthCodeURL("s")); strings.Contains(page, "checkbox") {
		t.Error("one scope alone has a tick box")
	}
	status, location := w.post(address, url.Values{"account": {"sato@example.com"}, "scope": {listScope}, "decision": {"allow"}})
	if status != http.StatusFound || strings.Contains(location, url.QueryEscape(eventsScope)) || !strings.Contains(location, url.QueryEscape(listScope)) {
		t.Errorf("%d, redirected to %s", status, location)
	}
	if _, location := w.post(address, url.Values{"account": {"sato@example.com"}, "decision": {"cancel"}}); !strings.Contains(location, "access_denied") {
		t.Errorf("cancelled, redirected to %s", location)
	}
}

func TestUntickedScopeIsMissingInTheToken(t *testing.T) {
	w := newWorld(t)
	cfg := w.config("openid", "email", eventsScope, listScope)
	redirect := got(w.google.Consent(cfg.AuthCodeURL("s"), "tanaka@example.com", []string{listScope})).must(t)
	address := got(url.Parse(redirect)).must(t)
	token := got(cfg.Exchange(t.Context(), address.Query().Get("code"))).must(t)
	if scope := token.Extra("scope").(string); strings.Contains(scope, eventsScope) || !strings.Contains(scope, listScope) {
		t.Errorf("scope %q", scope)
	}
	svc := w.serviceWith(cfg.Client(t.Context(), token))
	_, err := svc.Events.List("primary").Do()
	refusal := refused(t, err, 403, "insufficientPermissions")
	if !strings.Contains(refusal.Body, "ACCESS_TOKEN_SCOPE_INSUFFICIENT") {
		t.Errorf("body %s", refusal.Body)
	}
}

func TestPromptNone(t *testing.T) {
	w := newWorld(t)
	status, page := w.get(w.config("openid", eventsScope).AuthCodeURL("s"))
	if status != 200 || !strings.Contains(page, "wants access") {
		t.Errorf("%d %s", status, page)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer := got(client.Get(w.config("openid", eventsScope).AuthCodeURL("s", oauth2.SetAuthURLParam("prompt", "none")))).must(t)
	answer.Body.Close()
	if location := answer.Header.Get("Location"); !strings.Contains(location, "interaction_required") {
		t.Errorf("redirected to %q", location)
	}
}

func TestEarlierGrantIsIncluded(t *testing.T) {
	w := newWorld(t)
	w.link("tanaka@example.com", eventsScope)
	scope := func(options ...oauth2.AuthCodeOption) string {
		return w.consent(w.config(listScope), "tanaka@example.com", options...).Get("scope")
	}
	if got := scope(); strings.Contains(got, eventsScope) {
		t.Errorf("scope %q", got)
	}
	if got := scope(oauth2.SetAuthURLParam("include_granted_scopes", "true")); !strings.Contains(got, eventsScope) {
		t.Errorf("scope %q", got)
	}
}

func TestRemovedClient(t *testing.T) {
	w := newWorld(t)
	token := w.link("tanaka@example.com", eventsScope)
	w.google.RemoveClient(clientID)
	_, err := w.config().TokenSource(t.Context(), &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	failed(t, err, 401, "invalid_client")
}
