package main

import (
	"context"
	"log/slog"
	"net"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"agcrm-google/config"
	"agcrm-google/handlers"
	"agcrm-google/models"
)

// opening is when the demo of the tests begins: a Wednesday, so that pictures of
// it do not change from day to day.
var opening = time.Date(2026, 11, 18, 10, 20, 0, 0, time.FixedZone("JST", 9*3600))

// newStage makes the demo's company with a clock that begins at the opening,
// and its pages. Nothing synchronises by itself.
func newStage(t *testing.T) (c *company, g *google, url string) {
	t.Helper()
	began := time.Now()
	now := func() time.Time { return opening.Add(time.Since(began)) }
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url = "http://" + listener.Addr().String()
	const public = "http://crm.example.co.jp" // which pages show, whatever the port
	if g, err = startGoogle(public, now); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.stop)
	settings := &config.Config{PublicURL: public, GoogleURL: g.root, DataDir: t.TempDir()}
	if err := settings.Complete(); err != nil {
		t.Fatal(err)
	}
	if c, err = found(t.Context(), settings, slog.New(slog.DiscardHandler), g, now); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.db.Close() })
	site, err := handlers.New(handlers.Options{DB: c.db, Sync: c.service, Config: settings, Log: slog.New(slog.DiscardHandler), Version: "demo"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(site)
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	return c, g, url
}

// The company has everything that the tour promises: one conflict, one held
// deletion, guests to be told, a broken link, a shared meeting, a series with a
// changed and a removed occurrence.
func TestStory(t *testing.T) {
	c, g, _ := newStage(t)
	ctx := context.WithoutCancel(t.Context())
	held, err := c.db.HeldDeletions(ctx, 0)
	if err != nil || len(held) != 1 || held[0].UserID != tanaka.id || held[0].Subject != onlineSummary {
		t.Errorf("held: %+v, %v", held, err)
	}
	if notices, err := c.db.Notices(ctx, tanaka.id); err != nil || len(notices) != 1 || notices[0].Subject != demoSummary {
		t.Errorf("guests to be told: %+v, %v", notices, err)
	}
	if link, err := c.db.Link(ctx, suzuki.id); err != nil || link.State != models.LinkBroken {
		t.Errorf("suzuki's link: %+v, %v", link, err)
	}
	for _, p := range []person{tanaka, sato} {
		if link, err := c.db.Link(ctx, p.id); err != nil || link.State != models.LinkActive || link.Failures > 0 {
			t.Errorf("%s's link: %+v, %v", p.login, link, err)
		}
	}
	changes, err := c.db.History(ctx, models.HistoryFilter{UserID: tanaka.id, Limit: 200})
	if err != nil || !slices.ContainsFunc(changes, func(h models.HistoryEntry) bool { return h.Action == "conflict" && h.Subject == visitSubject }) {
		t.Errorf("no conflict in the history: %+v, %v", changes, err)
	}
	kickoff, err := c.row(ctx, "新プロジェクト キックオフ")
	if err != nil {
		t.Fatal(err)
	}
	if with, err := c.db.Participants(ctx, []int64{kickoff.ID}); err != nil || len(with[kickoff.ID]) != 1 || with[kickoff.ID][0].UserID != sato.id {
		t.Errorf("who takes part in the meeting: %+v, %v", with, err)
	}
	if series, err := c.row(ctx, weeklySubject); err != nil || !strings.Contains(series.Recurrence, "EXDATE") || g.event(sato, weeklySubject) == "" {
		t.Errorf("the series is %+v, %v", series, err)
	}
	if n := g.Mails(); n != 0 {
		t.Errorf("%d guests were mailed", n)
	}
	settled := g.WriteCount()
	if err := c.settleTwo(ctx); err != nil || g.WriteCount() != settled {
		t.Errorf("another run writes %d times, %v", g.WriteCount()-settled, err)
	}
}

// settleTwo synchronises those whose links work.
func (c *company) settleTwo(ctx context.Context) error {
	for _, p := range []person{tanaka, sato} {
		if _, err := c.service.SyncUser(ctx, p.id, syncOptions); err != nil {
			return err
		}
	}
	return nil
}
