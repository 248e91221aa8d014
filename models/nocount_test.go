package models

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestCountsAreNotNeeded: a server that is set to NOCOUNT tells of no statement
// how many rows it wrote.
func TestCountsAreNotNeeded(t *testing.T) {
	db, w := wireDB(t)
	answerOneLink(w)
	w.silent = true
	ctx := t.Context()
	old := make([][]driver.Value, 200)
	for i := range old {
		old[i] = []driver.Value{int64(i + 1)}
	}
	w.say(`FROM "agcrm_google_log"`, "id", []driver.Value{int64(200)})
	w.say(`"id" FROM "agcrm_google_history"`, "id", old...)
	w.fail = func(text string) error { // the second time there are none
		if strings.HasPrefix(text, "DELETE FROM agcrm_google_history") {
			w.answers = slices.DeleteFunc(w.answers, func(a answer) bool { return len(a.rows) == 200 })
		}
		return nil
	}
	for name, err := range map[string]error{
		"decide":  db.DecideHeld(ctx, 1, 7, true),
		"restore": db.MarkRestored(ctx, 1),
		"wake":    db.WakeLink(ctx, 7, true),
		"session": db.SessionStore().CommitCtx(ctx, "token", []byte("data"), db.Now()),
		"retain":  db.Retain(ctx),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.say("SELECT count(*) FROM agcrm_google_held WITH (UPDLOCK", "n", []driver.Value{int64(2)})
	if n, err := db.DecideAllHeld(ctx, 7, 10, 7, true); n != 2 || err != nil {
		t.Errorf("decided %d, %v", n, err)
	}
	if got := strings.Join(w.texts(), "\n"); strings.Count(got, "DELETE FROM agcrm_google_history") != 1 {
		t.Errorf("what is old was not deleted once:\n%s", got)
	}
}

func TestSecondDecisionIsAConflict(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		l, ctx := s.linked(t), t.Context()
		c := born(appointment(t, "会議", "2026-11-23T09:00", "2026-11-23T10:00"), "event")
		s.apply(t, l, c)
		s.apply(t, l, &Change{Base: NoBase, Hold: &Held{UserID: 7, PairID: c.Pair.ID, Side: SideTable},
			History: []HistoryEntry{{UserID: 7, Side: SideTable, Action: ActionUpdate}}})
		held, err := s.HeldDeletions(ctx, 7)
		must(t, err)
		history, err := s.History(ctx, HistoryFilter{UserID: 7, Limit: 1})
		must(t, err)
		must(t, s.DecideHeld(ctx, held[0].ID, 7, false))
		must(t, s.MarkRestored(ctx, history[0].ID))
		for what, err := range map[string]error{
			"decided twice":  s.DecideHeld(ctx, held[0].ID, 7, true),
			"restored twice": s.MarkRestored(ctx, history[0].ID),
		} {
			if !errors.Is(err, ErrConflict) {
				t.Errorf("%s: %v", what, err)
			}
		}
		if err := s.DecideHeld(ctx, 999, 7, true); !errors.Is(err, ErrNotFound) {
			t.Errorf("a decision on nothing: %v", err)
		}
		if got := s.ask(t, "SELECT decision FROM agcrm_google_held"); got != Reject {
			t.Errorf("decision %q", got)
		}
	})
}

// TestScheduleOfAWholeCompany: more users than one statement takes parameters
// for, and rows that are the business of several of them.
func TestScheduleOfAWholeCompany(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		ctx := t.Context()
		var users []int64
		for id := range int64(2500) {
			users = append(users, id+1)
		}
		for i, owner := range []int64{2400, 3, 1200} {
			row := appointment(t, fmt.Sprint(i), "2026-11-23T09:00", "2026-11-23T10:00")
			row.OwnerID, row.StartAt = owner, Wall{row.StartAt.Add(-time.Duration(i) * time.Minute)}
			id, err := s.CreateSchedule(ctx, row)
			must(t, err)
			must(t, s.SetParticipants(ctx, id, []int64{1, 2000}))
		}
		rows, err := s.SchedulesBetween(ctx, users, wall(t, "2026-11-23"), wall(t, "2026-11-24"))
		must(t, err)
		var got []string
		for _, row := range rows {
			got = append(got, row.Subject)
		}
		if strings.Join(got, " ") != "2 1 0" {
			t.Errorf("%v", got)
		}
	})
	db, w := wireDB(t)
	answerOneLink(w)
	_, err := db.SchedulesBetween(t.Context(), make([]int64, 2500), WallDate(2026, 11, 1), WallDate(2026, 12, 1))
	must(t, err)
	for _, sent := range w.take() {
		checkRules(t, sent)
	}
}
