package calsync

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// seriesOfAll is a series on both sides with changed and removed occurrences of both.
func (w *world) seriesOfAll() int64 {
	id := w.series("s", at10, at11, "", "RRULE:FREQ=DAILY;COUNT=7\nEXDATE;TZID=Asia/Tokyo:20261128T100000")
	w.instead(id, "2026-11-26 10:00:00", "x", "2026-11-26 13:00:00", "2026-11-26 14:00:00")
	w.sync()
	w.account().Delete("primary", w.master().Id+"_20261129T010000Z")
	w.account().Edit("primary", w.master().Id+"_20261130T010000Z", func(e *calendar.Event) { e.Summary = "y" })
	w.sync()
	w.agree(5)
	w.rest()
	return id
}

// The preview of everything that can wait is what the run then does.
func TestSpecPreviewIsTheRun(t *testing.T) {
	w := specWorld(t)
	w.busy()
	w.insertRow("bad", at11, at10)
	before := w.dump()
	plan, err := w.svc.Preview(t.Context(), testUser)
	check(t, err)
	if after := w.dump(); after != before {
		t.Errorf("wrote %s", diff(before, after))
	}
	var steps []string
	for _, s := range plan {
		steps = append(steps, s.Side+" "+s.Action+" "+s.Subject)
	}
	w.exec("DELETE FROM agcrm_google_history")
	w.sync()
	var done []string
	all, err := w.db.History(t.Context(), models.HistoryFilter{UserID: testUser, Limit: 100})
	check(t, err)
	for _, h := range all {
		done = append(done, h.Side+" "+h.Action+" "+h.Subject)
	}
	slices.Sort(steps)
	done = append(done, "table skip bad")
	slices.Sort(done)
	done = slices.Compact(done) // an occurrence removed and its series edited are one step
	if !slices.Equal(steps, done) {
		t.Errorf("planned\n%s\ndone\n%s", strings.Join(steps, "\n"), strings.Join(done, "\n"))
	}
}

// Unlinked and linked again, a series wakes up whole; what was edited asleep is merged.
func TestSpecRelinkSeries(t *testing.T) {
	w := specWorld(t)
	id := w.seriesOfAll()
	tables := w.tables()
	check(t, w.svc.Unlink(t.Context(), testUser, Keep, Keep))
	w.link(testUser, "tanaka@example.com")
	w.google.ResetCalls()
	w.sync()
	w.agree(5)
	w.same("tables", tables, w.tables())
	check(t, w.svc.Unlink(t.Context(), testUser, Keep, Keep))
	w.account().Edit("primary", w.master().Id+"_20261201T010000Z", func(e *calendar.Event) { e.Summary = "z" })
	w.account().Delete("primary", w.eventNamed("y").Id)
	w.editRow(id, "location = 'l', recurrence = recurrence || char(10) || 'EXDATE;TZID=Asia/Tokyo:20261125T100000'")
	w.editRow(id+1, "subject = 'xx'")
	w.link(testUser, "tanaka@example.com")
	w.sync()
	w.agree(3)
}

// Another account gets a series whole and once; the old one keeps it, and is taken up again.
func TestSpecOtherAccountSeries(t *testing.T) {
	w := specWorld(t)
	w.seriesOfAll()
	old := w.googleShows()
	check(t, w.svc.Unlink(t.Context(), testUser, Keep, Keep))
	w.link(testUser, "other@example.com")
	w.sync()
	tables := w.tableShows()
	if got := w.googleShows(); !slices.Equal(got, tables) || len(got) != 5 {
		t.Errorf("%v", got)
	}
	w.quiet()
	check(t, w.svc.Unlink(t.Context(), testUser, Keep, Keep))
	w.link(testUser, "tanaka@example.com")
	w.sync()
	if got := w.googleShows(); !slices.Equal(got, old) {
		t.Errorf("%v", got)
	}
	w.agree(5)
}

// The same series, changed and cut the same way, stands on both sides before the first run.
func TestSpecLookAlikeSeries(t *testing.T) {
	w := specWorld(t)
	w.seriesOfAll()
	w.exec("DELETE FROM agcrm_google_pairs")
	for _, e := range w.events() {
		if e.RecurringEventId == "" {
			w.editEvent(e.Id, func(e *calendar.Event) { e.ExtendedProperties = nil })
		}
	}
	w.google.ExpireSyncTokens()
	w.sync()
	w.sync()
	w.agree(5)
}

// Directions hold for occurrences, too, and are caught up with later.
func TestSpecDirectionSeries(t *testing.T) {
	w := specWorld(t)
	id := w.seriesOfAll()
	w.direction(models.ToGoogle)
	w.account().Delete("primary", w.master().Id+"_20261201T010000Z")
	w.editEvent(w.eventNamed("x").Id, func(e *calendar.Event) { e.Summary = "xg" })
	tables := w.tables()
	w.sync()
	w.same("tables", tables, w.tables())
	w.editRow(id, "location = 'l'")
	w.sync()
	w.direction(models.DirectionBoth)
	w.sync()
	w.agree(4)
	w.direction(models.FromGoogle)
	w.rest()
	w.editRow(id, "recurrence = recurrence || char(10) || 'EXDATE;TZID=Asia/Tokyo:20261125T100000'")
	w.editRow(id+1, "subject = 'xr'")
	google := w.googleShows()
	w.sync()
	if got := w.googleShows(); !slices.Equal(got, google) {
		t.Errorf("%v", got)
	}
	w.account().Edit("primary", w.master().Id, func(e *calendar.Event) { e.Location = "gl" })
	w.sync()
	w.direction(models.DirectionBoth)
	w.sync()
	w.agree(3)
}
