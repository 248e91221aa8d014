package models

import (
	"errors"
	"path/filepath"
	"testing"
)

func TestStoredGrant(t *testing.T) {
	db, _ := userDB(t)
	if err := db.UseKeyFile(t.Context(), filepath.Join(t.TempDir(), "k")); err != nil {
		t.Fatal(err)
	}
	if _, err := db.StoredGrant(t.Context(), 1); !errors.Is(err, ErrNotFound) {
		t.Errorf("not linked: %v", err)
	}
	if err := db.SaveGrant(t.Context(), Grant{UserID: 1, Sub: "117", Email: "a@example.com", Token: []byte("t1")}); err != nil {
		t.Fatal(err)
	}
	got, err := db.StoredGrant(t.Context(), 1)
	if err != nil || got.ClientSecrets != nil || string(got.Token) != "t1" || got.Sub != "117" || got.Email != "a@example.com" || got.State != LinkActive {
		t.Errorf("without client secrets: %+v, %v", got, err)
	}
	if _, err := db.Settings(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.SaveClientSecrets(t.Context(), "", "", []byte("cs")); err != nil {
		t.Fatal(err)
	}
	if got, err = db.StoredGrant(t.Context(), 1); err != nil || string(got.ClientSecrets) != "cs" {
		t.Errorf("with client secrets: %+v, %v", got, err)
	}
	// Another employee's sealed token does not open in this row.
	if err := db.gorm.Exec("INSERT INTO agcrm_google_links (user_id, sub, token) SELECT 2, 'x', token FROM agcrm_google_links").Error; err != nil {
		t.Fatal(err)
	}
	if _, err := db.StoredGrant(t.Context(), 2); faults(err) != "key.wrong" {
		t.Errorf("a token copied from another row: %v", err)
	}
}

func TestRenewToken(t *testing.T) {
	db, _ := userDB(t)
	if err := db.UseKeyFile(t.Context(), filepath.Join(t.TempDir(), "k")); err != nil {
		t.Fatal(err)
	}
	if err := db.SaveGrant(t.Context(), Grant{UserID: 1, Sub: "117", Token: []byte("t1")}); err != nil {
		t.Fatal(err)
	}
	renew := func(user int64, sub, into, want string) {
		t.Helper()
		asked := ""
		err := db.RenewToken(t.Context(), user, sub, func(present []byte) ([]byte, error) {
			asked = string(present)
			return []byte(into), nil
		})
		got, _ := db.StoredGrant(t.Context(), 1)
		if err != nil || string(got.Token) != want {
			t.Errorf("renewing %d %s (asked for %q): %v, the token is %q, want %q", user, sub, asked, err, got.Token, want)
		}
	}
	renew(1, "117", "t2", "t2")
	renew(1, "118", "t3", "t2") // another account by now
	renew(2, "117", "t3", "t2") // no such link
	failed := errors.New("no")
	if err := db.RenewToken(t.Context(), 1, "117", func([]byte) ([]byte, error) { return nil, failed }); !errors.Is(err, failed) {
		t.Errorf("a renewal that fails: %v", err)
	}
	renew(1, "117", "t2", "t2")
}
