package calsync

import (
	"context"
	"errors"
	"sync"
	"time"

	"agcrm-google/models"
)

const (
	workers   = 8                      // links that run at a time
	beat      = 500 * time.Millisecond // how often due links are looked for
	watchBeat = time.Second            // how often the table is, at the most
	watchCost = 10                     // watching takes at most one part in so many of the time
)

// Run synchronises every link when it is due, and at once after a change of the
// table, until ctx ends; runs in progress are then stopped between two steps.
func (s *Service) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	slots := make(chan struct{}, workers)
	beats := time.NewTicker(beat)
	defer beats.Stop()
	watch := tableWatch{}
	for {
		if err := s.watchTable(ctx, &watch); err != nil && ctx.Err() == nil {
			s.log.Error("the schedule table could not be watched", "err", err)
		}
		if err := s.startDue(ctx, slots, &running); err != nil && ctx.Err() == nil {
			s.log.Error("due links could not be found", "err", err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-beats.C:
		case <-s.wake:
		}
	}
}

// startDue starts the due links for which there is a free worker.
func (s *Service) startDue(ctx context.Context, slots chan struct{}, running *sync.WaitGroup) error {
	settings, err := s.db.Settings(ctx)
	if err != nil {
		return err
	}
	free := cap(slots) - len(slots)
	if free == 0 {
		return nil
	}
	due, err := s.db.DueLinks(ctx, free)
	if err != nil {
		return err
	}
	for _, userID := range due {
		link, err := s.db.ClaimLink(ctx, userID, s.opt.Instance)
		if errors.Is(err, models.ErrConflict) || errors.Is(err, models.ErrNotFound) {
			continue // another instance was quicker
		} else if err != nil {
			return err
		}
		if !settings.Enabled && link.State != models.LinkUnlinking {
			if err := s.db.ReturnLink(ctx, link, s.opt.Now().Add(time.Minute)); err != nil {
				return err
			}
			continue
		}
		slots <- struct{}{}
		running.Add(1)
		go func() {
			defer running.Done()
			defer func() { <-slots }()
			defer s.holdLeases(ctx)()
			res, err := s.runClaimed(ctx, link, RunOptions{})
			s.log.Debug("run", "user", link.UserID, "pulled", res.Pulled, "pushed", res.Pushed, "calls", res.GoogleCalls, "reason", errText(err).Key) // the error itself may name addresses with a sync token
		}()
	}
	return nil
}

// tableWatch remembers how far the schedule table was read.
type tableWatch struct {
	mark int64 // 0 at the start: what changed while nobody watched is found too
	next time.Time

	asked     time.Time // when it was last asked whether a transaction holds the mark back
	heldSince time.Time
}

// heldTooLong is how long a transaction of somebody else may hold the mark back
// before an administrator is told: changes made since then wait for it.
const heldTooLong = 5 * time.Minute

// watchMark warns, once a minute, while a long transaction holds the mark back.
func (s *Service) watchMark(ctx context.Context, w *tableWatch) error {
	now := time.Now()
	if now.Sub(w.asked) < time.Minute {
		return nil
	}
	w.asked = now
	held, by, err := s.db.MarkHeldBack(ctx)
	switch {
	case err != nil:
		return err
	case !held:
		w.heldSince = time.Time{}
	case w.heldSince.IsZero():
		w.heldSince = now
	case now.Sub(w.heldSince) > heldTooLong:
		s.log.Warn("a long transaction delays the synchronisation of changed rows", "since", w.heldSince.UTC().Format(time.RFC3339), "session", by)
	}
	return nil
}

// watchTable makes the links due whose rows somebody changed. Where that takes
// long, it is done less often.
func (s *Service) watchTable(ctx context.Context, w *tableWatch) error {
	began := time.Now()
	if began.Before(w.next) {
		return nil
	}
	owners, mark, err := s.db.ChangedOwners(ctx, w.mark)
	took := time.Since(began)
	w.next = began.Add(max(watchBeat-beat/2, watchCost*took))
	if err != nil {
		return err
	}
	if err := s.db.WakeOwners(ctx, owners); err != nil {
		return err
	}
	w.mark = mark
	return s.watchMark(ctx, w)
}
