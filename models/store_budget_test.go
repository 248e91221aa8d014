package models

import (
	"slices"
	"testing"
	"time"
)

func TestPollGroups(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		s.staffed(t, 6)
		ago := func(d time.Duration) any { return s.clock.Add(-d).UnixMilli() }
		for id, changed := range map[int64]any{1: ago(0), 2: ago(2 * time.Hour), 3: ago(2 * time.Hour), 4: 0, 5: 0, 6: 0} {
			if err := s.with(t.Context()).Exec("UPDATE agcrm_google_links SET changed_ms = ? WHERE user_id = ?", changed, id).Error; err != nil {
				t.Fatal(err)
			}
		}
		s.do(t, "UPDATE agcrm_google_links SET interval_minutes = 60 WHERE user_id = 4")
		s.do(t, "UPDATE agcrm_google_links SET paused = 1 WHERE user_id = 6")
		s.do(t, "UPDATE agcrm_google_calendars SET selected = 1 WHERE user_id = 3")
		must(t, s.AddChannel(t.Context(), Channel{ChannelID: "c", UserID: 5, CalendarID: "cal5", TokenHash: "x", Address: "a"}))
		must(t, s.OpenedChannel(t.Context(), "c", "r", s.clock.Add(time.Hour)))
		s.do(t, "UPDATE agcrm_google_channels SET heard_ms = 1")
		got, err := s.PollGroups(t.Context(), []time.Duration{time.Hour, 24 * time.Hour}, 30)
		must(t, err)
		slices.SortFunc(got, func(a, b PollGroup) int { return a.Interval*10 + a.Quiet - b.Interval*10 - b.Quiet })
		want := []PollGroup{{Interval: 5, Quiet: 0, Calendars: 1}, {Interval: 5, Quiet: 1, Calendars: 3}, {Interval: 30, Quiet: 2, Calendars: 1}, {Interval: 60, Quiet: 2, Calendars: 1}}
		if !slices.Equal(got, want) {
			t.Errorf("%+v, want %+v", got, want)
		}
	})
}
