package models

import (
	"path/filepath"
	"testing"
)

// TestUpgradeFromTheFirstVersion: what was left aside there is listed once more,
// every event is read again, and nothing is lost.
func TestUpgradeFromTheFirstVersion(t *testing.T) {
	both := func(t *testing.T, s *store) {
		ctx := t.Context()
		provider, err := s.provider(ctx)
		must(t, err)
		_, err = provider.UpTo(ctx, 1)
		must(t, err)
		for _, statement := range []string{
			"INSERT INTO agcrm_google_calendars (user_id, calendar_id, selected, sync_token) VALUES (7, 'a', 1, 'token')",
			"INSERT INTO agcrm_google_left_aside (user_id, side, ref, reason_key, seen_ms) VALUES (7, 'google', 'x', 'aside.guests', 1)",
			"INSERT INTO agcrm_google_left_aside (user_id, side, ref, reason_key, seen_ms) VALUES (7, 'google', 'y', 'aside.no_time', 1)",
			"INSERT INTO agcrm_google_pairs (user_id, sub, calendar_id, event_id, event_key, schedule_id, state, origin, etag, created_ms, updated_ms) VALUES (7, 's', 'a', 'e', 'k', 1, 'live', 'crm', '\"5\"', 1, 1)",
		} {
			_, err := s.outside.ExecContext(ctx, statement)
			must(t, err)
		}
		must(t, s.Migrate(ctx))
		must(t, s.Migrate(ctx)) // a second time does nothing
		calendars, err := s.Calendars(ctx, 7)
		must(t, err)
		aside, err := s.LeftAside(ctx, 7, 10)
		must(t, err)
		pairs, err := s.PairsOf(ctx, 7, "s")
		must(t, err)
		if len(calendars) != 1 || calendars[0].SyncToken != "" {
			t.Errorf("the calendar's token is kept: %+v", calendars)
		}
		if len(aside) != 1 || aside[0].Ref != "y" {
			t.Errorf("left aside: %+v", aside)
		}
		if len(pairs) != 1 || pairs[0].ETag == `"5"` || pairs[0].Kept || pairs[0].ReadOnly {
			t.Errorf("pairs: %+v", pairs)
		}
	}
	t.Run(SQLite, func(t *testing.T) {
		both(t, openStore(t, "sqlite:"+filepath.Join(t.TempDir(), "crm.db"), "sqlite", false))
	})
	t.Run(SQLServer, func(t *testing.T) { onServer(t, both) })
}
