package calsync

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"google.golang.org/api/calendar/v3"
	"pgregory.net/rapid"

	"agcrm-google/models"
	"agcrm-google/sync/googletest"
)

// errKilled is what a killed process leaves: nothing is cleaned up, no lease is
// given back, no outcome recorded.
var errKilled = errors.New("killed")

// chaos dies or calls somebody at the n-th step that it is told of: before and
// after each HTTP request, and at each write of the store (which asks the clock).
type chaos struct {
	next  http.RoundTripper
	kill  atomic.Int64 // steps to go; 0 is never
	call  atomic.Int64
	other func()
}

func (c *chaos) step() {
	if c.kill.Load() > 0 && c.kill.Add(-1) == 0 {
		panic(errKilled)
	}
}

// interrupt lets somebody else act between two steps; within a transaction
// nobody can.
func (c *chaos) interrupt() {
	if c.call.Load() > 0 && c.call.Add(-1) == 0 {
		c.other()
	}
}

func (c *chaos) RoundTrip(r *http.Request) (*http.Response, error) {
	c.step()
	c.interrupt()
	answer, err := c.next.RoundTrip(r)
	c.interrupt()
	c.step()
	return answer, err
}

// sync runs the employee's link once, after arm; a killed run is let die.
func (h *history) sync(arm func()) { h.syncWithin(context.Background(), arm) }

// stop tells a run to stop at one of its steps, as the end of the service does.
func (h *history) stop() {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	h.syncWithin(ctx, func() {
		h.w.chaos.other = cancel
		h.w.chaos.call.Store(int64(rapid.IntRange(1, 20).Draw(h.rt, "stop")))
	})
}

func (h *history) syncWithin(ctx context.Context, arm func()) {
	arm()
	defer h.w.chaos.kill.Store(0)
	defer h.w.chaos.call.Store(0)
	var err error
	func() {
		defer func() {
			if e := recover(); e != nil {
				if e != any(errKilled) {
					panic(e)
				}
				err = errKilled
			}
		}()
		_, err = h.w.svc.SyncUser(ctx, h.user, RunOptions{})
	}()
	switch {
	case err == nil:
		for _, it := range h.items {
			it.rowEdited, it.eventEdited = false, false
		}
	case errors.Is(err, errKilled):
		h.w.advance(models.LeaseTime + time.Second)
	}
}

func (h *history) crash() {
	h.sync(func() { h.w.chaos.kill.Store(int64(rapid.IntRange(1, 60).Draw(h.rt, "kill"))) })
}

// meddle lets somebody edit or delete in the middle of a run.
func (h *history) meddle() {
	others := map[string]func(){"row": h.editRow, "event": h.editEvent, "row gone": h.deleteRow, "event gone": h.deleteEvent}
	name := rapid.SampledFrom([]string{"row", "event", "row gone", "event gone"}).Draw(h.rt, "other")
	happened := false
	h.sync(func() {
		h.w.chaos.other = func() { happened = true; others[name]() }
		h.w.chaos.call.Store(int64(rapid.IntRange(1, 12).Draw(h.rt, "moment")))
	})
	if happened { // the run may or may not have seen it
		for _, it := range h.items {
			it.rowEdited, it.eventEdited = true, true
		}
	}
}

func (h *history) faultySync() {
	skip := rapid.IntRange(0, 6).Draw(h.rt, "skip")
	f := rapid.SampledFrom([]googletest.Fault{
		{Status: 503, Reason: "backendError"}, {Status: 500, Reason: "backendError", After: true},
		{Drop: true}, {Drop: true, After: true}, {Status: 502, HTML: true},
		{Status: 403, Reason: "rateLimitExceeded"}, {Status: 429, Reason: "rateLimitExceeded"},
		{Status: 403, Reason: "quotaExceeded"},
	}).Draw(h.rt, "fault")
	f.Times = rapid.IntRange(1, 6).Draw(h.rt, "times")
	f.Match = func(*http.Request) bool { skip--; return skip < 0 }
	h.w.google.AddFault(f)
	h.sync(func() {})
	h.w.google.ClearFaults()
}

// settle lets all troubles pass and runs until there is nothing to do.
func (h *history) settle() {
	h.w.google.ClearFaults()
	for range 10 {
		h.w.advance(4 * time.Hour)
		res, err := h.w.svc.SyncUser(context.Background(), h.user, RunOptions{})
		if err != nil {
			h.rt.Fatalf("a run without trouble failed: %v", err)
		}
		if res.Pulled+res.Pushed == 0 {
			return
		}
	}
	h.rt.Fatalf("it never comes to rest")
}

// check holds the end against the invariants.
func (h *history) check() {
	h.w.noMail()
	h.w.google.ResetCalls()
	res, err := h.w.svc.SyncUser(context.Background(), h.user, RunOptions{})
	if err != nil || res.Pulled+res.Pushed != 0 || h.w.google.WriteCount() != 0 {
		h.rt.Errorf("a further run was not idle: %+v %v", res, err)
	}
	rows, events := h.rowsByToken(), h.eventsByToken()
	for token, it := range h.items {
		nr, ne := len(rows[token]), len(events[token])
		switch {
		case nr != ne || nr > 1:
			h.rt.Errorf("%s stands %d times in the table and %d times in Google", token, nr, ne)
		case nr == 0 && !it.rowGone && !it.eventGone:
			h.rt.Errorf("%s is gone, and nobody deleted it", token)
		case nr == 1 && (it.rowGone || it.eventGone) && !it.raced:
			h.rt.Errorf("%s was deleted and is back", token)
		case nr == 1:
			h.same(token, it, rows[token][0], events[token][0])
		}
	}
	if len(rows) > len(h.items) || len(events) > len(h.items) {
		h.rt.Errorf("there are strangers: %d rows, %d events, %d appointments", len(rows), len(events), len(h.items))
	}
}

// same compares a row with its event without the code that is being tested.
func (h *history) same(token string, it *item, row models.Schedule, e *calendar.Event) {
	start, end := row.StartAt.Format("2006-01-02"), row.EndAt.AddDays(1).Format("2006-01-02")
	if !row.AllDay {
		start, end = row.StartAt.Format("2006-01-02T15:04:05+09:00"), row.EndAt.Format("2006-01-02T15:04:05+09:00")
	}
	inRow := fmt.Sprint(row.Subject, start, end, row.Private, row.Busy)
	inEvent := fmt.Sprint(e.Summary, e.Start.Date+e.Start.DateTime, e.End.Date+e.End.DateTime,
		e.Visibility == "private" || e.Visibility == "confidential", e.Transparency != "transparent")
	if inRow != inEvent {
		h.rt.Errorf("%s differs: table %s, Google %s", token, inRow, inEvent)
	}
	if row.ColorID != 0 && fmt.Sprint(row.ColorID) != e.ColorId {
		h.rt.Errorf("%s has colour %d in the table and %q in Google", token, row.ColorID, e.ColorId)
	}
	may := it.subjects
	if it.rowGone || it.eventGone { // the edits of the side that was deleted went with it
		may = it.ever
	}
	if !slices.Contains(may, row.Subject) {
		h.rt.Errorf("%s is called %q, which nobody wrote last: %q", token, row.Subject, may)
	}
}
