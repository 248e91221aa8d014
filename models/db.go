// Package models is the store: the schedule table, the users, the links to
// Google and everything this service remembers about them, with all SQL.
//
// It runs on SQLite (the embedded default) and on Microsoft SQL Server. The
// tables schedules, schedule_participants and users may belong to a CRM, or be
// views over a CRM's own tables: they are only ever read and written row by row
// with plain statements, and never altered. All other tables begin with
// agcrm_google_ and are ours alone.
//
// Times in our own tables are UTC milliseconds since 1970, so that no time zone
// can creep in between a driver and a column; the wall-clock times of the
// schedule table are of type Wall and carry no zone at all. Secrets enter and
// leave the database only through the Sealer.
//
// The package knows nothing of Google and nothing of HTTP.
package models

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/glebarez/sqlite"
	_ "github.com/microsoft/go-mssqldb/integratedauth/krb5" // Windows accounts from Linux: authenticator=krb5
	"gorm.io/driver/sqlserver"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

// The two dialects of SQL that the store speaks.
const (
	SQLite    = "sqlite"
	SQLServer = "sqlserver"
)

// Options are what the store needs besides its address.
type Options struct {
	Zone *time.Location   // zone of schedule rows that name none; nil means UTC
	Log  *slog.Logger     // nil discards
	Now  func() time.Time // nil means time.Now
}

// DB is the open store. It is safe for concurrent use.
type DB struct {
	gorm       *gorm.DB
	dialect    string
	zone       *time.Location
	log        *slog.Logger
	now        func() time.Time
	sealer     Sealer
	found      atomic.Pointer[tableShape] // SQL Server: set by Migrate
	statements atomic.Int64
}

// Open connects to "sqlite:PATH" or a "sqlserver://" URL. It creates an absent
// SQLite file but no tables: see Migrate. Errors never name a password.
func Open(ctx context.Context, dsn string, o Options) (*DB, error) {
	dialector, dialect, err := dialectorOf(dsn)
	if err != nil {
		return nil, err
	}
	if dialect == SQLite {
		if err := createFile(sqlitePath(dsn)); err != nil {
			return nil, fmt.Errorf("open the sqlite database: %w", err)
		}
	}
	for try := 0; ; try++ {
		db, err := openOnce(ctx, dialector, dialect, o)
		if err == nil || dialect != SQLite || !isTransient(err) || try == 20 {
			return db, err
		}
		// Processes that open a new file at once meet in the switch to its log, which
		// waits for nobody.
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func openOnce(ctx context.Context, dialector gorm.Dialector, dialect string, o Options) (*DB, error) {
	db, err := newDB(dialector, dialect, o)
	if err != nil {
		return nil, err
	}
	pool, err := db.gorm.DB()
	if err != nil {
		return nil, fmt.Errorf("open the %s database: %w", dialect, err)
	}
	pool.SetMaxOpenConns(16)
	pool.SetConnMaxLifetime(5 * time.Minute) // an availability group that failed over is found again
	if err := pool.PingContext(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("reach the %s database: %w", dialect, err)
	}
	return db, nil
}

// newDB is the store over a driver, which is not asked anything yet.
func newDB(dialector gorm.Dialector, dialect string, o Options) (*DB, error) {
	db := &DB{dialect: dialect, zone: o.Zone, log: o.Log, now: o.Now}
	if db.zone == nil {
		db.zone = time.UTC
	}
	if db.log == nil {
		db.log = slog.New(slog.DiscardHandler)
	}
	if db.now == nil {
		db.now = time.Now
	}
	var err error
	db.gorm, err = gorm.Open(dialector, &gorm.Config{
		Logger:                 &statementLog{db: db},
		SkipDefaultTransaction: true,
		TranslateError:         true,
		DisableAutomaticPing:   true, // Open pings with the caller's patience
		NowFunc:                func() time.Time { return db.now().UTC() },
	})
	if err != nil {
		return nil, fmt.Errorf("open the %s database: %w", dialect, err)
	}
	if pool, ok := db.gorm.ConnPool.(*sql.DB); ok && dialect == SQLServer {
		db.gorm.ConnPool = patientPool{pool}
		db.gorm.Statement.ConnPool = db.gorm.ConnPool
	}
	return db, nil
}

// dialectorOf turns the setting AGCRM_DATABASE into a driver.
func dialectorOf(dsn string) (gorm.Dialector, string, error) {
	switch {
	case strings.HasPrefix(dsn, "sqlite:"):
		path := sqlitePath(dsn)
		if path == "" {
			return nil, "", fmt.Errorf("sqlite: names no file; write sqlite:PATH")
		}
		return sqlite.Open(sqliteURI(path)), SQLite, nil
	case strings.HasPrefix(dsn, "sqlserver://"):
		return sqlserver.Open(sqlserverURL(dsn)), SQLServer, nil
	}
	return nil, "", fmt.Errorf("the database must be sqlite:PATH or a sqlserver:// URL")
}

func sqlitePath(dsn string) string {
	return strings.TrimPrefix(strings.TrimPrefix(dsn, "sqlite:"), "file:")
}

// createFile makes an absent file that only this service's account can read, as
// SQLite then does with the files beside it. Whatever stands in the way is said by
// the operating system; SQLite would say that it is out of memory.
func createFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// sqliteURI asks for a writer that waits, a log that readers do not block, and
// transactions that take the write lock at their start: one that began as a
// reader could otherwise not be carried on once another writer was quicker.
func sqliteURI(path string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()}
	return u.String() + "?_pragma=busy_timeout(15000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)&_txlock=immediate"
}

// sqlserverURL names this program to the server, so that a DBA finds its
// sessions. A zone for reading times is dropped: updated_at is UTC, and the
// schedule's own times are clock readings without any.
func sqlserverURL(dsn string) string {
	u, err := url.Parse(dsn)
	if err != nil {
		return dsn // the driver's own error tells more
	}
	q := u.Query()
	if !q.Has("app name") {
		q.Set("app name", "agcrm-google")
	}
	for name := range q {
		if strings.EqualFold(name, "timezone") {
			q.Del(name)
		}
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// Close ends all connections.
func (db *DB) Close() error {
	pool, err := db.gorm.DB()
	if err != nil {
		return err
	}
	return pool.Close()
}

// Dialect is SQLite or SQLServer.
func (db *DB) Dialect() string { return db.dialect }

// Zone is the zone of schedule rows that name none.
func (db *DB) Zone() *time.Location { return db.zone }

// Now is the store's clock, UTC.
func (db *DB) Now() time.Time { return db.now().UTC() }

// Statements counts the SQL statements sent so far, for metrics and benchmarks.
func (db *DB) Statements() int64 { return db.statements.Load() }

// UseSealer sets what seals secrets; it must be called before one is read or written.
func (db *DB) UseSealer(s Sealer) { db.sealer = s }

// Ping tells whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	pool, err := db.gorm.DB()
	if err != nil {
		return err
	}
	return pool.PingContext(ctx)
}

func (db *DB) with(ctx context.Context) *gorm.DB { return db.gorm.WithContext(ctx) }

// millis is a time as our own tables keep it; the zero time is 0.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// fromMillis is the inverse of millis, in UTC.
func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// statementLog counts statements and logs slow or failing ones at debug level,
// without their parameters, which may be people's appointments.
type statementLog struct{ db *DB }

func (l *statementLog) LogMode(logger.LogLevel) logger.Interface { return l }

func (l *statementLog) Info(context.Context, string, ...any)  {}
func (l *statementLog) Warn(context.Context, string, ...any)  {}
func (l *statementLog) Error(context.Context, string, ...any) {}

func (l *statementLog) Trace(_ context.Context, begin time.Time, _ func() (string, int64), err error) {
	l.db.statements.Add(1)
	if took := time.Since(begin); took > time.Second {
		l.db.log.Debug("slow statement", "took", took, "err", err)
	}
}
