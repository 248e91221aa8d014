package calsync

import (
	"context"
	"crypto/rand"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"agcrm-google/models"
)

// serverVariable names a SQL Server, as a sqlserver:// URL of somebody who may
// create databases. TestOnSQLServer runs there what the engine does from end to end.
const serverVariable = "AGCRM_TEST_SQLSERVER"

// serverTest is the name of the test below which worlds stand on SQL Server.
const serverTest = "TestOnSQLServer"

// overCRM ends the name of the test whose world lies over a CRM's own table.
const overCRM = "/over_a_CRM"

// servers are the databases of that test's worlds. One that a world has left is
// taken by another: making the tables takes longer than most tests.
var servers struct {
	sync.Mutex
	master *sql.DB
	made   int
	free   []string
}

// place opens the world's database, and the way in for somebody else.
func (w *world) place() {
	w.t.Helper()
	open := func(dsn, driver, name string) {
		var err error
		w.db, err = models.Open(context.Background(), dsn, models.Options{Zone: w.jst, Now: w.tick})
		check(w.t, err)
		w.t.Cleanup(func() { w.db.Close() })
		check(w.t, w.db.Migrate(context.Background()))
		w.raw, err = sql.Open(driver, name)
		check(w.t, err)
		w.t.Cleanup(func() { w.raw.Close() })
	}
	if !strings.HasPrefix(w.t.Name(), serverTest+"/") {
		path := filepath.Join(w.t.TempDir(), "test.db")
		open("sqlite:"+path, "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
		return
	}
	dsn := serverDatabase(w.t)
	if strings.HasSuffix(w.t.Name(), overCRM) {
		dsn = layOverCRM(w.t, dsn)
	}
	open(dsn, "mssql", dsn) // under this name the driver takes question marks, as SQLite does
	w.onServer = true
	if !strings.HasSuffix(w.t.Name(), overCRM) {
		w.empty()
	}
}

// serverDatabase is a database that no other world has now.
func serverDatabase(t testing.TB) string {
	t.Helper()
	servers.Lock()
	defer servers.Unlock()
	var dsn string
	if last := len(servers.free) - 1; last >= 0 {
		dsn, servers.free = servers.free[last], servers.free[:last]
	} else {
		servers.made++
		name := fmt.Sprintf("%s_%d", serverPrefix, servers.made)
		_, err := servers.master.Exec("CREATE DATABASE " + name)
		check(t, err)
		u, err := url.Parse(os.Getenv(serverVariable))
		check(t, err)
		q := u.Query()
		q.Set("database", name)
		u.RawQuery = q.Encode()
		dsn = u.String()
	}
	if strings.HasSuffix(t.Name(), overCRM) {
		return dsn // nobody else's
	}
	t.Cleanup(func() { // after the connections were closed
		servers.Lock()
		defer servers.Unlock()
		servers.free = append(servers.free, dsn)
	})
	return dsn
}

// empty removes what an earlier world left in the server's database.
func (w *world) empty() {
	w.t.Helper()
	list, err := w.raw.Query("SELECT name FROM sys.tables WHERE name LIKE N'agcrm[_]google[_]%' OR name IN (N'users', N'schedules', N'schedule_participants')")
	check(w.t, err)
	var names []string
	for list.Next() {
		var name string
		check(w.t, list.Scan(&name))
		names = append(names, name)
	}
	check(w.t, list.Err())
	for _, name := range names {
		if name != "agcrm_google_migrations" {
			_, err := w.raw.Exec("TRUNCATE TABLE " + name) // keys begin at 1 again, as in a new file
			check(w.t, err)
		}
	}
}

// exec writes the table as somebody else and gives the key of an inserted row.
func (w *world) exec(statement string, args ...any) (id int64) {
	w.t.Helper()
	if w.onServer && strings.HasPrefix(statement, "INSERT INTO schedules ") {
		check(w.t, w.raw.QueryRow("SET NOCOUNT ON; "+statement+"; SELECT CAST(SCOPE_IDENTITY() AS bigint)", args...).Scan(&id))
		return id
	}
	r, err := w.raw.Exec(statement, args...)
	check(w.t, err)
	if !w.onServer {
		id, err = r.LastInsertId()
		check(w.t, err)
	}
	return id
}

// layOverCRM runs the worked example of install.md in a database, and gives the
// address of the service's own login.
func layOverCRM(t testing.TB, dsn string) string {
	t.Helper()
	script, err := os.ReadFile("../models/testdata/crm.sqlserver.sql")
	check(t, err)
	admin, err := sql.Open("sqlserver", dsn)
	check(t, err)
	defer admin.Close()
	login := "agcrm_" + strings.ToLower(rand.Text()[:12])
	_, err = admin.Exec("CREATE LOGIN " + login + " WITH PASSWORD = N'Agcrm-1-Agcrm-2'")
	check(t, err)
	t.Cleanup(func() {
		if _, err := servers.master.Exec("DROP LOGIN " + login); err != nil {
			t.Log(err)
		}
	})
	text := strings.ReplaceAll(string(script), "FOR LOGIN agcrm_google", "FOR LOGIN "+login)
	for batch := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\nGO\n") {
		_, err := admin.Exec(batch)
		check(t, err)
	}
	u, err := url.Parse(dsn)
	check(t, err)
	u.User = url.UserPassword(login, "Agcrm-1-Agcrm-2")
	return u.String()
}

// serverPrefix begins the names of the databases of this run.
var serverPrefix = "agcrm_engine_" + strings.ToLower(rand.Text()[:12])

// makeServerDatabases lets worlds stand on SQL Server until t ends, and drops
// their databases then.
func makeServerDatabases(t *testing.T) {
	t.Helper()
	server := os.Getenv(serverVariable)
	if server == "" {
		t.Skip(serverVariable + " names no SQL Server")
	}
	var err error
	servers.master, err = sql.Open("sqlserver", server)
	check(t, err)
	t.Cleanup(func() {
		for i := range servers.made {
			name := fmt.Sprintf("%s_%d", serverPrefix, i+1)
			for _, text := range []string{"ALTER DATABASE " + name + " SET SINGLE_USER WITH ROLLBACK IMMEDIATE", "DROP DATABASE " + name} {
				if _, err := servers.master.Exec(text); err != nil {
					t.Log(err)
				}
			}
		}
		servers.master.Close()
	})
}
