package calsync

import (
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// Point 16. The clock stands at 2026-11-21 09:00; the window reaches to 22 October 09:00.

func TestSpecWindowTakesUpNothingOld(t *testing.T) {
	w := specWorld(t)
	w.insertRow("old row", "2026-10-20 10:00:00", "2026-10-20 11:00:00")
	w.insertRow("in row", "2026-10-23 10:00:00", "2026-10-23 11:00:00")
	w.insertRow("long row", "2026-01-01 10:00:00", "2026-10-23 11:00:00") // it is the end that counts
	w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, all_day) VALUES (?, 'day row', '2026-10-22', '2026-10-22', 1)", testUser)
	w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, all_day) VALUES (?, 'old day row', '2026-10-21', '2026-10-21', 1)", testUser)
	w.account().Insert("primary", timed("old event", "2026-10-20T10:00:00+09:00", "2026-10-20T11:00:00+09:00"))
	w.account().Insert("primary", timed("in event", "2026-10-23T10:00:00+09:00", "2026-10-23T11:00:00+09:00"))
	w.account().Insert("primary", timed("far", "2066-10-23T10:00:00+09:00", "2066-10-23T11:00:00+09:00")) // no future limit
	w.sync()
	w.sides("day row far in event in row long row old day row old row", "day row far in event in row long row old event")
	w.quiet()
}

// What was not taken up is taken up when it is moved into the window.
func TestSpecWindowMovedIn(t *testing.T) {
	w := specWorld(t)
	id := w.insertRow("row", "2026-10-20 10:00:00", "2026-10-20 11:00:00")
	event := w.account().Insert("primary", timed("event", "2026-10-20T10:00:00+09:00", "2026-10-20T11:00:00+09:00")).Id
	w.sync()
	w.editRow(id, "start_at = ?, end_at = ?", at10, at11)
	w.editEvent(event, func(e *calendar.Event) { e.Start, e.End = lunch("").Start, lunch("").End })
	w.sync()
	w.both("event row")
	w.quiet()
}

// What is paired stays synchronised outside the window, both ways.
func TestSpecWindowPairedStaysSynchronised(t *testing.T) {
	w := specWorld(t)
	id, event := w.shared("a")
	w.advance(90 * 24 * time.Hour)
	w.editRow(id, "subject = 'b'")
	w.sync()
	w.both("b")
	w.editEvent(event, func(e *calendar.Event) { e.Summary = "c" })
	w.sync()
	w.both("c")
	w.quiet()
}

// An appointment moved to the past by an edit is paired and stays so.
func TestSpecWindowMovedOut(t *testing.T) {
	w := specWorld(t)
	id, event := w.shared("a")
	w.editRow(id, "start_at = '2025-01-01 10:00:00', end_at = '2025-01-01 11:00:00'")
	w.sync()
	if e := w.account().Event("primary", event); e.Start.DateTime[:4] != "2025" {
		t.Errorf("%s", e.Start.DateTime)
	}
	w.editEvent(event, func(e *calendar.Event) { e.Start, e.End = lunch("").Start, lunch("").End })
	w.sync()
	if row := w.row(id); row.StartAt.Format("2006-01-02 15") != "2026-11-25 12" {
		t.Errorf("%s", row.StartAt)
	}
	w.quiet()
}

// Deleted there while the other side had not yet heard that it is old: agreed in
// the window, moved out and deleted on the same side before a run.
func TestSpecWindowMovedOutAndDeleted(t *testing.T) {
	w := specWorld(t)
	id, _ := w.shared("a")
	w.editRow(id, "start_at = '2025-01-01 10:00:00', end_at = '2025-01-01 11:00:00'")
	w.exec("DELETE FROM schedules WHERE id = ?", id)
	w.sync()
	w.both("")
	w.quiet()
}

// A smaller one deletes nothing.
func TestSpecWindowReduced(t *testing.T) {
	w := specWorld(t)
	w.insertRow("row", "2026-11-01 10:00:00", "2026-11-01 11:00:00")
	w.account().Insert("primary", timed("event", "2026-11-01T10:00:00+09:00", "2026-11-01T11:00:00+09:00"))
	w.sync()
	w.settings(func(s *models.Settings) { s.WindowPast = 0 })
	w.google.ExpireSyncTokens()
	w.quiet()
	w.both("event row")
}

// Once out of the window, a deletion on either side is no longer carried, at
// once and later: not by a full listing, not by a larger window.
func TestSpecWindowDeletionsAreNotCarried(t *testing.T) {
	for _, side := range sides {
		t.Run(side, func(t *testing.T) {
			w := specWorld(t)
			w.shared("a")
			w.advance(90 * 24 * time.Hour)
			w.deleteSome(side, 1)
			want := [2]string{"a", ""}
			if side == models.SideTable {
				want = [2]string{"", "a"}
			}
			w.sync()
			w.sides(want[0], want[1])
			w.quiet()
			w.google.ExpireSyncTokens()
			w.quiet()
			w.sides(want[0], want[1])
			w.settings(func(s *models.Settings) { s.WindowPast = 1000 })
			w.sync()
			w.google.ExpireSyncTokens()
			w.sync()
			w.sides(want[0], want[1])
			w.quiet()
		})
	}
}

// The same while the token was expired.
func TestSpecWindowDeletionsDuringExpiry(t *testing.T) {
	for _, side := range sides {
		t.Run(side, func(t *testing.T) {
			w := specWorld(t)
			w.shared("a")
			w.advance(90 * 24 * time.Hour)
			w.deleteSome(side, 1)
			w.google.ExpireSyncTokens()
			want := [2]string{"a", ""}
			if side == models.SideTable {
				want = [2]string{"", "a"}
			}
			w.sync()
			w.sides(want[0], want[1])
			w.settings(func(s *models.Settings) { s.WindowPast = 1000 })
			w.google.ExpireSyncTokens()
			w.sync()
			w.sides(want[0], want[1])
			w.quiet()
		})
	}
}

// The side that was left lives on: it can be edited, and that is no trouble.
func TestSpecWindowLeftSideEdited(t *testing.T) {
	for _, side := range sides {
		t.Run(side, func(t *testing.T) {
			w := specWorld(t)
			id, event := w.shared("a")
			w.advance(90 * 24 * time.Hour)
			w.deleteSome(side, 1)
			w.sync()
			if side == models.SideTable {
				w.editEvent(event, func(e *calendar.Event) { e.Location = "x" })
			} else {
				w.editRow(id, "location = 'x'")
			}
			w.sync()
			w.quiet()
			w.quiet()
		})
	}
}

// A larger window takes up what it now covers, at the next run (5, 16).
func TestSpecWindowEnlarged(t *testing.T) {
	w := specWorld(t)
	w.insertRow("row", "2026-10-01 10:00:00", "2026-10-01 11:00:00")
	w.account().Insert("primary", timed("event", "2026-10-01T10:00:00+09:00", "2026-10-01T11:00:00+09:00"))
	w.sync()
	w.sides("row", "event")
	w.settings(func(s *models.Settings) { s.WindowPast = 100 })
	w.sync()
	w.both("event row")
	w.quiet()
}

// ... an expired sync token in between included.
func TestSpecWindowPairedStaysSynchronisedAfterExpiry(t *testing.T) {
	w := specWorld(t)
	_, event := w.shared("a")
	w.advance(90 * 24 * time.Hour)
	w.editEvent(event, func(e *calendar.Event) { e.Summary = "c" })
	w.google.ExpireSyncTokens()
	w.sync()
	w.both("c")
	w.quiet()
}
