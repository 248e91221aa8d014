package calsync

import (
	"context"
	"crypto/rand"
	"strings"
	"sync"
	"time"

	"agcrm-google/models"
)

const (
	// safetyPoll is the interval of a link whose calendars all tell of their changes
	// by themselves. Google says that messages may be lost, so it is not long; and a
	// link whose own interval is longer keeps that.
	safetyPoll = 30 * time.Minute
	// renewBefore is how long before its end a channel is followed by a new one; of
	// one that Google lets live but shortly, it is a quarter of its life.
	renewBefore = 24 * time.Hour
	// channelPause is how long a calendar is left alone after Google refused it a
	// channel, for instance because the address is not to its liking.
	channelPause = 6 * time.Hour
	// lateMessage is how long after a change Google's message may come.
	lateMessage = 2 * time.Minute
	webhookPath = "/agcrm_google/webhook"
)

// channelTroubles remembers which calendars were refused a channel. It is only in
// memory: polling does without channels.
type channelTroubles struct {
	mu    sync.Mutex
	until map[string]time.Time
	told  bool
}

// webhook is the address for Google's messages; empty where Google cannot reach
// it, because it takes nothing but https.
func (s *Service) webhook() string {
	if !strings.HasPrefix(s.opt.PublicURL, "https://") {
		return ""
	}
	return strings.TrimSuffix(s.opt.PublicURL, "/") + webhookPath
}

// Notified takes one of Google's messages, which has no content beyond where it
// came from: state "sync" says that the channel stands, any other that something
// changed. models.ErrNotFound for a channel that is not known, or another token.
func (s *Service) Notified(ctx context.Context, channelID, token, state string) error {
	wake := state != "sync"
	if err := s.db.HearChannel(ctx, channelID, token, wake); err != nil {
		return err
	}
	if wake {
		s.nudge()
	}
	return nil
}

// channelPlan is what to do about a link's channels. keep has one channel for
// each calendar that needs none.
type channelPlan struct {
	keep map[string]models.Channel
	open []string // calendars
	stop []models.Channel
}

// planChannels decides, for a link with these ticked calendars. A channel that
// ends soon stays until its successor has been heard, so that no message is lost.
func planChannels(calendars []models.Calendar, channels []models.Channel, address string, now time.Time) channelPlan {
	p := channelPlan{keep: map[string]models.Channel{}}
	ticked := map[string]bool{}
	for _, c := range calendars {
		ticked[c.CalendarID] = true
	}
	aging := map[string][]models.Channel{}
	for _, c := range channels {
		switch {
		case !ticked[c.CalendarID] || c.Address != address || c.ExpiresMS == 0 || !now.Before(c.Expires()): // 0: a crash ended its opening
			p.stop = append(p.stop, c)
		case c.Expires().Sub(now) < min(renewBefore, c.Expires().Sub(c.Created())/4):
			aging[c.CalendarID] = append(aging[c.CalendarID], c)
		default:
			if old, there := p.keep[c.CalendarID]; there {
				p.stop = append(p.stop, old)
			}
			p.keep[c.CalendarID] = c
		}
	}
	for _, c := range calendars {
		kept, there := p.keep[c.CalendarID]
		old := aging[c.CalendarID]
		switch {
		case !there:
			p.open = append(p.open, c.CalendarID)
			if len(old) > 0 {
				p.keep[c.CalendarID] = old[len(old)-1]
				old = old[:len(old)-1]
			}
		case kept.HeardMS == 0:
			continue // not proved yet: the old one goes on
		}
		p.stop = append(p.stop, old...)
	}
	return p
}

// pushes tells whether Google tells of the changes to all these calendars: each
// has a channel through which a message has come.
func (p channelPlan) pushes(calendars []models.Calendar) bool {
	for _, c := range calendars {
		if p.keep[c.CalendarID].HeardMS == 0 {
			return false
		}
	}
	return len(calendars) > 0
}

// keepChannels opens, renews and stops the notification channels of a claimed
// link. Nothing that goes wrong here is a fault of the run.
func (r *run) keepChannels(ctx context.Context) {
	address := r.s.webhook()
	if r.brought == nil || r.api == nil || address == "" && len(r.brought.Channels) == 0 {
		return
	}
	calendars := r.brought.Calendars
	if address == "" || !r.link.CarriesFromGoogle() {
		calendars = nil
	}
	p := planChannels(calendars, r.brought.Channels, address, r.now)
	r.doubt(ctx, p)
	r.pushed = p.pushes(calendars)
	for _, id := range p.open {
		if _, there := r.calendars[id]; there {
			r.openChannel(ctx, id, address)
		}
	}
	for _, c := range p.stop {
		r.stopChannel(ctx, c)
	}
}

// doubt finds out what Google should have told and did not: a change that this
// run came upon while nothing was heard of it. The channel counts as not proved
// from then on, so that its link is polled at its interval, until it is heard again.
func (r *run) doubt(ctx context.Context, p channelPlan) {
	for id, c := range p.keep {
		changed := r.changed[id]
		if c.HeardMS == 0 || changed.Sub(c.Heard()) < lateMessage || r.now.Sub(changed) < lateMessage {
			continue
		}
		c.HeardMS = 0
		p.keep[id] = c
		if err := r.db.DoubtChannel(ctx, c.ChannelID); err != nil {
			r.s.log.Error("a notification channel could not be doubted", "user", c.UserID, "err", err)
		}
	}
}

func (r *run) openChannel(ctx context.Context, calendarID, address string) {
	t := &r.s.troubles
	if t.resting(calendarID, r.now) {
		return
	}
	token := rand.Text() + rand.Text()
	c := models.Channel{ChannelID: rand.Text(), UserID: r.link.UserID, CalendarID: calendarID,
		TokenHash: models.TokenDigest(token), Address: address, CreatedMS: r.now.UnixMilli()}
	err := r.db.AddChannel(ctx, c)
	if err == nil {
		var resourceID string
		var expires time.Time
		if resourceID, expires, err = r.api.watch(ctx, calendarID, c.ChannelID, token, address); err == nil {
			err = r.db.OpenedChannel(ctx, c.ChannelID, resourceID, expires)
		}
	}
	if err == nil {
		t.clear(calendarID)
		return
	}
	if e := r.db.DropChannel(context.WithoutCancel(ctx), c.ChannelID); e != nil {
		r.s.log.Error("a notification channel could not be forgotten", "user", r.link.UserID, "err", e)
	}
	if ctx.Err() == nil && t.note(calendarID, r.now) {
		r.s.log.Warn("Google opens no notification channel; calendars are polled at their interval", "user", r.link.UserID,
			"address", address, "reason", errText(err).Key, "args", errText(err).Args)
	}
}

// stopChannel tells Google that nobody listens any more. Whatever it answers, the
// channel is forgotten: a message that still comes is refused.
func (r *run) stopChannel(ctx context.Context, c models.Channel) {
	if c.ResourceID != "" && r.now.Before(c.Expires()) {
		if err := r.api.stop(ctx, c.ChannelID, c.ResourceID); err != nil && !isGone(err) {
			r.s.log.Debug("a notification channel could not be stopped", "user", c.UserID, "reason", errText(err).Key)
		}
	}
	if err := r.db.DropChannel(ctx, c.ChannelID); err != nil {
		r.s.log.Error("a notification channel could not be forgotten", "user", c.UserID, "err", err)
	}
}

// stopChannels ends all channels of a link that ends.
func (r *run) stopChannels(ctx context.Context) {
	channels, err := r.db.Channels(ctx, []int64{r.link.UserID})
	if err != nil || len(channels) == 0 {
		return // they go with the link
	}
	if r.api == nil {
		if err := r.open(ctx); err != nil {
			return
		}
	}
	for _, c := range channels {
		r.stopChannel(ctx, c)
	}
}

// resting tells whether a calendar was refused a channel a short while ago.
func (t *channelTroubles) resting(calendarID string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return now.Before(t.until[calendarID])
}

// note remembers a refusal; first is true of the first since one was granted.
func (t *channelTroubles) note(calendarID string, now time.Time) (first bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.until == nil {
		t.until = map[string]time.Time{}
	}
	t.until[calendarID] = now.Add(channelPause)
	first, t.told = !t.told, true
	return first
}

func (t *channelTroubles) clear(calendarID string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.until, calendarID)
	t.told = false
}
