package calsync

import (
	"context"
	"errors"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
	"agcrm-google/sync/googletest"
)

// Helpers of the tests that go through the specification sentence by sentence.

const (
	at10 = "2026-11-25 10:00:00"
	at11 = "2026-11-25 11:00:00"
	at12 = "2026-11-25 12:00:00"
	at13 = "2026-11-25 13:00:00"
)

// specWorld is a world of a test's own, beside others.
func specWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	return linkedWorld(t)
}

// linkedWorld is newWorld without the time that hashing a password takes.
func linkedWorld(t *testing.T) *world {
	t.Helper()
	w := bareWorld(t)
	w.employee(testUser, "tanaka@example.com")
	return w
}

// employee makes and links another employee.
func (w *world) employee(id int64, email string) *googletest.Account {
	w.t.Helper()
	w.exec("INSERT INTO users (id, login, email) VALUES (?, ?, ?)", id, email, email)
	return w.link(id, email)
}

// lunch is an event of a person's on 25 November, hours as in Tokyo.
func lunch(summary string) *calendar.Event {
	return timed(summary, "2026-11-25T12:00:00+09:00", "2026-11-25T13:00:00+09:00")
}

// shared synchronises one appointment that stands on both sides, and lets the
// hour pass that the brake looks back on.
func (w *world) shared(subject string) (rowID int64, eventID string) {
	w.t.Helper()
	rowID = w.insertRow(subject, at10, at11)
	w.sync()
	eventID = w.eventNamed(subject).Id
	w.rest()
	return rowID, eventID
}

// rest lets the hour pass that the brake looks back on, and has the access token
// renewed, so that a test may count on the requests of the next run.
func (w *world) rest() {
	w.t.Helper()
	w.advance(2 * time.Hour)
	if _, err := w.db.Link(context.Background(), testUser); err == nil {
		check(w.t, w.svc.RefreshCalendars(context.Background(), testUser))
	}
}

// editRow writes columns as somebody else, moving updated_at.
func (w *world) editRow(id int64, set string, args ...any) {
	w.t.Helper()
	w.exec("UPDATE schedules SET "+set+", updated_at = ? WHERE id = ?", append(args, w.stamp(), id)...)
}

func (w *world) editEvent(id string, change func(*calendar.Event)) {
	w.t.Helper()
	w.account().Edit("primary", id, change)
}

func (w *world) eventNamed(summary string) *calendar.Event {
	w.t.Helper()
	return w.eventNamedIn("primary", summary)
}

func (w *world) eventNamedIn(calendarID, summary string) *calendar.Event {
	w.t.Helper()
	for _, e := range w.account().Events(calendarID) {
		if e.Summary == summary {
			return e
		}
	}
	w.t.Fatalf("no event %q in %s: %s", summary, calendarID, w.show())
	return nil
}

// row is one row; the test ends if it is gone.
func (w *world) row(id int64) models.Schedule {
	w.t.Helper()
	for _, row := range w.rows() {
		if row.ID == id {
			return row
		}
	}
	w.t.Fatalf("row %d is gone: %s", id, w.show())
	return models.Schedule{}
}

// subjects are the rows' subjects and the primary calendar's summaries, sorted.
func (w *world) subjects() (rows, events string) {
	w.t.Helper()
	var a, b []string
	for _, row := range w.rows() {
		a = append(a, row.Subject)
	}
	for _, e := range w.events() {
		b = append(b, e.Summary)
	}
	sort.Strings(a)
	sort.Strings(b)
	return strings.Join(a, " "), strings.Join(b, " ")
}

// both asserts what stands on both sides.
func (w *world) both(want string) {
	w.t.Helper()
	w.sides(want, want)
}

func (w *world) sides(wantRows, wantEvents string) {
	w.t.Helper()
	if rows, events := w.subjects(); rows != wantRows || events != wantEvents {
		w.t.Errorf("rows %q, events %q; want %q, %q", rows, events, wantRows, wantEvents)
	}
}

func (w *world) show() string {
	rows, events := w.subjects()
	return "rows " + rows + "; events " + events
}

// policy chooses who wins a conflict.
func (w *world) policy(name string) { w.settings(func(s *models.Settings) { s.ConflictPolicy = name }) }

func (w *world) settings(change func(*models.Settings)) {
	w.t.Helper()
	s, err := w.db.Settings(context.Background())
	check(w.t, err)
	change(&s)
	check(w.t, w.db.SaveSettings(context.Background(), s))
}

// profile changes the employee's choices as the form does.
func (w *world) profile(change func(*models.Profile)) {
	w.t.Helper()
	ctx := context.Background()
	link, err := w.db.Link(ctx, testUser)
	check(w.t, err)
	list, err := w.db.Calendars(ctx, testUser)
	check(w.t, err)
	p := models.Profile{Target: link.TargetCalendar, Interval: link.Interval, Direction: link.Direction, Color: link.Color}
	for _, c := range list {
		if c.Selected {
			p.Calendars = append(p.Calendars, c.CalendarID)
		}
	}
	change(&p)
	check(w.t, w.db.SaveProfile(ctx, testUser, p))
}

func (w *world) direction(d string) { w.profile(func(p *models.Profile) { p.Direction = d }) }

// addCalendar gives the employee another calendar of the own, ticked.
func (w *world) addCalendar(id string) {
	w.t.Helper()
	w.account().AddCalendar(id, id, "owner", "Asia/Tokyo")
	check(w.t, w.svc.RefreshCalendars(context.Background(), testUser))
	w.profile(func(p *models.Profile) { p.Calendars = append(p.Calendars, id) })
}

func (w *world) linkNow() models.Link {
	w.t.Helper()
	l, err := w.db.Link(context.Background(), testUser)
	check(w.t, err)
	return l
}

// reasons are why items are left aside, by subject.
func (w *world) reasons() map[string]string {
	w.t.Helper()
	list, err := w.db.LeftAside(context.Background(), testUser, 100)
	check(w.t, err)
	out := map[string]string{}
	for _, a := range list {
		out[a.Subject] = a.ReasonKey
	}
	return out
}

func (w *world) logged(key string) int {
	w.t.Helper()
	lines, err := w.db.LogLines(context.Background(), testUser, 1000)
	check(w.t, err)
	n := 0
	for _, l := range lines {
		if l.Key == key {
			n++
		}
	}
	return n
}

func (w *world) history(action string) []models.HistoryEntry {
	w.t.Helper()
	all, err := w.db.History(context.Background(), models.HistoryFilter{UserID: testUser, Limit: 1000})
	check(w.t, err)
	return slices.DeleteFunc(all, func(h models.HistoryEntry) bool { return h.Action != action })
}

func (w *world) heldNow() []models.Held {
	w.t.Helper()
	held, err := w.db.HeldDeletions(context.Background(), testUser)
	check(w.t, err)
	return held
}

func (w *world) decide(approve bool) {
	w.t.Helper()
	for _, h := range w.heldNow() {
		check(w.t, w.db.DecideHeld(context.Background(), h.ID, 1, approve))
	}
}

// killed runs once and lets the run die at the n-th step; false if it came to its end.
func (w *world) killed(n int64, run func() error) (died bool, err error) {
	w.chaos.kill.Store(n)
	defer w.chaos.kill.Store(0)
	defer func() {
		if e := recover(); e != nil {
			if e != any(errKilled) {
				panic(e)
			}
			died = true
			w.advance(models.LeaseTime + time.Second)
		}
	}()
	err = run()
	return false, err
}

// meanwhile lets somebody act before or after the n-th request from now on.
func (w *world) meanwhile(n int64, act func()) {
	w.chaos.other = act
	w.chaos.call.Store(n)
}

// problemKey is the message of an error for people.
func problemKey(err error) string {
	var p *models.Problem
	var ps models.Problems
	switch {
	case errors.As(err, &p):
		return p.Message.Key
	case errors.As(err, &ps) && len(ps) > 0:
		return ps[0].Message.Key
	}
	return ""
}
