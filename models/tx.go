package models

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	mssql "github.com/microsoft/go-mssqldb"
	"gorm.io/gorm"
)

// tx runs work in one transaction, and again from its start where the server
// chose it as the victim of a deadlock or met a snapshot conflict.
func (db *DB) tx(ctx context.Context, work func(tx *gorm.DB) error) error {
	attempt := func() (struct{}, error) {
		err := db.with(ctx).Transaction(work)
		if err != nil && !isTransient(err) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval = 20 * time.Millisecond
	_, err := backoff.Retry(ctx, attempt, backoff.WithBackOff(pause), backoff.WithMaxTries(6))
	return err
}

// writeTx is tx for transactions that write the schedule table: on SQL Server
// they lose every deadlock and wait at most five seconds for a lock, so that
// the CRM always wins.
func (db *DB) writeTx(ctx context.Context, work func(tx *gorm.DB) error) error {
	if db.dialect != SQLServer {
		return db.tx(ctx, work)
	}
	return db.tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec("SET DEADLOCK_PRIORITY LOW; SET LOCK_TIMEOUT 5000").Error; err != nil {
			return fmt.Errorf("yield to the CRM: %w", err)
		}
		return work(tx)
	})
}

// isTransient tells the errors after which the same transaction may succeed:
// deadlock victim, lock timeout and snapshot conflict (SQL Server documentation,
// errors 1205, 1222, 3960) and SQLite's busy database.
func isTransient(err error) bool {
	var e mssql.Error
	if errors.As(err, &e) {
		return e.Number == 1205 || e.Number == 1222 || e.Number == 3960
	}
	var coded interface{ Code() int }
	if errors.As(err, &coded) {
		primary := coded.Code() & 0xff
		return primary == 5 || primary == 6 // SQLITE_BUSY, SQLITE_LOCKED
	}
	return false
}

// marks gives "?,?,?" for n parameters.
func marks(n int) string {
	return strings.TrimSuffix(strings.Repeat("?,", n), ",")
}

// anySlice is a slice as statement parameters.
func anySlice[T any](values []T) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

// batch is how many rows of columns parameters go into one statement: SQL
// Server takes 2,100 parameters and 1,000 rows, SQLite 32,766 parameters.
func (db *DB) batch(columns int) int {
	if db.dialect == SQLServer {
		return min(200, 2000/columns)
	}
	return min(500, 32000/columns)
}
