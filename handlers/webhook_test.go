package handlers_test

import (
	"net/http"
	"testing"
	"time"

	"agcrm-google/models"
)

// TestWebhook: Google's messages need no session, only the token of their
// channel; each wakes exactly its link.
func TestWebhook(t *testing.T) {
	s := newSite(t)
	ctx := t.Context()
	for _, id := range []int64{tanaka, suzuki} {
		if err := s.db.SaveGrant(ctx, models.Grant{UserID: id, Sub: string(rune('a' + id)), Token: []byte("{}")}); err != nil {
			t.Fatal(err)
		}
		l, err := s.db.ClaimLink(ctx, id, "test")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.db.ReturnLink(ctx, l, time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.db.AddChannel(ctx, models.Channel{ChannelID: "C1", UserID: tanaka, CalendarID: "cal", TokenHash: models.TokenDigest("secret"), Address: s.url}); err != nil {
		t.Fatal(err)
	}
	due := func(id int64) bool {
		l, err := s.db.Link(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		return l.NextRunMS == 0
	}
	for _, m := range []struct {
		channel, token, state string
		status                int
		woken                 bool
	}{
		{"C1", "wrong", "exists", http.StatusNotFound, false},
		{"C1", "", "exists", http.StatusNotFound, false},
		{"C2", "secret", "exists", http.StatusNotFound, false},
		{"", "", "", http.StatusNotFound, false},
		{"C1", "secret", "sync", http.StatusNoContent, false},
		{"C1", "secret", "exists", http.StatusNoContent, true},
	} {
		r := s.browser("ja").do(http.MethodPost, "/webhook", "", nil, "X-Goog-Channel-ID", m.channel, "X-Goog-Channel-Token", m.token, "X-Goog-Resource-State", m.state)
		if r.status != m.status || due(tanaka) != m.woken || due(suzuki) || r.header.Get("Set-Cookie") != "" || r.raw != "" {
			t.Errorf("%+v: %d %q, tanaka's link woken %v, suzuki's %v", m, r.status, r.raw, due(tanaka), due(suzuki))
		}
	}
}
