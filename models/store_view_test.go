package models

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

var goLine = regexp.MustCompile(`(?m)^GO\r?\n`)

// overCRM lays the service over the CRM of testdata/crm.sqlserver.sql, after
// change has made of that script what the test needs, and opens the store as the
// service's own login.
func overCRM(t *testing.T, s *store, change func(script string) string) *store {
	t.Helper()
	text, err := os.ReadFile("testdata/crm.sqlserver.sql")
	must(t, err)
	login, password := s.ask(t, "SELECT DB_NAME()"), "Agcrm-1-Agcrm-2"
	s.do(t, "CREATE LOGIN "+login+" WITH PASSWORD = N'"+password+"'")
	script := strings.ReplaceAll(change(string(text)), "FOR LOGIN agcrm_google", "FOR LOGIN "+login)
	for _, batch := range goLine.Split(script, -1) {
		if strings.TrimSpace(batch) != "" {
			s.do(t, batch)
		}
	}
	u, err := url.Parse(s.dsn)
	must(t, err)
	u.User = url.UserPassword(login, password)
	service := openStore(t, u.String(), "sqlserver", false)
	t.Cleanup(func() {
		service.Close()
		service.outside.Close()
		s.outside.ExecContext(context.WithoutCancel(t.Context()), "DROP LOGIN "+login)
	})
	return service
}

func asItIs(script string) string { return script }

// TestViewsOverACRM runs the whole way of a row through views with renamed
// columns and INSTEAD OF triggers: datetime columns, char flags, an int key, a
// shorter subject, and a trigger of the CRM that inserts elsewhere.
func TestViewsOverACRM(t *testing.T) {
	inNewYork(t)
	onServer(t, func(t *testing.T, admin *store) {
		s := overCRM(t, admin, asItIs)
		must(t, s.Migrate(t.Context()))
		view, unversioned, err := s.ScheduleTable(t.Context())
		if err != nil || !view || unversioned != "" {
			t.Errorf("view %v, %q, %v", view, unversioned, err)
		}
		l := s.linked(t)
		admin.do(t, "INSERT INTO dbo.T_SCHEDULE (SYAIN_NO, KENMEI, KAISHI, SHURYO) VALUES (7, N'会議', '2026-11-23T09:00:00', '2026-11-23T10:00:00')")
		throughTheView(t, admin, s, l)
		owners, mark, err := s.ChangedOwners(t.Context(), 0)
		must(t, err)
		admin.do(t, "UPDATE dbo.T_SCHEDULE SET KENMEI = N'変更'")
		changed, _, err := s.ChangedOwners(t.Context(), mark)
		must(t, err)
		if fmt.Sprint(owners) != "[7]" || fmt.Sprint(changed) != "[7]" {
			t.Errorf("changed owners %v, then %v", owners, changed)
		}
	})
}

// throughTheView takes up the CRM's row 1, inserts twins, updates and deletes.
func throughTheView(t *testing.T, admin, s *store, l Link) {
	t.Helper()
	rows, err := s.SchedulesBetween(t.Context(), []int64{7}, wall(t, "2026-11-23T09:59"), wall(t, "2026-11-24"))
	must(t, err)
	if len(rows) != 1 || rows[0].StartAt.String() != "2026-11-23T09:00:00" || !rows[0].Busy || rows[0].AllDay || !rows[0].UpdatedAt.IsZero() {
		t.Fatalf("%+v", rows)
	}
	if got, want := s.candidates(t, l), fmt.Sprintf("%d/0", rows[0].ID); got != want {
		t.Errorf("candidates %s, want %s", got, want)
	}
	long := appointment(t, strings.Repeat("長", 150), "2026-11-25T13:00", "2026-11-25T14:30")
	day := Schedule{OwnerID: 7, Subject: "休暇", StartAt: WallDate(2026, 11, 26), EndAt: WallDate(2026, 11, 27), AllDay: true, TimeZone: "Asia/Seoul", ColorID: 3}
	one, twin, off := born(long, "a"), born(long, "b"), born(day, "c")
	s.apply(t, l, one, twin, off)
	if one.Row.ID == twin.Row.ID || one.Pair.AgreedRow[FieldSubject] != strings.Repeat("長", 100) {
		t.Errorf("twins %d and %d, agreed %q", one.Row.ID, twin.Row.ID, one.Pair.AgreedRow[FieldSubject])
	}
	stored, err := s.Schedule(t.Context(), off.Row.ID)
	must(t, err)
	if !stored.AllDay || stored.TimeZone != "Asia/Seoul" || stored.ColorID != 3 || stored.EndAt != day.EndAt {
		t.Errorf("%+v", stored)
	}
	if got, want := s.candidates(t, l), fmt.Sprintf("%d/0", rows[0].ID); got != want {
		t.Errorf("after our own writes: %s, want %s", got, want)
	}
	stored.Subject, stored.Busy = "出張", true
	s.apply(t, l, &Change{Action: ActionUpdate, Row: stored, Base: stored.RowVersion, Fields: []string{FieldSubject, FieldBusy}, Pair: off.Pair})
	if got := admin.ask(t, "SELECT KENMEI FROM dbo.T_SCHEDULE WHERE SHUJITSU_FLG = '1'"); got != "出張" {
		t.Errorf("the CRM reads %q", got)
	}
	s.apply(t, l, &Change{Action: ActionDelete, Row: one.Row, Base: one.Pair.RowVersion, Pair: one.Pair, DropPair: true})
	if got := admin.ask(t, "SELECT COUNT(*) FROM dbo.T_SCHEDULE"); got != "3" {
		t.Errorf("%s rows in the CRM", got)
	}
}

func TestViewWithoutRowVersionIsCompared(t *testing.T) {
	onServer(t, func(t *testing.T, admin *store) {
		s := overCRM(t, admin, func(script string) string {
			return strings.Replace(script, "t.ROW_VER     AS row_version", "CAST(t.ROW_VER AS bigint) AS row_version", 1)
		})
		must(t, s.Migrate(t.Context()))
		if _, unversioned, err := s.ScheduleTable(t.Context()); err != nil || unversioned == "" {
			t.Errorf("%q, %v", unversioned, err)
		}
		l := s.linked(t)
		admin.do(t, "INSERT INTO dbo.T_SCHEDULE (SYAIN_NO, KENMEI, KAISHI, SHURYO) VALUES (7, N'会議', '2026-11-23T09:00:00', '2026-11-23T10:00:00')")
		throughTheView(t, admin, s, l)
		_, mark, err := s.ChangedOwners(t.Context(), 0)
		must(t, err)
		for _, step := range []struct{ text, want string }{
			{"SELECT 1", "[]"},
			{"UPDATE dbo.T_SCHEDULE SET KENMEI = N'変更' WHERE SHUJITSU_FLG = '1'", "[7]"},
			{"INSERT INTO dbo.T_SCHEDULE (SYAIN_NO, KENMEI, KAISHI, SHURYO) VALUES (8, N'新', '2026-11-23T09:00:00', '2026-11-23T10:00:00')", "[7 8]"},
		} {
			admin.do(t, step.text)
			owners, _, err := s.ChangedOwners(t.Context(), mark)
			must(t, err)
			if fmt.Sprint(owners) != step.want {
				t.Errorf("%s: changed owners %v, want %s", step.text, owners, step.want)
			}
		}
	})
}

func TestForeignTablesAreLeftAlone(t *testing.T) {
	test := func(t *testing.T, s *store, ours string) {
		s.do(t, "CREATE TABLE schedules (id int NOT NULL PRIMARY KEY, title nvarchar(50))")
		for _, err := range []error{s.Migrate(t.Context()), s.CheckSchema(t.Context())} {
			if err == nil || !strings.Contains(err.Error(), "schedules is not laid out") {
				t.Errorf("a CRM's own schedules: %v", err)
			}
		}
		if got := s.ask(t, ours); got != "0" {
			t.Errorf("%s objects were made all the same", got)
		}
	}
	t.Run(SQLite, func(t *testing.T) {
		s := openStore(t, "sqlite:"+filepath.Join(t.TempDir(), "crm.db"), "sqlite", false)
		test(t, s, "SELECT COUNT(*) FROM sqlite_master WHERE name LIKE 'agcrm%'")
	})
	t.Run(SQLServer, func(t *testing.T) {
		onServer(t, func(t *testing.T, s *store) {
			const ours = "SELECT COUNT(*) FROM sys.objects WHERE name LIKE N'agcrm[_]google%'"
			test(t, s, ours)
			script, err := MigrationScript(s.dsn)
			must(t, err)
			if _, err := s.outside.ExecContext(t.Context(), script); err == nil || !strings.Contains(err.Error(), "another program") {
				t.Errorf("the printed script: %v", err)
			}
			s.do(t, "IF @@TRANCOUNT > 0 ROLLBACK")
			if got := s.ask(t, ours); got != "0" {
				t.Errorf("%s objects were made all the same", got)
			}
		})
	})
}

// TestOwnSchemaIsNotMistakenForDbo: an installation in dbo, and a second one
// whose login has a schema of its own; its unqualified names must not fall back.
func TestOwnSchemaIsNotMistakenForDbo(t *testing.T) {
	onServer(t, func(t *testing.T, admin *store) {
		must(t, admin.Migrate(t.Context()))
		s := overCRM(t, admin, asItIs)
		have, _, err := s.SchemaVersion(t.Context())
		if err != nil || have != 0 {
			t.Errorf("version %d, %v: that is dbo's", have, err)
		}
		must(t, s.Migrate(t.Context()))
		s.linked(t)
		if n, err := admin.CountUsers(t.Context()); n != 0 || err != nil {
			t.Errorf("%d users in dbo, %v", n, err)
		}
	})
}

// TestScriptForALoginThatMayNotCreate: run by somebody else, it serves the
// service's login with the rights it needs and no more.
func TestScriptForALoginThatMayNotCreate(t *testing.T) {
	onServer(t, func(t *testing.T, admin *store) {
		s := overCRM(t, admin, func(script string) string {
			script = strings.Replace(script, "GRANT CREATE TABLE TO agcrm_google;\n", "", 1)
			script = strings.Replace(script, "CREATE SCHEMA agcrm_google AUTHORIZATION agcrm_google;\n", "CREATE SCHEMA agcrm_google;\n", 1)
			return script + "GRANT SELECT, INSERT, UPDATE, DELETE ON agcrm_google.schedule_extras TO agcrm_google;\n"
		})
		if err := s.Migrate(t.Context()); err == nil {
			t.Fatal("the login could create tables: the test tests nothing")
		}
		script, err := MigrationScript(s.dsn)
		must(t, err)
		admin.do(t, script)
		must(t, s.Migrate(t.Context()))
		l := s.linked(t)
		admin.do(t, "INSERT INTO dbo.T_SCHEDULE (SYAIN_NO, KENMEI, KAISHI, SHURYO) VALUES (7, N'会議', '2026-11-23T09:00:00', '2026-11-23T10:00:00')")
		throughTheView(t, admin, s, l)
		must(t, s.Retain(t.Context()))
		admin.do(t, "REVOKE UPDATE ON agcrm_google.agcrm_google_log FROM agcrm_google")
		if missing, err := s.MissingRights(t.Context()); err != nil || fmt.Sprint(missing) != "[UPDATE agcrm_google_log]" {
			t.Errorf("missing rights %v, %v", missing, err)
		}
		for _, text := range []string{"DROP TABLE agcrm_google_log", "DELETE FROM users", "DELETE FROM agcrm_google_migrations"} {
			if _, err := s.outside.ExecContext(t.Context(), text); err == nil {
				t.Errorf("the login may %s", text)
			}
		}
	})
}

// TestTwoMigrateAtOnce: both find the tables at the end, and neither fails.
func TestTwoMigrateAtOnce(t *testing.T) {
	onServer(t, func(t *testing.T, s *store) {
		other, err := Open(t.Context(), s.dsn, Options{})
		must(t, err)
		defer other.Close()
		done := make(chan error, 2)
		for _, db := range []*DB{s.DB, other} {
			go func() { done <- db.Migrate(t.Context()) }()
		}
		must(t, <-done)
		must(t, <-done)
	})
}

// TestCRMsTransactionIsWaitedFor: the service decides again on what it left.
func TestCRMsTransactionIsWaitedFor(t *testing.T) {
	onServer(t, func(t *testing.T, s *store) {
		must(t, s.Migrate(t.Context()))
		l := s.linked(t)
		first := born(appointment(t, "a", "2026-11-23T09:00", "2026-11-23T10:00"), "a")
		next := born(appointment(t, "b", "2026-11-23T09:00", "2026-11-23T10:00"), "b")
		s.apply(t, l, first, next)
		crm, err := s.outside.BeginTx(t.Context(), &sql.TxOptions{})
		must(t, err)
		defer crm.Rollback()
		_, err = crm.ExecContext(t.Context(), "UPDATE schedules SET location = N'CRM' WHERE id = @p1", first.Row.ID)
		must(t, err)
		done := make(chan error, 1)
		go func() {
			row := first.Row
			row.Subject = "by Google"
			stale, err := s.Apply(t.Context(), lease(l), []*Change{{Action: ActionUpdate, Row: row, Base: first.Pair.RowVersion, Fields: []string{FieldSubject}, Pair: first.Pair}}, nil)
			if err == nil && len(stale) != 1 {
				err = fmt.Errorf("%d stale changes", len(stale))
			}
			done <- err
		}()
		time.Sleep(300 * time.Millisecond) // the service waits at the first row
		_, err = crm.ExecContext(t.Context(), "UPDATE schedules SET location = N'CRM' WHERE id = @p1", next.Row.ID)
		must(t, err)
		must(t, crm.Commit())
		must(t, <-done)
		if got := s.ask(t, "SELECT COUNT(*) FROM schedules WHERE location = N'CRM' AND subject <> N'by Google'"); got != "2" {
			t.Errorf("the CRM's writes: %s of 2 stand unharmed", got)
		}
	})
}

// TestLeasesAreRenewedPastALockedLink: one run that waits for the CRM must not
// cost the other runs of its instance their leases.
func TestLeasesAreRenewedPastALockedLink(t *testing.T) {
	onServer(t, func(t *testing.T, s *store) {
		ctx := t.Context()
		must(t, s.Migrate(ctx))
		locked := s.linked(t)
		must(t, s.SaveGrant(ctx, Grant{UserID: 8, Sub: "other", Email: "x@example.com", Token: []byte("{}")}))
		_, err := s.ClaimLink(ctx, 8, "one")
		must(t, err)
		hold, err := s.outside.BeginTx(ctx, nil)
		must(t, err)
		defer hold.Rollback()
		_, err = hold.ExecContext(ctx, "SELECT epoch FROM agcrm_google_links WITH (UPDLOCK, ROWLOCK) WHERE user_id = @p1", locked.UserID)
		must(t, err)
		s.clock = s.clock.Add(LeaseTime / 2)
		limited, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		must(t, s.RenewLeases(limited, "one", []int64{7, 8}))
		must(t, hold.Rollback())
		want := fmt.Sprint(s.clock.Add(LeaseTime).UnixMilli())
		if got := s.ask(t, "SELECT lease_until_ms FROM agcrm_google_links WHERE user_id = 8"); got != want {
			t.Errorf("the other lease lasts until %s, want %s", got, want)
		}
		s.apply(t, locked)
		if got := s.ask(t, "SELECT lease_until_ms FROM agcrm_google_links WHERE user_id = 7"); got != want {
			t.Errorf("the writing run's lease lasts until %s, want %s", got, want)
		}
	})
}
