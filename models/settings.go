package models

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"

	"gorm.io/gorm"
)

// The conflict policies: who wins where both sides changed the same field.
const (
	PolicyNewest = "newest"
	PolicyGoogle = "google"
	PolicyCRM    = "crm"
)

// MaxWindowPast is the longest window_past, in days.
const MaxWindowPast = 3650

// Settings are what administrators edit on the Groupware tab, and what was
// settled at the first start.
type Settings struct {
	InstallationID string // random, made once; marks our events in Google
	Enabled        bool
	DefaultColor   int    // 1 to 11, 0 for the calendar's own
	ConflictPolicy string // one of the Policy constants
	WindowPast     int    // days; what ended earlier is not taken up
	ClientID       string // of the installed client secrets, empty if there are none
	ProjectID      string
}

const readSettings = `SELECT installation_id, enabled, default_color, conflict_policy, window_past, client_id, project_id
	FROM agcrm_google_settings WHERE id = 1`

// Settings reads the settings, in one statement once they exist. The first call
// of an installation makes them, with a random installation id.
func (db *DB) Settings(ctx context.Context) (Settings, error) {
	for range 2 {
		var rows []Settings
		if err := db.with(ctx).Raw(readSettings).Scan(&rows).Error; err != nil {
			return Settings{}, fmt.Errorf("read settings: %w", err)
		}
		if len(rows) > 0 {
			return rows[0], nil
		}
		err := db.with(ctx).Exec("INSERT INTO agcrm_google_settings (id, installation_id, updated_ms) VALUES (1, ?, ?)",
			rand.Text(), db.Now().UnixMilli()).Error
		// Two processes may start at once; who comes second reads the other's row.
		if err != nil && !errors.Is(err, gorm.ErrDuplicatedKey) {
			return Settings{}, fmt.Errorf("create settings: %w", err)
		}
	}
	return Settings{}, errors.New("create settings: the row does not stay")
}

// SaveSettings writes Enabled, DefaultColor, ConflictPolicy and WindowPast; the
// rest is not edited. Faults are told as Problems with the form's field names.
func (db *DB) SaveSettings(ctx context.Context, s Settings) error {
	if ps := s.Check(); len(ps) > 0 {
		return ps
	}
	old, err := db.Settings(ctx) // makes the row at first use
	if err != nil {
		return err
	}
	if old.WindowPast != s.WindowPast { // before the window itself: a crash in between only lists too much
		if err := db.ForgetSyncTokens(ctx, 0); err != nil {
			return err
		}
	}
	err = db.with(ctx).Exec(`UPDATE agcrm_google_settings
		SET enabled = ?, default_color = ?, conflict_policy = ?, window_past = ?, updated_ms = ? WHERE id = 1`,
		s.Enabled, s.DefaultColor, s.ConflictPolicy, s.WindowPast, db.Now().UnixMilli()).Error
	if err != nil {
		return fmt.Errorf("save settings: %w", err)
	}
	return nil
}

// Check finds the faults that SaveSettings would refuse.
func (s Settings) Check() (ps Problems) {
	if s.DefaultColor < 0 || s.DefaultColor > 11 {
		ps = append(ps, Invalid("default_color", "settings.color_invalid"))
	}
	switch s.ConflictPolicy {
	case PolicyNewest, PolicyGoogle, PolicyCRM:
	default:
		ps = append(ps, Invalid("conflict_policy", "settings.policy_invalid"))
	}
	if s.WindowPast < 0 || s.WindowPast > MaxWindowPast {
		ps = append(ps, Invalid("window_past", "settings.window_invalid", "max", strconv.Itoa(MaxWindowPast)))
	}
	return ps
}

// ClientSecrets opens the installed client secrets, in the form in which
// SaveClientSecrets got them, or gives ErrNotFound.
func (db *DB) ClientSecrets(ctx context.Context) ([]byte, error) {
	var rows []struct{ ClientSecrets []byte }
	err := db.with(ctx).Raw("SELECT client_secrets FROM agcrm_google_settings WHERE id = 1").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read client secrets: %w", err)
	}
	if len(rows) == 0 || len(rows[0].ClientSecrets) == 0 {
		return nil, fmt.Errorf("client secrets: %w", ErrNotFound)
	}
	return db.open(placeClientSecrets, rows[0].ClientSecrets)
}

// SaveClientSecrets seals and stores the client secrets. With another client id
// than before all links end in the same transaction, because Google takes no
// token from a client that it was not given to; whoever calls has asked first.
func (db *DB) SaveClientSecrets(ctx context.Context, clientID, projectID string, secrets []byte) error {
	sealed, err := db.seal(placeClientSecrets, secrets)
	if err != nil {
		return err
	}
	if _, err := db.Settings(ctx); err != nil { // makes the row at first use
		return err
	}
	return db.tx(ctx, func(tx *gorm.DB) error {
		var before string
		if err := tx.Raw("SELECT client_id FROM agcrm_google_settings WHERE id = 1").Scan(&before).Error; err != nil {
			return fmt.Errorf("read client id: %w", err)
		}
		if before != clientID {
			if err := endLinks(tx); err != nil {
				return err
			}
		}
		err := tx.Exec(`UPDATE agcrm_google_settings
			SET client_secrets = ?, client_id = ?, project_id = ?, updated_ms = ? WHERE id = 1`,
			sealed, clientID, projectID, db.Now().UnixMilli()).Error
		if err != nil {
			return fmt.Errorf("save client secrets: %w", err)
		}
		return nil
	})
}
