package calsync

import (
	"testing"

	"google.golang.org/api/calendar/v3"
)

func TestARefusedRowStopsNobodyElse(t *testing.T) {
	w := newWorld(t)
	w.exec(`CREATE TRIGGER crm_says_no BEFORE INSERT ON schedules WHEN NEW.subject = 'bad' BEGIN SELECT RAISE(ABORT, 'the CRM does not want it'); END`)
	w.exec(`CREATE TRIGGER crm_says_never BEFORE UPDATE ON schedules WHEN NEW.subject = 'worse' BEGIN SELECT RAISE(ABORT, 'the CRM does not want it'); END`)
	for _, summary := range []string{"good", "bad", "better"} {
		w.account().Insert("primary", timed(summary, "2026-11-25T12:00:00+09:00", "2026-11-25T13:00:00+09:00"))
	}
	if res := w.sync(); res.Pulled != 2 || res.Skipped != 1 {
		t.Errorf("%+v", res)
	}
	if n := len(w.rows()); n != 2 {
		t.Errorf("%d rows", n)
	}
	w.quiet()
	for _, e := range w.events() {
		if e.Summary == "good" {
			w.account().Edit("primary", e.Id, func(e *calendar.Event) { e.Summary = "worse" })
		}
	}
	w.sync()
	w.quiet()
	if row := w.rows()[0]; row.Subject != "good" {
		t.Errorf("%+v", row)
	}
	w.exec("DROP TRIGGER crm_says_never")
	w.exec("UPDATE schedules SET location = 'room' WHERE subject = 'good'")
	w.sync()
	if row := w.rows()[0]; row.Subject != "worse" || row.Location != "room" {
		t.Errorf("the edit was not carried once it could be: %+v", row)
	}
	w.quiet()
}
