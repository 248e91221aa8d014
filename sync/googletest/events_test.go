package googletest_test

import (
	"testing"

	"google.golang.org/api/calendar/v3"
)

func TestWriteAndReadBack(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	inserted := got(svc.Events.Insert("primary", meeting("Budget")).SendUpdates("none").Do()).must(t)
	if inserted.Etag == "" || inserted.Etag[0] != '"' {
		t.Errorf("entity tag %q is not quoted", inserted.Etag)
	}
	if inserted.Start.DateTime != "2026-12-01T10:00:00+09:00" || inserted.Start.TimeZone != "Asia/Tokyo" {
		t.Errorf("start %+v", inserted.Start)
	}
	if !inserted.Organizer.Self || !inserted.Creator.Self || !inserted.Reminders.UseDefault || inserted.ICalUID != inserted.Id+"@google.com" {
		t.Errorf("defaults are missing: %+v", inserted)
	}
	page := got(svc.Events.List("primary").Do()).must(t)
	if len(page.Items) != 1 || page.NextSyncToken == "" {
		t.Fatalf("%d items, token %q", len(page.Items), page.NextSyncToken)
	}
	patch := svc.Events.Patch("primary", inserted.Id, &calendar.Event{Summary: "Budget 2027"}).SendUpdates("none")
	patch.Header().Set("If-Match", inserted.Etag)
	patched := got(patch.Do()).must(t)
	if patched.Etag <= inserted.Etag || patched.Start.DateTime != inserted.Start.DateTime || patched.Sequence != 0 {
		t.Errorf("patched %+v", patched)
	}
	if _, err := patch.Do(); refused(t, err, 412, "conditionNotMet") == nil {
		t.Error("a stale entity tag was accepted")
	}
	next := got(svc.Events.List("primary").SyncToken(page.NextSyncToken).Do()).must(t)
	if len(next.Items) != 1 || next.Items[0].Summary != "Budget 2027" {
		t.Errorf("changes %+v", next.Items)
	}
	if err := svc.Events.Delete("primary", inserted.Id).SendUpdates("none").Do(); err != nil {
		t.Fatal(err)
	}
	refused(t, svc.Events.Delete("primary", inserted.Id).SendUpdates("none").Do(), 410, "deleted")
	gone := got(svc.Events.List("primary").SyncToken(next.NextSyncToken).Do()).must(t)
	if len(gone.Items) != 1 || gone.Items[0].Status != "cancelled" || gone.Items[0].Summary != "" {
		t.Errorf("changes %+v", gone.Items)
	}
	if got := got(svc.Events.Get("primary", inserted.Id).Do()).must(t); got.Status != "cancelled" {
		t.Errorf("status %q", got.Status)
	}
	again := meeting("again")
	again.Id = inserted.Id
	_, err := svc.Events.Insert("primary", again).SendUpdates("none").Do()
	refused(t, err, 409, "duplicate")
	if n := w.google.MissingSendUpdates(); n != 0 {
		t.Errorf("%d writes without sendUpdates=none", n)
	}
}
