package views_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"agcrm-google/models"
	"agcrm-google/views"
)

func page(locale string) views.Page {
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		panic(err)
	}
	return views.Page{Locale: locale, Zone: zone, Now: time.Date(2026, 11, 21, 1, 0, 0, 0, time.UTC)}
}

func day(month time.Month, d int) time.Time { return time.Date(2026, month, d, 0, 0, 0, 0, time.UTC) }

func TestDates(t *testing.T) {
	for locale, want := range map[string][]string{
		"ja": {"2026年11月21日(土)", "2026年11月21日(土)", "2026年11月", "2026年11月1日(日)", "12,345", "2026/11/21 10:00"},
		"en": {"21 November 2026", "Saturday 21 November 2026", "November 2026", "1 November 2026", "12,345", "21/11/2026 10:00"},
		"fr": {"21 novembre 2026", "samedi 21 novembre 2026", "novembre 2026", "1er novembre 2026", "12 345", "21/11/2026 10:00"},
	} {
		p := page(locale)
		got := []string{p.Date(day(11, 21)), p.Day(day(11, 21)), p.Month(day(11, 21)), p.Date(day(11, 1)),
			strings.ReplaceAll(p.Number(12345), "\u00a0", " "), p.Moment(p.Now)}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: %q, want %q", locale, got[i], want[i])
			}
		}
	}
}

func TestArrange(t *testing.T) {
	at := func(d, hour, minute int) time.Time { return time.Date(2026, 11, d, hour, minute, 0, 0, time.UTC) }
	entries := []views.Entry{
		{ID: 1, Start: at(2, 14, 0), End: at(2, 15, 0)},
		{ID: 2, Start: at(2, 9, 0), End: at(3, 0, 0)},                     // ends at midnight: one day only
		{ID: 3, Start: at(1, 0, 0), End: at(3, 0, 0), AllDay: true},       // three days, inclusive
		{ID: 4, Start: at(2, 23, 0), End: at(3, 1, 0)},                    // over midnight
		{ID: 5, Start: at(3, 8, 0), End: at(3, 8, 0)},                     // no length
		{ID: 6, Start: at(3, 0, 0).AddDate(0, -1, 0), End: at(29, 23, 0)}, // begins before, ends after
	}
	days := views.Arrange(at(2, 0, 0), 2, at(3, 0, 0), entries)
	want := [][]int64{{3, 6, 2, 1, 4}, {3, 6, 4, 5}}
	for i, ids := range want {
		var got []int64
		for _, e := range days[i].Entries {
			got = append(got, e.ID)
		}
		if len(got) != len(ids) {
			t.Fatalf("day %d holds %v, want %v", i, got, ids)
		}
		for j := range ids {
			if got[j] != ids[j] {
				t.Errorf("day %d holds %v, want %v", i, got, ids)
			}
		}
	}
	if days[0].Today || !days[1].Today {
		t.Error("today is marked wrongly")
	}
}

func TestHealth(t *testing.T) {
	now := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	ok := models.Link{State: models.LinkActive, Saved: true, LastSuccessMS: now.UnixMilli()}
	with := func(change func(*models.Link)) *models.Link { l := ok; change(&l); return &l }
	for want, l := range map[string]*models.Link{
		"health.none":      nil,
		"health.ok":        &ok,
		"health.set":       with(func(l *models.Link) { l.LastSuccessMS = 0 }),
		"health.unsaved":   with(func(l *models.Link) { l.Saved = false }),
		"health.paused":    with(func(l *models.Link) { l.Paused = true }),
		"health.broken":    with(func(l *models.Link) { l.State, l.Paused = models.LinkBroken, true }),
		"health.unlinking": with(func(l *models.Link) { l.State = models.LinkUnlinking }),
		"health.failing":   with(func(l *models.Link) { l.Failures = 2 }),
		"health.waiting":   with(func(l *models.Link) { l.PauseUntilMS = now.Add(time.Hour).UnixMilli() }),
	} {
		if got := views.HealthOf(l, now).Key; got != want {
			t.Errorf("%s instead of %s", got, want)
		}
	}
}

// What came from people or from Google never becomes markup.
func TestEscaping(t *testing.T) {
	const evil = `"><script>alert(1)</script>`
	p := page("en")
	p.User = models.User{ID: 1, Name: evil}
	var html bytes.Buffer
	form := views.FormOf(models.Schedule{Subject: evil, Location: evil, Body: evil, TimeZone: evil}, nil)
	form.Problems = models.Problems{models.Invalid("time_zone", "schedule.zone_unknown", "zone", evil)}
	view := views.Appointment(p, views.AppointmentView{ID: 1, Form: form, Changed: &form, Users: []models.User{{ID: 2, Name: evil}}})
	if err := view.Render(context.Background(), &html); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(html.String(), "<script>alert") {
		t.Error("a typed text became markup")
	}
}

// The policy of the pages forbids inline scripts and styles; none may be written.
func TestNothingInline(t *testing.T) {
	var html bytes.Buffer
	view := views.Schedule(page("ja"), views.ScheduleView{Mode: "month", Date: day(11, 21), Days: views.Arrange(day(11, 1), 35, day(11, 21), nil)})
	if err := view.Render(context.Background(), &html); err != nil {
		t.Fatal(err)
	}
	for _, inline := range []string{" style=", "<style", " onclick=", "javascript:", "<script>"} {
		if strings.Contains(html.String(), inline) {
			t.Errorf("the page holds %q", inline)
		}
	}
}

// Administrators see of others' private appointments no more than everybody.
func TestHistoryHidesPrivateOnes(t *testing.T) {
	p := page("ja")
	p.User = models.User{ID: 1, Role: models.RoleAdmin}
	secret := func(id, user int64) models.HistoryEntry {
		return models.HistoryEntry{ID: id, UserID: user, Subject: fmt.Sprint("通院", user), Action: models.ActionUpdate,
			Before: models.Fields{"location": fmt.Sprint("病院", user), "private": "1"}, After: models.Fields{"location": "", "private": "0"}}
	}
	var html bytes.Buffer
	view := views.History(p, views.HistoryView{Entries: []models.HistoryEntry{secret(1, 1), secret(2, 2)}, Names: map[int64]string{1: "a", 2: "b"}})
	if err := view.Render(context.Background(), &html); err != nil {
		t.Fatal(err)
	}
	if text := html.String(); !strings.Contains(text, "通院1") || !strings.Contains(text, "病院1") || strings.Contains(text, "通院2") || strings.Contains(text, "病院2") {
		t.Error("the page does not hide exactly what is another's")
	}
}

func TestHistoryInWords(t *testing.T) {
	var html bytes.Buffer
	view := views.History(page("fr"), views.HistoryView{Entries: []models.HistoryEntry{{
		ID: 7, Action: models.ActionUpdate, Side: models.SideTable, Subject: "Réunion",
		Before: models.Fields{"subject": "Réunion", "time": "2026-11-21T10:00:00/2026-11-21T11:00:00/Europe/Paris", "private": "0", "odd": "x"},
		After:  models.Fields{"subject": "Réunion", "time": "2026-11-22/2026-11-23", "private": "1"},
	}}})
	if err := view.Render(context.Background(), &html); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"samedi 21 novembre 2026 10:00 – 11:00 Europe/Paris", "dimanche 22 novembre 2026 – lundi 23 novembre 2026, toute la journée", "Oui", "odd", "/history/7/restore"} {
		if !strings.Contains(html.String(), text) {
			t.Errorf("the page lacks %q", text)
		}
	}
}
