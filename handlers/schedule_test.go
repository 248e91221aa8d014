package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"agcrm-google/models"
)

func (s *site) rows(owner int64) []models.Schedule {
	s.t.Helper()
	rows, err := s.db.SchedulesBetween(s.t.Context(), []int64{owner}, models.WallDate(2000, 1, 1), models.WallDate(2100, 1, 1))
	if err != nil {
		s.t.Fatal(err)
	}
	return rows
}

func (s *site) deleteAll(owner int64) {
	s.t.Helper()
	for _, row := range s.rows(owner) {
		if err := s.db.DeleteSchedule(s.t.Context(), row.ID, row.RowVersion); err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *site) add(row models.Schedule) models.Schedule {
	s.t.Helper()
	id, err := s.db.CreateSchedule(s.t.Context(), row)
	if err != nil {
		s.t.Fatal(err)
	}
	if row, err = s.db.Schedule(s.t.Context(), id); err != nil {
		s.t.Fatal(err)
	}
	return row
}

func wall(text string) models.Wall {
	w, err := models.ParseWall(text)
	if err != nil {
		panic(err)
	}
	return w
}

// full is a form with every field.
func full() url.Values {
	return url.Values{
		"subject": {"打ち合わせ"}, "location": {"第1会議室"}, "body": {"一行目\r\n二行目"},
		"start_at": {"2026-11-21T10:00"}, "end_at": {"2026-11-21T11:30"}, "time_zone": {""},
		"private": {"on"}, "busy": {"on"}, "color_id": {"7"}, "recurrence": {""}, "participants": {"3"},
	}
}

func TestAppointment(t *testing.T) {
	s := newSite(t)
	b := s.as(tanaka, "ja")
	b.get("/schedule/new?date=2026-11-21").want(http.StatusOK, `value="2026-11-21T`, "鈴木花子").without("田中太郎</span></label>")
	b.post("/schedule", full()).want(http.StatusSeeOther).leadsTo("/agcrm_google/schedule?date=2026-11-21")
	rows := s.rows(tanaka)
	if len(rows) != 1 {
		t.Fatalf("%d rows", len(rows))
	}
	row := rows[0]
	if row.OwnerID != tanaka || row.Subject != "打ち合わせ" || row.Location != "第1会議室" || row.Body != "一行目\n二行目" || !row.Private || !row.Busy ||
		row.ColorID != 7 || row.AllDay || row.StartAt != wall("2026-11-21T10:00") || row.EndAt != wall("2026-11-21T11:30") || row.TimeZone != "" || row.Recurrence != "" {
		t.Errorf("row is %+v", row)
	}
	people, err := s.db.Participants(t.Context(), []int64{row.ID})
	if err != nil || len(people[row.ID]) != 1 || people[row.ID][0].UserID != suzuki {
		t.Errorf("participants are %v, %v", people, err)
	}
	path := fmt.Sprintf("/schedule/%d", row.ID)
	b.get("/schedule?date=2026-11-21").want(http.StatusOK, "打ち合わせ", path)
	b.get(path).want(http.StatusOK, `value="打ち合わせ"`, `value="2026-11-21T10:00"`, "一行目\n二行目", `value="`+strconv.FormatInt(row.RowVersion, 10)+`"`)

	form := full()
	form.Set("row_version", strconv.FormatInt(row.RowVersion, 10))
	form.Set("all_day", "on")
	form.Set("start_at", "2026-11-21")
	form.Set("end_at", "2026-11-23")
	form.Set("recurrence", "RRULE:FREQ=YEARLY\r\nEXDATE;VALUE=DATE:20271121\r\n")
	form.Del("private")
	form.Del("participants")
	b.post(path, form).want(http.StatusSeeOther)
	row = s.rows(tanaka)[0]
	if !row.AllDay || row.StartAt != wall("2026-11-21") || row.EndAt != wall("2026-11-23") || row.Private || row.Recurrence != "RRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20271121" {
		t.Errorf("row is %+v", row)
	}
	b.get("/schedule?date=2026-11-01").want(http.StatusOK, text("ja", "schedule.repeats"))
	b.post(path+"/delete", url.Values{"row_version": {strconv.FormatInt(row.RowVersion, 10)}}).want(http.StatusSeeOther)
	if len(s.rows(tanaka)) != 0 {
		t.Error("the row is still there")
	}
	b.get(path).want(http.StatusNotFound)
	b.get("/schedule/none").want(http.StatusNotFound)
}

func TestBadAppointments(t *testing.T) {
	s := newSite(t)
	existing := s.add(models.Schedule{OwnerID: tanaka, Subject: "before", StartAt: wall("2026-11-20T10:00"), EndAt: wall("2026-11-20T11:00")})
	for name, c := range map[string]struct{ field, value, fault, key string }{
		"end before start":     {"end_at", "2026-11-21T09:00", "end_at", "schedule.end_before_start"},
		"another date form":    {"start_at", "21/11/2026 10:00", "start_at", "schedule.time_form"},
		"Japanese date":        {"end_at", "2026年11月21日", "end_at", "schedule.time_form"},
		"blank instead of T":   {"start_at", "2026-11-21 10:00", "start_at", "schedule.time_form"},
		"no such day":          {"start_at", "2026-02-30T10:00", "start_at", "schedule.no_such_time"},
		"no such hour":         {"end_at", "2026-11-21T24:00", "end_at", "schedule.no_such_time"},
		"date without time":    {"start_at", "2026-11-21", "start_at", "schedule.time_missing"},
		"no start":             {"start_at", "", "start_at", "schedule.start_missing"},
		"unknown zone":         {"time_zone", "Mars/Base", "time_zone", ""},
		"colour":               {"color_id", "12", "color_id", "schedule.color_unknown"},
		"rule":                 {"recurrence", "every Monday", "recurrence", "schedule.recurrence_form"},
		"rule without a pace":  {"recurrence", "RRULE:INTERVAL=2", "recurrence", "schedule.rule_form"},
		"unknown weekday":      {"recurrence", "RRULE:FREQ=WEEKLY;BYDAY=XX", "recurrence", "schedule.rule_form"},
		"backwards":            {"recurrence", "RRULE:FREQ=DAILY;INTERVAL=-1", "recurrence", "schedule.rule_form"},
		"two ends":             {"recurrence", "RRULE:FREQ=DAILY;COUNT=2;UNTIL=20270101", "recurrence", "schedule.rule_form"},
		"unknown participant":  {"participants", "99", "participants", "schedule.participant_unknown"},
		"subject too long":     {"subject", strings.Repeat("長", 256), "subject", ""},
		"one occurrence alone": {"scope", "one", "", "schedule.scope_needs_occurrence"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, locale := range []string{"ja", "en", "fr"} {
				s.t = t
				b := s.as(tanaka, locale)
				form := full()
				form.Set(c.field, c.value)
				for _, path := range []string{"/schedule", fmt.Sprintf("/schedule/%d", existing.ID)} {
					r := b.post(path, form).want(http.StatusUnprocessableEntity, `value="第1会議室"`, text(locale, "form.invalid"))
					if c.fault != "" {
						r.want(http.StatusUnprocessableEntity, `id="`+c.fault+`-error"`)
					}
					if c.key != "" {
						r.want(http.StatusUnprocessableEntity, text(locale, c.key))
					}
					if c.field != "color_id" && c.field != "participants" && c.field != "scope" {
						r.want(http.StatusUnprocessableEntity, c.value)
					}
				}
				if rows := s.rows(tanaka); len(rows) != 1 || rows[0].Subject != "before" {
					t.Fatalf("something changed: %+v", rows)
				}
			}
		})
	}
}

func TestChangedMeanwhile(t *testing.T) {
	s := newSite(t)
	row := s.add(models.Schedule{OwnerID: tanaka, Subject: "first", StartAt: wall("2026-11-21T10:00"), EndAt: wall("2026-11-21T11:00"), Busy: true})
	path := fmt.Sprintf("/schedule/%d", row.ID)
	seen := strconv.FormatInt(row.RowVersion, 10)
	row.Subject = "theirs"
	if err := s.db.UpdateSchedule(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	now := strconv.FormatInt(s.rows(tanaka)[0].RowVersion, 10)
	form := url.Values{"subject": {"mine"}, "start_at": {"2026-11-21T10:00"}, "end_at": {"2026-11-21T11:00"}, "row_version": {seen}}
	for _, locale := range []string{"ja", "en", "fr"} {
		b := s.as(tanaka, locale)
		b.post(path, form).want(http.StatusConflict, "mine", "theirs", text(locale, "schedule.changed_meanwhile"), `name="row_version" value="`+now+`"`)
		b.post(path+"/delete", url.Values{"row_version": {seen}}).want(http.StatusConflict, "theirs", text(locale, "schedule.changed_meanwhile"))
	}
	if rows := s.rows(tanaka); len(rows) != 1 || rows[0].Subject != "theirs" {
		t.Fatalf("rows are %+v", rows)
	}
	form.Set("row_version", now)
	s.as(tanaka, "en").post(path, form).want(http.StatusSeeOther)
	if rows := s.rows(tanaka); rows[0].Subject != "mine" {
		t.Errorf("rows are %+v", rows)
	}
}

func TestColleagues(t *testing.T) {
	s := newSite(t)
	open := s.add(models.Schedule{OwnerID: tanaka, Subject: "商談", StartAt: wall("2026-11-21T10:00"), EndAt: wall("2026-11-21T11:00")})
	secret := s.add(models.Schedule{OwnerID: tanaka, Subject: "通院", Location: "市民病院", Body: "検査", Private: true, StartAt: wall("2026-11-21T13:00"), EndAt: wall("2026-11-21T14:00")})
	shared := s.add(models.Schedule{OwnerID: tanaka, Subject: "面談", Private: true, StartAt: wall("2026-11-21T15:00"), EndAt: wall("2026-11-21T16:00")})
	if err := s.db.SetParticipants(t.Context(), shared.ID, []int64{suzuki}); err != nil {
		t.Fatal(err)
	}
	b := s.as(suzuki, "ja")
	for _, view := range []string{"month", "week", "day", "list"} {
		path := "/schedule?date=2026-11-21&view=" + view
		b.get(path).want(http.StatusOK, "面談").without("商談", "通院", "市民病院")
		b.get(path+"&user=2").want(http.StatusOK, "商談", "面談", "予定あり", "13:00").without("通院", "市民病院", "検査")
	}
	b.get(fmt.Sprintf("/schedule/%d", open.ID)).want(http.StatusOK, "商談").without("<textarea")
	b.get(fmt.Sprintf("/schedule/%d", secret.ID)).want(http.StatusOK, "予定あり").without("通院", "市民病院", "検査")
	for _, row := range []models.Schedule{open, secret, shared} {
		path := fmt.Sprintf("/schedule/%d", row.ID)
		b.post(path, full()).want(http.StatusForbidden, text("ja", "schedule.not_yours")).without("通院")
		b.post(path+"/delete", nil).want(http.StatusForbidden, text("ja", "schedule.not_yours"))
	}
	s.as(admin, "ja").post(fmt.Sprintf("/schedule/%d", open.ID), full()).want(http.StatusForbidden)
	if rows := s.rows(tanaka); len(rows) != 3 || rows[0].Subject != "商談" {
		t.Errorf("rows are %+v", rows)
	}
}

func TestZones(t *testing.T) {
	s := newSite(t)
	s.add(models.Schedule{OwnerID: tanaka, Subject: "Paris", TimeZone: "Europe/Paris", StartAt: wall("2026-11-21T23:30"), EndAt: wall("2026-11-21T23:45")})
	s.add(models.Schedule{OwnerID: tanaka, Subject: "Holiday", AllDay: true, StartAt: wall("2026-11-21"), EndAt: wall("2026-11-21")})
	b := s.as(tanaka, "en")
	b.get("/schedule?view=day&date=2026-11-22").want(http.StatusOK, "Paris", "07:30").without("Holiday")
	b.post("/profile", url.Values{"time_zone": {"America/New_York"}}).want(http.StatusSeeOther)
	b.get("/schedule?view=day&date=2026-11-21").want(http.StatusOK, "Paris", "17:30", "Holiday")
	b.get("/schedule/new").want(http.StatusOK, `value="America/New_York"`)
}

func TestScheduleViews(t *testing.T) {
	s := newSite(t)
	row := s.add(models.Schedule{OwnerID: tanaka, Subject: "出張", AllDay: true, ColorID: 7, StartAt: wall("2026-10-30"), EndAt: wall("2026-11-02")})
	b := s.as(tanaka, "ja")
	month := b.get("/schedule?view=month&date=2026-11-21").want(http.StatusOK, "2026年11月", "color-7")
	if n := strings.Count(month.body, fmt.Sprintf(`href="/agcrm_google/schedule/%d"`, row.ID)); n != 1 || !strings.Contains(month.body, `class="bar span-2 before"`) {
		t.Errorf("a month that begins on a Sunday shows the trip %d times, want one bar across November's two days", n)
	}
	b.get("/schedule?view=list&date=2026-12-01").want(http.StatusOK, text("ja", "schedule.empty"))
	b.get("/schedule?view=day&date=2026-11-02").want(http.StatusOK, "2026年11月2日(月)", "出張")
	s.as(tanaka, "fr").get("/schedule?date=2026-11-21").want(http.StatusOK, "novembre 2026")
	s.as(tanaka, "en").get("/schedule?view=day&date=2026-11-21").want(http.StatusOK, "Saturday 21 November 2026")
	for _, odd := range []string{"?view=nothing", "?date=yesterday", "?date=9999-12-31", "?date=0001-01-01", "?user=abc&user=-1&user=99"} {
		b.get("/schedule" + odd).want(http.StatusOK)
	}
	// Weeks begin on Sunday in Japanese and on Monday in French.
	if i := strings.Index(month.body, `<th scope="col"`); !strings.Contains(month.body[i:i+60], "日") {
		t.Error("the Japanese week does not begin on Sunday")
	}
	today := time.Now().In(time.FixedZone("JST", 9*3600)).Format(time.DateOnly)
	b.get("/schedule").want(http.StatusOK, `aria-current="date"`, today)
}
