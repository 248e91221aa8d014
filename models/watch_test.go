package models

import (
	"fmt"
	"testing"
	"time"
)

// How often a table is watched depends on what stands behind its name.
func TestWatchPace(t *testing.T) {
	for name, c := range map[string]struct {
		shape           tableShape
		changes, losses time.Duration
	}{
		"own table":                    {tableShape{}, time.Second / 2, time.Second},
		"view":                         {tableShape{view: true}, time.Second / 2, 5 * time.Second},
		"view without row versions":    {tableShape{view: true, unversioned: "x"}, 20 * time.Second, 5 * time.Second},
		"foreign table, no rowversion": {tableShape{unversioned: "x"}, 20 * time.Second, time.Second},
	} {
		db, _ := wireDB(t)
		db.found.Store(&c.shape)
		if changes, losses := db.WatchPace(); changes != c.changes || losses != c.losses {
			t.Errorf("%s: %v, %v", name, changes, losses)
		}
	}
}

// BenchmarkWatch watches a company of 2,000 employees with 50 appointments each
// in which nothing happens, and claims 96 of its links.
func BenchmarkWatch(b *testing.B) {
	db, err := Open(b.Context(), "sqlite:"+b.TempDir()+"/crm.db", Options{})
	if err == nil {
		err = db.Migrate(b.Context())
	}
	now := time.Now()
	for _, text := range []string{
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) INSERT INTO schedules (owner_id, subject, start_at, end_at) SELECT i % 2000, 'a', '2099-01-01 10:00:00', '2099-01-01 11:00:00' FROM n",
		"INSERT INTO agcrm_google_pairs (user_id, sub, calendar_id, event_id, event_key, schedule_id, state, origin, row_version, created_ms, updated_ms) SELECT owner_id, 's' || owner_id, 'c' || owner_id, id, id, id, 'live', 'crm', row_version, 0, 0 FROM schedules",
		"INSERT INTO agcrm_google_calendars (user_id, calendar_id, selected) SELECT DISTINCT user_id, calendar_id, 1 FROM agcrm_google_pairs",
		"INSERT INTO agcrm_google_links (user_id, sub, saved) SELECT DISTINCT user_id, sub, 1 FROM agcrm_google_pairs",
		"INSERT INTO agcrm_google_settings (id, installation_id, enabled) VALUES (1, 'i', 1)",
	} {
		if err == nil {
			err = db.with(b.Context()).Exec(text).Error
		}
	}
	var mark int64
	if err == nil {
		_, mark, err = db.ChangedOwners(b.Context(), 0)
	}
	if err != nil {
		b.Fatal(err)
	}
	for name, do := range map[string]func() (int, error){
		"changes": func() (int, error) { owners, _, err := db.ChangedOwners(b.Context(), mark); return len(owners), err },
		"losses":  func() (int, error) { owners, err := db.LostOwners(b.Context()); return len(owners), err },
		"claim-and-record": func() (int, error) {
			claimed, err := db.ClaimDue(b.Context(), "one", ClaimMost)
			var idle []Idle
			pending := 0
			for _, c := range claimed {
				idle = append(idle, Idle{Link: c.Link, NextRun: now})
				if c.Pending {
					pending++
				}
			}
			if err == nil && len(claimed) != ClaimMost {
				err = fmt.Errorf("%d links", len(claimed))
			}
			if err == nil {
				err = db.RecordIdle(b.Context(), idle)
			}
			return pending, err
		},
	} {
		b.Run(name, func(b *testing.B) {
			before := db.Statements()
			for range b.N {
				if n, err := do(); n != 0 || err != nil {
					b.Fatalf("%d, %v", n, err)
				}
			}
			b.ReportMetric(float64(db.Statements()-before)/float64(b.N), "statements/op")
		})
	}
}
