package models

import (
	"context"
	"database/sql/driver"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestFractionsOfADatetime: a datetime counts in 300ths of a second, and what a CRM
// writes as the last moment of a day comes back as .9966666. The clock reading is
// the second that has begun, whoever reads it.
func TestFractionsOfADatetime(t *testing.T) {
	db, w := wireDB(t)
	last := time.Date(2026, 11, 23, 23, 59, 59, 996666666, time.UTC)
	w.say("FROM schedules s ", "id owner_id subject start_at end_at", []driver.Value{int64(10), int64(7), "x", last.Add(-time.Hour), last})
	row, err := db.Schedule(t.Context(), 10)
	must(t, err)
	lite := openStore(t, "sqlite:"+filepath.Join(t.TempDir(), "crm.db"), "sqlite", true)
	lite.do(t, "INSERT INTO schedules (id, owner_id, start_at, end_at) VALUES (10, 7, '2026-11-23 22:59:59.997', '2026-11-23T23:59:59.997')")
	other, err := lite.Schedule(t.Context(), 10)
	must(t, err)
	for _, r := range []Schedule{row, other} {
		if r.StartAt != wall(t, "2026-11-23T22:59:59") || r.EndAt != wall(t, "2026-11-23T23:59:59") {
			t.Errorf("%v to %v", r.StartAt, r.EndAt)
		}
	}
}

// TestWatchingIsOneIndexedQuery: nothing changed, for however many employees.
func TestWatchingIsOneIndexedQuery(t *testing.T) {
	ctx := t.Context()
	lite := openStore(t, "sqlite:"+filepath.Join(t.TempDir(), "crm.db"), "sqlite", true)
	server, w := wireDB(t)
	answerOneLink(w)
	for _, db := range []*DB{lite.DB, server} {
		_, mark, err := db.ChangedOwners(ctx, 0)
		must(t, err)
		before := db.Statements()
		owners, next, err := db.ChangedOwners(ctx, mark)
		if n := db.Statements() - before; err != nil || n != 1 || len(owners) != 0 || next != mark {
			t.Errorf("%s: %d statements, owners %v, mark %d, %v", db.Dialect(), n, owners, next, err)
		}
	}
	upper, changed, _ := lite.changedRows()
	for _, text := range []string{upper, strings.ReplaceAll(changed, "?", "1")} {
		if plan := lite.plan(t, text); !strings.Contains(plan, "agcrm_google_schedules_version") || strings.Contains(plan, "SCAN s") {
			t.Errorf("%s\n%s", text, plan)
		}
	}
}

// plan is what SQLite would do.
func (s *store) plan(t *testing.T, query string) string {
	t.Helper()
	rows, err := s.outside.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+query)
	must(t, err)
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var step string
		must(t, rows.Scan(&id, &parent, &unused, &step))
		steps = append(steps, step)
	}
	must(t, rows.Err())
	return strings.Join(steps, "\n")
}

// TestMigrationsLeaveSharedTablesAlone: they may be the CRM's. They are made where
// there are none, with their indexes, and never touched again.
func TestMigrationsLeaveSharedTablesAlone(t *testing.T) {
	files, err := migrationFiles(SQLServer)
	must(t, err)
	touched := regexp.MustCompile(`(?i)(ALTER TABLE|UPDATE|DELETE FROM|INSERT INTO|DROP TABLE|TRIGGER \w+ ON|INDEX \w+ ON) (users|schedules|schedule_participants)\b`)
	guarded := regexp.MustCompile(`(?s)IF OBJECT_ID\(QUOTENAME\(SCHEMA_NAME\(\)\) \+ N'\.\w+'\) IS NULL\s+EXEC\(N'.*?'\);`)
	for _, file := range files {
		text, err := migrations.ReadFile(file)
		must(t, err)
		if found := touched.FindString(guarded.ReplaceAllString(string(text), "")); found != "" {
			t.Errorf("%s: %s", file, found)
		}
	}
}

// TestEveryCallChecksTheNames: CRM's own users in the login's schema stop whatever
// opens the database, since all of it migrates first; nothing is read from them.
func TestEveryCallChecksTheNames(t *testing.T) {
	db, w := wireDB(t)
	w.say("FROM sys.columns", "name type_name", []driver.Value{"uid", "int"}, []driver.Value{"nick", "nvarchar"})
	w.say("SELECT SCHEMA_NAME()", "name", []driver.Value{"dbo"})
	for name, open := range map[string]func(context.Context) error{"migrate": db.Migrate, "doctor": db.CheckSchema} {
		err := open(t.Context())
		if err == nil || !strings.Contains(err.Error(), "belongs to another program") || !strings.Contains(fmt.Sprint(err), "dbo.") {
			t.Errorf("%s: %v", name, err)
		}
		for _, text := range w.texts() {
			if !strings.HasPrefix(text, "SELECT c.name") && !strings.HasPrefix(text, "SELECT SCHEMA_NAME()") {
				t.Errorf("%s went on: %s", name, text)
			}
		}
	}
}
