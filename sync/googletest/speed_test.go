package googletest_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"
)

func fill(account interface {
	Insert(string, *calendar.Event) *calendar.Event
}, n int) {
	start := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		at := start.Add(time.Duration(i) * time.Hour)
		account.Insert("primary", &calendar.Event{Summary: fmt.Sprint("event ", i),
			Start: &calendar.EventDateTime{DateTime: at.Format(time.RFC3339)},
			End:   &calendar.EventDateTime{DateTime: at.Add(time.Hour).Format(time.RFC3339)}})
	}
}

// Many changes to few events must not slow the log down, nor lose anything.
func TestLogStaysShort(t *testing.T) {
	w := newWorld(t)
	svc := w.service("tanaka@example.com")
	fill(w.tanaka, 100)
	_, token := pull(t, svc.Events.List("primary"))
	for _, ev := range w.tanaka.Events("primary") {
		for i := range 20 {
			w.tanaka.Edit("primary", ev.Id, func(ev *calendar.Event) { ev.Summary = fmt.Sprint("edit ", i) })
		}
	}
	items, _ := pull(t, svc.Events.List("primary").SyncToken(token).MaxResults(30))
	if len(items) != 100 {
		t.Errorf("%d changes", len(items))
	}
	for _, ev := range items {
		if ev.Summary != "edit 19" {
			t.Errorf("event %+v", ev)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	w := newWorld(t)
	w.google.AddAccount("sato@example.com")
	svc := w.service("tanaka@example.com")
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for i := range 10 {
				ev := meeting(fmt.Sprint(i))
				ev.Attendees = []*calendar.EventAttendee{{Email: "sato@example.com"}}
				made, err := svc.Events.Insert("primary", ev).SendUpdates("none").Do()
				if err != nil {
					t.Error(err)
					return
				}
				w.tanaka.Edit("primary", made.Id, func(ev *calendar.Event) { ev.Location = "here" })
				if _, err := svc.Events.List("primary").Do(); err != nil {
					t.Error(err)
				}
				w.google.Calls()
				w.google.SetPageSize(100 + i)
			}
		})
	}
	group.Wait()
	if n := len(w.google.Account("sato@example.com").Events("primary")); n != 40 {
		t.Errorf("%d copies", n)
	}
}

func BenchmarkList5000(b *testing.B) {
	w := newWorld(b)
	svc := w.service("tanaka@example.com")
	fill(w.tanaka, 5000)
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		err := svc.Events.List("primary").MaxResults(2500).Pages(b.Context(), func(page *calendar.Events) error {
			n += len(page.Items)
			return nil
		})
		if err != nil || n != 5000 {
			b.Fatal(n, err)
		}
	}
}

func BenchmarkInsert(b *testing.B) {
	w := newWorld(b)
	svc := w.service("tanaka@example.com")
	for b.Loop() {
		if _, err := svc.Events.Insert("primary", meeting("x")).SendUpdates("none").Do(); err != nil {
			b.Fatal(err)
		}
	}
}
