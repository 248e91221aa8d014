package calsync

import (
	"context"
	"slices"
	"time"

	"agcrm-google/models"
)

// What a run needs is brought to it where its link was claimed together with
// others; a run that somebody asked for reads it for itself.

// readGrant sets grant and settings; ErrNotFound if the token is gone.
func (r *run) readGrant(ctx context.Context) (err error) {
	if b := r.brought; b != nil {
		r.grant, r.settings = b.Grant, b.Settings
		return b.Err
	}
	r.grant, r.settings, err = r.db.GrantAndSettings(ctx, r.link.UserID)
	return err
}

// readCalendars are the link's calendars, or at least those to be synchronised.
func (r *run) readCalendars(ctx context.Context) ([]models.Calendar, error) {
	if r.brought != nil {
		return r.brought.Calendars, nil
	}
	return r.db.Calendars(ctx, r.link.UserID)
}

// nothingNew tells that neither side has anything for this run: no calendar
// named an event, and the table gave no reason to look closer when the link was
// claimed. A change since then has woken the link for another run.
func (r *run) nothingNew(listings []*listing) bool {
	r.changed = lastChanges(listings)
	if r.brought == nil || r.brought.Pending || r.failed != nil {
		return false
	}
	busy := func(l *listing) bool { return l.failed || l.full || len(l.events) > 0 }
	r.idle = !slices.ContainsFunc(listings, busy) && len(r.cursors(listings, false)) == 0
	return r.idle
}

// lastChanges are, by calendar, when the newest of its changes was made.
func lastChanges(listings []*listing) map[string]time.Time {
	last := map[string]time.Time{}
	for _, l := range listings {
		for _, e := range l.events {
			if !l.full && e.Updated.After(last[l.calendarID]) {
				last[l.calendarID] = e.Updated
			}
		}
	}
	return last
}

// nextRun is when a run that ended well is followed by the next: after the
// interval that the employee chose, unless Google tells of changes by itself, or
// there are too many links for Google's daily budget.
func (r *run) nextRun() time.Time {
	interval := time.Duration(max(r.link.Interval, r.pollMinutes())) * time.Minute
	if r.pushed {
		interval = max(interval, safetyPoll)
	}
	return r.now.Add(interval)
}

// pollMinutes is the interval where the budget stretches it, otherwise 0.
func (r *run) pollMinutes() int {
	if len(r.changed) > 0 {
		return 0
	}
	minutes := r.s.stretched().interval(r.link, r.link.Changed(), r.now)
	if minutes == r.link.Interval {
		return 0
	}
	return minutes
}
