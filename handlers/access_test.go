package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agcrm-google/models"
)

// guarded are the routes of the contract behind the login.
var guarded = []string{
	"GET /schedule", "GET /schedule/new", "POST /schedule", "GET /schedule/1", "POST /schedule/1", "POST /schedule/1/delete",
	"GET /profile", "POST /profile", "POST /profile/password", "POST /profile/link", "POST /profile/link/paste",
	"GET /profile/preview", "POST /profile/sync", "GET /profile/unlink", "POST /profile/unlink", "POST /held/1", "GET /history", "POST /history/1/restore",
}

// restricted are those for administrators.
var restricted = []string{
	"GET /settings/groupware", "POST /settings/groupware", "POST /settings/groupware/test",
	"GET /settings/links", "GET /settings/links.csv", "POST /settings/links/2/pause", "POST /settings/links/2/resume",
	"POST /settings/links/2/sync", "POST /settings/links/2/remove", "GET /settings/users", "GET /settings/history", "GET /settings/system",
}

func send(b *browser, route string) reply {
	method, path, _ := strings.Cut(route, " ")
	if method == http.MethodGet {
		return b.get(path)
	}
	return b.post(path, nil)
}

func TestStrangersAreSentToTheLogin(t *testing.T) {
	s := newSite(t)
	stranger := s.browser("ja")
	for _, route := range append(guarded, restricted...) {
		r := send(stranger, route).want(http.StatusSeeOther)
		if !strings.HasPrefix(r.header.Get("Location"), "/agcrm_google/login?next=%2Fagcrm_google%2F") {
			t.Errorf("%s leads to %q", route, r.header.Get("Location"))
		}
	}
	next := url.Values{"next": {"/agcrm_google/schedule?view=list&date=2026-11-21"}}
	stranger.get("/schedule?view=list&date=2026-11-21").leadsTo("/agcrm_google/login?" + next.Encode())
}

func TestEmployeesAreNoAdministrators(t *testing.T) {
	s := newSite(t)
	for _, locale := range []string{"ja", "en", "fr"} {
		employee := s.as(tanaka, locale)
		for _, route := range restricted {
			send(employee, route).want(http.StatusForbidden, text(locale, "error.administrators_only"))
		}
	}
	if settings, err := s.db.Settings(t.Context()); err != nil || settings.Enabled {
		t.Errorf("settings are %+v, %v", settings, err)
	}
}

func TestOtherSitesCannotPost(t *testing.T) {
	s := newSite(t)
	for _, locale := range []string{"ja", "en", "fr"} {
		b := s.as(tanaka, locale)
		form := url.Values{"subject": {"planted"}, "start_at": {"2026-11-21T10:00"}, "end_at": {"2026-11-21T11:00"}}
		want := text(locale, "error.cross_site")
		b.post("/schedule", form, "Origin", "https://evil.example").want(http.StatusForbidden, want)
		b.post("/schedule", form, "Sec-Fetch-Site", "cross-site").want(http.StatusForbidden, want)
		b.post("/schedule", form, "Origin", "null").want(http.StatusForbidden, want)
		b.get("/schedule?date=2026-11-21").want(http.StatusOK).without("planted")
		b.post("/schedule", form, "Origin", s.url, "Sec-Fetch-Site", "same-origin").want(http.StatusSeeOther)
		b.post("/schedule", form, "Sec-Fetch-Site", "same-origin").want(http.StatusSeeOther)
		if rows := s.rows(tanaka); len(rows) != 2 {
			t.Fatalf("%d rows, want the two that came from our own pages", len(rows))
		}
		s.deleteAll(tanaka)
	}
}

func TestHeaders(t *testing.T) {
	s := newSite(t)
	for _, path := range []string{"/login", "/AuthCallback"} {
		h := s.browser("en").get(path).header
		for name, want := range map[string]string{
			"Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got, want)
			}
		}
		policy := h.Get("Content-Security-Policy")
		for _, part := range []string{"default-src 'none'", "style-src 'self'", "script-src 'self'", "img-src 'self'",
			"form-action 'self' " + s.googleURL, "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(policy, part) {
				t.Errorf("%s: the policy %q lacks %q", path, policy, part)
			}
		}
		if strings.Contains(policy, "unsafe") {
			t.Errorf("%s: the policy is %q", path, policy)
		}
	}
}

func TestHostRoot(t *testing.T) {
	s := newSite(t)
	b := s.browser("en")
	b.get(s.url + "/").want(http.StatusFound).leadsTo("/agcrm_google/")
	b.get("/").want(http.StatusFound).leadsTo("/agcrm_google/login")
	s.as(tanaka, "en").get("/").want(http.StatusFound).leadsTo("/agcrm_google/schedule")
	b.get(s.url + "/healthz").want(http.StatusOK)
	b.get(s.url + "/readyz").want(http.StatusOK)
	b.get(s.url+"/metrics").want(http.StatusOK, "agcrm_google_http_request_seconds", "agcrm_google_sql_statements_total")
	b.do(http.MethodGet, s.url+"/metrics", "", nil, "X-Forwarded-For", "192.0.2.7").want(http.StatusForbidden)
	b.post("/webhook", nil, "X-Goog-Channel-Id", "unknown").want(http.StatusNotFound)
	for _, locale := range []string{"ja", "en", "fr"} {
		s.as(tanaka, locale).get("/no/such/page").want(http.StatusNotFound, text(locale, "error.title_not_found"), `lang="`+locale+`"`)
	}
	s.db.Close()
	b.get(s.url + "/readyz").want(http.StatusServiceUnavailable)
	b.get(s.url + "/healthz").want(http.StatusOK)
	for _, locale := range []string{"ja", "en", "fr"} {
		s.browser(locale).do(http.MethodGet, "/login", "", nil, "Cookie", "agcrm_google_session=x").
			want(http.StatusInternalServerError, text(locale, "error.internal")).without("sql", "closed")
		s.browser(locale).get("/login").want(http.StatusInternalServerError, text(locale, "error.internal")).without("sql", "closed")
	}
}

// The log names neither what forms hold nor what Google's answer does.
func TestNothingSecretIsLogged(t *testing.T) {
	s := newSite(t)
	s.enable()
	b := s.as(tanaka, "en")
	b.link("tanaka@example.com")
	b.get("/AuthCallback?state=s3cretstate&code=s3cretcode").want(http.StatusBadRequest)
	b.post("/login", url.Values{"login": {"tanaka"}, "password": {"wrong password"}})
	for _, secret := range []string{"s3cret", "code=", password, "wrong password", "GOCSPX"} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log holds %q:\n%s", secret, s.log)
		}
	}
	if !strings.Contains(s.log.String(), "AuthCallback") {
		t.Error("the log holds no requests, so this test shows nothing")
	}
}

// However many addresses are tried, the metrics name only routes.
func TestMetricsStaySmall(t *testing.T) {
	s := newSite(t)
	b := s.as(tanaka, "en")
	b.get("/schedule/12345")
	b.get("/guess-me")
	b.get(s.url + "/guess-me-too")
	b.get(s.url+"/metrics").want(http.StatusOK, `route="/agcrm_google/schedule/:id"`).without("guess-me", "12345")
}

// Each page asks the database a bounded number of questions.
func TestStatementsOfAPage(t *testing.T) {
	s := newSite(t)
	s.enable()
	b := s.as(admin, "en")
	b.link("admin@example.com")
	for range 30 {
		s.add(models.Schedule{OwnerID: admin, StartAt: wall("2026-11-21T10:00"), EndAt: wall("2026-11-21T11:00")})
	}
	s.standUp()
	secret := s.add(models.Schedule{OwnerID: tanaka, Private: true, StartAt: wall("2026-11-21T10:00"), EndAt: wall("2026-11-21T11:00")})
	if err := s.db.SetParticipants(t.Context(), secret.ID, []int64{admin}); err != nil {
		t.Fatal(err)
	}
	if err := s.db.WakeLink(t.Context(), admin, true); err != nil {
		t.Fatal(err)
	}
	for path, most := range map[string]int64{
		"/schedule?date=2026-11-21": 10, "/schedule?view=week&date=2026-11-21&user=1&user=2&user=3": 10, "/profile": 12, "/history": 8, "/settings/groupware": 8, "/settings/links": 12, "/settings/users": 8, "/settings/system": 12,
	} {
		b.get(path) // what is asked once in a few seconds is asked now
		before := s.db.Statements()
		b.get(path).want(http.StatusOK)
		if n := s.db.Statements() - before; n > most {
			t.Errorf("%s needs %d statements, at most %d are allowed", path, n, most)
		}
	}
}
