package handlers_test

import (
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"agcrm-google/sync/googletest"
)

// TestCalendarsOfToday: a calendar that was made at Google after linking can be
// chosen, and is offered from the next "synchronise now" on. Google is not asked
// for the list at every click.
func TestCalendarsOfToday(t *testing.T) {
	var ahead atomic.Int64
	begin := time.Now() // a clock that stands still until it is set on
	s := siteAt(t, func() time.Time { return begin.Add(time.Duration(ahead.Load())) })
	s.enable()
	account := s.google.AddAccount("tanaka@example.com")
	b := s.as(tanaka, "ja")
	b.link("tanaka@example.com")
	account.AddCalendar("team", "営業部", "owner", "Asia/Tokyo")
	choice := url.Values{"calendars": {"tanaka@example.com", "team"}, "target_calendar": {"team"}, "interval": {"5"}, "direction": {"both"}}
	b.post("/profile", choice).want(http.StatusSeeOther)
	b.get("/profile").want(http.StatusOK, "営業部")

	account.AddCalendar("family", "家族", "owner", "Asia/Tokyo")
	b.post("/profile/sync", nil).want(http.StatusSeeOther)
	b.get("/profile").want(http.StatusOK).without("家族") // asked within the minute
	ahead.Store(int64(2 * time.Minute))
	b.post("/profile/sync", nil).want(http.StatusSeeOther)
	b.get("/profile").want(http.StatusOK, "家族")

	ahead.Store(int64(4 * time.Minute))
	s.google.AddFault(googletest.Fault{Status: http.StatusServiceUnavailable}) // what was known has to do
	b.post("/profile", choice).want(http.StatusSeeOther)
	b.get("/profile").want(http.StatusOK, "営業部")
}
