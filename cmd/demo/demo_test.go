package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTour(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	var out, errs bytes.Buffer
	if code := run(ctx, []string{"--once", "--listen", "127.0.0.1:0"}, &out, &errs); code != 0 {
		t.Fatalf("exit status %d\n%s\n%s", code, out.String(), errs.String())
	}
	for _, part := range []string{"/agcrm_google/", kanri.password, tanaka.password, sato.password, takahashi.password, "/ui/tanaka", "/ui/sato",
		"First synchronisation: 17 rows of the table are in Google, 7 events of Google are in the table",
		"Google <- the event is in the calendar", "CRM    <- SQL"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("the tour does not show %q:\n%s", part, out.String())
		}
	}
	if errs.Len() > 0 {
		t.Errorf("warnings on the way:\n%s", errs.String())
	}
	left, err := filepath.Glob(filepath.Join(os.Getenv("TMPDIR"), "agcrm-google-demo-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q, %v", left, err)
	}
}

func TestTourUsage(t *testing.T) {
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"--twice"}, &out, &errs); code != 2 || !strings.Contains(errs.String(), "--twice") {
		t.Errorf("exit status %d: %s", code, errs.String())
	}
	if code := run(t.Context(), []string{"--help"}, &out, &errs); code != 0 || !strings.Contains(out.String(), "--once") {
		t.Errorf("help: exit status %d: %s", code, out.String())
	}
}

// The story's week is the one that a visitor sees on the schedule, on any day.
func TestWeekStart(t *testing.T) {
	for day, want := range map[string]string{
		"2026-11-16": "2026-11-16", "2026-11-21": "2026-11-16", "2026-11-22": "2026-11-23", "2026-11-23": "2026-11-23",
	} {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := weekStart(at.Add(13*time.Hour), true).Format(time.DateOnly); got != want {
			t.Errorf("on %s the week begins on %s, want %s", day, got, want)
		}
	}
	if got := weekStart(time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC), false).Format(time.DateOnly); got != "2026-11-16" {
		t.Errorf("where weeks begin with Monday, a Sunday belongs to %s", got)
	}
}
