package calsync

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"agcrm-google/models"
)

// record stores how a run ended, gives the lease back and says when to come again.
func (s *Service) record(ctx context.Context, r *run, err error) error {
	switch {
	case errors.Is(err, errUnlinked):
		return nil // there is nothing left to record
	case errors.Is(err, models.ErrLeaseLost):
		s.log.Warn("another instance has taken over the lease of a run, which ended without writing", "user", r.link.UserID)
		return nil
	}
	out := models.Outcome{NextRun: r.nextRun(), Changed: len(r.changed) > 0}
	if r.dry { // a preview is no run
		return s.db.ReturnLink(ctx, r.link, r.due)
	}
	switch {
	case err == nil && r.idle:
		return nil // recorded together with others
	case err == nil:
	case errors.Is(err, context.Canceled): // told to stop: the next start goes on at once
		return s.db.ReturnLink(ctx, r.link, r.now)
	case errors.Is(err, errNotNow): // nothing was tried, so nothing is to be told
		return s.db.ReturnLink(ctx, r.link, out.NextRun)
	default:
		out.Err = errText(err)
		out.NextRun = r.now.Add(pauseAfter(err, r.link))
		out.Backlog = r.backlog(ctx)
	}
	if f := asFault(err); f != nil {
		switch f.kind {
		case apiLinkAgain:
			out.Fatal = true
		case apiQuota:
			out.PauseUntil = r.now.Add(quotaPause)
		case apiRate:
			out.PauseUntil = r.now.Add(jittered(max(f.retryAfter, time.Minute)))
		}
	}
	if err != nil {
		s.reportFailure(ctx, r, out, err)
	}
	return s.db.ReleaseLink(ctx, r.link, out)
}

// backlog counts what a run that failed has left to carry to Google, and notes
// since when.
func (r *run) backlog(ctx context.Context) int {
	if r.since.IsZero() {
		return r.link.Backlog // it did not get as far as to know the window
	}
	list, err := r.db.Candidates(ctx, r.link, r.since.AddDays(-2))
	var pairs []int64
	for _, c := range list {
		if c.PairID != 0 {
			pairs = append(pairs, c.PairID)
		}
	}
	if err = errors.Join(err, r.db.MarkSeen(ctx, pairs)); err != nil {
		r.s.log.Error("what is left to do could not be noted", "user", r.link.UserID, "err", err)
	}
	return len(list)
}

// reportFailure writes the reason once, not at every attempt.
func (s *Service) reportFailure(ctx context.Context, r *run, out models.Outcome, cause error) {
	level := "warn"
	if out.Fatal {
		level = "error"
	}
	if r.link.ErrorKey != out.Err.Key {
		if err := s.db.AddLog(ctx, models.NewLogLine(r.link.UserID, level, "", out.Err)); err != nil {
			s.log.Error("the employee's log could not be written", "user", r.link.UserID, "err", err)
		}
	}
	attrs := []any{"user", r.link.UserID, "reason", out.Err.Key, "again", out.NextRun.Format(time.RFC3339)}
	if out.Err.Key == errInternal { // nobody but the log can tell; Google's own errors name addresses
		attrs = append(attrs, "err", cause)
	}
	s.log.Warn("a run failed", attrs...)
}

// pauseAfter is the pause after a failed run: doubling from 15 seconds to half
// an hour, with jitter so that many links do not come back at once.
func pauseAfter(err error, l models.Link) time.Duration {
	if f := asFault(err); f != nil && f.retryAfter > 0 {
		return jittered(f.retryAfter)
	}
	pause := 15 * time.Second << min(l.Failures, 7)
	pause = min(pause, 30*time.Minute)
	return jittered(pause)
}

// jittered is a pause and up to a quarter more.
func jittered(pause time.Duration) time.Duration { return pause + rand.N(pause/4) }
