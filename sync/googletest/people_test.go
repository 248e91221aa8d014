package googletest_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"
)

func TestPeoplesPage(t *testing.T) {
	w := newWorld(t)
	w.tanaka.AddCalendar("team@group.calendar.google.com", "Team", "owner", "Asia/Tokyo")
	home := w.web.URL + "/ui/tanaka@example.com"
	tomorrow := w.clock.Now().In(time.FixedZone("JST", 9*3600)).AddDate(0, 0, 1).Format("2006-01-02")
	form := url.Values{"summary": {"見積 <b>"}, "location": {"Osaka"}, "start": {tomorrow + "T10:00"}, "end": {tomorrow + "T11:30"}, "color": {"11"}}
	if status, location := w.post(home+"/add", form); status != http.StatusSeeOther || location != "/ui/tanaka@example.com" {
		t.Fatalf("%d %s", status, location)
	}
	ev := w.tanaka.Events("primary")[0]
	if ev.Summary != "見積 <b>" || ev.Start.DateTime != tomorrow+"T10:00:00+09:00" || ev.ColorId != "11" {
		t.Errorf("event %+v", ev)
	}
	status, page := w.get(home)
	for _, part := range []string{`http-equiv="refresh"`, `id="new"`, "見積 &lt;b&gt;", "Osaka", "10:00 – 11:30", "color-11", `data-event-id="` + ev.Id + `"`, "simulation"} {
		if status != 200 || !strings.Contains(page, part) {
			t.Errorf("%d, %s is missing in %s", status, part, page)
		}
	}
	_, page = w.get(home + "?new=1")
	for _, part := range []string{`name="summary"`, `name="location"`, `name="start"`, `name="end"`, `name="all_day"`, `id="add"`} {
		if !strings.Contains(page, part) || strings.Contains(page, "refresh") {
			t.Errorf("%s is missing in %s", part, page)
		}
	}
	_, page = w.get(home + "?calendar=tanaka@example.com&edit=" + ev.Id)
	if !strings.Contains(page, `value="`+tomorrow+`T10:00"`) || !strings.Contains(page, `id="save"`) {
		t.Errorf("page %s", page)
	}
	form.Set("event", ev.Id)
	form.Set("all_day", "on")
	form.Set("end", tomorrow+"T00:00")
	w.post(home+"/edit", form)
	if ev = w.tanaka.Event("primary", ev.Id); ev.Start.Date != tomorrow || ev.End.Date <= tomorrow || ev.Sequence != 1 {
		t.Errorf("event %+v", ev)
	}
	w.post(home+"/delete", url.Values{"event": {ev.Id}})
	if ev = w.tanaka.Event("primary", ev.Id); ev.Status != "cancelled" {
		t.Errorf("event %+v", ev)
	}
}

func TestPeoplesPageRefuses(t *testing.T) {
	w := newWorld(t)
	home := w.web.URL + "/ui/tanaka@example.com"
	ev := w.tanaka.Insert("primary", meeting("x"))
	for name, change := range map[string]func(url.Values){
		"no start":         func(form url.Values) { form.Set("start", "") },
		"end before start": func(form url.Values) { form.Set("end", "2026-12-01T09:00") },
		"no such calendar": func(form url.Values) { form.Set("calendar", "x") },
		"no such event":    func(form url.Values) { form.Set("event", "gone") },
	} {
		form := url.Values{"event": {ev.Id}, "summary": {"as typed"}, "start": {"2026-12-01T10:00"}, "end": {"2026-12-01T11:00"}}
		change(form)
		if status, page := w.post(home+"/edit", form); status != http.StatusUnprocessableEntity || !strings.Contains(page, `value="as typed"`) || !strings.Contains(page, `role="alert"`) {
			t.Errorf("%s: %d %s", name, status, page)
		}
	}
	if now := w.tanaka.Event("primary", ev.Id); now.Etag != ev.Etag {
		t.Error("a refused form changed the event")
	}
	if status, _ := w.get(w.web.URL + "/ui/nobody@example.com"); status != 404 {
		t.Errorf("status %d", status)
	}
	if status, page := w.get(w.web.URL + "/ui/"); status != 200 || !strings.Contains(page, "tanaka@example.com") {
		t.Errorf("%d %s", status, page)
	}
	if status, css := w.get(w.web.URL + "/ui/style.css"); status != 200 || !strings.Contains(css, ".event") {
		t.Errorf("%d %s", status, css)
	}
}

func TestPeoplesPageShowsSeriesAndInvitations(t *testing.T) {
	i := newInvitation(t, func(ev *calendar.Event) {
		ev.Start.TimeZone, ev.End.TimeZone = "Asia/Tokyo", "Asia/Tokyo"
		ev.Recurrence = []string{"RRULE:FREQ=WEEKLY;COUNT=4"}
	})
	_, page := i.get(i.web.URL + "/ui/sato@example.com")
	if strings.Count(page, "Repeats") != 4 || !strings.Contains(page, "Invited") {
		t.Errorf("page %s", page)
	}
	second := i.event.Id + "_20261208T010000Z"
	i.post(i.web.URL+"/ui/tanaka@example.com/edit", url.Values{"event": {second}, "summary": {"Once"}, "start": {"2026-12-08T10:00"}, "end": {"2026-12-08T11:00"}})
	if now := i.tanaka.Event("primary", second); now.Summary != "Once" || now.Sequence != 0 {
		t.Errorf("occurrence %+v", now)
	}
}
