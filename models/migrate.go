package models

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// versionTable is where goose notes the migrations that ran.
const versionTable = "agcrm_google_migrations"

// Migrate brings this service's own tables up to date, and creates the shared
// ones where the login's own schema has none. Two processes may call it at once.
func (db *DB) Migrate(ctx context.Context) error {
	if db.dialect == SQLServer {
		if err := db.checkShared(ctx); err != nil {
			return err
		}
		return db.lockedMigrate(ctx)
	}
	var err error
	for range 3 { // another process that migrates at the same moment makes one of the two fail
		if err = db.migrate(ctx); err == nil || ctx.Err() != nil {
			return err
		}
		time.Sleep(200 * time.Millisecond)
	}
	return err
}

func (db *DB) migrate(ctx context.Context) error {
	provider, err := db.provider()
	if err != nil {
		return err
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	return nil
}

// lockedMigrate holds a session lock on one connection while it migrates: goose
// has no lock of its own for SQL Server.
func (db *DB) lockedMigrate(ctx context.Context) error {
	pool, err := db.gorm.DB()
	if err != nil {
		return err
	}
	conn, err := pool.Conn(ctx)
	if err != nil {
		return fmt.Errorf("migrate the database: %w", err)
	}
	defer conn.Close()
	const lock = `DECLARE @r int; EXEC @r = sp_getapplock @Resource = N'agcrm_google_migrate',
@LockMode = 'Exclusive', @LockOwner = 'Session', @LockTimeout = 60000; SELECT @r`
	var got int
	if err := conn.QueryRowContext(ctx, lock).Scan(&got); err != nil {
		return fmt.Errorf("lock the migration: %w", err)
	}
	if got < 0 {
		return fmt.Errorf("another instance has been migrating the database for a minute (sp_getapplock answered %d)", got)
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), //nolint:errcheck // the lock ends with the session anyway
		"EXEC sp_releaseapplock @Resource = N'agcrm_google_migrate', @LockOwner = 'Session'")
	return db.migrate(ctx)
}

// checkShared refuses a table of one of the three shared names that lacks our
// columns: it is somebody else's.
func (db *DB) checkShared(ctx context.Context) error {
	wanted := map[string]string{"schedules": "row_version", "schedule_participants": "response", "users": "password_hash"}
	for table, column := range wanted {
		var there struct{ Tables, Columns int }
		err := db.with(ctx).Raw(`SELECT
(SELECT COUNT(*) FROM INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = SCHEMA_NAME() AND TABLE_NAME = ?) AS tables,
(SELECT COUNT(*) FROM INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = SCHEMA_NAME() AND TABLE_NAME = ? AND COLUMN_NAME IN ('id', 'schedule_id', ?)) AS columns`,
			table, table, column).Scan(&there).Error
		if err != nil {
			return fmt.Errorf("look for the table %s: %w", table, err)
		}
		if there.Tables > 0 && there.Columns < 2 {
			return fmt.Errorf("the login's default schema holds a table %s that is not laid out as this service needs it (it has no column %s): give the login a schema of its own, or lay views over the CRM's tables as install.md shows", table, column)
		}
	}
	return nil
}

// SchemaVersion tells which migration the database has and which this program
// brings; have is 0 where there is none. It changes nothing.
func (db *DB) SchemaVersion(ctx context.Context) (have, want int64, err error) {
	files, err := migrationFiles(db.dialect)
	if err != nil {
		return 0, 0, err
	}
	pool, err := db.gorm.DB()
	if err != nil {
		return 0, 0, err
	}
	var version sql.NullInt64
	err = pool.QueryRowContext(ctx, "SELECT MAX(version_id) FROM "+versionTable+" WHERE is_applied = 1").Scan(&version)
	if err != nil && ctx.Err() != nil {
		return 0, 0, ctx.Err()
	}
	return version.Int64, int64(len(files)), nil // no table of versions: nothing was migrated yet
}

func (db *DB) provider() (*goose.Provider, error) {
	pool, err := db.gorm.DB()
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectSQLite3
	if db.dialect == SQLServer {
		dialect = goose.DialectMSSQL
	}
	folder, err := fs.Sub(migrations, "migrations/"+db.dialect)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(dialect, pool, folder, goose.WithTableName(versionTable), goose.WithDisableGlobalRegistry(true))
}

func migrationFiles(dialect string) ([]string, error) {
	files, err := fs.Glob(migrations, "migrations/"+dialect+"/*.sql")
	if err != nil || len(files) == 0 {
		return nil, errors.Join(err, errors.New("no migrations for "+dialect))
	}
	return files, nil
}

var gooseLine = regexp.MustCompile(`(?m)^-- \+goose.*\n`)

// MigrationScript is the SQL that a database administrator can run by hand
// instead of Migrate, with the bookkeeping that makes it count as migrated.
// Versions that the database has already are passed over on SQL Server.
func MigrationScript(dsn string) (string, error) {
	_, dialect, err := dialectorOf(dsn)
	if err != nil {
		return "", err
	}
	files, err := migrationFiles(dialect)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(scriptHead[dialect])
	for i, file := range files {
		text, err := migrations.ReadFile(file)
		if err != nil {
			return "", err
		}
		body := strings.TrimSpace(gooseLine.ReplaceAllString(string(text), ""))
		fmt.Fprintf(&b, scriptVersion[dialect], i+1, body)
	}
	b.WriteString("COMMIT;\n")
	return b.String(), nil
}

var scriptHead = map[string]string{
	SQLite: `BEGIN IMMEDIATE;
CREATE TABLE ` + versionTable + ` (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')));
INSERT INTO ` + versionTable + ` (version_id, is_applied) VALUES (0, 1);

`,
	SQLServer: `SET XACT_ABORT ON;
BEGIN TRANSACTION;
IF OBJECT_ID(QUOTENAME(SCHEMA_NAME()) + N'.` + versionTable + `') IS NULL
EXEC(N'CREATE TABLE ` + versionTable + ` (id int NOT NULL IDENTITY(1,1) PRIMARY KEY, version_id bigint NOT NULL, is_applied bit NOT NULL, tstamp datetime NULL DEFAULT CURRENT_TIMESTAMP);
INSERT INTO ` + versionTable + ` (version_id, is_applied) VALUES (0, 1)');

`,
}

var scriptVersion = map[string]string{
	SQLite: "-- version %[1]d\n%[2]s\nINSERT INTO " + versionTable + " (version_id, is_applied) VALUES (%[1]d, 1);\n\n",
	SQLServer: "-- version %[1]d\nIF NOT EXISTS (SELECT 1 FROM " + versionTable + " WHERE version_id = %[1]d)\nBEGIN\n%[2]s\nINSERT INTO " +
		versionTable + " (version_id, is_applied) VALUES (%[1]d, 1);\nEND;\n\n",
}
