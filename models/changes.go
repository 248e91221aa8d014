package models

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Candidate names a row, a pair or both that a run must look at.
type Candidate struct {
	ScheduleID int64
	PairID     int64 // 0: the row is in no pair of this link
}

// takesPart is true of a row s in which the employee of a pair p takes part and
// has not declined: a replacement row has the participants of its series.
const takesPart = `EXISTS (SELECT 1 FROM schedule_participants t WHERE t.user_id = p.user_id
AND t.response <> 'declined' AND (t.schedule_id = s.id OR t.schedule_id = s.series_id))`

// Candidates finds, in one statement, all of a link that the table side gives
// reason to look at: rows without a pair that ended on or after since (or repeat)
// and are not left aside in their present version, pairs whose row has another
// version than agreed, belongs to somebody else now or is gone, and held
// deletions that a person decided. Pairs in calendars that are not ticked sleep.
func (db *DB) Candidates(ctx context.Context, l Link, since Wall) ([]Candidate, error) {
	parts, toGoogle := db.candidateParts()
	if l.CarriesToGoogle() {
		parts = append(parts, toGoogle...)
	}
	var found []Candidate
	err := reading(ctx, func() error {
		found = nil
		return db.with(ctx).Raw(strings.Join(parts, "\nUNION\n")+"\nORDER BY 1, 2",
			map[string]any{"user": l.UserID, "sub": l.Sub, "since": since, "over": overBefore(since)}).Scan(&found).Error
	})
	if err != nil {
		return nil, fmt.Errorf("find what changed in the table: %w", err)
	}
	return found, nil
}

// candidateParts are the queries that Candidates is made of (for the window @since,
// and @over: see goesOn), of the link @user
// to the account @sub; toGoogle those about what is to be carried to Google.
func (db *DB) candidateParts() (always, toGoogle []string) {
	version := db.version("s")
	const awake = `p.user_id = @user AND p.sub = @sub AND EXISTS (SELECT 1 FROM agcrm_google_calendars c
WHERE c.user_id = p.user_id AND c.calendar_id = p.calendar_id AND c.selected = 1 AND c.lost = 0)`
	const unasked = `NOT EXISTS (SELECT 1 FROM agcrm_google_held h WHERE h.pair_id = p.id AND h.side = 'table' AND h.decision = '')`
	unpaired := ` AND (` + db.at("s.end_at") + ` >= @since OR ` + db.goesOn("s.recurrence") + `)
AND NOT EXISTS (SELECT 1 FROM agcrm_google_pairs p WHERE p.user_id = @user AND p.sub = @sub AND p.schedule_id = s.id)
AND NOT EXISTS (SELECT 1 FROM agcrm_google_left_aside a WHERE a.user_id = @user AND a.side = 'table'
AND a.ref = CAST(s.id AS ` + db.text() + `) AND a.version = CAST(` + version + ` AS ` + db.text() + `))`
	always = []string{
		`SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p
JOIN agcrm_google_held h ON h.pair_id = p.id WHERE h.decision <> '' AND ` + awake,
		`SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p WHERE p.missing_ms > 0 AND ` + awake,
	}
	toGoogle = []string{
		`SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p
WHERE p.state = 'inserting' AND p.user_id = @user AND p.sub = @sub AND NOT ` + ticked,
		`SELECT s.id AS schedule_id, 0 AS pair_id FROM schedules s WHERE s.owner_id = @user` + unpaired,
	}
	for _, join := range []string{"s.id = t.schedule_id", "s.series_id = t.schedule_id"} {
		toGoogle = append(toGoogle, `SELECT s.id AS schedule_id, 0 AS pair_id FROM schedule_participants t JOIN schedules s ON `+join+`
WHERE t.user_id = @user AND t.response <> 'declined' AND s.owner_id <> t.user_id`+unpaired)
	}
	return always, append(toGoogle,
		`SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p JOIN schedules s ON s.id = p.schedule_id
WHERE (p.row_version <> `+version+` OR (p.kept = 0 AND s.owner_id <> p.user_id AND NOT `+takesPart+`)) AND `+awake,
		`SELECT p.schedule_id, p.id AS pair_id FROM agcrm_google_pairs p
WHERE p.state <> 'ended' AND NOT EXISTS (SELECT 1 FROM schedules s WHERE s.id = p.schedule_id) AND `+unasked+` AND `+awake)
}

// goesOn is true of a recurrence that may give occurrences at or after @over. One
// whose only rule has an UNTIL before does not, and a CRM keeps its old series for
// years; what other rules give is told by those who read them.
func (db *DB) goesOn(column string) string {
	until := "substr(" + column + ", instr(" + column + ", 'UNTIL=') + 6, 8)"
	if db.dialect == SQLServer {
		until = "SUBSTRING(" + column + ", CHARINDEX('UNTIL=', " + column + ") + 6, 8)"
	}
	return column + ` IS NOT NULL AND NOT (` + column + ` LIKE 'RRULE:%UNTIL=%' AND ` + column + ` NOT LIKE '%RULE:%RULE:%'
AND ` + column + ` NOT LIKE '%RDATE%' AND ` + until + ` < @over)`
}

// overBefore is @over for a window that begins at since: days before it, so that
// no zone of the rule makes a difference.
func overBefore(since Wall) string { return since.AddDays(-3).Format(icalDate) }

func (db *DB) text() string {
	if db.dialect == SQLServer {
		return "nvarchar(32)"
	}
	return "TEXT"
}

// PairsByID reads pairs by id.
func (db *DB) PairsByID(ctx context.Context, ids []int64) ([]Pair, error) {
	var all []Pair
	for part := range chunks(ids, db.batch(1)) {
		var list []Pair
		if err := db.with(ctx).Where("id IN ?", part).Order("id").Find(&list).Error; err != nil {
			return nil, wrapPairs(err)
		}
		all = append(all, list...)
	}
	return all, nil
}

// Load is how many deletions a brake weighs, against how many pairs.
type Load struct {
	Deleted int // carried out in the last hour
	Waiting int // found and not yet carried out, held ones included
	Pairs   int // as they stood when that hour began
}

// LinkLoad weighs one link's deletions that were found on a side (SideTable or
// SideGoogle); Waiting is the caller's to fill in.
func (db *DB) LinkLoad(ctx context.Context, userID int64, foundOn string) (Load, error) {
	return db.load(ctx, foundOn, "user_id = ?", userID)
}

// TableLoad weighs all links' deletions found in the table, and tells whether
// the table stands empty.
func (db *DB) TableLoad(ctx context.Context) (l Load, empty bool, err error) {
	if l, err = db.load(ctx, SideTable, "1 = ?", 1); err != nil {
		return l, false, err
	}
	var now struct{ Waiting, Stands int }
	err = db.with(ctx).Raw(`SELECT (SELECT COUNT(*) FROM agcrm_google_pairs p WHERE p.state <> 'ended'
AND NOT EXISTS (SELECT 1 FROM schedules s WHERE s.id = p.schedule_id)) AS waiting,
CASE WHEN EXISTS (SELECT 1 FROM schedules) THEN 1 ELSE 0 END AS stands`).Scan(&now).Error
	if err != nil {
		return l, false, fmt.Errorf("weigh deletions: %w", err)
	}
	l.Waiting = now.Waiting
	return l, now.Stands == 0, nil
}

func (db *DB) load(ctx context.Context, foundOn, where string, arg any) (Load, error) {
	written := SideGoogle // a deletion found in the table is written to Google
	if foundOn == SideGoogle {
		written = SideTable
	}
	ago := millis(db.Now().Add(-time.Hour))
	var n struct{ Deleted, Stood, Created, Pairs int }
	err := db.with(ctx).Raw(`SELECT
(SELECT COUNT(*) FROM agcrm_google_history WHERE created_ms >= ? AND action = 'delete' AND side = ? AND `+where+`) AS deleted,
(SELECT COUNT(*) FROM agcrm_google_history WHERE created_ms >= ? AND paired_ms <= ? AND action = 'delete' AND `+where+`) AS stood,
(SELECT COUNT(*) FROM agcrm_google_pairs WHERE created_ms > ? AND state <> 'ended' AND `+where+`) AS created,
(SELECT COUNT(*) FROM agcrm_google_pairs WHERE state <> 'ended' AND `+where+`) AS pairs`,
		ago, written, arg, ago, ago, arg, ago, arg, arg).Scan(&n).Error
	if err != nil {
		return Load{}, fmt.Errorf("weigh deletions: %w", err)
	}
	return Load{Deleted: n.Deleted, Pairs: n.Pairs - n.Created + n.Stood}, nil
}

// MarkSeen notes when the present versions of these pairs' rows were first seen,
// where that is not noted yet.
func (db *DB) MarkSeen(ctx context.Context, pairIDs []int64) error {
	now := "(SELECT " + db.version("s") + " FROM schedules s WHERE s.id = agcrm_google_pairs.schedule_id)"
	for part := range chunks(pairIDs, db.batch(1)) {
		err := db.with(ctx).Exec("UPDATE agcrm_google_pairs SET seen_ms = ?, seen_version = "+now+
			" WHERE id IN ? AND seen_version <> "+now, millis(db.Now()), part).Error
		if err != nil {
			return fmt.Errorf("note when rows were seen: %w", err)
		}
	}
	return nil
}
