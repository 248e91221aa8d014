package models

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// versionTable is where goose notes the migrations that ran.
const versionTable = "agcrm_google_migrations"

// Migrate brings this service's own tables up to date, and creates the shared
// ones where the login's own schema has none. A table of such a name that is
// another program's is refused before anything is made. Two processes may call it
// at once.
func (db *DB) Migrate(ctx context.Context) error {
	if err := db.checkShared(ctx); err != nil {
		return err
	}
	if db.dialect == SQLServer {
		return db.migrateSQLServer(ctx)
	}
	var err error
	for range 10 { // another process that migrates at the same moment makes one of the two fail, at each version
		if err = db.migrate(ctx); err == nil || ctx.Err() != nil {
			return err
		}
		time.Sleep(200 * time.Millisecond)
	}
	return err
}

// migrateSQLServer also checks, at each start, that the names mean what this
// service takes them for, and looks at what stands behind the name schedules.
func (db *DB) migrateSQLServer(ctx context.Context) error {
	if err := db.lockedMigrate(ctx); err != nil {
		return err
	}
	if err := db.checkNames(ctx); err != nil {
		return err
	}
	shape, err := db.inspect(ctx)
	if err != nil {
		return err
	}
	db.found.Store(&shape)
	return nil
}

func (db *DB) migrate(ctx context.Context) error {
	provider, err := db.provider(ctx)
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

// SchemaVersion tells which migration the database has and which this program
// brings; have is 0 where there is none. It changes nothing.
func (db *DB) SchemaVersion(ctx context.Context) (have, want int64, err error) {
	files, err := migrationFiles(db.dialect)
	if err != nil {
		return 0, 0, err
	}
	there, err := db.isMigrated(ctx)
	if err != nil || !there {
		return 0, int64(len(files)), err
	}
	var version sql.NullInt64
	err = db.with(ctx).Raw("SELECT MAX(version_id) AS version FROM " + versionTable + " WHERE is_applied = 1").Row().Scan(&version)
	if err != nil {
		return 0, 0, fmt.Errorf("read the version of the tables: %w", err)
	}
	return version.Int64, int64(len(files)), nil
}

// isMigrated tells whether this schema has the table of versions.
func (db *DB) isMigrated(ctx context.Context) (bool, error) {
	question := "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = ?"
	if db.dialect == SQLServer {
		question = "SELECT COUNT(*) FROM sys.objects o WHERE o.object_id = " + own
	}
	var n int
	if err := db.with(ctx).Raw(question, versionTable).Scan(&n).Error; err != nil {
		return false, fmt.Errorf("look for the table of versions: %w", err)
	}
	return n > 0, nil
}

// provider is goose over this dialect's files. On SQL Server its table is named
// with its schema: an unqualified name would find that of an installation in dbo.
func (db *DB) provider(ctx context.Context) (*goose.Provider, error) {
	pool, err := db.gorm.DB()
	if err != nil {
		return nil, err
	}
	dialect, table := goose.DialectSQLite3, versionTable
	if db.dialect == SQLServer {
		schema, err := db.schema(ctx)
		if err != nil {
			return nil, err
		}
		dialect, table = goose.DialectMSSQL, bracket(schema)+"."+versionTable
	}
	folder, err := fs.Sub(migrations, "migrations/"+db.dialect)
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(dialect, pool, folder, goose.WithTableName(table), goose.WithDisableGlobalRegistry(true))
}

func migrationFiles(dialect string) ([]string, error) {
	files, err := fs.Glob(migrations, "migrations/"+dialect+"/*.sql")
	if err != nil || len(files) == 0 {
		return nil, errors.Join(err, errors.New("no migrations for "+dialect))
	}
	return files, nil
}
