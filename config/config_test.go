package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	_ "time/tzdata"
)

func TestCompleteDefaults(t *testing.T) {
	var c Config
	if err := c.Complete(); err != nil {
		t.Fatal(err)
	}
	want := Config{
		Listen: "127.0.0.1:8080", PublicURL: "http://localhost:8080", DataDir: "data",
		Database: "sqlite:" + filepath.Join("data", "agcrm_google.db"),
		TimeZone: "Asia/Tokyo", Locale: "ja", KeyFile: filepath.Join("data", "agcrm.key"),
		LogLevel: "info", LogFormat: "text",
	}
	want.zone = c.zone
	if c != want {
		t.Errorf("got %+v\nwant %+v", c, want)
	}
	if got := c.Location().String(); got != "Asia/Tokyo" {
		t.Errorf("Location() = %s", got)
	}
}

func TestCompleteFollowsDataDir(t *testing.T) {
	c := Config{DataDir: "/srv/agcrm"}
	if err := c.Complete(); err != nil {
		t.Fatal(err)
	}
	if want := "sqlite:" + filepath.Join("/srv/agcrm", "agcrm_google.db"); c.Database != want {
		t.Errorf("Database = %s, want %s", c.Database, want)
	}
	if want := filepath.Join("/srv/agcrm", "agcrm.key"); c.KeyFile != want {
		t.Errorf("KeyFile = %s, want %s", c.KeyFile, want)
	}
}

func TestCompleteIsRepeatable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "db")
	if err := os.WriteFile(file, []byte(bom+"sqlserver://u:p@h?database=crm\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := Config{DatabaseFile: file, PublicURL: "HTTPS://CRM.Example.co.jp/"}
	for range 2 {
		if err := c.Complete(); err != nil {
			t.Fatal(err)
		}
	}
	if c.Database != "sqlserver://u:p@h?database=crm" {
		t.Errorf("Database = %q", c.Database)
	}
	want := []string{
		"https://crm.example.co.jp/agcrm_google/AuthCallback/IndexAsync",
		"https://crm.example.co.jp/agcrm_google/AuthCallback",
	}
	for i, uri := range c.RedirectURIs() {
		if uri != want[i] {
			t.Errorf("redirect URI %d = %s, want %s", i, uri, want[i])
		}
	}
}

func TestCompleteRefuses(t *testing.T) {
	tests := map[string]struct {
		config Config
		names  string // the variable that the fault must name
	}{
		"listen without port":     {Config{Listen: "127.0.0.1"}, "AGCRM_LISTEN"},
		"listen with a word":      {Config{Listen: "127.0.0.1:http"}, "AGCRM_LISTEN"},
		"listen port too high":    {Config{Listen: ":70000"}, "AGCRM_LISTEN"},
		"public URL bare host":    {Config{PublicURL: "crm.example.co.jp"}, "AGCRM_PUBLIC_URL"},
		"public URL ftp":          {Config{PublicURL: "ftp://crm.example.co.jp"}, "AGCRM_PUBLIC_URL"},
		"public URL with path":    {Config{PublicURL: "https://crm.example.co.jp/agcrm_google"}, "AGCRM_PUBLIC_URL"},
		"public URL with query":   {Config{PublicURL: "https://crm.example.co.jp?"}, "AGCRM_PUBLIC_URL"},
		"public URL with user":    {Config{PublicURL: "https://a:b@crm.example.co.jp"}, "AGCRM_PUBLIC_URL"},
		"public URL without host": {Config{PublicURL: "http://:8080"}, "AGCRM_PUBLIC_URL"},
		"Google in the clear":     {Config{GoogleURL: "http://google.example"}, "AGCRM_GOOGLE_URL"},
		"Google almost local":     {Config{GoogleURL: "http://127.0.0.1.example"}, "AGCRM_GOOGLE_URL"},
		"Google no URL":           {Config{GoogleURL: "127.0.0.1:9"}, "AGCRM_GOOGLE_URL"},
		"zone unknown":            {Config{TimeZone: "Tokyo Standard Time"}, "AGCRM_TIME_ZONE"},
		"zone local":              {Config{TimeZone: "Local"}, "AGCRM_TIME_ZONE"},
		"locale":                  {Config{Locale: "de"}, "AGCRM_LOCALE"},
		"level":                   {Config{LogLevel: "loud"}, "AGCRM_LOG_LEVEL"},
		"format":                  {Config{LogFormat: "xml"}, "AGCRM_LOG_FORMAT"},
		"database of another kind": {Config{Database: "postgres://u:geheim@h/db"},
			"AGCRM_DATABASE"},
		"database without path":    {Config{Database: "sqlite:"}, "AGCRM_DATABASE"},
		"database without host":    {Config{Database: "sqlserver://u:geheim@/x"}, "AGCRM_DATABASE"},
		"hash in the password":     {Config{Database: "sqlserver://u:geheim#1@h"}, "%23"},
		"percent in the password":  {Config{Database: "sqlserver://u:geheim%zz@h"}, "%25"},
		"two databases":            {Config{Database: "sqlite:a", DatabaseFile: "b"}, "AGCRM_DATABASE_FILE"},
		"database file not there":  {Config{DatabaseFile: "/nowhere/at/all"}, "AGCRM_DATABASE_FILE"},
		"database file with a nul": {Config{DatabaseFile: "a\x00b"}, "AGCRM_DATABASE_FILE"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := test.config.Complete()
			var faults Faults
			if !errors.As(err, &faults) || len(faults) != 1 {
				t.Fatalf("Complete() = %v, want one fault", err)
			}
			if !strings.Contains(faults[0], test.names) {
				t.Errorf("the fault %q does not name %s", faults[0], test.names)
			}
			if strings.Contains(err.Error(), "geheim") {
				t.Errorf("the fault shows the password: %s", err)
			}
		})
	}
}

func TestCompleteNamesAllFaults(t *testing.T) {
	c := Config{Listen: "x", PublicURL: "x", Locale: "x", Database: "x"}
	var faults Faults
	if err := c.Complete(); !errors.As(err, &faults) || len(faults) != 4 {
		t.Errorf("got %d faults, want 4: %v", len(faults), err)
	}
}

func TestGoogleURLAllowed(t *testing.T) {
	for _, root := range []string{"http://127.0.0.1:9000/", "http://localhost:9000", "http://[::1]:9000", "https://google.example/root/"} {
		c := Config{GoogleURL: root}
		if err := c.Complete(); err != nil {
			t.Errorf("%s: %v", root, err)
		}
		if want := strings.TrimSuffix(root, "/"); c.GoogleURL != want {
			t.Errorf("GoogleURL = %s, want %s", c.GoogleURL, want)
		}
	}
}

func TestDatabaseForPeople(t *testing.T) {
	tests := map[string]string{
		"sqlite:data/x.db": "sqlite:data/x.db",
		"sqlserver://agcrm:geheim@db/SQLEXPRESS?database=crm":             "sqlserver://agcrm:xxxxx@db/SQLEXPRESS?database=crm",
		"sqlserver://db?Password=geheim&database=crm&user+id=agcrm":       "sqlserver://db?Password=xxxxx&database=crm&user+id=agcrm",
		"sqlserver://agcrm:geheim%zz@db?database=crm":                     "sqlserver://...",
		"sqlserver://db.example:1433?database=crm&encrypt=true#fragment!": "sqlserver://db.example:1433?database=crm&encrypt=true",
	}
	for dsn, want := range tests {
		c := Config{Database: dsn}
		if got := c.DatabaseForPeople(); got != want {
			t.Errorf("DatabaseForPeople(%s) = %s, want %s", dsn, got, want)
		}
	}
}
