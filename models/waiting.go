package models

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// Held is a deletion that waits for a person's decision, or was decided and
// waits for the next run to carry it out.
type Held struct {
	ID        int64 `gorm:"primaryKey;autoIncrement:false;->"`
	UserID    int64
	PairID    int64
	Side      string // where the deletion was found: SideGoogle or SideTable
	Subject   string
	Starts    string // as the row's or event's time field
	Decision  string // "", Approve or Reject
	DecidedBy int64
	CreatedMS int64
}

// The decisions on a held deletion.
const (
	Approve = "approve" // delete on the other side too
	Reject  = "reject"  // restore on the side where it was deleted
)

// TableName implements gorm's interface.
func (Held) TableName() string { return "agcrm_google_held" }

// At is since when it waits, UTC.
func (h Held) At() time.Time { return fromMillis(h.CreatedMS) }

// HeldDeletions reads what waits for a decision, of one employee or, with 0, of all.
func (db *DB) HeldDeletions(ctx context.Context, userID int64) ([]Held, error) {
	q := db.with(ctx).Where("decision = ''").Order("id")
	if userID != 0 {
		q = q.Where("user_id = ?", userID)
	}
	var list []Held
	if err := q.Find(&list).Error; err != nil {
		return nil, fmt.Errorf("read held deletions: %w", err)
	}
	return list, nil
}

// HeldByID reads one held deletion; ErrNotFound if there is none.
func (db *DB) HeldByID(ctx context.Context, id int64) (Held, error) {
	var list []Held
	if err := db.with(ctx).Where("id = ?", id).Find(&list).Error; err != nil {
		return Held{}, fmt.Errorf("read held deletion %d: %w", id, err)
	}
	if len(list) == 0 {
		return Held{}, fmt.Errorf("held deletion %d: %w", id, ErrNotFound)
	}
	return list[0], nil
}

// HeldOf reads all held deletions of an employee by pair, the decided included.
func (db *DB) HeldOf(ctx context.Context, userID int64) (map[int64]Held, error) {
	var list []Held
	if err := db.with(ctx).Where("user_id = ?", userID).Find(&list).Error; err != nil {
		return nil, fmt.Errorf("read held deletions: %w", err)
	}
	byPair := make(map[int64]Held, len(list))
	for _, h := range list {
		byPair[h.PairID] = h
	}
	return byPair, nil
}

// DecideHeld notes a person's decision and makes the link due. A second
// decision on the same deletion is ErrConflict.
func (db *DB) DecideHeld(ctx context.Context, id, byUser int64, approve bool) error {
	decision := Reject
	if approve {
		decision = Approve
	}
	var held []Held
	err := db.tx(ctx, func(tx *gorm.DB) error {
		held = nil
		if err := tx.Table(db.locking("agcrm_google_held")).Where("id = ?", id).Find(&held).Error; err != nil {
			return fmt.Errorf("read held deletion %d: %w", id, err)
		}
		switch {
		case len(held) == 0:
			return fmt.Errorf("held deletion %d: %w", id, ErrNotFound)
		case held[0].Decision != "":
			return &Problem{Kind: ErrConflict, Message: Say("held.decided")}
		}
		err := tx.Model(&Held{}).Where("id = ?", id).Updates(map[string]any{"decision": decision, "decided_by": byUser}).Error
		if err != nil {
			return fmt.Errorf("decide held deletion %d: %w", id, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return db.WakeLink(ctx, held[0].UserID, false)
}

// LeftAside is an item that is not synchronised, with the reason. It is
// remembered by its id, never only behind a cursor.
type LeftAside struct {
	UserID     int64  `gorm:"primaryKey;autoIncrement:false"`
	Side       string `gorm:"primaryKey"` // SideTable or SideGoogle
	Ref        string `gorm:"primaryKey"` // schedule id, or EventKey of calendar and event
	Version    string // row version or ETag with which it was left aside
	CalendarID string
	EventID    string
	Subject    string
	ReasonKey  string
	ReasonArgs string
	SeenMS     int64
}

// TableName implements gorm's interface.
func (LeftAside) TableName() string { return "agcrm_google_left_aside" }

// Reason is why.
func (a LeftAside) Reason() Message { return Message{Key: a.ReasonKey, Args: decodeArgs(a.ReasonArgs)} }

// At is since when, UTC.
func (a LeftAside) At() time.Time { return fromMillis(a.SeenMS) }

// NewLeftAside makes the note of an item.
func NewLeftAside(userID int64, side, ref, version, subject string, why Message) LeftAside {
	return LeftAside{UserID: userID, Side: side, Ref: ref, Version: version, Subject: subject, ReasonKey: why.Key, ReasonArgs: encodeArgs(why.Args)}
}

// LeftAside reads an employee's items that are not synchronised, the newest
// first, parked pairs included, in one statement.
func (db *DB) LeftAside(ctx context.Context, userID int64, limit int) ([]LeftAside, error) {
	const noted = "SELECT user_id, side, ref, version, calendar_id, event_id, subject, reason_key, reason_args, seen_ms, '' AS agreed_row" +
		" FROM agcrm_google_left_aside WHERE user_id = ?"
	parked := "SELECT user_id, 'table', CAST(schedule_id AS " + db.text() + "), '', calendar_id, event_id, '', parked_key, parked_args, updated_ms, agreed_row" +
		" FROM agcrm_google_pairs WHERE user_id = ? AND parked_key <> ''"
	var found []struct {
		LeftAside
		AgreedRow Fields
	}
	err := db.with(ctx).Table("("+noted+" UNION ALL "+parked+") AS t", userID, userID).Order("seen_ms DESC, ref").Limit(limit).Find(&found).Error
	if err != nil {
		return nil, fmt.Errorf("read what is left aside: %w", err)
	}
	list := make([]LeftAside, len(found))
	for i, f := range found {
		if list[i] = f.LeftAside; list[i].Subject == "" {
			list[i].Subject = f.AgreedRow[FieldSubject]
		}
	}
	return list, nil
}

// CountLeftAside counts what LeftAside reads.
func (db *DB) CountLeftAside(ctx context.Context, userID int64) (int, error) {
	var n int
	err := db.with(ctx).Raw(`SELECT (SELECT COUNT(*) FROM agcrm_google_left_aside WHERE user_id = ?) +
(SELECT COUNT(*) FROM agcrm_google_pairs WHERE user_id = ? AND parked_key <> '')`, userID, userID).Scan(&n).Error
	return n, err
}

// setAside replaces the notes of these items.
func (db *DB) setAside(tx *gorm.DB, notes []LeftAside) error {
	if len(notes) == 0 {
		return nil
	}
	if err := db.dropAside(tx, notes); err != nil {
		return err
	}
	for i := range notes {
		notes[i].SeenMS, notes[i].Subject = millis(db.Now()), clip(notes[i].Subject, widthSubject)
	}
	if err := tx.CreateInBatches(notes, db.batch(10)).Error; err != nil {
		return fmt.Errorf("note what is left aside: %w", err)
	}
	return nil
}

// dropAside removes the notes of items that are synchronised now, or gone.
func (db *DB) dropAside(tx *gorm.DB, notes []LeftAside) error {
	refs := map[string][]string{}
	for _, n := range notes {
		refs[n.Side] = append(refs[n.Side], n.Ref)
	}
	for side, list := range refs {
		for part := range chunks(list, db.batch(1)) {
			err := tx.Where("user_id = ? AND side = ? AND ref IN ?", notes[0].UserID, side, part).Delete(&LeftAside{}).Error
			if err != nil {
				return fmt.Errorf("forget what was left aside: %w", err)
			}
		}
	}
	return nil
}

// AsideVersions are an employee's events that are left aside, with the ETag in
// which each was when the log told why.
func (db *DB) AsideVersions(ctx context.Context, userID int64) (map[string]string, error) {
	var list []LeftAside
	err := db.with(ctx).Select("ref, version").Where("user_id = ? AND side = ?", userID, SideGoogle).Find(&list).Error
	if err != nil {
		return nil, fmt.Errorf("read what is left aside: %w", err)
	}
	versions := make(map[string]string, len(list))
	for _, a := range list {
		versions[a.Ref] = a.Version
	}
	return versions, nil
}
