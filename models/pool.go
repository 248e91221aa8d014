package models

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// patientPool is what statements outside a transaction go through. It asks again
// where the connection broke under a read, so that a run survives the failover of
// an availability group; a write is not repeated then: it may have been done. A
// statement that lost a deadlock or met a snapshot conflict was rolled back as a
// whole, and is repeated whatever it does.
type patientPool struct{ *sql.DB }

// QueryContext implements gorm's interface.
func (p patientPool) QueryContext(ctx context.Context, query string, args ...any) (rows *sql.Rows, err error) {
	reads := strings.HasPrefix(query, "SELECT ") || strings.HasPrefix(query, "SET LOCK_TIMEOUT")
	err = patiently(ctx, func() error {
		rows, err = p.DB.QueryContext(ctx, query, args...)
		return err
	}, func(err error) bool { return isVictim(err) || reads && isBroken(err) })
	return rows, err
}

// ExecContext implements gorm's interface.
func (p patientPool) ExecContext(ctx context.Context, query string, args ...any) (done sql.Result, err error) {
	err = patiently(ctx, func() error {
		done, err = p.DB.ExecContext(ctx, query, args...)
		return err
	}, isVictim)
	return done, err
}

// reading runs what reads outside a transaction, again where it lost a deadlock
// with the CRM in the middle of its answer, which no statement alone shows.
func reading(ctx context.Context, read func() error) error {
	return patiently(ctx, read, isVictim)
}

// patiently repeats do, with growing pauses, while again is true of its error.
func patiently(ctx context.Context, do func() error, again func(error) bool) error {
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval = 20 * time.Millisecond
	victim := 0
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := do()
		if isVictim(err) {
			victim++
		}
		if err != nil && (!again(err) || victim == lockTries) {
			err = backoff.Permanent(err)
		}
		return struct{}{}, err
	}, backoff.WithBackOff(pause), backoff.WithMaxTries(lineTries))
	return err
}

// GetDBConn implements gorm's interface: the pool itself.
func (p patientPool) GetDBConn() (*sql.DB, error) { return p.DB, nil }
