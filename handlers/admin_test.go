package handlers_test

import (
	"net/http"
	"net/url"
	"testing"
)

func TestAdministratorsPages(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.as(tanaka, "ja").link("tanaka@example.com")
	for _, locale := range []string{"ja", "en", "fr"} {
		b := s.as(admin, locale)
		b.get("/settings/links").want(http.StatusOK, "田中太郎", "tanaka@example.com", text(locale, "health.unsaved"), text(locale, "health.none"))
		b.get("/settings/links?q=suzuki").want(http.StatusOK, "鈴木花子").without("田中太郎")
		b.get("/settings/users").want(http.StatusOK, "鈴木花子", "agcrm-google user import FILE.csv")
		b.get("/settings/history").want(http.StatusOK, text(locale, "history.empty"))
		b.get("/settings/system").want(http.StatusOK, "1.2.3", "Asia/Tokyo", s.url)
	}
}

func TestLinkActions(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.as(tanaka, "ja").link("tanaka@example.com")
	b := s.as(admin, "en")
	paused := func() bool {
		link, err := s.db.Link(t.Context(), tanaka)
		if err != nil {
			t.Fatal(err)
		}
		return link.Paused
	}
	b.post("/settings/links/2/pause", nil).want(http.StatusSeeOther).leadsTo("/agcrm_google/settings/links")
	if !paused() {
		t.Error("not paused")
	}
	b.get("/settings/links").want(http.StatusOK, text("en", "health.paused"), text("en", "links.paused", "name", "田中太郎"))
	b.post("/settings/links/2/resume", nil).want(http.StatusSeeOther)
	if paused() {
		t.Error("not resumed")
	}
	b.post("/settings/links/2/sync", nil).want(http.StatusSeeOther)
	b.post("/settings/links/3/sync", nil).want(http.StatusNotFound)
	b.post("/settings/links/99/pause", nil).want(http.StatusNotFound)
	b.post("/settings/links/tanaka/pause", nil).want(http.StatusNotFound)
	b.post("/settings/links/2/remove", nil).want(http.StatusSeeOther)
	if s.links() != 0 {
		t.Error("not removed")
	}
}

func TestHistoryAndHeldBelongToSomebody(t *testing.T) {
	s := newSite(t)
	b := s.as(suzuki, "en")
	b.post("/history/1/restore", nil).want(http.StatusNotFound)
	b.post("/held/1", url.Values{"decision": {"approve"}}).want(http.StatusNotFound)
	b.get("/history?before=abc").want(http.StatusOK)
}
