package googletest_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"
	"google.golang.org/api/googleapi"
)

// insert adds an event through the API.
func insert(t *testing.T, svc *calendar.Service, ev *calendar.Event) *calendar.Event {
	t.Helper()
	return got(svc.Events.Insert("primary", ev).SendUpdates("none").Do()).must(t)
}

func patch(t *testing.T, svc *calendar.Service, id string, change *calendar.Event) *calendar.Event {
	t.Helper()
	return got(svc.Events.Patch("primary", id, change).SendUpdates("none").Do()).must(t)
}

func TestInsertFillsInDefaults(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	ev := insert(t, svc, meeting("Budget"))
	if ev.Etag == "" || ev.Etag[0] != '"' || ev.Etag[len(ev.Etag)-1] != '"' {
		t.Errorf("entity tag %s is not quoted", ev.Etag)
	}
	if ev.Start.DateTime != "2026-12-01T10:00:00+09:00" || ev.Start.TimeZone != "Asia/Tokyo" {
		t.Errorf("start %+v", ev.Start)
	}
	if !ev.Organizer.Self || ev.Organizer.Email != "tanaka@example.com" || !ev.Creator.Self || ev.Status != "confirmed" {
		t.Errorf("event %+v", ev)
	}
	if !ev.Reminders.UseDefault || ev.ICalUID != ev.Id+"@google.com" || ev.EventType != "default" || ev.ColorId != "" {
		t.Errorf("event %+v", ev)
	}
	if stamp, err := time.Parse("2006-01-02T15:04:05.000Z", ev.Updated); err != nil || ev.Created != ev.Updated {
		t.Errorf("created %s, updated %s (%v)", ev.Created, ev.Updated, stamp)
	}
}

func TestInsertedTimesAreRead(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	ev := meeting("Paris")
	ev.Start = &calendar.EventDateTime{DateTime: "2026-12-01T10:00:00.789", TimeZone: "Europe/Paris"}
	ev.End = &calendar.EventDateTime{DateTime: "2026-12-01T11:00:00", TimeZone: "Europe/Paris"}
	ev = insert(t, svc, ev)
	if ev.Start.DateTime != "2026-12-01T18:00:00+09:00" || ev.Start.TimeZone != "Europe/Paris" {
		t.Errorf("start %+v: the offset is the calendar's, the zone the event's", ev.Start)
	}
	there := got(svc.Events.Get("primary", ev.Id).TimeZone("America/New_York").Do()).must(t)
	if there.Start.DateTime != "2026-12-01T04:00:00-05:00" {
		t.Errorf("start %+v", there.Start)
	}
	w.tanaka.SetTimeZone("UTC")
	if ev = got(svc.Events.Get("primary", ev.Id).Do()).must(t); ev.Start.DateTime != "2026-12-01T09:00:00Z" {
		t.Errorf("start %+v", ev.Start)
	}
}

// Each of these is refused, on insert and as an update alike.
func TestInvalidEvents(t *testing.T) {
	timed := func(start, end string) func(*calendar.Event) {
		return func(ev *calendar.Event) { ev.Start.DateTime, ev.End.DateTime = start, end }
	}
	cases := map[string]struct {
		change func(*calendar.Event)
		reason string
	}{
		"no end":               {func(ev *calendar.Event) { ev.End = nil }, "required"},
		"no start":             {func(ev *calendar.Event) { ev.Start = nil }, "required"},
		"date and time":        {func(ev *calendar.Event) { ev.Start.Date = "2026-12-01" }, "invalid"},
		"date to time":         {func(ev *calendar.Event) { ev.Start = &calendar.EventDateTime{Date: "2026-12-01"} }, "invalid"},
		"no zone":              {timed("2026-12-01T10:00:00", "2026-12-01T11:00:00"), "required"},
		"no time":              {timed("yesterday", "2026-12-01T11:00:00Z"), "invalid"},
		"end before start":     {timed("2026-12-01T10:00:00Z", "2026-12-01T09:00:00Z"), "timeRangeEmpty"},
		"unknown zone":         {func(ev *calendar.Event) { ev.Start.TimeZone = "Tokyo Standard Time" }, "invalid"},
		"empty day":            {func(ev *calendar.Event) { *ev = *allDay("x", "2026-12-01", "2026-12-01") }, "timeRangeEmpty"},
		"no such day":          {func(ev *calendar.Event) { *ev = *allDay("x", "2026-02-30", "2026-03-01") }, "invalid"},
		"colour 12":            {func(ev *calendar.Event) { ev.ColorId = "12" }, "invalid"},
		"colour 01":            {func(ev *calendar.Event) { ev.ColorId = "01" }, "invalid"},
		"visibility":           {func(ev *calendar.Event) { ev.Visibility = "secret" }, "invalid"},
		"transparency":         {func(ev *calendar.Event) { ev.Transparency = "busy" }, "invalid"},
		"status":               {func(ev *calendar.Event) { ev.Status = "maybe" }, "invalid"},
		"long summary":         {func(ev *calendar.Event) { ev.Summary = strings.Repeat("件", 1025) }, "invalid"},
		"long description":     {func(ev *calendar.Event) { ev.Description = strings.Repeat("x", 8193) }, "invalid"},
		"guest without mail":   {func(ev *calendar.Event) { ev.Attendees = []*calendar.EventAttendee{{DisplayName: "x"}} }, "invalid"},
		"source":               {func(ev *calendar.Event) { ev.Source = &calendar.EventSource{Url: "file:///etc"} }, "invalid"},
		"series without zone":  {func(ev *calendar.Event) { ev.Recurrence = []string{"RRULE:FREQ=DAILY"} }, "required"},
		"unknown event type":   {func(ev *calendar.Event) { ev.EventType = "lunch" }, "eventTypeRestriction"},
		"focus time by client": {func(ev *calendar.Event) { ev.EventType = "focusTime" }, "eventTypeRestriction"},
		"both kinds of reminder": {func(ev *calendar.Event) {
			ev.Reminders = &calendar.EventReminders{UseDefault: true, Overrides: []*calendar.EventReminder{{Method: "popup", Minutes: 5}}}
		}, "cannotUseDefaultRemindersAndSpecifyOverride"},
		"six reminders": {func(ev *calendar.Event) {
			one := &calendar.EventReminder{Method: "popup", Minutes: 5}
			ev.Reminders = &calendar.EventReminders{Overrides: []*calendar.EventReminder{one, one, one, one, one, one}}
		}, "invalid"},
	}
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	existing := insert(t, svc, meeting("There"))
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			ev := meeting("x")
			c.change(ev)
			got(svc.Events.Insert("primary", ev).SendUpdates("none").Do()).refused(t, 400, c.reason)
			if c.reason == "eventTypeRestriction" {
				c.reason = "invalid"
			}
			got(svc.Events.Update("primary", existing.Id, ev).SendUpdates("none").Do()).refused(t, 400, c.reason)
		})
	}
	if n := len(w.tanaka.Events("primary")); n != 1 {
		t.Errorf("%d events", n)
	}
	if now := w.tanaka.Event("primary", existing.Id); now.Etag != existing.Etag {
		t.Error("a refused update changed the event")
	}
}

func TestIDs(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	with := func(id string) *calendar.Event {
		ev := meeting("x")
		ev.Id = id
		return ev
	}
	for _, id := range []string{"abcd", "ABCDEF", "wxyz12", "abc-def", strings.Repeat("a", 1025)} {
		got(svc.Events.Insert("primary", with(id)).SendUpdates("none").Do()).refused(t, 400, "invalid")
	}
	both := with("abcde")
	both.ICalUID = "x@example.com"
	got(svc.Events.Insert("primary", both).SendUpdates("none").Do()).refused(t, 400, "invalid")
	cancelled := with("abcde")
	cancelled.Status = "cancelled"
	got(svc.Events.Insert("primary", cancelled).SendUpdates("none").Do()).refused(t, 400, "invalid")
	insert(t, svc, with("abcde"))
	got(svc.Events.Insert("primary", with("abcde")).SendUpdates("none").Do()).refused(t, 409, "duplicate")
	w.tanaka.Delete("primary", "abcde")
	got(svc.Events.Insert("primary", with("abcde")).SendUpdates("none").Do()).refused(t, 409, "duplicate")
	w.tanaka.Purge("primary", "abcde")
	got(svc.Events.Get("primary", "abcde").Do()).refused(t, 404, "notFound")
	insert(t, svc, with("abcde"))
}

func TestDelete(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	ev := insert(t, svc, meeting("x"))
	stale := svc.Events.Delete("primary", ev.Id).SendUpdates("none")
	stale.Header().Set("If-Match", `"1"`)
	refusal := refused(t, stale.Do(), 412, "conditionNotMet")
	if !strings.Contains(refusal.Body, `"locationType":"header"`) || !strings.Contains(refusal.Body, `"location":"If-Match"`) {
		t.Errorf("body %s", refusal.Body)
	}
	if err := svc.Events.Delete("primary", ev.Id).SendUpdates("none").Do(); err != nil {
		t.Fatal(err)
	}
	refused(t, svc.Events.Delete("primary", ev.Id).SendUpdates("none").Do(), 410, "deleted")
	refused(t, svc.Events.Delete("primary", "neverthere").SendUpdates("none").Do(), 404, "notFound")
	gone := got(svc.Events.Get("primary", ev.Id).Do()).must(t)
	if gone.Status != "cancelled" || gone.Summary != "" || gone.Start != nil {
		t.Errorf("bare cancelled event %+v", gone)
	}
	w.google.SetBareCancelled(false)
	if gone = got(svc.Events.Get("primary", ev.Id).Do()).must(t); gone.Status != "cancelled" || gone.Summary != "x" {
		t.Errorf("cancelled event %+v", gone)
	}
}

func TestRevivingADeletedEvent(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	ev := insert(t, svc, meeting("x"))
	w.tanaka.Delete("primary", ev.Id)
	back := meeting("back")
	back.Status = "confirmed"
	w.google.SetReviveDeleted(false)
	got(svc.Events.Update("primary", ev.Id, back).SendUpdates("none").Do()).refused(t, 403, "forbidden")
	w.google.SetReviveDeleted(true)
	if now := got(svc.Events.Update("primary", ev.Id, back).SendUpdates("none").Do()).must(t); now.Status != "confirmed" || now.Summary != "back" {
		t.Errorf("event %+v", now)
	}
}

func TestImport(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	got(svc.Events.Import("primary", meeting("x")).Do()).refused(t, 400, "required")
	ev := meeting("x")
	ev.ICalUID = "uid@outside.example"
	ev.Organizer = &calendar.EventOrganizer{Email: "boss@outside.example"}
	first := got(svc.Events.Import("primary", ev).Do()).must(t)
	if first.Organizer.Email != "boss@outside.example" || first.Organizer.Self {
		t.Errorf("organizer %+v", first.Organizer)
	}
	ev.Summary = "y"
	if again := got(svc.Events.Import("primary", ev).Do()).must(t); again.Id != first.Id || again.Summary != "y" {
		t.Errorf("event %+v", again)
	}
	if w.google.Mails() != 0 {
		t.Error("an import mailed guests")
	}
}

func TestMove(t *testing.T) {
	w := newWorld(t)
	w.tanaka.AddCalendar("team#1@group.calendar.google.com", "Team", "owner", "Asia/Tokyo")
	w.tanaka.AddCalendar("shared@group.calendar.google.com", "Shared", "reader", "Asia/Tokyo")
	svc := w.service("tanaka@example.com")
	ev := insert(t, svc, meeting("x"))
	moved := got(svc.Events.Move("primary", ev.Id, "team#1@group.calendar.google.com").SendUpdates("none").Do()).must(t)
	if moved.Id != ev.Id || moved.ICalUID != ev.ICalUID || moved.Organizer.DisplayName != "Team" || !moved.Organizer.Self || moved.Creator.Self {
		t.Errorf("event %+v", moved)
	}
	if stub := w.tanaka.Event("primary", ev.Id); stub.Status != "cancelled" {
		t.Errorf("stub %+v", stub)
	}
	got(svc.Events.Move("primary", ev.Id, "team#1@group.calendar.google.com").SendUpdates("none").Do()).refused(t, 404, "notFound")
	w.tanaka.Move("team#1@group.calendar.google.com", ev.Id, "primary")
	if back := w.tanaka.Event("primary", ev.Id); back.Status != "confirmed" {
		t.Errorf("event %+v", back)
	}
	got(svc.Events.Move("primary", ev.Id, "shared@group.calendar.google.com").SendUpdates("none").Do()).refused(t, 403, "insufficientPermissions")
}

func TestRequestsThatMakeNoSense(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	got(svc.Events.List("primary").Do(googleapi.QueryParameter("maxResult", "10"))).refused(t, 400, "invalidParameter")
	got(svc.Events.List("primary").Do(googleapi.QueryParameter("singleEvents", "yes"))).refused(t, 400, "invalidParameter")
	got(svc.Events.List("primary").Do(googleapi.QueryParameter("maxResults", "0"))).refused(t, 400, "invalidParameter")
	got(svc.Events.List("primary").TimeMin("2026-12-01T00:00:00").Do()).refused(t, 400, "badRequest")
	got(svc.Events.List("primary").OrderBy("startTime").Do()).refused(t, 400, "badRequest")
	got(svc.Events.Insert("primary", meeting("x")).SendUpdates("nobody").Do()).refused(t, 400, "invalidParameter")
	got(svc.Events.List("other@example.com").Do()).refused(t, 404, "notFound")
	if status, _ := w.get(w.web.URL + "/calendar/v3/nothing"); status != 404 {
		t.Errorf("status %d", status)
	}
	if status, body := w.get(w.web.URL + "/calendar/v3/calendars/primary/events"); status != 401 || !strings.Contains(body, "Login Required") {
		t.Errorf("%d %s", status, body)
	}
}

func TestIfNoneMatch(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	ev := insert(t, svc, meeting("x"))
	if _, err := svc.Events.Get("primary", ev.Id).IfNoneMatch(ev.Etag).Do(); !googleapi.IsNotModified(err) {
		t.Errorf("got %v", err)
	}
	list := got(svc.Events.List("primary").Do()).must(t)
	if _, err := svc.Events.List("primary").IfNoneMatch(list.Etag).Do(); !googleapi.IsNotModified(err) {
		t.Errorf("got %v", err)
	}
	patch(t, svc, ev.Id, &calendar.Event{Summary: "y"})
	got(svc.Events.List("primary").IfNoneMatch(list.Etag).Do()).must(t)
}

func TestMailsAreCounted(t *testing.T) {
	w := newWorld(t)
	w.google.AddAccount("sato@example.com")
	svc := w.service("tanaka@example.com")
	ev := meeting("x")
	ev.Attendees = []*calendar.EventAttendee{{Email: "sato@example.com"}, {Email: "guest@outside.example"}, {Email: "tanaka@example.com"}}
	ev = insert(t, svc, ev)
	if w.google.Mails() != 0 || w.google.MissingSendUpdates() != 0 {
		t.Errorf("%d mails, %d writes without sendUpdates=none", w.google.Mails(), w.google.MissingSendUpdates())
	}
	got(svc.Events.Patch("primary", ev.Id, &calendar.Event{Summary: "y"}).SendUpdates("externalOnly").Do()).must(t)
	got(svc.Events.Patch("primary", ev.Id, &calendar.Event{Summary: "z"}).SendNotifications(true).Do()).must(t)
	if err := svc.Events.Delete("primary", ev.Id).SendUpdates("all").Do(); err != nil {
		t.Fatal(err)
	}
	if w.google.Mails() != 5 || w.google.MissingSendUpdates() != 3 {
		t.Errorf("%d mails, %d writes without sendUpdates=none", w.google.Mails(), w.google.MissingSendUpdates())
	}
}
