package googletest

import (
	"net/http"
	"strconv"
	"time"
)

// A receiver that answers 5xx is tried again this often, at growing distance.
const (
	notifyTries = 4
	notifyPause = 100 * time.Millisecond
)

// openChannel starts a channel's sender.
func (s *Server) openChannel(ch *channel) {
	if s.channels.closed {
		return
	}
	s.channels.open[ch.id] = ch
	s.channels.senders.Go(func() { s.send(ch, s.channels.client) })
}

// send tells a channel's receiver that the channel stands (sync), then of
// every change, until the channel is stopped or has expired.
func (s *Server) send(ch *channel, client *http.Client) {
	number := 1
	ch.deliver(client, "sync", number)
	for {
		select {
		case <-ch.wake:
		case <-ch.life.Done():
			return
		}
		if s.expire(ch) {
			return
		}
		number += 3 // Google's numbers grow, but not by one
		ch.deliver(client, "exists", number)
	}
}

// expire ends a channel whose time has come.
func (s *Server) expire(ch *channel) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now().Before(ch.expires) {
		return false
	}
	if s.channels.open[ch.id] == ch {
		s.channels.stop(ch)
	}
	return true
}

// deliver posts one notification. Only a receiver in trouble is tried again.
func (ch *channel) deliver(client *http.Client, state string, number int) {
	pause := notifyPause
	for range notifyTries {
		r, err := http.NewRequestWithContext(ch.life, http.MethodPost, ch.address, nil)
		if err != nil {
			return
		}
		ch.setHeader(r.Header, state, number)
		answer, err := client.Do(r)
		if err == nil {
			answer.Body.Close()
			if answer.StatusCode < 500 {
				return
			}
		}
		select {
		case <-time.After(pause):
			pause *= 2
		case <-ch.life.Done():
			return
		}
	}
}

func (ch *channel) setHeader(h http.Header, state string, number int) {
	h.Set("X-Goog-Channel-ID", ch.id)
	h.Set("X-Goog-Channel-Expiration", ch.expires.UTC().Format(http.TimeFormat))
	h.Set("X-Goog-Resource-ID", ch.resourceID)
	h.Set("X-Goog-Resource-URI", ch.resourceURI)
	h.Set("X-Goog-Resource-State", state)
	h.Set("X-Goog-Message-Number", strconv.Itoa(number))
	if ch.token != "" {
		h.Set("X-Goog-Channel-Token", ch.token)
	}
	h.Set("User-Agent", "APIs-Google; (+https://developers.google.com/webmasters/APIs-Google.html)")
}
