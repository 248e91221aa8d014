package models

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// Notice is something an employee should know until it is dismissed: guests
// outside who were not told of a change that the CRM made to their meeting.
type Notice struct {
	ID         int64 `gorm:"primaryKey;autoIncrement:false;->"`
	UserID     int64
	ScheduleID int64
	Subject    string
	EventLink  string // https address of the event in Google's page, "" unknown
	CreatedMS  int64
}

// TableName implements gorm's interface.
func (Notice) TableName() string { return "agcrm_google_notices" }

// At is when the change was carried to Google, UTC.
func (n Notice) At() time.Time { return fromMillis(n.CreatedMS) }

// Message is what happened and what to do about it.
func (n Notice) Message() Message { return Say("notice.guests_not_told", "subject", n.Subject) }

// Notices reads what an employee has not dismissed, the newest first.
func (db *DB) Notices(ctx context.Context, userID int64) ([]Notice, error) {
	var list []Notice
	if err := db.with(ctx).Where("user_id = ?", userID).Order("id DESC").Find(&list).Error; err != nil {
		return nil, fmt.Errorf("read notices of user %d: %w", userID, err)
	}
	return list, nil
}

// DismissNotice removes an employee's notice; ErrNotFound if it is not there, or
// somebody else's.
func (db *DB) DismissNotice(ctx context.Context, userID, id int64) error {
	return db.tx(ctx, func(tx *gorm.DB) error {
		var list []Notice
		if err := tx.Where("id = ? AND user_id = ?", id, userID).Find(&list).Error; err != nil {
			return fmt.Errorf("read notice %d: %w", id, err)
		}
		if len(list) == 0 {
			return fmt.Errorf("notice %d: %w", id, ErrNotFound)
		}
		if err := tx.Delete(&list[0]).Error; err != nil {
			return fmt.Errorf("dismiss notice %d: %w", id, err)
		}
		return nil
	})
}

// writeNotices stores notices; one appointment has one, the newest.
func (db *DB) writeNotices(tx *gorm.DB, changes []*Change) error {
	for _, c := range changes {
		if c.Notice == nil {
			continue
		}
		n := c.Notice
		n.CreatedMS, n.Subject, n.EventLink = millis(db.Now()), clip(n.Subject, widthSubject), clip(n.EventLink, 2000)
		err := tx.Exec("DELETE FROM agcrm_google_notices WHERE user_id = ? AND schedule_id = ?", n.UserID, n.ScheduleID).Error
		if err == nil {
			err = tx.Create(n).Error
		}
		if err != nil {
			return fmt.Errorf("write a notice: %w", err)
		}
	}
	return nil
}
