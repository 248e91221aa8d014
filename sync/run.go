package calsync

import (
	"context"
	"errors"
	"fmt"
	"time"

	"agcrm-google/models"
)

// RunOptions vary one run.
type RunOptions struct {
	DryRun bool          // decide everything, write nothing
	Wait   time.Duration // how long to wait for a run in progress

	due time.Time // when the link was due before a dry run
}

// Result counts what one run did.
type Result struct {
	Pulled      int    `json:"pulled"`    // changes applied to schedule rows
	Pushed      int    `json:"pushed"`    // changes written to Google
	Deleted     int    `json:"deleted"`   // how many of those two were deletions
	Conflicts   int    `json:"conflicts"` // appointments that both sides had changed
	Held        int    `json:"held"`      // deletions waiting for approval
	Skipped     int    `json:"skipped"`   // items left aside with a reason in the log
	GoogleCalls int    `json:"google_calls"`
	Plan        []Step `json:"plan,omitempty"` // dry run only
}

// Step is one thing that a run would do.
type Step struct {
	Side    string         `json:"side"`   // which side would be written
	Action  string         `json:"action"` // create, update, delete, adopt, hold or skip
	Subject string         `json:"subject"`
	When    string         `json:"when"` // the appointment's time field
	Reason  models.Message `json:"-"`
}

// Actions of a Step besides those of the history.
const (
	stepHold = "hold"
	stepSkip = "skip"
	// stepAdopt pairs a row and an event that were there already.
	stepAdopt = "adopt"
)

// SyncUser runs one employee's link once. Errors are Problems where a person
// can do something: not linked, not enabled, link again, a run in progress.
func (s *Service) SyncUser(ctx context.Context, userID int64, opt RunOptions) (Result, error) {
	if opt.DryRun {
		before, err := s.db.Link(ctx, userID)
		if err != nil && !errors.Is(err, models.ErrNotFound) {
			return Result{}, err
		}
		opt.due = before.NextRun()
	}
	link, err := s.claim(ctx, userID, opt.Wait)
	if err != nil {
		return Result{}, err
	}
	res, err := s.runClaimed(ctx, link, opt)
	return res, asProblem(err)
}

// claim takes the lease, waiting for a run in progress at most so long.
func (s *Service) claim(ctx context.Context, userID int64, wait time.Duration) (models.Link, error) {
	until := time.Now().Add(wait)
	for {
		link, err := s.db.ClaimLink(ctx, userID, s.opt.Instance)
		switch {
		case errors.Is(err, models.ErrNotFound):
			return link, &models.Problem{Kind: models.ErrNotFound, Message: models.Say("sync.not_linked")}
		case !errors.Is(err, models.ErrConflict) || !time.Now().Before(until):
			return link, err
		}
		if sleep(ctx, 200*time.Millisecond); ctx.Err() != nil {
			return link, ctx.Err()
		}
	}
}

// runClaimed runs a claimed link and records the outcome, whatever it is.
func (s *Service) runClaimed(ctx context.Context, link models.Link, opt RunOptions) (Result, error) {
	s.holdLease(ctx, link.UserID)
	defer s.releaseLease(link.UserID)
	return s.finish(ctx, s.newRun(link, opt))
}

func (s *Service) newRun(link models.Link, opt RunOptions) *run {
	db := tables{DB: s.db}
	if opt.DryRun {
		db.over = newRehearsal()
	}
	return &run{
		s: s, db: db, link: link, dry: opt.DryRun, due: opt.due, now: s.opt.Now(),
		lease: models.Lease{UserID: link.UserID, Epoch: link.Epoch}, conv: converter{zone: s.opt.Zone},
	}
}

// finish carries a run out and records how it ended.
func (s *Service) finish(ctx context.Context, r *run) (Result, error) {
	err := r.do(ctx)
	if err != nil && ctx.Err() != nil && !errors.Is(err, errUnlinked) {
		err = ctx.Err() // told to stop: whatever a statement or request made of it, it is no failure
	}
	if err == nil {
		r.keepChannels(ctx)
	}
	if r.api != nil {
		r.res.GoogleCalls = int(r.api.calls.n.Load())
	}
	s.count(r.res, err)
	// The record is written even when the run was told to stop.
	if e := s.record(context.WithoutCancel(ctx), r, err); e != nil && err == nil {
		err = e
	}
	return r.res, err
}

// run is one run of one link.
type run struct {
	s        *Service
	db       tables
	api      *api
	link     models.Link
	lease    models.Lease
	settings models.Settings
	brought  *models.Claimed    // nil: the run reads for itself
	grant    models.StoredGrant // empty if the token is gone
	conv     converter
	dry      bool
	idle     bool      // neither side had anything new
	pushed   bool      // Google tells of changes by itself
	due      time.Time // of a dry run: when the link was due
	now      time.Time
	since    models.Wall          // appointments that ended before are out of the window
	changed  map[string]time.Time // by calendar, its newest change in this run's listings

	calendars  map[string]models.Calendar   // ticked and not lost
	held       map[int64]models.Held        // by pair; read when first needed
	replacing  []models.Schedule            // replacement rows without a pair
	rewrites   []int64                      // pairs of replacement rows to be written again in this run
	reset      []int64                      // pairs of series whose time or rule was changed in Google
	aside      map[string]string            // events left aside and their ETags; read when first needed
	twins      map[string][]models.Schedule // rows without a pair, by what look-alikes share
	takeOld    bool                         // a series is taken up whose own time is over
	listingAll bool                         // the calendar at hand was listed in full
	removed    map[string][]string          // by series, the occurrences that the listing at hand names as removed
	moves      []movedPair                  // of the batch at hand, pairs whose event is in another calendar now
	people     *models.Addresses            // whose which address is; read when first needed
	meetings   map[string]models.Meeting    // of the shared events at hand, by key
	copies     map[string][]models.Pair     // of the same, everybody's pairs by iCalUID
	leaving    []models.Pair                // of the owner who has declined the meeting
	relist     bool                         // the next run lists everything
	troubles   int                          // items in a row that met a passing error
	failed     error                        // a passing error that did not end the run
	named      map[string]bool              // what the plan of a dry run names already: side and row
	res        Result
}

// do is the whole run, top to bottom.
func (r *run) do(ctx context.Context) error {
	err := r.readGrant(ctx)
	switch {
	case err != nil && !errors.Is(err, models.ErrNotFound):
		return err
	case r.link.State == models.LinkUnlinking && r.dry:
		return notNow(models.Say("profile.unlinking"))
	case r.link.State == models.LinkUnlinking:
		return r.unlink(ctx)
	case !r.settings.Enabled:
		return notNow(models.Say("sync.disabled"))
	case r.link.State == models.LinkBroken:
		return notNow(r.link.Error())
	case err != nil:
		return &models.Problem{Kind: models.ErrConflict, Message: models.Say("link.grant_dead")}
	}
	r.since = models.WallClock(r.now.In(r.s.opt.Zone)).AddDays(-r.settings.WindowPast)
	if err := r.open(ctx); err != nil {
		return err
	}
	listings, err := r.listAll(ctx)
	if err != nil || r.nothingNew(listings) {
		return err
	}
	if err := r.pull(ctx, listings); err != nil {
		return err
	}
	if err := r.push(ctx); err != nil {
		return err
	}
	return r.failed
}

// errNotNow marks a run that did not begin.
var errNotNow = errors.New("the link does not run now")

func notNow(why models.Message) error {
	return fmt.Errorf("%w: %w", errNotNow, &models.Problem{Kind: models.ErrConflict, Message: why})
}

// open reads what the run needs and opens the API.
func (r *run) open(ctx context.Context) error {
	all, err := r.readCalendars(ctx)
	if err != nil {
		return err
	}
	r.calendars = map[string]models.Calendar{}
	for _, c := range all {
		if c.Selected && !c.Lost {
			r.calendars[c.CalendarID] = c
		}
	}
	r.api, err = r.s.apiFor(ctx, r.link.UserID, r.grant)
	return err
}

// apply writes changes and, with the last of them, cursors, and returns those
// that met another row version and must be decided again. A dry run notes them.
func (r *run) apply(ctx context.Context, changes []*models.Change, cursors []models.Cursor) (stale []*models.Change, err error) {
	if r.dry {
		for _, c := range changes {
			r.planTable(c)
		}
		return nil, nil
	}
	for len(changes) > 0 || len(cursors) > 0 {
		part := changes[:min(len(changes), r.db.BatchSize())]
		changes = changes[len(part):]
		last := cursors
		if len(changes) > 0 || len(stale) > 0 {
			last = nil
		}
		some, err := r.applyPart(ctx, part, last)
		if err != nil {
			return nil, err
		}
		stale = append(stale, some...)
		r.countTable(part, some)
		if len(changes) == 0 {
			break
		}
	}
	return stale, nil
}

func (r *run) countTable(changes, stale []*models.Change) {
	left := map[*models.Change]bool{}
	for _, c := range stale {
		left[c] = true
	}
	for _, c := range changes {
		if left[c] {
			continue
		}
		if c.Action != "" {
			r.res.Pulled++
		}
		if c.Action == models.ActionDelete {
			r.res.Deleted++
		}
		if c.Hold != nil {
			r.res.Held++
		}
		if c.Aside != nil {
			r.res.Skipped++
		}
		for _, h := range c.History {
			if h.Action == models.ActionConflict {
				r.res.Conflicts++
				break
			}
		}
	}
}

// logLine makes a line of the employee's log about an appointment.
func (r *run) logLine(level, subject, key string, pairs ...string) models.LogLine {
	return models.NewLogLine(r.link.UserID, level, subject, models.Say(key, pairs...))
}

// heldOf is the held deletion of a pair, if there is one.
func (r *run) heldOf(ctx context.Context, pairID int64) (models.Held, bool, error) {
	if r.held == nil {
		held, err := r.db.HeldOf(ctx, r.link.UserID)
		if err != nil {
			return models.Held{}, false, err
		}
		r.held = held
	}
	h, there := r.held[pairID]
	return h, there, nil
}

// inWindow tells whether an appointment with these row fields is still taken up.
func (r *run) inWindow(fields models.Fields) bool {
	var row models.Schedule
	if row.SetField(models.FieldTime, fields[models.FieldTime]) != nil {
		return true
	}
	zone, err := row.Zone(r.s.opt.Zone)
	if err != nil {
		return true
	}
	if series, ok := models.SeriesOf(row, r.s.opt.Zone); ok {
		return series.GoesOn(r.since.AddDays(-1))
	} else if row.Recurrence != "" {
		return true
	}
	end := row.EndAt
	if row.AllDay {
		end = row.EndAt.AddDays(1)
	}
	return !end.In(zone).Before(r.since.In(r.s.opt.Zone))
}

// errInternal is the message of errors that people can do nothing about.
const errInternal = "sync.internal"

// errText is an error as a sentence for people, for the link's row.
func errText(err error) models.Message {
	var p *models.Problem
	switch f := asFault(err); {
	case err == nil:
		return models.Message{}
	case f != nil:
		return f.msg
	case errors.As(err, &p):
		return p.Message
	}
	return models.Say(errInternal)
}
