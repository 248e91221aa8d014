package models

import (
	"errors"
	"path/filepath"
	"sync"
	"testing"
)

func TestSettingsBeginWithDefaults(t *testing.T) {
	db, _ := userDB(t)
	var group sync.WaitGroup
	got := make([]Settings, 4)
	for i := range got {
		group.Go(func() {
			var err error
			if got[i], err = db.Settings(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	want := Settings{InstallationID: got[0].InstallationID, ConflictPolicy: PolicyNewest, WindowPast: 30}
	for _, s := range got {
		if s != want || len(s.InstallationID) < 16 {
			t.Errorf("settings %+v, want %+v", s, want)
		}
	}
	before := db.Statements()
	if _, err := db.Settings(t.Context()); err != nil || db.Statements()-before != 1 {
		t.Errorf("reading took %d statements (%v), want 1", db.Statements()-before, err)
	}
}

func TestSaveSettings(t *testing.T) {
	db, _ := userDB(t)
	s := Settings{InstallationID: "not mine to set", Enabled: true, DefaultColor: 11, ConflictPolicy: PolicyCRM, WindowPast: 0, ClientID: "x"}
	if err := db.SaveSettings(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	got, err := db.Settings(t.Context())
	if err != nil || got.InstallationID == s.InstallationID || got.ClientID != "" {
		t.Errorf("settings %+v, %v: what is not edited was written", got, err)
	}
	s.InstallationID, s.ClientID = got.InstallationID, ""
	if got != s {
		t.Errorf("settings %+v, want %+v", got, s)
	}
	bad := Settings{DefaultColor: 12, ConflictPolicy: "coin", WindowPast: 3651}
	err = db.SaveSettings(t.Context(), bad)
	if faults(err) != "default_color settings.color_invalid, conflict_policy settings.policy_invalid, window_past settings.window_invalid" {
		t.Errorf("bad settings: %v", err)
	}
	if err := db.SaveSettings(t.Context(), Settings{DefaultColor: -1, ConflictPolicy: PolicyNewest, WindowPast: -1}); !errors.Is(err, ErrInvalid) {
		t.Errorf("negative settings: %v", err)
	}
	if again, _ := db.Settings(t.Context()); again != got {
		t.Errorf("refused settings were written: %+v", again)
	}
}

func TestClientSecretsAreSealed(t *testing.T) {
	db, _ := userDB(t)
	if _, err := db.ClientSecrets(t.Context()); !errors.Is(err, ErrNotFound) {
		t.Errorf("none installed: %v", err)
	}
	if err := db.SaveClientSecrets(t.Context(), "id", "p", []byte("GOCSPX-secret")); !errors.Is(err, errNoKey) {
		t.Errorf("saving without a key: %v", err)
	}
	if err := db.UseKeyFile(t.Context(), filepath.Join(t.TempDir(), "k")); err != nil {
		t.Fatal(err)
	}
	if err := db.SaveClientSecrets(t.Context(), "id", "p", []byte("GOCSPX-secret")); err != nil {
		t.Fatal(err)
	}
	var raw []byte
	db.gorm.Raw("SELECT client_secrets FROM agcrm_google_settings").Row().Scan(&raw)
	if len(raw) == 0 || string(raw) == "GOCSPX-secret" {
		t.Errorf("the table holds %q", raw)
	}
	got, err := db.ClientSecrets(t.Context())
	if err != nil || string(got) != "GOCSPX-secret" {
		t.Errorf("read back %q, %v", got, err)
	}
}

func TestAnotherClientEndsTheLinks(t *testing.T) {
	db, _ := userDB(t)
	if err := db.UseKeyFile(t.Context(), filepath.Join(t.TempDir(), "k")); err != nil {
		t.Fatal(err)
	}
	save := func(client string, links int64) {
		t.Helper()
		if err := db.SaveClientSecrets(t.Context(), client, "", []byte("{}")); err != nil {
			t.Fatal(err)
		}
		if n, _ := db.CountLinks(t.Context()); n != links {
			t.Errorf("%d links after installing %s, want %d", n, client, links)
		}
	}
	save("one", 0)
	if err := db.SaveGrant(t.Context(), Grant{UserID: 1, Sub: "s", Token: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	save("one", 1)
	save("two", 0)
}
