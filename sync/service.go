// Package calsync keeps the schedule table and the employees' Google calendars
// equal, in both directions, and is all that speaks to Google.
//
// It works by state, not by messages. Each pair of a schedule row and an event
// remembers what both sides last agreed on; a run compares each side with that,
// never side with side, and what is pending is a query over rows. So a run can
// end anywhere, by a crash too: the next one finds the same differences and
// repeats work, but never skips or doubles it.
//
// One run of one link reads from top to bottom in run.go: list the calendars
// (list.go), bring their changes into the table (pull.go, decide.go,
// reconcile.go), carry the table's changes to Google (push.go, settle.go,
// patch.go, delete.go). Fields are mapped in event.go and body.go and merged in
// merge.go, which only decide. Deletions pass the brake (gone.go, delete.go).
// What a new event will say is fixed in intend.go before it is sent. Series are in
// series.go, pushseries.go and instances.go, and in move.go where one changes the
// calendar; what a deleted appointment was stays in the history whole (whole.go).
// Participants' copies are in copies.go, meetings, which several employees' calendars
// share, in people.go, meeting.go and, where all have left, deserted.go, and what is
// somebody else's to change in guest.go. A preview is a run that stores nothing: it notes what it would do
// (plan.go) over a copy of what that would change (rehearsal.go). The scheduler, in
// scheduler.go, says when a link runs: when its interval has passed, which Google's
// daily budget may stretch (budget.go), when somebody changed the table
// (tablewatch.go), or when Google tells of a change (channels.go). What an idle run
// needs is claimed and recorded with that of others (brought.go), and requests
// keep Google's pace (pace.go).
//
// The package knows no pages: it returns models.Problem and models.Message,
// which the pages put into words.
package calsync

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"agcrm-google/models"
)

// Options are what the service is made of.
type Options struct {
	DB        *models.DB
	PublicURL string           // scheme, host and port as a browser sees them
	GoogleURL string           // one root that stands in for Google's hosts; empty: Google itself
	Zone      *time.Location   // zone of schedule rows that name none
	Log       *slog.Logger     // nil discards
	HTTP      *http.Client     // nil: a client with a timeout
	Now       func() time.Time // nil: time.Now
	Instance  string           // names this process to other instances; empty: random
	Unpaced   bool             // for tests: no waiting between writes
}

// Service synchronises all links of one database. It is safe for concurrent use.
type Service struct {
	db     *models.DB
	opt    Options
	log    *slog.Logger
	pace   *pacer
	wake   chan struct{} // somebody wants a run now
	leases leases

	readings readings // of first synchronisations, for the pages
	troubles channelTroubles
	budget   float64 // requests that Google allows in a day
	stretch  atomic.Pointer[stretch]

	mu     sync.Mutex
	totals Totals
}

// Totals count what this process has done since it started, for metrics.
type Totals struct {
	Runs, FailedRuns                         int64
	Pulled, Pushed, Deleted, Conflicts, Held int64
	GoogleCalls                              int64
}

// New makes the service; nothing happens before one of its methods is called.
func New(o Options) *Service {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: 60 * time.Second}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Instance == "" {
		o.Instance = rand.Text()
	}
	return &Service{db: o.DB, opt: o, log: o.Log, pace: newPacer(o.Unpaced), wake: make(chan struct{}, 1), budget: dailyBudget}
}

// Totals reports the counters.
func (s *Service) Totals() Totals {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.totals
}

// count adds a run to the counters.
func (s *Service) count(res Result, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.totals.Runs++
	if err != nil {
		s.totals.FailedRuns++
	}
	s.totals.Pulled += int64(res.Pulled)
	s.totals.Pushed += int64(res.Pushed)
	s.totals.Deleted += int64(res.Deleted)
	s.totals.Conflicts += int64(res.Conflicts)
	s.totals.Held += int64(res.Held)
	s.totals.GoogleCalls += int64(res.GoogleCalls)
}

// SyncNow makes an employee's link due at once and counts the profile as saved.
func (s *Service) SyncNow(ctx context.Context, userID int64) error {
	if err := s.db.WakeLink(ctx, userID, true); err != nil {
		return err
	}
	s.nudge()
	return nil
}

// nudge makes the scheduler look for due links without waiting for its tick.
func (s *Service) nudge() {
	select {
	case s.wake <- struct{}{}:
	default: // it has been told already
	}
}
