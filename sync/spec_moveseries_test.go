package calsync

import (
	"testing"

	"google.golang.org/api/calendar/v3"
)

// Point 15: a series that moves to another calendar of the link takes its changed
// and removed occurrences along: every row stays the row that it was.
func TestSpecSeriesMovesCalendar(t *testing.T) {
	eachCalendar(t, func(t *testing.T, other string) {
		onBothSides(t, "born in ", func(t *testing.T, side string) {
			w := specWorld(t)
			w.addCalendar(other)
			w.bornSeries(side)
			series := w.master().Id
			changed, removed := series+"_20261126T010000Z", series+"_20261127T010000Z"
			w.editEvent(series+"_20261128T010000Z", func(e *calendar.Event) { e.Location = "there" })
			w.account().Delete("primary", removed)
			w.sync()
			before := w.textOf("SELECT id, subject, location, start_at, recurrence, series_id, row_version FROM schedules ORDER BY id")
			for _, way := range [][2]string{{"primary", other}, {other, "primary"}} {
				w.account().Move(way[0], series, way[1])
				w.sync()
				w.quiet()
				w.google.ExpireSyncTokens()
				w.quiet()
				w.same("the rows", before, w.textOf("SELECT id, subject, location, start_at, recurrence, series_id, row_version FROM schedules ORDER BY id"))
			}
			w.agree(3)
			w.account().Move("primary", series, other)
			w.account().Edit(other, changed, func(e *calendar.Event) { e.Summary = "y" })
			w.sync()
			ids := w.textOf("SELECT id, series_id FROM schedules ORDER BY id")
			for _, row := range w.rows() {
				if row.SeriesID != 0 && row.Location == "" && row.Subject != "y" {
					t.Errorf("what was edited after the move was not carried: %s", w.tables())
				}
				if row.SeriesID != 0 && row.Location == "" {
					w.editRow(row.ID, "subject = 'z'")
				}
			}
			w.sync()
			if e := w.account().Event(other, changed); e.Summary != "z" {
				t.Errorf("the moved occurrence did not follow its row: %q", e.Summary)
			}
			if e := w.account().Event(other, removed); e.Status != "cancelled" {
				t.Errorf("the removed occurrence is %s", e.Status)
			}
			w.quiet()
			w.same("the rows' ids", ids, w.textOf("SELECT id, series_id FROM schedules ORDER BY id"))
		})
	})
}

// bornSeries makes four occurrences from 25 November on, the second of them
// changed, on one side.
func (w *world) bornSeries(side string) {
	w.t.Helper()
	if side == "table" {
		id := w.series("s", at10, at11, "", "RRULE:FREQ=DAILY;COUNT=4")
		w.instead(id, "2026-11-26 10:00:00", "x", "2026-11-26 13:00:00", "2026-11-26 14:00:00")
		w.sync()
		return
	}
	e := timed("s", "2026-11-25T10:00:00+09:00", "2026-11-25T11:00:00+09:00")
	e.Start.TimeZone, e.End.TimeZone, e.Recurrence = "Asia/Tokyo", "Asia/Tokyo", []string{"RRULE:FREQ=DAILY;COUNT=4"}
	id := w.account().Insert("primary", e).Id
	w.editEvent(id+"_20261126T010000Z", func(e *calendar.Event) { e.Summary = "x" })
	w.sync()
}
