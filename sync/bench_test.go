package calsync

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"
)

// cost is what some work used: Google calls, writes among them, SQL statements.
type cost struct{ calls, writes, statements int }

func (w *world) costOf(work func()) cost {
	w.google.ResetCalls()
	before := w.db.Statements()
	work()
	return cost{w.google.CallCount(), w.google.WriteCount(), int(w.db.Statements() - before)}
}

func (w *world) insertEvents(n int) {
	at := time.Date(2026, 12, 1, 9, 0, 0, 0, w.jst)
	for i := range n {
		start := at.Add(time.Duration(i) * time.Hour)
		e := timed(fmt.Sprintf("定例会議 %d", i), start.Format(time.RFC3339), start.Add(time.Hour).Format(time.RFC3339))
		e.Description = "議題と資料は前日までに共有してください。"
		w.account().Insert("primary", e)
	}
}

func (w *world) insertRows(n int) {
	for i := range n {
		w.insertRow(fmt.Sprintf("訪問 %d", i), "2026-12-01 10:00:00", "2026-12-01 11:00:00")
	}
}

func TestFirstPullIsCheap(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := bubbleWorld(t)
		w.insertEvents(3000)
		c := w.costOf(func() { w.sync() })
		if c.calls != 2 || c.writes != 0 {
			t.Errorf("%d calls and %d writes for 3,000 events", c.calls, c.writes)
		}
		if limit := 12 * 3000 / 500; c.statements > limit {
			t.Errorf("%d statements for 3,000 events, at most %d", c.statements, limit)
		}
	})
}

func TestIdleRunIsCheap(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := bubbleWorld(t)
		w.insertRows(3)
		w.insertEvents(3)
		w.sync()
		w.sync()
		if c := w.costOf(func() { w.sync() }); c.calls != 1 || c.writes != 0 || c.statements > 5 {
			t.Errorf("an idle run cost %+v", c)
		}
	})
}

func TestPushWritesOnceARow(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := bubbleWorld(t)
		w.insertRows(120)
		if c := w.costOf(func() { w.sync() }); c.writes != 120 || c.calls != 121 {
			t.Errorf("120 rows cost %+v", c)
		}
	})
}

func BenchmarkFirstPull(b *testing.B) {
	const events = 5000
	for range b.N {
		b.StopTimer()
		w := newWorld(b)
		w.insertEvents(events)
		before := heap()
		peak := watchHeap()
		b.StartTimer()
		c := w.costOf(func() { w.sync() })
		b.StopTimer()
		b.ReportMetric(float64(peak()-before)/(1<<20), "MiB-peak")
		b.ReportMetric(float64(c.calls), "calls")
		b.ReportMetric(float64(c.statements)/(events/500), "statements/500")
		b.ReportMetric(w.googleTime().Seconds(), "google-s")
	}
}

// googleTime is what the simulator needs for the same list without us.
func (w *world) googleTime() time.Duration {
	check(w.t, w.db.ForgetSyncTokens(context.Background(), testUser))
	began := time.Now()
	grant, err := w.db.StoredGrant(context.Background(), testUser)
	check(w.t, err)
	a, err := w.svc.apiFor(context.Background(), testUser, grant)
	check(w.t, err)
	for page := ""; ; {
		answer, err := a.list(context.Background(), "tanaka@example.com", "", page, w.now())
		check(w.t, err)
		if page = answer.NextPageToken; page == "" {
			return time.Since(began)
		}
	}
}

// watchHeap samples the heap, garbage included, until the returned function is
// called, which gives the highest sample.
func watchHeap() (peak func() uint64) {
	stop, done := make(chan struct{}), make(chan uint64)
	go func() {
		highest := uint64(0)
		for tick := time.Tick(5 * time.Millisecond); ; {
			select {
			case <-stop:
				done <- highest
				return
			case <-tick:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				highest = max(highest, m.HeapAlloc)
			}
		}
	}()
	return func() uint64 { close(stop); return <-done }
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkIdle(b *testing.B) {
	w := newWorld(b)
	w.insertEvents(100)
	w.sync()
	w.sync()
	b.ResetTimer()
	c := w.costOf(func() {
		for range b.N {
			w.sync()
		}
	})
	b.ReportMetric(float64(c.calls)/float64(b.N), "calls/op")
	b.ReportMetric(float64(c.statements)/float64(b.N), "statements/op")
}

func BenchmarkPush(b *testing.B) {
	const rows = 500
	for range b.N {
		b.StopTimer()
		w := newWorld(b)
		w.insertRows(rows)
		b.StartTimer()
		c := w.costOf(func() { w.sync() })
		b.ReportMetric(float64(c.writes), "writes")
		b.ReportMetric(float64(c.statements)/rows, "statements/row")
	}
}
