package calsync

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Google's limits: 10,000 requests in any minute for the project and 600 for one
// user (quota page, 2026). A burst and a minute at the rate stay below them
// together. Quick writes to one calendar meet a limit that is not published; a
// handful a second is known to pass.
const (
	projectPerSecond = 150.0
	projectBurst     = 600
	userPerSecond    = 9.0
	userBurst        = 50
	slowestUser      = 0.5
	writesPerSecond  = 8.0
	writeBurst       = 50
	slowestWrites    = 0.1
	// oneRefusal is how long refusals count as one: what was sent before the pace
	// was halved says nothing about the new pace.
	oneRefusal = time.Second
)

// lane is a pace that Google slows down by refusing.
type lane struct {
	*rate.Limiter
	most, least rate.Limit

	mu      sync.Mutex
	refused time.Time
}

func newLane(perSecond, slowest rate.Limit, burst int) *lane {
	return &lane{Limiter: rate.NewLimiter(perSecond, burst), most: perSecond, least: slowest}
}

// slower halves the pace.
func (l *lane) slower() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := time.Now(); now.Sub(l.refused) >= oneRefusal {
		l.refused = now
		l.SetLimit(max(l.least, l.Limit()/2))
		l.SetBurst(1)
	}
}

// faster lets the pace grow back, slowly.
func (l *lane) faster() {
	if l.Limit() < l.most {
		l.SetLimit(min(l.most, l.Limit()*1.05))
	}
}

// pacer keeps the requests of all runs of this process within Google's limits.
type pacer struct {
	off     bool
	project *rate.Limiter

	mu        sync.Mutex
	users     map[int64]*lane
	calendars map[string]*lane
}

func newPacer(off bool) *pacer {
	return &pacer{
		off: off, project: rate.NewLimiter(projectPerSecond, projectBurst),
		users: map[int64]*lane{}, calendars: map[string]*lane{},
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

func (p *pacer) limiters(userID int64, calendarID string) (user, calendar *lane) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if user = p.users[userID]; user == nil {
		user = newLane(userPerSecond, slowestUser, userBurst)
		p.users[userID] = user
	}
	if calendarID == "" {
		return user, nil
	}
	if calendar = p.calendars[calendarID]; calendar == nil {
		calendar = newLane(writesPerSecond, slowestWrites, writeBurst)
		p.calendars[calendarID] = calendar
	}
	return user, calendar
}

// refused slows down after a 403 or 429: writes to the calendar, or, where it met
// a read, the user.
func (p *pacer) refused(userID int64, calendarID string) { p.lane(userID, calendarID).slower() }

// accepted lets the same grow back.
func (p *pacer) accepted(userID int64, calendarID string) { p.lane(userID, calendarID).faster() }

func (p *pacer) lane(userID int64, calendarID string) *lane {
	user, calendar := p.limiters(userID, calendarID)
	if calendar == nil {
		return user
	}
	return calendar
}

// share divides the project's budget among so many instances that run links now.
// That of a user needs no sharing: only one instance runs a link at a time.
func (p *pacer) share(instances int) {
	p.project.SetLimit(projectPerSecond / rate.Limit(max(1, instances)))
	p.project.SetBurst(projectBurst / max(1, instances))
}

// quotaPause is how long a user rests after "Calendar usage limits exceeded",
// a limit against abuse that lasts for hours (API error guide).
const quotaPause = 3 * time.Hour
