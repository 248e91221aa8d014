package models

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"time"
)

// Channel is a notification channel: Google tells of changes to one calendar by
// messages that carry the channel's id and its token. Of the token only a digest
// is kept.
type Channel struct {
	ChannelID  string `gorm:"primaryKey"`
	UserID     int64
	CalendarID string
	ResourceID string // Google's; empty while the channel is being opened
	TokenHash  string
	Address    string // that the messages go to
	CreatedMS  int64
	ExpiresMS  int64
	HeardMS    int64 // the last message; 0: none has proved yet that Google reaches us
}

// TableName implements gorm's interface.
func (Channel) TableName() string { return "agcrm_google_channels" }

// Created is when the channel was asked for, UTC.
func (c Channel) Created() time.Time { return fromMillis(c.CreatedMS) }

// Expires is when Google ends the channel, UTC; zero while it is being opened.
func (c Channel) Expires() time.Time { return fromMillis(c.ExpiresMS) }

// Heard is when the last message came, UTC; zero if none did.
func (c Channel) Heard() time.Time { return fromMillis(c.HeardMS) }

// TokenDigest is what is kept of a channel's token.
func TokenDigest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Channels reads the channels of these employees, the oldest first.
func (db *DB) Channels(ctx context.Context, userIDs []int64) ([]Channel, error) {
	var all []Channel
	for part := range chunks(userIDs, db.batch(1)) {
		var some []Channel
		if err := db.with(ctx).Where("user_id IN ?", part).Order("created_ms, channel_id").Find(&some).Error; err != nil {
			return nil, fmt.Errorf("read notification channels: %w", err)
		}
		all = append(all, some...)
	}
	return all, nil
}

// AddChannel stores a channel that is about to be opened: Google's first message
// may come before its answer.
func (db *DB) AddChannel(ctx context.Context, c Channel) error {
	if err := db.with(ctx).Create(&c).Error; err != nil {
		return fmt.Errorf("store a notification channel: %w", err)
	}
	return nil
}

// OpenedChannel notes what Google answered when a channel was opened.
func (db *DB) OpenedChannel(ctx context.Context, channelID, resourceID string, expires time.Time) error {
	err := db.with(ctx).Model(&Channel{}).Where("channel_id = ?", channelID).
		Updates(map[string]any{"resource_id": resourceID, "expires_ms": millis(expires)}).Error
	if err != nil {
		return fmt.Errorf("store a notification channel: %w", err)
	}
	return nil
}

// DoubtChannel takes back that messages come through a channel, until one does.
func (db *DB) DoubtChannel(ctx context.Context, channelID string) error {
	err := db.with(ctx).Model(&Channel{}).Where("channel_id = ?", channelID).Update("heard_ms", 0).Error
	if err != nil {
		return fmt.Errorf("doubt a notification channel: %w", err)
	}
	return nil
}

// DropChannel forgets a channel: its messages are those of a stranger from now on.
func (db *DB) DropChannel(ctx context.Context, channelID string) error {
	if err := db.with(ctx).Where("channel_id = ?", channelID).Delete(&Channel{}).Error; err != nil {
		return fmt.Errorf("forget a notification channel: %w", err)
	}
	return nil
}

// DropExpiredChannels forgets the channels that Google has ended, and those whose
// opening ended in a crash.
func (db *DB) DropExpiredChannels(ctx context.Context) error {
	now := db.Now()
	err := db.with(ctx).Where("(expires_ms > 0 AND expires_ms < ?) OR (expires_ms = 0 AND created_ms < ?)",
		millis(now.Add(-time.Hour)), millis(now.Add(-time.Hour))).Delete(&Channel{}).Error
	if err != nil {
		return fmt.Errorf("forget expired notification channels: %w", err)
	}
	return nil
}

// HearChannel takes a message that came through a channel, and with wake makes
// the link due at once, unless it rests after a failure. ErrNotFound if there is
// no such channel, or the token is another.
func (db *DB) HearChannel(ctx context.Context, channelID, token string, wake bool) error {
	var found []Channel
	if err := db.with(ctx).Where("channel_id = ?", channelID).Find(&found).Error; err != nil {
		return fmt.Errorf("read a notification channel: %w", err)
	}
	known := ""
	if len(found) == 1 {
		known = found[0].TokenHash
	}
	if subtle.ConstantTimeCompare([]byte(known), []byte(TokenDigest(token))) != 1 {
		return fmt.Errorf("notification channel: %w", ErrNotFound)
	}
	if err := db.with(ctx).Model(&found[0]).Update("heard_ms", millis(db.Now())).Error; err != nil {
		return fmt.Errorf("note a notification: %w", err)
	}
	if !wake {
		return nil
	}
	err := db.with(ctx).Model(&Link{}).Where("failures = 0 AND direction <> ? AND next_run_ms > 0 AND user_id = ?", ToGoogle, found[0].UserID).Update("next_run_ms", 0).Error
	if err != nil {
		return fmt.Errorf("wake the link of user %d: %w", found[0].UserID, err)
	}
	return nil
}
