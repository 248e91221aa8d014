package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// SessionStore keeps the sessions of scs (it is a scs.CtxStore) in the database,
// so that they outlive a restart and hold on every instance. The table knows
// only a hash of each token: who reads it can impersonate nobody.
type SessionStore struct{ db *DB }

// SessionStore gives the store of this database.
func (db *DB) SessionStore() *SessionStore { return &SessionStore{db: db} }

// sessionBatch is how many expired sessions one statement deletes.
const sessionBatch = 500

// sessionRow is one row of agcrm_google_sessions.
type sessionRow struct {
	TokenHash string
	Data      []byte
	ExpiresMs int64
}

// TableName keeps gorm from guessing.
func (sessionRow) TableName() string { return "agcrm_google_sessions" }

// FindCtx reads the session of a token; absent and expired ones are not found.
func (s *SessionStore) FindCtx(ctx context.Context, token string) ([]byte, bool, error) {
	var rows []sessionRow
	err := s.db.gorm.WithContext(ctx).
		Where("token_hash = ? AND expires_ms > ?", hashToken(token), s.db.Now().UnixMilli()).Find(&rows).Error
	if err != nil {
		return nil, false, fmt.Errorf("find session: %w", err)
	}
	if len(rows) == 0 {
		return nil, false, nil
	}
	return rows[0].Data, true, nil
}

// CommitCtx stores a session: it updates the one that is there and inserts any
// other, since SQL Server has no upsert that is safe without locks. Two first
// commits of one token at once are one session: who loses the insert updates
// after all.
func (s *SessionStore) CommitCtx(ctx context.Context, token string, data []byte, expiry time.Time) error {
	row := sessionRow{TokenHash: hashToken(token), Data: data, ExpiresMs: expiry.UnixMilli()}
	var there []string
	err := s.db.with(ctx).Model(&sessionRow{}).Where("token_hash = ?", row.TokenHash).Pluck("token_hash", &there).Error
	if err == nil && len(there) == 0 {
		err = s.insert(ctx, row)
	}
	if err == nil && len(there) > 0 || errors.Is(err, gorm.ErrDuplicatedKey) {
		err = s.update(ctx, row)
	}
	if err != nil {
		return fmt.Errorf("store session: %w", err)
	}
	return nil
}

func (s *SessionStore) update(ctx context.Context, row sessionRow) error {
	return s.db.gorm.WithContext(ctx).Exec(
		"UPDATE agcrm_google_sessions SET data = ?, expires_ms = ? WHERE token_hash = ?",
		row.Data, row.ExpiresMs, row.TokenHash).Error
}

func (s *SessionStore) insert(ctx context.Context, row sessionRow) error {
	return s.db.gorm.WithContext(ctx).Exec(
		"INSERT INTO agcrm_google_sessions (token_hash, data, expires_ms) VALUES (?, ?, ?)",
		row.TokenHash, row.Data, row.ExpiresMs).Error
}

// DeleteCtx ends a session; one that is not there is no error.
func (s *SessionStore) DeleteCtx(ctx context.Context, token string) error {
	err := s.db.gorm.WithContext(ctx).
		Exec("DELETE FROM agcrm_google_sessions WHERE token_hash = ?", hashToken(token)).Error
	if err != nil {
		return fmt.Errorf("delete session: %w", err)
	}
	return nil
}

// Find is FindCtx without a context; scs asks for it and does not use it.
func (s *SessionStore) Find(token string) ([]byte, bool, error) {
	return s.FindCtx(context.Background(), token)
}

// Commit is CommitCtx without a context.
func (s *SessionStore) Commit(token string, data []byte, expiry time.Time) error {
	return s.CommitCtx(context.Background(), token, data, expiry)
}

// Delete is DeleteCtx without a context.
func (s *SessionStore) Delete(token string) error {
	return s.DeleteCtx(context.Background(), token)
}

// DeleteExpiredSessions removes the sessions that have expired, in small
// batches, so that no login waits for it. Once a day is enough.
func (db *DB) DeleteExpiredSessions(ctx context.Context) error {
	now := db.Now().UnixMilli()
	for {
		var hashes []string
		err := db.gorm.WithContext(ctx).Model(&sessionRow{}).Where("expires_ms <= ?", now).
			Order("expires_ms").Limit(sessionBatch).Pluck("token_hash", &hashes).Error
		if err != nil {
			return fmt.Errorf("find expired sessions: %w", err)
		}
		if len(hashes) == 0 {
			return nil
		}
		// The expiry is asked again: a session may have been prolonged meanwhile.
		err = db.gorm.WithContext(ctx).Exec(
			"DELETE FROM agcrm_google_sessions WHERE token_hash IN ? AND expires_ms <= ?", hashes, now).Error
		if err != nil {
			return fmt.Errorf("delete expired sessions: %w", err)
		}
		if len(hashes) < sessionBatch {
			return nil
		}
	}
}

func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
