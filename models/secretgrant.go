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

const readGrant = `SELECT sub, email, state, token,
	(SELECT client_secrets FROM agcrm_google_settings WHERE id = 1) AS client_secrets
	FROM agcrm_google_links WHERE user_id = ?`

// StoredGrant reads an employee's grant in one statement, or gives ErrNotFound
// if there is no link or its token is gone.
func (db *DB) StoredGrant(ctx context.Context, userID int64) (StoredGrant, error) {
	var rows []StoredGrant
	if err := db.with(ctx).Raw(readGrant, userID).Scan(&rows).Error; err != nil {
		return StoredGrant{}, fmt.Errorf("read the grant of user %d: %w", userID, err)
	}
	if len(rows) == 0 || len(rows[0].Token) == 0 {
		return StoredGrant{}, fmt.Errorf("grant of user %d: %w", userID, ErrNotFound)
	}
	g := rows[0]
	var err error
	if g.Token, err = db.open(tokenContext(userID), g.Token); err != nil {
		return StoredGrant{}, err
	}
	if len(g.ClientSecrets) > 0 {
		if g.ClientSecrets, err = db.open(placeClientSecrets, g.ClientSecrets); err != nil {
			return StoredGrant{}, err
		}
	}
	return g, nil
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
