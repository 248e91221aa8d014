package calsync

import (
	"context"
	"sync"
	"time"

	"agcrm-google/models"
)

const (
	workers = 16                     // runs at a time
	beat    = 500 * time.Millisecond // how often due links are looked for, at the least
)

// Run synchronises every link when it is due, and at once after a change of the
// table, until ctx ends; runs in progress are then stopped between two steps.
//
// Several instances may do so on one database. Each claims due links many at a
// time, and with them what their runs need, so that the links of a company in
// which nothing happens cost a handful of statements a beat, however many they
// are: the rest of such a run is one request to Google for each calendar.
func (s *Service) Run(ctx context.Context) error {
	var parts sync.WaitGroup
	q := &runQueue{s: s, jobs: make(chan models.Claimed, models.ClaimMost)}
	parts.Go(func() { s.watchTable(ctx) })
	for range workers {
		parts.Go(func() { q.work(ctx) })
	}
	beats := time.NewTicker(beat)
	defer beats.Stop()
	for {
		if err := q.record(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("idle runs could not be recorded", "err", err)
		}
		if err := q.claim(ctx); err != nil && ctx.Err() == nil {
			s.log.Error("due links could not be claimed", "err", err)
		}
		select {
		case <-ctx.Done():
			parts.Wait()
			q.close(context.WithoutCancel(ctx))
			return ctx.Err()
		case <-beats.C:
		case <-s.wake:
		}
	}
}

// runQueue is what one scheduler has claimed and not yet recorded.
type runQueue struct {
	s    *Service
	jobs chan models.Claimed

	mu      sync.Mutex
	running int
	idle    []models.Idle
}

// claim takes due links for the workers that are free, and some in advance: runs
// that find nothing are short.
func (q *runQueue) claim(ctx context.Context) error {
	q.mu.Lock()
	free := workers - q.running
	q.mu.Unlock()
	limit := models.ClaimMost*free/workers - len(q.jobs)
	if limit <= 0 {
		return nil
	}
	claimed, err := q.s.db.ClaimDue(ctx, q.s.opt.Instance, limit)
	if err != nil {
		q.giveBack(ctx, claimed)
		return err
	}
	for _, c := range claimed {
		q.s.holdLease(ctx, c.Link.UserID)
		q.jobs <- c // there is room for as many as are ever claimed
	}
	return nil
}

// work runs claimed links until ctx ends.
func (q *runQueue) work(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-q.jobs:
			if ctx.Err() != nil {
				q.jobs <- c
				return
			}
			q.count(+1)
			q.run(ctx, c)
			if q.count(-1) == 0 {
				q.s.nudge() // nobody is left to be recorded together with
			}
		}
	}
}

func (q *runQueue) run(ctx context.Context, c models.Claimed) {
	r := q.s.newRun(c.Link, RunOptions{})
	r.brought = &c
	res, err := q.s.finish(ctx, r)
	if r.idle && err == nil {
		q.mu.Lock()
		q.idle = append(q.idle, models.Idle{Link: c.Link, NextRun: r.nextRun(), PollMinutes: r.pollMinutes()})
		q.mu.Unlock()
		return
	}
	q.s.releaseLease(c.Link.UserID)
	q.s.log.Debug("run", "user", c.Link.UserID, "pulled", res.Pulled, "pushed", res.Pushed, "calls", res.GoogleCalls, "reason", errText(err).Key) // the error itself may name addresses with a sync token
}

func (q *runQueue) count(step int) (running int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running += step
	return q.running
}

// record writes down the idle runs that have ended meanwhile. What could not be
// written is written the next time; until then the links count as running.
func (q *runQueue) record(ctx context.Context) error {
	q.mu.Lock()
	ended := q.idle
	q.idle = nil
	q.mu.Unlock()
	if len(ended) == 0 {
		return nil
	}
	err := q.s.db.RecordIdle(ctx, ended)
	if err != nil {
		q.mu.Lock()
		q.idle = append(ended, q.idle...)
		q.mu.Unlock()
		return err
	}
	for _, e := range ended {
		q.s.releaseLease(e.Link.UserID)
	}
	return nil
}

// close records what is left and gives back what was claimed and not begun.
func (q *runQueue) close(ctx context.Context) {
	if err := q.record(ctx); err != nil {
		q.s.log.Error("idle runs could not be recorded", "err", err)
	}
	for _, e := range q.idle {
		q.s.releaseLease(e.Link.UserID)
	}
	var left []models.Claimed
	for len(q.jobs) > 0 {
		c := <-q.jobs
		q.s.releaseLease(c.Link.UserID)
		left = append(left, c)
	}
	q.giveBack(ctx, left)
}

// giveBack ends leases without a run. One that cannot be given back is not
// renewed, and so ends by itself.
func (q *runQueue) giveBack(ctx context.Context, claimed []models.Claimed) {
	var ids []int64
	for _, c := range claimed {
		ids = append(ids, c.Link.UserID)
	}
	if err := q.s.db.ReturnLinks(context.WithoutCancel(ctx), q.s.opt.Instance, ids); err != nil {
		q.s.log.Error("leases could not be given back", "err", err)
	}
}
