package calsync

import (
	"context"
	"errors"
	"slices"
	"testing"

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
