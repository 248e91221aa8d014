package calsync

import (
	"context"
	"time"

	"agcrm-google/models"
)

const (
	// dailyBudget is what Google allows a project in a day, without extra charge
	// (quota page, 2026): no increase can be had.
	dailyBudget = 1_000_000
	// budgetShare is how much of it polls may take in a projected day; the rest is
	// for what there is to do.
	budgetShare = 0.8
	// longestPoll is how far an interval is stretched at most, in minutes.
	longestPoll = 60
	// budgetBeat is how often the day is projected.
	budgetBeat = 10 * time.Minute
)

// quietFor are the marks by which rarely changing links are told apart, rising.
// A link changes rarely as a whole: its calendars are polled together, because an
// event may move from one to another.
var quietFor = []time.Duration{time.Hour, 6 * time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}

// stretch says which links are polled less often than they ask for: those that
// have found nothing new for so long, every so many minutes. Zero minutes: none.
type stretch struct {
	quiet   time.Duration
	minutes int
}

// planStretch keeps the projected day within the budget: the longest quiet are
// stretched first, and no further than is needed, up to an hour. Only if that
// does not do, those that change more often follow.
func planStretch(groups []models.PollGroup, budget float64) stretch {
	const day = 24 * 60
	polls := func(mark, minutes int) (n float64) {
		for _, g := range groups {
			interval := g.Interval
			if g.Quiet >= mark {
				interval = max(interval, minutes)
			}
			n += float64(g.Calendars) * day / float64(interval)
		}
		return n
	}
	if polls(0, 0) <= budget {
		return stretch{}
	}
	for mark := len(quietFor); mark > 0; mark-- {
		if polls(mark, longestPoll) > budget {
			continue
		}
		minutes := 2
		for polls(mark, minutes) > budget {
			minutes++
		}
		return stretch{quiet: quietFor[mark-1], minutes: minutes}
	}
	minutes := 2
	for minutes < longestPoll && polls(0, minutes) > budget {
		minutes++
	}
	return stretch{minutes: minutes}
}

// interval is that of a link now, in minutes.
func (p stretch) interval(l models.Link, changed, now time.Time) int {
	if p.minutes == 0 || now.Sub(changed) < p.quiet {
		return l.Interval
	}
	return max(l.Interval, p.minutes)
}

// projectDay looks at what all links ask for, and plans anew.
func (s *Service) projectDay(ctx context.Context) error {
	groups, err := s.db.PollGroups(ctx, quietFor, int(safetyPoll/time.Minute))
	if err != nil {
		return err
	}
	plan := planStretch(groups, s.budget*budgetShare)
	if before := s.stretch.Swap(&plan); before == nil && plan.minutes > 0 || before != nil && before.minutes == 0 && plan.minutes > 0 {
		s.log.Warn("the links ask for more polls than Google's daily budget has; rarely changing calendars are polled less often",
			"quiet_for", plan.quiet, "minutes", plan.minutes)
	}
	return nil
}

// stretched is the plan in force.
func (s *Service) stretched() stretch {
	if p := s.stretch.Load(); p != nil {
		return *p
	}
	return stretch{}
}
