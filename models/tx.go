package models

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
	mssql "github.com/microsoft/go-mssqldb"
	"gorm.io/gorm"
)

// How often a transaction is tried again: lock is for deadlocks and the like,
// where each try may have waited for seconds, line for broken connections, about
// four seconds in all, in which an availability group can fail over.
const (
	lockTries = 6
	lineTries = 12
)

// tx runs work in one transaction, and again from its start where the server
// chose it as the victim of a deadlock or met a snapshot conflict, or where the
// connection broke before the commit was asked for. work must therefore not rely
// on what an earlier try of it left in memory.
func (db *DB) tx(ctx context.Context, work func(tx *gorm.DB) error) error {
	locked := 0
	attempt := func() (struct{}, error) {
		asked := false
		err := db.with(ctx).Transaction(func(tx *gorm.DB) error {
			err := work(tx)
			asked = err == nil
			return err
		})
		switch {
		case err == nil:
		case isTransient(err):
			if locked++; locked == lockTries {
				err = backoff.Permanent(err)
			}
		case asked || !isBroken(err): // a commit that broke may have been done
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval = 20 * time.Millisecond
	_, err := backoff.Retry(ctx, attempt, backoff.WithBackOff(pause), backoff.WithMaxTries(lineTries))
	return err
}

// writeTx is tx for transactions that write the schedule table: on SQL Server
// they lose every deadlock and wait at most five seconds for a lock, so that
// the CRM always wins. A statement without parameters goes as a plain batch, so
// both settings hold beyond it, for the connection's session; the driver has the
// server reset the session before the next use from the pool.
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

// locking is a table as a transaction names it that reads a row in order to
// write it: others then wait for it to end. On SQLite a transaction holds the
// write lock from its start. Counts of affected rows, which could tell the same
// afterwards, are looked at nowhere: a server can be set not to send them
// (NOCOUNT), and views and triggers falsify them.
func (db *DB) locking(table string) string {
	if db.dialect == SQLServer {
		return table + " WITH (UPDLOCK, ROWLOCK)"
	}
	return table
}

// numbered tells whether one of the errors in SQL Server's answer has a number
// that is asked for. There may be several: what went wrong in a trigger comes
// before the error that the trigger's batch was aborted (3609, 3616).
func numbered(err error, asked func(e mssql.Error) bool) bool {
	var e mssql.Error
	return errors.As(err, &e) && (asked(e) || slices.ContainsFunc(e.All, asked))
}

// isTransient tells the errors after which the same transaction may succeed: the
// server's own (see transient), and SQLite's busy database.
func isTransient(err error) bool {
	if errors.Is(err, errLearned) || numbered(err, func(e mssql.Error) bool { return transient[e.Number] }) {
		return true
	}
	var coded interface{ Code() int }
	if errors.As(err, &coded) {
		primary := coded.Code() & 0xff
		return primary == 5 || primary == 6 // SQLITE_BUSY, SQLITE_LOCKED
	}
	return false
}

// transient are SQL Server's errors that another try may not meet (documentation
// of its errors): deadlock victim, out of locks, lock timeout, snapshot conflicts
// with rows (3960) and with a changed table (3961), and the same in memory-optimised
// tables. victims are those of them that always roll back the transaction.
var (
	transient = map[int32]bool{1204: true, 1205: true, 1222: true, 3960: true, 3961: true, 41302: true, 41305: true, 41325: true}
	victims   = map[int32]bool{1205: true, 3960: true}
)

// isVictim tells that SQL Server rolled the statement's transaction back for
// somebody else's: it was chosen in a deadlock, or met a snapshot conflict.
func isVictim(err error) bool {
	return numbered(err, func(e mssql.Error) bool { return victims[e.Number] })
}

// failovers are SQL Server's errors while a database moves to another node,
// recovers there (921, 922, 952, 18401) or is being throttled (documentation of
// SqlConfigurableRetryFactory, availability groups and Azure SQL).
var failovers = map[int32]bool{64: true, 233: true, 921: true, 922: true, 952: true, 976: true, 983: true, 988: true,
	4060: true, 4221: true, 6005: true, 18401: true, 10053: true, 10054: true, 10060: true, 10928: true, 10929: true, 35250: true,
	40197: true, 40501: true, 40613: true, 49918: true, 49919: true, 49920: true}

// isBroken tells that the connection broke, or that the server is going to.
func isBroken(err error) bool {
	if numbered(err, func(e mssql.Error) bool { return failovers[e.Number] || e.Class >= 20 }) {
		return true
	}
	var network net.Error
	var stream mssql.StreamError
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.As(err, &network) || errors.As(err, &stream)
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
// Server takes 2,100 parameters and 1,000 rows, SQLite 32,766 parameters. There is
// room for some parameters besides.
func (db *DB) batch(columns int) int {
	if db.dialect == SQLServer {
		return min(200, 2000/columns)
	}
	return min(500, 32000/columns)
}
