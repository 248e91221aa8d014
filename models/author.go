package models

import (
	"encoding/base64"
	"strconv"
)

// placeAuthor is bound into the sealed names of those whom pages were made for.
const placeAuthor = "forms/author"

// SealAuthor names the employee that a page is made for, so that OpenAuthor
// believes it when the page's form comes back, and nobody else can write it.
func (db *DB) SealAuthor(userID int64) (string, error) {
	sealed, err := db.seal(placeAuthor, []byte(strconv.FormatInt(userID, 10)))
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// OpenAuthor is the inverse of SealAuthor: the id of the employee whom a page of
// this installation was made for. What was sealed by no page of ours gives the
// Problem "key.wrong", or one of ErrInvalid.
func (db *DB) OpenAuthor(text string) (int64, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return 0, Invalid("author", "form.unreadable")
	}
	plain, err := db.open(placeAuthor, sealed)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(string(plain), 10, 64)
}
