package models

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// LogLine is one line of an employee's log (連携ログ): a sentence, and the
// appointment it speaks of.
type LogLine struct {
	ID        int64 `gorm:"primaryKey;autoIncrement:false;->"`
	UserID    int64
	Level     string // info, warn or error
	Key       string `gorm:"column:message"`
	Args      string
	Subject   string
	CreatedMS int64
}

// TableName implements gorm's interface.
func (LogLine) TableName() string { return "agcrm_google_log" }

// Message is the sentence.
func (l LogLine) Message() Message { return Message{Key: l.Key, Args: decodeArgs(l.Args)} }

// At is when it was written, UTC.
func (l LogLine) At() time.Time { return fromMillis(l.CreatedMS) }

// NewLogLine makes a line of now's log; AddLog gives it the time.
func NewLogLine(userID int64, level, subject string, m Message) LogLine {
	return LogLine{UserID: userID, Level: level, Key: m.Key, Args: encodeArgs(m.Args), Subject: subject}
}

// LogLines reads an employee's newest lines, the newest first.
func (db *DB) LogLines(ctx context.Context, userID int64, limit int) ([]LogLine, error) {
	var list []LogLine
	err := db.with(ctx).Where("user_id = ?", userID).Order("id DESC").Limit(limit).Find(&list).Error
	if err != nil {
		return nil, fmt.Errorf("read the log of user %d: %w", userID, err)
	}
	return list, nil
}

// AddLog appends lines.
func (db *DB) AddLog(ctx context.Context, lines ...LogLine) error {
	return db.addLog(db.with(ctx), lines)
}

func (db *DB) addLog(tx *gorm.DB, lines []LogLine) error {
	if len(lines) == 0 {
		return nil
	}
	for i := range lines {
		lines[i].CreatedMS, lines[i].Subject = millis(db.Now()), clip(lines[i].Subject, widthSubject)
	}
	if err := tx.CreateInBatches(lines, db.batch(7)).Error; err != nil {
		return fmt.Errorf("write the log: %w", err)
	}
	return nil
}

// What synchronisation did, for HistoryEntry.Action.
const (
	ActionCreate   = "create"
	ActionUpdate   = "update"
	ActionDelete   = "delete"
	ActionConflict = "conflict" // Before are the values that lost
	ActionRestore  = "restore"
)

// The two sides, for HistoryEntry.Side, Held.Side and LeftAside.Side.
const (
	SideTable  = "table"
	SideGoogle = "google"
)

// HistoryEntry is one change that synchronisation made on one side, with the
// fields before and after. Held's side is where the deletion was found; here it
// is the side that was written.
type HistoryEntry struct {
	ID         int64 `gorm:"primaryKey;autoIncrement:false;->"`
	UserID     int64
	ScheduleID int64
	CalendarID string
	EventID    string
	Side       string
	Action     string
	Subject    string
	Before     Fields `gorm:"column:before_json"`
	After      Fields `gorm:"column:after_json"`
	CreatedMS  int64
	RestoredMS int64
	PairedMS   int64 // since when the two were paired; the brake weighs deletions by it
}

// TableName implements gorm's interface.
func (HistoryEntry) TableName() string { return "agcrm_google_history" }

// At is when the change was made, UTC.
func (h HistoryEntry) At() time.Time { return fromMillis(h.CreatedMS) }

// RestoredAt is when somebody brought the values back; zero if nobody did.
func (h HistoryEntry) RestoredAt() time.Time { return fromMillis(h.RestoredMS) }

// HistoryFilter chooses history entries.
type HistoryFilter struct {
	UserID int64 // 0 is everybody
	Before int64 // only entries with a smaller id; 0 is from the newest on
	Limit  int
}

// History reads entries, the newest first.
func (db *DB) History(ctx context.Context, f HistoryFilter) ([]HistoryEntry, error) {
	q := db.with(ctx).Order("id DESC").Limit(f.Limit)
	if f.UserID != 0 {
		q = q.Where("user_id = ?", f.UserID)
	}
	if f.Before != 0 {
		q = q.Where("id < ?", f.Before)
	}
	var list []HistoryEntry
	if err := q.Find(&list).Error; err != nil {
		return nil, fmt.Errorf("read the history: %w", err)
	}
	return list, nil
}

// HistoryByID reads one entry; ErrNotFound if there is none.
func (db *DB) HistoryByID(ctx context.Context, id int64) (HistoryEntry, error) {
	var list []HistoryEntry
	if err := db.with(ctx).Where("id = ?", id).Find(&list).Error; err != nil {
		return HistoryEntry{}, fmt.Errorf("read history entry %d: %w", id, err)
	}
	if len(list) == 0 {
		return HistoryEntry{}, fmt.Errorf("history entry %d: %w", id, ErrNotFound)
	}
	return list[0], nil
}

func (db *DB) addHistory(tx *gorm.DB, entries []HistoryEntry) error {
	if len(entries) == 0 {
		return nil
	}
	for i := range entries {
		entries[i].CreatedMS, entries[i].Subject = millis(db.Now()), clip(entries[i].Subject, widthSubject)
	}
	if err := tx.CreateInBatches(entries, db.batch(12)).Error; err != nil {
		return fmt.Errorf("write the history: %w", err)
	}
	return nil
}

// Retain deletes what is older than people need: history after 180 days, log
// lines beyond the last 1,000 of a link, expired sessions; in small batches.
func (db *DB) Retain(ctx context.Context) error {
	if err := db.DeleteExpiredSessions(ctx); err != nil {
		return err
	}
	old := millis(db.Now().AddDate(0, 0, -180))
	if err := db.deleteSlowly(ctx, "agcrm_google_history", "created_ms < ?", old); err != nil {
		return err
	}
	var links []struct{ UserID, Lines int64 }
	err := db.with(ctx).Raw("SELECT user_id, COUNT(*) AS lines FROM agcrm_google_log GROUP BY user_id HAVING COUNT(*) > 1000").Scan(&links).Error
	if err != nil {
		return fmt.Errorf("count log lines: %w", err)
	}
	for _, link := range links {
		var oldest LogLine
		err := db.with(ctx).Where("user_id = ?", link.UserID).Order("id DESC").Offset(1000).Limit(1).Find(&oldest).Error
		if err != nil {
			return fmt.Errorf("find old log lines: %w", err)
		}
		if err := db.deleteSlowly(ctx, "agcrm_google_log", "user_id = ? AND id <= ?", link.UserID, oldest.ID); err != nil {
			return err
		}
	}
	return nil
}

// deleteSlowly deletes at most 200 rows a statement, so that nobody waits long.
func (db *DB) deleteSlowly(ctx context.Context, table, where string, args ...any) error {
	for size := db.batch(1); ; {
		var ids []int64
		if err := db.with(ctx).Table(table).Where(where, args...).Order("id").Limit(size).Pluck("id", &ids).Error; err != nil {
			return fmt.Errorf("find what is old in %s: %w", table, err)
		}
		if len(ids) > 0 {
			if err := db.with(ctx).Exec("DELETE FROM "+table+" WHERE id IN ?", ids).Error; err != nil {
				return fmt.Errorf("clean up %s: %w", table, err)
			}
		}
		if len(ids) < size {
			return nil
		}
	}
}

// MarkRestored notes that an entry's values are being brought back. A second
// time is ErrConflict, so that a double click brings nothing back twice.
func (db *DB) MarkRestored(ctx context.Context, id int64) error {
	return db.tx(ctx, func(tx *gorm.DB) error {
		var entry []HistoryEntry
		err := tx.Table(db.locking("agcrm_google_history")).Select("id", "restored_ms").Where("id = ?", id).Find(&entry).Error
		if err != nil {
			return fmt.Errorf("read history entry %d: %w", id, err)
		}
		if len(entry) == 0 || entry[0].RestoredMS != 0 {
			return &Problem{Kind: ErrConflict, Message: Say("history.restored_already")}
		}
		if err := tx.Model(&HistoryEntry{}).Where("id = ?", id).Update("restored_ms", millis(db.Now())).Error; err != nil {
			return fmt.Errorf("mark history entry %d: %w", id, err)
		}
		return nil
	})
}

// UnmarkRestored takes the note back where bringing the values back failed.
func (db *DB) UnmarkRestored(ctx context.Context, id int64) error {
	err := db.with(ctx).Model(&HistoryEntry{}).Where("id = ?", id).Update("restored_ms", 0).Error
	if err != nil {
		return fmt.Errorf("mark history entry %d: %w", id, err)
	}
	return nil
}
