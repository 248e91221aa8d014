package calsync

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// previewIsRun asserts that a preview writes nothing, names no item twice, and
// names exactly what the next run's history does, beside what it is to name too.
func (w *world) previewIsRun(besides ...string) []string {
	w.t.Helper()
	before := w.dump()
	w.google.ResetCalls()
	plan, err := w.svc.Preview(w.t.Context(), testUser)
	check(w.t, err)
	if after := w.dump(); after != before {
		w.t.Errorf("the preview wrote\n%s", diff(before, after))
	}
	if n := w.google.WriteCount(); n != 0 {
		w.t.Errorf("the preview wrote %d times to Google", n)
	}
	var steps, done []string
	for _, s := range plan {
		steps = append(steps, s.Side+" "+s.Action+" "+s.Subject)
	}
	w.exec("DELETE FROM agcrm_google_history")
	w.sync()
	all, err := w.db.History(w.t.Context(), models.HistoryFilter{UserID: testUser, Limit: 1000})
	check(w.t, err)
	for _, h := range all {
		switch h.Action {
		case models.ActionConflict:
		case models.ActionRestore: // a row made anew
			done = append(done, h.Side+" "+models.ActionCreate+" "+h.Subject)
		default:
			done = append(done, h.Side+" "+h.Action+" "+h.Subject)
		}
	}
	done = append(done, besides...)
	slices.Sort(steps)
	slices.Sort(done)
	done = slices.Compact(done) // one item, whose fields and removed occurrences are written apart
	if !slices.Equal(steps, done) {
		w.t.Errorf("planned\n%s\ndone\n%s", strings.Join(steps, "\n"), strings.Join(done, "\n"))
	}
	w.quiet()
	return steps
}

// Point 9 of the preview: series with all that is changed in them, item by item.
func TestSpecPreviewOfSeries(t *testing.T) {
	cases := map[string]struct {
		at      func(w *world, id int64, event string)
		besides []string
	}{
		"new on both sides": {at: func(w *world, _ int64, _ string) {
			w.account().Delete("primary", w.strange("g")+"_20261203T030000Z")
			id := w.series("r", at10, at11, "", "RRULE:FREQ=DAILY;COUNT=4\nEXDATE;TZID=Asia/Tokyo:20261127T100000")
			w.instead(id, "2026-11-26 10:00:00", "rx", "2026-11-26 13:00:00", "2026-11-26 14:00:00")
		}},
		"changed and removed in Google": {at: func(w *world, _ int64, event string) {
			w.editEvent(event+"_20261201T010000Z", func(e *calendar.Event) { e.Summary = "z" })
			w.account().Delete("primary", event+"_20261125T010000Z")
			w.account().Delete("primary", w.eventNamed("x").Id)
			w.editEvent(w.eventNamed("y").Id, func(e *calendar.Event) { e.Summary = "yy" })
		}},
		"edited whole and in parts in Google": {at: func(w *world, _ int64, event string) {
			w.editEvent(event, func(e *calendar.Event) { e.Location = "room" })
			w.account().Delete("primary", event+"_20261125T010000Z")
		}},
		"changed and removed in the table": {at: func(w *world, id int64, _ string) {
			w.removeOn(id, "20261125T100000")
			w.instead(id, "2026-12-01 10:00:00", "z", "2026-12-01 13:00:00", "2026-12-01 14:00:00")
			w.editRow(id+1, "subject = 'xx'")
		}},
		"a replacement row goes, and the occurrence with it": {at: func(w *world, id int64, _ string) {
			w.exec("DELETE FROM schedules WHERE id = ?", id+1)
			w.removeOn(id, "20261126T100000")
		}},
		"the rule": {at: func(w *world, id int64, _ string) {
			w.editRow(id, "recurrence = replace(recurrence, 'COUNT=7', 'COUNT=8')")
		}},
		"deleted in the table": {at: func(w *world, id int64, _ string) {
			w.exec("DELETE FROM schedules WHERE id = ? OR series_id = ?", id, id)
		}},
		"deleted in Google": {at: func(w *world, _ int64, event string) { w.account().Delete("primary", event) }, besides: []string{"table delete x", "table delete y"}},
		"a look-alike of a row": {at: func(w *world, _ int64, _ string) {
			w.insertRow("twin", at12, at13)
			w.account().Insert("primary", lunch("twin"))
			w.google.ExpireSyncTokens()
		}, besides: []string{"table adopt twin"}},
		"deleted here, edited there": {at: func(w *world, _ int64, _ string) {
			w.exec("DELETE FROM schedules WHERE subject = 'single'")
			w.editEvent(w.eventNamed("single").Id, func(e *calendar.Event) { e.Location = "room" })
			w.exec("DELETE FROM agcrm_google_history")
		}},
		"deleted there, edited here": {at: func(w *world, id int64, event string) {
			w.editRow(id, "location = 'room'")
			w.account().Delete("primary", event)
		}},
		"the same edit on both sides": {at: func(w *world, id int64, event string) {
			w.editRow(id, "location = 'room'")
			w.editEvent(event, func(e *calendar.Event) { e.Location = "room" })
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := specWorld(t)
			id := w.seriesOfAll()
			w.insertRow("single", "2026-12-20 10:00:00", "2026-12-20 11:00:00")
			w.sync()
			c.at(w, id, w.master().Id)
			w.previewIsRun(c.besides...)
		})
	}
}

// The preview of a series that moves to another calendar names what is new there.
func TestSpecPreviewOfMovedSeries(t *testing.T) {
	eachCalendar(t, func(t *testing.T, other string) {
		w := specWorld(t)
		w.addCalendar(other)
		w.seriesOfAll()
		x := w.eventNamed("x").Id
		w.account().Move("primary", w.master().Id, other)
		w.account().Edit(other, x, func(e *calendar.Event) { e.Summary = "xx" })
		if got := w.previewIsRun(); !slices.Equal(got, []string{"table update xx"}) {
			t.Errorf("planned %q", got)
		}
	})
}

// strange makes a series of a person's with a changed occurrence.
func (w *world) strange(summary string) string {
	w.t.Helper()
	e := timed(summary, "2026-12-01T12:00:00+09:00", "2026-12-01T13:00:00+09:00")
	e.Start.TimeZone, e.End.TimeZone, e.Recurrence = "Asia/Tokyo", "Asia/Tokyo", []string{"RRULE:FREQ=DAILY;COUNT=4"}
	id := w.account().Insert("primary", e).Id
	w.editEvent(id+"_20261202T030000Z", func(e *calendar.Event) { e.Summary = summary + "x" })
	return id
}
