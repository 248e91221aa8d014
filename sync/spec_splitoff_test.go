package calsync

import (
	"testing"

	"google.golang.org/api/calendar/v3"
)

// Google gives a series that "this and following" splits off an id that begins
// with the first one's. Deleting the first leaves it alone, in either way.
func TestSpecSplitThenDeleted(t *testing.T) {
	onBothSides(t, "deleted in ", func(t *testing.T, side string) {
		w := specWorld(t)
		id := w.series("s", at10, at11, "", "RRULE:FREQ=DAILY;COUNT=6")
		w.instead(id, "2026-11-26 10:00:00", "x", "2026-11-26 13:00:00", "2026-11-26 14:00:00")
		w.sync()
		first := w.master().Id
		w.editEvent(first, func(e *calendar.Event) { e.Recurrence = []string{"RRULE:FREQ=DAILY;UNTIL=20261127T145959Z"} })
		second := timed("n", "2026-11-28T10:00:00+09:00", "2026-11-28T11:00:00+09:00")
		second.Id = first + "_R20261128T010000"
		second.Start.TimeZone, second.End.TimeZone, second.Recurrence = "Asia/Tokyo", "Asia/Tokyo", []string{"RRULE:FREQ=DAILY;COUNT=3"}
		if made := w.account().Insert("primary", second); made.Id != second.Id {
			t.Fatalf("its id is %s", made.Id)
		}
		w.sync()
		w.agree(6)
		if side == "table" {
			w.exec("DELETE FROM schedules WHERE id = ? OR series_id = ?", id, id)
		} else {
			w.account().Delete("primary", first)
		}
		w.sync()
		w.agree(3)
		if n := w.countOf("pairs"); n != 1 {
			t.Errorf("%d pairs: %s", n, w.tables())
		}
	})
}
