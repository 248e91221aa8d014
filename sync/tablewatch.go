package calsync

import (
	"context"
	"time"

	"agcrm-google/models"
)

const (
	// Watching for changes and for losses takes at most one part each in so many
	// of the time, a tenth together.
	changesCost = 60
	lossesCost  = 12
	// heldTooLong is how long a transaction of somebody else may hold the mark back
	// before an administrator is told: changes made since then wait for it.
	heldTooLong = 5 * time.Minute
	// heldBeat is how often it is asked whether one does.
	heldBeat = time.Minute
	// tidyBeat is how often ended notification channels are forgotten.
	tidyBeat = time.Hour
)

// tableWatch remembers how far the schedule table was read.
type tableWatch struct {
	mark int64 // 0 at the start: what changed while nobody watched is found too

	changes, losses, held, tidy, day pacedLook

	known map[int64]knownLoss // by employee

	heldSince time.Time
	heldTold  bool
}

// knownLoss is one that a link was woken for.
type knownLoss struct {
	models.Loss
	pause time.Duration
	again time.Time
}

// fresh names the employees whose loss is another than at the look before. A run
// that could not mend one is followed by others at growing distance only.
func (w *tableWatch) fresh(lost []models.Loss, now time.Time) (owners []int64) {
	before := w.known
	w.known = map[int64]knownLoss{}
	for _, l := range lost {
		k, there := before[l.UserID]
		switch {
		case !there || k.Loss != l:
			k = knownLoss{Loss: l, pause: time.Minute, again: now.Add(time.Minute)}
			owners = append(owners, l.UserID)
		case !now.Before(k.again):
			k.pause = min(2*k.pause, time.Hour)
			k.again = now.Add(k.pause)
			owners = append(owners, l.UserID)
		}
		w.known[l.UserID] = k
	}
	return owners
}

// pacedLook is a look at the table that is taken at intervals.
type pacedLook struct {
	next time.Time
	last time.Duration // that the look before took
}

// due tells whether it is time for a look.
func (p *pacedLook) due(now time.Time) bool { return !now.Before(p.next) }

// took plans the next look: every so often, and more seldom where looks take long,
// so that they take one part in cost of the time. A single slow one is none.
func (p *pacedLook) took(began time.Time, spent, every time.Duration, cost int) {
	p.next = began.Add(max(every, time.Duration(cost)*min(spent, p.last)))
	p.last = spent
}

// watchTable makes links due at once whose rows somebody changed or deleted,
// until ctx ends.
func (s *Service) watchTable(ctx context.Context) {
	w := &tableWatch{}
	beats := time.NewTicker(beat / 2)
	defer beats.Stop()
	for {
		if err := s.lookAtTable(ctx, w); err != nil && ctx.Err() == nil {
			s.log.Error("the schedule table could not be watched", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-beats.C:
		}
	}
}

// lookAtTable takes the looks that are due.
func (s *Service) lookAtTable(ctx context.Context, w *tableWatch) error {
	changes, losses := s.db.WatchPace()
	if began := time.Now(); w.changes.due(began) {
		owners, mark, err := s.db.ChangedOwners(ctx, w.mark)
		w.changes.took(began, time.Since(began), changes, changesCost)
		if err == nil {
			err = s.wakeOwners(ctx, owners)
		}
		if err != nil {
			return err
		}
		w.mark = mark
	}
	if began := time.Now(); w.losses.due(began) {
		lost, err := s.db.LostOwners(ctx)
		w.losses.took(began, time.Since(began), losses, lossesCost)
		if err == nil {
			err = s.wakeOwners(ctx, w.fresh(lost, began))
		}
		if err != nil {
			return err
		}
	}
	if began := time.Now(); w.held.due(began) {
		w.held.took(began, 0, heldBeat, 0)
		held, by, err := s.db.MarkHeldBack(ctx)
		if err != nil {
			return err
		}
		s.noteHeld(w, held, by, began)
		instances, err := s.db.CountInstances(ctx)
		if err != nil {
			return err
		}
		s.pace.share(instances)
	}
	if began := time.Now(); w.day.due(began) {
		w.day.took(began, 0, budgetBeat, 0)
		if err := s.projectDay(ctx); err != nil {
			return err
		}
	}
	if began := time.Now(); w.tidy.due(began) {
		w.tidy.took(began, 0, tidyBeat, 0)
		return s.db.DropExpiredChannels(ctx)
	}
	return nil
}

func (s *Service) wakeOwners(ctx context.Context, owners []int64) error {
	if len(owners) == 0 {
		return nil
	}
	if err := s.db.WakeOwners(ctx, owners); err != nil {
		return err
	}
	s.nudge()
	return nil
}

// noteHeld warns, once, where a long transaction has held the mark back for too
// long, and again only after it was free meanwhile.
func (s *Service) noteHeld(w *tableWatch, held bool, by string, now time.Time) {
	switch {
	case !held:
		w.heldSince, w.heldTold = time.Time{}, false
	case w.heldSince.IsZero():
		w.heldSince = now
	case now.Sub(w.heldSince) > heldTooLong && !w.heldTold:
		w.heldTold = true
		s.log.Warn("a long transaction delays the synchronisation of changed rows", "since", w.heldSince.UTC().Format(time.RFC3339), "session", by)
	}
}
