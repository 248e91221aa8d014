package calsync

import (
	"net/http"
	"testing"

	"agcrm-google/sync/googletest"
)

// A single "not found" as the answer to a DELETE proves nothing: the event still
// stands, and is deleted by the next run.
func TestSpecDeleteNotFoundOnce(t *testing.T) {
	notFound := googletest.Fault{Times: 1, Status: 404, Reason: "notFound", Match: func(r *http.Request) bool { return r.Method == "DELETE" }}
	deeds := map[string]struct {
		do   func(w *world, id, x int64)
		left int
	}{
		"single":     {func(w *world, _, _ int64) { w.exec("DELETE FROM schedules WHERE subject = 'single'") }, 4},
		"occurrence": {func(w *world, id, _ int64) { w.removeOn(id, "20261127T100000") }, 4},
		"replacement": {func(w *world, id, x int64) {
			w.exec("DELETE FROM schedules WHERE id = ?", x)
			w.removeOn(id, "20261126T100000")
		}, 4},
		"series": {func(w *world, id, _ int64) { w.exec("DELETE FROM schedules WHERE id = ? OR series_id = ?", id, id) }, 1},
	}
	for name, deed := range deeds {
		t.Run(name, func(t *testing.T) {
			w := specWorld(t)
			id := w.series("s", at10, at11, "", "RRULE:FREQ=DAILY;COUNT=4")
			x := w.instead(id, "2026-11-26 10:00:00", "x", "2026-11-26 13:00:00", "2026-11-26 14:00:00")
			w.insertRow("single", at12, at13)
			w.sync()
			w.agree(5)
			deed.do(w, id, x)
			w.google.AddFault(notFound)
			if _, err := w.try(); err == nil {
				t.Error("the run that could not delete tells nothing")
			}
			w.sync()
			w.agree(deed.left)
		})
	}
}

// removeOn takes an occurrence out of a series' row.
func (w *world) removeOn(id int64, start string) {
	w.t.Helper()
	w.editRow(id, "recurrence = recurrence || char(10) || ?", "EXDATE;TZID=Asia/Tokyo:"+start)
}
