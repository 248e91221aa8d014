package calsync

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"agcrm-google/models"
)

// leases are the leases that this process knows to hold, which it renews. One that
// it does not know, because the answer to its claim or return was lost, ends by
// itself.
type leases struct {
	mu   sync.Mutex
	held map[int64]int // by user, how many parts of the process hold it
	stop context.CancelFunc
}

func (l *leases) users() []int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.held))
}

// holdLease renews the lease of a claimed link until releaseLease was called as
// often; one goroutine does so for all, which ends with the last.
func (s *Service) holdLease(ctx context.Context, userID int64) {
	l := &s.leases
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.held) == 0 {
		l.held = map[int64]int{}
		var renewing context.Context
		renewing, l.stop = context.WithCancel(context.WithoutCancel(ctx))
		go s.renewLeases(renewing)
	}
	l.held[userID]++
}

// releaseLease ends what one call of holdLease began.
func (s *Service) releaseLease(userID int64) {
	l := &s.leases
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[userID]--; l.held[userID] == 0 {
		delete(l.held, userID)
	}
	if len(l.held) == 0 {
		l.stop()
	}
}

func (s *Service) renewLeases(ctx context.Context) {
	tick := time.NewTicker(models.LeaseTime / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := s.db.RenewLeases(ctx, s.opt.Instance, s.leases.users()); err != nil && ctx.Err() == nil {
				s.log.Error("leases could not be renewed", "err", err)
			}
		}
	}
}
