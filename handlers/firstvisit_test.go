package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
)

// hidden is the value of a hidden field.
func hidden(t *testing.T, r reply, name string) string {
	t.Helper()
	found := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(r.raw)
	if found == nil {
		t.Fatalf("the page has no field %s", name)
	}
	return found[1]
}

// Three steps lead to the first synchronisation, and nothing is synchronised
// before the third was taken.
func TestFirstVisit(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.google.AddAccount("tanaka@example.com").AddCalendar("team", "営業部", "owner", "Asia/Tokyo")
	b := s.as(tanaka, "en")
	b.get("/profile").want(http.StatusOK, text("en", "first.title"), text("en", "first.link_now"))
	b.link("tanaka@example.com")
	b.get("/profile").want(http.StatusOK, text("en", "first.choose_now"), text("en", "first.done")).without(text("en", "waits.title"))
	choice := url.Values{"calendars": {"team"}, "target_calendar": {"team"}, "interval": {"10"}, "preview": {"yes"}}
	b.post("/profile", choice).want(http.StatusSeeOther).leadsTo("/agcrm_google/profile/preview")
	link, err := s.db.Link(t.Context(), tanaka)
	if err != nil || link.Saved || link.Interval != 10 || link.TargetCalendar != "team" {
		t.Errorf("the link is %+v, %v", link, err)
	}
	b.get("/profile/preview").want(http.StatusOK, text("en", "first.preview_now"), text("en", "first.begin"))
	b.post("/profile/sync", nil, "Referer", s.url+"/agcrm_google/profile/preview").want(http.StatusSeeOther).leadsTo("/agcrm_google/profile")
	b.get("/profile").want(http.StatusOK, text("en", "progress.title")).without(text("en", "first.title"), text("en", "waits.title"))
	b.get("/profile/progress").want(http.StatusOK, text("en", "progress.waiting"), `id="progress"`)
	s.exec(`INSERT INTO schedules (id, owner_id, subject, start_at, end_at) VALUES (1, 2, 'done', '2099-11-21 10:00:00', '2099-11-21 11:00:00')`)
	s.exec(`INSERT INTO agcrm_google_pairs (user_id, sub, calendar_id, event_id, event_key, schedule_id, row_version, state, origin, created_ms, updated_ms)
SELECT 2, l.sub, 'team', 'e', 'e', s.id, s.row_version, 'live', 'google', 1, 1 FROM agcrm_google_links l JOIN schedules s ON s.owner_id = l.user_id WHERE l.user_id = 2`)
	b.get("/profile/progress").want(http.StatusOK, text("en", "progress.between", "done", "1"))
	s.exec(`UPDATE agcrm_google_links SET lease_owner = 'another process', lease_until_ms = 4102444800000`)
	b.get("/profile/progress").want(http.StatusOK, text("en", "progress.reading", "done", "1"))
	s.exec(`UPDATE agcrm_google_calendars SET sync_token = 't' WHERE selected = 1`)
	s.exec(`INSERT INTO schedules (owner_id, subject, start_at, end_at) VALUES (2, 'new', '2099-11-21 10:00:00', '2099-11-21 11:00:00')`)
	b.get("/profile").want(http.StatusOK, `max="2" value="1"`, text("en", "progress.writing", "done", "1", "total", "2"))
	s.exec(`UPDATE agcrm_google_links SET last_success_ms = 1795300000000`)
	b.get("/profile/progress").want(http.StatusSeeOther).leadsTo("/agcrm_google/profile")
	b.get("/profile").want(http.StatusOK).without(text("en", "progress.title"))
	s.as(suzuki, "en").get("/profile/progress").want(http.StatusSeeOther)
}

// A notice stands until its employee dismisses it; nobody else can.
func TestNotices(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.as(tanaka, "ja").link("tanaka@example.com")
	s.as(tanaka, "ja").post("/profile/sync", nil).want(http.StatusSeeOther)
	s.exec(`UPDATE agcrm_google_links SET last_success_ms = 1795300000000`)
	s.exec(`INSERT INTO agcrm_google_notices (id, user_id, schedule_id, subject, event_link, created_ms) VALUES
(7, 2, 1, '商談', 'https://calendar.google.com/calendar/event?eid=x', 1795300000000), (8, 2, 2, '', 'javascript:alert(1)', 1795300000000)`)
	for _, locale := range []string{"ja", "en", "fr"} {
		s.as(tanaka, locale).get("/profile").want(http.StatusOK, "商談", text(locale, "notice.guests_not_told"), text(locale, "waits.open_google"),
			`href="https://calendar.google.com/calendar/event?eid=x"`, text(locale, "schedule.no_subject")).without("javascript:", text(locale, "waits.nothing"))
	}
	s.as(suzuki, "en").post("/profile/notices/7/dismiss", nil).want(http.StatusSeeOther)
	b := s.as(tanaka, "en")
	b.get("/profile").want(http.StatusOK, "商談")
	b.post("/profile/notices/7/dismiss", nil).want(http.StatusSeeOther).leadsTo("/agcrm_google/profile#waits")
	b.post("/profile/notices/7/dismiss", nil).want(http.StatusSeeOther)
	b.post("/profile/notices/8/dismiss", nil).want(http.StatusSeeOther)
	b.get("/profile").want(http.StatusOK, text("en", "waits.nothing")).without("商談")
}

// What an administrator sees of many links: filters with counts, pages, and the
// list as it is filtered for a spreadsheet.
func TestLinksAreFiltered(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.crowd(smallCompany)
	b := s.as(admin, "en")
	all := b.get("/settings/links").want(http.StatusOK, text("en", "links.state."), text("en", "links.range", "first", "1", "last", "50", "total", "120"))
	all.want(http.StatusOK, "offset=50", text("en", "remedy.none"), text("en", "held.one_by_one", "count", "13"))
	b.get("/settings/links?offset=100").want(http.StatusOK, text("en", "links.range", "first", "101", "last", "120", "total", "120")).without("offset=150", text("en", "held.title"))
	b.get("/settings/links?state=broken").want(http.StatusOK, text("en", "remedy.broken"), `links.csv?state=broken`).without(text("en", "remedy.none"))
	b.get("/settings/links?state=nonsense&offset=-7").want(http.StatusOK, text("en", "links.range", "first", "1", "last", "50", "total", "120"))
	b.get("/settings/links?offset=5000").want(http.StatusOK, text("en", "links.empty"), "offset=100")
	csv := b.get("/settings/links.csv?state=broken").want(http.StatusOK, text("en", "remedy.broken"))
	csv.without("e0001")
	b.get("/settings/users?offset=100").want(http.StatusOK, "e0117").without("e0001")
}
