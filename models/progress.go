package models

import (
	"context"
	"fmt"
)

// Progress is how far a link's first synchronisation is.
type Progress struct {
	Running bool  // a run is at work right now
	Unread  int64 // ticked calendars whose events have not all been taken up
	Done    int64 // appointments that stand on both sides
	Left    int64 // appointments of the table that are still to be looked at
}

// Progress measures a link by what stands in the database, so it is the same
// whoever runs it: what is done is a count of pairs, what is left is what a run
// would be given to carry to Google. Appointments that ended before since do not
// count. What Google still has to tell nobody knows before it was read.
func (db *DB) Progress(ctx context.Context, l Link, since Wall) (Progress, error) {
	var p struct{ Leases, Unread, Done int64 }
	err := db.with(ctx).Raw(`SELECT (SELECT COUNT(*) FROM agcrm_google_links WHERE user_id = ? AND lease_until_ms >= ?) AS leases,
(SELECT COUNT(*) FROM agcrm_google_calendars WHERE user_id = ? AND selected = 1 AND lost = 0 AND sync_token = '') AS unread,
(SELECT COUNT(*) FROM agcrm_google_pairs WHERE user_id = ? AND sub = ? AND state = 'live') AS done`,
		l.UserID, millis(db.Now()), l.UserID, l.UserID, l.Sub).Scan(&p).Error
	if err != nil {
		return Progress{}, fmt.Errorf("measure the progress of user %d: %w", l.UserID, err)
	}
	left, err := db.Candidates(ctx, l, since)
	if err != nil {
		return Progress{}, err
	}
	return Progress{Running: p.Leases > 0, Unread: p.Unread, Done: p.Done, Left: int64(len(left))}, nil
}
