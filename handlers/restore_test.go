package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
	calsync "agcrm-google/sync"
)

// synced is a site where tanaka has one appointment, which stands on both sides.
func synced(t *testing.T) (s *site, b *browser, row models.Schedule, event *calendar.Event) {
	t.Helper()
	s = newSite(t)
	s.enable()
	b = s.as(tanaka, "ja")
	b.link("tanaka@example.com")
	b.post("/profile", url.Values{"calendars": {"tanaka@example.com"}, "target_calendar": {"tanaka@example.com"}, "interval": {"5"}}).want(http.StatusSeeOther)
	start := models.WallClock(time.Now()).AddDays(3)
	id, err := s.db.CreateSchedule(t.Context(), models.Schedule{OwnerID: tanaka, Subject: "商談", Location: "品川", StartAt: start, EndAt: start, Busy: true})
	if err != nil {
		t.Fatal(err)
	}
	s.sync()
	if row, err = s.db.Schedule(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	events := s.google.Account("tanaka@example.com").Events("tanaka@example.com")
	if len(events) != 1 || events[0].Summary != "商談" {
		t.Fatalf("%d events", len(events))
	}
	return s, b, row, events[0]
}

// sync runs tanaka's link once.
func (s *site) sync() {
	s.t.Helper()
	if _, err := s.service.SyncUser(s.t.Context(), tanaka, calsync.RunOptions{}); err != nil {
		s.t.Fatal(err)
	}
}

// restoreButtons are the paths of the buttons that bring something back.
func restoreButtons(r reply) []string {
	var paths []string
	for _, found := range regexp.MustCompile(`action="/agcrm_google(/history/\d+/restore)"`).FindAllStringSubmatch(r.raw, -1) {
		paths = append(paths, found[1])
	}
	return paths
}

// What Google overwrote comes back on both sides, once, however often the
// button is pressed.
func TestBringBackWhatWasOverwritten(t *testing.T) {
	s, b, row, event := synced(t)
	account := s.google.Account("tanaka@example.com")
	account.Edit("tanaka@example.com", event.Id, func(ev *calendar.Event) { ev.Summary, ev.Location = "中止", "" })
	s.sync()
	page := b.get("/history").want(http.StatusOK, "中止", "品川", text("ja", "history.bring_back"))
	buttons := restoreButtons(page)
	if len(buttons) != 1 {
		t.Fatalf("buttons %v", buttons)
	}
	s.as(suzuki, "ja").post(buttons[0], nil).want(http.StatusForbidden, text("ja", "error.not_yours"))
	from := s.url + "/agcrm_google/history?before=99999"
	for range 2 { // a double click
		b.post(buttons[0], nil, "Referer", from).want(http.StatusSeeOther).leadsTo("/agcrm_google/history?before=99999")
	}
	if got, err := s.db.Schedule(t.Context(), row.ID); err != nil || got.Subject != "商談" || got.Location != "品川" {
		t.Errorf("the row is %+v, %v", got, err)
	}
	page = b.get("/history").want(http.StatusOK, text("ja", "history.restored_note"))
	if left := restoreButtons(page); len(left) != 0 {
		t.Errorf("it can be brought back again: %v", left)
	}
	s.sync()
	if ev := account.Event("tanaka@example.com", event.Id); ev.Summary != "商談" || ev.Location != "品川" {
		t.Errorf("the event is %s in %s", ev.Summary, ev.Location)
	}
}

// What was deleted on either side comes back as one row and one event.
func TestBringBackWhatWasDeleted(t *testing.T) {
	for name, remove := range map[string]func(s *site, row models.Schedule, event *calendar.Event) error{
		"in Google": func(s *site, _ models.Schedule, ev *calendar.Event) error {
			s.google.Account("tanaka@example.com").Delete("tanaka@example.com", ev.Id)
			return nil
		},
		"in the table": func(s *site, row models.Schedule, _ *calendar.Event) error {
			return s.db.DeleteAppointment(s.t.Context(), row.ID, row.RowVersion)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, b, row, event := synced(t)
			if err := remove(s, row, event); err != nil {
				t.Fatal(err)
			}
			s.sync()
			buttons := restoreButtons(b.get("/history").want(http.StatusOK))
			if len(buttons) != 1 {
				t.Fatalf("buttons %v", buttons)
			}
			b.post(buttons[0], nil).want(http.StatusSeeOther)
			b.post(buttons[0], nil).want(http.StatusSeeOther)
			s.sync()
			rows, err := s.db.SchedulesBetween(t.Context(), []int64{tanaka}, models.WallDate(2000, 1, 1), models.WallDate(2100, 1, 1))
			if err != nil || len(rows) != 1 || rows[0].Subject != "商談" || rows[0].Location != "品川" {
				t.Errorf("rows %+v, %v", rows, err)
			}
			living := 0
			for _, ev := range s.google.Account("tanaka@example.com").Events("tanaka@example.com") {
				if ev.Status != "cancelled" {
					living++
				}
			}
			if living != 1 {
				t.Errorf("%d living events", living)
			}
		})
	}
}

// Where nothing can be brought back any more, the page says why and leads back
// to where the button stood.
func TestBringBackIsRefused(t *testing.T) {
	s, b, row, event := synced(t)
	s.google.Account("tanaka@example.com").Edit("tanaka@example.com", event.Id, func(ev *calendar.Event) { ev.Summary = "中止" })
	s.sync()
	button := restoreButtons(b.get("/history").want(http.StatusOK))[0]
	fresh, err := s.db.Schedule(t.Context(), row.ID)
	if err == nil {
		err = s.db.DeleteAppointment(t.Context(), row.ID, fresh.RowVersion)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, locale := range []string{"ja", "en", "fr"} {
		who := s.as(tanaka, locale)
		who.post(button, nil, "Referer", s.url+"/agcrm_google/history").want(http.StatusConflict, text(locale, "history.row_gone"), `href="/agcrm_google/history"`)
		who.post("/history/999999/restore", nil).want(http.StatusNotFound)
	}
	s.exec(`UPDATE agcrm_google_history SET before_json = '' WHERE id = ?`, strings.Split(button, "/")[2])
	b.post(button, nil).want(http.StatusUnprocessableEntity, text("ja", "history.nothing_to_restore"))
}
