package models

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// HeldFilter chooses held deletions that wait for a decision.
type HeldFilter struct {
	UserID        int64 // 0 is everybody
	Offset, Limit int
}

// HeldRow is a held deletion with whose it is, and whether the appointment is
// private, so that others must not read what it is called.
type HeldRow struct {
	Held
	Login, Name string
	Private     bool
}

// HeldPage is a page of held deletions, the longest waiting first.
type HeldPage struct {
	Rows    []HeldRow
	Total   int64 // all that the filter chooses, beyond this page too
	Through int64 // the highest id among them, for DecideAllHeld
}

// HeldPage reads a page of what waits, in one statement. Beyond the last page
// Total is 0.
func (db *DB) HeldPage(ctx context.Context, f HeldFilter) (HeldPage, error) {
	q := db.with(ctx).Table("agcrm_google_held h").
		Select("h.*, COALESCE(u.login, '') AS login, COALESCE(u.name, '') AS name, p.agreed_row, COUNT(*) OVER () AS total, MAX(h.id) OVER () AS through").
		Joins("LEFT JOIN users u ON u.id = h.user_id").Joins("LEFT JOIN agcrm_google_pairs p ON p.id = h.pair_id").
		Where("h.decision = ''").Order("h.id").Offset(f.Offset).Limit(f.Limit)
	if f.UserID != 0 {
		q = q.Where("h.user_id = ?", f.UserID)
	}
	var found []struct {
		Held
		Login, Name    string
		AgreedRow      Fields
		Total, Through int64
	}
	if err := q.Find(&found).Error; err != nil {
		return HeldPage{}, fmt.Errorf("read held deletions: %w", err)
	}
	var page HeldPage
	for _, row := range found {
		page.Rows = append(page.Rows, HeldRow{Held: row.Held, Login: row.Login, Name: row.Name, Private: row.AgreedRow[FieldPrivate] == "1"})
		page.Total, page.Through = row.Total, row.Through
	}
	return page, nil
}

// HeldOwner is one employee for whom deletions wait.
type HeldOwner struct {
	UserID      int64
	Login, Name string
	Google      int64 // found deleted in Google
	InTable     int64 // found deleted in the table
	OldestMS    int64
	Through     int64 // the highest id, for DecideAllHeld
}

// Oldest is since when the longest waiting one waits, UTC.
func (h HeldOwner) Oldest() time.Time { return fromMillis(h.OldestMS) }

// HeldOwners lists for whom deletions wait, those with most first.
func (db *DB) HeldOwners(ctx context.Context, limit int) ([]HeldOwner, error) {
	var list []HeldOwner
	err := db.with(ctx).Table("agcrm_google_held h").
		Select("h.user_id, COALESCE(MAX(u.login), '') AS login, COALESCE(MAX(u.name), '') AS name, " +
			"SUM(CASE WHEN h.side = 'google' THEN 1 ELSE 0 END) AS google, SUM(CASE WHEN h.side = 'table' THEN 1 ELSE 0 END) AS in_table, " +
			"MIN(h.created_ms) AS oldest_ms, MAX(h.id) AS through").
		Joins("LEFT JOIN users u ON u.id = h.user_id").
		Where("h.decision = ''").Group("h.user_id").Order("COUNT(*) DESC, h.user_id").Limit(limit).Find(&list).Error
	if err != nil {
		return nil, fmt.Errorf("count held deletions: %w", err)
	}
	return list, nil
}

// DecideAllHeld notes one decision on all that waits of an employee or, with 0,
// of everybody, up to the id through, so that what was found after somebody
// looked is not decided unseen; the links become due. It tells how many it
// decided.
func (db *DB) DecideAllHeld(ctx context.Context, userID, through, byUser int64, approve bool) (decided int64, err error) {
	decision := Reject
	if approve {
		decision = Approve
	}
	err = db.tx(ctx, func(tx *gorm.DB) error {
		find := func() *gorm.DB {
			q := tx.Model(&Held{}).Where("decision = '' AND id <= ?", through)
			if userID != 0 {
				q = q.Where("user_id = ?", userID)
			}
			return q
		}
		// Before the update: afterwards nothing tells which ones were decided now, not
		// even the count of affected rows, which a server can be set not to send.
		counted := tx.Table(db.locking("agcrm_google_held")).Where("decision = '' AND id <= ?", through)
		if userID != 0 {
			counted = counted.Where("user_id = ?", userID)
		}
		if err := counted.Count(&decided).Error; err != nil {
			return fmt.Errorf("count held deletions: %w", err)
		}
		owners := find().Select("user_id")
		err := tx.Model(&Link{}).Where("user_id IN (?)", owners).Updates(map[string]any{"next_run_ms": 0, "pause_until_ms": 0}).Error
		if err != nil {
			return fmt.Errorf("wake links: %w", err)
		}
		if err := find().Updates(map[string]any{"decision": decision, "decided_by": byUser}).Error; err != nil {
			return fmt.Errorf("decide held deletions: %w", err)
		}
		return nil
	})
	return decided, err
}
