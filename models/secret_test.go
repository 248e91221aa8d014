package models

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

func TestSealedSecretIsBoundToKeyAndPlace(t *testing.T) {
	dir := t.TempDir()
	mine, err := CreateKey(filepath.Join(dir, "a.key"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := CreateKey(filepath.Join(dir, "b.key"))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := mine.Seal([]byte("refresh token"), []byte("links/1/token"))
	if err != nil || bytes.Contains(sealed, []byte("refresh")) {
		t.Fatalf("Seal = %q, %v", sealed, err)
	}
	if plain, err := mine.Open(sealed, []byte("links/1/token")); err != nil || string(plain) != "refresh token" {
		t.Errorf("Open = %q, %v", plain, err)
	}
	altered := bytes.Clone(sealed)
	altered[len(altered)-1] ^= 1
	for name, c := range map[string]struct {
		s             Sealer
		sealed, place string
	}{
		"another employee": {mine, string(sealed), "links/2/token"},
		"another key":      {other, string(sealed), "links/1/token"},
		"altered":          {mine, string(altered), "links/1/token"},
		"cut off":          {mine, string(sealed[:3]), "links/1/token"},
	} {
		if plain, err := c.s.Open([]byte(c.sealed), []byte(c.place)); faults(err) != "key.wrong" {
			t.Errorf("%s: Open = %q, %v, want key.wrong", name, plain, err)
		}
	}
	if _, err := (Sealer{}).Seal(nil, nil); !errors.Is(err, errNoKey) {
		t.Errorf("a sealer without key: %v", err)
	}
}

func TestCreateKeyNeverOverwrites(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "agcrm.key")
	var group sync.WaitGroup
	sealers := make([]Sealer, 4)
	for i := range sealers {
		group.Go(func() {
			var err error
			if sealers[i], err = CreateKey(path); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	sealed, err := sealers[0].Seal([]byte("x"), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range sealers {
		if _, err := s.Open(sealed, nil); err != nil {
			t.Errorf("process %d has another key than the first: %v", i, err)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want owner only", info.Mode())
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("files left beside the key: %v", left)
	}
	if err := copyExclusive(path, path); !errors.Is(err, os.ErrExist) {
		t.Errorf("copying onto a file: %v", err)
	}
}

func TestLoadKeyFaults(t *testing.T) {
	dir := t.TempDir()
	if _, err := LoadKey(filepath.Join(dir, "absent")); faults(err) != "key.missing" || !errors.Is(err, ErrNotFound) {
		t.Errorf("absent: %v", err)
	}
	if _, err := LoadKey(dir); faults(err) != "key.unreadable" {
		t.Errorf("a folder: %v", err)
	}
	for _, text := range []string{"", "{}", "not a key", `{"primaryKeyId":1,"key":[]}`} {
		path := filepath.Join(dir, "bad.key")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := LoadKey(path); faults(err) != "key.malformed" {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestUseKeyFile(t *testing.T) {
	db, _ := userDB(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "agcrm.key")
	if err := db.UseKeyFile(t.Context(), path); err != nil {
		t.Fatalf("first start: %v", err)
	}
	if sealed, err := db.HasSealedSecrets(t.Context()); sealed || err != nil {
		t.Errorf("a fresh database: %t, %v", sealed, err)
	}
	grant := Grant{UserID: 1, Sub: "s", Email: "a@example.com", Token: []byte(`{"refresh_token":"r"}`)}
	if err := db.SaveGrant(t.Context(), grant); err != nil {
		t.Fatal(err)
	}
	if err := db.UseKeyFile(t.Context(), path); err != nil {
		t.Errorf("second start: %v", err)
	}
	if err := db.UseKeyFile(t.Context(), filepath.Join(dir, "lost.key")); faults(err) != "key.missing" {
		t.Errorf("key lost while a token is sealed: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "lost.key")); err == nil {
		t.Error("a key was created that opens nothing")
	}
	if _, err := CreateKey(filepath.Join(dir, "other.key")); err != nil {
		t.Fatal(err)
	}
	if err := db.UseKeyFile(t.Context(), filepath.Join(dir, "other.key")); faults(err) != "key.wrong" {
		t.Errorf("another key: %v", err)
	}
	if grant, err := db.StoredGrant(t.Context(), 1); err != nil || string(grant.Token) != `{"refresh_token":"r"}` {
		t.Errorf("after refused keys the token is %q, %v", grant.Token, err)
	}
}

func TestResetSecrets(t *testing.T) {
	db, _ := userDB(t)
	path := filepath.Join(t.TempDir(), "agcrm.key")
	if err := db.UseKeyFile(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if err := db.SaveClientSecrets(t.Context(), "client", "project", []byte("{}")); err != nil {
		t.Fatal(err)
	}
	if err := db.SaveGrant(t.Context(), Grant{UserID: 1, Sub: "s", Token: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	if err := db.gorm.Exec(`INSERT INTO agcrm_google_pairs (user_id, sub, calendar_id, event_id, event_key, schedule_id, state, origin, created_ms, updated_ms)
		VALUES (1, 's', 'c', 'e', 'k', 1, 'paired', 'table', 0, 0)`).Error; err != nil {
		t.Fatal(err)
	}
	before, _ := db.Settings(t.Context())
	if err := db.ResetSecrets(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := ReplaceKey(path); err != nil {
		t.Fatal(err)
	}
	if err := db.UseKeyFile(t.Context(), path); err != nil {
		t.Errorf("start after the reset: %v", err)
	}
	after, err := db.Settings(t.Context())
	before.ClientID, before.ProjectID = "", ""
	if err != nil || after != before {
		t.Errorf("settings after the reset %+v, %v, want %+v", after, err, before)
	}
	links, _ := db.CountLinks(t.Context())
	var pairs int64
	db.gorm.Table("agcrm_google_pairs").Count(&pairs)
	if links != 0 || pairs != 1 {
		t.Errorf("%d links and %d pairs after the reset, want 0 and 1", links, pairs)
	}
}
