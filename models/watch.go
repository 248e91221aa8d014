package models

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// ChangedOwners names the employees whose rows changed at or after mark and
// differ from what was agreed; next is the mark for the next call. It is one
// indexed query for all employees, and another where rows changed. Where the
// table has no row version, mark is an id: new rows are those above it, and
// changed ones are found by comparing the contents of all pairs, which costs more
// and should be asked less often.
func (db *DB) ChangedOwners(ctx context.Context, mark int64) (owners []int64, next int64, err error) {
	upper, changed, twice := db.changedRows()
	if err := db.with(ctx).Raw(upper).Scan(&next).Error; err != nil {
		return nil, mark, fmt.Errorf("read the newest row version: %w", err)
	}
	versioned := db.dialect != SQLServer || db.shape().unversioned == ""
	if next == mark && versioned {
		return nil, next, nil
	}
	if next < mark && db.dialect == SQLServer && versioned {
		mark = 0 // a backup was restored: the counter has gone back, and any row may be another
	}
	marks := []any{mark, next}
	if twice {
		marks = append(marks, mark, next)
	}
	if err := db.with(ctx).Raw(db.patience()+changed, marks...).Scan(&owners).Error; err != nil {
		return nil, mark, fmt.Errorf("find changed rows: %w", err)
	}
	slices.Sort(owners) // here: for a UNION without ALL, SQLite goes through all rows in order of their owners
	return slices.Compact(owners), next, nil
}

// patience is put before statements that watch the table: it holds for that
// statement only. A long transaction of the CRM must not stop the watching of all.
func (db *DB) patience() string {
	if db.dialect == SQLServer {
		return "SET LOCK_TIMEOUT 2000; "
	}
	return ""
}

// Loss is what an employee's pairs and the table do not agree on; Items and Total
// tell one state of it from another. Total adds remainders, since some CRMs have
// keys of 19 digits, of which no sum fits.
type Loss struct{ UserID, Items, Total int64 }

// LostOwners tells of the employees who have a pair whose row is gone or is no
// longer theirs, and those who take part in a row of the window and have no copy
// yet: what no row version tells. It is one anti-join over all pairs.
func (db *DB) LostOwners(ctx context.Context) (losses []Loss, err error) {
	settings, err := db.Settings(ctx)
	if err != nil {
		return nil, err
	}
	since := WallClock(db.Now().In(db.zone)).AddDays(-settings.WindowPast)
	err = db.with(ctx).Raw(db.patience()+`SELECT user_id, COUNT(*) AS items, SUM(schedule_id % 1000003) AS total FROM (
SELECT p.user_id, p.schedule_id FROM agcrm_google_pairs p JOIN agcrm_google_links l ON l.user_id = p.user_id AND l.sub = p.sub
WHERE p.id IN (SELECT q.id FROM agcrm_google_pairs q WHERE NOT EXISTS (SELECT 1 FROM schedules o WHERE o.id = q.schedule_id AND o.owner_id = q.user_id))
AND p.state <> 'ended' AND p.parked_at <> 'event' AND `+ticked+` AND NOT EXISTS (SELECT 1 FROM agcrm_google_held h WHERE h.pair_id = p.id)
AND NOT EXISTS (SELECT 1 FROM schedules s WHERE s.id = p.schedule_id AND (p.kept = 1 OR s.owner_id = p.user_id OR `+takesPart+`))
UNION ALL SELECT t.user_id, t.schedule_id FROM schedule_participants t JOIN agcrm_google_links l ON l.user_id = t.user_id
JOIN schedules s ON s.id = t.schedule_id WHERE t.response <> 'declined' AND s.owner_id <> t.user_id
AND (`+db.at("s.end_at")+` >= @since OR `+db.goesOn("s.recurrence")+`)
AND NOT EXISTS (SELECT 1 FROM agcrm_google_pairs p WHERE p.user_id = l.user_id AND p.sub = l.sub AND p.schedule_id = s.id)
AND NOT EXISTS (SELECT 1 FROM agcrm_google_left_aside a WHERE a.user_id = l.user_id AND a.side = 'table' AND a.ref = CAST(s.id AS `+db.text()+`))) lost GROUP BY user_id`,
		map[string]any{"since": since, "over": overBefore(since)}).Scan(&losses).Error
	if err != nil {
		return nil, fmt.Errorf("find deleted rows: %w", err)
	}
	return losses, nil
}

// WatchPace says how often the table should be watched, at the most: changes for
// ChangedOwners, losses for LostOwners.
func (db *DB) WatchPace() (changes, losses time.Duration) {
	changes, losses = 500*time.Millisecond, time.Second
	if db.dialect == SQLServer {
		shape := db.shape()
		if shape.view {
			losses = 5 * time.Second
		}
		if shape.unversioned != "" {
			changes = 20 * time.Second
		}
	}
	return changes, losses
}

// ticked is true of pairs whose calendar is synchronised; the others sleep, and
// must not wake their link again and again.
const ticked = `EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0)`

// changedRows gives the statement that reads the next mark, and the one that
// names the employees with rows changed between two marks; twice: it takes the
// two marks two times.
func (db *DB) changedRows() (upper, changed string, twice bool) {
	const between = `SELECT s.owner_id FROM schedules s
LEFT JOIN agcrm_google_pairs p ON p.schedule_id = s.id AND p.user_id = s.owner_id WHERE `
	differs := " AND (p.id IS NULL OR p.row_version <> " + db.version("s") + ")"
	both := func(within string) string { // the owner's pair, and those of participants
		return between + within + differs + `
UNION ALL SELECT p.user_id FROM schedules s JOIN agcrm_google_pairs p ON p.schedule_id = s.id WHERE ` + within + ` AND p.row_version <> ` + db.version("s")
	}
	switch {
	case db.dialect != SQLServer:
		return "SELECT COALESCE(MAX(row_version), 0) + 1 FROM schedules", both("s.row_version >= ? AND s.row_version < ?"), true
	case db.shape().unversioned == "":
		// A transaction that is still open may have taken a version below others that
		// are committed: only what is below the oldest open one is complete.
		const version = "CAST(CAST(? AS bigint) AS binary(8))"
		return "SELECT CAST(MIN_ACTIVE_ROWVERSION() AS bigint) AS mark",
			both("s.row_version >= " + version + " AND s.row_version < " + version), true
	}
	return "SELECT COALESCE(MAX(s.id), 0) + 1 AS mark FROM schedules s", between + `s.id >= ? AND s.id < ? AND p.id IS NULL
UNION ALL SELECT p.user_id FROM agcrm_google_pairs p JOIN schedules s ON s.id = p.schedule_id
JOIN agcrm_google_links l ON l.user_id = p.user_id AND l.sub = p.sub
WHERE p.row_version NOT IN (0, ` + db.version("s") + `) AND ` + ticked, false
}
