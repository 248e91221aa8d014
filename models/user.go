package models

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// The roles of users.role. Anything else that a CRM's own table may hold
// counts as an employee: more rights need the exact word.
const (
	RoleAdmin    = "admin"
	RoleEmployee = "employee"
)

// User is one row of users. The table may be the CRM's own (or a view of a
// DBA's), so every column but the key may be NULL there; NULL is read as the
// zero value, and an empty e-mail, locale or zone is written as NULL.
type User struct {
	ID           int64 `gorm:"primaryKey;autoIncrement:false"` // the CRM's own user number
	Login        string
	Name         string
	Email        string
	Role         string
	PasswordHash string
	Locale       string // "ja", "en", "fr", or empty: the service's default
	TimeZone     string // IANA name for display and form defaults, or empty
	Disabled     bool
}

// TableName keeps gorm from guessing: the name is part of the contract.
func (User) TableName() string { return "users" }

// IsAdmin tells whether the user may see and change what is everybody's.
func (u User) IsAdmin() bool { return u.Role == RoleAdmin }

// DisplayName is what people call the user: the name, or the login where the
// CRM knows no name.
func (u User) DisplayName() string {
	if u.Name != "" {
		return u.Name
	}
	return u.Login
}

// SessionStamp is a short digest of what a session depends on. A session
// remembers it at login; once the password changes or the account is disabled
// the stamp is another one, and the session has ended, on every instance and
// without a list of sessions.
func (u User) SessionStamp() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %t %s", u.ID, u.Disabled, u.PasswordHash))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// User reads one user, or ErrNotFound.
func (db *DB) User(ctx context.Context, id int64) (User, error) {
	var found []User
	if err := db.gorm.WithContext(ctx).Where("id = ?", id).Find(&found).Error; err != nil {
		return User{}, fmt.Errorf("read user %d: %w", id, err)
	}
	if len(found) == 0 {
		return User{}, fmt.Errorf("user %d: %w", id, ErrNotFound)
	}
	return found[0], nil
}

// UserByLogin reads the user of a login, without regard to case and to the
// full-width letters that a Japanese keyboard types, or ErrNotFound. Should a
// CRM have logins that differ in nothing else, the exact one is meant.
func (db *DB) UserByLogin(ctx context.Context, login string) (User, error) {
	login = cleanLogin(login)
	var found []User
	err := db.gorm.WithContext(ctx).Where("LOWER(login) = LOWER(?)", login).Order("id").Find(&found).Error
	if err != nil {
		return User{}, fmt.Errorf("read user by login: %w", err)
	}
	for _, u := range found {
		if u.Login == login {
			return u, nil
		}
	}
	if len(found) != 1 {
		return User{}, fmt.Errorf("user %q: %w", login, ErrNotFound)
	}
	return found[0], nil
}

// Users reads all users, ordered by login.
func (db *DB) Users(ctx context.Context) ([]User, error) {
	var users []User
	if err := db.gorm.WithContext(ctx).Order("login").Order("id").Find(&users).Error; err != nil {
		return nil, fmt.Errorf("read users: %w", err)
	}
	return users, nil
}

// CountUsers counts all users, the disabled ones too. Zero means a fresh
// installation: the login page then says how to create the first administrator.
func (db *DB) CountUsers(ctx context.Context) (int64, error) {
	var n int64
	if err := db.gorm.WithContext(ctx).Model(&User{}).Count(&n).Error; err != nil {
		return 0, fmt.Errorf("count users: %w", err)
	}
	return n, nil
}

// NextUserID is one above the highest number in users, schedules.owner_id and
// schedule_participants.user_id. It is only a free number: whoever uses it
// should know that it must be the CRM's own user number.
func (db *DB) NextUserID(ctx context.Context) (int64, error) {
	const highest = `SELECT COALESCE(MAX(t.id), 0) FROM (
		SELECT MAX(id) AS id FROM users
		UNION ALL SELECT MAX(owner_id) FROM schedules
		UNION ALL SELECT MAX(user_id) FROM schedule_participants) t`
	var id int64
	if err := db.gorm.WithContext(ctx).Raw(highest).Scan(&id).Error; err != nil {
		return 0, fmt.Errorf("highest user number: %w", err)
	}
	return id + 1, nil
}
