package calsync

import (
	"testing"
	"time"

	"agcrm-google/models"
)

func TestPlanStretch(t *testing.T) {
	const day, week = 24 * time.Hour, 7 * 24 * time.Hour
	group := func(interval, quiet, calendars int) models.PollGroup {
		return models.PollGroup{Interval: interval, Quiet: quiet, Calendars: calendars}
	}
	for name, c := range map[string]struct {
		groups []models.PollGroup
		want   stretch
	}{
		"nobody":                           {},
		"2,000 employees every 5 minutes":  {groups: []models.PollGroup{group(5, 4, 2000)}},
		"just within":                      {groups: []models.PollGroup{group(1, 4, 555)}},
		"just over":                        {groups: []models.PollGroup{group(1, 4, 556)}, want: stretch{week, 2}},
		"3 calendars each, every minute":   {groups: []models.PollGroup{group(1, 4, 6000)}, want: stretch{week, 11}},
		"the quiet ones pay first":         {groups: []models.PollGroup{group(1, 0, 300), group(1, 4, 1000)}, want: stretch{week, 4}},
		"the longest quiet do not suffice": {groups: []models.PollGroup{group(1, 3, 2000), group(1, 4, 100)}, want: stretch{day, 4}},
		"all changed in the last hour":     {groups: []models.PollGroup{group(1, 0, 2000)}, want: stretch{0, 4}},
		"more than can be had":             {groups: []models.PollGroup{group(1, 0, 50000)}, want: stretch{0, 60}},
		"long intervals help nobody":       {groups: []models.PollGroup{group(60, 4, 20000), group(1, 1, 300)}, want: stretch{time.Hour, 2}},
	} {
		if got := planStretch(c.groups, dailyBudget*budgetShare); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestStretchedInterval(t *testing.T) {
	now := time.Now()
	plan := stretch{quiet: time.Hour, minutes: 20}
	for name, c := range map[string]struct {
		plan     stretch
		interval int
		changed  time.Time
		want     int
	}{
		"no plan":                  {stretch{}, 5, time.Time{}, 5},
		"quiet":                    {plan, 5, now.Add(-2 * time.Hour), 20},
		"never changed":            {plan, 5, time.Time{}, 20},
		"changed lately":           {plan, 5, now.Add(-time.Minute), 5},
		"a longer one is kept":     {plan, 45, time.Time{}, 45},
		"everybody is stretched":   {stretch{minutes: 7}, 5, now, 7},
		"everybody, longer chosen": {stretch{minutes: 7}, 10, now, 10},
	} {
		if got := c.plan.interval(models.Link{Interval: c.interval}, c.changed, now); got != c.want {
			t.Errorf("%s: %d minutes, want %d", name, got, c.want)
		}
	}
}

// Point 22: rarely changing calendars are polled less often when the projected
// day asks for it, and only they; the profile says so. A change ends it.
func TestSpecStretchedByTheBudget(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := bubbleWorld(t)
		w.employee(8, "sato@example.com")
		w.exec("UPDATE agcrm_google_links SET saved = 1, changed_ms = ?", w.now().UnixMilli())
		w.exec("UPDATE agcrm_google_links SET changed_ms = ? WHERE user_id = ?", w.now().Add(-10*24*time.Hour).UnixMilli(), testUser)
		w.svc.budget = (288 + 100) / budgetShare // two links ask for 288 polls each
		w.serving()
		w.polled(2)
		w.advance(20 * time.Minute)
		w.polled(2)
		quiet := w.linkNow()
		busy, err := w.db.Link(t.Context(), 8)
		check(t, err)
		if pause := quiet.NextRun().Sub(quiet.LastSuccess()); pause != 15*time.Minute {
			t.Errorf("the quiet link is polled in %v", pause)
		}
		if pause := busy.NextRun().Sub(busy.LastSuccess()); pause != 5*time.Minute {
			t.Errorf("the busy link is polled in %v", pause)
		}
		if m, is := quiet.Stretched(); !is || m.Key != "profile.stretched" || m.Args["minutes"] != "15" || quiet.EffectiveInterval() != 15 {
			t.Errorf("the profile says %+v", m)
		}
		if m, is := busy.Stretched(); is || busy.EffectiveInterval() != 5 {
			t.Errorf("the busy link's profile says %+v", m)
		}
		w.account().Insert("primary", lunch("a"))
		w.advance(16 * time.Minute)
		w.eventually("the change", func() bool { return len(w.rows()) == 1 })
		w.eventually("the interval again", func() bool { l := w.linkNow(); return l.NextRun().Sub(l.LastSuccess()) == 5*time.Minute })
		if l := w.linkNow(); l.EffectiveInterval() != 5 {
			t.Errorf("still stretched to %d", l.EffectiveInterval())
		}
	})
}
