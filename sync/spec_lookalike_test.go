package calsync

import (
	"fmt"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// More on one side than on the other: what is left over is carried.
func TestSpecLookAlikesLeftOver(t *testing.T) {
	for _, c := range [][2]int{{3, 1}, {1, 3}} {
		w := linkedWorld(t)
		for range c[0] {
			w.insertRow("a", at12, at13)
		}
		for range c[1] {
			w.account().Insert("primary", lunch("a"))
		}
		w.sync()
		w.both("a a a")
		w.quiet()
	}
}

// Subject, start, end and kind must be the same.
func TestSpecLookAlikesNearly(t *testing.T) {
	w := specWorld(t)
	w.insertRow("a", at12, at12)
	w.insertRow("A", at12, at13)
	w.insertRow("a ", at12, at13)
	w.insertRow("a", at11, at13)
	w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, all_day) VALUES (?, 'a', ?, ?, 1)", testUser, at12, at13)
	w.account().Insert("primary", lunch("a"))
	w.sync()
	if n, m := len(w.rows()), len(w.events()); n != 6 || m != 6 {
		t.Errorf("%d rows, %d events", n, m)
	}
	w.quiet()
}

// Equal fields agree, an empty field takes the filled one, differently filled ones
// follow the policy with the loser in the history.
func TestSpecLookAlikesMerge(t *testing.T) {
	for _, policy := range []string{models.PolicyGoogle, models.PolicyCRM} {
		w := linkedWorld(t)
		w.policy(policy)
		w.exec("INSERT INTO schedules (owner_id, subject, location, body, start_at, end_at, color_id) VALUES (?, 'a', 'row', 'text', ?, ?, NULL)", testUser, at12, at13)
		e := lunch("a")
		e.Location, e.ColorId = "event", "5"
		w.account().Insert("primary", e)
		w.sync()
		row, ev := w.rows()[0], w.eventNamed("a")
		won := map[string]string{models.PolicyGoogle: "event", models.PolicyCRM: "row"}[policy]
		if row.Location != won || ev.Location != won || row.Body != "text" || ev.Description != "text" || row.ColorID != 5 || ev.ColorId != "5" {
			t.Errorf("%s: %+v %s %s %s", policy, row, ev.Location, ev.Description, ev.ColorId)
		}
		h := w.history(models.ActionConflict)
		if len(h) != 1 || len(w.rows()) != 1 || len(w.events()) != 1 {
			t.Errorf("%s: %d conflicts, %s", policy, len(h), w.show())
		}
		w.quiet()
	}
}

// A first run that dies anywhere still pairs them one to one.
func TestSpecLookAlikesKilled(t *testing.T) {
	for n := int64(1); ; n += 7 {
		w := linkedWorld(t)
		w.google.SetPageSize(2)
		for i := range 4 {
			w.insertRow(fmt.Sprint(i), at12, at13)
			w.account().Insert("primary", lunch(fmt.Sprint(i)))
		}
		died, err := w.killed(n, func() error { _, err := w.try(); return err })
		w.advance(time.Hour)
		w.sync()
		w.both("0 1 2 3")
		w.quiet()
		if !died {
			check(t, err)
			return
		}
		if t.Failed() {
			t.Fatalf("killed at step %d", n)
		}
	}
}

// Point 17: look-alikes are paired one to one in order of creation at the first run.
func TestSpecLookAlikesInOrderOfCreation(t *testing.T) {
	w := specWorld(t)
	for _, place := range []string{"one", "two"} {
		w.exec("INSERT INTO schedules (owner_id, subject, location, start_at, end_at) VALUES (?, 'a', ?, ?, ?)", testUser, place, at12, at13)
	}
	var ids []string
	for _, text := range []string{"one", "two"} {
		w.advance(time.Minute)
		e := lunch("a")
		e.Description = text
		ids = append(ids, w.account().Insert("primary", e).Id)
	}
	w.advance(time.Minute)
	w.editEvent(ids[0], func(e *calendar.Event) { e.Transparency = "transparent" }) // listed last now, but older
	w.sync()
	if n, m := len(w.rows()), len(w.events()); n != 2 || m != 2 {
		t.Fatalf("%d rows, %d events", n, m)
	}
	for _, row := range w.rows() {
		if row.Location != row.Body {
			t.Errorf("row %s took the event %s", row.Location, row.Body)
		}
	}
	w.quiet()
}
