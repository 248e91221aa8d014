package handlers_test

import (
	"net/http"
	"testing"

	"agcrm-google/models"
)

// A link that must be linked again is told to administrators on every page
// until it is resolved, to its owner, and to nobody else.
func TestBrokenLinksAreTold(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.as(tanaka, "ja").link("tanaka@example.com")
	s.as(suzuki, "ja").link("suzuki@example.com")
	pages := []string{"/schedule", "/profile", "/history", "/settings/groupware", "/settings/links", "/settings/users", "/settings/history", "/settings/system"}
	boss := s.as(admin, "en")
	for _, path := range pages {
		boss.get(path).want(http.StatusOK).without("state=broken\"")
	}
	boss.get(s.url+"/metrics").want(http.StatusOK, "agcrm_google_links 2\n", "agcrm_google_links_broken 0\n", "agcrm_google_held_deletions 0\n")

	if err := s.db.BreakLink(t.Context(), tanaka, models.Say("link.grant_dead")); err != nil {
		t.Fatal(err)
	}
	for _, locale := range []string{"ja", "en", "fr"} {
		b := s.as(admin, locale)
		for _, path := range pages {
			b.get(path).want(http.StatusOK, text(locale, "links.broken_note", "count", "1"), `href="/agcrm_google/settings/links?state=broken"`)
		}
	}
	boss.get("/settings/links?state=broken").want(http.StatusOK, "tanaka@example.com").without("suzuki@example.com")
	boss.get(s.url+"/metrics").want(http.StatusOK, "agcrm_google_links 2\n", "agcrm_google_links_broken 1\n")
	s.as(tanaka, "en").get("/schedule").want(http.StatusOK, text("en", "link.broken")).without("settings/links")
	s.as(suzuki, "en").get("/schedule").want(http.StatusOK).without(text("en", "link.broken"), "settings/links")

	if err := s.db.SetDisabled(t.Context(), tanaka, true); err != nil {
		t.Fatal(err)
	}
	boss.get("/schedule").want(http.StatusOK).without("state=broken\"") // nobody is left who could link again
	if err := s.db.SetDisabled(t.Context(), tanaka, false); err != nil {
		t.Fatal(err)
	}
	s.as(tanaka, "ja").link("tanaka@example.com")
	boss.get("/schedule").want(http.StatusOK).without("state=broken\"")
}
