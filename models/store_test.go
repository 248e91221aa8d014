package models

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// serverVariable names a SQL Server, as a sqlserver:// URL of somebody who may
// create databases, for the half of this suite that needs one.
const serverVariable = "AGCRM_TEST_SQLSERVER"

// store is a migrated database of either kind, and a way in from outside.
type store struct {
	*DB
	outside *sql.DB
	dsn     string
	clock   time.Time
}

// eachStore runs one test on every database that the store supports: SQLite
// always, SQL Server where one is named.
func eachStore(t *testing.T, test func(t *testing.T, s *store)) {
	t.Helper()
	t.Run(SQLite, func(t *testing.T) {
		test(t, openStore(t, "sqlite:"+filepath.Join(t.TempDir(), "crm.db"), "sqlite", true))
	})
	t.Run(SQLServer, func(t *testing.T) {
		test(t, openStore(t, serverDatabase(t), "sqlserver", true))
	})
}

// onServer runs one test on SQL Server only, on a database without tables.
func onServer(t *testing.T, test func(t *testing.T, s *store)) {
	t.Helper()
	test(t, openStore(t, serverDatabase(t), "sqlserver", false))
}

// serverDatabase makes a database of the test's own and gives its URL.
func serverDatabase(t *testing.T) string {
	t.Helper()
	server := os.Getenv(serverVariable)
	if server == "" {
		t.Skip(serverVariable + " names no SQL Server")
	}
	master, err := sql.Open("sqlserver", server)
	must(t, err)
	name := "agcrm_test_" + strings.ToLower(rand.Text()[:12])
	_, err = master.ExecContext(t.Context(), "CREATE DATABASE "+name)
	must(t, err)
	t.Cleanup(func() {
		ctx := context.WithoutCancel(t.Context())
		if _, err := master.ExecContext(ctx, "ALTER DATABASE "+name+" SET SINGLE_USER WITH ROLLBACK IMMEDIATE"); err != nil {
			t.Log("single user:", err)
		}
		if _, err := master.ExecContext(ctx, "DROP DATABASE "+name); err != nil {
			t.Error("the test's database stays: ", err)
		}
		master.Close()
	})
	u, err := url.Parse(server)
	must(t, err)
	q := u.Query()
	q.Set("database", name)
	u.RawQuery = q.Encode()
	return u.String()
}

func openStore(t *testing.T, dsn, driver string, migrate bool) *store {
	t.Helper()
	s := &store{dsn: dsn, clock: time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)}
	tokyo, err := time.LoadLocation("Asia/Tokyo")
	must(t, err)
	s.DB, err = Open(t.Context(), dsn, Options{Zone: tokyo, Now: func() time.Time { return s.clock }})
	must(t, err)
	t.Cleanup(func() { s.Close() })
	s.outside, err = sql.Open(driver, strings.TrimPrefix(dsn, "sqlite:"))
	must(t, err)
	s.outside.SetMaxOpenConns(1)
	t.Cleanup(func() { s.outside.Close() })
	sealer, err := CreateKey(filepath.Join(t.TempDir(), "key"))
	must(t, err)
	s.UseSealer(sealer)
	if migrate {
		must(t, s.Migrate(t.Context()))
	}
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// do runs a statement from outside, as a CRM or a DBA would; on SQL Server the
// second text where it is another.
func (s *store) do(t *testing.T, text string, server ...string) {
	t.Helper()
	if s.dialect == SQLServer && len(server) > 0 {
		text = server[0]
	}
	if _, err := s.outside.ExecContext(t.Context(), text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// ask reads one value from outside, as text.
func (s *store) ask(t *testing.T, query string) string {
	t.Helper()
	var value sql.NullString
	if err := s.outside.QueryRowContext(t.Context(), query).Scan(&value); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return value.String
}

// linked makes the user 7 with a saved link whose calendar "cal" is ticked, and
// takes its lease.
func (s *store) linked(t *testing.T) Link {
	t.Helper()
	ctx := t.Context()
	must(t, s.AddUser(ctx, User{ID: 7, Login: "tanaka", Name: "田中 花子", Role: RoleEmployee}, "correct horse"))
	must(t, s.SaveGrant(ctx, Grant{UserID: 7, Sub: "sub", Email: "tanaka@example.com", Scopes: "a b", Token: []byte(`{"a":1}`)}))
	_, err := s.ReplaceCalendars(ctx, 7, []Calendar{{CalendarID: "cal", Summary: "田中", IsPrimary: true}, {CalendarID: "Cal", Summary: "only the case differs"}})
	must(t, err)
	must(t, s.SaveProfile(ctx, 7, Profile{Calendars: []string{"cal"}, Target: "cal", Interval: 5, Direction: DirectionBoth}))
	l, err := s.ClaimLink(ctx, 7, "one")
	must(t, err)
	return l
}

func lease(l Link) Lease { return Lease{UserID: l.UserID, Epoch: l.Epoch} }

func wall(t *testing.T, text string) Wall {
	t.Helper()
	w, err := ParseWall(text)
	must(t, err)
	return w
}

// appointment is a row of user 7.
func appointment(t *testing.T, subject, start, end string) Schedule {
	t.Helper()
	return Schedule{OwnerID: 7, Subject: subject, StartAt: wall(t, start), EndAt: wall(t, end), Busy: true}
}

// born is the change that brings an event's row and pair into the store.
func born(row Schedule, event string) *Change {
	return &Change{Action: ActionCreate, Row: row, Base: NoBase,
		Pair: &Pair{UserID: row.OwnerID, Sub: "sub", CalendarID: "cal", EventID: event, State: PairLive, Origin: OriginGoogle}}
}

func (s *store) apply(t *testing.T, l Link, changes ...*Change) {
	t.Helper()
	stale, err := s.Apply(t.Context(), lease(l), changes, nil)
	must(t, err)
	if len(stale) > 0 {
		t.Fatalf("%d changes are stale", len(stale))
	}
}

// candidates gives what the table side asks for, as "row/pair" texts.
func (s *store) candidates(t *testing.T, l Link) string {
	t.Helper()
	list, err := s.Candidates(t.Context(), l, WallDate(2026, 10, 1))
	must(t, err)
	var parts []string
	for _, c := range list {
		parts = append(parts, fmt.Sprintf("%d/%d", c.ScheduleID, c.PairID))
	}
	return strings.Join(parts, " ")
}

func TestMigrateTwice(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		must(t, s.Migrate(t.Context()))
		have, want, err := s.SchemaVersion(t.Context())
		must(t, err)
		if have != want || want == 0 {
			t.Errorf("version %d of %d", have, want)
		}
	})
}

func TestPrintedMigrationCountsAsMigrated(t *testing.T) {
	test := func(t *testing.T, s *store) {
		have, _, err := s.SchemaVersion(t.Context())
		must(t, err)
		if have != 0 {
			t.Fatalf("version %d before the script", have)
		}
		script, err := MigrationScript(s.dsn)
		must(t, err)
		s.do(t, script)
		have, want, err := s.SchemaVersion(t.Context())
		must(t, err)
		if have != want {
			t.Errorf("version %d of %d after the script", have, want)
		}
		must(t, s.Migrate(t.Context()))
		s.linked(t)
		if s.dialect == SQLServer {
			s.do(t, script) // running it again does no harm
		}
	}
	t.Run(SQLite, func(t *testing.T) {
		test(t, openStore(t, "sqlite:"+filepath.Join(t.TempDir(), "crm.db"), "sqlite", false))
	})
	t.Run(SQLServer, func(t *testing.T) { onServer(t, test) })
}
