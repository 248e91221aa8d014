package googletest_test

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
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
