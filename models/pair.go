package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"
)

// States of a pair.
const (
	PairInserting = "inserting" // the event's id is chosen; Google has not yet confirmed it
	PairLive      = "live"      // both sides were seen
	PairEnded     = "ended"     // one side was deleted after the appointment had left the window
)

// Where an appointment was born.
const (
	OriginCRM    = "crm"
	OriginGoogle = "google"
)

// Pair is one schedule row in one calendar of one employee, with what both
// sides last agreed on. Pairs whose account is not linked now, or whose calendar
// is not ticked, are asleep.
type Pair struct {
	ID         int64 `gorm:"primaryKey;autoIncrement:false;->"`
	UserID     int64
	Sub        string
	CalendarID string
	EventID    string
	EventKey   string // EventKey(EventID), for the index
	ScheduleID int64
	State      string
	Origin     string
	Nonce      string // random value behind the event's id
	ICalUID    string `gorm:"column:ical_uid"`
	UIDKey     string `gorm:"column:uid_key"` // EventKey(ICalUID), for the index; "" without one
	ReadOnly   bool   // the event is not the employee's own to change
	Kept       bool   // it stands on its own: nobody's change of the row removes it without being asked
	ETag       string `gorm:"column:etag"` // of the event as last seen, quotes included

	// RowVersion is the row's version when nothing was left to carry to Google;
	// 0 makes the next run look at the pair again.
	RowVersion int64

	AgreedRow   Fields // as the table had it, "updated_at" included
	AgreedEvent Fields // as Google had it
	Sent        Fields // what a patch under way is to make of the event, and of what row: our own write, not a person's edit

	ParkedKey  string // why the pair is left aside until it is edited; "" = it is not
	ParkedArgs string
	ParkedAt   string // the row version and ETag it was parked with

	MissingMS int64 // since when Google answers "not found"

	// SeenMS is when the row version SeenVersion was first seen by a run that could
	// not carry it: which edit is newer is told by it where updated_at does not.
	SeenMS, SeenVersion int64

	CreatedMS int64
	UpdatedMS int64
}

// TableName implements gorm's interface.
func (Pair) TableName() string { return "agcrm_google_pairs" }

// EventKey is what the pairs' index holds of an event's id, which itself can be
// too long for one: its SHA-256 in hex.
func EventKey(eventID string) string {
	sum := sha256.Sum256([]byte(eventID))
	return hex.EncodeToString(sum[:])
}

// PairsByEvent reads an account's pairs of these events, in any calendar.
func (db *DB) PairsByEvent(ctx context.Context, userID int64, sub string, eventIDs []string) ([]Pair, error) {
	keys := make([]string, len(eventIDs))
	for i, id := range eventIDs {
		keys[i] = EventKey(id)
	}
	return db.pairs(ctx, userID, sub, "event_key IN ?", keys)
}

// PairsBySchedule reads an account's pairs of these rows.
func (db *DB) PairsBySchedule(ctx context.Context, userID int64, sub string, ids []int64) ([]Pair, error) {
	return db.pairs(ctx, userID, sub, "schedule_id IN ?", ids)
}

// PairsInCalendar reads an account's pairs in one calendar.
func (db *DB) PairsInCalendar(ctx context.Context, userID int64, sub, calendarID string) ([]Pair, error) {
	var list []Pair
	err := db.with(ctx).Where("user_id = ? AND sub = ? AND calendar_id = ?", userID, sub, calendarID).Order("id").Find(&list).Error
	return list, wrapPairs(err)
}

// PairsOf reads all pairs of an account, for the unlink job.
func (db *DB) PairsOf(ctx context.Context, userID int64, sub string) ([]Pair, error) {
	var list []Pair
	err := db.with(ctx).Where("user_id = ? AND sub = ?", userID, sub).Order("id").Find(&list).Error
	return list, wrapPairs(err)
}

// PairByID reads one pair; ErrNotFound if there is none.
func (db *DB) PairByID(ctx context.Context, id int64) (Pair, error) {
	var list []Pair
	if err := db.with(ctx).Where("id = ?", id).Find(&list).Error; err != nil {
		return Pair{}, wrapPairs(err)
	}
	if len(list) == 0 {
		return Pair{}, fmt.Errorf("pair %d: %w", id, ErrNotFound)
	}
	return list[0], nil
}

func (db *DB) pairs(ctx context.Context, userID int64, sub, where string, in any) ([]Pair, error) {
	var all []Pair
	for part := range chunks(in, db.batch(1)) {
		var list []Pair
		err := db.with(ctx).Where("user_id = ? AND sub = ?", userID, sub).Where(where, part).Order("id").Find(&list).Error
		if err != nil {
			return nil, wrapPairs(err)
		}
		all = append(all, list...)
	}
	return all, nil
}

func wrapPairs(err error) error {
	if err != nil {
		return fmt.Errorf("read pairs: %w", err)
	}
	return nil
}

// chunks cuts a slice of ids into parts that one statement can take.
func chunks(in any, size int) func(yield func(any) bool) {
	return func(yield func(any) bool) {
		switch values := in.(type) {
		case []string:
			cut(values, size, yield)
		case []int64:
			cut(values, size, yield)
		}
	}
}

func cut[T any](values []T, size int, yield func(any) bool) {
	for len(values) > 0 {
		part := values[:min(size, len(values))]
		values = values[len(part):]
		if !yield(part) {
			return
		}
	}
}

func (p *Pair) setKeys() {
	p.EventKey, p.UIDKey = EventKey(p.EventID), ""
	if p.ICalUID != "" {
		p.UIDKey = EventKey(p.ICalUID)
	}
}

func (db *DB) updatePair(tx *gorm.DB, p *Pair) error {
	p.setKeys()
	p.UpdatedMS = millis(db.Now())
	if err := tx.Model(p).Select("*").Updates(p).Error; err != nil {
		return fmt.Errorf("save the pair of schedule %d: %w", p.ScheduleID, err)
	}
	return nil
}

func (db *DB) insertPairs(tx *gorm.DB, pairs []*Pair) error {
	now := millis(db.Now())
	for _, p := range pairs {
		p.setKeys()
		p.CreatedMS, p.UpdatedMS = now, now
	}
	if len(pairs) == 0 {
		return nil
	}
	if err := tx.CreateInBatches(pairs, db.batch(26)).Error; err != nil {
		return fmt.Errorf("save pairs: %w", err)
	}
	return db.readPairIDs(tx, pairs)
}

// readPairIDs asks for the ids of new pairs of one link. On SQL Server OUTPUT,
// which could bring them, promises no order and is refused where somebody has put
// a trigger on the table.
func (db *DB) readPairIDs(tx *gorm.DB, pairs []*Pair) error {
	byRow := map[int64]*Pair{}
	for _, p := range pairs {
		byRow[p.ScheduleID] = p
	}
	rows := slices.Sorted(maps.Keys(byRow))
	for part := range chunks(rows, db.batch(1)) {
		var stored []Pair
		err := tx.Select("id", "schedule_id").Where("user_id = ? AND sub = ? AND schedule_id IN ?", pairs[0].UserID, pairs[0].Sub, part).Find(&stored).Error
		if err != nil {
			return fmt.Errorf("read the ids of new pairs: %w", err)
		}
		for _, p := range stored {
			if fresh, asked := byRow[p.ScheduleID]; asked {
				fresh.ID = p.ID
			}
		}
	}
	return nil
}
