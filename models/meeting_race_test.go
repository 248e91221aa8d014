package models

import (
	"errors"
	"testing"

	"gorm.io/gorm"
)

// TestMeetingOfALivingRowIsNotTakenOver: a run that looked before another one's
// commit and writes after it has lost, even on a server that locked nothing.
func TestMeetingOfALivingRowIsNotTakenOver(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		write := func(m Meeting) error {
			return s.tx(t.Context(), func(tx *gorm.DB) error { return s.writeMeeting(tx, m) })
		}
		first, err := s.CreateSchedule(t.Context(), appointment(t, "会議", "2026-11-23T09:00", "2026-11-23T10:00"))
		must(t, err)
		second, err := s.CreateSchedule(t.Context(), appointment(t, "会議", "2026-11-23T09:00", "2026-11-23T10:00"))
		must(t, err)
		must(t, write(Meeting{Key: "key", ScheduleID: first, Organizer: "a@example.com"}))
		must(t, write(Meeting{Key: "key", ScheduleID: first, Organizer: "b@example.com"}))
		if err := write(Meeting{Key: "key", ScheduleID: second}); !errors.Is(err, errMeetingTaken) {
			t.Errorf("the other row took the meeting: %v", err)
		}
		row, err := s.Schedule(t.Context(), first)
		must(t, err)
		must(t, s.DeleteSchedule(t.Context(), first, row.RowVersion))
		must(t, write(Meeting{Key: "key", ScheduleID: second}))
		if got := s.ask(t, "SELECT organizer FROM agcrm_google_meetings"); got != "" {
			t.Errorf("the meeting's organiser is %q", got)
		}
	})
}
