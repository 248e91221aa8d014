package main

import (
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// openFresh opens the embedded database of an installation from outside,
// before the service made it.
func openFresh(t *testing.T, env map[string]string) *sql.DB {
	t.Helper()
	if err := os.MkdirAll(env["AGCRM_DATA_DIR"], 0o700); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(env["AGCRM_DATA_DIR"], "agcrm_google.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestPrintedScriptMigrates(t *testing.T) {
	env := installation(t)
	script := command(t, "", env, "migrate", "--print")
	if script.code != exitOK {
		t.Fatalf("%+v", script)
	}
	if _, err := os.Stat(env["AGCRM_DATA_DIR"]); !os.IsNotExist(err) {
		t.Fatalf("printing made the data folder: %v", err)
	}
	if _, err := openFresh(t, env).Exec(script.out); err != nil {
		t.Fatalf("run the script by hand: %v", err)
	}
	states, _ := examine(t, env)
	if states["migrations"] != stateOK {
		t.Errorf("after the script: %v", states)
	}
	if got := command(t, "", env, "user", "add", "tanaka", "--id", "1"); got.code != exitOK {
		t.Errorf("the script's tables do not work: %+v", got)
	}
}

func TestPrintForSQLServerNeedsNoServer(t *testing.T) {
	env := installation(t)
	env["AGCRM_DATABASE"] = "sqlserver://u:geheim@no.such.host.example?database=crm"
	got := command(t, "", env, "migrate", "--print")
	if got.code != exitOK || !strings.Contains(got.out, "CREATE TABLE agcrm_google_links") || !strings.Contains(got.out, "nvarchar") {
		t.Errorf("%+v", got)
	}
	if strings.Contains(got.out+got.err, "geheim") {
		t.Error("the password is shown")
	}
}

func TestRefusedMigrationNamesTheWayOut(t *testing.T) {
	env := installation(t)
	if _, err := openFresh(t, env).Exec("CREATE TABLE agcrm_google_settings (id INTEGER)"); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"migrate"}, {"user", "list"}, {"sync"}, {"serve"}} {
		got := command(t, "", env, args...)
		if got.code != exitFailed || !strings.Contains(got.err, "migrate --print") {
			t.Errorf("%v: %+v", args, got)
		}
	}
}

func TestTablesOfANewerReleaseAreLeftAlone(t *testing.T) {
	env := installation(t)
	if got := command(t, "", env, "migrate"); got.code != exitOK {
		t.Fatalf("migrate: %+v", got)
	}
	if _, err := openFresh(t, env).Exec("INSERT INTO agcrm_google_migrations (version_id, is_applied) VALUES (99, 1)"); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"migrate"}, {"user", "list"}, {"sync"}, {"serve"}} {
		got := command(t, "", env, args...)
		if got.code != exitFailed || !strings.Contains(got.err, "newer release") {
			t.Errorf("%v: %+v", args, got)
		}
	}
}
