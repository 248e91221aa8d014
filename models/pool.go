package models

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// patientPool asks again where the connection broke under a read, so that a run
// survives the failover of an availability group. Writes outside a transaction
// are not repeated: they may have been done.
type patientPool struct{ *sql.DB }

// QueryContext implements gorm's interface.
func (p patientPool) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if !strings.HasPrefix(query, "SELECT ") && !strings.HasPrefix(query, "SET LOCK_TIMEOUT") {
		return p.DB.QueryContext(ctx, query, args...)
	}
	ask := func() (*sql.Rows, error) {
		rows, err := p.DB.QueryContext(ctx, query, args...)
		if err != nil && !isBroken(err) {
			err = backoff.Permanent(err)
		}
		return rows, err
	}
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval = 20 * time.Millisecond
	return backoff.Retry(ctx, ask, backoff.WithBackOff(pause), backoff.WithMaxTries(lineTries))
}

// GetDBConn implements gorm's interface: the pool itself.
func (p patientPool) GetDBConn() (*sql.DB, error) { return p.DB, nil }
