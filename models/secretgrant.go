package models

import (
	"bytes"
	"context"
	"fmt"

	"gorm.io/gorm"
)

// StoredGrant is what a link holds of Google's consent, and the client that it
// was given to: all that is needed to act for the employee.
type StoredGrant struct {
	Sub, Email    string // of the Google account
	State         string // of the link: LinkActive and so on
	Token         []byte // opened; JSON, as SaveGrant or RenewToken got it
	ClientSecrets []byte // opened, as SaveClientSecrets got them; nil if there are none
}

// StoredGrant reads an employee's grant in one statement, or gives ErrNotFound
// if there is no link or its token is gone.
func (db *DB) StoredGrant(ctx context.Context, userID int64) (StoredGrant, error) {
	g, _, err := db.GrantAndSettings(ctx, userID)
	return g, err
}

const readGrant = `SELECT l.sub, l.email, l.state, l.token, s.installation_id, s.enabled, s.default_color,
	s.conflict_policy, s.window_past, s.client_id, s.project_id, s.client_secrets
	FROM agcrm_google_links l LEFT JOIN agcrm_google_settings s ON s.id = 1 WHERE l.user_id = ?`

// GrantAndSettings is StoredGrant with the settings, in the same statement: all
// that a run reads of both. The settings are there even when the grant is
// ErrNotFound because its token is gone.
func (db *DB) GrantAndSettings(ctx context.Context, userID int64) (g StoredGrant, set Settings, err error) {
	var rows []struct {
		StoredGrant `gorm:"embedded"`
		Settings    `gorm:"embedded"`
	}
	if err := db.with(ctx).Raw(readGrant, userID).Scan(&rows).Error; err != nil {
		return g, set, fmt.Errorf("read the grant of user %d: %w", userID, err)
	}
	if len(rows) == 0 {
		return g, set, fmt.Errorf("grant of user %d: %w", userID, ErrNotFound)
	}
	g, set = rows[0].StoredGrant, rows[0].Settings
	if len(g.Token) == 0 {
		return g, set, fmt.Errorf("grant of user %d: %w", userID, ErrNotFound)
	}
	if g.Token, err = db.open(tokenContext(userID), g.Token); err != nil {
		return g, set, err
	}
	if len(g.ClientSecrets) > 0 {
		g.ClientSecrets, err = db.open(placeClientSecrets, g.ClientSecrets)
	}
	return g, set, err
}

// RenewToken replaces the token of a link to the Google account sub by what
// renew makes of the present one, if that is another. It does nothing once the
// employee has linked another account or none: a token that was being refreshed
// meanwhile must not be stored under an account that it does not belong to.
func (db *DB) RenewToken(ctx context.Context, userID int64, sub string, renew func(present []byte) ([]byte, error)) error {
	return db.tx(ctx, func(tx *gorm.DB) error {
		// Writing first locks the row, in either dialect, until the end.
		err := tx.Exec("UPDATE agcrm_google_links SET token = token WHERE user_id = ? AND sub = ?", userID, sub).Error
		if err != nil {
			return fmt.Errorf("lock the grant of user %d: %w", userID, err)
		}
		var rows []struct{ Token []byte }
		err = tx.Raw("SELECT token FROM agcrm_google_links WHERE user_id = ? AND sub = ?", userID, sub).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("read the grant of user %d: %w", userID, err)
		}
		if len(rows) == 0 || len(rows[0].Token) == 0 {
			return nil
		}
		return db.renewToken(tx, userID, rows[0].Token, renew)
	})
}

func (db *DB) renewToken(tx *gorm.DB, userID int64, sealed []byte, renew func([]byte) ([]byte, error)) error {
	present, err := db.open(tokenContext(userID), sealed)
	if err != nil {
		return err
	}
	token, err := renew(present)
	if err != nil || bytes.Equal(token, present) {
		return err
	}
	if sealed, err = db.seal(tokenContext(userID), token); err != nil {
		return err
	}
	if err := tx.Exec("UPDATE agcrm_google_links SET token = ? WHERE user_id = ?", sealed, userID).Error; err != nil {
		return fmt.Errorf("store the token of user %d: %w", userID, err)
	}
	return nil
}
