package googletest_test

import (
	"slices"
	"testing"

	"google.golang.org/api/calendar/v3"
)

func TestCalendarList(t *testing.T) {
	w := newWorld(t)
	w.tanaka.AddCalendar("team@group.calendar.google.com", "Team", "owner", "Europe/Paris")
	w.tanaka.AddCalendar("ja.japanese#holiday@group.v.calendar.google.com", "祝日", "reader", "Asia/Tokyo")
	svc := w.service("tanaka@example.com", listScope, eventsScope, calendar.CalendarEventsReadonlyScope, calendar.CalendarAppCreatedScope)
	w.google.SetPageSize(2)
	var ids []string
	token := ""
	if err := svc.CalendarList.List().Pages(t.Context(), func(page *calendar.CalendarList) error {
		for _, entry := range page.Items {
			ids = append(ids, entry.Id+" "+entry.AccessRole)
		}
		token = page.NextSyncToken
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"tanaka@example.com owner", "team@group.calendar.google.com owner", "ja.japanese#holiday@group.v.calendar.google.com reader"}; !slices.Equal(ids, want) {
		t.Errorf("got %q", ids)
	}
	if own := got(svc.CalendarList.List().MinAccessRole("owner").Do()).must(t); len(own.Items) != 2 || !own.Items[0].Primary {
		t.Errorf("calendars %+v", own.Items)
	}
	w.tanaka.RemoveCalendar("team@group.calendar.google.com")
	changes := got(svc.CalendarList.List().SyncToken(token).Do()).must(t)
	if len(changes.Items) != 1 || !changes.Items[0].Deleted {
		t.Errorf("changes %+v", changes.Items)
	}
	got(svc.CalendarList.List().SyncToken(token).MinAccessRole("owner").Do()).refused(t, 400, "badRequest")
	got(svc.Events.List("team@group.calendar.google.com").Do()).refused(t, 404, "notFound")
	got(svc.Events.List("ja.japanese#holiday@group.v.calendar.google.com").Do()).must(t)
	if entry := got(svc.CalendarList.Get("primary").Do()).must(t); entry.Id != "tanaka@example.com" {
		t.Errorf("entry %+v", entry)
	}
	made := got(svc.Calendars.Insert(&calendar.Calendar{Summary: "CRM", TimeZone: "Asia/Tokyo"}).Do()).must(t)
	if found := got(svc.Calendars.Get(made.Id).Do()).must(t); found.Summary != "CRM" {
		t.Errorf("calendar %+v", found)
	}
}

// events.owned opens own calendars only, whatever the role in others is; and
// a role that does not suffice is another error than a scope that does not.
func TestScopesAndRoles(t *testing.T) {
	w := newWorld(t)
	w.tanaka.AddCalendar("writer@group.calendar.google.com", "Writer", "writer", "Asia/Tokyo")
	w.tanaka.AddCalendar("reader@group.calendar.google.com", "Reader", "reader", "Asia/Tokyo")
	owned, wide := w.service("tanaka@example.com", eventsScope), w.service("tanaka@example.com", calendar.CalendarEventsScope)
	got(owned.Events.List("writer@group.calendar.google.com").Do()).refused(t, 403, "insufficientPermissions")
	got(wide.Events.Insert("writer@group.calendar.google.com", meeting("x")).SendUpdates("none").Do()).must(t)
	got(wide.Events.Insert("reader@group.calendar.google.com", meeting("x")).SendUpdates("none").Do()).refused(t, 403, "requiredAccessLevel")
	got(owned.CalendarList.List().Do()).refused(t, 403, "insufficientPermissions")
	got(wide.Colors.Get().Do()).refused(t, 403, "insufficientPermissions")
	colors := got(owned.Colors.Get().Do()).must(t)
	if colors.Event["11"].Background != "#dc2127" || len(colors.Calendar) != 24 {
		t.Errorf("colours %+v", colors)
	}
	read := w.service("tanaka@example.com", calendar.CalendarEventsReadonlyScope)
	got(read.Events.Insert("primary", meeting("x")).SendUpdates("none").Do()).refused(t, 403, "insufficientPermissions")
}

func TestPrivateEventsOfOthers(t *testing.T) {
	w := newWorld(t)
	sato := w.google.AddAccount("sato@example.com")
	private := meeting("secret")
	private.Visibility = "private"
	w.tanaka.Insert("primary", private)
	sato.AddCalendar("tanaka@example.com", "", "reader", "Asia/Tokyo")
	items, _ := pull(t, w.service("sato@example.com", calendar.CalendarEventsReadonlyScope).Events.List("tanaka@example.com"))
	if len(items) != 1 || items[0].Summary != "" || items[0].Start == nil {
		t.Errorf("items %+v", items)
	}
}
