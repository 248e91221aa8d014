package models

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestChannels(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		s.staffed(t, 3)
		ctx := t.Context()
		channel := func(id string, user int64, token string) {
			must(t, s.AddChannel(ctx, Channel{ChannelID: id, UserID: user, CalendarID: "cal", TokenHash: TokenDigest(token), Address: "https://crm", CreatedMS: s.clock.UnixMilli()}))
		}
		channel("C1", 1, "secret")
		channel("C2", 2, "other")
		must(t, s.OpenedChannel(ctx, "C1", "resource", s.clock.Add(time.Hour)))
		claimed := s.claimDue(t, "one", 10)
		if c := claimed[0].Channels; len(c) != 1 || c[0].ResourceID != "resource" || !c[0].Expires().Equal(s.clock.Add(time.Hour)) || !c[0].Heard().IsZero() {
			t.Errorf("brought with the link: %+v", c)
		}
		must(t, s.ReturnLinks(ctx, "one", []int64{1, 2, 3}))
		s.do(t, "UPDATE agcrm_google_links SET next_run_ms = 9, failures = user_id - 1")
		for _, try := range [][2]string{{"C1", "wrong"}, {"C1", TokenDigest("secret")}, {"c1", "secret"}, {"C9", "secret"}, {"", ""}} {
			if err := s.HearChannel(ctx, try[0], try[1], true); !errors.Is(err, ErrNotFound) {
				t.Errorf("%q: %v", try, err)
			}
		}
		must(t, s.HearChannel(ctx, "C1", "secret", false))
		if due := s.ask(t, "SELECT COUNT(*) FROM agcrm_google_links WHERE next_run_ms = 0"); due != "0" {
			t.Errorf("%s links were woken by nothing", due)
		}
		must(t, s.HearChannel(ctx, "C1", "secret", true))
		must(t, s.HearChannel(ctx, "C2", "other", true)) // its link rests after a failure
		if due := s.ask(t, "SELECT MAX(user_id) FROM agcrm_google_links WHERE next_run_ms = 0"); due != "1" {
			t.Errorf("the last link woken is %s", due)
		}
		heard := func() string {
			list, err := s.Channels(ctx, []int64{1, 2, 3})
			must(t, err)
			text := ""
			for _, c := range list {
				text += fmt.Sprint(c.ChannelID, c.Heard().Equal(s.clock), " ")
			}
			return text
		}
		if got := heard(); got != "C1true C2true " {
			t.Errorf("heard %s", got)
		}
		must(t, s.DoubtChannel(ctx, "C1"))
		if got := heard(); got != "C1false C2true " {
			t.Errorf("doubted: %s", got)
		}
		must(t, s.OpenedChannel(ctx, "C1", "resource", s.clock.Add(4*time.Hour)))
		s.clock = s.clock.Add(2 * time.Hour)
		must(t, s.DropExpiredChannels(ctx)) // C2 was never opened
		if got := heard(); got != "C1false " {
			t.Errorf("after two hours: %s", got)
		}
		must(t, s.DropLink(ctx, 1))
		if got := heard(); got != "" {
			t.Errorf("after the end of the link: %s", got)
		}
	})
}
