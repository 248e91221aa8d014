package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"time"

	"agcrm-google/models"
	calsync "agcrm-google/sync"
)

// Each appointment says how it stands with Google.
func TestBadges(t *testing.T) {
	s := newSite(t)
	s.enable()
	day := time.Now().In(time.FixedZone("JST", 9*3600)).AddDate(0, 0, 2)
	at := func(hour int) models.Wall {
		return models.WallClock(time.Date(day.Year(), day.Month(), day.Day(), hour, 0, 0, 0, time.UTC))
	}
	row := s.add(models.Schedule{OwnerID: tanaka, Subject: "商談", StartAt: at(10), EndAt: at(11), Busy: true})
	b := s.as(tanaka, "ja")
	list := "/schedule?view=list&date=" + day.Format(time.DateOnly)
	of := func(r models.Schedule) string { return fmt.Sprintf("/schedule/%d", r.ID) }
	synced, pending := text("ja", "badge.synced"), text("ja", "badge.pending")
	b.get(list).want(http.StatusOK, "商談").without(synced, pending)
	b.link("tanaka@example.com")
	b.get(list).want(http.StatusOK).without(synced, pending) // not begun yet

	run := func() {
		t.Helper()
		if _, err := s.service.SyncUser(t.Context(), tanaka, calsync.RunOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.db.WakeLink(t.Context(), tanaka, true); err != nil {
		t.Fatal(err)
	}
	b.get(of(row)).want(http.StatusOK, pending)
	run()
	b.get(of(row)).want(http.StatusOK, synced)
	b.get(list).want(http.StatusOK, synced)
	form := full()
	form.Set("start_at", at(12).Format("2006-01-02T15:04"))
	form.Set("end_at", at(13).Format("2006-01-02T15:04"))
	form.Del("participants")
	b.post(of(row), form).want(http.StatusSeeOther)
	b.get(of(row)).want(http.StatusOK, pending).without(synced)
	run()
	b.get(of(row)).want(http.StatusOK, synced)
	s.as(suzuki, "ja").get(list+"&"+url.Values{"user": {"2"}}.Encode()).want(http.StatusOK).without(synced, pending)

	for what, key := range map[string]string{"kept = 1, read_only = 0": "appointment.guests", "kept = 1, read_only = 1": "appointment.foreign"} {
		s.exec("UPDATE agcrm_google_pairs SET " + what)
		b.get(of(row)).want(http.StatusOK, synced, text("ja", key))
	}
}
