package models

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// seriesDB is a database with users 1 to 4.
func seriesDB(t *testing.T) *DB {
	t.Helper()
	db, err := Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "crm.db"), Options{Zone: tokyo})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

func create(t *testing.T, db *DB, s Schedule) Schedule {
	t.Helper()
	s.OwnerID = cmp.Or(s.OwnerID, 1)
	id, err := db.CreateSchedule(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, db, id)
}

func read(t *testing.T, db *DB, id int64) Schedule {
	t.Helper()
	s, err := db.Schedule(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// table is every row in words: what people see on which days.
func table(t *testing.T, db *DB) string {
	t.Helper()
	rows, err := db.schedules(db.with(t.Context()), "ORDER BY s.id")
	if err != nil {
		t.Fatal(err)
	}
	replaced := map[int64][]Wall{}
	for _, s := range rows {
		if s.SeriesID != 0 {
			replaced[s.SeriesID] = append(replaced[s.SeriesID], s.OriginalStartAt)
		}
	}
	var out []string
	for _, s := range rows {
		starts := []Wall{s.StartAt}
		if series, ok := SeriesOf(s, db.Zone()); ok {
			starts = slices.DeleteFunc(series.Between(WallDate(2026, 1, 1), WallDate(2027, 1, 1)), func(w Wall) bool { return slices.Contains(replaced[s.ID], w) })
		}
		out = append(out, fmt.Sprintf("%s: %s", s.Subject, stamps(starts)))
	}
	return strings.Join(out, "\n")
}

// daily is a week of stand-ups with one removed and one moved.
func daily(t *testing.T, db *DB) (master, moved Schedule) {
	t.Helper()
	master = create(t, db, Schedule{Subject: "S", StartAt: wallAt(t, "2026-11-02T09:00"), EndAt: wallAt(t, "2026-11-02T09:15"), Busy: true,
		Recurrence: "RRULE:FREQ=DAILY;COUNT=6\nEXDATE;TZID=Asia/Tokyo:20261106T090000"})
	moved = create(t, db, Schedule{Subject: "moved", StartAt: wallAt(t, "2026-11-05T15:00"), EndAt: wallAt(t, "2026-11-05T15:15"), SeriesID: master.ID, OriginalStartAt: wallAt(t, "2026-11-05T09:00")})
	if err := db.SetParticipants(t.Context(), master.ID, []int64{2, 3}); err != nil {
		t.Fatal(err)
	}
	if err := db.with(t.Context()).Exec("UPDATE schedule_participants SET response = 'accepted' WHERE user_id = 2").Error; err != nil {
		t.Fatal(err)
	}
	return read(t, db, master.ID), moved
}

// edit is the form of an occurrence with another subject and start.
func edit(t *testing.T, master Schedule, subject, start string, users ...int64) Edit {
	t.Helper()
	row := master
	row.Subject, row.StartAt = subject, wallAt(t, start)
	row.EndAt = Wall{row.StartAt.Add(master.EndAt.Sub(master.StartAt.Time))}
	return Edit{Row: row, Participants: users}
}

func seen(t *testing.T, master Schedule, at string) Occurrence {
	t.Helper()
	return Occurrence{SeriesID: master.ID, Version: master.RowVersion, At: wallAt(t, at)}
}

const untouched = "S: 11-02 09:00, 11-03 09:00, 11-04 09:00, 11-07 09:00\nmoved: 11-05 15:00"

func expect(t *testing.T, db *DB, want string) {
	t.Helper()
	if got := table(t, db); got != want {
		t.Errorf("the table shows\n%s\nwant\n%s", got, want)
	}
}

func TestReplaceOccurrence(t *testing.T) {
	db := seriesDB(t)
	master, _ := daily(t, db)
	expect(t, db, untouched)
	id, err := db.ReplaceOccurrence(t.Context(), seen(t, master, "2026-11-04T09:00"), edit(t, master, "one", "2026-11-04T10:00", 2, 4))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, db, "S: 11-02 09:00, 11-03 09:00, 11-07 09:00\nmoved: 11-05 15:00\none: 11-04 10:00")
	row := read(t, db, id)
	if row.SeriesID != master.ID || row.OriginalStartAt != wallAt(t, "2026-11-04T09:00") || row.Recurrence != "" || row.OwnerID != 1 {
		t.Errorf("the row is %+v", row)
	}
	people, err := db.Participants(t.Context(), []int64{id})
	if err != nil || fmt.Sprint(people[id]) != fmt.Sprintf("[{%d 2 accepted} {%d 4 needsAction}]", id, id) {
		t.Errorf("participants are %v, %v", people[id], err)
	}
	if now := read(t, db, master.ID); now != master {
		t.Errorf("the series changed: %+v", now)
	}
	for _, at := range []string{"2026-11-04T09:00", "2026-11-05T09:00"} { // replaced already
		if _, err := db.ReplaceOccurrence(t.Context(), seen(t, master, at), edit(t, master, "x", at)); !errors.Is(err, ErrConflict) {
			t.Errorf("%s: %v", at, err)
		}
	}
	for _, at := range []string{"2026-11-04T10:00", "2026-11-06T09:00", "2026-11-08T09:00"} { // none, removed, after the end
		if _, err := db.ReplaceOccurrence(t.Context(), seen(t, master, at), edit(t, master, "x", at)); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", at, err)
		}
	}
}

func TestRemoveOccurrence(t *testing.T) {
	db := seriesDB(t)
	master, moved := daily(t, db)
	if err := db.RemoveOccurrence(t.Context(), seen(t, master, "2026-11-03T09:00")); err != nil {
		t.Fatal(err)
	}
	expect(t, db, "S: 11-02 09:00, 11-04 09:00, 11-07 09:00\nmoved: 11-05 15:00")
	if now := read(t, db, master.ID); now.Recurrence != master.Recurrence+"\nEXDATE;TZID=Asia/Tokyo:20261103T090000" {
		t.Errorf("the rule is %q", now.Recurrence)
	}
	if err := db.RemoveOccurrence(t.Context(), seen(t, master, "2026-11-04T09:00")); !errors.Is(err, ErrConflict) {
		t.Errorf("another version: %v", err)
	}
	if err := db.DeleteAppointment(t.Context(), moved.ID, moved.RowVersion); err != nil {
		t.Fatal(err)
	}
	expect(t, db, "S: 11-02 09:00, 11-04 09:00, 11-07 09:00")

	holiday := create(t, db, Schedule{Subject: "H", AllDay: true, StartAt: WallDate(2026, 11, 1), EndAt: WallDate(2026, 11, 1), Recurrence: "RRULE:FREQ=DAILY"})
	if err := db.RemoveOccurrence(t.Context(), seen(t, holiday, "2026-11-03")); err != nil {
		t.Fatal(err)
	}
	if now := read(t, db, holiday.ID); now.Recurrence != "RRULE:FREQ=DAILY\nEXDATE;VALUE=DATE:20261103" {
		t.Errorf("the rule is %q", now.Recurrence)
	}
}

func TestChangeFollowing(t *testing.T) {
	db := seriesDB(t)
	master, moved := daily(t, db)
	id, err := db.ChangeFollowing(t.Context(), seen(t, master, "2026-11-04T09:00"), edit(t, master, "later", "2026-11-04T10:00", 2))
	if err != nil {
		t.Fatal(err)
	}
	expect(t, db, "S: 11-02 09:00, 11-03 09:00\nmoved: 11-05 15:00\nlater: 11-04 10:00, 11-07 10:00")
	if now := read(t, db, master.ID); now.Recurrence != "RRULE:FREQ=DAILY;UNTIL=20261103T235959Z" || now.StartAt != master.StartAt || now.Subject != "S" {
		t.Errorf("the old series is %+v", now)
	}
	if now := read(t, db, id); now.Recurrence != "RRULE:FREQ=DAILY;COUNT=4\nEXDATE;TZID=Asia/Tokyo:20261106T100000" {
		t.Errorf("the new rule is %q", now.Recurrence)
	}
	if now := read(t, db, moved.ID); now.SeriesID != id || now.OriginalStartAt != wallAt(t, "2026-11-05T10:00") || now.StartAt != moved.StartAt {
		t.Errorf("the replacement is %+v", now)
	}
	if people, err := db.Participants(t.Context(), []int64{id}); err != nil || len(people[id]) != 1 || people[id][0].Response != "accepted" {
		t.Errorf("participants are %v, %v", people[id], err)
	}
}

// From the first occurrence on it is the series itself.
func TestChangeFollowingFromTheFirst(t *testing.T) {
	db := seriesDB(t)
	master, _ := daily(t, db)
	id, err := db.ChangeFollowing(t.Context(), seen(t, master, "2026-11-02T09:00"), edit(t, master, "T", "2026-11-03T10:00"))
	if err != nil || id != master.ID {
		t.Fatal(id, err)
	}
	expect(t, db, "T: 11-03 10:00, 11-04 10:00, 11-05 10:00, 11-08 10:00\nmoved: 11-05 15:00")
}

func TestRemoveFollowing(t *testing.T) {
	db := seriesDB(t)
	master, _ := daily(t, db)
	if err := db.RemoveFollowing(t.Context(), seen(t, master, "2026-11-04T09:00")); err != nil {
		t.Fatal(err)
	}
	expect(t, db, "S: 11-02 09:00, 11-03 09:00")
	master = read(t, db, master.ID)
	if err := db.RemoveFollowing(t.Context(), seen(t, master, "2026-11-02T09:00")); err != nil {
		t.Fatal(err)
	}
	expect(t, db, "")
}

func TestChangeSeries(t *testing.T) {
	db := seriesDB(t)
	master, _ := daily(t, db)
	o := seen(t, master, "2026-11-04T09:00")
	if err := db.ChangeSeries(t.Context(), o, edit(t, master, "all", "2026-11-05T10:30", 3)); err != nil {
		t.Fatal(err)
	}
	expect(t, db, "all: 11-03 10:30, 11-04 10:30, 11-05 10:30, 11-08 10:30\nmoved: 11-05 15:00")
	if err := db.ChangeSeries(t.Context(), o, edit(t, master, "x", "2026-11-05T10:30")); !errors.Is(err, ErrConflict) {
		t.Errorf("another version: %v", err)
	}
	master = read(t, db, master.ID)
	whole := Occurrence{SeriesID: master.ID, Version: master.RowVersion}
	e := edit(t, master, "single", "2026-11-10T08:00")
	e.Row.Recurrence = ""
	if err := db.ChangeSeries(t.Context(), whole, e); err != nil {
		t.Fatal(err)
	}
	expect(t, db, "single: 11-10 08:00") // what replaced an occurrence has gone with the series
}

func TestDeleteAppointment(t *testing.T) {
	db := seriesDB(t)
	master, _ := daily(t, db)
	single := create(t, db, Schedule{Subject: "single", StartAt: wallAt(t, "2026-11-04T10:00"), EndAt: wallAt(t, "2026-11-04T10:00")})
	if err := db.DeleteAppointment(t.Context(), master.ID, master.RowVersion-1); !errors.Is(err, ErrConflict) {
		t.Errorf("another version: %v", err)
	}
	if err := db.DeleteAppointment(t.Context(), master.ID, master.RowVersion); err != nil {
		t.Fatal(err)
	}
	expect(t, db, "single: 11-04 10:00")
	if err := db.DeleteAppointment(t.Context(), single.ID, single.RowVersion); err != nil {
		t.Fatal(err)
	}
	expect(t, db, "")
	if err := db.DeleteAppointment(t.Context(), single.ID, single.RowVersion); !errors.Is(err, ErrNotFound) {
		t.Errorf("nothing is left: %v", err)
	}
}

// Rules take every form when they are cut and moved.
func TestSplitRules(t *testing.T) {
	for name, c := range map[string]struct{ start, rule, at, to, before, rest string }{
		"until": {"2026-11-02T09:00", "RRULE:FREQ=WEEKLY;UNTIL=20261201T000000Z", "2026-11-16T09:00", "2026-11-16T10:00",
			"RRULE:FREQ=WEEKLY;UNTIL=20261115T235959Z", "RRULE:FREQ=WEEKLY;UNTIL=20261201T010000Z"},
		"weekdays": {"2026-11-02T09:00", "RRULE:FREQ=WEEKLY;BYDAY=MO,SA", "2026-11-16T09:00", "2026-11-17T09:00",
			"RRULE:FREQ=WEEKLY;BYDAY=MO,SA;UNTIL=20261115T235959Z", "RRULE:FREQ=WEEKLY;BYDAY=TU,SU"},
		"day of the month": {"2026-10-10T09:00", "RRULE:FREQ=MONTHLY;BYMONTHDAY=10", "2026-11-10T09:00", "2026-11-12T09:00",
			"RRULE:FREQ=MONTHLY;BYMONTHDAY=10;UNTIL=20261109T235959Z", "RRULE:FREQ=MONTHLY;BYMONTHDAY=12"},
		"second Tuesday": {"2026-10-13T09:00", "RRULE:FREQ=MONTHLY;BYDAY=2TU", "2026-11-10T09:00", "2026-11-18T09:00",
			"RRULE:FREQ=MONTHLY;BYDAY=2TU;UNTIL=20261109T235959Z", "RRULE:FREQ=MONTHLY;BYDAY=3WE"},
		"ended rule and dates": {"2026-11-02T09:00", "RRULE:FREQ=DAILY;COUNT=2\nRDATE;TZID=Asia/Tokyo:20261105T090000,20261110T120000", "2026-11-05T09:00", "2026-11-05T10:00",
			"RRULE:FREQ=DAILY;COUNT=2", "RDATE;TZID=Asia/Tokyo:20261105T100000\nRDATE;TZID=Asia/Tokyo:20261110T130000"},
		"all-day": {"2026-11-02", "RRULE:FREQ=DAILY;UNTIL=20261130\nEXDATE;VALUE=DATE:20261103,20261120", "2026-11-10", "2026-11-11",
			"RRULE:FREQ=DAILY;UNTIL=20261109\nEXDATE;VALUE=DATE:20261103", "RRULE:FREQ=DAILY;UNTIL=20261201\nEXDATE;VALUE=DATE:20261121"},
	} {
		db := seriesDB(t)
		allDay := len(c.start) == len("2026-11-02")
		master := create(t, db, Schedule{Subject: "S", AllDay: allDay, StartAt: wallAt(t, c.start), EndAt: wallAt(t, c.start), Recurrence: c.rule})
		id, err := db.ChangeFollowing(t.Context(), seen(t, master, c.at), edit(t, master, "rest", c.to))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := read(t, db, master.ID).Recurrence; got != c.before {
			t.Errorf("%s: the old series keeps %q, want %q", name, got, c.before)
		}
		if got := read(t, db, id).Recurrence; got != c.rest {
			t.Errorf("%s: the new series has %q, want %q", name, got, c.rest)
		}
	}
}
