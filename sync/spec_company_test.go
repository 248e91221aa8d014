package calsync

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
	"agcrm-google/sync/googletest"
)

// Helpers of the tests of meetings: three employees, and an organiser who is
// none of them.
const (
	thirdUser = 9
	bossMail  = "boss@elsewhere.example"
)

var mailOf = map[int64]string{testUser: "tanaka@example.com", otherUser: "sato@example.com", thirdUser: "suzuki@example.com"}

// everybody are the employees in the order of their numbers.
var everybody = []int64{testUser, otherUser, thirdUser}

// company is a world with three employees of whom these are linked.
func company(t *testing.T, linked ...int64) *world {
	t.Helper()
	t.Parallel()
	w := bareWorld(t)
	w.google.AddAccount(bossMail)
	for _, id := range everybody {
		w.exec("INSERT INTO users (id, login, email) VALUES (?, ?, ?)", id, fmt.Sprintf("u%d", id), mailOf[id])
		w.google.AddAccount(mailOf[id])
	}
	for _, id := range linked {
		w.link(id, mailOf[id])
	}
	t.Cleanup(w.noMail)
	return w
}

func (w *world) of(user int64) *googletest.Account { return w.google.Account(mailOf[user]) }

func (w *world) boss() *googletest.Account { return w.google.Account(bossMail) }

// meeting is an event with these guests.
func meeting(summary string, emails ...string) *calendar.Event {
	e := lunch(summary)
	for _, m := range emails {
		e.Attendees = append(e.Attendees, &calendar.EventAttendee{Email: m})
	}
	return e
}

// leave ends an employee's link as the profile's form does.
func (w *world) leave(user int64, google, schedules string) {
	w.t.Helper()
	check(w.t, w.svc.Unlink(context.Background(), user, google, schedules))
}

// linkedUsers are the employees with a link, by number.
func (w *world) linkedUsers() (ids []int64) {
	w.t.Helper()
	for _, id := range everybody {
		if _, err := w.db.Link(context.Background(), id); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// settle lets all linked employees run, in this order if one is given, until
// two rounds have passed.
func (w *world) settle(order ...int64) {
	w.t.Helper()
	if len(order) == 0 {
		order = w.linkedUsers()
	}
	for range 2 {
		for _, id := range order {
			w.syncOf(id)
		}
	}
}

// still asserts that a further run of everybody writes nothing anywhere, and
// that nobody was mailed up to here.
func (w *world) still() {
	w.t.Helper()
	w.noMail()
	w.google.ResetCalls()
	table, google := w.tables(), w.allEvents()
	for _, id := range w.linkedUsers() {
		if res := w.syncOf(id); res.Pulled+res.Pushed != 0 {
			w.t.Errorf("a further run of %d was not idle: %+v", id, res)
		}
	}
	for _, c := range w.google.Calls() {
		if c.Method != "GET" {
			w.t.Errorf("a further run wrote: %s %s %s", c.Method, c.Path, c.Body)
		}
	}
	w.same("the tables", table, w.tables())
	w.same("Google", google, w.allEvents())
	w.noMail()
}

// same compares two texts line by line and names the lines that differ.
func (w *world) same(what, before, after string) {
	w.t.Helper()
	old, now := strings.Split(before, "\n"), strings.Split(after, "\n")
	for _, line := range old {
		if !slices.Contains(now, line) {
			w.t.Errorf("%s lost %s", what, line)
		}
	}
	for _, line := range now {
		if !slices.Contains(old, line) {
			w.t.Errorf("%s got %s", what, line)
		}
	}
	if len(old) != len(now) {
		w.t.Errorf("%s has %d lines, had %d", what, len(now), len(old))
	}
}

// tables is the text of the shared tables, versions included.
func (w *world) tables() string {
	w.t.Helper()
	return w.textOf("SELECT id, owner_id, subject, start_at, end_at, location, body, recurrence, series_id, row_version FROM schedules ORDER BY id") +
		w.textOf("SELECT schedule_id, user_id, response FROM schedule_participants ORDER BY schedule_id, user_id")
}

// textOf is the text of what a query finds, a line a row.
func (w *world) textOf(query string) string {
	w.t.Helper()
	list, err := w.raw.Query(query)
	check(w.t, err)
	defer list.Close()
	columns, err := list.Columns()
	check(w.t, err)
	values, places := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		places[i] = &values[i]
	}
	var b strings.Builder
	for list.Next() {
		check(w.t, list.Scan(places...))
		fmt.Fprintln(&b, values...)
	}
	check(w.t, list.Err())
	return b.String()
}

// allEvents is the text of all living events of all people's primary calendars.
func (w *world) allEvents() string {
	w.t.Helper()
	var text strings.Builder
	for _, mail := range []string{mailOf[testUser], mailOf[otherUser], mailOf[thirdUser], bossMail} {
		for _, e := range w.google.Account(mail).Events("primary") {
			line, err := e.MarshalJSON()
			check(w.t, err)
			fmt.Fprintf(&text, "%s %s\n", mail, line)
		}
	}
	return text.String()
}

// everyRow is the whole schedule table.
func (w *world) everyRow() (rows []models.Schedule) {
	w.t.Helper()
	for _, id := range append(slices.Clone(everybody), 0) {
		rows = append(rows, w.rowsOf(id)...)
	}
	return rows
}

// onlyRow is the table's only row.
func (w *world) onlyRow() models.Schedule {
	w.t.Helper()
	rows := w.everyRow()
	if len(rows) != 1 {
		w.t.Fatalf("%d rows:\n%s", len(rows), w.tables())
	}
	return rows[0]
}

// roster is who takes part in a row, such as "8:accepted 9:declined".
func (w *world) roster(rowID int64) string {
	w.t.Helper()
	all, err := w.db.Participants(context.Background(), []int64{rowID})
	check(w.t, err)
	var parts []string
	for _, p := range all[rowID] {
		parts = append(parts, fmt.Sprintf("%d:%s", p.UserID, p.Response))
	}
	return strings.Join(parts, " ")
}

func (w *world) wantRoster(rowID int64, want string) {
	w.t.Helper()
	if got := w.roster(rowID); got != want {
		w.t.Errorf("roster %q, want %q", got, want)
	}
}

// wantEvents asserts the summaries in an employee's primary calendar.
func (w *world) wantEvents(user int64, want string) {
	w.t.Helper()
	var all []string
	for _, e := range w.of(user).Events("primary") {
		all = append(all, e.Summary)
	}
	slices.Sort(all)
	if got := strings.Join(all, " "); got != want {
		w.t.Errorf("the calendar of %d holds %q, want %q", user, got, want)
	}
}

// untouched runs work and asserts that it wrote nothing to Google.
func (w *world) untouched(work func()) {
	w.t.Helper()
	w.noMail()
	w.google.ResetCalls()
	before := w.allEvents()
	work()
	for _, c := range w.google.Calls() {
		if c.Method != "GET" {
			w.t.Errorf("wrote to Google: %s %s %s by %s", c.Method, c.Path, c.Body, c.Account)
		}
	}
	w.same("Google", before, w.allEvents())
}

// aside are the reasons for which items of an employee are left aside.
func (w *world) aside(user int64) (reasons []string) {
	w.t.Helper()
	list, err := w.db.LeftAside(context.Background(), user, 100)
	check(w.t, err)
	for _, a := range list {
		reasons = append(reasons, a.ReasonKey)
	}
	return reasons
}

// eitherWay runs a test for both values.
func eitherWay(t *testing.T, no, yes string, test func(t *testing.T, is bool)) {
	t.Helper()
	t.Run(no, func(t *testing.T) { test(t, false) })
	t.Run(yes, func(t *testing.T) { test(t, true) })
}

// orders are all orders of the three employees.
func orders() [][]int64 {
	return [][]int64{
		{testUser, otherUser, thirdUser}, {testUser, thirdUser, otherUser}, {otherUser, testUser, thirdUser},
		{otherUser, thirdUser, testUser}, {thirdUser, testUser, otherUser}, {thirdUser, otherUser, testUser},
	}
}

// inEveryOrder runs a test for all orders of the three employees.
func inEveryOrder(t *testing.T, test func(t *testing.T, order []int64)) {
	t.Helper()
	for _, order := range orders() {
		t.Run(strings.Trim(fmt.Sprint(order), "[]"), func(t *testing.T) { test(t, order) })
	}
}

// whoeverFirst runs a test for three orders, of which each begins with another.
func whoeverFirst(t *testing.T, test func(t *testing.T, order []int64)) {
	t.Helper()
	for _, order := range [][]int64{orders()[0], orders()[3], orders()[5]} {
		t.Run(fmt.Sprintf("%d first", order[0]), func(t *testing.T) { test(t, order) })
	}
}

// pairwise runs a test for both orders of Tanaka and Sato.
func pairwise(t *testing.T, test func(t *testing.T, order []int64)) {
	t.Helper()
	for _, order := range [][]int64{{testUser, otherUser}, {otherUser, testUser}} {
		t.Run(fmt.Sprintf("%d first", order[0]), func(t *testing.T) { test(t, order) })
	}
}

// setDirection is an employee's choice of a direction.
func (w *world) setDirection(user int64, direction string) {
	w.t.Helper()
	check(w.t, w.db.SaveProfile(context.Background(), user, models.Profile{
		Calendars: []string{mailOf[user]}, Target: mailOf[user], Interval: 5, Direction: direction}))
}
