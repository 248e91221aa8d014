package models

import (
	"context"
	"fmt"
	"slices"
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
