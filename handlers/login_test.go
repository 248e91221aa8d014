package handlers_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"agcrm-google/config"
	"agcrm-google/handlers"
	"agcrm-google/models"
	calsync "agcrm-google/sync"
)

func TestFirstStart(t *testing.T) {
	s := emptySite(t, time.Now)
	for _, locale := range []string{"ja", "en", "fr"} {
		s.browser(locale).get("/login").want(http.StatusOK, "agcrm-google user add LOGIN --id N --admin", text(locale, "login.no_users"))
	}
	if err := s.db.AddUser(t.Context(), models.User{ID: 1, Login: "admin", Role: models.RoleAdmin}, password); err != nil {
		t.Fatal(err)
	}
	s.browser("en").get("/login").want(http.StatusOK).without("user add")
}

func TestWrongPassword(t *testing.T) {
	s := newSite(t)
	for _, locale := range []string{"ja", "en", "fr"} {
		b := s.browser(locale)
		for _, form := range []url.Values{
			{"login": {"tanaka"}, "password": {"wrong password"}, "next": {"/agcrm_google/history"}},
			{"login": {"tanaka"}, "password": {""}, "next": {"/agcrm_google/history"}},
		} {
			b.post("/login", form).want(http.StatusUnprocessableEntity, text(locale, "login.wrong"), `value="tanaka"`, `value="/agcrm_google/history"`).
				without("wrong password")
		}
		b.get("/schedule").want(http.StatusSeeOther)
	}
}

func TestNextStaysWithin(t *testing.T) {
	s := newSite(t)
	for next, want := range map[string]string{
		"":                      "/agcrm_google/",
		"/agcrm_google/profile": "/agcrm_google/profile",
		"/agcrm_google/schedule?view=list&user=2": "/agcrm_google/schedule?view=list&user=2",
		"https://evil.example/agcrm_google/":      "/agcrm_google/",
		"//evil.example/agcrm_google/":            "/agcrm_google/",
		"/agcrm_google//evil.example":             "/agcrm_google/",
		"/agcrm_google/../evil":                   "/agcrm_google/",
		"/agcrm_google/%2e%2e/evil":               "/agcrm_google/",
		"/agcrm_google/\\evil.example":            "/agcrm_google/",
		"/agcrm_google/%5cevil.example":           "/agcrm_google/",
		"\\\\evil.example":                        "/agcrm_google/",
		"/agcrm_googleevil":                       "/agcrm_google/",
		"/elsewhere":                              "/agcrm_google/",
		"javascript:alert(1)":                     "/agcrm_google/",
		"/agcrm_google/\r\nSet-Cookie: a=b":       "/agcrm_google/",
	} {
		s.browser("en").post("/login", url.Values{"login": {"tanaka"}, "password": {password}, "next": {next}}).
			want(http.StatusSeeOther).leadsTo(want)
		s.as(tanaka, "en").get("/login?" + url.Values{"next": {next}}.Encode()).want(http.StatusSeeOther).leadsTo(want)
	}
}

func sessionCookie(t *testing.T, header http.Header) *http.Cookie {
	t.Helper()
	for _, c := range (&http.Response{Header: header}).Cookies() {
		if c.Name == "agcrm_google_session" {
			return c
		}
	}
	return nil
}

func TestSessionCookie(t *testing.T) {
	s := newSite(t)
	b := s.browser("en")
	if sessionCookie(t, b.get("/login").header) != nil {
		t.Error("the login page sets a cookie before anybody signed in")
	}
	first := sessionCookie(t, b.post("/login", url.Values{"login": {"tanaka"}, "password": {password}}).header)
	if first == nil || !first.HttpOnly || first.SameSite != http.SameSiteLaxMode || first.Path != "/agcrm_google" || first.Secure {
		t.Fatalf("the cookie is %v", first)
	}
	second := sessionCookie(t, b.post("/login", url.Values{"login": {"suzuki"}, "password": {password}}).header)
	if second == nil || second.Value == first.Value {
		t.Error("a login goes on under the old token")
	}
	old := func(cookie *http.Cookie) reply {
		return s.browser("en").do(http.MethodGet, "/profile", "", nil, "Cookie", cookie.Name+"="+cookie.Value)
	}
	old(first).want(http.StatusSeeOther)
	old(second).want(http.StatusOK)
	b.post("/logout", nil).want(http.StatusSeeOther).leadsTo("/agcrm_google/login")
	old(second).want(http.StatusSeeOther)
}

func TestSecureCookieBehindHTTPS(t *testing.T) {
	s := newSite(t)
	settings := &config.Config{DataDir: t.TempDir(), PublicURL: "https://crm.example.com"}
	if err := settings.Complete(); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	handler, err := handlers.New(handlers.Options{DB: s.db, Config: settings, Log: log, Sync: calsync.New(calsync.Options{DB: s.db, PublicURL: settings.PublicURL})})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "http://10.0.0.5/agcrm_google/login", strings.NewReader(url.Values{"login": {"tanaka"}, "password": {password}}.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", "https://crm.example.com") // a proxy that rewrites Host leaves this
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if c := sessionCookie(t, w.Header()); w.Code != http.StatusSeeOther || c == nil || !c.Secure {
		t.Errorf("status %d, cookie %v", w.Code, c)
	}
}

func TestPasswordChangeEndsOtherSessions(t *testing.T) {
	s := newSite(t)
	here, there := s.as(tanaka, "en"), s.as(tanaka, "en")
	here.post("/profile/password", url.Values{"current": {"not this one"}, "password": {"another long one"}}).
		want(http.StatusUnprocessableEntity, text("en", "password.wrong")).without("another long one")
	here.post("/profile/password", url.Values{"current": {password}, "password": {"short"}}).want(http.StatusUnprocessableEntity)
	there.get("/profile").want(http.StatusOK)
	here.post("/profile/password", url.Values{"current": {password}, "password": {"another long one"}}).
		want(http.StatusSeeOther).leadsTo("/agcrm_google/profile")
	here.get("/profile").want(http.StatusOK, text("en", "password.changed"))
	there.get("/profile").want(http.StatusSeeOther)
	s.browser("en").post("/login", url.Values{"login": {"tanaka"}, "password": {"another long one"}}).want(http.StatusSeeOther)
}

func TestDisablingEndsSessions(t *testing.T) {
	s := newSite(t)
	b := s.as(tanaka, "en")
	if err := s.db.SetDisabled(t.Context(), tanaka, true); err != nil {
		t.Fatal(err)
	}
	b.get("/profile").want(http.StatusSeeOther)
	b.post("/login", url.Values{"login": {"tanaka"}, "password": {password}}).want(http.StatusUnprocessableEntity, text("en", "login.disabled"))
	if err := s.db.SetDisabled(t.Context(), tanaka, false); err != nil {
		t.Fatal(err)
	}
	b.get("/profile").want(http.StatusSeeOther)
}

func TestGuessingIsSlow(t *testing.T) {
	start := time.Now() // the clock stands still: waiting would earn another try
	s := siteAt(t, func() time.Time { return start })
	b := s.browser("fr")
	status := 0
	for range 11 {
		status = b.post("/login", url.Values{"login": {"tanaka"}, "password": {"guess"}}).status
	}
	if status != http.StatusTooManyRequests {
		t.Errorf("the eleventh wrong password is answered %d", status)
	}
	b.post("/login", url.Values{"login": {"TANAKA"}, "password": {password}}).want(http.StatusTooManyRequests, text("fr", "login.throttled"))
	b.post("/login", url.Values{"login": {"suzuki"}, "password": {password}}).want(http.StatusSeeOther)
}
