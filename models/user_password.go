package models

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// cost is what one argon2id hash takes. The parameters travel with each hash,
// so they can be raised later without a migration.
type cost struct {
	memory  uint32 // KiB
	time    uint32 // passes
	threads uint8
}

// today's cost: 32 MiB, about 50 ms of one core of 2026, above OWASP's minimum.
var today = cost{memory: 32 << 10, time: 2, threads: 1}

const (
	saltSize = 16
	hashSize = 32
)

// nobody is the hash of a random password that was thrown away. Unknown logins
// are checked against it, so that an answer takes as long as for a known one.
const nobody = "$argon2id$v=19$m=32768,t=2,p=1$ZcLkD4P1XGv+7w5ycU9tKw$pg3MJ4vhxBTEVxHkRRPRV9mYVvnMBl1bQfRXLoVWcXQ"

// hashSlots bounds the hashes computed at once in this process, and so the
// memory that a flood of logins can claim: 4 x 32 MiB. hashWait is how long one
// waits for a slot before being sent away.
var hashSlots = make(chan struct{}, 4)

const hashWait = 15 * time.Second

// errBusy sends people away while too many sign in at once.
var errBusy = &Problem{Kind: ErrForbidden, Message: Say("login.busy")}

// GeneratePassword makes a password for a person to type once: 20 letters and
// digits that are not mistaken for each other, in four groups; 100 random bits.
func GeneratePassword() string {
	s := strings.ToLower(rand.Text())
	return s[0:5] + "-" + s[5:10] + "-" + s[10:15] + "-" + s[15:20]
}

// hashPassword makes the PHC string that goes into users.password_hash.
func hashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails: crypto/rand ends the program instead
	key, err := derive(ctx, password, salt, today, hashSize)
	if err != nil {
		return "", err
	}
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, today.memory, today.time, today.threads, b64(salt), b64(key)), nil
}

// passwordMatches compares in constant time. A hash that is empty or of another
// make (a CRM may keep its own there) matches nothing, at the price of a check.
func passwordMatches(ctx context.Context, hash, password string) (bool, error) {
	c, salt, want, err := parseHash(hash)
	known := err == nil
	if !known {
		if c, salt, want, err = parseHash(nobody); err != nil {
			return false, err
		}
	}
	got, err := derive(ctx, password, salt, c, uint32(len(want)))
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1 && known, nil
}

// derive runs argon2id once a slot is free. Passwords are compared in Unicode's
// composed form: the same accent or voiced kana is typed in two ways on
// different systems.
func derive(ctx context.Context, password string, salt []byte, c cost, size uint32) ([]byte, error) {
	wait := time.NewTimer(hashWait)
	defer wait.Stop()
	select {
	case hashSlots <- struct{}{}:
		defer func() { <-hashSlots }()
	case <-wait.C:
		return nil, errBusy
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return argon2.IDKey([]byte(norm.NFC.String(password)), salt, c.time, c.memory, c.threads, size), nil
}

// errNotOurs is a password hash that this package did not make.
var errNotOurs = errors.New("not an argon2id hash within bounds")

// parseHash reads a PHC string. Its numbers come from a table that others may
// write, so they are held to bounds: a hash that asks for gigabytes is refused.
func parseHash(s string) (c cost, salt, key []byte, err error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return c, nil, nil, errNotOurs
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.time, &c.threads); err != nil {
		return c, nil, nil, errNotOurs
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	key, keyErr := base64.RawStdEncoding.DecodeString(parts[5])
	ok := saltErr == nil && keyErr == nil && len(salt) >= 8 && len(salt) <= 64 && len(key) >= 16 && len(key) <= 64 &&
		c.threads >= 1 && c.threads <= 16 && c.time >= 1 && c.time <= 10 &&
		c.memory >= 8*uint32(c.threads) && c.memory <= 256<<10
	if !ok {
		return c, nil, nil, errNotOurs
	}
	return c, salt, key, nil
}
