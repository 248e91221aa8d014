package calsync

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"agcrm-google/models"
)

// leases renews the leases of this process while any run holds one.
type leases struct {
	mu   sync.Mutex
	runs int
	stop context.CancelFunc

	// lost are links whose run has ended without its lease being given back, for
	// instance because the database did not answer. Their leases must end by
	// themselves, even while others are renewed.
	lost map[int64]bool
}

// forget makes leases end by themselves.
func (l *leases) forget(userIDs ...int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost == nil {
		l.lost = map[int64]bool{}
	}
	for _, id := range userIDs {
		l.lost[id] = true
	}
}

// remember takes note that a link was claimed anew.
func (l *leases) remember(userID int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.lost, userID)
}

func (l *leases) forgotten() []int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.lost))
}

// holdLeases renews this instance's leases until releaseLeases was called as
// often; runs that overlap share one goroutine, which ends with the last.
func (s *Service) holdLeases(ctx context.Context) {
	l := &s.leases
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.runs++; l.runs == 1 {
		var renewing context.Context
		renewing, l.stop = context.WithCancel(context.WithoutCancel(ctx))
		go s.renewLeases(renewing)
	}
}

// releaseLeases ends what one call of holdLeases began.
func (s *Service) releaseLeases() {
	l := &s.leases
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.runs--; l.runs == 0 {
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
			if err := s.db.RenewLeases(ctx, s.opt.Instance, s.leases.forgotten()...); err != nil && ctx.Err() == nil {
				s.log.Error("leases could not be renewed", "err", err)
			}
		}
	}
}
