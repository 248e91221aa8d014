package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"agcrm-google/models"
)

// standUp is a daily series of tanaka's from Monday 16 November 2026 on, with
// the 18th removed and the 19th moved to the afternoon.
func (s *site) standUp() (master, moved models.Schedule) {
	s.t.Helper()
	master = s.add(models.Schedule{OwnerID: tanaka, Subject: "朝会", StartAt: wall("2026-11-16T09:00"), EndAt: wall("2026-11-16T09:15"), Busy: true,
		Recurrence: "RRULE:FREQ=DAILY;COUNT=6\nEXDATE;TZID=Asia/Tokyo:20261118T090000"})
	moved = s.add(models.Schedule{OwnerID: tanaka, Subject: "延期", StartAt: wall("2026-11-19T15:00"), EndAt: wall("2026-11-19T15:15"), Busy: true,
		SeriesID: master.ID, OriginalStartAt: wall("2026-11-19T09:00")})
	return master, moved
}

// shows lists which days of November 2026 a month's page shows links of an
// appointment's occurrences on.
func shows(b *browser, id int64) string {
	b.site.t.Helper()
	page := b.get("/schedule?date=2026-11-21").want(http.StatusOK)
	var days []string
	for _, part := range strings.Split(page.body, fmt.Sprintf(`href="/agcrm_google/schedule/%d?occurrence=2026-11-`, id))[1:] {
		days = append(days, part[:2]+part[2:8])
	}
	return strings.Join(days, " ")
}

// occurrenceForm is the form of an occurrence as the page shows it.
func (s *site) occurrenceForm(master models.Schedule, at, scope string) url.Values {
	master, err := s.db.Schedule(s.t.Context(), master.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return url.Values{"occurrence": {at}, "scope": {scope}, "subject": {master.Subject}, "start_at": {at}, "end_at": {strings.Replace(at, ":00", ":15", 1)},
		"busy": {"on"}, "recurrence": {master.Recurrence}, "row_version": {strconv.FormatInt(master.RowVersion, 10)}}
}

func TestSeriesOnTheSchedule(t *testing.T) {
	s := newSite(t)
	master, moved := s.standUp()
	b := s.as(tanaka, "ja")
	if got := shows(b, master.ID); got != "16T09:00 17T09:00 20T09:00 21T09:00" {
		t.Errorf("the month shows %s", got)
	}
	for _, view := range []string{"month", "week", "day", "list"} {
		b.get("/schedule?date=2026-11-19&view="+view).want(http.StatusOK, "延期", fmt.Sprintf(`href="/agcrm_google/schedule/%d"`, moved.ID)).
			without(fmt.Sprintf("schedule/%d?occurrence=2026-11-19", master.ID), fmt.Sprintf("schedule/%d?occurrence=2026-11-18", master.ID))
		b.get("/schedule?date=2026-12-20&view=" + view).want(http.StatusOK).without("朝会")
	}
	// A rule that cannot be expanded stands at its first date and says that it repeats.
	s.add(models.Schedule{OwnerID: tanaka, Subject: "毎時", StartAt: wall("2026-10-05T09:00"), EndAt: wall("2026-10-05T09:15"), Recurrence: "RRULE:FREQ=HOURLY"})
	b.get("/schedule?date=2026-10-01&view=list").want(http.StatusOK, "毎時", text("ja", "schedule.repeats"))
	// In the reader's zone the occurrences keep the clock of their own.
	s.add(models.Schedule{OwnerID: tanaka, Subject: "NY", TimeZone: "America/New_York", StartAt: wall("2026-10-31T08:00"), EndAt: wall("2026-10-31T09:00"), Recurrence: "RRULE:FREQ=DAILY;COUNT=2"})
	b.get("/schedule?date=2026-10-31&view=day").want(http.StatusOK, "21:00")
	b.get("/schedule?date=2026-11-01&view=day").want(http.StatusOK, "22:00")
}

func TestOneOccurrence(t *testing.T) {
	s := newSite(t)
	master, moved := s.standUp()
	path := fmt.Sprintf("/schedule/%d", master.ID)
	b := s.as(tanaka, "ja")
	b.get(path+"?occurrence=2026-11-20T09:00").want(http.StatusOK, `value="2026-11-20T09:15"`, text("ja", "schedule.scope.one"), text("ja", "schedule.scope.following"), text("ja", "schedule.scope.all"))
	b.get(path + "?occurrence=2026-11-19T09:00").want(http.StatusSeeOther).leadsTo(fmt.Sprintf("/agcrm_google/schedule/%d", moved.ID))
	for _, none := range []string{"2026-11-18T09:00", "2026-11-20T10:00", "2026-12-20T09:00", "soon"} {
		b.get(path + "?occurrence=" + none).want(http.StatusNotFound)
	}

	form := s.occurrenceForm(master, "2026-11-20T09:00", "one")
	form.Set("start_at", "2026-11-20T11:00")
	form.Set("end_at", "2026-11-20T11:30")
	form.Set("subject", "変更")
	form.Set("participants", "3")
	b.post(path, form).want(http.StatusSeeOther).leadsTo("/agcrm_google/schedule?date=2026-11-20")
	b.post(path, form).want(http.StatusConflict) // a reload does nothing twice
	if got := shows(b, master.ID); got != "16T09:00 17T09:00 21T09:00" {
		t.Errorf("the month shows %s", got)
	}
	b.get("/schedule?date=2026-11-20&view=day").want(http.StatusOK, "変更", "11:00").without("朝会")

	b.post(path+"/delete", s.occurrenceForm(master, "2026-11-17T09:00", "one")).want(http.StatusSeeOther).leadsTo("/agcrm_google/schedule?date=2026-11-17")
	if got := shows(b, master.ID); got != "16T09:00 21T09:00" {
		t.Errorf("the month shows %s", got)
	}
	now, err := s.db.Schedule(t.Context(), master.ID)
	if err != nil || now.Recurrence != master.Recurrence+"\nEXDATE;TZID=Asia/Tokyo:20261117T090000" {
		t.Errorf("the rule is %q, %v", now.Recurrence, err)
	}
	b.post(fmt.Sprintf("/schedule/%d/delete", moved.ID), url.Values{"row_version": {strconv.FormatInt(moved.RowVersion, 10)}}).want(http.StatusSeeOther)
	b.get("/schedule?date=2026-11-19&view=day").want(http.StatusOK).without(fmt.Sprintf("schedule/%d", moved.ID), "朝会")
}

func TestFollowingOccurrences(t *testing.T) {
	s := newSite(t)
	master, moved := s.standUp()
	path := fmt.Sprintf("/schedule/%d", master.ID)
	b := s.as(tanaka, "ja")
	form := s.occurrenceForm(master, "2026-11-17T09:00", "following")
	form.Set("start_at", "2026-11-17T10:00")
	form.Set("end_at", "2026-11-17T10:15")
	form.Set("subject", "新朝会")
	b.post(path, form).want(http.StatusSeeOther)
	rest := s.rows(tanaka)
	fresh := rest[1]
	if fresh.Subject != "新朝会" || fresh.Recurrence != "RRULE:FREQ=DAILY;COUNT=5\nEXDATE;TZID=Asia/Tokyo:20261118T100000" {
		t.Fatalf("rows are %+v", rest)
	}
	if got, more := shows(b, master.ID), shows(b, fresh.ID); got != "16T09:00" || more != "17T10:00 20T10:00 21T10:00" {
		t.Errorf("the month shows %s and %s", got, more)
	}
	if row, err := s.db.Schedule(t.Context(), moved.ID); err != nil || row.SeriesID != fresh.ID {
		t.Errorf("the replacement is %+v, %v", row, err)
	}
	b.post(fmt.Sprintf("/schedule/%d/delete", fresh.ID), s.occurrenceForm(fresh, "2026-11-20T10:00", "following")).want(http.StatusSeeOther)
	if got := shows(b, fresh.ID); got != "17T10:00" {
		t.Errorf("the month shows %s", got)
	}
}

func TestAllOccurrences(t *testing.T) {
	s := newSite(t)
	master, _ := s.standUp()
	path := fmt.Sprintf("/schedule/%d", master.ID)
	b := s.as(tanaka, "ja")
	form := s.occurrenceForm(master, "2026-11-20T09:00", "all")
	form.Set("start_at", "2026-11-20T08:30")
	form.Set("end_at", "2026-11-20T08:45")
	b.post(path, form).want(http.StatusSeeOther)
	if got := shows(b, master.ID); got != "16T08:30 17T08:30 20T08:30 21T08:30" {
		t.Errorf("the month shows %s", got)
	}
	// The series' own first date is understood too.
	form = s.occurrenceForm(master, "2026-11-20T08:30", "all")
	form.Set("start_at", "2026-11-16T09:00")
	form.Set("end_at", "2026-11-16T09:15")
	b.post(path, form).want(http.StatusSeeOther)
	if got := shows(b, master.ID); got != "16T09:00 17T09:00 20T09:00 21T09:00" {
		t.Errorf("the month shows %s", got)
	}
	b.get(path).want(http.StatusOK, text("ja", "schedule.series_hint"))
	b.post(path+"/delete", s.occurrenceForm(master, "2026-11-20T09:00", "all")).want(http.StatusSeeOther)
	if rows := s.rows(tanaka); len(rows) != 0 {
		t.Errorf("rows are left: %+v", rows)
	}
}

func TestBadScopes(t *testing.T) {
	s := newSite(t)
	master, _ := s.standUp()
	path := fmt.Sprintf("/schedule/%d", master.ID)
	for _, locale := range []string{"ja", "en", "fr"} {
		b := s.as(tanaka, locale)
		for key, c := range map[string][2]string{
			"schedule.scope_unknown":          {"2026-11-20T09:00", "most"},
			"schedule.scope_needs_occurrence": {"", "following"},
			"schedule.occurrence_form":        {"20.11.2026", "one"},
		} {
			form := s.occurrenceForm(master, "2026-11-20T09:00", c[1])
			form.Set("occurrence", c[0])
			b.post(path, form).want(http.StatusUnprocessableEntity, text(locale, key))
			b.post(path+"/delete", form).want(http.StatusUnprocessableEntity, text(locale, key))
		}
		b.post(path, s.occurrenceForm(master, "2026-11-18T09:00", "one")).want(http.StatusNotFound)
		stale := s.occurrenceForm(master, "2026-11-20T09:00", "following")
		stale.Set("row_version", "0")
		stale.Set("subject", "mine")
		b.post(path, stale).want(http.StatusConflict, "mine", "朝会", text(locale, "schedule.changed_meanwhile"), text(locale, "schedule.scope.following"))
		b.post(path+"/delete", stale).want(http.StatusConflict)
		end := s.occurrenceForm(master, "2026-11-20T09:00", "one")
		end.Set("end_at", "2026-11-20T08:00")
		b.post(path, end).want(http.StatusUnprocessableEntity, text(locale, "schedule.end_before_start"), text(locale, "schedule.scope.one"))
	}
	if got := shows(s.as(tanaka, "ja"), master.ID); got != "16T09:00 17T09:00 20T09:00 21T09:00" {
		t.Errorf("something changed: %s", got)
	}
	s.as(suzuki, "ja").post(path, s.occurrenceForm(master, "2026-11-20T09:00", "one")).want(http.StatusForbidden)
	s.as(suzuki, "ja").get(path+"?occurrence=2026-11-20T09:00").want(http.StatusOK, "2026年11月20日(金) 09:00").without("<form class=\"card form\"")
}

// Colleagues stand side by side on a day, each with the own appointments.
func TestColleaguesSideBySide(t *testing.T) {
	s := newSite(t)
	s.add(models.Schedule{OwnerID: tanaka, Subject: "商談", StartAt: wall("2026-11-20T10:00"), EndAt: wall("2026-11-20T11:00")})
	shared := s.add(models.Schedule{OwnerID: suzuki, Subject: "会議", StartAt: wall("2026-11-20T10:30"), EndAt: wall("2026-11-20T11:00")})
	if err := s.db.SetParticipants(t.Context(), shared.ID, []int64{tanaka}); err != nil {
		t.Fatal(err)
	}
	page := s.as(tanaka, "ja").get("/schedule?view=day&date=2026-11-20&user=2&user=3").want(http.StatusOK, "cols-2")
	columns := strings.Split(page.body, `<section class="column`)
	if len(columns) != 3 {
		t.Fatalf("%d columns", len(columns)-1)
	}
	last, _, _ := strings.Cut(columns[2], "</section>")
	if !strings.Contains(columns[1], "商談") || !strings.Contains(columns[1], "会議") || strings.Contains(last, "商談") || !strings.Contains(last, "会議") {
		t.Errorf("the columns are %q", columns[1:])
	}
	if !strings.Contains(columns[1], `class="slot`) || strings.Contains(last, `class="slot`) || strings.Contains(last, "data-move") {
		t.Error("one adds to and moves in the own column only")
	}
	s.as(tanaka, "ja").get("/schedule?view=day&date=2026-11-20").want(http.StatusOK, "slot t0", "time=08:00")
	s.as(tanaka, "ja").get("/schedule/new?date=2026-11-20&time=14:00").want(http.StatusOK, `value="2026-11-20T14:00"`, `value="2026-11-20T15:00"`)
}

// A double click and a reload of the answer add an appointment once.
func TestDoubleSubmit(t *testing.T) {
	s := newSite(t)
	b := s.as(tanaka, "ja")
	page := b.get("/schedule/new?date=2026-11-21").want(http.StatusOK)
	_, name, found := strings.Cut(page.raw, `name="form" value="`)
	if name, _, _ = strings.Cut(name, `"`); !found || len(name) < 20 {
		t.Fatalf("the form is called %q", name)
	}
	form := full()
	form.Set("form", name)
	form.Del("participants")
	form.Set("end_at", "2026-11-21T09:00")
	b.post("/schedule", form).want(http.StatusUnprocessableEntity, name)
	form.Set("end_at", "2026-11-21T11:00")
	for range 2 {
		b.post("/schedule", form).want(http.StatusSeeOther).leadsTo("/agcrm_google/schedule?date=2026-11-21")
	}
	if rows := s.rows(tanaka); len(rows) != 1 {
		t.Errorf("%d rows", len(rows))
	}
	s.as(suzuki, "ja").post("/schedule", form).want(http.StatusSeeOther)
	if rows := s.rows(suzuki); len(rows) != 1 {
		t.Error("another's form of that name was not carried out")
	}
}
