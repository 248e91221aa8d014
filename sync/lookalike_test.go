package calsync

import (
	"testing"

	"google.golang.org/api/calendar/v3"
)

func TestLookAlikesArePairedOneToOne(t *testing.T) {
	w := newWorld(t)
	for range 2 {
		w.insertRow("会議", "2026-11-25 10:00:00", "2026-11-25 11:00:00")
	}
	w.insertRow("その他", "2026-11-25 10:00:00", "2026-11-25 11:00:00")
	e := timed("会議", "2026-11-25T10:00:00+09:00", "2026-11-25T11:00:00+09:00")
	e.Location = "A室"
	w.account().Insert("primary", e)
	res := w.sync()
	if n, m := len(w.rows()), len(w.events()); n != 3 || m != 3 {
		t.Errorf("%d rows, %d events: %+v", n, m, res)
	}
	if row := w.rows()[0]; row.Location != "A室" {
		t.Errorf("the empty place did not take the filled one: %+v", row)
	}
	w.quiet()

	// Later an equal event is a new one.
	w.account().Insert("primary", timed("会議", "2026-11-25T10:00:00+09:00", "2026-11-25T11:00:00+09:00"))
	w.sync()
	if n := len(w.rows()); n != 4 {
		t.Errorf("%d rows", n)
	}
	w.quiet()
}

func TestLookAlikesFilledDifferently(t *testing.T) {
	w := newWorld(t)
	id := w.insertRow("会議", "2026-11-25 10:00:00", "2026-11-25 11:00:00")
	w.exec("UPDATE schedules SET location = 'B室' WHERE id = ?", id)
	made := w.account().Insert("primary", timed("会議", "2026-11-25T10:00:00+09:00", "2026-11-25T11:00:00+09:00"))
	w.advance(3600e9)
	w.account().Edit("primary", made.Id, func(e *calendar.Event) { e.Location = "A室" })
	if res := w.sync(); res.Conflicts != 1 {
		t.Errorf("%+v", res)
	}
	if row, e := w.rows()[0], w.events()[0]; row.Location != "A室" || e.Location != "A室" {
		t.Errorf("the newer did not win: %q, %q", row.Location, e.Location)
	}
	w.quiet()
}
