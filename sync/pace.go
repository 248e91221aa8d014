package calsync

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Google's limits: 10,000 requests a minute for the project and 600 for one
// user (quota page, 2026). Quick writes to one calendar meet a limit that is not
// published; a handful a second is known to pass.
const (
	projectPerSecond = 10000.0 / 60 * 0.9
	userPerSecond    = 600.0 / 60 * 0.9
	writesPerSecond  = 8.0
	slowestWrites    = 0.1
	burst            = 60
)

// pacer keeps the requests of all runs of this process within Google's limits.
type pacer struct {
	off     bool
	project *rate.Limiter

	mu        sync.Mutex
	users     map[int64]*rate.Limiter
	calendars map[string]*rate.Limiter
}

func newPacer(off bool) *pacer {
	return &pacer{
		off: off, project: rate.NewLimiter(projectPerSecond, 4*burst),
		users: map[int64]*rate.Limiter{}, calendars: map[string]*rate.Limiter{},
	}
}

// wait blocks until a request may be sent; calendarID is empty for reads.
func (p *pacer) wait(ctx context.Context, userID int64, calendarID string) error {
	if p.off {
		return ctx.Err()
	}
	user, calendar := p.limiters(userID, calendarID)
	if calendar != nil {
		if err := calendar.Wait(ctx); err != nil {
			return err
		}
	}
	if err := user.Wait(ctx); err != nil {
		return err
	}
	return p.project.Wait(ctx)
}

func (p *pacer) limiters(userID int64, calendarID string) (user, calendar *rate.Limiter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if user = p.users[userID]; user == nil {
		user = rate.NewLimiter(userPerSecond, 2*burst)
		p.users[userID] = user
	}
	if calendarID == "" {
		return user, nil
	}
	if calendar = p.calendars[calendarID]; calendar == nil {
		calendar = rate.NewLimiter(writesPerSecond, burst)
		p.calendars[calendarID] = calendar
	}
	return user, calendar
}

// refused halves the pace of writes to a calendar after a 403 or 429.
func (p *pacer) refused(userID int64, calendarID string) {
	if _, calendar := p.limiters(userID, calendarID); calendar != nil {
		calendar.SetLimit(max(slowestWrites, calendar.Limit()/2))
		calendar.SetBurst(1)
	}
}

// accepted lets the pace of writes grow back, slowly.
func (p *pacer) accepted(userID int64, calendarID string) {
	if _, calendar := p.limiters(userID, calendarID); calendar != nil && calendar.Limit() < writesPerSecond {
		calendar.SetLimit(min(writesPerSecond, calendar.Limit()*1.05))
	}
}

// quotaPause is how long a user rests after "Calendar usage limits exceeded",
// a limit against abuse that lasts for hours (API error guide).
const quotaPause = 3 * time.Hour
