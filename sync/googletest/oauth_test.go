package googletest_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

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

func TestCodesAreSingleUseAndShortLived(t *testing.T) {
	w := newWorld(t)
	cfg := w.config("openid", eventsScope)
	code := w.consent(cfg, "tanaka@example.com").Get("code")
	got(cfg.Exchange(t.Context(), code)).must(t)
	_, err := cfg.Exchange(t.Context(), code)
	failed(t, err, 400, "invalid_grant")
	late := w.consent(cfg, "tanaka@example.com").Get("code")
	w.clock.advance(11 * time.Minute)
	_, err = cfg.Exchange(t.Context(), late)
	failed(t, err, 400, "invalid_grant")
	_, err = cfg.Exchange(t.Context(), "nonsense")
	failed(t, err, 400, "invalid_grant")
	cfg.ClientSecret = "wrong"
	_, err = cfg.Exchange(t.Context(), "nonsense")
	failed(t, err, 401, "invalid_client")
}

func TestCodeBelongsToClientAndRedirect(t *testing.T) {
	w := newWorld(t)
	second := "https://crm.example.com/agcrm_google/AuthCallback"
	w.google.AddClient(googletest.Client{ID: clientID, Secret: clientSecret, RedirectURIs: []string{redirectURI, second}})
	w.google.AddClient(googletest.Client{ID: "other", Secret: "s", RedirectURIs: []string{redirectURI}})
	cfg := w.config(eventsScope)
	code := w.consent(cfg, "tanaka@example.com").Get("code")
	cfg.RedirectURL = second
	_, err := cfg.Exchange(t.Context(), code)
	failed(t, err, 400, "redirect_uri_mismatch")
	cfg = w.config(eventsScope)
	code = w.consent(cfg, "tanaka@example.com").Get("code")
	cfg.ClientID, cfg.ClientSecret = "other", "s"
	_, err = cfg.Exchange(t.Context(), code)
	failed(t, err, 400, "invalid_grant")
}

func TestPKCE(t *testing.T) {
	w := newWorld(t)
	cfg := w.config(eventsScope)
	verifier := oauth2.GenerateVerifier()
	exchange := func(asked []oauth2.AuthCodeOption, told ...oauth2.AuthCodeOption) error {
		_, err := cfg.Exchange(t.Context(), w.consent(cfg, "tanaka@example.com", asked...).Get("code"), told...)
		return err
	}
	s256 := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(verifier)}
	plain := []oauth2.AuthCodeOption{oauth2.SetAuthURLParam("code_challenge", verifier)}
	if err := exchange(s256, oauth2.VerifierOption(verifier)); err != nil {
		t.Error(err)
	}
	if err := exchange(plain, oauth2.VerifierOption(verifier)); err != nil {
		t.Error(err)
	}
	failed(t, exchange(s256), 400, "invalid_grant")
	failed(t, exchange(s256, oauth2.VerifierOption("another")), 400, "invalid_grant")
	failed(t, exchange(nil, oauth2.VerifierOption(verifier)), 400, "invalid_grant")
}

func TestRefreshTokenOnlyWithFirstConsentOrPrompt(t *testing.T) {
	w := newWorld(t)
	cfg := w.config("openid", eventsScope)
	refresh := func(options ...oauth2.AuthCodeOption) string {
		return got(cfg.Exchange(t.Context(), w.consent(cfg, "tanaka@example.com", options...).Get("code"))).must(t).RefreshToken
	}
	if refresh(oauth2.AccessTypeOffline) == "" {
		t.Error("no refresh token with the first consent")
	}
	if refresh(oauth2.AccessTypeOffline) != "" {
		t.Error("a refresh token with the second consent")
	}
	if refresh(oauth2.AccessTypeOffline, oauth2.ApprovalForce) == "" {
		t.Error("no refresh token with prompt=consent")
	}
	if refresh(oauth2.ApprovalForce) != "" {
		t.Error("a refresh token for online access")
	}
	w.tanaka.RevokeGrants()
	if refresh(oauth2.AccessTypeOffline) == "" {
		t.Error("no refresh token after the grant was withdrawn")
	}
}

func TestRefreshAnswerCarriesNoRefreshToken(t *testing.T) {
	w := newWorld(t)
	token := w.link("tanaka@example.com", "openid", eventsScope)
	status, body := w.post(w.web.URL+"/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token.RefreshToken},
		"client_id": {clientID}, "client_secret": {clientSecret}})
	var answer map[string]any
	if err := json.Unmarshal([]byte(body), &answer); err != nil || status != 200 {
		t.Fatalf("%d %s", status, body)
	}
	if _, present := answer["refresh_token"]; present || answer["expires_in"] != float64(3599) || answer["token_type"] != "Bearer" {
		t.Errorf("answer %s", body)
	}
	status, body = w.post(w.web.URL+"/token", url.Values{"grant_type": {"password"}, "client_id": {clientID}, "client_secret": {clientSecret}})
	if status != 400 || !strings.Contains(body, "unsupported_grant_type") {
		t.Errorf("%d %s", status, body)
	}
}

func TestTokensDie(t *testing.T) {
	refresh := func(w *world, token *oauth2.Token) error {
		_, err := w.config().TokenSource(t.Context(), &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
		return err
	}
	t.Run("by the person", func(t *testing.T) {
		w := newWorld(t)
		token := w.link("tanaka@example.com", eventsScope)
		if w.tanaka.Grants() != 1 {
			t.Errorf("%d grants", w.tanaka.Grants())
		}
		w.tanaka.RevokeGrants()
		failed(t, refresh(w, token), 400, "invalid_grant")
		if w.tanaka.Grants() != 0 {
			t.Errorf("%d grants", w.tanaka.Grants())
		}
		svc := w.serviceWith(oauth2.NewClient(t.Context(), oauth2.StaticTokenSource(token)))
		_, err := svc.Events.List("primary").Do()
		refused(t, err, 401, "authError")
	})
	t.Run("with the account", func(t *testing.T) {
		w := newWorld(t)
		token := w.link("tanaka@example.com", eventsScope)
		w.tanaka.Close()
		failed(t, refresh(w, token), 400, "invalid_grant")
	})
	t.Run("after seven days of testing", func(t *testing.T) {
		w := newWorld(t)
		w.google.AddClient(googletest.Client{ID: clientID, Secret: clientSecret, RedirectURIs: []string{redirectURI},
			Testing: true, TestUsers: []string{"tanaka@example.com"}})
		token, identity := w.link("tanaka@example.com", eventsScope), w.link("tanaka@example.com", "openid", "email")
		w.clock.advance(6 * 24 * time.Hour)
		if err := refresh(w, token); err != nil {
			t.Error(err)
		}
		w.clock.advance(2 * 24 * time.Hour)
		failed(t, refresh(w, token), 400, "invalid_grant")
		if err := refresh(w, identity); err != nil {
			t.Error("a token for the identity alone died too:", err)
		}
	})
	t.Run("after six idle months", func(t *testing.T) {
		w := newWorld(t)
		token := w.link("tanaka@example.com", eventsScope)
		w.clock.advance(170 * 24 * time.Hour)
		if err := refresh(w, token); err != nil {
			t.Error(err)
		}
		w.clock.advance(190 * 24 * time.Hour)
		failed(t, refresh(w, token), 400, "invalid_grant")
	})
	t.Run("the oldest beyond a hundred", func(t *testing.T) {
		w := newWorld(t)
		first, second := w.link("tanaka@example.com", eventsScope), w.link("tanaka@example.com", eventsScope)
		for range 99 {
			w.link("tanaka@example.com", eventsScope)
		}
		failed(t, refresh(w, first), 400, "invalid_grant")
		if err := refresh(w, second); err != nil {
			t.Error(err)
		}
	})
}

func TestAccessTokensExpireAndAreRefreshed(t *testing.T) {
	w := newWorld(t)
	token := w.link("tanaka@example.com", eventsScope)
	static := w.serviceWith(oauth2.NewClient(t.Context(), oauth2.StaticTokenSource(token)))
	w.tanaka.ExpireAccessTokens()
	_, err := static.Events.List("primary").Do()
	refusal := refused(t, err, 401, "authError")
	if !strings.Contains(refusal.Body, `"location":"Authorization"`) {
		t.Errorf("body %s", refusal.Body)
	}
	renewed := got(w.config().TokenSource(t.Context(), &oauth2.Token{RefreshToken: token.RefreshToken}).Token()).must(t)
	svc := w.serviceWith(oauth2.NewClient(t.Context(), oauth2.StaticTokenSource(renewed)))
	got(svc.Events.List("primary").Do()).must(t)
	w.clock.advance(time.Hour)
	_, err = svc.Events.List("primary").Do()
	refused(t, err, 401, "authError")
}

func TestRevocationEndsTheWholeGrant(t *testing.T) {
	w := newWorld(t)
	first, second := w.link("tanaka@example.com", eventsScope), w.link("tanaka@example.com", eventsScope)
	status, _ := w.post(w.web.URL+"/revoke", url.Values{"token": {first.AccessToken}})
	if status != 200 || w.tanaka.Grants() != 0 {
		t.Errorf("%d, %d grants", status, w.tanaka.Grants())
	}
	_, err := w.config().TokenSource(t.Context(), &oauth2.Token{RefreshToken: second.RefreshToken}).Token()
	failed(t, err, 400, "invalid_grant")
	status, body := w.post(w.web.URL+"/revoke", url.Values{"token": {second.RefreshToken}})
	if status != 400 || !strings.Contains(body, "invalid_token") {
		t.Errorf("%d %s", status, body)
	}
}

func TestDroppedScope(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	w.tanaka.DropScope(eventsScope)
	_, err := svc.Events.List("primary").Do()
	refused(t, err, 403, "insufficientPermissions")
	got(svc.CalendarList.List().Do()).must(t)
}

func TestIDTokenIsSigned(t *testing.T) {
	w := newWorld(t)
	token := w.link("tanaka@example.com", "openid", "email")
	parts := strings.Split(token.Extra("id_token").(string), ".")
	claims := struct {
		Iss, Aud, Sub, Email string
		Verified             bool `json:"email_verified"`
		Exp                  int64
	}{}
	if err := json.Unmarshal(got(base64.RawURLEncoding.DecodeString(parts[1])).must(t), &claims); err != nil {
		t.Fatal(err)
	}
	if claims.Aud != clientID || claims.Sub != w.tanaka.Sub || claims.Email != w.tanaka.Email || !claims.Verified || claims.Exp <= w.clock.Now().Unix() {
		t.Errorf("claims %+v", claims)
	}
	_, body := w.get(w.web.URL + "/certs")
	var certs struct{ Keys []struct{ N, E string } }
	if err := json.Unmarshal([]byte(body), &certs); err != nil {
		t.Fatal(err)
	}
	number := func(text string) *big.Int {
		return new(big.Int).SetBytes(got(base64.RawURLEncoding.DecodeString(text)).must(t))
	}
	key := &rsa.PublicKey{N: number(certs.Keys[0].N), E: int(number(certs.Keys[0].E).Int64())}
	digest := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if err := rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], got(base64.RawURLEncoding.DecodeString(parts[2])).must(t)); err != nil {
		t.Error(err)
	}
	if extra := w.link("tanaka@example.com", eventsScope).Extra("id_token"); extra != nil {
		t.Error("an id token without openid")
	}
	r, _ := http.NewRequest(http.MethodGet, w.web.URL+"/userinfo", nil)
	r.Header.Set("Authorization", "Bearer "+token.AccessToken)
	answer := got(http.DefaultClient.Do(r)).must(t)
	defer answer.Body.Close()
	if info := got(io.ReadAll(answer.Body)).must(t); !strings.Contains(string(info), w.tanaka.Sub) {
		t.Errorf("userinfo %s", info)
	}
}

func TestClientSecretsFile(t *testing.T) {
	w := newWorld(t)
	var file struct {
		Web struct {
			ClientID     string   `json:"client_id"`
			ClientSecret string   `json:"client_secret"`
			TokenURI     string   `json:"token_uri"`
			RedirectURIs []string `json:"redirect_uris"`
		}
	}
	if err := json.Unmarshal(w.google.ClientSecretsJSON(clientID, w.web.URL), &file); err != nil {
		t.Fatal(err)
	}
	if file.Web.ClientID != clientID || file.Web.TokenURI != w.web.URL+"/token" || file.Web.RedirectURIs[0] != redirectURI {
		t.Errorf("file %+v", file)
	}
	if own := string(w.google.ClientSecretsJSON(clientID, "")); !strings.Contains(own, "https://oauth2.googleapis.com/token") {
		t.Errorf("file %s", own)
	}
}
