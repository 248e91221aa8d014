package calsync

import (
	"strings"
	"testing"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// Occurrences of the series below, by what their ids end in.
const (
	firstOf  = "_20261125T030000Z"
	secondOf = "_20261202T030000Z"
	thirdOf  = "_20261209T030000Z"
	fourthOf = "_20261216T030000Z"
)

// weeklyMeeting is a meeting at noon on four Wednesdays.
func weeklyMeeting(guests ...string) *calendar.Event {
	e := meeting("m", guests...)
	e.Start.TimeZone, e.End.TimeZone = "Asia/Tokyo", "Asia/Tokyo"
	e.Recurrence = []string{"RRULE:FREQ=WEEKLY;COUNT=4"}
	return e
}

// family is the series' row and its replacement rows.
func (w *world) family() (master models.Schedule, replacements []models.Schedule) {
	w.t.Helper()
	masters := 0
	for _, row := range w.everyRow() {
		switch {
		case row.SeriesID != 0:
			replacements = append(replacements, row)
		default:
			master = row
			masters++
		}
	}
	if masters != 1 {
		w.t.Fatalf("%d masters:\n%s", masters, w.tables())
	}
	for _, r := range replacements {
		if r.SeriesID != master.ID {
			w.t.Errorf("row %d replaces an occurrence of %d", r.ID, r.SeriesID)
		}
	}
	return master, replacements
}

// A series in several calendars is one row, with one row for each changed
// occurrence; what the organiser removes is an EXDATE.
func TestSpecSharedSeries(t *testing.T) {
	for name, fromOutside := range map[string]bool{"a colleague's": false, "somebody outside's": true} {
		t.Run(name, func(t *testing.T) {
			whoeverFirst(t, func(t *testing.T, order []int64) {
				w := company(t, order...)
				organizer, guests := w.of(testUser), []string{mailOf[otherUser], mailOf[thirdUser]}
				if fromOutside {
					organizer, guests = w.boss(), append(guests, mailOf[testUser])
				}
				event := organizer.Insert("primary", weeklyMeeting(guests...)).Id
				organizer.Edit("primary", event+secondOf, func(e *calendar.Event) { e.Summary = "once" })
				w.untouched(func() { w.settle(order...) })
				master, changed := w.family()
				if len(changed) != 1 || changed[0].Subject != "once" || !fromOutside && master.OwnerID != testUser {
					t.Errorf("%s", w.tables())
				}
				w.still()
				organizer.Delete("primary", event+thirdOf)
				organizer.Edit("primary", event+fourthOf, func(e *calendar.Event) { e.Location = "Hall" })
				w.untouched(func() { w.settle(order...) })
				now, changed := w.family()
				if now.ID != master.ID || len(changed) != 2 || !strings.Contains(now.Recurrence, "EXDATE;TZID=Asia/Tokyo:20261209T120000") {
					t.Errorf("%s", w.tables())
				}
				w.still()
				organizer.Delete("primary", event)
				w.untouched(func() { w.settle(order...) })
				if rows := w.everyRow(); len(rows) != 0 {
					t.Errorf("%s", w.tables())
				}
				w.still()
			})
		})
	}
}

// A participant who removes or declines one occurrence takes only that out of
// his own copy: the rule, the other copies and his response to the series stay.
func TestSpecSharedSeriesOneOccurrenceLeft(t *testing.T) {
	leave := map[string]func(w *world, event string){
		"removed":  func(w *world, event string) { w.of(otherUser).Delete("primary", event+secondOf) },
		"declined": func(w *world, event string) { w.of(otherUser).Answer("primary", event+secondOf, "declined") },
	}
	for name, goes := range leave {
		t.Run(name, func(t *testing.T) {
			pairwise(t, func(t *testing.T, order []int64) {
				w := company(t, order...)
				event := w.of(testUser).Insert("primary", weeklyMeeting(mailOf[otherUser])).Id
				w.of(otherUser).Answer("primary", event, "accepted")
				w.settle(order...)
				before, _ := w.family()
				goes(w, event)
				w.untouched(func() { w.settle(order...) })
				now, _ := w.family()
				if now.Recurrence != before.Recurrence || now.OwnerID != testUser {
					t.Errorf("%s", w.tables())
				}
				w.wantRoster(now.ID, "8:accepted")
				if e := w.of(testUser).Event("primary", event+secondOf); e.Status != "confirmed" {
					t.Errorf("%+v", e)
				}
				w.still()
			})
		})
	}
}

// The same in a series from outside: whoever leaves one occurrence leaves it
// for himself only.
func TestSpecSharedSeriesFromOutsideOneOccurrenceLeft(t *testing.T) {
	eitherWay(t, "Tanaka", "Sato", func(t *testing.T, sato bool) {
		leaver := int64(testUser)
		if sato {
			leaver = otherUser
		}
		pairwise(t, func(t *testing.T, order []int64) {
			w := company(t, order...)
			event := w.boss().Insert("primary", weeklyMeeting(mailOf[testUser], mailOf[otherUser])).Id
			w.settle(order...)
			before, _ := w.family()
			w.of(leaver).Delete("primary", event+secondOf)
			w.untouched(func() { w.settle(order...) })
			if now, _ := w.family(); now.ID != before.ID {
				t.Errorf("%s", w.tables())
			}
			w.still()
		})
	})
}

// A guest whom the organiser takes off one occurrence.
func TestSpecSharedSeriesTakenOffOneOccurrence(t *testing.T) {
	pairwise(t, func(t *testing.T, order []int64) {
		w := company(t, order...)
		event := w.of(testUser).Insert("primary", weeklyMeeting(mailOf[otherUser])).Id
		w.settle(order...)
		before, _ := w.family()
		w.of(testUser).Edit("primary", event+secondOf, func(e *calendar.Event) { e.Attendees = nil })
		w.untouched(func() { w.settle(order...) })
		now, _ := w.family()
		if now.Recurrence != before.Recurrence {
			t.Errorf("%s", w.tables())
		}
		w.wantRoster(now.ID, "8:needsAction")
		w.still()
	})
}

// onlyWrittenBy asserts that nobody else's link wrote to Google.
func (w *world) onlyWrittenBy(user int64) {
	w.t.Helper()
	for _, c := range w.google.Calls() {
		if c.Method != "GET" && c.Account != mailOf[user] {
			w.t.Errorf("written by %s: %s %s %s", c.Account, c.Method, c.Path, c.Body)
		}
	}
}

// The owner's CRM takes one occurrence out, changes another, and moves the
// series: only the organiser's event is written, and nobody is declined.
func TestSpecSharedSeriesEditedInTheTable(t *testing.T) {
	pairwise(t, func(t *testing.T, order []int64) {
		w := company(t, order...)
		event := w.of(testUser).Insert("primary", weeklyMeeting(mailOf[otherUser])).Id
		w.of(otherUser).Answer("primary", event, "accepted")
		w.settle(order...)
		master, _ := w.family()
		w.editRow(master.ID, "recurrence = recurrence || char(10) || 'EXDATE;TZID=Asia/Tokyo:20261202T120000'")
		w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, series_id, original_start_at, updated_at) VALUES (?, 'once', ?, ?, ?, ?, ?)",
			testUser, "2026-12-09 15:00:00", "2026-12-09 16:00:00", master.ID, "2026-12-09 12:00:00", w.stamp())
		w.noMail()
		w.google.ResetCalls()
		w.settle(order...)
		w.onlyWrittenBy(testUser)
		for _, user := range order {
			if e := w.of(user).Event("primary", event+secondOf); e.Status != "cancelled" {
				t.Errorf("the removed occurrence is %s at %d", e.Status, user)
			}
			if e := w.of(user).Event("primary", event+thirdOf); e.Summary != "once" || e.Start.DateTime != "2026-12-09T15:00:00+09:00" {
				t.Errorf("at %d: %s", user, asJSON(t, e))
			}
		}
		w.wantRoster(master.ID, "8:accepted")
		w.still()
		w.editRow(master.ID, "start_at = '2026-11-25 13:00:00', end_at = '2026-11-25 14:00:00'")
		w.settle(order...)
		w.onlyWrittenBy(testUser)
		for _, user := range order {
			if e := w.of(user).Event("primary", event); e.Status != "confirmed" || e.Start.DateTime != "2026-11-25T13:00:00+09:00" {
				t.Errorf("at %d: %s", user, asJSON(t, e))
			}
		}
		now, _ := w.family()
		w.wantRoster(now.ID, "8:accepted")
		w.still()
	})
}

// Who is invited to one occurrence only takes part in that one: its row
// replaces the occurrence, whoever came first.
func TestSpecSharedSeriesInvitedToOneOccurrence(t *testing.T) {
	inEveryOrder(t, func(t *testing.T, order []int64) {
		w := company(t, order...)
		event := w.of(testUser).Insert("primary", weeklyMeeting(mailOf[otherUser])).Id
		w.of(testUser).Edit("primary", event+secondOf, func(e *calendar.Event) {
			e.Attendees = append(e.Attendees, &calendar.EventAttendee{Email: mailOf[thirdUser]})
		})
		w.untouched(func() { w.settle(order...) })
		master, changed := w.family()
		if master.OwnerID != testUser || len(changed) != 1 {
			t.Fatalf("%s", w.tables())
		}
		w.wantRoster(master.ID, "8:needsAction")
		if roster := w.roster(changed[0].ID); !strings.Contains(roster, "9:needsAction") {
			t.Errorf("roster of the occurrence %q", roster)
		}
		w.still()
		w.of(thirdUser).Answer("primary", event+secondOf, "accepted")
		w.untouched(func() { w.settle(order...) })
		if roster := w.roster(changed[0].ID); !strings.Contains(roster, "9:accepted") {
			t.Errorf("roster of the occurrence %q", roster)
		}
		w.still()
		w.of(thirdUser).Delete("primary", event+secondOf)
		w.untouched(func() { w.settle(order...) })
		if now, _ := w.family(); now.ID != master.ID || strings.Contains(now.Recurrence, "EXDATE") {
			t.Errorf("%s", w.tables())
		}
		w.still()
	})
}
