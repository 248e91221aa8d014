package handlers_test

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agcrm-google/models"
)

func TestGroupware(t *testing.T) {
	s := newSite(t)
	b := s.as(admin, "ja")
	b.get("/settings/groupware").want(http.StatusOK, "Googleカレンダーと連携する", "Google連携用Jsonファイル(管理者)", "背景色(初期値)",
		s.redirectURI(), "https://www.googleapis.com/auth/calendar.events.owned")
	b.upload(s.secrets(), url.Values{"enabled": {"on"}, "default_color": {"7"}, "conflict_policy": {"crm"}, "window_past": {"90"}}).
		want(http.StatusSeeOther).leadsTo("/agcrm_google/settings/groupware#checks")
	b.get("/settings/groupware").want(http.StatusOK, text("ja", "check.file_ok"), text("ja", "check.client_ok"), text("ja", "check.api_untested"), clientID, "acme-crm", text("ja", "groupware.redirect_ok"), text("ja", "groupware.saved")).
		without("GOCSPX-very-secret")
	settings, err := s.db.Settings(t.Context())
	if err != nil || !settings.Enabled || settings.DefaultColor != 7 || settings.ConflictPolicy != models.PolicyCRM || settings.WindowPast != 90 {
		t.Errorf("settings are %+v, %v", settings, err)
	}
	// A form that names little changes little.
	b.post("/settings/groupware", url.Values{"default_color": {""}}).want(http.StatusSeeOther)
	settings, err = s.db.Settings(t.Context())
	if err != nil || settings.Enabled || settings.DefaultColor != 0 || settings.ConflictPolicy != models.PolicyCRM || settings.ClientID != clientID {
		t.Errorf("settings are %+v, %v", settings, err)
	}
}

func TestBadSecrets(t *testing.T) {
	s := newSite(t)
	web := `{"web":{"client_id":"` + clientID + `","client_secret":"GOCSPX-x","redirect_uris":["https://other.example/cb"]}}`
	for name, c := range map[string]struct {
		file []byte
		says []string
	}{
		"not JSON":        {[]byte("hello"), nil},
		"desktop client":  {[]byte(`{"installed":{"client_id":"a","client_secret":"b","redirect_uris":["http://localhost"]}}`), nil},
		"service account": {[]byte(`{"type":"service_account","private_key":"k"}`), nil},
		"foreign URI":     {[]byte(web), []string{s.redirectURI()}},
		"10 MB":           {bytes.Repeat([]byte("x"), 10<<20), nil},
		"100 KB":          {bytes.Repeat([]byte(" "), 100<<10), nil},
	} {
		t.Run(name, func(t *testing.T) {
			for _, locale := range []string{"ja", "en", "fr"} {
				s.t = t
				r := s.as(admin, locale).upload(c.file, url.Values{"enabled": {"on"}, "default_color": {"3"}})
				r.want(http.StatusUnprocessableEntity, append(c.says, text(locale, "form.invalid"), `id="client_secrets-error"`)...)
				settings, err := s.db.Settings(t.Context())
				if err != nil || settings.Enabled || settings.ClientID != "" || settings.DefaultColor != 0 {
					t.Fatalf("something changed: %+v, %v", settings, err)
				}
				if strings.Contains(r.body, ">secrets.") || strings.Contains(r.body, "invalid character") {
					t.Errorf("%s: the reason is no sentence:\n%s", locale, r.body)
				}
			}
		})
	}
}

func TestBadSettings(t *testing.T) {
	s := newSite(t)
	b := s.as(admin, "fr")
	for field, value := range map[string]string{"default_color": "12", "conflict_policy": "nobody", "window_past": "soon"} {
		r := b.upload(s.secrets(), url.Values{"enabled": {"on"}, field: {value}}).
			want(http.StatusUnprocessableEntity, `id="`+field+`-error"`)
		if field == "window_past" && !strings.Contains(r.body, `value="soon"`) {
			t.Error("what was typed is lost")
		}
		if settings, err := s.db.Settings(t.Context()); err != nil || settings.ClientID != "" || settings.Enabled {
			t.Errorf("%s=%s changed %+v, %v", field, value, settings, err)
		}
	}
}

func TestTypedCredentials(t *testing.T) {
	s := newSite(t)
	b := s.as(admin, "en")
	b.post("/settings/groupware", url.Values{"client_id": {"no client"}, "client_secret": {"hush-hush"}}).
		want(http.StatusUnprocessableEntity, "no client").without("hush-hush")
	b.post("/settings/groupware", url.Values{"client_id": {clientID}, "client_secret": {"GOCSPX-typed-secret"}}).want(http.StatusSeeOther)
	b.get("/settings/groupware").want(http.StatusOK, clientID, s.redirectURI()).without("GOCSPX-typed-secret")
}

func TestReplacingTheClientEndsLinks(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.as(tanaka, "ja").link("tanaka@example.com")
	b := s.as(admin, "ja")
	other := bytes.ReplaceAll(s.secrets(), []byte(clientID), []byte("9-other.apps.googleusercontent.com"))
	b.upload(other, url.Values{"enabled": {"on"}, "window_past": {"5"}}).
		want(http.StatusConflict, text("ja", "groupware.replace_confirm", "links", "1"), `name="replace"`)
	if settings, err := s.db.Settings(t.Context()); err != nil || settings.ClientID != clientID || settings.WindowPast == 5 {
		t.Errorf("settings are %+v, %v", settings, err)
	}
	b.upload(other, url.Values{"enabled": {"on"}, "replace": {"yes"}}).want(http.StatusSeeOther)
	if n, err := s.db.CountLinks(t.Context()); err != nil || n != 0 {
		t.Errorf("%d links, %v", n, err)
	}
}

func TestConnectionTest(t *testing.T) {
	s := newSite(t)
	s.enable()
	b := s.as(admin, "en")
	b.post("/settings/groupware/test", nil).want(http.StatusSeeOther)
	b.get("/settings/groupware").want(http.StatusOK, `id="checks"`, text("en", "check.state.ok"), text("en", "check.state.untested"))
	b.get("/settings/groupware").want(http.StatusOK).without(`id="checks"`)
}
