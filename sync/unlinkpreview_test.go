package calsync

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// What the preview names is what the unlink deletes, and the preview itself
// neither writes nor asks Google.
func TestUnlinkPreviewNamesWhatGoes(t *testing.T) {
	w := mixed(t)
	tables, google := w.tables(), asJSON(t, w.events())
	steps, err := w.svc.PreviewUnlink(context.Background(), testUser, Delete, Delete)
	check(t, err)
	var got []string
	for _, s := range steps {
		got = append(got, s.Side+" "+s.Action+" "+s.Subject)
	}
	slices.Sort(got)
	want := []string{"google delete ours", "google skip guests", "table delete theirs"}
	if !slices.Equal(got, want) {
		t.Errorf("the preview names %q, want %q", got, want)
	}
	if n := w.google.CallCount(); n != 0 {
		t.Errorf("the preview asked Google %d times", n)
	}
	w.same("the tables", tables, w.tables())
	w.same("Google", google, asJSON(t, w.events()))
	w.unlink(Delete, Delete)
	w.sides("guests ours taken-part", "guests taken-part theirs")
}

func TestUnlinkPreviewRefusesWhatUnlinkRefuses(t *testing.T) {
	w := mixed(t)
	if steps, err := w.svc.PreviewUnlink(context.Background(), testUser, Keep, Keep); err != nil || len(steps) != 0 {
		t.Errorf("keeping all: %v, %v", steps, err)
	}
	if _, err := w.svc.PreviewUnlink(context.Background(), testUser, "burn", Keep); !errors.Is(err, models.ErrInvalid) {
		t.Errorf("a choice that is none: %v", err)
	}
}

// A row that replaces an occurrence goes with its series, or stays with it, and
// the preview says so.
func TestUnlinkPreviewOfSeries(t *testing.T) {
	for _, google := range []string{Keep, Delete} {
		w := linkedWorld(t)
		w.seriesOfAll()
		e := timed("g", "2026-12-01T12:00:00+09:00", "2026-12-01T13:00:00+09:00")
		e.Start.TimeZone, e.End.TimeZone, e.Recurrence = "Asia/Tokyo", "Asia/Tokyo", []string{"RRULE:FREQ=DAILY;COUNT=4"}
		made := w.account().Insert("primary", e)
		w.editEvent(made.Id+"_20261202T030000Z", func(e *calendar.Event) { e.Summary = "gx" })
		w.sync()
		steps, err := w.svc.PreviewUnlink(t.Context(), testUser, google, Delete)
		check(t, err)
		got, events := map[string]bool{}, "g gx s x y"
		for _, s := range steps {
			got[s.Side+" "+s.Action+" "+s.Subject] = true
		}
		want := map[string]bool{"table delete g": true, "table delete gx": true}
		if google == Delete {
			want["google delete s"], events = true, "g gx"
		}
		if !maps.Equal(got, want) || len(steps) != len(want) {
			t.Errorf("%s: the preview names %v", google, steps)
		}
		w.unlink(google, Delete)
		w.sides("s x y", events)
	}
}

// A preview of the next run does not carry out an unlink job that has begun.
func TestPreviewDoesNotUnlink(t *testing.T) {
	w := mixed(t)
	check(t, w.db.StartUnlink(t.Context(), testUser, Delete, Delete))
	before := w.dump()
	if steps, err := w.svc.Preview(t.Context(), testUser); problemKey(err) != "profile.unlinking" || len(steps) != 0 {
		t.Errorf("the preview of a link that ends: %v, %v", steps, err)
	}
	if after := w.dump(); after != before || w.account().Grants() != 1 {
		t.Errorf("the preview wrote\n%s", diff(before, after))
	}
	w.unlink(Delete, Delete)
	w.sides("guests ours taken-part", "guests taken-part theirs")
}
