package models

import (
	"context"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/tink"
	"gorm.io/gorm"
)

// Sealer encrypts what must not be readable in the database: the client secrets
// and the employees' tokens. What is sealed is bound to its place (the associated
// data), so that nobody can give one employee another's token by copying it.
// The zero value refuses.
type Sealer struct{ aead tink.AEAD }

// placeClientSecrets is bound into the sealed client secrets; tokens have tokenContext.
const placeClientSecrets = "settings/client_secrets"

// errNoKey is a fault of this program: a secret was touched before UseSealer.
var errNoKey = errors.New("no key was loaded before a secret was read or written")

// errWrongKey is what opens nothing: another key, or altered data.
var errWrongKey = &Problem{Kind: ErrConflict, Message: Say("key.wrong")}

// Seal encrypts plain for its place.
func (s Sealer) Seal(plain, place []byte) ([]byte, error) {
	if s.aead == nil {
		return nil, errNoKey
	}
	sealed, err := s.aead.Encrypt(plain, place)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return sealed, nil
}

// Open is the inverse of Seal; a Problem "key.wrong" if the key or the place is
// another one, or the data was altered.
func (s Sealer) Open(sealed, place []byte) ([]byte, error) {
	if s.aead == nil {
		return nil, errNoKey
	}
	plain, err := s.aead.Decrypt(sealed, place)
	if err != nil {
		return nil, fmt.Errorf("open sealed secret %s: %w", place, errWrongKey)
	}
	return plain, nil
}

// seal encrypts a secret for its place in the database.
func (db *DB) seal(place string, plain []byte) ([]byte, error) {
	return db.sealer.Seal(plain, []byte(place))
}

// open is the inverse of seal.
func (db *DB) open(place string, sealed []byte) ([]byte, error) {
	return db.sealer.Open(sealed, []byte(place))
}

// UseKeyFile loads the key that seals this database's secrets, proves it on what
// is sealed already, and uses it from then on. A file that is not there is
// created, but never while the database holds sealed secrets: a new key could
// open none of them. The Problems "key.missing", "key.unreadable",
// "key.malformed" and "key.wrong" name the remedies, all but the last the file.
func (db *DB) UseKeyFile(ctx context.Context, path string) error {
	s, err := LoadKey(path)
	if errors.Is(err, ErrNotFound) {
		sealed, sealedErr := db.HasSealedSecrets(ctx)
		if sealedErr != nil {
			return sealedErr
		}
		if sealed {
			return err
		}
		s, err = CreateKey(path)
	}
	if err != nil {
		return err
	}
	if err := db.ProveSealer(ctx, s); err != nil {
		return err
	}
	db.UseSealer(s)
	return nil
}

// sealedSecrets gives the sealed client secrets, if any, and one sealed token
// with its employee, if any: all are sealed with one key.
func (db *DB) sealedSecrets(ctx context.Context) (clientSecrets []byte, userID int64, token []byte, err error) {
	var settings []struct{ ClientSecrets []byte }
	err = db.with(ctx).Raw("SELECT client_secrets FROM agcrm_google_settings WHERE client_secrets IS NOT NULL").
		Scan(&settings).Error
	if err != nil {
		return nil, 0, nil, fmt.Errorf("look for sealed settings: %w", err)
	}
	if len(settings) > 0 {
		clientSecrets = settings[0].ClientSecrets
	}
	var links []struct {
		UserID int64
		Token  []byte
	}
	err = db.with(ctx).Table("agcrm_google_links").Select("user_id", "token").
		Where("token IS NOT NULL").Order("user_id").Limit(1).Find(&links).Error
	if err != nil {
		return nil, 0, nil, fmt.Errorf("look for sealed tokens: %w", err)
	}
	if len(links) > 0 {
		userID, token = links[0].UserID, links[0].Token
	}
	return clientSecrets, userID, token, nil
}

// HasSealedSecrets tells whether the database holds anything that only its key
// can open.
func (db *DB) HasSealedSecrets(ctx context.Context) (bool, error) {
	clientSecrets, _, token, err := db.sealedSecrets(ctx)
	return len(clientSecrets) > 0 || len(token) > 0, err
}

// ProveSealer tells whether s opens what the database holds, with the Problem
// "key.wrong" otherwise. It changes nothing.
func (db *DB) ProveSealer(ctx context.Context, s Sealer) error {
	clientSecrets, userID, token, err := db.sealedSecrets(ctx)
	if err != nil {
		return err
	}
	if len(clientSecrets) > 0 {
		if _, err := s.Open(clientSecrets, []byte(placeClientSecrets)); err != nil {
			return err
		}
	}
	if len(token) > 0 {
		if _, err := s.Open(token, []byte(tokenContext(userID))); err != nil {
			return err
		}
	}
	return nil
}

// ResetSecrets gives up everything sealed, for a key that is lost or no longer
// secret: it ends all links and drops the client secrets, in one transaction.
// What employees and calendars agreed on (the pairs) stays for when they link
// again. ReplaceKey is the other half, and comes after it.
func (db *DB) ResetSecrets(ctx context.Context) error {
	return db.tx(ctx, func(tx *gorm.DB) error {
		if err := endLinks(tx); err != nil {
			return err
		}
		err := tx.Exec("UPDATE agcrm_google_settings SET client_secrets = NULL, client_id = '', project_id = '', updated_ms = ?",
			db.Now().UnixMilli()).Error
		if err != nil {
			return fmt.Errorf("drop the client secrets: %w", err)
		}
		return nil
	})
}

// endLinks removes every link with its calendars, and the decisions that were
// awaited: they would otherwise be taken for those of a later link. The grants
// are not revoked, since their tokens may be unreadable.
func endLinks(tx *gorm.DB) error {
	for _, table := range []string{"held", "left_aside", "calendars", "channels", "links"} {
		if err := tx.Exec("DELETE FROM agcrm_google_" + table).Error; err != nil {
			return fmt.Errorf("end the links (%s): %w", table, err)
		}
	}
	return nil
}
