package handlers_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"agcrm-google/models"
)

func (s *site) links() int64 {
	s.t.Helper()
	n, err := s.db.CountLinks(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// noTrace checks the promise about answers that belong to nobody here.
func noTrace(t *testing.T, r reply, locale string) {
	t.Helper()
	r.want(http.StatusBadRequest, text(locale, "stray.copy"), text(locale, "stray.paste"))
	if r.header.Get("Location") != "" || r.header.Get("Set-Cookie") != "" || r.header.Get("Cache-Control") != "no-store" {
		t.Errorf("headers %v", r.header)
	}
}

func TestLink(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.google.AddAccount("tanaka@example.com").AddCalendar("team", "営業部", "owner", "Asia/Tokyo")
	b := s.as(tanaka, "ja")
	b.get("/profile").want(http.StatusOK, text("ja", "health.none"), text("ja", "profile.link_button"))
	b.link("tanaka@example.com")
	b.get("/profile").want(http.StatusOK, text("ja", "link.done"), "tanaka@example.com", "営業部", "連携対象(カレンダー)", "連携間隔", "連携ログ(直近50件)", "認証情報の削除")
	link, err := s.db.Link(t.Context(), tanaka)
	if err != nil || link.Email != "tanaka@example.com" || link.Saved {
		t.Errorf("link is %+v, %v", link, err)
	}
}

// The consent that employees are asked for is the one that the guide has the
// administrator set up.
func TestGuideNamesTheScopes(t *testing.T) {
	s := newSite(t)
	s.enable()
	away := s.as(tanaka, "en").post("/profile/link", nil).want(http.StatusSeeOther)
	address, err := url.Parse(away.header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	page := s.as(admin, "en").get("/settings/groupware")
	page.want(http.StatusOK, `href="https://console.cloud.google.com/auth/clients"`)
	for scope := range strings.FieldsSeq(address.Query().Get("scope")) {
		if scope == "email" { // as the console calls it
			scope = "https://www.googleapis.com/auth/userinfo.email"
		}
		page.want(http.StatusOK, "<code>"+scope+"</code>")
	}
	if q := address.Query(); q.Get("redirect_uri") != s.redirectURI() || q.Get("code_challenge_method") != "S256" || q.Get("access_type") != "offline" || len(q.Get("state")) < 20 {
		t.Errorf("the consent is asked for with %v", q)
	}
}

func TestStrayCallbacks(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.google.AddAccount("tanaka@example.com")
	for _, locale := range []string{"ja", "en", "fr"} {
		for _, path := range []string{"/AuthCallback", "/AuthCallback/IndexAsync"} {
			noTrace(t, s.browser(locale).get(path+"?state=abc&code=def"), locale) // no session at all
			b := s.as(tanaka, locale)
			noTrace(t, b.get(path), locale)                    // without state, nothing pending
			noTrace(t, b.get(path+"?state=&code=def"), locale) // empty state, nothing pending
			back := b.consent("tanaka@example.com")
			query := back[strings.Index(back, "?"):]
			noTrace(t, b.get(path+"?code=def"), locale)               // without state
			noTrace(t, b.get(path+"?state=&code=def"), locale)        // empty state
			noTrace(t, b.get(path+"?state=foreign&code=def"), locale) // foreign state
			noTrace(t, s.as(suzuki, locale).get(path+query), locale)  // another employee's session
			noTrace(t, s.browser(locale).get(path+query), locale)     // no session
			if s.links() != 0 {
				t.Fatal("a stray answer linked somebody")
			}
		}
	}
}

// A session that has ended is as good as none: no cookie is touched.
func TestCallbackInAnEndedSession(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.google.AddAccount("tanaka@example.com")
	b := s.as(tanaka, "en")
	back := b.consent("tanaka@example.com")
	if err := s.db.SetPassword(t.Context(), tanaka, "another long password"); err != nil {
		t.Fatal(err)
	}
	noTrace(t, b.get(back), "en")
}

func TestCallbackReplayed(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.google.AddAccount("tanaka@example.com")
	b := s.as(tanaka, "ja")
	back := b.consent("tanaka@example.com")
	b.get(back).want(http.StatusSeeOther)
	before := s.google.TokenCalls()
	noTrace(t, b.get(back), "ja")
	if s.google.TokenCalls() != before {
		t.Error("a replayed code was sent to Google")
	}
}

// Only the newest attempt counts.
func TestOlderAttemptIsForgotten(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.google.AddAccount("tanaka@example.com")
	b := s.as(tanaka, "en")
	older := b.consent("tanaka@example.com")
	newer := b.consent("tanaka@example.com")
	noTrace(t, b.get(older), "en")
	b.get(newer).want(http.StatusSeeOther)
}

func TestDenied(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.google.AddAccount("tanaka@example.com")
	for _, locale := range []string{"ja", "en", "fr"} {
		b := s.as(tanaka, locale)
		away := b.post("/profile/link", nil).want(http.StatusSeeOther)
		back, err := s.google.Deny(away.header.Get("Location"), "tanaka@example.com")
		if err != nil {
			t.Fatal(err)
		}
		b.get(back).want(http.StatusForbidden, text(locale, "link.denied"))
		noTrace(t, b.get(back), locale)
		if s.links() != 0 {
			t.Fatal("a refusal linked somebody")
		}
	}
}

func TestScopeLeftUnticked(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.google.AddAccount("tanaka@example.com")
	for _, locale := range []string{"ja", "en", "fr"} {
		b := s.as(tanaka, locale)
		away := b.post("/profile/link", nil).want(http.StatusSeeOther)
		back, err := s.google.Consent(away.header.Get("Location"), "tanaka@example.com", []string{"https://www.googleapis.com/auth/calendar.calendarlist.readonly"})
		if err != nil {
			t.Fatal(err)
		}
		b.get(back).want(http.StatusUnprocessableEntity, text(locale, "link.scope_missing"))
		if s.links() != 0 {
			t.Fatal("half a consent linked somebody")
		}
	}
}

func TestAccountOfAnother(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.as(tanaka, "ja").link("shared@example.com")
	b := s.as(suzuki, "ja")
	b.get(b.consent("shared@example.com")).want(http.StatusConflict, text("ja", "link.taken", "email", "shared@example.com"))
	if s.links() != 1 {
		t.Error("an account has two employees")
	}
}

func TestPaste(t *testing.T) {
	s := newSite(t)
	s.enable("http://localhost/agcrm_google/AuthCallback/IndexAsync")
	s.google.AddAccount("tanaka@example.com")
	for _, locale := range []string{"ja", "en", "fr"} {
		b := s.as(tanaka, locale)
		page := b.get("/profile").want(http.StatusOK, text(locale, "paste.step_consent"), `name="url"`)
		if !strings.Contains(page.header.Get("Content-Security-Policy"), "http://localhost") {
			t.Error("the browser may not be led to the redirect URI")
		}
		back := b.consent("tanaka@example.com")
		if !strings.HasPrefix(back, "http://localhost/agcrm_google/AuthCallback/IndexAsync?") {
			t.Fatalf("Google leads to %s", back)
		}
		query := back[strings.Index(back, "?"):]
		for _, typed := range []string{
			"https://evil.example/agcrm_google/AuthCallback/IndexAsync" + query,
			"http://localhost/elsewhere" + query,
			"http://localhost@evil.example/agcrm_google/AuthCallback/IndexAsync" + query,
			"hello", "",
			"http://localhost/agcrm_google/AuthCallback/IndexAsync",
			"http://localhost/agcrm_google/AuthCallback/IndexAsync?state=foreign&code=x",
		} {
			r := b.post("/profile/link/paste", url.Values{"url": {typed}}).want(http.StatusUnprocessableEntity, `id="url-error"`, typed)
			if strings.Contains(r.body, "link.paste") {
				t.Errorf("%s: the reason is no sentence", locale)
			}
		}
		s.as(suzuki, locale).post("/profile/link/paste", url.Values{"url": {back}}).want(http.StatusUnprocessableEntity, text(locale, "link.foreign_state"))
		if s.links() != 0 {
			t.Fatal("a foreign address linked somebody")
		}
		b.post("/profile/link/paste", url.Values{"url": {back}}).want(http.StatusSeeOther).leadsTo("/agcrm_google/profile")
		b.post("/profile/link/paste", url.Values{"url": {back}}).want(http.StatusUnprocessableEntity, text(locale, "link.foreign_state"))
		if s.links() != 1 {
			t.Fatal("the pasted address did not link")
		}
		b.post("/profile/unlink", url.Values{"google_events": {"keep"}, "schedules": {"keep"}}).want(http.StatusSeeOther)
	}
}

func TestLinkBeforeTheAdministratorIsReady(t *testing.T) {
	s := newSite(t)
	for _, locale := range []string{"ja", "en", "fr"} {
		b := s.as(tanaka, locale)
		b.get("/profile").want(http.StatusOK, text(locale, "profile.not_ready"))
		b.post("/profile/link", nil).want(http.StatusConflict, text(locale, "groupware.no_client"))
		b.post("/profile/link/paste", url.Values{"url": {"http://localhost/agcrm_google/AuthCallback?state=a&code=b"}}).want(http.StatusConflict)
		b.post("/profile/sync", nil).want(http.StatusConflict, text(locale, "link.none"))
		b.get("/profile/preview").want(http.StatusConflict, text(locale, "link.none"))
	}
}

func TestProfile(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.google.AddAccount("tanaka@example.com").AddCalendar("team", "営業部", "owner", "Asia/Tokyo")
	b := s.as(tanaka, "fr")
	b.link("tanaka@example.com")
	form := url.Values{"calendars": {"tanaka@example.com", "team"}, "target_calendar": {"team"}, "interval": {"15"},
		"direction": {"to_google"}, "color": {"9"}, "locale": {"en"}, "time_zone": {"Europe/Paris"}}
	b.post("/profile", form).want(http.StatusSeeOther).leadsTo("/agcrm_google/profile")
	b.get("/profile").want(http.StatusOK, `lang="en"`, text("en", "profile.saved"), `value="15"`, `value="Europe/Paris"`)
	link, err := s.db.Link(t.Context(), tanaka)
	if err != nil || !link.Saved || link.TargetCalendar != "team" || link.Interval != 15 || link.Direction != models.ToGoogle || link.Color != 9 {
		t.Errorf("link is %+v, %v", link, err)
	}
	for field, value := range map[string]string{"interval": "61", "direction": "sideways", "target_calendar": "none", "color": "12",
		"calendars": "stranger", "time_zone": "Mars/Base", "locale": "xx"} {
		bad := url.Values{}
		for name, values := range form {
			bad[name] = slices.Clone(values)
		}
		bad["locale"], bad["time_zone"] = []string{"ja"}, []string{"Asia/Tokyo"} // of a refused form nothing is kept
		bad.Set(field, value)
		b.post("/profile", bad).want(http.StatusUnprocessableEntity, `id="`+field+`-error"`)
		user, err := s.db.User(t.Context(), tanaka)
		if err != nil || user.Locale != "en" || user.TimeZone != "Europe/Paris" {
			t.Errorf("%s=%s changed the user: %+v, %v", field, value, user, err)
		}
		if now, err := s.db.Link(t.Context(), tanaka); err != nil || now.Interval != 15 || now.Direction != models.ToGoogle {
			t.Errorf("%s=%s changed the link: %+v, %v", field, value, now, err)
		}
	}
	b.post("/profile", url.Values{"interval": {"lots"}, "calendars": {"team"}}).want(http.StatusUnprocessableEntity, `value="lots"`)
}

func TestProfileWithoutLink(t *testing.T) {
	s := newSite(t)
	b := s.as(suzuki, "en")
	b.post("/profile", url.Values{"locale": {"fr"}, "time_zone": {""}}).want(http.StatusSeeOther)
	b.get("/profile").want(http.StatusOK, `lang="fr"`)
	b.post("/profile", url.Values{"time_zone": {"Nowhere"}}).want(http.StatusUnprocessableEntity, "Nowhere", `id="time_zone-error"`)
}

func TestSyncAndUnlink(t *testing.T) {
	s := newSite(t)
	s.enable()
	b := s.as(tanaka, "ja")
	b.link("tanaka@example.com")
	b.get("/schedule").want(http.StatusOK, `action="/agcrm_google/profile/sync"`)
	b.post("/profile/sync", nil, "Referer", s.url+"/agcrm_google/schedule?view=list").want(http.StatusSeeOther).leadsTo("/agcrm_google/schedule?view=list")
	if link, err := s.db.Link(t.Context(), tanaka); err != nil || !link.Saved {
		t.Errorf("link is %+v, %v", link, err)
	}
	b.get("/profile/preview").want(http.StatusOK)
	b.post("/profile/unlink", url.Values{"google_events": {"keep"}}).want(http.StatusUnprocessableEntity, text("ja", "unlink.choice"))
	b.get("/profile/unlink?google_events=delete").want(http.StatusUnprocessableEntity, text("ja", "unlink.choice"))
	b.get("/profile/unlink?google_events=delete&schedules=keep").want(http.StatusOK, text("ja", "unlink.preview_intro"), `name="google_events" value="delete"`)
	b.post("/profile/unlink", url.Values{"google_events": {"delete"}, "schedules": {"keep"}}).want(http.StatusSeeOther)
	if s.links() != 0 || s.google.Account("tanaka@example.com").Grants() != 0 {
		t.Error("the link or its grant is still there")
	}
	b.get("/schedule").want(http.StatusOK, `action="/agcrm_google/profile/link"`)
}

func TestBrokenLinkIsTold(t *testing.T) {
	s := newSite(t)
	s.enable()
	b := s.as(tanaka, "en")
	b.link("tanaka@example.com")
	if err := s.db.BreakLink(t.Context(), tanaka, models.Say("link.grant_dead")); err != nil {
		t.Fatal(err)
	}
	b.get("/history").want(http.StatusOK, text("en", "link.broken"))
	b.get("/profile").want(http.StatusOK, text("en", "link.broken"), text("en", "unlink.dead"), text("en", "profile.link_again"))
	b.post("/profile/sync", nil).want(http.StatusConflict, text("en", "link.not_active"))
	s.as(admin, "en").get("/settings/links").want(http.StatusOK, text("en", "health.broken"))
}
