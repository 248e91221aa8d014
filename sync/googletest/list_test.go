package googletest_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"
	"google.golang.org/api/googleapi"
)

// pull reads a list to its end and answers the items and the sync token.
func pull(t *testing.T, call *calendar.EventsListCall) ([]*calendar.Event, string) {
	t.Helper()
	var items []*calendar.Event
	token := ""
	err := call.Pages(t.Context(), func(page *calendar.Events) error {
		if page.NextPageToken != "" && page.NextSyncToken != "" {
			t.Error("a page carries both tokens")
		}
		items, token = append(items, page.Items...), page.NextSyncToken
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return items, token
}

func summaries(items []*calendar.Event) []string {
	var all []string
	for _, ev := range items {
		all = append(all, ev.Summary)
	}
	return all
}

func wantSummaries(t *testing.T, items []*calendar.Event, want ...string) {
	t.Helper()
	if got := summaries(items); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPages(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	var want []string
	for i := range 7 {
		want = append(want, fmt.Sprint("event ", i))
		insert(t, svc, meeting(want[i]))
	}
	w.google.SetPageSize(3)
	items, token := pull(t, svc.Events.List("primary"))
	wantSummaries(t, items, want...)
	if token == "" {
		t.Error("no sync token on the last page")
	}
	w.google.SetEmptyPages(true)
	w.google.ResetCalls()
	items, _ = pull(t, svc.Events.List("primary").MaxResults(4))
	wantSummaries(t, items, want...)
	if w.google.CallCount() != 6 {
		t.Errorf("%d calls for three pages with an empty one before each", w.google.CallCount())
	}
	items, token = pull(t, svc.Events.List("primary").SyncToken(token))
	if len(items) != 0 || token == "" {
		t.Errorf("%d items, token %q", len(items), token)
	}
	got(svc.Events.List("primary").PageToken("nonsense").Do()).refused(t, 400, "invalidParameter")
	first := got(svc.Events.List("primary").Do()).must(t)
	got(svc.Events.List("primary").ShowDeleted(true).PageToken(first.NextPageToken).Do()).refused(t, 400, "invalidParameter")
}

// What changes while a list is read is not lost: the token tells it.
func TestChangesBetweenPages(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	first, second := insert(t, svc, meeting("1")), insert(t, svc, meeting("2"))
	page := got(svc.Events.List("primary").MaxResults(1).Do()).must(t)
	patch(t, svc, first.Id, &calendar.Event{Summary: "1 changed"})
	w.tanaka.Delete("primary", second.Id)
	page = got(svc.Events.List("primary").MaxResults(1).PageToken(page.NextPageToken).Do()).must(t)
	items, _ := pull(t, svc.Events.List("primary").SyncToken(page.NextSyncToken))
	wantSummaries(t, items, "1 changed", "")
}

func TestIncrementalListNamesEachChangeOnce(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	changed, deleted := insert(t, svc, meeting("changed")), insert(t, svc, meeting("deleted"))
	insert(t, svc, meeting("untouched"))
	_, token := pull(t, svc.Events.List("primary"))
	for i := range 3 {
		patch(t, svc, changed.Id, &calendar.Event{Summary: fmt.Sprint("changed ", i)})
	}
	w.tanaka.Delete("primary", deleted.Id)
	flash := w.tanaka.Insert("primary", meeting("came and went"))
	w.tanaka.Delete("primary", flash.Id)
	items, next := pull(t, svc.Events.List("primary").SyncToken(token))
	wantSummaries(t, items, "changed 2", "", "")
	if items[1].Id != deleted.Id || items[1].Status != "cancelled" || items[1].Etag == "" || items[1].Kind == "" || items[1].Start != nil {
		t.Errorf("cancelled event %+v", items[1])
	}
	again, _ := pull(t, svc.Events.List("primary").SyncToken(token))
	if len(again) != 3 {
		t.Error("an old token does not tell the same again")
	}
	items, _ = pull(t, svc.Events.List("primary").SyncToken(next))
	if len(items) != 0 {
		t.Errorf("items %q", summaries(items))
	}
}

func TestSyncTokensAreBound(t *testing.T) {
	w := newWorld(t)
	w.google.AddAccount("sato@example.com")
	w.tanaka.AddCalendar("team@group.calendar.google.com", "Team", "owner", "Asia/Tokyo")
	svc := w.service("tanaka@example.com")
	_, token := pull(t, svc.Events.List("primary"))
	got(svc.Events.List("team@group.calendar.google.com").SyncToken(token).Do()).refused(t, 400, "invalid")
	got(w.service("sato@example.com").Events.List("primary").SyncToken(token).Do()).refused(t, 400, "invalid")
	got(svc.Events.List("primary").SyncToken(token).SingleEvents(true).Do()).refused(t, 400, "invalid")
	got(svc.Events.List("primary").SyncToken(token).EventTypes("default").Do()).refused(t, 400, "invalid")
	got(svc.Events.List("primary").SyncToken(token).ShowDeleted(false).Do()).refused(t, 400, "invalidParameter")
	got(svc.Events.List("primary").SyncToken("nonsense").Do()).refused(t, 400, "invalid")
	w.google.SetMalformedTokenStatus(410)
	got(svc.Events.List("primary").SyncToken("nonsense").Do()).refused(t, 410, "fullSyncRequired")
	for _, call := range []*calendar.EventsListCall{
		svc.Events.List("primary").TimeMin("2026-01-01T00:00:00Z"), svc.Events.List("primary").TimeMax("2026-01-01T00:00:00Z"),
		svc.Events.List("primary").Q("x"), svc.Events.List("primary").ICalUID("x"), svc.Events.List("primary").UpdatedMin("2026-11-20T00:00:00Z"),
		svc.Events.List("primary").PrivateExtendedProperty("a=b"), svc.Events.List("primary").OrderBy("updated"),
	} {
		got(call.SyncToken(token).Do()).refused(t, 400, "badRequest")
	}
	w.google.ExpireSyncTokens()
	got(svc.Events.List("primary").SyncToken(token).Do()).refused(t, 410, "fullSyncRequired")
	_, token = pull(t, svc.Events.List("primary"))
	pull(t, svc.Events.List("primary").SyncToken(token))
}

func TestSyncTokenExpiresBetweenPages(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	_, token := pull(t, svc.Events.List("primary"))
	insert(t, svc, meeting("1"))
	insert(t, svc, meeting("2"))
	page := got(svc.Events.List("primary").SyncToken(token).MaxResults(1).Do()).must(t)
	w.google.ExpireSyncTokens()
	got(svc.Events.List("primary").SyncToken(token).MaxResults(1).PageToken(page.NextPageToken).Do()).refused(t, 410, "fullSyncRequired")
}

func TestDeletedEventsInFullLists(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	ev := insert(t, svc, meeting("x"))
	w.tanaka.Delete("primary", ev.Id)
	if items, _ := pull(t, svc.Events.List("primary")); len(items) != 0 {
		t.Errorf("items %+v", items)
	}
	if items, _ := pull(t, svc.Events.List("primary").ShowDeleted(true)); len(items) != 1 || items[0].Status != "cancelled" {
		t.Errorf("items %+v", items)
	}
	stamp := w.clock.Now().Add(-time.Hour).Format(time.RFC3339)
	if items, _ := pull(t, svc.Events.List("primary").UpdatedMin(stamp)); len(items) != 1 {
		t.Errorf("items %+v", items)
	}
	old := w.clock.Now().AddDate(0, -2, 0).Format(time.RFC3339)
	got(svc.Events.List("primary").UpdatedMin(old).Do()).refused(t, 410, "updatedMinTooLongAgo")
}

func TestWindow(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	insert(t, svc, meeting("at ten"))
	insert(t, svc, allDay("day before", "2026-11-30", "2026-12-01"))
	for _, c := range []struct {
		min, max string
		want     []string
	}{
		{"2026-12-01T11:00:00+09:00", "", nil},
		{"2026-12-01T10:59:59+09:00", "", []string{"at ten"}},
		{"2026-12-01T00:00:00+09:00", "", []string{"at ten"}},
		{"2026-11-30T23:59:59+09:00", "", []string{"at ten", "day before"}},
		{"", "2026-12-01T10:00:00+09:00", []string{"day before"}},
		{"", "2026-12-01T10:00:01+09:00", []string{"at ten", "day before"}},
	} {
		call := svc.Events.List("primary")
		if c.min != "" {
			call.TimeMin(c.min)
		}
		if c.max != "" {
			call.TimeMax(c.max)
		}
		items, token := pull(t, call)
		wantSummaries(t, items, c.want...)
		if token == "" {
			t.Error("a window yields no sync token")
		}
	}
	got(svc.Events.List("primary").TimeMin("2026-12-02T00:00:00Z").TimeMax("2026-12-01T00:00:00Z").Do()).refused(t, 400, "timeRangeEmpty")
}

func TestChangesOutsideTheWindow(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	read := func() string {
		_, token := pull(t, svc.Events.List("primary").TimeMin("2026-12-01T00:00:00Z"))
		return token
	}
	open := read()
	w.google.SetWindowedSync(true)
	windowed := read()
	old := meeting("long ago")
	old.Start.DateTime, old.End.DateTime = "2020-01-01T10:00:00Z", "2020-01-01T11:00:00Z"
	insert(t, svc, old)
	items, _ := pull(t, svc.Events.List("primary").SyncToken(open))
	wantSummaries(t, items, "long ago")
	items, _ = pull(t, svc.Events.List("primary").SyncToken(windowed))
	wantSummaries(t, items)
}

func TestFilters(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	marked := meeting("Marked")
	marked.ExtendedProperties = &calendar.EventExtendedProperties{Private: map[string]string{"agcrm": "7"}}
	marked.Location = "Osaka"
	marked = insert(t, svc, marked)
	early := meeting("Early")
	early.Start.DateTime, early.End.DateTime = "2026-11-01T10:00:00Z", "2026-11-01T11:00:00Z"
	insert(t, svc, early)
	w.tanaka.Insert("primary", &calendar.Event{Summary: "Birthday", EventType: "birthday",
		Start: &calendar.EventDateTime{Date: "2026-12-05"}, End: &calendar.EventDateTime{Date: "2026-12-06"}})
	cases := map[string]struct {
		call *calendar.EventsListCall
		want []string
	}{
		"property":     {svc.Events.List("primary").PrivateExtendedProperty("agcrm=7"), []string{"Marked"}},
		"other value":  {svc.Events.List("primary").PrivateExtendedProperty("agcrm=8"), nil},
		"iCalUID":      {svc.Events.List("primary").ICalUID(marked.ICalUID), []string{"Marked"}},
		"text":         {svc.Events.List("primary").Q("osaka"), []string{"Marked"}},
		"kind":         {svc.Events.List("primary").EventTypes("default"), []string{"Marked", "Early"}},
		"by start":     {svc.Events.List("primary").SingleEvents(true).OrderBy("startTime"), []string{"Early", "Marked", "Birthday"}},
		"by change":    {svc.Events.List("primary").OrderBy("updated"), []string{"Marked", "Early", "Birthday"}},
		"of all kinds": {svc.Events.List("primary"), []string{"Marked", "Early", "Birthday"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			items, token := pull(t, c.call)
			wantSummaries(t, items, c.want...)
			if filtered := name != "kind" && name != "of all kinds"; filtered == (token != "") {
				t.Errorf("token %q", token)
			}
		})
	}
}

func TestPartialAnswers(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	insert(t, svc, meeting("x"))
	page := got(svc.Events.List("primary").Fields("items(id,start/dateTime),nextPageToken").Do()).must(t)
	item := page.Items[0]
	if item.Id == "" || item.Start.DateTime == "" || item.Start.TimeZone != "" || item.Summary != "" || page.NextSyncToken != "" || page.Kind != "" {
		t.Errorf("page %+v, item %+v", page, item)
	}
	page = got(svc.Events.List("primary").Fields("items/summary", "nextSyncToken").Do()).must(t)
	if page.Items[0].Summary != "x" || page.Items[0].Id != "" || page.NextSyncToken == "" {
		t.Errorf("page %+v", page)
	}
	if without := got(svc.Events.List("primary").Fields("nextSyncToken").Do()).must(t); without.Items != nil {
		t.Errorf("page %+v", without)
	}
	ev := got(svc.Events.Get("primary", page.Items[0].Id+"x").Fields("id").Do())
	refused(t, ev.err, 404, "notFound")
	for _, fields := range []string{"items(id,sumary)", "nextSyncTokens", "items(id", "items(id))", "kind/x"} {
		got(svc.Events.List("primary").Fields(googleapi.Field(fields)).Do()).refused(t, 400, "invalidParameter")
	}
}
