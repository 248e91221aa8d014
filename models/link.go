package models

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// States of a link.
const (
	LinkActive    = "active"
	LinkBroken    = "broken"    // link again needed: the grant is dead or lacks a scope
	LinkUnlinking = "unlinking" // the unlink job has begun and not ended
)

// Directions of a link.
const (
	DirectionBoth = "both"
	ToGoogle      = "to_google"
	FromGoogle    = "from_google"
)

// Link is one employee's link to the own Google account.
type Link struct {
	UserID         int64 `gorm:"primaryKey;autoIncrement:false"`
	Sub            string
	Email          string
	Scopes         string // granted, separated by blanks
	State          string
	Saved          bool // the profile was saved once, or "synchronise now" was pressed
	Paused         bool // by an administrator
	TargetCalendar string
	Interval       int `gorm:"column:interval_minutes"` // minutes
	Direction      string
	Color          int // 0 is none

	// UnlinkGoogle and UnlinkSchedules ("keep" or "delete") are the choices of a
	// running unlink job.
	UnlinkGoogle, UnlinkSchedules string

	LastRunMS, LastSuccessMS, NextRunMS, PauseUntilMS int64

	ChangedMS   int64 // when a run last found something new in Google
	PollMinutes int   // between two polls, where it is more than the interval

	Failures  int // runs that failed since the last success
	ErrorKey  string
	ErrorArgs string
	Backlog   int
	Epoch     int64 // of the lease; grows with each claim
	CreatedMS int64
}

// TableName implements gorm's interface.
func (Link) TableName() string { return "agcrm_google_links" }

// LastRun is when the last run ended, UTC; zero if there was none.
func (l Link) LastRun() time.Time { return fromMillis(l.LastRunMS) }

// LastSuccess is when a run last ended well, UTC; zero if none did.
func (l Link) LastSuccess() time.Time { return fromMillis(l.LastSuccessMS) }

// NextRun is when the link is due, UTC; zero is at once.
func (l Link) NextRun() time.Time { return fromMillis(l.NextRunMS) }

// PauseUntil is until when Google's limits keep the link still, UTC; zero if they do not.
func (l Link) PauseUntil() time.Time { return fromMillis(l.PauseUntilMS) }

// Changed is when a run last found something new in Google, UTC.
func (l Link) Changed() time.Time { return fromMillis(l.ChangedMS) }

// Error is why the last run failed, or why the link must be made again; its
// key is empty when all is well.
func (l Link) Error() Message { return Message{Key: l.ErrorKey, Args: decodeArgs(l.ErrorArgs)} }

// CarriesToGoogle tells whether the direction lets the table's changes through.
func (l Link) CarriesToGoogle() bool { return l.Direction != FromGoogle }

// CarriesFromGoogle tells whether the direction lets Google's changes through.
func (l Link) CarriesFromGoogle() bool { return l.Direction != ToGoogle }

func encodeArgs(args map[string]string) string {
	if len(args) == 0 {
		return ""
	}
	text, err := json.Marshal(args)
	if err != nil {
		panic(err) // a map of strings always has a JSON form
	}
	return string(text)
}

// decodeArgs is the inverse of encodeArgs; damaged text has no arguments.
func decodeArgs(text string) map[string]string {
	if text == "" {
		return nil
	}
	var args map[string]string
	if json.Unmarshal([]byte(text), &args) != nil {
		return nil
	}
	return args
}

// Link reads an employee's link; ErrNotFound if there is none.
func (db *DB) Link(ctx context.Context, userID int64) (Link, error) {
	var l Link
	err := db.with(ctx).Where("user_id = ?", userID).Take(&l).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return Link{}, fmt.Errorf("link of user %d: %w", userID, ErrNotFound)
	}
	if err != nil {
		return Link{}, fmt.Errorf("read the link of user %d: %w", userID, err)
	}
	return l, nil
}

// CountLinks tells how many employees are linked.
func (db *DB) CountLinks(ctx context.Context) (int64, error) {
	var n int64
	err := db.with(ctx).Model(&Link{}).Count(&n).Error
	return n, err
}

// Grant is what Google gave when an employee allowed access.
type Grant struct {
	UserID             int64
	Sub, Email, Scopes string
	Token              []byte // the token as JSON; sealed before it is stored
}

// SaveGrant creates the employee's link or renews it. Another employee's link
// to the same account is ErrConflict. A fresh link has interval 5 and direction
// both; renewing one for the same account keeps its settings, another account
// begins anew.
func (db *DB) SaveGrant(ctx context.Context, g Grant) error {
	token, err := db.seal(tokenContext(g.UserID), g.Token)
	if err != nil {
		return err
	}
	return db.tx(ctx, func(tx *gorm.DB) error {
		var taken int64
		if err := tx.Model(&Link{}).Where("sub = ? AND user_id <> ?", g.Sub, g.UserID).Count(&taken).Error; err != nil {
			return err
		}
		if taken > 0 {
			return &Problem{Kind: ErrConflict, Message: Say("link.taken", "email", g.Email)}
		}
		var old Link
		err := tx.Where("user_id = ?", g.UserID).Take(&old).Error
		switch {
		case errors.Is(err, gorm.ErrRecordNotFound):
			return db.insertLink(tx, g, token)
		case err != nil:
			return err
		case old.Sub != g.Sub:
			if err := db.dropLink(tx, g.UserID); err != nil {
				return err
			}
			return db.insertLink(tx, g, token)
		}
		return tx.Model(&Link{}).Where("user_id = ?", g.UserID).Updates(map[string]any{
			"email": g.Email, "scopes": g.Scopes, "token": token, "state": LinkActive, "created_ms": millis(db.Now()),
			"error_key": "", "error_args": "", "failures": 0, "next_run_ms": 0, "pause_until_ms": 0,
		}).Error
	})
}

func (db *DB) insertLink(tx *gorm.DB, g Grant, token []byte) error {
	return tx.Table("agcrm_google_links").Create(map[string]any{
		"user_id": g.UserID, "sub": g.Sub, "email": g.Email, "scopes": g.Scopes, "token": token,
		"state": LinkActive, "interval_minutes": 5, "direction": DirectionBoth, "created_ms": millis(db.Now()), "changed_ms": millis(db.Now()),
	}).Error
}

// dropLink removes a link with its calendars and open questions. Its pairs stay,
// asleep under employee and account.
func (db *DB) dropLink(tx *gorm.DB, userID int64) error {
	for _, table := range []string{"agcrm_google_calendars", "agcrm_google_channels", "agcrm_google_left_aside", "agcrm_google_held", "agcrm_google_links"} {
		if err := tx.Exec("DELETE FROM "+table+" WHERE user_id = ?", userID).Error; err != nil {
			return fmt.Errorf("remove the link of user %d: %w", userID, err)
		}
	}
	return nil
}

// DropLink ends a link at once: credentials, calendars and open questions go,
// pairs stay asleep.
func (db *DB) DropLink(ctx context.Context, userID int64) error {
	return db.tx(ctx, func(tx *gorm.DB) error { return db.dropLink(tx, userID) })
}

func tokenContext(userID int64) string { return fmt.Sprintf("links/%d/token", userID) }

// BreakLink marks a link as "link again needed", with the reason.
func (db *DB) BreakLink(ctx context.Context, userID int64, why Message) error {
	return db.updateLink(ctx, userID, map[string]any{"state": LinkBroken, "error_key": why.Key, "error_args": encodeArgs(why.Args)})
}

// SetPaused pauses or resumes a link, for administrators.
func (db *DB) SetPaused(ctx context.Context, userID int64, paused bool) error {
	return db.updateLink(ctx, userID, map[string]any{"paused": paused, "next_run_ms": 0})
}

// WakeLink makes a link due now; saved also counts the profile as saved.
func (db *DB) WakeLink(ctx context.Context, userID int64, saved bool) error {
	set := map[string]any{"next_run_ms": 0, "pause_until_ms": 0}
	if saved {
		set["saved"] = true
	}
	return db.updateLink(ctx, userID, set)
}

// StartUnlink notes the choices ("keep" or "delete") of an unlink job, which
// from then on is resumed until it ends.
func (db *DB) StartUnlink(ctx context.Context, userID int64, google, schedules string) error {
	return db.updateLink(ctx, userID, map[string]any{
		"state": LinkUnlinking, "unlink_google": google, "unlink_schedules": schedules, "next_run_ms": 0, "paused": false,
	})
}

func (db *DB) updateLink(ctx context.Context, userID int64, set map[string]any) error {
	if _, err := db.Link(ctx, userID); err != nil {
		return err
	}
	if err := db.with(ctx).Model(&Link{}).Where("user_id = ?", userID).Updates(set).Error; err != nil {
		return fmt.Errorf("write the link of user %d: %w", userID, err)
	}
	return nil
}
