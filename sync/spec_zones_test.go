package calsync

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"
)

// Point 12 and the meaning of the time columns.

func (w *world) insertZoned(subject, start, end string, zone any) int64 {
	w.t.Helper()
	return w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, time_zone) VALUES (?, ?, ?, ?, ?)", testUser, subject, start, end, zone)
}

// instants are an event's times in UTC and its zones.
func instants(t *testing.T, e *calendar.Event) string {
	t.Helper()
	start, err := time.Parse(time.RFC3339, e.Start.DateTime)
	check(t, err)
	end, err := time.Parse(time.RFC3339, e.End.DateTime)
	check(t, err)
	return start.UTC().Format("01-02 15:04") + "-" + end.UTC().Format("15:04") + " " + e.Start.TimeZone
}

func clockReadings(row interface{ String() string }, end interface{ String() string }) string {
	return fmt.Sprint(row, " ", end)
}

// The zone of a row that names none is AGCRM_TIME_ZONE, of others their own.
func TestSpecZoneOfRows(t *testing.T) {
	w := specWorld(t)
	w.insertZoned("tokyo", at10, at11, nil)
	w.insertZoned("paris", at10, at11, "Europe/Paris")
	w.sync()
	if got := instants(t, w.eventNamed("tokyo")); got != "11-25 01:00-02:00 Asia/Tokyo" {
		t.Error(got)
	}
	if got := instants(t, w.eventNamed("paris")); got != "11-25 09:00-10:00 Europe/Paris" {
		t.Error(got)
	}
	w.quiet()
}

// From Google: wall clock in AGCRM_TIME_ZONE with time_zone null, whatever zone
// the event names or its calendar has.
func TestSpecZoneOfNewRows(t *testing.T) {
	w := specWorld(t)
	w.account().SetTimeZone("America/New_York")
	e := timed("a", "2026-11-25T10:00:00-05:00", "2026-11-25T11:00:00-05:00")
	e.Start.TimeZone, e.End.TimeZone = "America/New_York", "America/New_York"
	w.account().Insert("primary", e)
	w.account().Insert("primary", timed("b", "2026-11-25T01:00:00Z", "2026-11-25T02:00:00Z"))
	w.sync()
	for _, row := range w.rows() {
		want := map[string]string{"a": "2026-11-26T00:00:00 2026-11-26T01:00:00", "b": "2026-11-25T10:00:00 2026-11-25T11:00:00"}[row.Subject]
		if got := clockReadings(row.StartAt, row.EndAt); got != want || row.TimeZone != "" {
			t.Errorf("%s: %s in %q", row.Subject, got, row.TimeZone)
		}
	}
	w.quiet()
}

// Writing back never changes the zone that an event has in Google ...
func TestSpecZoneInGoogleIsKept(t *testing.T) {
	w := specWorld(t)
	e := timed("a", "2026-11-25T10:00:00-05:00", "2026-11-25T12:00:00-03:00")
	e.Start.TimeZone, e.End.TimeZone = "America/New_York", "America/Sao_Paulo"
	id := w.account().Insert("primary", e).Id
	w.sync()
	row := w.rows()[0]
	w.editRow(row.ID, "start_at = '2026-11-26 01:00:00', end_at = '2026-11-26 02:00:00'")
	w.sync()
	got := w.account().Event("primary", id)
	if s := instants(t, got); s != "11-25 16:00-17:00 America/New_York" || got.End.TimeZone != "America/Sao_Paulo" {
		t.Errorf("%s, end in %s", s, got.End.TimeZone)
	}
	w.quiet()
	// ... unless time_zone itself was edited.
	w.editRow(row.ID, "time_zone = 'Europe/Paris'")
	w.sync()
	got = w.account().Event("primary", id)
	if s := instants(t, got); s != "11-26 00:00-01:00 Europe/Paris" || got.End.TimeZone != "Europe/Paris" {
		t.Errorf("%s, end in %s", s, got.End.TimeZone)
	}
	w.quiet()
}

// From Google into a row with a zone of its own: in that zone.
func TestSpecZoneOfRowIsKept(t *testing.T) {
	w := specWorld(t)
	id := w.insertZoned("a", at10, at11, "Europe/Paris")
	w.sync()
	w.editEvent(w.eventNamed("a").Id, func(e *calendar.Event) {
		e.Start = &calendar.EventDateTime{DateTime: "2026-11-25T20:00:00+09:00", TimeZone: "Asia/Tokyo"}
		e.End = &calendar.EventDateTime{DateTime: "2026-11-25T21:00:00+09:00", TimeZone: "Asia/Tokyo"}
	})
	w.sync()
	row := w.row(id)
	if got := clockReadings(row.StartAt, row.EndAt); got != "2026-11-25T12:00:00 2026-11-25T13:00:00" || row.TimeZone != "Europe/Paris" {
		t.Errorf("%s in %q", got, row.TimeZone)
	}
	w.quiet()
}

// A zone change alone in Google, at the same instants, moves nothing here and is
// not written back.
func TestSpecZoneChangedInGoogleOnly(t *testing.T) {
	w := specWorld(t)
	id, event := w.shared("a")
	version := w.row(id).RowVersion
	w.editEvent(event, func(e *calendar.Event) { e.Start.TimeZone, e.End.TimeZone = "Asia/Seoul", "Asia/Seoul" })
	w.sync()
	if w.row(id).RowVersion != version {
		t.Error("the row was written")
	}
	w.editRow(id, "end_at = '2026-11-25 12:00:00'")
	w.sync()
	if got := instants(t, w.account().Event("primary", event)); got != "11-25 01:00-03:00 Asia/Seoul" {
		t.Error(got)
	}
	w.quiet()
}

// An ambiguous hour (Paris, 2027-10-31 02:30 occurs twice) is not written back
// unless edited: neither by an edit of the subject nor by one of the other end.
func TestSpecAmbiguousHour(t *testing.T) {
	for _, first := range []bool{true, false} {
		w := linkedWorld(t)
		id := w.insertZoned("a", "2027-10-31 01:00:00", "2027-10-31 05:00:00", "Europe/Paris")
		w.sync()
		event := w.eventNamed("a").Id
		start := map[bool]string{true: "2027-10-31T02:30:00+02:00", false: "2027-10-31T02:30:00+01:00"}[first]
		w.editEvent(event, func(e *calendar.Event) { e.Start.DateTime = start })
		w.sync()
		if row := w.row(id); row.StartAt.String() != "2027-10-31T02:30:00" {
			t.Fatalf("%s", row.StartAt)
		}
		w.quiet()
		want := map[bool]string{true: "10-31 00:30", false: "10-31 01:30"}[first]
		w.editRow(id, "subject = 'b'")
		w.sync()
		if got := instants(t, w.account().Event("primary", event)); got[:11] != want {
			t.Errorf("an edit of the subject moved the start to %s", got)
		}
		w.editRow(id, "end_at = '2027-10-31 06:00:00'")
		w.sync()
		if got := instants(t, w.account().Event("primary", event)); got != want+"-05:00 Europe/Paris" {
			t.Errorf("an edit of the end moved the start: %s", got)
		}
		w.google.ExpireSyncTokens()
		w.quiet()
	}
}

// A reading that spring skips (Paris, 2027-03-28 02:30) is what the row goes on
// saying; Google has the instant after the gap.
func TestSpecSkippedHour(t *testing.T) {
	w := specWorld(t)
	id := w.insertZoned("a", "2027-03-28 02:30:00", "2027-03-28 05:00:00", "Europe/Paris")
	w.sync()
	if got := instants(t, w.eventNamed("a")); got != "03-28 01:30-03:00 Europe/Paris" {
		t.Error(got)
	}
	w.quiet()
	w.editRow(id, "end_at = '2027-03-28 06:00:00'")
	w.sync()
	if got := instants(t, w.eventNamed("a")); got != "03-28 01:30-04:00 Europe/Paris" {
		t.Error(got)
	}
	w.editEvent(w.eventNamed("a").Id, func(e *calendar.Event) { e.Location = "x" })
	w.sync()
	if row := w.row(id); row.StartAt.String() != "2027-03-28T02:30:00" {
		t.Errorf("%s", row.StartAt)
	}
	w.google.ExpireSyncTokens()
	w.quiet()
}

// All-day: first and last day inclusive, only the date part counts, time_zone null.
func TestSpecAllDay(t *testing.T) {
	w := specWorld(t)
	id := w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, all_day) VALUES (?, 'a', '2026-11-25 23:59:59', '2026-11-27 00:00:01', 1)", testUser)
	w.account().Insert("primary", &calendar.Event{Summary: "b", Start: &calendar.EventDateTime{Date: "2026-12-31"}, End: &calendar.EventDateTime{Date: "2027-01-02"}})
	w.sync()
	e := w.eventNamed("a")
	if e.Start.Date != "2026-11-25" || e.End.Date != "2026-11-28" {
		t.Errorf("%+v %+v", e.Start, e.End)
	}
	for _, row := range w.rows() {
		if row.Subject == "b" && (!row.AllDay || row.StartAt.Format("01-02") != "12-31" || row.EndAt.Format("01-02") != "01-01" || row.TimeZone != "") {
			t.Errorf("%+v", row)
		}
	}
	w.editEvent(e.Id, func(e *calendar.Event) { e.Summary = "c" })
	w.sync()
	if row := w.row(id); row.StartAt.String() != "2026-11-25T23:59:59" || row.EndAt.String() != "2026-11-27T00:00:01" {
		t.Errorf("an edit of the subject rewrote the time: %s %s", row.StartAt, row.EndAt)
	}
	w.quiet()
	w.editRow(id, "start_at = '2026-11-25 07:00:00'") // only the date part counts
	w.quiet()
}

// Same first and last day with clock readings that run backwards is one day.
func TestSpecAllDayClockReadingsDoNotCount(t *testing.T) {
	w := specWorld(t)
	w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, all_day) VALUES (?, 'a', '2026-11-25 15:00', '2026-11-25T09:00', 1)", testUser)
	w.sync()
	if e := w.eventNamed("a"); e.Start.Date != "2026-11-25" || e.End.Date != "2026-11-26" {
		t.Errorf("%+v %+v", e.Start, e.End)
	}
	w.quiet()
}

// Timed to all-day to timed, from either side.
func TestSpecAllDayTurns(t *testing.T) {
	w := specWorld(t)
	id, event := w.shared("a")
	w.editRow(id, "all_day = 1")
	w.sync()
	if e := w.account().Event("primary", event); e.Start.Date != "2026-11-25" || e.End.Date != "2026-11-26" || e.Start.DateTime != "" {
		t.Errorf("%+v", e.Start)
	}
	w.quiet()
	w.editRow(id, "all_day = 0")
	w.sync()
	if got := instants(t, w.account().Event("primary", event)); got != "11-25 01:00-02:00 Asia/Tokyo" {
		t.Error(got)
	}
	w.quiet()
	w.editEvent(event, func(e *calendar.Event) {
		e.Start, e.End = &calendar.EventDateTime{Date: "2026-11-26"}, &calendar.EventDateTime{Date: "2026-11-28"}
	})
	w.sync()
	if row := w.row(id); !row.AllDay || row.StartAt.Format("01-02") != "11-26" || row.EndAt.Format("01-02") != "11-27" {
		t.Errorf("%+v", row)
	}
	w.quiet()
	w.editEvent(event, func(e *calendar.Event) { e.Start, e.End = lunch("").Start, lunch("").End })
	w.sync()
	if row := w.row(id); row.AllDay || row.StartAt.String() != "2026-11-25T12:00:00" || row.EndAt.String() != "2026-11-25T13:00:00" {
		t.Errorf("%+v", row)
	}
	w.quiet()
}

// A row with a zone that becomes all-day in Google loses it: all-day rows have null.
func TestSpecAllDayRowsHaveNoZone(t *testing.T) {
	w := specWorld(t)
	id := w.insertZoned("a", at10, at11, "Europe/Paris")
	w.sync()
	w.editEvent(w.eventNamed("a").Id, func(e *calendar.Event) {
		e.Start, e.End = &calendar.EventDateTime{Date: "2026-11-26"}, &calendar.EventDateTime{Date: "2026-11-27"}
	})
	w.sync()
	if row := w.row(id); !row.AllDay || row.TimeZone != "" {
		t.Errorf("%+v", row)
	}
	w.quiet()
}

// SQLite's other spellings of a time are understood; nothing is written back.
func TestSpecTimeSpellings(t *testing.T) {
	w := specWorld(t)
	for i, s := range []string{"2026-11-25T10:00:00", "2026-11-25T10:00", "2026-11-25 10:00", "2026-11-25 10:00:00"} {
		w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at) VALUES (?, ?, ?, '2026-11-25 11:00')", testUser, fmt.Sprint(i), s)
	}
	w.sync()
	for _, e := range w.events() {
		if got := instants(t, e); got != "11-25 01:00-02:00 Asia/Tokyo" {
			t.Errorf("%s: %s", e.Summary, got)
		}
	}
	if n := len(w.events()); n != 4 {
		t.Errorf("%d events", n)
	}
	w.quiet()
}

// An appointment without length is one on both sides.
func TestSpecZeroLength(t *testing.T) {
	w := specWorld(t)
	w.insertRow("row", at10, at10)
	w.account().Insert("primary", timed("event", "2026-11-25T12:00:00+09:00", "2026-11-25T12:00:00+09:00"))
	w.sync()
	w.both("event row")
	w.quiet()
}

// Over midnight and over several days.
func TestSpecLongTimed(t *testing.T) {
	w := specWorld(t)
	id := w.insertRow("a", "2026-11-25 22:00:00", "2026-11-28 02:00:00")
	w.sync()
	e := w.eventNamed("a")
	if e.Start.DateTime != "2026-11-25T22:00:00+09:00" || e.End.DateTime != "2026-11-28T02:00:00+09:00" {
		t.Errorf("%s %s", e.Start.DateTime, e.End.DateTime)
	}
	w.editEvent(e.Id, func(e *calendar.Event) { e.End.DateTime = "2026-11-29T02:00:00+09:00" })
	w.sync()
	if row := w.row(id); row.EndAt.String() != "2026-11-29T02:00:00" {
		t.Errorf("%s", row.EndAt)
	}
	w.quiet()
}
