package calsync

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"agcrm-google/models"
	"agcrm-google/sync/googletest"
)

// Point 22: with a public https address push notifications replace most polls.

const publicAddress = "https://crm.example.com"

// hears takes Google's messages in the place of the web pages.
type hears struct {
	svc  *Service
	lost atomic.Bool // nothing arrives
	n    atomic.Int64
}

func (h *hears) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := httptest.NewRecorder()
	switch err := errors.New("lost"); {
	case h.lost.Load():
		return nil, err
	case r.URL.String() != publicAddress+webhookPath:
		answer.WriteHeader(http.StatusNotFound)
	default:
		h.n.Add(1)
		if err := h.svc.Notified(r.Context(), r.Header.Get("X-Goog-Channel-ID"), r.Header.Get("X-Goog-Channel-Token"), r.Header.Get("X-Goog-Resource-State")); err != nil {
			answer.WriteHeader(http.StatusNotFound)
		}
	}
	return answer.Result(), nil
}

// public makes the world's service one that Google reaches, and runs it.
func (w *world) public() *hears {
	w.t.Helper()
	opt := w.svc.opt
	opt.PublicURL = publicAddress
	w.svc = New(opt)
	h := &hears{svc: w.svc}
	w.google.SetWebhookClient(&http.Client{Transport: h})
	return h
}

// eventually waits until something holds that no contract gives a time for.
func (w *world) eventually(what string, holds func() bool) {
	w.t.Helper()
	for began := time.Now(); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > 30*time.Second {
			w.t.Fatalf("not: %s (%s)", what, w.show())
		}
	}
}

// calm waits until nothing has been asked of Google for a second: there is no loop.
func (w *world) calm() {
	w.t.Helper()
	calls, since := w.google.CallCount(), time.Now()
	w.eventually("quiet", func() bool {
		if n := w.google.CallCount(); n != calls {
			calls, since = n, time.Now()
		}
		return time.Since(since) > time.Second
	})
}

func (w *world) channels() []models.Channel {
	w.t.Helper()
	list, err := w.db.Channels(context.Background(), []int64{testUser})
	check(w.t, err)
	return list
}

// listening waits until each of n ticked calendars has one channel that was heard.
func (w *world) listening(n int) {
	w.t.Helper()
	w.eventually("channels", func() bool {
		list := w.channels()
		return len(list) == n && !slices.ContainsFunc(list, func(c models.Channel) bool { return c.HeardMS == 0 || c.ExpiresMS == 0 })
	})
}

// polled1 makes the link due and waits for its run.
func (w *world) polled1() {
	w.t.Helper()
	w.advance(time.Second)
	now := w.now()
	check(w.t, w.svc.SyncNow(context.Background(), testUser))
	w.eventually("a run", func() bool { return !w.linkNow().LastSuccess().Before(now) })
}

// Google's changes arrive at once, and polls are few meanwhile, but there are some.
func TestSpecPushReplacesPolls(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := bubbleWorld(t)
		w.saveProfile()
		w.public()
		w.serving()
		w.listening(1)
		w.polled1()
		w.account().Insert("primary", lunch("a"))
		w.eventually("the change that Google told", func() bool { return len(w.rows()) == 1 })
		w.eventually("the long interval", func() bool { return w.linkNow().NextRun().Sub(w.now()) == safetyPoll })
		w.calm()
		w.google.ResetCalls()
		w.advance(safetyPoll - 2*time.Second)
		time.Sleep(700 * time.Millisecond)
		if n := w.google.CallCount(); n != 0 {
			t.Errorf("%d calls between two safety polls", n)
		}
		w.advance(3 * time.Second)
		w.eventually("the safety poll", func() bool { return w.google.CallCount() == 1 })
	})
}

// What the service writes comes back as messages: they cost a run or two, and no loop.
func TestSpecPushEchoes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := bubbleWorld(t)
		w.saveProfile()
		w.public()
		w.serving()
		w.listening(1)
		w.polled1()
		w.google.ResetCalls()
		w.addRows(20)
		w.eventually("the rows", func() bool { return len(w.events()) == 20 })
		w.calm()
		lists := len(slices.DeleteFunc(w.google.Calls(), func(c googletest.Call) bool { return c.Method != http.MethodGet }))
		if n := len(w.writes()); n != 20 || lists > 8 {
			t.Errorf("%d writes and %d listings for 20 rows", n, lists)
		}
		w.noMail()
	})
}

// A channel is followed by a new one before it ends, and the old one ends only
// when the new one was heard; a calendar that is unticked has none, nor a link
// that has ended. Tokens are not in the database.
func TestSpecPushChannelsLife(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := bubbleWorld(t)
		w.addCalendar("team")
		h := w.public()
		w.serving()
		w.listening(2)
		first := w.channels()
		if i := slices.IndexFunc(first, func(c models.Channel) bool {
			return c.ResourceID == "" || !strings.HasPrefix(c.Address, publicAddress) || len(c.TokenHash) != 64 || c.Expires().Sub(w.now()) < 6*24*time.Hour
		}); i >= 0 {
			t.Errorf("%+v", first[i])
		}
		h.lost.Store(true)
		w.advance(6*24*time.Hour + time.Hour)
		w.eventually("the successors", func() bool { return len(w.channels()) == 4 })
		w.polled1()
		if n := len(w.channels()); n != 4 {
			t.Errorf("%d channels while the new ones are not heard", n)
		}
		h.lost.Store(false)
		w.account().Insert("primary", lunch("a"))
		w.account().Insert("team", lunch("b"))
		w.eventually("their messages", func() bool { return len(w.rows()) == 2 })
		w.polled1()
		w.listening(2)
		for _, c := range w.channels() {
			if slices.ContainsFunc(first, func(old models.Channel) bool { return old.ChannelID == c.ChannelID }) {
				t.Error("an old channel stays")
			}
		}
		w.profile(func(p *models.Profile) { p.Calendars = []string{p.Target} })
		w.listening(1)
		w.account().Insert("team", lunch("c"))
		check(t, w.svc.Unlink(t.Context(), testUser, Keep, Keep))
		w.eventually("the end of the link", func() bool { _, err := w.db.Link(t.Context(), testUser); return errors.Is(err, models.ErrNotFound) })
		before := h.n.Load()
		w.account().Insert("primary", lunch("d"))
		time.Sleep(200 * time.Millisecond) // a message would be quicker
		if n := len(w.channels()); n != 0 || h.n.Load() != before {
			t.Errorf("%d channels after the end; %d messages", n, h.n.Load()-before)
		}
	})
}

// A message with another token, or of a channel that nobody knows, does nothing.
func TestSpecPushStrangers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := bubbleWorld(t)
		w.saveProfile()
		w.public()
		stop := w.serving()
		w.listening(1)
		w.eventually("the run", func() bool { return w.linkNow().NextRun().After(w.now()) })
		stop()
		c := w.channels()[0]
		for _, try := range [][2]string{{c.ChannelID, ""}, {c.ChannelID, "x"}, {c.ChannelID, c.TokenHash}, {"", ""}, {"x", ""}, {strings.ToLower(c.ChannelID), c.TokenHash}} {
			if err := w.svc.Notified(t.Context(), try[0], try[1], "exists"); !errors.Is(err, models.ErrNotFound) {
				t.Errorf("%q: %v", try, err)
			}
		}
		if l := w.linkNow(); !l.NextRun().After(w.now()) || w.channels()[0].HeardMS != c.HeardMS {
			t.Error("a stranger's message had an effect")
		}
	})
}

// A refused channel is no fault: it is polled, at the chosen interval, and said once.
func TestSpecPushRefused(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := bubbleWorld(t)
		w.saveProfile()
		w.google.AddFault(googletest.Fault{Match: func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/watch") }, Status: 400, Reason: "push.webhookUrlUnauthorized"})
		h := w.public()
		w.serving()
		w.polled1()
		w.polled1()
		l := w.linkNow()
		if l.ErrorKey != "" || l.Failures != 0 || l.NextRun().Sub(l.LastSuccess()) != 5*time.Minute || len(w.channels()) != 0 {
			t.Errorf("%+v", l)
		}
		asked := slices.DeleteFunc(w.google.Calls(), func(c googletest.Call) bool { return !strings.HasSuffix(c.Path, "/watch") })
		if len(asked) != 1 {
			t.Errorf("asked %d times for a channel", len(asked))
		}
		w.google.ClearFaults()
		w.advance(channelPause)
		w.listening(1)
		if h.n.Load() == 0 {
			t.Error("nothing was heard")
		}
	})
}

// A change that Google did not tell of is found by the poll; from then on the link
// is polled at its own interval, until Google is heard again.
func TestSpecPushLostMessage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := bubbleWorld(t)
		w.saveProfile()
		h := w.public()
		w.serving()
		w.listening(1)
		w.polled1()
		w.eventually("the long interval", func() bool { return w.linkNow().NextRun().Sub(w.linkNow().LastSuccess()) == safetyPoll })
		h.lost.Store(true)
		w.advance(10 * time.Minute)
		w.account().Insert("primary", lunch("a"))
		w.advance(21 * time.Minute)
		w.eventually("the safety poll", func() bool { return len(w.rows()) == 1 })
		w.eventually("the short interval", func() bool { return w.linkNow().NextRun().Sub(w.linkNow().LastSuccess()) == 5*time.Minute })
		time.Sleep(1500 * time.Millisecond) // Google gives a message up
		h.lost.Store(false)
		w.account().Insert("primary", lunch("b"))
		w.eventually("Google's message", func() bool { return len(w.rows()) == 2 })
		w.eventually("the long interval", func() bool { return w.linkNow().NextRun().Sub(w.linkNow().LastSuccess()) == safetyPoll })
	})
}

// Without https nobody asks for a channel: nothing could reach it.
func TestSpecNoPushWithoutHTTPS(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := bubbleWorld(t)
		w.saveProfile()
		w.serving()
		w.polled1()
		if len(w.channels()) != 0 || w.linkNow().NextRun().Sub(w.linkNow().LastSuccess()) != 5*time.Minute {
			t.Errorf("%+v", w.linkNow())
		}
	})
}

func TestPlanChannels(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	ch := func(id, calendar string, left, life time.Duration, heard bool) models.Channel {
		c := models.Channel{ChannelID: id, CalendarID: calendar, Address: "a", ExpiresMS: now.Add(left).UnixMilli(), CreatedMS: now.Add(left - life).UnixMilli()}
		if heard {
			c.HeardMS = 1
		}
		return c
	}
	const day = 24 * time.Hour
	opening := models.Channel{ChannelID: "o", CalendarID: "a", CreatedMS: now.Add(-time.Minute).UnixMilli()}
	crashed := models.Channel{ChannelID: "x", CalendarID: "a", CreatedMS: now.Add(-2 * time.Hour).UnixMilli()}
	moved := ch("m", "a", 3*day, 7*day, true)
	moved.Address = "elsewhere"
	for name, c := range map[string]struct {
		channels         []models.Channel
		keep, open, stop string
		pushes           bool
	}{
		"none":                       {open: "a"},
		"good":                       {channels: []models.Channel{ch("1", "a", 3*day, 7*day, true)}, keep: "1", pushes: true},
		"not heard":                  {channels: []models.Channel{ch("1", "a", 3*day, 7*day, false)}, keep: "1"},
		"soon over":                  {channels: []models.Channel{ch("1", "a", 20*time.Hour, 7*day, true)}, keep: "1", open: "a", pushes: true},
		"short life, enough left":    {channels: []models.Channel{ch("1", "a", 30*time.Minute, time.Hour, true)}, keep: "1", pushes: true},
		"short life, soon over":      {channels: []models.Channel{ch("1", "a", 10*time.Minute, time.Hour, true)}, keep: "1", open: "a", pushes: true},
		"over":                       {channels: []models.Channel{ch("1", "a", -time.Second, 7*day, true)}, open: "a", stop: "1"},
		"successor not heard":        {channels: []models.Channel{ch("1", "a", time.Hour, 7*day, true), ch("2", "a", 7*day, 7*day, false)}, keep: "2"},
		"successor heard":            {channels: []models.Channel{ch("1", "a", time.Hour, 7*day, true), ch("2", "a", 7*day, 7*day, true)}, keep: "2", stop: "1", pushes: true},
		"twice":                      {channels: []models.Channel{ch("1", "a", 3*day, 7*day, true), ch("2", "a", 3*day, 7*day, true)}, keep: "2", stop: "1", pushes: true},
		"unticked":                   {channels: []models.Channel{ch("1", "b", 3*day, 7*day, true), ch("2", "a", 3*day, 7*day, true)}, keep: "2", stop: "1", pushes: true},
		"another address":            {channels: []models.Channel{moved}, open: "a", stop: "m"},
		"crashed while it opened":    {channels: []models.Channel{crashed}, open: "a", stop: "x"},
		"crashed, and another since": {channels: []models.Channel{opening, ch("1", "a", 3*day, 7*day, true)}, keep: "1", stop: "o", pushes: true},
	} {
		t.Run(name, func(t *testing.T) {
			calendars := []models.Calendar{{CalendarID: "a"}}
			p := planChannels(calendars, c.channels, "a", now)
			var stop []string
			for _, s := range p.stop {
				stop = append(stop, s.ChannelID)
			}
			if p.keep["a"].ChannelID != c.keep || strings.Join(p.open, " ") != c.open || strings.Join(stop, " ") != c.stop || p.pushes(calendars) != c.pushes {
				t.Errorf("%+v, pushes %v", p, p.pushes(calendars))
			}
		})
	}
}
