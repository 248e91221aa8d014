package googletest_test

import (
	"testing"

	"google.golang.org/api/calendar/v3"
)

// invitation is a world in which Tanaka has invited Sato and a stranger.
type invitation struct {
	*world
	sato             *calendarOwner
	organizer, guest *calendar.Service
	event            *calendar.Event
}

type calendarOwner struct{ event func() *calendar.Event }

func newInvitation(t *testing.T, change func(*calendar.Event)) *invitation {
	t.Helper()
	w := newWorld(t)
	sato := w.google.AddAccount("sato@example.com")
	i := &invitation{world: w, organizer: w.service("tanaka@example.com"), guest: w.service("sato@example.com")}
	ev := meeting("Budget")
	ev.Attendees = []*calendar.EventAttendee{{Email: "tanaka@example.com"}, {Email: "sato@example.com"}, {Email: "guest@outside.example"}}
	if change != nil {
		change(ev)
	}
	i.event = insert(t, i.organizer, ev)
	i.sato = &calendarOwner{func() *calendar.Event { return sato.Event("primary", i.event.Id) }}
	return i
}

func response(ev *calendar.Event, email string) string {
	for _, guest := range ev.Attendees {
		if guest.Email == email {
			return guest.ResponseStatus
		}
	}
	return ""
}

func TestGuestsGetCopies(t *testing.T) {
	i := newInvitation(t, func(ev *calendar.Event) {
		ev.ColorId = "3"
		ev.ExtendedProperties = &calendar.EventExtendedProperties{Private: map[string]string{"mine": "1"}, Shared: map[string]string{"ours": "2"}}
	})
	copied := i.sato.event()
	if copied == nil || copied.ICalUID != i.event.ICalUID || copied.Etag == i.event.Etag || copied.Organizer.Self || copied.Creator.Self {
		t.Fatalf("copy %+v", copied)
	}
	if copied.ColorId != "" || len(copied.ExtendedProperties.Private) != 0 || copied.ExtendedProperties.Shared["ours"] != "2" {
		t.Errorf("copy %+v", copied)
	}
	for _, guest := range copied.Attendees {
		if guest.Self != (guest.Email == "sato@example.com") || guest.Organizer != (guest.Email == "tanaka@example.com") {
			t.Errorf("attendee %+v", guest)
		}
	}
	patch(t, i.guest, i.event.Id, &calendar.Event{ColorId: "5"})
	patch(t, i.organizer, i.event.Id, &calendar.Event{Summary: "Budget 2027"})
	if copied = i.sato.event(); copied.Summary != "Budget 2027" || copied.ColorId != "5" {
		t.Errorf("copy %+v", copied)
	}
	if err := i.organizer.Events.Delete("primary", i.event.Id).SendUpdates("none").Do(); err != nil {
		t.Fatal(err)
	}
	if copied = i.sato.event(); copied.Status != "cancelled" {
		t.Errorf("copy %+v", copied)
	}
}

func TestGuestsMayNotChangeWhatIsShared(t *testing.T) {
	i := newInvitation(t, nil)
	for name, change := range map[string]*calendar.Event{
		"summary": {Summary: "mine"},
		"place":   {Location: "here"},
		"time":    {Start: &calendar.EventDateTime{DateTime: "2026-12-01T10:30:00+09:00"}},
		"guests":  {Attendees: []*calendar.EventAttendee{{Email: "sato@example.com"}}},
		"shared":  {ExtendedProperties: &calendar.EventExtendedProperties{Shared: map[string]string{"a": "b"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got(i.guest.Events.Patch("primary", i.event.Id, change).SendUpdates("none").Do()).refused(t, 403, "forbiddenForNonOrganizer")
		})
	}
	got(i.guest.Events.Update("primary", i.event.Id, meeting("Budget")).SendUpdates("none").Do()).refused(t, 403, "forbiddenForNonOrganizer")
	own := patch(t, i.guest, i.event.Id, &calendar.Event{
		ColorId: "4", Transparency: "transparent", Visibility: "private",
		Reminders:          &calendar.EventReminders{ForceSendFields: []string{"UseDefault"}},
		ExtendedProperties: &calendar.EventExtendedProperties{Private: map[string]string{"agcrm": "1"}},
	})
	if own.ColorId != "4" || own.ExtendedProperties.Private["agcrm"] != "1" {
		t.Errorf("copy %+v", own)
	}
	whole := got(i.guest.Events.Get("primary", i.event.Id).Do()).must(t)
	whole.ColorId = "6"
	got(i.guest.Events.Update("primary", i.event.Id, whole).SendUpdates("none").Do()).must(t)
}

func TestGuestsAnswer(t *testing.T) {
	i := newInvitation(t, nil)
	answer := i.sato.event().Attendees
	answer[1].ResponseStatus = "accepted"
	patch(t, i.guest, i.event.Id, &calendar.Event{Attendees: answer})
	if now := i.tanaka.Event("primary", i.event.Id); response(now, "sato@example.com") != "accepted" || now.Etag == i.event.Etag {
		t.Errorf("organiser's event %+v", now)
	}
	if err := i.guest.Events.Delete("primary", i.event.Id).SendUpdates("none").Do(); err != nil {
		t.Fatal(err)
	}
	if now := i.tanaka.Event("primary", i.event.Id); response(now, "sato@example.com") != "declined" || now.Status != "confirmed" {
		t.Errorf("organiser's event %+v", now)
	}
	patch(t, i.organizer, i.event.Id, &calendar.Event{Summary: "later"})
	if copied := i.sato.event(); copied.Status != "cancelled" {
		t.Errorf("a declined copy came back: %+v", copied)
	}
}

func TestGuestIsTakenOff(t *testing.T) {
	i := newInvitation(t, nil)
	patch(t, i.organizer, i.event.Id, &calendar.Event{Attendees: []*calendar.EventAttendee{{Email: "guest@outside.example"}}})
	if copied := i.sato.event(); copied.Status != "cancelled" {
		t.Errorf("copy %+v", copied)
	}
}

func TestGuestsThatMayModify(t *testing.T) {
	i := newInvitation(t, func(ev *calendar.Event) { ev.GuestsCanModify = true })
	patch(t, i.guest, i.event.Id, &calendar.Event{Summary: "Better"})
	if now := i.tanaka.Event("primary", i.event.Id); now.Summary != "Better" {
		t.Errorf("organiser's event %+v", now)
	}
}

func TestInvitationFromOutside(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	ev := meeting("Fair")
	ev.Organizer = &calendar.EventOrganizer{Email: "boss@outside.example"}
	ev.Attendees = []*calendar.EventAttendee{{Email: "tanaka@example.com"}}
	ev = w.tanaka.Insert("primary", ev)
	if ev.Organizer.Self || !ev.Attendees[0].Self {
		t.Errorf("event %+v", ev)
	}
	got(svc.Events.Patch("primary", ev.Id, &calendar.Event{Summary: "mine"}).SendUpdates("none").Do()).refused(t, 403, "forbiddenForNonOrganizer")
	got(svc.Events.Move("primary", ev.Id, "primary").SendUpdates("none").Do()).refused(t, 403, "cannotChangeOrganizer")
	moved := w.tanaka.Edit("primary", ev.Id, func(ev *calendar.Event) { ev.Location = "Hall 3" })
	if moved.Location != "Hall 3" || moved.Organizer.Email != "boss@outside.example" {
		t.Errorf("event %+v", moved)
	}
}

func TestInvitationToOneOccurrence(t *testing.T) {
	w := newWorld(t)
	ev := meeting("Guest lecture")
	ev.Id, ev.ICalUID = "abcde_20261201T010000Z", "uid@outside.example"
	ev.Organizer = &calendar.EventOrganizer{Email: "boss@outside.example"}
	ev.RecurringEventId, ev.OriginalStartTime = "abcde", &calendar.EventDateTime{DateTime: "2026-12-01T10:00:00+09:00"}
	w.tanaka.Insert("primary", ev)
	items, _ := pull(t, w.service("tanaka@example.com").Events.List("primary"))
	if len(items) != 1 || items[0].RecurringEventId != "abcde" || items[0].OriginalStartTime.DateTime != "2026-12-01T10:00:00+09:00" {
		t.Errorf("items %+v", items)
	}
}

func TestSpecialEvents(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	with := func(change func(*calendar.Event)) *calendar.Event {
		ev := meeting("x")
		change(ev)
		return w.tanaka.Insert("primary", ev)
	}
	mail := with(func(ev *calendar.Event) { ev.EventType = "fromGmail" })
	got(svc.Events.Patch("primary", mail.Id, &calendar.Event{Summary: "y"}).SendUpdates("none").Do()).refused(t, 400, "eventTypeRestriction")
	patch(t, svc, mail.Id, &calendar.Event{ColorId: "2"})
	got(svc.Events.Patch("primary", mail.Id, &calendar.Event{EventType: "default"}).SendUpdates("none").Do()).refused(t, 400, "invalid")
	locked := with(func(ev *calendar.Event) { ev.Locked = true })
	got(svc.Events.Patch("primary", locked.Id, &calendar.Event{Location: "y"}).SendUpdates("none").Do()).refused(t, 403, "forbidden")
	patch(t, svc, locked.Id, &calendar.Event{ColorId: "2"})
	focus := with(func(ev *calendar.Event) { ev.EventType = "focusTime" })
	if now := got(svc.Events.Get("primary", focus.Id).Do()).must(t); now.EventType != "focusTime" {
		t.Errorf("event %+v", now)
	}
	party := &calendar.Event{Summary: "Birthday", EventType: "birthday", Start: &calendar.EventDateTime{Date: "2026-12-01"},
		End: &calendar.EventDateTime{Date: "2026-12-02"}, Recurrence: []string{"RRULE:FREQ=YEARLY"}}
	insert(t, svc, party)
}
