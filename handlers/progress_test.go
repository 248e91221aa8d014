package handlers_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	calsync "agcrm-google/sync"
	"agcrm-google/sync/googletest"
)

// While Google is being read, the employee sees how much has been read so far
// and in which calendar, can leave, and finds the same when coming back.
func TestProgressWhileGoogleIsRead(t *testing.T) {
	s := newSite(t)
	s.enable()
	account := s.google.AddAccount("tanaka@example.com")
	account.AddCalendar("team", "営業部", "owner", "Asia/Tokyo")
	for i := range 3 {
		at := func(hour int) *calendar.EventDateTime {
			return &calendar.EventDateTime{DateTime: time.Now().AddDate(0, 0, i+1).Truncate(24 * time.Hour).Add(time.Duration(hour) * time.Hour).Format(time.RFC3339)}
		}
		account.Insert("tanaka@example.com", &calendar.Event{Summary: "会議", Start: at(1), End: at(2)})
		account.Insert("team", &calendar.Event{Summary: "展示会", Start: at(3), End: at(4)})
	}
	s.google.SetPageSize(2)
	b := s.as(tanaka, "ja")
	b.link("tanaka@example.com")
	b.post("/profile", url.Values{"calendars": {"team", "tanaka@example.com"}, "target_calendar": {"team"}, "interval": {"5"}}).want(http.StatusSeeOther)

	there, goOn := make(chan bool), make(chan bool)
	s.google.AddFault(googletest.Fault{Match: func(r *http.Request) bool {
		if strings.Contains(r.URL.Path, "/calendars/team/events") && r.URL.Query().Get("pageToken") != "" && r.Method == http.MethodGet {
			there <- true
			<-goOn
		}
		return false // it is only slow
	}})
	ended := make(chan error, 1)
	go func() {
		_, err := s.service.SyncUser(t.Context(), tanaka, calsync.RunOptions{})
		ended <- err
	}()
	<-there // the first calendar is read, and two events of the second
	want := text("ja", "progress.reading_google", "calendar", "2", "calendars", "2", "read", "5")
	b.get("/profile").want(http.StatusOK, want)
	b.get("/history").want(http.StatusOK)
	b.get("/profile/progress").want(http.StatusOK, want).without(" max=")
	goOn <- true
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	b.get("/profile/progress").want(http.StatusSeeOther).leadsTo("/agcrm_google/profile")
	if _, err := s.service.SyncUser(t.Context(), tanaka, calsync.RunOptions{}); err != nil {
		t.Fatal(err)
	}
	if p, known := s.service.Reading(tanaka); known {
		t.Errorf("the second run leaves %+v", p)
	}
}
