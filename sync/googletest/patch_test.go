package googletest_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"
)

func TestPatchMerges(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	ev := meeting("x")
	ev.Location, ev.Description, ev.ColorId = "Osaka", "text", "3"
	ev.ExtendedProperties = &calendar.EventExtendedProperties{Private: map[string]string{"a": "1", "b": "2"}}
	ev.Attendees = []*calendar.EventAttendee{{Email: "one@outside.example"}, {Email: "two@outside.example"}}
	ev = insert(t, svc, ev)
	now := patch(t, svc, ev.Id, &calendar.Event{
		Summary: "y", NullFields: []string{"Location", "ColorId"}, ForceSendFields: []string{"Description"},
		ExtendedProperties: &calendar.EventExtendedProperties{Private: map[string]string{"c": "3"}, NullFields: []string{"Private.a"}},
		Attendees:          []*calendar.EventAttendee{{Email: "two@outside.example"}},
	})
	if now.Summary != "y" || now.Location != "" || now.Description != "" || now.ColorId != "" || now.Start.DateTime != ev.Start.DateTime {
		t.Errorf("event %+v", now)
	}
	if private := now.ExtendedProperties.Private; len(private) != 2 || private["b"] != "2" || private["c"] != "3" {
		t.Errorf("properties %v", private)
	}
	if len(now.Attendees) != 1 || now.Attendees[0].Email != "two@outside.example" {
		t.Errorf("attendees are merged, not replaced: %v", now.Attendees)
	}
	got(svc.Events.Patch("primary", "neverthere", &calendar.Event{Summary: "y"}).SendUpdates("none").Do()).refused(t, 404, "notFound")
}

func TestTimedToAllDayNeedsNull(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	ev := insert(t, svc, meeting("x"))
	days := func(null ...string) *calendar.Event {
		return &calendar.Event{Start: &calendar.EventDateTime{Date: "2026-12-01", NullFields: null},
			End: &calendar.EventDateTime{Date: "2026-12-02", NullFields: null}}
	}
	got(svc.Events.Patch("primary", ev.Id, days()).SendUpdates("none").Do()).refused(t, 400, "invalid")
	now := patch(t, svc, ev.Id, days("DateTime", "TimeZone"))
	if now.Start.Date != "2026-12-01" || now.Start.DateTime != "" || now.Start.TimeZone != "" || now.Sequence != 1 {
		t.Errorf("event %+v", now)
	}
}

func TestUpdateResetsWhatIsLeftOut(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	ev := meeting("x")
	no := false
	ev.Location, ev.GuestsCanModify, ev.GuestsCanInviteOthers = "Osaka", true, &no
	ev.ExtendedProperties = &calendar.EventExtendedProperties{Private: map[string]string{"agcrm": "1"}}
	ev.Reminders = &calendar.EventReminders{ForceSendFields: []string{"UseDefault"}}
	ev = insert(t, svc, ev)
	if ev.Reminders.UseDefault || ev.GuestsCanInviteOthers == nil {
		t.Fatalf("event %+v", ev)
	}
	now := got(svc.Events.Update("primary", ev.Id, meeting("y")).SendUpdates("none").Do()).must(t)
	if now.Location != "" || now.ExtendedProperties != nil || now.GuestsCanModify || now.GuestsCanInviteOthers != nil || !now.Reminders.UseDefault {
		t.Errorf("event %+v", now)
	}
	if now.Id != ev.Id || now.ICalUID != ev.ICalUID || now.Created != ev.Created || now.Sequence != 0 {
		t.Errorf("read-only fields changed: %+v", now)
	}
}

func TestStampsOfAChange(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	ev := insert(t, svc, meeting("x"))
	w.clock.advance(time.Minute)
	reminded := patch(t, svc, ev.Id, &calendar.Event{Reminders: &calendar.EventReminders{ForceSendFields: []string{"UseDefault"},
		Overrides: []*calendar.EventReminder{{Method: "popup", Minutes: 0, ForceSendFields: []string{"Minutes"}}}}})
	if reminded.Updated != ev.Updated || reminded.Etag <= ev.Etag {
		t.Errorf("reminders: updated %s, was %s; entity tag %s, was %s", reminded.Updated, ev.Updated, reminded.Etag, ev.Etag)
	}
	if now := patch(t, svc, ev.Id, &calendar.Event{Summary: "x"}); now.Etag <= reminded.Etag || now.Updated == ev.Updated {
		t.Error("a patch that changes nothing left no trace")
	}
	later := patch(t, svc, ev.Id, &calendar.Event{Start: &calendar.EventDateTime{DateTime: "2026-12-01T10:30:00+09:00"}})
	if later.Sequence != 1 {
		t.Errorf("sequence %d", later.Sequence)
	}
	again := got(svc.Events.Update("primary", ev.Id, later).SendUpdates("none").Do()).must(t)
	if again.Sequence != 1 {
		t.Errorf("writing back what was read raised the sequence to %d", again.Sequence)
	}
	old := meeting("x")
	old.Sequence = 5
	insertedWith := insert(t, svc, old)
	older := meeting("x")
	older.Sequence = 4
	got(svc.Events.Update("primary", insertedWith.Id, older).SendUpdates("none").Do()).refused(t, 400, "invalid")
}

func TestExtendedPropertyLimits(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	ev := meeting("x")
	ev.ExtendedProperties = &calendar.EventExtendedProperties{Private: map[string]string{
		strings.Repeat("k", 45): "dropped", strings.Repeat("k", 44): strings.Repeat("v", 1025)}}
	private := insert(t, svc, ev).ExtendedProperties.Private
	if len(private) != 1 || len(private[strings.Repeat("k", 44)]) != 1024 {
		t.Errorf("%d properties", len(private))
	}
}

func TestVersionFlags(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	ev := meeting("x")
	ev.ConferenceData = &calendar.ConferenceData{CreateRequest: &calendar.CreateConferenceRequest{RequestId: "r",
		ConferenceSolutionKey: &calendar.ConferenceSolutionKey{Type: "hangoutsMeet"}}}
	ev.Attachments = []*calendar.EventAttachment{{FileUrl: "https://drive.example/1"}}
	if without := insert(t, svc, ev); without.ConferenceData != nil || without.Attachments != nil {
		t.Errorf("event %+v", without)
	}
	with := got(svc.Events.Insert("primary", ev).ConferenceDataVersion(1).SupportsAttachments(true).SendUpdates("none").Do()).must(t)
	if with.HangoutLink == "" || len(with.Attachments) != 1 {
		t.Errorf("event %+v", with)
	}
	if kept := got(svc.Events.Update("primary", with.Id, meeting("y")).SendUpdates("none").Do()).must(t); kept.HangoutLink != with.HangoutLink || len(kept.Attachments) != 1 {
		t.Errorf("event %+v", kept)
	}
}
