package handlers_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// badForm is a form with what a person typed into it, and what of that comes
// back with a fault; faulty values are by field, with the key of the reason.
type badForm struct {
	path   string
	good   url.Values
	back   []string // in the page that comes back, as HTML
	faults map[string][]badValue
}

type badValue struct {
	value, key string
	pairs      []string
}

func one(key string, values ...string) []badValue {
	var list []badValue
	for _, value := range values {
		list = append(list, badValue{value: value, key: key})
	}
	return list
}

// badForms are the forms beside the schedule's, each field with what it refuses.
// Files, and what surrounds them, are in TestBadSecrets.
var badForms = []badForm{
	{
		path: "/profile",
		good: url.Values{"calendars": {"team"}, "target_calendar": {"team"}, "interval": {"17"}, "direction": {"to_google"},
			"color": {"7"}, "locale": {"fr"}, "time_zone": {"Europe/Paris"}},
		back: []string{`value="team" checked`, `value="17"`, `value="to_google" selected`, `value="7" checked`, `value="fr" selected`, `value="Europe/Paris"`},
		faults: map[string][]badValue{
			"calendars":       one("profile.calendar_unknown", "stranger", "<b>"),
			"target_calendar": one("profile.target_unticked", "tanaka@example.com", ""),
			"interval":        one("profile.interval_range", "0", "61", "-5", "１００", "5.5", "soon", "", "99999999999999999999"),
			"direction":       one("profile.direction_unknown", "sideways", ""),
			"color":           one("profile.color_unknown", "12", "-1", "red"),
			"locale":          one("user.locale_invalid", "de", "日本語"),
			"time_zone":       {{"Mars/Base", "user.time_zone_invalid", []string{"zone", "Mars/Base"}}, {"JST+9", "user.time_zone_invalid", []string{"zone", "JST+9"}}},
		},
	}, {
		path: "/profile/password",
		good: url.Values{"current": {password}, "password": {"a long new password"}},
		faults: map[string][]badValue{
			"current":  one("password.wrong", "not the one", ""),
			"password": {{"short", "password.short", []string{"min", "10"}}, {strings.Repeat("長", 201), "password.long", []string{"max", "200"}}},
		},
	}, {
		path: "/profile/unlink",
		good: url.Values{"google_events": {"delete"}, "schedules": {"delete"}},
		back: []string{`name="google_events" value="delete" checked`, `name="schedules" value="delete" checked`},
		faults: map[string][]badValue{
			"google_events": one("unlink.choice", "", "burn"),
			"schedules":     one("unlink.choice", "", "burn"),
		},
	}, {
		path: "/profile/link/paste",
		faults: map[string][]badValue{
			"url": one("link.paste_unreadable", "", "%zz"),
		},
	}, {
		path: "/settings/groupware",
		good: url.Values{"enabled": {"on"}, "default_color": {"3"}, "conflict_policy": {"crm"}, "window_past": {"45"},
			"client_id": {"77-other.apps.googleusercontent.com"}, "client_secret": {"GOCSPX-typed"}},
		back: []string{`name="enabled" value="on" checked`, `value="3" checked`, `value="crm" selected`, `value="45"`, `value="77-other.apps.googleusercontent.com"`},
		faults: map[string][]badValue{
			"default_color":   one("settings.color_invalid", "12", "0", "blue"),
			"conflict_policy": one("settings.policy_invalid", "nobody", ""),
			"window_past":     {{"-1", "settings.window_invalid", []string{"max", "3650"}}, {"3651", "settings.window_invalid", []string{"max", "3650"}}, {"三十", "settings.window_invalid", []string{"max", "3650"}}},
			"client_id":       one("secrets.id_missing", ""),
			"client_secret":   one("secrets.secret_missing", ""),
		},
	},
}

// Every form comes back with what was typed and the reason beside the field, in
// each language, and nothing of it is kept.
func TestBadInput(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.google.AddAccount("tanaka@example.com").AddCalendar("team", "営業部", "owner", "Asia/Tokyo")
	s.as(tanaka, "ja").link("tanaka@example.com")
	for _, locale := range []string{"ja", "en", "fr"} {
		employee, boss := s.as(tanaka, locale), s.as(admin, locale)
		for _, form := range badForms {
			who := employee
			if strings.HasPrefix(form.path, "/settings") {
				who = boss
			}
			for field, values := range form.faults {
				for _, bad := range values {
					typed := maps.Clone(form.good)
					if typed == nil {
						typed = url.Values{}
					}
					typed[field] = []string{bad.value}
					r := who.post(form.path, typed)
					checkRefused(t, locale, form, field, bad, r)
				}
			}
		}
	}
	link, err := s.db.Link(t.Context(), tanaka)
	if err != nil || link.Interval != 5 || link.Saved {
		t.Errorf("the link is %+v, %v", link, err)
	}
	settings, err := s.db.Settings(t.Context())
	if err != nil || settings.DefaultColor != 0 || settings.WindowPast != 30 {
		t.Errorf("the settings are %+v, %v", settings, err)
	}
	s.as(tanaka, "en") // the password is the same
}

func checkRefused(t *testing.T, locale string, form badForm, field string, bad badValue, r reply) {
	t.Helper()
	name := locale + " " + form.path + " " + field + "=" + bad.value
	if r.status != http.StatusUnprocessableEntity {
		t.Errorf("%s: status %d", name, r.status)
		return
	}
	beside := between(r.body, `id="`+field+`-error"`, "</div>")
	if want := text(locale, bad.key, bad.pairs...); !strings.Contains(beside, want) {
		t.Errorf("%s: %q does not stand beside the field, but %q", name, want, beside)
	}
	if !strings.Contains(r.body, `role="alert"`) && form.path != "/profile/link/paste" {
		t.Errorf("%s: nothing above the form says that it was refused", name)
	}
	for _, typed := range form.back {
		ofField := strings.Contains(typed, `"`+form.good.Get(field)+`"`)
		if !ofField && !strings.Contains(r.raw, typed) {
			t.Errorf("%s: %s did not come back", name, typed)
		}
	}
	shown := []string{"interval", "time_zone", "window_past", "client_id"}
	if slices.Contains(shown, field) && !strings.Contains(r.body, `value="`+bad.value+`"`) {
		t.Errorf("%s: what was typed did not come back", name)
	}
	for _, secret := range []string{"a long new password", "not the one", "GOCSPX-typed", password} {
		if strings.Contains(r.body, secret) {
			t.Errorf("%s: a secret came back", name)
		}
	}
}

// between is what stands in a page from one text to the next of another.
func between(page, from, to string) string {
	_, rest, _ := strings.Cut(page, from)
	inside, _, _ := strings.Cut(rest, to)
	return inside
}
