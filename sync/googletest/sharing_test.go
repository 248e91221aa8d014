package googletest_test

import (
	"strings"
	"testing"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/sync/googletest"
)

// guests makes a guest list.
func guests(emails ...string) []*calendar.EventAttendee {
	var list []*calendar.EventAttendee
	for _, email := range emails {
		list = append(list, &calendar.EventAttendee{Email: email})
	}
	return list
}

// people are Tanaka, who invites, and two guests.
func people(t *testing.T) (w *world, sato, suzuki *googletest.Account) {
	w = newWorld(t)
	return w, w.google.AddAccount("sato@example.com"), w.google.AddAccount("suzuki@example.com")
}

func status(a *googletest.Account, id string) string {
	ev := a.Event("primary", id)
	if ev == nil {
		return ""
	}
	return ev.Status
}

func TestOrganiserIsASecondaryCalendar(t *testing.T) {
	w, sato, _ := people(t)
	const team = "team@group.calendar.google.com"
	w.tanaka.AddCalendar(team, "Team", "owner", "")
	ev := meeting("x")
	ev.Attendees = guests("sato@example.com", "tanaka@example.com")
	ev = w.tanaka.Insert(team, ev)
	if ev.Organizer.Email != team || !ev.Organizer.Self || ev.Organizer.DisplayName != "Team" || ev.Attendees[1].Self {
		t.Errorf("organiser's %+v", ev.Organizer)
	}
	for _, a := range []*googletest.Account{sato, w.tanaka} {
		if got := a.Event("primary", ev.Id); got == nil || got.Organizer.Self || got.Organizer.Email != team || got.ICalUID != ev.ICalUID {
			t.Errorf("%s has %+v", a.Email, got)
		}
	}
	sato.Answer("primary", ev.Id, "accepted")
	if got := w.tanaka.Event(team, ev.Id); response(got, "sato@example.com") != "accepted" {
		t.Errorf("the answer did not arrive: %+v", got.Attendees[0])
	}
	w.tanaka.Delete(team, ev.Id)
	if status(sato, ev.Id) != "cancelled" || status(w.tanaka, ev.Id) != "cancelled" {
		t.Error("a copy outlived the organiser's")
	}
}

func TestEveryCopyHasItsOwnLink(t *testing.T) {
	w, sato, _ := people(t)
	ev := weekly()
	ev.Attendees = guests("sato@example.com")
	ev = w.tanaka.Insert("primary", ev)
	links := map[string]bool{}
	for _, a := range []*googletest.Account{w.tanaka, sato} {
		for _, id := range []string{ev.Id, ev.Id + "_20261208T010000Z"} {
			link := a.Event("primary", id).HtmlLink
			if !strings.HasPrefix(link, "https://") {
				t.Errorf("link %q", link)
			}
			links[link] = true
		}
	}
	if len(links) != 4 {
		t.Errorf("%d different links", len(links))
	}
}

func TestOccurrencesOfGuests(t *testing.T) {
	w, sato, suzuki := people(t)
	series := weekly()
	series.Attendees = guests("sato@example.com")
	series = w.tanaka.Insert("primary", series)
	second, third, fourth := series.Id+"_20261208T010000Z", series.Id+"_20261215T010000Z", series.Id+"_20261222T010000Z"

	// One occurrence only, one taken from a guest, one removed, one declined.
	w.tanaka.Edit("primary", second, func(ev *calendar.Event) { ev.Attendees = append(ev.Attendees, guests("suzuki@example.com")...) })
	if status(suzuki, series.Id) != "" || suzuki.Event("primary", second).RecurringEventId != series.Id || len(suzuki.Events("primary")) != 1 {
		t.Errorf("invited to one occurrence: %+v", suzuki.Events("primary"))
	}
	w.tanaka.Edit("primary", third, func(ev *calendar.Event) { ev.Attendees = nil })
	if status(sato, third) != "cancelled" || status(w.tanaka, third) != "confirmed" {
		t.Errorf("taken off one occurrence: %q", status(sato, third))
	}
	w.tanaka.Delete("primary", fourth)
	if status(sato, fourth) != "cancelled" {
		t.Errorf("a removed occurrence is %q at the guest", status(sato, fourth))
	}
	sato.Delete("primary", series.Id+"_20261201T010000Z")
	if got := w.tanaka.Event("primary", series.Id+"_20261201T010000Z"); got.Status != "confirmed" || response(got, "sato@example.com") != "declined" {
		t.Errorf("a declined occurrence is %+v", got)
	}
	if got := w.tanaka.Event("primary", series.Id); response(got, "sato@example.com") != "needsAction" {
		t.Errorf("the series is %+v", got)
	}

	// Who is invited later finds it all as it is.
	w.tanaka.Edit("primary", series.Id, func(ev *calendar.Event) { ev.Attendees = append(ev.Attendees, guests("suzuki@example.com")...) })
	if status(suzuki, series.Id) != "confirmed" || status(suzuki, second) != "confirmed" || status(suzuki, third) != "cancelled" || status(suzuki, fourth) != "cancelled" {
		t.Errorf("invited later: %q %q %q %q", status(suzuki, series.Id), status(suzuki, second), status(suzuki, third), status(suzuki, fourth))
	}
	if w.google.Mails() != 0 {
		t.Errorf("%d mails", w.google.Mails())
	}
}

func TestImportsAreNotShared(t *testing.T) {
	w, sato, _ := people(t)
	file := meeting("x")
	file.ICalUID, file.Organizer = "file@elsewhere.example", &calendar.EventOrganizer{Email: "tanaka@example.com"}
	file.Attendees = guests("sato@example.com")
	mine := w.tanaka.Import("primary", file)
	if !mine.Organizer.Self || !mine.PrivateCopy || len(mine.Attendees) != 0 || status(sato, mine.Id) != "" {
		t.Errorf("mine %+v", mine)
	}
	his := sato.Import("primary", file)
	if his.Id != mine.Id || his.ICalUID != mine.ICalUID || his.Organizer.Self {
		t.Errorf("his %+v", his)
	}
	w.tanaka.Delete("primary", mine.Id)
	if status(sato, his.Id) != "confirmed" {
		t.Error("an import was shared")
	}
	again := w.tanaka.Import("primary", file)
	if again.Id != mine.Id || again.Status != "confirmed" {
		t.Errorf("again %+v", again)
	}
	svc := w.service("tanaka@example.com")
	file.ICalUID, file.Attendees = "other@elsewhere.example", guests("sato@example.com")
	api := got(svc.Events.Import("primary", file).Do()).must(t)
	patch(t, svc, api.Id, &calendar.Event{Summary: "y"})
	if status(sato, api.Id) != "" || len(api.Attendees) != 1 {
		t.Errorf("import by a client %+v", api)
	}
}

func TestOrganiserHandsOver(t *testing.T) {
	w, sato, suzuki := people(t)
	ev := weekly()
	ev.Attendees = guests("tanaka@example.com", "sato@example.com", "suzuki@example.com")
	ev = w.tanaka.Insert("primary", ev)
	second := ev.Id + "_20261208T010000Z"
	w.tanaka.Edit("primary", second, func(ev *calendar.Event) { ev.Summary = "moved" })
	w.tanaka.HandOver(ev.Id, sato)
	for _, id := range []string{ev.Id, second} {
		for _, a := range []*googletest.Account{w.tanaka, sato, suzuki} {
			got := a.Event("primary", id)
			if got.Status != "confirmed" || got.Organizer.Email != "sato@example.com" || got.Organizer.Self != (a == sato) || got.ICalUID != ev.ICalUID {
				t.Errorf("%s at %s: %s, %+v", id, a.Email, got.Status, got.Organizer)
			}
		}
	}
	alone := meeting("alone")
	alone.Attendees = guests("suzuki@example.com")
	alone = w.tanaka.Insert("primary", alone)
	w.tanaka.HandOver(alone.Id, sato)
	if status(w.tanaka, alone.Id) != "cancelled" || status(sato, alone.Id) != "confirmed" || status(suzuki, alone.Id) != "confirmed" {
		t.Errorf("handed over by somebody who is no guest: %q %q %q", status(w.tanaka, alone.Id), status(sato, alone.Id), status(suzuki, alone.Id))
	}
}

func TestGuestsWritesThatStayLocal(t *testing.T) {
	i := newInvitation(t, nil)
	i.google.SetLocalGuestWrites(true)
	patch(t, i.guest, i.event.Id, &calendar.Event{Summary: "mine"})
	if i.sato.event().Summary != "mine" || i.tanaka.Event("primary", i.event.Id).Summary != "Budget" {
		t.Error("the write did not stay in the guest's copy")
	}
	patch(t, i.organizer, i.event.Id, &calendar.Event{Location: "Hall"})
	if ev := i.sato.event(); ev.Summary != "Budget" || ev.Location != "Hall" {
		t.Errorf("after the organiser's change: %+v", ev)
	}
}

func TestSpecialEventsHaveTheirPlace(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	w.tanaka.AddCalendar("team@group.calendar.google.com", "Team", "owner", "")
	for _, kind := range []string{"focusTime", "outOfOffice", "workingLocation", "fromGmail"} {
		ev := meeting("x")
		ev.EventType = kind
		w.tanaka.Insert("primary", ev)
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s stands in a secondary calendar", kind)
				}
			}()
			w.tanaka.Insert("team@group.calendar.google.com", ev)
		}()
	}
	birthday := w.tanaka.Insert("primary", &calendar.Event{Summary: "Birthday", EventType: "birthday", Recurrence: []string{"RRULE:FREQ=YEARLY"},
		Start: &calendar.EventDateTime{Date: "2026-12-01"}, End: &calendar.EventDateTime{Date: "2026-12-02"}})
	patch(t, svc, birthday.Id, &calendar.Event{ColorId: "2", Summary: "y"})
	got(svc.Events.Patch("primary", birthday.Id, &calendar.Event{Location: "y"}).SendUpdates("none").Do()).refused(t, 400, "eventTypeRestriction")
}
