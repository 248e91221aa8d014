package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"agcrm-google/models"
)

// What was dragged opens as a form with the new times; nothing is saved yet.
func TestMovedForm(t *testing.T) {
	s := newSite(t)
	b := s.as(tanaka, "ja")
	row := s.add(models.Schedule{OwnerID: tanaka, Subject: "商談", StartAt: wall("2026-11-20T10:00"), EndAt: wall("2026-11-20T11:00")})
	path := fmt.Sprintf("/schedule/%d", row.ID)
	b.get(path+"?shift=-1455&stretch=30").want(http.StatusOK, `value="2026-11-19T09:45"`, `value="2026-11-19T11:15"`, text("ja", "schedule.moved_hint"))
	for _, odd := range []string{"", "?shift=0", "?shift=x&stretch=1e9", "?shift=99999999999", "?shift=-600000"} {
		b.get(path+odd).want(http.StatusOK, `value="2026-11-20T10:00"`, `value="2026-11-20T11:00"`).without(text("ja", "schedule.moved_hint"))
	}
	days := s.add(models.Schedule{OwnerID: tanaka, AllDay: true, StartAt: wall("2026-11-30"), EndAt: wall("2026-12-01")})
	b.get(fmt.Sprintf("/schedule/%d?shift=1440", days.ID)).want(http.StatusOK, `value="2026-12-01"`, `value="2026-12-02"`)
	weekly := s.add(models.Schedule{OwnerID: tanaka, StartAt: wall("2026-11-04T10:00"), EndAt: wall("2026-11-04T11:00"), Recurrence: "RRULE:FREQ=WEEKLY"})
	b.get(fmt.Sprintf("/schedule/%d?occurrence=2026-11-18T10:00&shift=60", weekly.ID)).
		want(http.StatusOK, `value="2026-11-18T11:00"`, `name="occurrence" value="2026-11-18T10:00"`, text("ja", "schedule.scope"))
	s.as(suzuki, "ja").get(path+"?shift=60").want(http.StatusOK, "10:00").without("12:00", text("ja", "schedule.moved_hint"))
	if now, err := s.db.Schedule(t.Context(), row.ID); err != nil || now != row {
		t.Errorf("looking at the form changed the row: %+v, %v", now, err)
	}
}

// Only the reader's own appointments can be dragged, with the version read.
func TestMovable(t *testing.T) {
	s := newSite(t)
	own := s.add(models.Schedule{OwnerID: tanaka, StartAt: wall("2026-11-20T10:00"), EndAt: wall("2026-11-20T11:00")})
	s.add(models.Schedule{OwnerID: tanaka, StartAt: wall("2026-11-20T12:00"), EndAt: wall("2026-11-20T13:00"), Recurrence: "RRULE:FREQ=HOURLY;BYEASTER=1"})
	other := s.add(models.Schedule{OwnerID: suzuki, StartAt: wall("2026-11-20T14:00"), EndAt: wall("2026-11-20T15:00")})
	if err := s.db.SetParticipants(t.Context(), other.ID, []int64{tanaka}); err != nil {
		t.Fatal(err)
	}
	for _, view := range []string{"month", "week", "day"} {
		page := s.as(tanaka, "ja").get("/schedule?date=2026-11-20&view="+view).want(http.StatusOK,
			fmt.Sprintf(`data-move="2026-11-20T10:00" data-until="2026-11-20T11:00" data-version="%d"`, own.RowVersion))
		if n := strings.Count(page.body, "data-move"); n != 1 {
			t.Errorf("%s: %d appointments can be moved, want 1", view, n)
		}
	}
	if page := s.as(suzuki, "ja").get("/schedule?date=2026-11-20&view=week&user=2"); strings.Count(page.body, "data-move") != 1 {
		t.Error("in a colleague's schedule the own appointment can be moved, and no other")
	}
}

// A form leads back to the schedule it was opened from, and to no other place.
func TestBackToTheSchedule(t *testing.T) {
	s := newSite(t)
	b := s.as(tanaka, "en")
	from := s.url + "/agcrm_google/schedule?view=week&date=2026-11-20&user=2&user=3&user=x&next=evil"
	b.do(http.MethodGet, "/schedule/new?date=2026-11-21", "", nil, "Referer", from).
		want(http.StatusOK, `name="back" value="user=2&user=3&view=week"`, `href="/agcrm_google/schedule?date=2026-11-21&user=2&user=3&view=week"`)
	b.do(http.MethodGet, "/schedule/new", "", nil, "Referer", "https://example.com/?view=week").want(http.StatusOK, `name="back" value=""`)
	form := full()
	form.Set("back", "view=week&user=2&user=3&date=1999-01-01")
	b.post("/schedule", form).want(http.StatusSeeOther).leadsTo("/agcrm_google/schedule?date=2026-11-21&user=2&user=3&view=week")
	row := s.rows(tanaka)[0]
	for _, odd := range []string{"view=https://example.com", "%zz", "view=month;x"} {
		form.Set("back", odd)
		form.Set("row_version", fmt.Sprint(s.rows(tanaka)[0].RowVersion))
		b.post(fmt.Sprintf("/schedule/%d", row.ID), form).want(http.StatusSeeOther).leadsTo("/agcrm_google/schedule?date=2026-11-21")
	}
}

// The week of several people has a row for each of them.
func TestWeekOfPeople(t *testing.T) {
	s := newSite(t)
	s.add(models.Schedule{OwnerID: tanaka, Subject: "商談", StartAt: wall("2026-11-20T10:00"), EndAt: wall("2026-11-20T11:00")})
	s.add(models.Schedule{OwnerID: suzuki, Subject: "出張", AllDay: true, StartAt: wall("2026-11-18"), EndAt: wall("2026-11-20")})
	page := s.as(tanaka, "ja").get("/schedule?view=week&date=2026-11-20&user=3&user=2").want(http.StatusOK, "span-3", "data-move")
	rows := strings.Split(page.body, `<th scope="row">`)
	if len(rows) != 3 || !strings.Contains(rows[1], "鈴木花子") || !strings.Contains(rows[1], "出張") || strings.Contains(rows[1], "商談") ||
		!strings.Contains(rows[2], "田中太郎") || !strings.Contains(rows[2], "商談") {
		t.Errorf("the rows are %q", rows[1:])
	}
	if strings.Contains(rows[1], `class="add"`) || !strings.Contains(rows[2], `class="add"`) {
		t.Error("one adds in the own row only")
	}
}

// Public holidays are named in every view and language.
func TestHolidaysAreNamed(t *testing.T) {
	s := newSite(t)
	for locale, name := range map[string]string{"ja": "勤労感謝の日", "en": "Labour Thanksgiving Day", "fr": "Fête du travail"} {
		b := s.as(tanaka, locale)
		for _, view := range []string{"month", "week", "day", "list"} {
			b.get("/schedule?date=2026-11-23&view="+view).want(http.StatusOK, name)
		}
	}
}

// The repeat editor's sentence follows what is filled in.
func TestRuleSentence(t *testing.T) {
	s := newSite(t)
	ask := func(locale string, pairs ...string) reply {
		query := url.Values{"start_at": {"2026-11-20T10:00"}, "end_at": {"2026-11-20T11:00"}}
		for i := 0; i < len(pairs); i += 2 {
			query.Add(pairs[i], pairs[i+1])
		}
		return s.as(tanaka, locale).get("/schedule/rule?" + query.Encode())
	}
	for locale, want := range map[string]string{"ja": "月・水", "en": "Mon", "fr": "lun"} {
		ask(locale, "repeat", "weekly", "repeat_days", "MO", "repeat_days", "WE").want(http.StatusOK, want)
	}
	ask("ja", "repeat", "ordinal").want(http.StatusOK, "第3金曜日")
	ask("ja", "repeat", "weekly", "repeat_count", "0").want(http.StatusOK, text("ja", "repeat.count_range", "max", "999"))
	ask("ja", "recurrence", "each day").want(http.StatusOK, text("ja", "schedule.recurrence_form"))
	for _, none := range []reply{ask("ja"), ask("ja", "repeat", ""), ask("ja", "repeat", "daily", "time_zone", "Mars/Base")} {
		none.want(http.StatusNoContent)
	}
	if got := s.browser("ja").get("/schedule/rule?repeat=daily"); got.status != http.StatusSeeOther {
		t.Errorf("without a session: %d", got.status)
	}
}

// A new appointment begins at the next full hour of today, by the reader's
// clock, and at nine on other days.
func TestNewAppointmentBegins(t *testing.T) {
	s := siteAt(t, func() time.Time { return time.Date(2026, 11, 18, 1, 20, 0, 0, time.UTC) }) // 10:20 in Tokyo
	b := s.as(tanaka, "ja")
	for query, want := range map[string]string{
		"": "2026-11-18T11:00", "?date=2026-11-18": "2026-11-18T11:00", "?date=2026-11-19": "2026-11-19T09:00",
		"?date=2026-11-18&time=14:00": "2026-11-18T14:00", "?date=nonsense": "2026-11-18T11:00",
	} {
		b.get("/schedule/new"+query).want(http.StatusOK, `name="start_at" value="`+want+`"`)
	}
	b.post("/profile", url.Values{"time_zone": {"Asia/Kolkata"}}).want(http.StatusSeeOther)
	b.get("/schedule/new").want(http.StatusOK, `name="start_at" value="2026-11-18T07:00"`)
}

// A form of an existing appointment that is sent twice is carried out once, and
// both answers say that it was.
func TestSentTwice(t *testing.T) {
	s := newSite(t)
	b := s.as(tanaka, "ja")
	series := s.add(models.Schedule{OwnerID: tanaka, Subject: "定例", StartAt: wall("2026-11-04T10:00"), EndAt: wall("2026-11-04T11:00"), Recurrence: "RRULE:FREQ=WEEKLY"})
	path := fmt.Sprintf("/schedule/%d", series.ID)
	page := b.get(path + "?occurrence=2026-11-18T10:00").want(http.StatusOK)
	_, name, found := strings.Cut(page.raw, `name="form" value="`)
	if name, _, _ = strings.Cut(name, `"`); !found || len(name) < 20 {
		t.Fatalf("the form is called %q", name)
	}
	form := url.Values{"form": {name}, "subject": {"臨時"}, "start_at": {"2026-11-19T10:00"}, "end_at": {"2026-11-19T09:00"},
		"row_version": {fmt.Sprint(series.RowVersion)}, "occurrence": {"2026-11-18T10:00"}, "scope": {"one"}}
	b.post(path, form).want(http.StatusUnprocessableEntity, name)
	form.Set("end_at", "2026-11-19T11:00")
	for range 2 {
		b.post(path, form).want(http.StatusSeeOther).leadsTo("/agcrm_google/schedule?date=2026-11-19")
	}
	if rows := s.rows(tanaka); len(rows) != 2 {
		t.Errorf("%d rows, want the series and one replacement", len(rows))
	}
	form.Set("subject", "臨時会") // typed after going back to the form
	b.post(path, form).want(http.StatusConflict)
	form = url.Values{"form": {"another name of a form of ours"}, "subject": {"定例"}, "start_at": {"2026-11-04T10:00"}, "end_at": {"2026-11-04T11:00"}, "scope": {"all"}}
	b.post(path, form).want(http.StatusSeeOther) // the same form may save and then delete
	for range 2 {
		b.post(path+"/delete", form).want(http.StatusSeeOther).leadsTo("/agcrm_google/schedule?date=2026-11-04")
	}
	if rows := s.rows(tanaka); len(rows) != 0 {
		t.Errorf("%d rows are left", len(rows))
	}
	form.Set("form", "a third")
	b.post(path+"/delete", form).want(http.StatusNotFound)
	b.post(path+"/delete", form).want(http.StatusNotFound)
}

// The list names who takes part, except in what is nobody else's business.
func TestListNamesParticipants(t *testing.T) {
	s := newSite(t)
	for _, row := range []models.Schedule{{OwnerID: tanaka, Subject: "会議"}, {OwnerID: tanaka, Subject: "評価面談", Private: true}} {
		row.StartAt, row.EndAt = wall("2026-11-20T10:00"), wall("2026-11-20T11:00")
		row = s.add(row)
		if err := s.db.SetParticipants(t.Context(), row.ID, []int64{suzuki}); err != nil {
			t.Fatal(err)
		}
	}
	with := text("ja", "schedule.with", "names", "鈴木花子")
	if page := s.as(tanaka, "ja").get("/schedule?view=list&date=2026-11-20"); strings.Count(page.body, with) != 2 {
		t.Errorf("the owner's list lacks %q:\n%s", with, page.body)
	}
	if page := s.as(admin, "ja").get("/schedule?view=list&date=2026-11-20&user=2"); strings.Count(page.body, with) != 1 {
		t.Errorf("another's list names %q not once", with)
	}
}

// A series that is dragged as a whole repeats on the days it was dragged to.
func TestMovedSeries(t *testing.T) {
	s := newSite(t)
	b := s.as(tanaka, "ja")
	for rule, want := range map[string]string{
		"RRULE:FREQ=WEEKLY;BYDAY=WE": "RRULE:FREQ=WEEKLY;BYDAY=TH", "RRULE:FREQ=MONTHLY;BYDAY=3WE": "RRULE:FREQ=MONTHLY;BYDAY=3TH",
		"RRULE:FREQ=MONTHLY;BYMONTHDAY=18": "RRULE:FREQ=MONTHLY;BYMONTHDAY=19", "RRULE:FREQ=DAILY": "RRULE:FREQ=DAILY",
	} {
		row := s.add(models.Schedule{OwnerID: tanaka, StartAt: wall("2026-11-18T10:00"), EndAt: wall("2026-11-18T11:00"), Recurrence: rule})
		path := fmt.Sprintf("/schedule/%d", row.ID)
		page := b.get(path + "?occurrence=2026-11-18T10:00&shift=1470").want(http.StatusOK)
		form := url.Values{"scope": {"all"}, "recurrence": {rule}, "row_version": {fmt.Sprint(row.RowVersion)}, "occurrence": {"2026-11-18T10:00"}}
		for _, name := range []string{"start_at", "end_at", "repeat_every"} {
			_, value, _ := strings.Cut(page.body, `name="`+name+`"`)
			_, value, _ = strings.Cut(value, `value="`)
			value, _, _ = strings.Cut(value, `"`)
			form.Set(name, value)
		}
		_, unit, _ := strings.Cut(page.body, `<select id="repeat"`)
		unit, _, _ = strings.Cut(unit, `" selected`)
		form.Set("repeat", unit[strings.LastIndex(unit, `"`)+1:])
		if form.Get("repeat") == "weekly" {
			form.Set("repeat_days", "WE")
		}
		b.post(path, form).want(http.StatusSeeOther)
		if now, err := s.db.Schedule(t.Context(), row.ID); err != nil || now.Recurrence != want || now.StartAt != wall("2026-11-19T10:30") {
			t.Errorf("%s became %s from %s (%v), want %s; the form said %v", rule, now.Recurrence, now.StartAt, err, want, form)
		}
	}
}
