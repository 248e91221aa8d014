package handlers_test

import (
	"net/http"
	"net/url"
	"testing"
)

// Every fault of a form is told at once, beside its field.
func TestEveryFaultAtOnce(t *testing.T) {
	s := newSite(t)
	s.enable()
	b := s.as(tanaka, "ja")
	b.link("tanaka@example.com")
	b.post("/profile", url.Values{"calendars": {"tanaka@example.com"}, "interval": {"61"}, "time_zone": {"Tokio"}, "direction": {"up"}}).
		want(http.StatusUnprocessableEntity, `id="interval-error"`, `id="time_zone-error"`, `id="direction-error"`, `value="61"`, `value="Tokio"`, text("ja", "profile.interval_range"))
	if link, err := s.db.Link(t.Context(), tanaka); err != nil || link.Interval != 5 || link.Saved {
		t.Errorf("%+v, %v", link, err)
	}
	s.as(admin, "fr").post("/settings/groupware", url.Values{"client_id": {"x y"}, "client_secret": {"z9z"}, "window_past": {"-3"}, "conflict_policy": {"coin"}}).
		want(http.StatusUnprocessableEntity, `id="client_id-error"`, `id="window_past-error"`, `id="conflict_policy-error"`).without("z9z")
}

// "Synchronise now" never promises what does not come.
func TestSyncNowSaysWhatKeepsIt(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.as(tanaka, "ja").link("tanaka@example.com")
	b := s.as(admin, "en")
	list := "/agcrm_google/settings/links?q=tanaka&offset=0"
	press := func() reply { return b.post("/settings/links/2/sync", nil, "Referer", s.url+list) }

	press().want(http.StatusSeeOther).leadsTo(list)
	b.get("/settings/links").want(http.StatusOK, text("en", "links.syncing", "name", "田中太郎"), "/2/sync")
	s.exec(`UPDATE agcrm_google_links SET paused = 1`)
	press().want(http.StatusSeeOther)
	b.get("/settings/links").want(http.StatusOK, text("en", "profile.paused"), "/2/resume").without(text("en", "links.syncing", "name", "田中太郎"), "/2/sync")
	s.as(tanaka, "en").get("/profile").want(http.StatusOK, text("en", "profile.paused")).without(`action="/agcrm_google/profile/sync"`)
	s.exec(`UPDATE agcrm_google_links SET paused = 0, state = 'broken', error_key = 'link.grant_dead'`)
	press().want(http.StatusConflict, text("en", "links.not_running", "name", "田中太郎"), `href="`+list+`"`)
	b.get("/settings/links").want(http.StatusOK, "/2/remove").without("/2/sync")
	s.exec(`UPDATE agcrm_google_links SET state = 'active', error_key = ''`)
	s.exec(`UPDATE users SET disabled = 1 WHERE id = 2`)
	press().want(http.StatusConflict)
	b.get("/settings/links").want(http.StatusOK, text("en", "links.disabled")).without("/2/sync", text("en", "health.set"))
	s.exec(`UPDATE users SET disabled = 0 WHERE id = 2`)
	s.exec(`UPDATE agcrm_google_settings SET enabled = 0`)
	press().want(http.StatusSeeOther)
	b.get("/settings/links").want(http.StatusOK, text("en", "profile.disabled"))
}

// What is not in order stands among what waits for the employee, and does not
// pass for "nothing".
func TestTroubleIsAmongWhatWaits(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.google.AddAccount("tanaka@example.com").AddCalendar("team", "営業部", "owner", "Asia/Tokyo")
	b := s.as(tanaka, "en")
	b.link("tanaka@example.com")
	s.exec(`UPDATE agcrm_google_links SET saved = 1, last_success_ms = 1795300000000`)
	b.get("/profile").want(http.StatusOK, text("en", "waits.nothing"))
	s.exec(`UPDATE agcrm_google_links SET failures = 1, error_key = 'google.api_off'`)
	b.get("/profile").want(http.StatusOK, text("en", "waits.failing"), text("en", "google.api_off")).without(text("en", "waits.nothing"))
	s.exec(`UPDATE agcrm_google_links SET paused = 1`)
	b.get("/profile").want(http.StatusOK, text("en", "profile.paused")).without(text("en", "waits.failing")) // nothing is tried again
	s.exec(`UPDATE agcrm_google_links SET paused = 0, failures = 0, error_key = ''`)
	s.exec(`UPDATE agcrm_google_calendars SET lost = 1 WHERE calendar_id = 'team'`)
	b.get("/profile").want(http.StatusOK, text("en", "waits.nothing")) // it was not ticked
	s.exec(`UPDATE agcrm_google_calendars SET selected = 1 WHERE calendar_id = 'team'`)
	b.get("/profile").want(http.StatusOK, text("en", "waits.lost", "calendar", "営業部")).without(text("en", "waits.nothing"))
	s.exec(`UPDATE agcrm_google_links SET state = 'unlinking'`)
	b.get("/profile").want(http.StatusOK, text("en", "profile.unlinking"))
}
