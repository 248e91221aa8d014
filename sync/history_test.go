package calsync

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"
	"pgregory.net/rapid"

	"agcrm-google/models"
	"agcrm-google/sync/googletest"
)

// histories sets how many random histories a test plays: so many in plain runs, in
// CI ten times as many or as many as full says, or as many as AGCRM_TEST_HISTORIES
// says. They are other ones each time, unless AGCRM_TEST_SEED says which.
func histories(t *testing.T, plain int, full ...int) {
	t.Helper()
	switch n, err := strconv.Atoi(os.Getenv("AGCRM_TEST_HISTORIES")); {
	case err == nil:
		plain = n
	case os.Getenv("AGCRM_TEST_FULL") == "":
	case len(full) > 0:
		plain = full[0]
	default:
		plain *= 10
	}
	check(t, flag.Set("rapid.checks", strconv.Itoa(plain)))
	check(t, flag.Set("rapid.nofailfile", "true"))
	if seed := os.Getenv("AGCRM_TEST_SEED"); seed != "" {
		check(t, flag.Set("rapid.seed", seed))
	}
}

// TestRandomHistories edits both sides at random while answers are lost, tokens
// expire, quotas are hit, others write the table in the middle of a run and the
// process dies between any two steps, and then holds the outcome against four
// invariants: both sides are equal; another run writes nothing; nothing is gone
// that nobody deleted; nothing stands twice. And no guest was mailed.
func TestRandomHistories(t *testing.T) {
	histories(t, 40, 200)
	w := bareWorld(t)
	user := int64(100)
	rapid.Check(t, func(rt *rapid.T) {
		user++
		h := newHistory(w, rt, user)
		for range rapid.IntRange(3, 25).Draw(rt, "steps") {
			h.act()
		}
		h.settle()
		h.check()
	})
	w.noMail()
}

// history is one employee's appointments, as the people who edit them know them.
type history struct {
	w       *world
	rt      *rapid.T
	user    int64
	account *googletest.Account
	items   map[string]*item // by the token in the body, which nobody edits
	deleted int              // at most 8, so that the brake stays out of it
}

// item is what must hold for one appointment.
type item struct {
	rowEdited, eventEdited bool // since the last run without any trouble
	rowGone, eventGone     bool
	raced                  bool     // deleted on one side, edited on the other
	subjects               []string // what it may be called
	ever                   []string // what it was ever called
}

func newHistory(w *world, rt *rapid.T, user int64) *history {
	email := fmt.Sprintf("u%d@example.com", user)
	w.exec("INSERT INTO users (id, login, email) VALUES (?, ?, ?)", user, email, email)
	h := &history{w: w, rt: rt, user: user, items: map[string]*item{}}
	h.account = w.link(user, email)
	w.google.ClearFaults()
	w.google.SetPageSize(0)
	return h
}

func (h *history) act() {
	actions := map[string]func(){
		"add row": h.addRow, "add event": h.addEvent, "edit row": h.editRow, "edit event": h.editEvent,
		"edit row again": h.editRow, "edit event again": h.editEvent,
		"delete row": h.deleteRow, "delete event": h.deleteEvent,
		"sync": func() { h.sync(func() {}) }, "sync with a fault": h.faultySync, "crash": h.crash, "stop": h.stop, "meddle": h.meddle,
		"expire access tokens": h.account.ExpireAccessTokens, "expire sync tokens": h.w.google.ExpireSyncTokens,
		"short pages": func() { h.w.google.SetPageSize(rapid.IntRange(1, 3).Draw(h.rt, "page")) },
		"wait":        func() { h.w.advance(time.Duration(rapid.IntRange(1, 7200).Draw(h.rt, "seconds")) * time.Second) },
	}
	h.w.advance(3 * time.Second)
	name := rapid.SampledFrom(slices.Sorted(maps.Keys(actions))).Draw(h.rt, "action")
	actions[name]()
}

func (h *history) add() (token string, it *item) {
	token = fmt.Sprintf("#%d-%d", h.user, len(h.items)+1)
	it = &item{subjects: []string{"s" + token}, ever: []string{"s" + token}}
	h.items[token] = it
	return token, it
}

func (h *history) addRow() {
	token, it := h.add()
	start := h.someTime()
	h.w.exec("INSERT INTO schedules (owner_id, subject, body, start_at, end_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
		h.user, it.subjects[0], token, start.Format("2006-01-02 15:04:05"), start.Add(time.Hour).Format("2006-01-02 15:04:05"), h.w.stamp())
}

func (h *history) addEvent() {
	token, it := h.add()
	e := timed(it.subjects[0], "", "")
	h.setTime(e)
	e.Description = token
	h.account.Insert("primary", e)
}

// someTime is a wall-clock time within the next weeks.
func (h *history) someTime() time.Time {
	return h.w.now().In(h.w.jst).Truncate(time.Hour).Add(time.Duration(rapid.IntRange(24, 500).Draw(h.rt, "hours")) * time.Hour)
}

func (h *history) setTime(e *calendar.Event) {
	start := h.someTime()
	if rapid.IntRange(0, 3).Draw(h.rt, "all day") == 0 {
		e.Start = &calendar.EventDateTime{Date: start.Format("2006-01-02")}
		e.End = &calendar.EventDateTime{Date: start.AddDate(0, 0, 2).Format("2006-01-02")}
		return
	}
	e.Start = &calendar.EventDateTime{DateTime: start.Format(time.RFC3339)}
	e.End = &calendar.EventDateTime{DateTime: start.Add(90 * time.Minute).Format(time.RFC3339)}
}

// rowsByToken are the employee's rows as the table has them now.
func (h *history) rowsByToken() map[string][]models.Schedule {
	found := map[string][]models.Schedule{}
	for _, row := range h.w.rowsOf(h.user) {
		found[row.Body] = append(found[row.Body], row)
	}
	return found
}

func (h *history) eventsByToken() map[string][]*calendar.Event {
	found := map[string][]*calendar.Event{}
	for _, e := range h.account.Events("primary") {
		found[e.Description] = append(found[e.Description], e)
	}
	return found
}

func pick[T any](rt *rapid.T, from map[string][]T) (string, T, bool) {
	var none T
	if len(from) == 0 {
		return "", none, false
	}
	token := rapid.SampledFrom(slices.Sorted(maps.Keys(from))).Draw(rt, "which")
	return token, from[token][0], true
}

// subject notes a new subject: with edits on both sides either may win.
func (it *item) subject(value string, other bool) {
	if !other {
		it.subjects = nil
	}
	it.subjects, it.ever = append(it.subjects, value), append(it.ever, value)
}

func (h *history) editRow() {
	token, row, ok := pick(h.rt, h.rowsByToken())
	if !ok {
		return
	}
	it := h.items[token]
	set, args := "", []any(nil)
	switch field := rapid.IntRange(0, 4).Draw(h.rt, "field"); field {
	case 0, 1:
		value := fmt.Sprintf("row %d", h.w.now().UnixNano())
		it.subject(value, it.eventEdited)
		set, args = "subject = ?", []any{value}
	case 2:
		start := h.someTime()
		set = "start_at = ?, end_at = ?, all_day = ?"
		args = []any{start.Format("2006-01-02T15:04"), start.Add(2 * time.Hour).Format("2006-01-02 15:04:05"), field == 1}
	case 3:
		set, args = "private = 1 - private, busy = 1 - busy", nil
	default:
		set, args = "color_id = ?", []any{rapid.IntRange(1, 11).Draw(h.rt, "colour")}
	}
	if rapid.Bool().Draw(h.rt, "stamp") { // not every CRM moves updated_at
		set, args = set+", updated_at = ?", append(args, h.w.stamp())
	}
	h.w.exec("UPDATE schedules SET "+set+" WHERE id = ?", append(args, row.ID)...)
	it.rowEdited = true
	it.raced = it.raced || it.eventGone
}

func (h *history) editEvent() {
	token, e, ok := pick(h.rt, h.eventsByToken())
	if !ok {
		return
	}
	it := h.items[token]
	h.account.Edit("primary", e.Id, func(e *calendar.Event) {
		switch rapid.IntRange(0, 4).Draw(h.rt, "field") {
		case 0, 1:
			e.Summary = fmt.Sprintf("event %d", h.w.now().UnixNano())
			it.subject(e.Summary, it.rowEdited)
		case 2:
			h.setTime(e)
		case 3:
			e.Visibility, e.Transparency = "confidential", "transparent"
		default:
			e.ColorId = strconv.Itoa(rapid.IntRange(1, 11).Draw(h.rt, "colour"))
		}
	})
	it.eventEdited = true
	it.raced = it.raced || it.rowGone
}

func (h *history) deleteRow() {
	token, row, ok := pick(h.rt, h.rowsByToken())
	if !ok || h.deleted == 8 {
		return
	}
	h.deleted++
	h.w.exec("DELETE FROM schedules WHERE id = ?", row.ID)
	it := h.items[token]
	it.rowGone, it.raced = true, it.raced || it.eventEdited
}

func (h *history) deleteEvent() {
	token, e, ok := pick(h.rt, h.eventsByToken())
	if !ok || h.deleted == 8 {
		return
	}
	h.deleted++
	h.account.Delete("primary", e.Id)
	it := h.items[token]
	it.eventGone, it.raced = true, it.raced || it.rowEdited
}
