package googletest

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"time"

	"google.golang.org/api/calendar/v3"
)

// How long a notification channel lives.
const (
	standardChannelLife = 7 * 24 * time.Hour
	longestChannelLife  = 30 * 24 * time.Hour
	maxChannelID        = 64
)

// channelStore holds the notification channels. Each has one sender, a
// goroutine that Server.Close ends.
type channelStore struct {
	open    map[string]*channel // by id
	senders *sync.WaitGroup
	client  *http.Client
	closed  bool
}

// channel is a client's wish to hear of changes to one calendar.
type channel struct {
	id, token, address      string
	resourceID, resourceURI string
	account                 *Account
	clientID                string
	calendar                *calendarData
	expires                 time.Time
	wake                    chan struct{} // holds at most one pending change
	life                    context.Context
	end                     context.CancelFunc
}

func newChannelStore() channelStore {
	return channelStore{
		open:    map[string]*channel{},
		senders: &sync.WaitGroup{},
		client:  &http.Client{Timeout: 10 * time.Second},
	}
}

// SetWebhookClient replaces the client that delivers notifications, so that a
// test's receiver may have a certificate of its own. By default only publicly
// valid certificates are trusted.
func (s *Server) SetWebhookClient(client *http.Client) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.channels.client = client
}

// changed wakes the senders of a calendar; changes in quick succession are
// told once.
func (c *channelStore) changed(cal *calendarData) {
	for _, ch := range c.open {
		if ch.calendar != cal {
			continue
		}
		select {
		case ch.wake <- struct{}{}:
		default:
		}
	}
}

func (c *channelStore) stop(ch *channel) {
	delete(c.open, ch.id)
	ch.end()
}

func (c *channelStore) stopAll() {
	c.closed = true
	for _, ch := range c.open {
		c.stop(ch)
	}
}

// watchEvents is events.watch.
func watchEvents(q *request) (*result, error) {
	entry, err := q.calendar(roleFreeBusy)
	if err != nil {
		return nil, err
	}
	var wish calendar.Channel
	if err := q.decode(&wish); err != nil {
		return nil, err
	}
	expires, err := q.channelExpiry(&wish)
	if err != nil {
		return nil, err
	}
	ch := &channel{
		id: wish.Id, token: wish.Token, address: wish.Address,
		resourceID:  "r-" + subject(entry.calendar.id+q.http.URL.RawQuery),
		resourceURI: "https://www.googleapis.com/calendar/v3/calendars/" + url.PathEscape(entry.calendar.id) + "/events?alt=json",
		account:     q.account, clientID: q.token.grant.clientID, calendar: entry.calendar, expires: expires,
		wake: make(chan struct{}, 1),
	}
	ch.life, ch.end = context.WithCancel(context.Background())
	q.server.openChannel(ch)
	return &result{document: entity(&calendar.Channel{
		Kind: "api#channel", Id: ch.id, ResourceId: ch.resourceID, ResourceUri: ch.resourceURI,
		Token: ch.token, Expiration: expires.UnixMilli(),
	}, nil)}, nil
}

// channelExpiry checks the wish and says when its channel ends.
func (q *request) channelExpiry(wish *calendar.Channel) (time.Time, error) {
	address, err := url.Parse(wish.Address)
	switch {
	case wish.Id == "":
		return time.Time{}, required("Required field: id")
	case len(wish.Id) > maxChannelID:
		return time.Time{}, invalid("Channel id is too long: at most %d characters.", maxChannelID)
	case q.server.channels.open[wish.Id] != nil:
		return time.Time{}, badChannel("channelIdNotUnique", "Channel id "+wish.Id+" not unique")
	case wish.Type != "web_hook" && wish.Type != "webhook":
		return time.Time{}, badChannel("channelUnknown", "Unknown channel type: "+wish.Type)
	case err != nil || address.Host == "" || address.Scheme != "https":
		return time.Time{}, badChannel("push.webhookUrlNotHttps", "WebHook callback must be HTTPS: "+wish.Address)
	}
	now := q.server.now()
	expires := now.Add(standardChannelLife)
	if wish.Expiration > 0 {
		expires = time.UnixMilli(wish.Expiration)
	} else if seconds, err := time.ParseDuration(wish.Params["ttl"] + "s"); err == nil {
		expires = now.Add(seconds)
	}
	if !expires.After(now) {
		return time.Time{}, invalid("Channel expiration lies in the past.")
	}
	if latest := now.Add(longestChannelLife); expires.After(latest) {
		expires = latest
	}
	return expires, nil
}

func badChannel(reason, message string) error {
	return &apiError{status: http.StatusBadRequest, domain: "global", reason: reason, message: message}
}

// stopChannel is channels.stop: both ids must be right.
func stopChannel(q *request) (*result, error) {
	var wish calendar.Channel
	if err := q.decode(&wish); err != nil {
		return nil, err
	}
	ch := q.server.channels.open[wish.Id]
	if ch == nil || ch.resourceID != wish.ResourceId || ch.account != q.account || ch.clientID != q.token.grant.clientID {
		return nil, &apiError{status: http.StatusNotFound, domain: "global", reason: "notFound",
			message: "Channel '" + wish.Id + "' not found for project."}
	}
	q.server.channels.stop(ch)
	return &result{}, nil
}
