package models

import (
	"fmt"
	"testing"
)

// TestEndedSeriesAsksForNothing: a CRM keeps its old series for years. Their rows
// are in no pair, and must not keep their owners' and participants' links from
// being idle. What only counting can tell, and what may go on, is still looked at.
func TestEndedSeriesAsksForNothing(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		l := s.linked(t)
		for rule, asked := range map[string]bool{
			"RRULE:FREQ=WEEKLY;UNTIL=20250331": false,
			"RRULE:FREQ=WEEKLY;UNTIL=20250331T150000Z;BYDAY=MO\nEXDATE;TZID=Asia/Tokyo:20250303T090000": false,
			"RRULE:FREQ=WEEKLY;UNTIL=20270331":                        true,
			"RRULE:FREQ=WEEKLY":                                       true,
			"RRULE:FREQ=WEEKLY;UNTIL=20250331\nRDATE:20270101T090000": true,
			"RRULE:FREQ=WEEKLY;UNTIL=20250331\nRRULE:FREQ=WEEKLY":     true,
			"RRULE:FREQ=WEEKLY;COUNT=2":                               true,
		} {
			row := appointment(t, "old", "2025-01-06T09:00", "2025-01-06T10:00")
			row.Recurrence = rule
			id, err := s.CreateSchedule(t.Context(), row)
			must(t, err)
			want := ""
			if asked {
				want = fmt.Sprintf("%d/0", id)
			}
			if got := s.candidates(t, l); got != want {
				t.Errorf("%q: asks for %q", rule, got)
			}
			pending, err := s.pending(t.Context(), []int64{7}, WallDate(2026, 10, 1))
			if err != nil || pending[7] != asked {
				t.Errorf("%q: pending %v, %v", rule, pending, err)
			}
			row.OwnerID = 8 // a colleague's, in which 7 takes part
			other, err := s.CreateSchedule(t.Context(), row)
			must(t, err)
			must(t, s.SetParticipants(t.Context(), other, []int64{7}))
			lost, err := s.LostOwners(t.Context())
			if err != nil || (len(lost) == 1) != asked {
				t.Errorf("%q: lost %+v, %v", rule, lost, err)
			}
			for _, id := range []int64{id, other} {
				row, err := s.Schedule(t.Context(), id)
				must(t, err)
				must(t, s.DeleteSchedule(t.Context(), id, row.RowVersion))
			}
		}
	})
}
