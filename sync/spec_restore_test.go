package calsync

import (
	"fmt"
	"strings"
	"testing"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// richSeries is a series made in Google whose texts the table cannot hold as they are.
func (w *world) richSeries(color string) *calendar.Event {
	e := timed("定例"+strings.Repeat("長", 300), "2026-11-25T10:00:00+09:00", "2026-11-25T11:00:00+09:00")
	e.Start.TimeZone, e.End.TimeZone = "Asia/Tokyo", "Asia/Tokyo"
	e.Description, e.Location = "<b>議題</b><ul><li>一<li>二</ul>", strings.Repeat("場", 300)
	e.Visibility, e.ColorId = "confidential", color
	e.Recurrence = []string{"RRULE:FREQ=WEEKLY;COUNT=4"}
	return w.account().Insert("primary", e)
}

// An occurrence that the CRM moves keeps in Google what the CRM did not touch.
func TestSpecMovedOccurrenceKeepsTexts(t *testing.T) {
	for _, color := range []string{"3", ""} {
		t.Run("colour"+color, func(t *testing.T) {
			w := specWorld(t)
			w.profile(func(p *models.Profile) { p.Color = 5 })
			made := w.richSeries(color)
			w.sync()
			m := w.rows()[0]
			w.exec(`INSERT INTO schedules (owner_id, subject, location, body, start_at, end_at, private, busy, color_id, series_id, original_start_at, time_zone, updated_at)
				SELECT owner_id, subject, location, body, '2026-12-02 15:00:00', '2026-12-02 16:00:00', private, busy, color_id, id, '2026-12-02 10:00:00', time_zone, ? FROM schedules WHERE id = ?`, w.stamp(), m.ID)
			w.sync()
			x := w.account().Event("primary", made.Id+"_20261202T010000Z")
			if x.Start.DateTime != "2026-12-02T15:00:00+09:00" {
				t.Errorf("not moved: %v", x.Start)
			}
			if x.Summary != made.Summary || x.Location != made.Location {
				t.Errorf("cut to %d and %d characters", len([]rune(x.Summary)), len([]rune(x.Location)))
			}
			if x.Description != made.Description || x.Visibility != made.Visibility || x.ColorId != made.ColorId {
				t.Errorf("now %q %q %q; want %q %q %q", x.Description, x.Visibility, x.ColorId, made.Description, made.Visibility, made.ColorId)
			}
			w.quiet()
		})
	}
}

// A preview while a calendar is gone writes nothing.
func TestSpecPreviewWithLostCalendar(t *testing.T) {
	w := specWorld(t)
	w.addCalendar("work")
	w.sync()
	w.account().RemoveCalendar("work")
	before := w.dump()
	_, err := w.svc.Preview(t.Context(), testUser)
	check(t, err)
	if after := w.dump(); after != before {
		t.Errorf("wrote %s", diff(before, after))
	}
}

// A missing event (404) in a full listing: the preview notes nothing.
func TestSpecPreviewMissing(t *testing.T) {
	w := specWorld(t)
	_, ev := w.shared("a")
	w.insertRow("b", at12, at13)
	w.sync()
	w.account().Delete("primary", ev)
	w.account().Purge("primary", ev)
	w.google.ExpireSyncTokens()
	before := w.dump()
	plan, err := w.svc.Preview(t.Context(), testUser)
	check(t, err)
	if len(plan) != 0 { // one 404 is no deletion
		t.Errorf("%+v", plan)
	}
	if after := w.dump(); after != before {
		t.Errorf("wrote %s", diff(before, after))
	}
}

// Bringing back a series that was deleted in Google brings its changed occurrences too.
func TestSpecRestoreSeries(t *testing.T) {
	onBothSides(t, "", func(t *testing.T, side string) {
		w := specWorld(t)
		id := w.weekly(";COUNT=4\nEXDATE;TZID=Asia/Tokyo:20261209T100000")
		w.exec("INSERT INTO users (id, login) VALUES (8, 'sato')")
		w.exec("INSERT INTO schedule_participants (schedule_id, user_id) VALUES (?, 8)", id)
		w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, series_id, original_start_at) VALUES (?, '別', '2026-12-02 13:00:00', '2026-12-02 14:00:00', ?, '2026-12-02 10:00:00')", testUser, id)
		w.sync()
		before := w.instances()
		if side == "google" {
			w.account().Delete("primary", w.master().Id)
		} else {
			w.exec("DELETE FROM schedules WHERE id = ?", id)
		}
		w.sync()
		for _, h := range w.history(models.ActionDelete) {
			check(t, w.svc.Restore(t.Context(), h.ID))
		}
		w.sync()
		w.wantInstances(before...)
		if roster := w.textOf("SELECT user_id, response FROM schedule_participants WHERE schedule_id IN (SELECT id FROM schedules)"); roster != "8 needsAction\n" {
			t.Errorf("the roster is %q", roster)
		}
		w.quiet()
	})
}

// Bringing back a changed occurrence that was deleted in Google gives it to its series again.
func TestSpecRestoreOccurrence(t *testing.T) {
	w := specWorld(t)
	id := w.weekly(";COUNT=3")
	w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, series_id, original_start_at) VALUES (?, '別', '2026-12-02 13:00:00', '2026-12-02 14:00:00', ?, '2026-12-02 10:00:00')", testUser, id)
	w.sync()
	before := w.instances()
	w.account().Delete("primary", w.master().Id+"_20261202T010000Z")
	w.sync()
	for _, h := range w.history(models.ActionDelete) {
		check(t, w.svc.Restore(t.Context(), h.ID))
	}
	w.sync()
	w.wantInstances(before...)
	w.quiet()
}

// A changed occurrence that is edited while its series is deleted on the other side.
func TestSpecOccurrenceEditedSeriesDeleted(t *testing.T) {
	onBothSides(t, "deleted in ", func(t *testing.T, side string) {
		w := specWorld(t)
		id := w.series("s", at10, at11, "", "RRULE:FREQ=DAILY;COUNT=4")
		x := w.instead(id, "2026-11-26 10:00:00", "x", "2026-11-26 13:00:00", "2026-11-26 14:00:00")
		w.sync()
		event := w.eventNamed("x").Id
		if side == "table" {
			w.exec("DELETE FROM schedules WHERE id = ? OR series_id = ?", id, id)
			w.editEvent(event, func(e *calendar.Event) { e.Summary = "kept" })
		} else {
			w.account().Delete("primary", w.master().Id)
			w.editRow(x, "subject = 'kept'")
		}
		w.sync()
		w.sides("", "")
		w.quiet()
		all, err := w.db.History(t.Context(), models.HistoryFilter{UserID: testUser, Limit: 100})
		check(t, err)
		if !strings.Contains(fmt.Sprint(all), "kept") {
			t.Errorf("the edit is not in the history: %+v", all)
		}
	})
}
