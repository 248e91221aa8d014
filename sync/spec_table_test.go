package calsync

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// Points 4, 5 and 6: writes to the table, cursors, expired tokens.

// Only the changed columns are written.
func TestSpecOnlyChangedColumnsAreWritten(t *testing.T) {
	w := specWorld(t)
	_, event := w.shared("a")
	w.exec("CREATE TABLE written (name TEXT)")
	for _, column := range []string{"owner_id", "subject", "location", "body", "start_at", "end_at", "all_day", "time_zone", "private", "busy", "color_id", "recurrence", "series_id", "original_start_at"} {
		w.exec("CREATE TRIGGER note_" + column + " AFTER UPDATE OF " + column + " ON schedules BEGIN INSERT INTO written VALUES ('" + column + "'); END")
	}
	for _, c := range []struct {
		change func(*calendar.Event)
		want   string
	}{
		{func(e *calendar.Event) { e.Summary = "b" }, "subject"},
		{func(e *calendar.Event) { e.Location = "x" }, "location"},
		{func(e *calendar.Event) { e.ColorId, e.Visibility = "3", "private" }, "color_id private"},
		{func(e *calendar.Event) { e.End.DateTime = "2026-11-25T12:00:00+09:00" }, "all_day end_at recurrence start_at time_zone"},
	} {
		w.exec("DELETE FROM written")
		w.editEvent(event, c.change)
		w.sync()
		var got string
		check(t, w.raw.QueryRow("SELECT group_concat(name, ' ') FROM (SELECT DISTINCT name FROM written ORDER BY name)").Scan(&got))
		if got != c.want {
			t.Errorf("written: %s, want %s", got, c.want)
		}
	}
	w.quiet()
}

// What triggers make of a write is what the pair remembers: no echo, no endless loop.
func TestSpecTriggerAltersOurWrites(t *testing.T) {
	w := specWorld(t)
	w.exec("CREATE TRIGGER shout AFTER UPDATE OF subject ON schedules WHEN NEW.subject <> upper(NEW.subject) BEGIN UPDATE schedules SET subject = upper(NEW.subject), location = 'by trigger' WHERE id = NEW.id; END")
	w.exec("CREATE TRIGGER shout2 AFTER INSERT ON schedules WHEN NEW.subject <> upper(NEW.subject) BEGIN UPDATE schedules SET subject = upper(NEW.subject) WHERE id = NEW.id; END")
	event := w.account().Insert("primary", lunch("born")).Id
	w.sync()
	w.quiet()
	id := w.rows()[0].ID
	if row := w.row(id); row.Subject != "BORN" {
		t.Fatalf("%q", row.Subject)
	}
	w.editEvent(event, func(e *calendar.Event) { e.Summary = "edited" })
	w.sync()
	for range 3 {
		w.sync()
	}
	w.quiet()
	if row := w.row(id); row.Subject != "EDITED" || row.Location != "by trigger" {
		t.Errorf("%+v", row)
	}
	w.editRow(id, "busy = 0")
	w.google.ResetCalls()
	w.sync()
	for _, c := range w.writes() {
		if got := keys(t, c); strings.Contains(got, "summary") {
			t.Errorf("the trigger's subject was written to Google: %s", got)
		}
	}
	w.quiet()
}

// A concurrent writer between our decision and our write: decided again, nothing lost.
func TestSpecConcurrentWriter(t *testing.T) {
	for n := int64(1); n <= 2; n++ {
		for _, act := range []string{"other field", "same field", "delete"} {
			w := linkedWorld(t)
			id, event := w.shared("a")
			w.editEvent(event, func(e *calendar.Event) { e.Summary = "event" })
			w.advance(time.Second)
			w.meanwhile(n, func() {
				switch act {
				case "other field":
					w.editRow(id, "location = 'row'")
				case "same field":
					w.editRow(id, "subject = 'row'")
				default:
					w.exec("DELETE FROM schedules WHERE id = ?", id)
				}
			})
			w.sync()
			w.sync()
			switch act {
			case "other field":
				w.both("event")
				if e := w.account().Event("primary", event); e.Location != "row" {
					t.Errorf("%d: the other's edit was lost", n)
				}
			case "same field":
				w.both("row")
			default:
				if rows, events := w.subjects(); rows != events {
					t.Errorf("%d: %s", n, w.show())
				}
			}
			w.quiet()
		}
	}
}

// A writer inside the very transaction: our write is fenced by the row version.
func TestSpecRowVersionGuardsOurWrites(t *testing.T) {
	w := specWorld(t)
	id, _ := w.shared("a")
	row := w.row(id)
	lease, err := w.db.ClaimLink(t.Context(), testUser, "test")
	check(t, err)
	w.editRow(id, "location = 'other'")
	pair, err := w.db.PairsBySchedule(t.Context(), testUser, lease.Sub, []int64{id})
	check(t, err)
	row.Subject = "ours"
	stale, err := w.db.Apply(t.Context(), models.Lease{UserID: testUser, Epoch: lease.Epoch}, []*models.Change{
		{Action: models.ActionUpdate, Row: row, Fields: []string{models.FieldSubject}, Base: row.RowVersion, Pair: &pair[0]}}, nil)
	if err != nil || len(stale) != 1 || w.row(id).Subject != "a" {
		t.Errorf("%v %d %q", err, len(stale), w.row(id).Subject)
	}
}

// A run whose lease was taken over writes nothing.
func TestSpecLeaseFence(t *testing.T) {
	w := specWorld(t)
	_, event := w.shared("a")
	w.editEvent(event, func(e *calendar.Event) { e.Summary = "b" })
	w.meanwhile(2, func() {
		w.advance(models.LeaseTime + time.Second)
		_, err := w.db.ClaimLink(t.Context(), testUser, "another")
		check(t, err)
	})
	if _, err := w.try(); err == nil {
		t.Error("no error")
	}
	if rows, _ := w.subjects(); rows != "a" {
		t.Errorf("rows %q", rows)
	}
	w.advance(time.Minute)
	w.sync()
	w.both("b")
	w.quiet()
}

// Cursors are stored with the last of what they account for: a run that is
// killed at any step repeats work and never skips or doubles it.
func TestSpecKilledAnywhere(t *testing.T) {
	w := specWorld(t)
	w.google.SetPageSize(2)
	round := 0
	for n := int64(1); n < 400; n += 7 {
		round++
		tag := fmt.Sprint(round, "-")
		w.scenario(tag)
		died, err := w.killed(n, func() error { _, err := w.try(); return err })
		w.advance(time.Hour)
		w.sync()
		w.sync()
		w.wantScenario(tag)
		w.quiet()
		if t.Failed() {
			t.Fatalf("killed at step %d", n)
		}
		if !died {
			check(t, err)
			return
		}
		w.exec("DELETE FROM schedules")
		for range 3 {
			w.sync()
			w.decide(true)
		}
		w.both("")
		w.rest()
	}
}

// scenario prepares one of each change on both sides.
func (w *world) scenario(tag string) {
	for _, s := range []string{"rowedit", "rowgone", "eventedit", "eventgone", "bothedit"} {
		w.insertRow(tag+s, at10, at11)
	}
	w.sync()
	w.rest()
	w.insertRow(tag+"rownew", at10, at11)
	w.account().Insert("primary", lunch(tag+"eventnew"))
	w.exec("UPDATE schedules SET location = 'row', updated_at = ? WHERE subject IN (?, ?)", w.stamp(), tag+"rowedit", tag+"bothedit")
	w.exec("DELETE FROM schedules WHERE subject = ?", tag+"rowgone")
	for _, s := range []string{"eventedit", "bothedit"} {
		w.editEvent(w.eventNamed(tag+s).Id, func(e *calendar.Event) { e.Description = "event" })
	}
	w.account().Delete("primary", w.eventNamed(tag+"eventgone").Id)
}

func (w *world) wantScenario(tag string) {
	w.t.Helper()
	var want []string
	for _, s := range []string{"bothedit", "eventedit", "eventnew", "rowedit", "rownew"} {
		want = append(want, tag+s)
	}
	w.both(strings.Join(want, " "))
	for _, row := range w.rows() {
		e := w.eventNamed(row.Subject)
		name := strings.TrimPrefix(row.Subject, tag)
		location := map[string]string{"rowedit": "row", "bothedit": "row"}[name]
		body := map[string]string{"eventedit": "event", "bothedit": "event"}[name]
		if row.Location != location || e.Location != location || row.Body != body || e.Description != body {
			w.t.Errorf("%s: %q %q, %q %q", row.Subject, row.Location, e.Location, row.Body, e.Description)
		}
	}
}

// Point 6: nothing that did not change is written after an expired token.
func TestSpecExpiredTokenWritesNothing(t *testing.T) {
	for _, status := range []int{400, 410} {
		w := linkedWorld(t)
		w.google.SetMalformedTokenStatus(status)
		w.addRows(5)
		w.account().Insert("primary", lunch("b"))
		w.sync()
		version := w.maxVersion()
		w.google.ExpireSyncTokens()
		w.quiet()
		w.exec("UPDATE agcrm_google_calendars SET sync_token = 'nonsense'")
		w.quiet()
		if w.maxVersion() != version {
			t.Error("rows were written")
		}
	}
}

func (w *world) maxVersion() (n int64) {
	check(w.t, w.raw.QueryRow("SELECT MAX(row_version) FROM schedules").Scan(&n))
	return n
}

// Changes of every kind on both sides while the token was expired.
func TestSpecChangesDuringExpiry(t *testing.T) {
	w := specWorld(t)
	w.scenario("")
	w.google.ExpireSyncTokens()
	w.sync()
	w.wantScenario("")
	w.quiet()
}

// An empty page in the middle of a list is no end of it.
func TestSpecEmptyPages(t *testing.T) {
	w := specWorld(t)
	w.google.SetEmptyPages(true)
	w.google.SetPageSize(1)
	for i := range 4 {
		w.account().Insert("primary", lunch(fmt.Sprint(i)))
	}
	w.sync()
	w.both("0 1 2 3")
	w.google.ExpireSyncTokens()
	w.quiet()
}

// Deleted events come with nothing but their id, or with all they had.
func TestSpecCancelledShapes(t *testing.T) {
	for _, bare := range []bool{true, false} {
		w := linkedWorld(t)
		w.google.SetBareCancelled(bare)
		_, event := w.shared("a")
		stranger := w.account().Insert("primary", lunch("b")).Id
		w.account().Delete("primary", stranger) // never seen alive
		w.account().Delete("primary", event)
		w.sync()
		w.both("")
		w.quiet()
	}
}

// Windowed sync tokens (facts F2): whichever way Google behaves, nothing is lost.
func TestSpecWindowedSyncTokens(t *testing.T) {
	w := specWorld(t)
	w.google.SetWindowedSync(true)
	_, event := w.shared("a")
	w.sync()
	w.editEvent(event, func(e *calendar.Event) { e.Summary = "b" })
	w.sync()
	w.both("b")
	w.account().Delete("primary", event)
	w.sync()
	w.both("")
	w.quiet()
}

// A restored event (undeleted in Google's bin) is a row again.
func TestSpecUndeleted(t *testing.T) {
	w := specWorld(t)
	_, event := w.shared("a")
	w.account().Delete("primary", event)
	w.sync()
	w.both("")
	w.editEvent(event, func(e *calendar.Event) {
		*e = *lunch("a")
		e.Id, e.Status = event, "confirmed"
	})
	w.sync()
	w.both("a")
	w.quiet()
}

// Another employee's rows and events are none of this link's business.
func TestSpecOthersAreLeftAlone(t *testing.T) {
	w := specWorld(t)
	w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at) VALUES (99, 'theirs', ?, ?)", at10, at11)
	sato := w.employee(8, "sato@example.com")
	sato.Insert("primary", lunch("satos"))
	w.shared("a")
	w.both("a")
	if n := len(w.rowsOf(8)); n != 0 {
		t.Errorf("%d rows", n)
	}
	w.quiet()
}
