package models

import (
	"context"
	"database/sql/driver"
	"errors"
	"strings"
	"testing"
	"time"
)

// TestForeignCounterIsFoundBehindViewsAndSynonyms: a row version of another
// database means nothing here, however it got into the view.
func TestForeignCounterIsFoundBehindViewsAndSynonyms(t *testing.T) {
	for _, c := range []struct {
		parts [][]driver.Value
		away  bool
	}{
		{[][]driver.Value{{int64(0), ""}, {int64(1), ""}}, true},
		{[][]driver.Value{{int64(0), "[x].[itself]"}}, false},
		{nil, false},
	} {
		db, w := wireDB(t)
		w.say("QUOTENAME(SCHEMA_NAME()) + N'.schedules' AS", "name", []driver.Value{"[x].schedules"})
		w.say("dm_sql_referenced_entities", "away view", c.parts...)
		why, err := db.foreignCounter(t.Context())
		if err != nil || (why != "") != c.away {
			t.Errorf("%v: %q, %v", c.parts, why, err)
		}
		if asked := strings.Count(strings.Join(w.texts(), "\n"), "dm_sql_referenced_entities"); len(c.parts) == 1 && asked != 2 {
			t.Errorf("the view's own view was asked for %d times", asked)
		}
	}
}

// TestComparedContentsAreWhole: CONCAT would cut what a long text leaves no room
// for, and a changed time behind it would never be seen.
func TestComparedContentsAreWhole(t *testing.T) {
	onServer(t, func(t *testing.T, admin *store) {
		s := overCRM(t, admin, func(script string) string {
			return strings.Replace(script, "t.ROW_VER     AS row_version", "CAST(t.ROW_VER AS bigint) AS row_version", 1)
		})
		must(t, s.Migrate(t.Context()))
		l := s.linked(t)
		c := born(appointment(t, "会議", "2026-11-23T09:00", "2026-11-23T10:00"), "event")
		c.Row.Body = strings.Repeat("本", 4000)
		s.apply(t, l, c)
		admin.do(t, "UPDATE dbo.T_SCHEDULE SET HIKOKAI_FLG = '1', SHURYO = '2026-11-23T11:00:00'")
		if got := s.candidates(t, l); got == "" {
			t.Error("a change behind a long text is not seen")
		}
	})
}

// TestCancelledWriteEndsAndLeavesNoLock: who stops waiting for the CRM's lock
// does not try again and again, and holds nothing afterwards.
func TestCancelledWriteEndsAndLeavesNoLock(t *testing.T) {
	onServer(t, func(t *testing.T, s *store) {
		must(t, s.Migrate(t.Context()))
		id, err := s.CreateSchedule(t.Context(), appointment(t, "会議", "2026-11-23T09:00", "2026-11-23T10:00"))
		must(t, err)
		row, err := s.Schedule(t.Context(), id)
		must(t, err)
		hold, err := s.outside.BeginTx(t.Context(), nil)
		must(t, err)
		defer hold.Rollback()
		_, err = hold.ExecContext(t.Context(), "UPDATE schedules SET location = N'CRM' WHERE id = @p1", id)
		must(t, err)
		limited, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		defer cancel()
		began := time.Now()
		if err := s.UpdateSchedule(limited, row); !errors.Is(err, context.DeadlineExceeded) && limited.Err() == nil {
			t.Errorf("the wait ended otherwise: %v", err)
		}
		if took := time.Since(began); took > 8*time.Second {
			t.Errorf("it went on for %s", took)
		}
		must(t, hold.Rollback())
		row.Subject = "集会"
		must(t, s.UpdateSchedule(t.Context(), row))
	})
}
