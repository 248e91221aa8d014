package models

import (
	"fmt"

	"gorm.io/gorm"
)

// writeNotes writes what people read about the changes, and what waits.
func (db *DB) writeNotes(tx *gorm.DB, changes []*Change) error {
	var history []HistoryEntry
	var lines []LogLine
	var aside, noLonger []LeftAside
	var holds []*Held
	var dropped []int64
	for _, c := range changes {
		history = append(history, c.History...)
		lines = append(lines, c.Log...)
		if c.Aside != nil {
			aside = append(aside, *c.Aside)
		}
		noLonger = append(noLonger, c.DropAside...)
		if c.Hold != nil {
			holds = append(holds, c.Hold)
		}
		if c.DropHeld {
			dropped = append(dropped, c.Pair.ID)
		}
	}
	if err := db.addHistory(tx, history); err != nil {
		return err
	}
	if err := db.addLog(tx, lines); err != nil {
		return err
	}
	if err := db.dropAside(tx, noLonger); err != nil {
		return err
	}
	if err := db.setAside(tx, aside); err != nil {
		return err
	}
	if err := db.writeNotices(tx, changes); err != nil {
		return err
	}
	return db.writeHeld(tx, holds, dropped)
}

func (db *DB) writeHeld(tx *gorm.DB, holds []*Held, dropped []int64) error {
	for part := range chunks(dropped, db.batch(1)) {
		if err := tx.Where("pair_id IN ?", part).Delete(&Held{}).Error; err != nil {
			return fmt.Errorf("close held deletions: %w", err)
		}
	}
	for _, h := range holds {
		h.CreatedMS, h.Subject, h.Starts = millis(db.Now()), clip(h.Subject, widthSubject), clip(h.Starts, widthStarts)
	}
	if len(holds) == 0 {
		return nil
	}
	if err := tx.CreateInBatches(holds, db.batch(9)).Error; err != nil {
		return fmt.Errorf("hold deletions: %w", err)
	}
	return nil
}

func (db *DB) writeCursors(tx *gorm.DB, userID int64, cursors []Cursor) error {
	for _, c := range cursors {
		err := tx.Model(&Calendar{}).Where("user_id = ? AND calendar_id = ? AND token_ms = ?", userID, c.CalendarID, c.Base).
			Updates(map[string]any{"sync_token": c.SyncToken, "token_ms": millis(db.Now())}).Error
		if err != nil {
			return fmt.Errorf("store the cursor of a calendar: %w", err)
		}
	}
	return nil
}
