package models

import (
	"context"
	"fmt"
	"slices"
	"strconv"
)

// LinkCounts are numbers over all links, for the metrics.
type LinkCounts struct {
	Links  int64 // links in any state
	Broken int64 // those that somebody has to link again
	Held   int64 // deletions that wait for a decision
}

// brokenLinks chooses links that an employee has to link again. Somebody who
// was disabled cannot, so such a link is nobody's task.
const brokenLinks = "state = '" + LinkBroken + "' AND user_id IN (SELECT id FROM users WHERE disabled = 0)"

// CountBrokenLinks counts the links of active employees that are to be linked
// again, for the administrators' banner.
func (db *DB) CountBrokenLinks(ctx context.Context) (int64, error) {
	var n int64
	if err := db.with(ctx).Model(&Link{}).Where(brokenLinks).Count(&n).Error; err != nil {
		return 0, fmt.Errorf("count broken links: %w", err)
	}
	return n, nil
}

// LinkCounts reads the metrics' numbers in one statement.
func (db *DB) LinkCounts(ctx context.Context) (LinkCounts, error) {
	var c LinkCounts
	err := db.with(ctx).Raw("SELECT (SELECT COUNT(*) FROM agcrm_google_links) AS links, " +
		"(SELECT COUNT(*) FROM agcrm_google_links WHERE " + brokenLinks + ") AS broken, " +
		"(SELECT COUNT(*) FROM agcrm_google_held WHERE decision = '') AS held").Scan(&c).Error
	if err != nil {
		return LinkCounts{}, fmt.Errorf("count links: %w", err)
	}
	return c, nil
}

// SevenDayLinks counts links that died when their grant was just seven days old,
// which is what Google does to all grants of an app whose consent screen was left
// in Testing. It is 0 as long as any link has outlived that age.
func (db *DB) SevenDayLinks(ctx context.Context) (int64, error) {
	const day = 24 * 60 * 60 * 1000
	var found struct{ N int64 }
	err := db.with(ctx).Raw("SELECT COUNT(*) AS n FROM agcrm_google_links d WHERE d.state = ? AND d.error_key = 'link.grant_dead'"+
		" AND d.last_success_ms - d.created_ms BETWEEN ? AND ? AND NOT EXISTS"+
		" (SELECT 1 FROM agcrm_google_links a WHERE a.state = ? AND a.last_success_ms - a.created_ms > ?)",
		LinkBroken, 13*day/2, 7*day+day/12, LinkActive, 8*day).Scan(&found).Error
	if err != nil {
		return 0, fmt.Errorf("look for links that died after seven days: %w", err)
	}
	return found.N, nil
}

// ReplacedStarts lists which occurrences of these series have rows of their
// own, by the master row's id. Such a row belongs to its series' owner, whose
// rows have an index.
func (db *DB) ReplacedStarts(ctx context.Context, masters []Schedule) (map[int64][]Wall, error) {
	starts := map[int64][]Wall{}
	for part := range slices.Chunk(masters, db.batch(2)) {
		owners, ids := make([]int64, len(part)), make([]int64, len(part))
		for i, m := range part {
			owners[i], ids[i] = m.OwnerID, m.ID
		}
		slices.Sort(owners)
		owners = slices.Compact(owners)
		var rows []struct {
			SeriesID        int64
			OriginalStartAt Wall
		}
		err := db.with(ctx).Raw("SELECT series_id, original_start_at FROM schedules WHERE owner_id IN ("+marks(len(owners))+
			") AND series_id IN ("+marks(len(ids))+")", append(anySlice(owners), anySlice(ids)...)...).Scan(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("read replaced occurrences: %w", err)
		}
		for _, r := range rows {
			starts[r.SeriesID] = append(starts[r.SeriesID], r.OriginalStartAt)
		}
	}
	return starts, nil
}

// SyncState is how one row stands in an employee's link.
type SyncState struct {
	Paired  bool
	Foreign bool    // the event is somebody else's to change in Google
	Guests  bool    // it has guests
	Version int64   // the row's version when nothing was left to carry; 0 = something is
	Held    bool    // its deletion waits for a decision
	Reason  Message // why it is left aside; empty Key = it is not
}

// SyncStates reads how rows stand in an employee's link, in one statement for
// a page of them. Rows that the link knows nothing of are not in the answer.
func (db *DB) SyncStates(ctx context.Context, l Link, ids []int64) (map[int64]SyncState, error) {
	states := map[int64]SyncState{}
	for part := range slices.Chunk(ids, db.batch(2)) {
		refs := make([]any, len(part))
		for i, id := range part {
			refs[i] = strconv.FormatInt(id, 10)
		}
		args := append([]any{l.UserID, l.Sub}, anySlice(part)...)
		args = append(append(args, l.UserID, SideTable), refs...)
		var rows []struct {
			ScheduleID, RowVersion, Held, ReadOnly, Kept int64
			State, Ref, Why, WhyArgs                     string
		}
		in := marks(len(part))
		err := db.with(ctx).Raw(`SELECT p.schedule_id, p.row_version, p.state, '' AS ref, p.parked_key AS why, p.parked_args AS why_args,
(SELECT COUNT(*) FROM agcrm_google_held h WHERE h.pair_id = p.id AND h.decision = '') AS held,
CAST(p.read_only AS int) AS read_only, CAST(p.kept AS int) AS kept
FROM agcrm_google_pairs p WHERE p.user_id = ? AND p.sub = ? AND p.schedule_id IN (`+in+`)
UNION ALL SELECT 0, 0, '', a.ref, a.reason_key, a.reason_args, 0, 0, 0
FROM agcrm_google_left_aside a WHERE a.user_id = ? AND a.side = ? AND a.ref IN (`+in+`)`, args...).Scan(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("read how rows stand in a link: %w", err)
		}
		for _, r := range rows {
			id := r.ScheduleID
			if r.Ref != "" {
				id, _ = strconv.ParseInt(r.Ref, 10, 64) // one of the ids that were asked for
			}
			s := states[id]
			if r.Ref == "" {
				s.Paired, s.Version, s.Held = r.State == PairLive, r.RowVersion, r.Held > 0
				s.Foreign, s.Guests = r.ReadOnly > 0, r.Kept > 0
			}
			if r.Why != "" {
				s.Reason = Message{Key: r.Why, Args: decodeArgs(r.WhyArgs)}
			}
			states[id] = s
		}
	}
	return states, nil
}
