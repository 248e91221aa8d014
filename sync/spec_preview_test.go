package calsync

import (
	"context"
	"fmt"
	"sort"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// dump is everything that is stored, but for the lease of the link.
func (w *world) dump() string {
	w.t.Helper()
	var b strings.Builder
	tables, err := w.raw.Query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")
	check(w.t, err)
	defer tables.Close()
	for tables.Next() {
		var table string
		check(w.t, tables.Scan(&table))
		rows, err := w.raw.Query("SELECT * FROM " + table + " ORDER BY 1, 2")
		check(w.t, err)
		columns, err := rows.Columns()
		check(w.t, err)
		for rows.Next() {
			values, pointers := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				pointers[i] = &values[i]
			}
			check(w.t, rows.Scan(pointers...))
			for i, c := range columns {
				if c == "token" || c == "epoch" || c == "last_run_ms" || c == "next_run_ms" || c == "last_success_ms" {
					continue
				}
				fmt.Fprintf(&b, "%s.%s=%v\n", table, c, values[i])
			}
		}
		rows.Close()
	}
	return b.String()
}

// The preview tells what the next run would do and writes nothing.
func TestSpecPreviewWritesNothing(t *testing.T) {
	w := specWorld(t)
	w.scenario("")
	w.insertRow("bad", at11, at10)
	focus := lunch("focus")
	focus.EventType = "focusTime"
	w.account().Insert("primary", focus)
	before := w.dump()
	w.google.ResetCalls()
	for range 2 {
		steps, err := w.svc.Preview(context.Background(), testUser)
		check(t, err)
		var got []string
		for _, s := range steps {
			got = append(got, s.Side+" "+s.Action+" "+s.Subject)
		}
		sort.Strings(got)
		want := []string{"google create rownew", "google delete rowgone", "google skip focus", "google update bothedit", "google update rowedit",
			"table create eventnew", "table delete eventgone", "table skip bad", "table update bothedit", "table update eventedit"}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s", strings.Join(got, "\n"))
		}
	}
	if n := len(w.writes()); n != 0 {
		t.Errorf("%d writes to Google", n)
	}
	if after := w.dump(); after != before {
		t.Errorf("the preview wrote:\n%s", diff(before, after))
	}
	w.sync()
	w.exec("DELETE FROM schedules WHERE subject = 'bad'")
	w.account().Delete("primary", w.eventNamed("focus").Id)
	w.sync()
	w.wantScenario("")
	w.quiet()
}

func diff(a, b string) string {
	var out []string
	had := map[string]int{}
	for _, line := range strings.Split(a, "\n") {
		had[line]++
	}
	for _, line := range strings.Split(b, "\n") {
		if had[line]--; had[line] < 0 {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

// Restoring a deletion made by synchronisation brings the appointment back whole.
func TestSpecRestoreDeletedRow(t *testing.T) {
	w := specWorld(t)
	w.exec(`INSERT INTO schedules (owner_id, subject, location, body, start_at, end_at, private, busy, color_id, time_zone)
VALUES (?, 'a', 'room', 'text', ?, ?, 1, 0, 6, 'Europe/Paris')`, testUser, at10, at11)
	w.sync()
	before := w.rows()[0]
	w.account().Delete("primary", w.eventNamed("a").Id)
	w.sync()
	w.both("")
	check(t, w.svc.Restore(t.Context(), w.history(models.ActionDelete)[0].ID))
	w.sync()
	w.both("a")
	after := w.rows()[0]
	if fmt.Sprint(before.Fields()) != fmt.Sprint(after.Fields()) {
		t.Errorf("%v became %v", before.Fields(), after.Fields())
	}
	w.quiet()
}

// ... of an event too: the row is gone, and comes back on both sides.
func TestSpecRestoreDeletedEvent(t *testing.T) {
	w := specWorld(t)
	id, _ := w.shared("a")
	w.exec("DELETE FROM schedules WHERE id = ?", id)
	w.sync()
	check(t, w.svc.Restore(t.Context(), w.history(models.ActionDelete)[0].ID))
	w.sync()
	w.both("a")
	w.quiet()
}

// Restoring an update brings the fields back that it overwrote, and no others.
func TestSpecRestoreUpdate(t *testing.T) {
	w := specWorld(t)
	id, event := w.shared("a")
	w.editEvent(event, func(e *calendar.Event) { e.Summary, e.ColorId = "b", "4" })
	w.sync()
	w.editRow(id, "location = 'later'")
	w.sync()
	h := w.history(models.ActionUpdate)
	for _, entry := range h {
		if entry.Side == models.SideTable {
			check(t, w.svc.Restore(t.Context(), entry.ID))
		}
	}
	w.sync()
	w.both("a")
	if row := w.row(id); row.ColorID != 0 || row.Location != "later" {
		t.Errorf("%+v", row)
	}
	w.quiet()
}

// Each change that synchronisation made is in the history, with before and after.
func TestSpecHistoryOfEachChange(t *testing.T) {
	w := specWorld(t)
	w.scenario("")
	res := w.sync()
	want := map[string]int{"table create": 1, "table update": 2, "table delete": 1, "google create": 6, "google update": 2, "google delete": 1}
	all, err := w.db.History(t.Context(), models.HistoryFilter{UserID: testUser, Limit: 100})
	check(t, err)
	for _, h := range all {
		want[h.Side+" "+h.Action]--
		if h.Subject == "" || h.EventID == "" || h.ScheduleID == 0 {
			t.Errorf("%+v", h)
		}
	}
	for what, n := range want {
		if n != 0 {
			t.Errorf("%s: %d entries too few", what, n)
		}
	}
	if res.Pulled != 4 || res.Pushed != 4 || res.Deleted != 2 {
		t.Errorf("%+v", res)
	}
}

// Restoring the same deletion twice must not make two appointments of one.
func TestSpecRestoreTwice(t *testing.T) {
	w := specWorld(t)
	_, event := w.shared("a")
	w.account().Delete("primary", event)
	w.sync()
	h := w.history(models.ActionDelete)[0]
	check(t, w.svc.Restore(t.Context(), h.ID))
	w.svc.Restore(t.Context(), h.ID)
	w.sync()
	w.both("a")
}

// Many deletions: the preview says that they will be held.
func TestSpecPreviewOfHeldDeletions(t *testing.T) {
	onBothSides(t, "", func(t *testing.T, side string) {
		w := manyShared(t, 12)
		w.deleteSome(side, 12)
		before := w.dump()
		steps, err := w.svc.Preview(context.Background(), testUser)
		check(t, err)
		holds := 0
		for _, s := range steps {
			if s.Action == stepHold {
				holds++
			}
		}
		if holds != 12 || len(steps) != 12 {
			t.Errorf("%d holds of %d steps", holds, len(steps))
		}
		if after := w.dump(); after != before {
			t.Errorf("the preview wrote:\n%s", diff(before, after))
		}
	})
}

// A preview neither delays nor hastens the next run.
func TestSpecPreviewKeepsTheTimetable(t *testing.T) {
	w := specWorld(t)
	w.saveProfile()
	w.sync()
	due := w.linkNow().NextRun()
	w.advance(time.Minute)
	if _, err := w.svc.Preview(context.Background(), testUser); err != nil {
		t.Fatal(err)
	}
	if got := w.linkNow().NextRun(); !got.Equal(due) {
		t.Errorf("due %v, after the preview %v", due, got)
	}
}
