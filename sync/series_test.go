package calsync

import (
	"strings"
	"testing"

	"google.golang.org/api/calendar/v3"
)

// weekly adds a series of the employee's, Wednesdays 10 to 11 from 25 November.
func (w *world) weekly(extra string) int64 {
	return w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, recurrence, updated_at) VALUES (?, '定例', '2026-11-25 10:00:00', '2026-11-25 11:00:00', ?, ?)",
		testUser, "RRULE:FREQ=WEEKLY;BYDAY=WE"+extra, w.stamp())
}

// instances are a series' occurrences as Google shows them, START SUBJECT.
func (w *world) instances() []string {
	w.t.Helper()
	grant, err := w.db.StoredGrant(w.t.Context(), testUser)
	check(w.t, err)
	a, err := w.svc.apiFor(w.t.Context(), testUser, grant)
	check(w.t, err)
	list, err := a.svc.Events.List("primary").SingleEvents(true).OrderBy("startTime").TimeMin("2026-11-20T00:00:00Z").TimeMax("2027-01-01T00:00:00Z").Do()
	check(w.t, err)
	var out []string
	for _, e := range list.Items {
		out = append(out, e.Start.DateTime+e.Start.Date+" "+e.Summary)
	}
	return out
}

func (w *world) wantInstances(want ...string) {
	w.t.Helper()
	got := w.instances()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		w.t.Errorf("Google shows\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func (w *world) master() *calendar.Event {
	w.t.Helper()
	for _, e := range w.events() {
		if len(e.Recurrence) > 0 {
			return e
		}
	}
	w.t.Fatal("no series in Google")
	return nil
}

func TestSeriesToGoogle(t *testing.T) {
	w := newWorld(t)
	id := w.weekly(";COUNT=4\nEXDATE;TZID=Asia/Tokyo:20261202T100000")
	w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, series_id, original_start_at) VALUES (?, '定例 (別室)', '2026-12-09 13:00:00', '2026-12-09 14:00:00', ?, '2026-12-09 10:00:00')", testUser, id)
	w.sync()
	w.wantInstances("2026-11-25T10:00:00+09:00 定例", "2026-12-09T13:00:00+09:00 定例 (別室)", "2026-12-16T10:00:00+09:00 定例")
	w.quiet()

	// Another occurrence is removed: a DELETE of it, never a new rule.
	w.exec("UPDATE schedules SET recurrence = recurrence || char(10) || 'EXDATE;TZID=Asia/Tokyo:20261216T100000' WHERE id = ?", id)
	rule := w.master().Recurrence
	w.sync()
	w.wantInstances("2026-11-25T10:00:00+09:00 定例", "2026-12-09T13:00:00+09:00 定例 (別室)")
	if now := w.master().Recurrence; strings.Join(now, "\n") != strings.Join(rule, "\n") {
		t.Errorf("the rule was rewritten: %q", now)
	}
	w.quiet()

	// The replacement goes without an EXDATE: the occurrence is the series' again.
	w.exec("DELETE FROM schedules WHERE series_id = ?", id)
	w.sync()
	w.wantInstances("2026-11-25T10:00:00+09:00 定例", "2026-12-09T10:00:00+09:00 定例")
	w.quiet()

	// The removed one comes back.
	w.exec("UPDATE schedules SET recurrence = 'RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=4' || char(10) || 'EXDATE;TZID=Asia/Tokyo:20261202T100000' WHERE id = ?", id)
	w.sync()
	w.wantInstances("2026-11-25T10:00:00+09:00 定例", "2026-12-09T10:00:00+09:00 定例", "2026-12-16T10:00:00+09:00 定例")
	w.quiet()

	// The series goes.
	w.exec("DELETE FROM schedules WHERE id = ?", id)
	w.sync()
	w.wantInstances()
	w.quiet()
}

func TestSeriesTimeChangeKeepsReplacements(t *testing.T) {
	w := newWorld(t)
	id := w.weekly(";COUNT=3")
	w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, series_id, original_start_at) VALUES (?, '別', '2026-12-02 13:00:00', '2026-12-02 14:00:00', ?, '2026-12-02 10:00:00')", testUser, id)
	w.sync()
	w.exec("UPDATE schedules SET recurrence = 'RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=4', end_at = '2026-11-25 10:30:00' WHERE id = ?", id)
	w.sync()
	w.wantInstances("2026-11-25T10:00:00+09:00 定例", "2026-12-02T13:00:00+09:00 別", "2026-12-09T10:00:00+09:00 定例", "2026-12-16T10:00:00+09:00 定例")
	w.quiet()
}

func TestSeriesFromGoogle(t *testing.T) {
	w := newWorld(t)
	e := timed("Weekly", "2026-11-25T10:00:00+01:00", "2026-11-25T11:00:00+01:00")
	e.Start.TimeZone, e.End.TimeZone = "Europe/Paris", "Europe/Paris"
	e.Recurrence = []string{"RRULE:FREQ=WEEKLY;COUNT=5"}
	made := w.account().Insert("primary", e)
	w.account().Delete("primary", made.Id+"_20261202T090000Z")
	w.account().Edit("primary", made.Id+"_20261209T090000Z", func(e *calendar.Event) { e.Summary = "Other" })
	w.sync()
	rows := w.rows()
	if len(rows) != 2 {
		t.Fatalf("%d rows: %+v", len(rows), rows)
	}
	if r := rows[0]; r.TimeZone != "Europe/Paris" || r.StartAt.String() != "2026-11-25T10:00:00" ||
		r.Recurrence != "RRULE:FREQ=WEEKLY;COUNT=5\nEXDATE;TZID=Europe/Paris:20261202T100000" {
		t.Errorf("%+v", r)
	}
	if r := rows[1]; r.SeriesID != rows[0].ID || r.OriginalStartAt.String() != "2026-12-09T10:00:00" || r.Subject != "Other" {
		t.Errorf("%+v", r)
	}
	w.quiet()

	// The changed occurrence is edited in the CRM, then removed in Google.
	w.exec("UPDATE schedules SET location = '会議室' WHERE id = ?", rows[1].ID)
	w.sync()
	if x := w.account().Event("primary", made.Id+"_20261209T090000Z"); x.Location != "会議室" || x.Summary != "Other" {
		t.Errorf("%+v", x)
	}
	w.account().Delete("primary", made.Id+"_20261209T090000Z")
	w.sync()
	rows = w.rows()
	if len(rows) != 1 || !strings.Contains(rows[0].Recurrence, "EXDATE;TZID=Europe/Paris:20261209T100000") {
		t.Errorf("%+v", rows)
	}
	w.quiet()

	// "This and following": Google cuts the series short and makes a new one.
	w.account().Edit("primary", made.Id, func(e *calendar.Event) { e.Recurrence = []string{"RRULE:FREQ=WEEKLY;UNTIL=20261215T225959Z"} })
	n := timed("Weekly, later", "2026-12-16T15:00:00+01:00", "2026-12-16T16:00:00+01:00")
	n.Start.TimeZone, n.End.TimeZone = "Europe/Paris", "Europe/Paris"
	n.Recurrence = []string{"RRULE:FREQ=WEEKLY;COUNT=2"}
	w.account().Insert("primary", n)
	w.sync()
	rows = w.rows()
	if len(rows) != 2 || !strings.HasPrefix(rows[0].Recurrence, "RRULE:FREQ=WEEKLY;UNTIL=20261215T225959Z") || rows[1].Subject != "Weekly, later" {
		t.Errorf("%+v", rows)
	}
	w.quiet()

	w.account().Delete("primary", made.Id)
	w.sync()
	if rows = w.rows(); len(rows) != 1 {
		t.Errorf("%+v", rows)
	}
	w.quiet()
}

func TestSingleBecomesSeriesAndBack(t *testing.T) {
	w := newWorld(t)
	id := w.insertRow("a", "2026-11-25 10:00:00", "2026-11-25 11:00:00")
	w.sync()
	w.exec("UPDATE schedules SET recurrence = 'RRULE:FREQ=DAILY;COUNT=3' WHERE id = ?", id)
	w.sync()
	w.wantInstances("2026-11-25T10:00:00+09:00 a", "2026-11-26T10:00:00+09:00 a", "2026-11-27T10:00:00+09:00 a")
	w.quiet()
	w.account().Edit("primary", w.master().Id, func(e *calendar.Event) { e.Recurrence = nil })
	w.sync()
	if r := w.rows()[0]; r.Recurrence != "" {
		t.Errorf("%+v", r)
	}
	w.quiet()
}

func TestExceptionWithoutItsMaster(t *testing.T) {
	w := newWorld(t)
	w.sync()
	e := timed("Weekly", "2026-11-25T10:00:00+09:00", "2026-11-25T11:00:00+09:00")
	e.Start.TimeZone, e.End.TimeZone = "Asia/Tokyo", "Asia/Tokyo"
	e.Recurrence = []string{"RRULE:FREQ=WEEKLY;COUNT=3"}
	made := w.account().Insert("primary", e)
	w.sync()
	w.exec("DELETE FROM agcrm_google_pairs")
	w.exec("DELETE FROM schedules")
	w.account().Edit("primary", made.Id+"_20261202T010000Z", func(e *calendar.Event) { e.Location = "room" })
	w.sync()
	if rows := w.rows(); len(rows) != 2 || rows[1].Location != "room" || rows[1].SeriesID != rows[0].ID {
		t.Errorf("%+v", rows)
	}
	w.quiet()
}

func TestAllDaySeries(t *testing.T) {
	w := newWorld(t)
	w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, all_day, recurrence) VALUES (?, '当番', '2026-11-25', '2026-11-25', 1, 'RRULE:FREQ=DAILY;UNTIL=20261128' || char(10) || 'EXDATE;VALUE=DATE:20261126')", testUser)
	w.sync()
	w.wantInstances("2026-11-25 当番", "2026-11-27 当番", "2026-11-28 当番")
	w.account().Delete("primary", w.master().Id+"_20261127")
	w.sync()
	if r := w.rows()[0]; !strings.Contains(r.Recurrence, "EXDATE;VALUE=DATE:20261127") || !strings.Contains(r.Recurrence, "EXDATE;VALUE=DATE:20261126") {
		t.Errorf("%+v", r)
	}
	w.quiet()
}
