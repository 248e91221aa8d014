package googletest

import (
	"context"
	"sync/atomic"
	"time"
)

// latency is how long every answer takes. It has no part in the server's
// lock, so that slow answers do not queue behind each other.
type latency struct{ nanoseconds atomic.Int64 }

func (l *latency) set(d time.Duration) { l.nanoseconds.Store(int64(d)) }

// wait reports false if the client went away meanwhile.
func (l *latency) wait(ctx context.Context) bool {
	d := time.Duration(l.nanoseconds.Load())
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
