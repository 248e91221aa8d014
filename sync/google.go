package calsync

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"
	"google.golang.org/api/calendar/v3"
	"google.golang.org/api/option"

	"agcrm-google/models"
)

// pageSize is the most that events.list gives at once.
const pageSize = 2500

// api is the Calendar API as one link sees it: paced, repeated where repeating
// is safe, its errors told apart. All its writes carry sendUpdates=none.
type api struct {
	userID int64
	pace   *pacer
	svc    *calendar.Service
	calls  *callCounter
}

// callCounter counts HTTP requests to the Calendar API.
type callCounter struct {
	next http.RoundTripper
	n    atomic.Int64
}

func (c *callCounter) RoundTrip(r *http.Request) (*http.Response, error) {
	c.n.Add(1)
	return c.next.RoundTrip(r)
}

// apiFor opens the API for a link; ctx must outlive the api.
func (s *Service) apiFor(ctx context.Context, userID int64, grant models.StoredGrant) (*api, error) {
	authorised, err := s.clientOf(ctx, userID, grant)
	if err != nil {
		return nil, err
	}
	counted := *authorised
	counter := &callCounter{next: authorised.Transport}
	counted.Transport = counter
	svc, err := calendar.NewService(ctx, option.WithHTTPClient(&counted), option.WithEndpoint(s.calendarRoot()))
	if err != nil {
		return nil, fmt.Errorf("open the Calendar API: %w", err)
	}
	svc.UserAgent = "agcrm-google (gzip)" // Google compresses only for agents that say gzip
	return &api{userID: userID, pace: s.pace, svc: svc, calls: counter}, nil
}

// longestWait is the longest Retry-After that is waited for within a run.
const longestWait = 20 * time.Second

// mostTries is how often a request is sent where Google or the way to it is in
// trouble. One that came too fast is sent up to twice as often: each time slower.
const mostTries = 4

// do sends one request, and again after a passing error. Every request that it
// is used for may be repeated: reads, writes that carry an ETag, and inserts
// that carry their id.
func (a *api) do(ctx context.Context, calendarID string, send func() error) error {
	tries := 0
	attempt := func() (struct{}, error) {
		tries++
		if err := a.pace.wait(ctx, a.userID, calendarID); err != nil {
			return struct{}{}, backoff.Permanent(err)
		}
		err := classify(send())
		if err == nil {
			a.pace.accepted(a.userID, calendarID)
			return struct{}{}, nil
		}
		f := asFault(err)
		switch {
		case ctx.Err() != nil:
			return struct{}{}, backoff.Permanent(ctx.Err())
		case f.kind == apiRate:
			a.pace.refused(a.userID, calendarID)
			fallthrough
		case f.kind == apiTemporary:
			if f.retryAfter > longestWait || f.kind == apiTemporary && tries >= mostTries {
				return struct{}{}, backoff.Permanent(err)
			}
			if f.retryAfter > 0 {
				sleep(ctx, f.retryAfter)
			}
			return struct{}{}, err
		}
		return struct{}{}, backoff.Permanent(err)
	}
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval = 200 * time.Millisecond
	if a.pace.off {
		wait.InitialInterval = time.Millisecond
	}
	_, err := backoff.Retry(ctx, attempt, backoff.WithBackOff(wait), backoff.WithMaxTries(2*mostTries))
	return err
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// list reads one page. since is the end of the appointments wanted in a full
// listing; with a sync token it is left out, as Google demands.
func (a *api) list(ctx context.Context, calendarID, syncToken, pageToken string, since time.Time) (page *calendar.Events, err error) {
	err = a.do(ctx, "", func() error {
		call := a.svc.Events.List(calendarID).MaxResults(pageSize).ShowDeleted(true).Context(ctx)
		if syncToken != "" {
			call.SyncToken(syncToken)
		} else {
			call.TimeMin(since.UTC().Format(time.RFC3339))
		}
		if pageToken != "" {
			call.PageToken(pageToken)
		}
		page, err = call.Do()
		return err
	})
	if f := asFault(err); f != nil && f.kind == apiPermanent && syncToken != "" && strings.Contains(f.Error(), "ync token") {
		f.kind = apiFullSync // Google answers 400 to a token that it cannot read; only the text tells
	}
	return page, err
}

func (a *api) get(ctx context.Context, calendarID, eventID string) (ev *calendar.Event, err error) {
	err = a.do(ctx, "", func() error {
		ev, err = a.svc.Events.Get(calendarID, eventID).Context(ctx).Do()
		return err
	})
	return ev, err
}

func (a *api) insert(ctx context.Context, calendarID string, body *calendar.Event) (ev *calendar.Event, err error) {
	err = a.do(ctx, calendarID, func() error {
		ev, err = a.svc.Events.Insert(calendarID, body).SendUpdates("none").Context(ctx).Do()
		return err
	})
	return ev, err
}

func (a *api) patch(ctx context.Context, calendarID, eventID, etag string, body *calendar.Event) (ev *calendar.Event, err error) {
	err = a.do(ctx, calendarID, func() error {
		call := a.svc.Events.Patch(calendarID, eventID, body).SendUpdates("none").Context(ctx)
		call.Header().Set("If-Match", etag)
		ev, err = call.Do()
		return err
	})
	return ev, err
}

// delete deletes an event. A single "not found" proves nothing: the event is then
// asked for, and where it still stands the error is a passing one.
func (a *api) delete(ctx context.Context, calendarID, eventID, etag string) error {
	err := a.do(ctx, calendarID, func() error {
		call := a.svc.Events.Delete(calendarID, eventID).SendUpdates("none").Context(ctx)
		call.Header().Set("If-Match", etag)
		return call.Do()
	})
	f := asFault(err)
	if f == nil || f.kind != apiNotFound {
		return err
	}
	switch g, e := a.get(ctx, calendarID, eventID); {
	case e != nil && !isGone(e):
		return e
	case e == nil && g.Status != "cancelled":
		f.kind = apiTemporary
	}
	return f
}

// watch opens a notification channel: Google tells the address of every change to
// the calendar, with the channel's id and token. It lives as long as Google likes.
func (a *api) watch(ctx context.Context, calendarID, channelID, token, address string) (resourceID string, expires time.Time, err error) {
	wish := &calendar.Channel{Id: channelID, Type: "web_hook", Token: token, Address: address}
	var c *calendar.Channel
	err = a.do(ctx, "", func() error {
		c, err = a.svc.Events.Watch(calendarID, wish).Context(ctx).Do()
		return err
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return c.ResourceId, time.UnixMilli(c.Expiration).UTC(), nil
}

// stop ends a notification channel.
func (a *api) stop(ctx context.Context, channelID, resourceID string) error {
	return a.do(ctx, "", func() error {
		return a.svc.Channels.Stop(&calendar.Channel{Id: channelID, ResourceId: resourceID}).Context(ctx).Do()
	})
}
