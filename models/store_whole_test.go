package models

import (
	"fmt"
	"testing"
)

// A deleted series comes back with its changed occurrences and those who took
// part, whether they have an account here or not, as one piece.
func TestCreateWhole(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		must(t, s.Migrate(t.Context()))
		at := func(text string) Wall {
			w, err := ParseWall(text)
			must(t, err)
			return w
		}
		was := Schedule{OwnerID: 7, Subject: "定例", Recurrence: "RRULE:FREQ=DAILY;COUNT=3", StartAt: at("2026-11-23T10:00:00"), EndAt: at("2026-11-23T11:00:00")}
		moved := Schedule{Subject: "別", StartAt: at("2026-11-24T15:00:00"), EndAt: at("2026-11-24T16:00:00")}
		kept := was.Fields()
		must(t, kept.SetWhole(Whole{People: map[int64]string{8: "accepted", 99: "accepted"},
			Occurrences: []WholeRow{{At: at("2026-11-24T10:00:00"), Fields: moved.Fields(), People: map[int64]string{8: "declined"}}}}))
		text, err := kept.Value()
		must(t, err)
		var read Fields
		must(t, read.Scan(text))
		whole, err := read.Whole()
		must(t, err)
		id, err := s.CreateWhole(t.Context(), was, whole)
		must(t, err)
		rows, err := s.Replacements(t.Context(), id)
		must(t, err)
		if len(rows) != 1 || rows[0].Subject != "別" || rows[0].OwnerID != 7 || rows[0].StartAt != moved.StartAt || rows[0].OriginalStartAt != at("2026-11-24T10:00:00") {
			t.Fatalf("%+v", rows)
		}
		people, err := s.Participants(t.Context(), []int64{id, rows[0].ID})
		must(t, err)
		if got := fmt.Sprint(people[id], people[rows[0].ID]); got != fmt.Sprintf("[{%d 8 accepted} {%d 99 accepted}] [{%d 8 declined}]", id, id, rows[0].ID) {
			t.Errorf("people %s", got)
		}
	})
}
