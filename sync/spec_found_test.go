package calsync

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/sync/googletest"
)

// What random histories of whole firms have found, made small.

// seen is what an employee sees in these calendars, START SUBJECT PLACE.
func (w *world) seen(user int64, calendars ...string) string {
	w.t.Helper()
	grant, err := w.db.StoredGrant(w.t.Context(), user)
	check(w.t, err)
	a, err := w.svc.apiFor(w.t.Context(), user, grant)
	check(w.t, err)
	var lines []string
	for _, id := range calendars {
		list, err := a.svc.Events.List(id).SingleEvents(true).TimeMin("2026-11-20T00:00:00Z").Do()
		check(w.t, err)
		for _, e := range list.Items {
			at, err := time.Parse(time.RFC3339, e.Start.DateTime)
			check(w.t, err)
			lines = append(lines, strings.TrimSpace(fmt.Sprintf("%s %s %s", at.In(w.jst).Format("01-02 15:04"), e.Summary, e.Location)))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

func (w *world) wantSeen(user int64, calendars []string, want ...string) {
	w.t.Helper()
	if got := w.seen(user, calendars...); got != strings.Join(want, "\n") {
		w.t.Errorf("%d sees\n%s\nwant\n%s", user, got, strings.Join(want, "\n"))
	}
}

var inPrimary = []string{"primary"}

// Point 12: the CRM and Google make the same appointment a series, and the CRM
// wins: it repeats in the zone that its row is read in.
func TestSpecTurnedIntoSeriesOnBothSides(t *testing.T) {
	w := specWorld(t)
	w.policy("crm")
	e := timed("a", "2027-03-13T10:00:00+09:00", "2027-03-13T11:00:00+09:00")
	e.Start.TimeZone, e.End.TimeZone = "America/New_York", "America/New_York"
	event := w.account().Insert("primary", e).Id
	w.sync()
	w.editRow(w.rows()[0].ID, "recurrence = 'RRULE:FREQ=DAILY;COUNT=3'")
	w.editEvent(event, func(e *calendar.Event) { e.Recurrence = []string{"RRULE:FREQ=DAILY;COUNT=2"} })
	w.sync()
	w.wantSeen(testUser, inPrimary, "03-13 10:00 a", "03-14 10:00 a", "03-15 10:00 a") // summer time begins on the 14th in New York
	w.quiet()
}

// daily is a series of three days at 10, of which the CRM changes the second.
func (w *world) daily() int64 {
	return w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, recurrence) VALUES (?, 'd', '2026-11-25 10:00', '2026-11-25 11:00', 'RRULE:FREQ=DAILY;COUNT=3')", testUser)
}

func (w *world) changeSecond(series int64) int64 {
	return w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, series_id, original_start_at) VALUES (?, 'once', '2026-11-26 10:00', '2026-11-26 11:00', ?, '2026-11-26 10:00')",
		testUser, series)
}

// Point 15: a series that moves to another calendar takes its changed and removed
// occurrences along, those too that were on their way.
func TestSpecSeriesMoves(t *testing.T) {
	for _, stage := range []string{"at rest", "unwritten", "in the middle of a write"} {
		t.Run(stage, func(t *testing.T) {
			eachCalendar(t, func(t *testing.T, other string) {
				w := specWorld(t)
				w.addCalendar(other)
				id := w.daily()
				w.sync()
				event := w.master().Id
				changed := w.changeSecond(id)
				move := func() { w.account().Move("primary", event, other) }
				switch stage {
				case "at rest":
					w.account().Delete("primary", event+"_20261127T010000Z")
					w.sync()
					move()
				case "unwritten":
					w.google.AddFault(googletest.Fault{Status: 503, Times: 20, Match: func(r *http.Request) bool { return r.Method == "PATCH" }})
					w.try()
					w.google.ClearFaults()
					move()
				default:
					w.beforeWrite(move)
					w.try()
				}
				for range 3 {
					w.advance(time.Hour)
					w.try()
				}
				want := []string{"11-25 10:00 d", "11-26 10:00 once", "11-27 10:00 d"}
				if stage == "at rest" {
					want = want[:2]
				}
				w.wantSeen(testUser, []string{"primary", other}, want...)
				if rows := w.rows(); len(rows) != 2 || rows[0].ID != id || rows[1].ID != changed || (rows[0].Recurrence != "RRULE:FREQ=DAILY;COUNT=3") != (stage == "at rest") {
					t.Errorf("%s", w.tables())
				}
				w.quiet()
				w.editRow(changed, "subject = 'twice'")
				w.editRow(id, "location = 'hall'")
				w.sync()
				for i := range want {
					want[i] += " hall"
				}
				want[1] = "11-26 10:00 twice"
				w.wantSeen(testUser, []string{"primary", other}, want...)
				w.quiet()
			})
		})
	}
}

// The same for a single appointment that is being written or deleted.
func TestSpecMoveWhileWritten(t *testing.T) {
	for _, edit := range []string{"UPDATE schedules SET subject = 'b' WHERE id = ?", "DELETE FROM schedules WHERE id = ?"} {
		t.Run(strings.Fields(edit)[0], func(t *testing.T) {
			eachCalendar(t, func(t *testing.T, other string) {
				w := specWorld(t)
				w.addCalendar(other)
				id, event := w.shared("a")
				w.exec(edit, id)
				w.beforeWrite(func() { w.account().Move("primary", event, other) })
				w.sync()
				w.sync()
				if rows := w.rows(); strings.HasPrefix(edit, "DELETE") && len(rows) != 0 || !strings.HasPrefix(edit, "DELETE") && (len(rows) != 1 || rows[0].ID != id) {
					t.Errorf("%s", w.tables())
				}
				want := []string(nil)
				for range w.rows() {
					want = append(want, "11-25 10:00 b")
				}
				w.wantSeen(testUser, []string{"primary", other}, want...)
				w.quiet()
			})
		})
	}
}

// beforeWrite lets somebody act just before the next write to Google.
func (w *world) beforeWrite(act func()) {
	w.google.AddFault(googletest.Fault{Match: func(r *http.Request) bool {
		if now := act; now != nil && r.Method != http.MethodGet {
			act = nil
			now()
		}
		return false
	}})
}

// Point 8: an occurrence of a copy that was put back is the series' again, and
// follows it.
func TestSpecPutBackOccurrenceFollows(t *testing.T) {
	w := company(t, testUser, otherUser)
	id := w.daily()
	w.invite(id)
	w.settle()
	own := w.master().Id
	copied := w.of(otherUser).Events("primary")[0].Id
	for i, place := range []string{"hall", "room", "yard", "roof", "moor"} { // more often than a copy is put back
		if i == 0 {
			w.of(otherUser).Edit("primary", copied+"_20261126T010000Z", func(e *calendar.Event) { e.Summary = "mine" })
		}
		w.editEvent(own, func(e *calendar.Event) { e.Location = place })
		w.settle()
		for _, user := range []int64{testUser, otherUser} {
			w.wantSeen(user, inPrimary, "11-25 10:00 d "+place, "11-26 10:00 d "+place, "11-27 10:00 d "+place)
		}
		w.still()
		w.advance(time.Minute)
	}
}

// Point 2: a series of a meeting that its organiser deletes while its row is edited
// is restored whole, with the occurrence that had been changed.
func TestSpecSharedSeriesDeletedWhileEdited(t *testing.T) {
	whoeverFirst(t, func(t *testing.T, order []int64) {
		w := company(t, order...)
		e := weeklyMeeting(mailOf[otherUser])
		event := w.of(testUser).Insert("primary", e).Id
		w.of(testUser).Edit("primary", event+secondOf, func(e *calendar.Event) { e.Summary = "once" })
		w.settle(order...)
		master, _ := w.family()
		w.of(testUser).Delete("primary", event)
		w.editRow(master.ID, "subject = 'n'")
		w.settle(order...)
		for _, user := range []int64{testUser, otherUser} {
			w.wantSeen(user, inPrimary, "11-25 12:00 n", "12-02 12:00 once", "12-09 12:00 n", "12-16 12:00 n")
		}
		w.still()
	})
}

// Point 8: when one employee's part in a series ends, its row and the rows that
// replace its occurrences stay, for the others and for when it begins again.
func TestSpecSharedSeriesPartEnds(t *testing.T) {
	whole := []string{"11-25 10:00 d", "11-26 10:00 once", "11-27 10:00 d"}
	for name, end := range map[string]func(w *world){
		"taken off":    func(w *world) { w.exec("DELETE FROM schedule_participants") },
		"declined":     func(w *world) { w.exec("UPDATE schedule_participants SET response = 'declined'") },
		"new owner":    func(w *world) { w.exec("UPDATE schedules SET owner_id = ?", thirdUser) },
		"copy deleted": func(w *world) { w.of(otherUser).Delete("primary", w.of(otherUser).Events("primary")[0].Id) },
		"both in a race": func(w *world) {
			w.exec("DELETE FROM schedule_participants")
			w.exec("UPDATE schedules SET owner_id = ?", thirdUser)
		},
	} {
		t.Run(name, func(t *testing.T) {
			whoeverFirst(t, func(t *testing.T, order []int64) {
				w := company(t, order...)
				id := w.daily()
				w.invite(id)
				w.changeSecond(id)
				w.settle(order...)
				end(w)
				w.settle(order...)
				master, changed := w.family()
				owner := master.OwnerID
				w.wantSeen(owner, inPrimary, whole...)
				if len(changed) != 1 || master.ID != id {
					t.Errorf("%s", w.tables())
				}
				w.still()
				w.exec("DELETE FROM schedule_participants")
				w.invite(id)
				w.settle(order...)
				w.wantSeen(owner, inPrimary, whole...)
				w.wantSeen(otherUser, inPrimary, whole...)
				w.still()
			})
		})
	}
}

// Point 11: an occurrence that was given back follows its series, also where the
// answer to the series' edit was lost.
func TestSpecGivenBackFollowsALostAnswer(t *testing.T) {
	w := specWorld(t)
	id := w.daily()
	changed := w.changeSecond(id)
	w.sync()
	w.exec("DELETE FROM schedules WHERE id = ?", changed)
	w.sync()
	w.editRow(id, "location = 'hall'")
	w.google.AddFault(googletest.Fault{Status: 500, After: true, Match: func(r *http.Request) bool { return r.Method == http.MethodPatch }})
	w.try()
	w.google.ClearFaults()
	w.advance(time.Hour)
	w.sync()
	w.wantSeen(testUser, inPrimary, "11-25 10:00 d hall", "11-26 10:00 d hall", "11-27 10:00 d hall")
	w.quiet()
}

// An occurrence is not written into a series that a person deletes meanwhile: it
// would stand there alone.
func TestSpecSeriesDeletedWhileItsOccurrenceIsWritten(t *testing.T) {
	eitherWay(t, "Google lets it", "Google refuses", func(t *testing.T, refused bool) {
		w := specWorld(t)
		w.google.SetReviveDeleted(!refused)
		id := w.daily()
		w.sync()
		event := w.master().Id
		w.changeSecond(id)
		w.beforeWrite(func() { w.account().Delete("primary", event) })
		w.sync()
		w.sync()
		w.wantSeen(testUser, inPrimary)
		if rows := w.rows(); len(rows) != 0 {
			t.Errorf("%s", w.tables())
		}
		w.quiet()
	})
}

// Point 9: an organiser who cancels a meeting that only others' runs have seen
// cancels it for all. One who hands it over, and leaves, leaves no second row.
func TestSpecSharedEndedBeforeTheOrganiserRan(t *testing.T) {
	eitherWay(t, "cancelled", "handed over", func(t *testing.T, over bool) {
		whoeverFirst(t, func(t *testing.T, order []int64) {
			w := company(t, order...)
			event := w.of(testUser).Insert("primary", meeting("m", mailOf[otherUser], mailOf[thirdUser], bossMail)).Id
			w.syncOf(otherUser)
			w.of(otherUser).Delete("primary", event)
			w.syncOf(otherUser)
			w.editRow(w.onlyRow().ID, "subject = 'n'")
			if over {
				w.of(testUser).HandOver(event, w.boss())
			} else {
				w.of(testUser).Delete("primary", event)
			}
			w.settle(order...)
			switch rows := w.everyRow(); {
			case !over && len(rows) != 0:
				t.Errorf("%s", w.tables())
			case over && (len(rows) != 1 || rows[0].OwnerID != thirdUser):
				t.Errorf("%s", w.tables())
			}
			w.still()
		})
	})
}
