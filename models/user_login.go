package models

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"gorm.io/gorm"
)

// errWrongLogin says the same for an unknown login and a wrong password.
var errWrongLogin = &Problem{Kind: ErrForbidden, Message: Say("login.wrong")}

// Authenticate finds the user of a login and password. A wrong login, a wrong
// password and an account without password are one and the same ErrForbidden
// ("login.wrong") and take the same work; that an account is disabled is told
// only to who knows its password. Too many at once are sent away ("login.busy").
func (db *DB) Authenticate(ctx context.Context, login, password string) (User, error) {
	u, err := db.UserByLogin(ctx, login)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return User{}, err
	}
	if utf8.RuneCountInString(password) > MaxPassword {
		password = "" // nobody has it, and hashing what is too long helps only who floods us
	}
	ok, err := passwordMatches(ctx, u.PasswordHash, password)
	switch {
	case err != nil:
		return User{}, fmt.Errorf("check password: %w", err)
	case !ok:
		return User{}, errWrongLogin
	case u.Disabled:
		return User{}, &Problem{Kind: ErrForbidden, Message: Say("login.disabled")}
	}
	return u, nil
}

// SetPassword gives the user a new password of MinPassword to MaxPassword
// characters, which ends all sessions. ErrNotFound, or Problems.
func (db *DB) SetPassword(ctx context.Context, id int64, password string) error {
	if ps := validPassword(password); len(ps) > 0 {
		return ps
	}
	hash, err := hashPassword(ctx, password)
	if err != nil {
		return err
	}
	return db.changeUser(ctx, id, func(tx *gorm.DB, _ User) error { return writeHash(tx, id, hash) })
}

// ChangePassword is SetPassword for the user himself, who proves with the
// current password that it is he: Problem at field "current" otherwise.
func (db *DB) ChangePassword(ctx context.Context, id int64, current, password string) error {
	u, err := db.User(ctx, id)
	if err != nil {
		return err
	}
	ok, err := passwordMatches(ctx, u.PasswordHash, current)
	if err != nil {
		return fmt.Errorf("check password: %w", err)
	}
	ps := validPassword(password)
	if !ok {
		ps = append(Problems{Invalid("current", "password.wrong")}, ps...)
	}
	if len(ps) > 0 {
		return ps
	}
	return db.SetPassword(ctx, id, password)
}

func writeHash(tx *gorm.DB, id int64, hash string) error {
	if err := tx.Exec("UPDATE users SET password_hash = ? WHERE id = ?", hash, id).Error; err != nil {
		return fmt.Errorf("set password of user %d: %w", id, err)
	}
	return nil
}
