package googletest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"
)

// weekly is a meeting every Tuesday at ten in Tokyo, four times from
// 1 December 2026.
func weekly() *calendar.Event {
	ev := meeting("Weekly")
	ev.Start.TimeZone, ev.End.TimeZone = "Asia/Tokyo", "Asia/Tokyo"
	ev.Recurrence = []string{"RRULE:FREQ=WEEKLY;COUNT=4"}
	return ev
}

func instanceIDs(t *testing.T, call *calendar.EventsInstancesCall) []string {
	t.Helper()
	var ids []string
	for _, ev := range got(call.Do()).must(t).Items {
		_, suffix, _ := strings.Cut(ev.Id, "_")
		ids = append(ids, suffix)
	}
	return ids
}

func TestInstances(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	series := insert(t, svc, weekly())
	want := []string{"20261201T010000Z", "20261208T010000Z", "20261215T010000Z", "20261222T010000Z"}
	if ids := instanceIDs(t, svc.Events.Instances("primary", series.Id)); !slices.Equal(ids, want) {
		t.Errorf("instances %q", ids)
	}
	one := got(svc.Events.Instances("primary", series.Id).OriginalStart("2026-12-08T10:00:00+09:00").Do()).must(t).Items
	if len(one) != 1 || one[0].RecurringEventId != series.Id || one[0].OriginalStartTime.DateTime != "2026-12-08T10:00:00+09:00" ||
		one[0].Recurrence != nil || one[0].ICalUID != series.ICalUID || one[0].End.DateTime != "2026-12-08T11:00:00+09:00" {
		t.Errorf("instance %+v", one)
	}
	days := allDay("Days", "2026-12-01", "2026-12-03")
	days.Recurrence = []string{"RRULE:FREQ=MONTHLY;UNTIL=20270201", "EXDATE;VALUE=DATE:20270101"}
	days = insert(t, svc, days)
	if ids := instanceIDs(t, svc.Events.Instances("primary", days.Id)); !slices.Equal(ids, []string{"20261201", "20270201"}) {
		t.Errorf("instances %q", ids)
	}
	got(svc.Events.Instances("primary", insert(t, svc, meeting("single")).Id).Do()).refused(t, 400, "invalid")
	got(svc.Events.Get("primary", series.Id+"_20261202T010000Z").Do()).refused(t, 404, "notFound")
}

func TestExceptions(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	series := insert(t, svc, weekly())
	_, token := pull(t, svc.Events.List("primary"))
	second, third := series.Id+"_20261208T010000Z", series.Id+"_20261215T010000Z"
	first := got(svc.Events.Get("primary", second).Do()).must(t)
	call := svc.Events.Patch("primary", second, &calendar.Event{Summary: "Moved",
		Start: &calendar.EventDateTime{DateTime: "2026-12-09T15:00:00+09:00"}, End: &calendar.EventDateTime{DateTime: "2026-12-09T16:00:00+09:00"}})
	call.Header().Set("If-Match", first.Etag)
	changed := got(call.SendUpdates("none").Do()).must(t)
	if changed.OriginalStartTime.DateTime != "2026-12-08T10:00:00+09:00" || changed.RecurringEventId != series.Id {
		t.Errorf("exception %+v", changed)
	}
	if err := svc.Events.Delete("primary", third).SendUpdates("none").Do(); err != nil {
		t.Fatal(err)
	}
	refused(t, svc.Events.Delete("primary", third).SendUpdates("none").Do(), 410, "deleted")
	items, token := pull(t, svc.Events.List("primary").SyncToken(token))
	if len(items) != 2 || items[0].Id != second || items[1].Id != third {
		t.Fatalf("changes %+v", items)
	}
	if gone := items[1]; gone.Status != "cancelled" || gone.RecurringEventId != series.Id || gone.OriginalStartTime.DateTime != "2026-12-15T10:00:00+09:00" || gone.Summary != "" {
		t.Errorf("cancelled exception %+v", gone)
	}
	full, _ := pull(t, svc.Events.List("primary"))
	if len(full) != 3 {
		t.Errorf("a full list has %d items: a living series keeps its cancelled instances", len(full))
	}
	single, _ := pull(t, svc.Events.List("primary").SingleEvents(true).OrderBy("startTime"))
	wantSummaries(t, single, "Weekly", "Moved", "Weekly")
	restored := got(svc.Events.Patch("primary", third, &calendar.Event{Status: "confirmed"}).SendUpdates("none").Do()).must(t)
	if restored.Status != "confirmed" || restored.Summary != "Weekly" {
		t.Errorf("restored %+v", restored)
	}
	w.tanaka.Delete("primary", series.Id)
	items, _ = pull(t, svc.Events.List("primary").SyncToken(token))
	if len(items) != 2 || items[1].Id != series.Id || items[1].Status != "cancelled" {
		t.Errorf("changes %+v", items)
	}
	if gone := got(svc.Events.Get("primary", second).Do()).must(t); gone.Status != "cancelled" {
		t.Errorf("exception of a deleted series %+v", gone)
	}
}

func TestMasterChangesResetExceptions(t *testing.T) {
	for name, c := range map[string]struct {
		change *calendar.Event
		want   string // what the exception of 8 December is afterwards
	}{
		"summary":            {&calendar.Event{Summary: "New"}, "Moved"},
		"cut short after it": {&calendar.Event{Recurrence: []string{"RRULE:FREQ=WEEKLY;UNTIL=20261214T145959Z"}}, "Moved"},
		"cut short before":   {&calendar.Event{Recurrence: []string{"RRULE:FREQ=WEEKLY;COUNT=1"}}, "cancelled"},
		"rule":               {&calendar.Event{Recurrence: []string{"RRULE:FREQ=DAILY;COUNT=10"}}, "Weekly"},
		"start":              {&calendar.Event{Start: &calendar.EventDateTime{DateTime: "2026-12-01T09:00:00+09:00"}}, "cancelled"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			svc := w.service("tanaka@example.com")
			series := insert(t, svc, weekly())
			patch(t, svc, series.Id+"_20261208T010000Z", &calendar.Event{Summary: "Moved"})
			patch(t, svc, series.Id, c.change)
			exception := w.tanaka.Event("primary", series.Id+"_20261208T010000Z")
			state := exception.Summary
			if exception.Status == "cancelled" {
				state = exception.Status
			}
			if state != c.want {
				t.Errorf("the exception is %s, want %s", state, c.want)
			}
		})
	}
}

func TestRecurrenceLines(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	for _, line := range []string{
		"FREQ=DAILY", "RRULE:FREQ=SOMETIMES", "rrule:FREQ=DAILY", "RRULE:FREQ=DAILY;UNTIL=20270101", "RRULE:FREQ=DAILY;UNTIL=20270101T000000",
		"RRULE:FREQ=DAILY;COUNT=3;UNTIL=20270101T000000Z", "RRULE:FREQ=DAILY;BYDAY=XX", "RRULE:FREQ=DAILY\r\nEXDATE:20270101T000000Z",
		"DTSTART:20261201T100000Z", "EXDATE:20261208T100000", "EXDATE;TZID=Nowhere:20261208T100000", "EXDATE:yesterday", "X-RULE:1",
	} {
		ev := weekly()
		ev.Recurrence = []string{line}
		if line[:2] == "EX" {
			ev.Recurrence = []string{"RRULE:FREQ=DAILY", line}
		}
		_, err := svc.Events.Insert("primary", ev).SendUpdates("none").Do()
		if err == nil {
			t.Errorf("%q is accepted", line)
			continue
		}
		refused(t, err, 400, "invalid")
	}
	series := insert(t, svc, weekly())
	got(svc.Events.Patch("primary", series.Id+"_20261208T010000Z", &calendar.Event{Recurrence: []string{"RRULE:FREQ=DAILY"}}).
		SendUpdates("none").Do()).refused(t, 400, "invalid")
}

// What the library gets wrong: several rules, excluding rules, zones.
func TestExpansion(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	for name, c := range map[string]struct {
		start, zone string
		lines       []string
		want        []string
	}{
		"two rules": {"2026-12-01T10:00:00", "Asia/Tokyo", []string{"RRULE:FREQ=DAILY;COUNT=2", "RRULE:FREQ=WEEKLY;COUNT=2"},
			[]string{"20261201T010000Z", "20261202T010000Z", "20261208T010000Z"}},
		"excluding rule": {"2026-12-01T10:00:00", "Asia/Tokyo", []string{"RRULE:FREQ=DAILY;COUNT=4", "EXRULE:FREQ=DAILY;INTERVAL=2;COUNT=2"},
			[]string{"20261202T010000Z", "20261204T010000Z"}},
		"dates": {"2026-12-01T10:00:00", "Asia/Tokyo", []string{"RDATE;TZID=Asia/Tokyo:20261203T100000,20261205T100000", "EXDATE:20261203T010000Z"},
			[]string{"20261201T010000Z", "20261205T010000Z"}},
		"autumn": {"2026-10-24T10:00:00", "Europe/Paris", []string{"RRULE:FREQ=DAILY;COUNT=2"},
			[]string{"20261024T080000Z", "20261025T090000Z"}},
		"skipped hour": {"2027-03-27T02:30:00", "Europe/Paris", []string{"RRULE:FREQ=DAILY;COUNT=3"},
			[]string{"20270327T013000Z", "20270328T013000Z", "20270329T003000Z"}},
		"until in UTC": {"2026-12-01T10:00:00", "Asia/Tokyo", []string{"RRULE:FREQ=DAILY;UNTIL=20261203T010000Z"},
			[]string{"20261201T010000Z", "20261202T010000Z", "20261203T010000Z"}},
	} {
		t.Run(name, func(t *testing.T) {
			start := got(time.Parse("2006-01-02T15:04:05", c.start)).must(t)
			ev := insert(t, svc, &calendar.Event{Summary: name, Recurrence: c.lines,
				Start: &calendar.EventDateTime{DateTime: c.start, TimeZone: c.zone},
				End:   &calendar.EventDateTime{DateTime: start.Add(time.Hour).Format("2006-01-02T15:04:05"), TimeZone: c.zone}})
			if ids := instanceIDs(t, svc.Events.Instances("primary", ev.Id)); !slices.Equal(ids, c.want) {
				t.Errorf("instances %q, want %q", ids, c.want)
			}
		})
	}
}

func TestEndlessSeries(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	ev := weekly()
	ev.Recurrence = []string{"RRULE:FREQ=DAILY"}
	insert(t, svc, ev)
	window := svc.Events.List("primary").SingleEvents(true).TimeMin("2030-01-01T00:00:00Z").TimeMax("2030-01-08T00:00:00Z")
	if items, _ := pull(t, window); len(items) != 7 {
		t.Errorf("%d occurrences in a week", len(items))
	}
	if items, _ := pull(t, svc.Events.List("primary").TimeMin("2090-01-01T00:00:00Z")); len(items) != 1 {
		t.Errorf("%d series beyond 2090", len(items))
	}
	if items, _ := pull(t, svc.Events.List("primary").SingleEvents(true)); len(items) < 600 || len(items) > 1000 {
		t.Errorf("%d occurrences without a window", len(items))
	}
}

func TestSeriesWithGuests(t *testing.T) {
	i := newInvitation(t, func(ev *calendar.Event) {
		ev.Start.TimeZone, ev.End.TimeZone = "Asia/Tokyo", "Asia/Tokyo"
		ev.Recurrence = []string{"RRULE:FREQ=WEEKLY;COUNT=4"}
	})
	second := i.event.Id + "_20261208T010000Z"
	patch(t, i.organizer, second, &calendar.Event{Location: "Annex"})
	sato := i.google.Account("sato@example.com")
	if copied := sato.Event("primary", second); copied.Location != "Annex" || copied.RecurringEventId != i.event.Id || copied.Organizer.Self {
		t.Errorf("copy %+v", copied)
	}
	third := i.event.Id + "_20261215T010000Z"
	if err := i.guest.Events.Delete("primary", third).SendUpdates("none").Do(); err != nil {
		t.Fatal(err)
	}
	if now := i.tanaka.Event("primary", third); now.Status != "confirmed" || response(now, "sato@example.com") != "declined" {
		t.Errorf("organiser's occurrence %+v", now)
	}
	if now := i.tanaka.Event("primary", i.event.Id); response(now, "sato@example.com") != "needsAction" {
		t.Errorf("organiser's series %+v", now)
	}
	i.tanaka.Delete("primary", i.event.Id)
	if copied := i.sato.event(); copied.Status != "cancelled" {
		t.Errorf("copy %+v", copied)
	}
}

func TestMovingASeries(t *testing.T) {
	w := newWorld(t)
	w.tanaka.AddCalendar("team@group.calendar.google.com", "Team", "owner", "Asia/Tokyo")
	svc := w.service("tanaka@example.com")
	series := insert(t, svc, weekly())
	second := series.Id + "_20261208T010000Z"
	patch(t, svc, second, &calendar.Event{Summary: "Moved"})
	got(svc.Events.Move("primary", second, "team@group.calendar.google.com").SendUpdates("none").Do()).refused(t, 403, "cannotChangeOrganizerOfInstance")
	got(svc.Events.Move("primary", series.Id, "team@group.calendar.google.com").SendUpdates("none").Do()).must(t)
	if there := w.tanaka.Event("team@group.calendar.google.com", second); there == nil || there.Summary != "Moved" {
		t.Errorf("exception %+v", there)
	}
}
