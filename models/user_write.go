package models

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
)

// The statements on users are spelled out: gorm's own would bring OUTPUT
// clauses, which fail on a table with triggers, and IDENTITY_INSERT, which
// needs rights that a CRM's DBA does not give.
const (
	insertUser = `INSERT INTO users (id, login, name, email, role, password_hash, locale, time_zone, disabled)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
	updateUser = `UPDATE users SET name = ?, email = ?, role = ?, locale = ?, time_zone = ? WHERE id = ?`
)

// AddUser adds a user under the CRM's user number u.ID. Every fault is told at
// once, as Problems: ErrInvalid for what was typed, ErrConflict for a login
// (without regard to case) or number that is taken. u.PasswordHash is ignored.
func (db *DB) AddUser(ctx context.Context, u User, password string) error {
	u = cleanUser(u)
	ps := append(validLogin(u), validDetails(u)...)
	if ps = append(ps, validPassword(password)...); len(ps) > 0 {
		return ps
	}
	// Hashing takes its time: not within the transaction, which keeps others waiting.
	hash, err := hashPassword(ctx, password)
	if err != nil {
		return err
	}
	u.PasswordHash = hash
	return db.tx(ctx, func(tx *gorm.DB) error {
		var taken []User
		err := tx.Where("id = ? OR LOWER(login) = LOWER(?)", u.ID, u.Login).Find(&taken).Error
		if err != nil {
			return fmt.Errorf("look for user: %w", err)
		}
		if ps := takenBy(u, taken); len(ps) > 0 {
			return ps
		}
		return insert(tx, u)
	})
}

// takenBy tells which of login and number the users found stand in the way of.
func takenBy(u User, found []User) (ps Problems) {
	var id, login bool
	for _, other := range found {
		id = id || other.ID == u.ID
		login = login || other.ID != u.ID || foldLogin(other.Login) == foldLogin(u.Login)
	}
	if id {
		ps = append(ps, conflict("id", "user.id_taken", "id", fmt.Sprint(u.ID)))
	}
	if login {
		ps = append(ps, conflict("login", "user.login_taken", "login", u.Login))
	}
	return ps
}

// insert writes a new row. The unique key has the last word where two add the
// same login at once.
func insert(tx *gorm.DB, u User) error {
	err := tx.Exec(insertUser, u.ID, u.Login, u.Name, nullable(u.Email), u.Role, u.PasswordHash,
		nullable(u.Locale), nullable(u.TimeZone), u.Disabled).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return Problems{conflict("login", "user.login_taken", "login", u.Login)}
	}
	if err != nil {
		return fmt.Errorf("add user %d: %w", u.ID, err)
	}
	return nil
}

// UpdateUser writes name, e-mail, role, locale and time zone of the user u.ID;
// login, password and state have their own ways. ErrNotFound, or Problems.
func (db *DB) UpdateUser(ctx context.Context, u User) error {
	u = cleanUser(u)
	if ps := validDetails(u); len(ps) > 0 {
		return ps
	}
	return db.changeUser(ctx, u.ID, func(tx *gorm.DB, _ User) error { return update(tx, u) })
}

func update(tx *gorm.DB, u User) error {
	err := tx.Exec(updateUser, u.Name, nullable(u.Email), u.Role, nullable(u.Locale), nullable(u.TimeZone), u.ID).Error
	if err != nil {
		return fmt.Errorf("update user %d: %w", u.ID, err)
	}
	return nil
}

// SetDisabled forbids the user to sign in, or allows it again. Sessions end
// with it: the stamp is another one for as long as the account is disabled, and
// whoever comes with an old stamp meanwhile loses the session. The link is left
// as it is: the engine passes over disabled users and finds all as it was later.
func (db *DB) SetDisabled(ctx context.Context, id int64, disabled bool) error {
	return db.changeUser(ctx, id, func(tx *gorm.DB, _ User) error {
		if err := tx.Exec("UPDATE users SET disabled = ? WHERE id = ?", disabled, id).Error; err != nil {
			return fmt.Errorf("disable user %d: %w", id, err)
		}
		return nil
	})
}

// changeUser reads the user and lets change write, in one transaction. It looks
// first because the count of rows that an UPDATE answers is not to be trusted:
// views and triggers falsify it.
func (db *DB) changeUser(ctx context.Context, id int64, change func(*gorm.DB, User) error) error {
	return db.tx(ctx, func(tx *gorm.DB) error {
		var found []User
		if err := tx.Where("id = ?", id).Find(&found).Error; err != nil {
			return fmt.Errorf("read user %d: %w", id, err)
		}
		if len(found) == 0 {
			return fmt.Errorf("user %d: %w", id, ErrNotFound)
		}
		return change(tx, found[0])
	})
}

// conflict makes the Problem of something that is taken.
func conflict(field, key string, pairs ...string) *Problem {
	return &Problem{Kind: ErrConflict, Field: field, Message: Say(key, pairs...)}
}
