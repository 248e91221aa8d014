package models

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"
)

// staffed has n saved links of users 1 to n, each with one ticked calendar, due
// now, and the synchronisation switched on.
func (s *store) staffed(t *testing.T, n int) {
	t.Helper()
	ctx := t.Context()
	must(t, s.Migrate(ctx))
	settings, err := s.Settings(ctx)
	must(t, err)
	settings.Enabled = true
	must(t, s.SaveSettings(ctx, settings))
	for id := range int64(n) {
		id++
		must(t, s.SaveGrant(ctx, Grant{UserID: id, Sub: fmt.Sprint("sub", id), Token: []byte(`{}`)}))
		_, err := s.ReplaceCalendars(ctx, id, []Calendar{{CalendarID: fmt.Sprint("cal", id), IsPrimary: true}, {CalendarID: fmt.Sprint("other", id)}})
		must(t, err)
		must(t, s.WakeLink(ctx, id, true))
	}
}

func (s *store) claimDue(t *testing.T, instance string, limit int) []Claimed {
	t.Helper()
	claimed, err := s.ClaimDue(t.Context(), instance, limit)
	must(t, err)
	slices.SortFunc(claimed, func(a, b Claimed) int { return int(a.Link.UserID - b.Link.UserID) })
	return claimed
}

// claimedIDs are the users whose links were claimed.
func claimedIDs(list []Claimed) string {
	ids := []int64{}
	for _, c := range list {
		ids = append(ids, c.Link.UserID)
	}
	return fmt.Sprint(ids)
}

func TestClaimDueBringsWhatRunsNeed(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		s.staffed(t, 5)
		s.do(t, "INSERT INTO schedules (owner_id, subject, start_at, end_at) VALUES (2, 'new', '2026-11-23T09:00:00', '2026-11-23T10:00:00')")
		s.do(t, "UPDATE agcrm_google_links SET token = NULL WHERE user_id = 3")
		before := s.Statements()
		all := s.claimDue(t, "one", 4)
		if n := s.Statements() - before; n > 5 {
			t.Errorf("%d statements for four links", n)
		}
		rest := s.claimDue(t, "two", 4)
		instances, err := s.CountInstances(t.Context())
		must(t, err)
		if instances != 2 {
			t.Errorf("%d instances run links", instances)
		}
		if len(all) != 4 || len(rest) != 1 || s.claimDue(t, "three", 4) != nil {
			t.Fatalf("one claimed %s, two %s", claimedIDs(all), claimedIDs(rest))
		}
		for _, c := range append(all, rest...) {
			id := c.Link.UserID
			if c.Pending != (id == 2) || len(c.Calendars) != 1 || c.Calendars[0].CalendarID != fmt.Sprint("cal", id) || !c.Settings.Enabled || c.Link.Epoch != 1 {
				t.Errorf("user %d: %+v", id, c)
			}
			if good := c.Err == nil && string(c.Grant.Token) == "{}"; good == (id == 3) || c.Grant.Sub != fmt.Sprint("sub", id) {
				t.Errorf("user %d: grant %+v, %v", id, c.Grant, c.Err)
			}
		}
	})
}

func TestClaimDueTakesOnlyWhatIsDue(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		s.staffed(t, 7)
		must(t, s.AddUser(t.Context(), User{ID: 2, Login: "two", Role: RoleEmployee}, "long enough word"))
		must(t, s.SetDisabled(t.Context(), 2, true))
		must(t, s.SetPaused(t.Context(), 3, true))
		must(t, s.BreakLink(t.Context(), 4, Say("link.grant_dead")))
		must(t, s.StartUnlink(t.Context(), 5, "keep", "keep"))
		s.do(t, "UPDATE agcrm_google_links SET saved = 0 WHERE user_id = 6")
		s.do(t, fmt.Sprintf("UPDATE agcrm_google_links SET next_run_ms = %d WHERE user_id = 7", s.clock.Add(time.Minute).UnixMilli()))
		settings, err := s.Settings(t.Context())
		must(t, err)
		settings.Enabled = false
		must(t, s.SaveSettings(t.Context(), settings))
		if got := claimedIDs(s.claimDue(t, "one", 10)); got != "[5]" {
			t.Errorf("switched off: %s", got)
		}
		settings.Enabled = true
		must(t, s.SaveSettings(t.Context(), settings))
		if got := claimedIDs(s.claimDue(t, "one", 10)); got != "[1]" {
			t.Errorf("switched on: %s", got)
		}
		s.clock = s.clock.Add(2 * time.Minute)
		if got := claimedIDs(s.claimDue(t, "two", 10)); got != "[1 5 7]" {
			t.Errorf("once the leases have ended: %s", got)
		}
	})
}

func TestRecordIdle(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		s.staffed(t, 4)
		s.do(t, "UPDATE agcrm_google_links SET failures = 2, error_key = 'google.rate', backlog = 3, pause_until_ms = 5")
		claimed := s.claimDue(t, "one", 10)
		must(t, s.WakeLink(t.Context(), 2, false)) // somebody wants another run
		s.clock = s.clock.Add(time.Second)
		var ended []Idle
		for _, c := range claimed {
			ended = append(ended, Idle{Link: c.Link, NextRun: s.clock.Add(time.Duration(c.Link.UserID) * time.Minute)})
		}
		ended[2].Link.Epoch-- // another instance has it now
		must(t, s.RecordIdle(t.Context(), ended[:3]))
		must(t, s.ReturnLinks(t.Context(), "two", []int64{4}))
		if got := claimedIDs(s.claimDue(t, "two", 10)); got != "[2]" {
			t.Errorf("due at once: %s", got)
		}
		l, err := s.Link(t.Context(), 1)
		must(t, err)
		if l.Failures != 0 || l.ErrorKey != "" || l.Backlog != 0 || l.PauseUntilMS != 0 || !l.LastSuccess().Equal(s.clock) || !l.LastRun().Equal(s.clock) || !l.NextRun().Equal(s.clock.Add(time.Minute)) {
			t.Errorf("%+v", l)
		}
		must(t, s.ReturnLinks(t.Context(), "one", []int64{4}))
		if got := claimedIDs(s.claimDue(t, "two", 10)); got != "[4]" {
			t.Errorf("given back: %s", got)
		}
	})
}

// A lease that its instance does not know of ends, whatever else it renews.
func TestRenewLeasesOnlyKnown(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		s.staffed(t, 2)
		s.claimDue(t, "one", 10)
		for range 2 {
			s.clock = s.clock.Add(LeaseTime - time.Second)
			must(t, s.RenewLeases(t.Context(), "one", []int64{1, 3}))
		}
		if got := claimedIDs(s.claimDue(t, "two", 10)); got != "[2]" {
			t.Errorf("free: %s", got)
		}
	})
}

// Instances that claim at the same time share the links out, each to one.
func TestClaimDueAtOnce(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		const links, instances = 30, 6
		s.staffed(t, links)
		got := make(chan []Claimed, instances)
		for i := range instances {
			go func() {
				var mine []Claimed
				for range 3 {
					some, err := s.ClaimDue(context.WithoutCancel(t.Context()), fmt.Sprint(i), 5)
					if err != nil {
						t.Error(err)
					}
					mine = append(mine, some...)
				}
				got <- mine
			}()
		}
		owner := map[int64]int{}
		for range instances {
			for _, c := range <-got {
				owner[c.Link.UserID]++
			}
		}
		for id, n := range owner {
			if n != 1 {
				t.Errorf("link %d was given to %d", id, n)
			}
		}
		if len(owner) != links {
			t.Errorf("%d of %d links were claimed", len(owner), links)
		}
	})
}
