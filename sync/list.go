package calsync

import (
	"context"
	"maps"
	"slices"
	"time"

	"agcrm-google/models"
)

// listing is what one calendar answered: everything, or what changed since the
// last sync token.
type listing struct {
	calendarID string
	full       bool
	events     []*event // in Google's order, cancelled ones included
	token      string   // the next sync token
	failed     bool     // nothing may be concluded from this calendar now
}

// alive finds a living event in the listing.
func (l *listing) alive(eventID string) bool {
	return slices.ContainsFunc(l.events, func(e *event) bool { return e.ID == eventID && !e.Cancelled })
}

// listAll lists every ticked calendar before anything is acted on: only then can
// a moved event be told from a deleted one. A calendar that cannot be listed is
// marked failed; errors that concern the whole link end the run.
func (r *run) listAll(ctx context.Context) ([]*listing, error) {
	var all []*listing
	r.tellReading(func(p *Reading) { *p = Reading{Calendars: len(r.calendars)} })
	for _, id := range slices.Sorted(maps.Keys(r.calendars)) {
		r.tellReading(func(p *Reading) { p.Calendar++ })
		l, err := r.listOne(ctx, id, r.calendars[id].SyncToken)
		switch {
		case err == nil:
		case kindOf(err) == apiNotFound:
			if l, err = r.missingCalendar(ctx, id, err); err != nil {
				return nil, err
			}
		case asFault(err) != nil && kindOf(err) == apiTemporary || kindOf(err) == apiPermanent:
			r.failed = err
			l = &listing{calendarID: id, failed: true}
		default:
			return nil, err
		}
		if l != nil {
			all = append(all, l)
		}
	}
	r.tellReading(func(p *Reading) { p.Done = true })
	return all, nil
}

// listOne reads all pages of a calendar. A token that is no longer valid leads to
// one full listing.
func (r *run) listOne(ctx context.Context, calendarID, token string) (*listing, error) {
	l := &listing{calendarID: calendarID, full: token == ""}
	since, err := r.listSince(ctx, l)
	if err != nil {
		return nil, err
	}
	for page := ""; ; {
		answer, err := r.api.list(ctx, calendarID, token, page, since)
		if err != nil {
			if kindOf(err) == apiFullSync && token != "" {
				return r.listOne(ctx, calendarID, "")
			}
			return nil, err
		}
		before := len(l.events)
		for _, g := range answer.Items {
			l.events = append(l.events, readEvent(g))
		}
		r.tellPage(l.events[before:])
		if page = answer.NextPageToken; page == "" {
			l.token = answer.NextSyncToken
			return l, nil
		}
	}
}

// listSince is the end from which on a full listing names appointments: that of
// the window, or of the oldest pair, because what is paired stays synchronised.
func (r *run) listSince(ctx context.Context, l *listing) (time.Time, error) {
	since := r.since.In(r.s.opt.Zone)
	if !l.full {
		return since, nil
	}
	pairs, err := r.db.PairsInCalendar(ctx, r.link.UserID, r.link.Sub, l.calendarID)
	for _, p := range pairs {
		if s, err := parseSpan(p.AgreedEvent[models.FieldTime]); err == nil && len(s.rules) == 0 && s.end.Before(since) {
			since = s.end
		}
	}
	return since.Add(-24 * time.Hour), err
}

// missingCalendar asks the calendar list whether a calendar that was not found
// is lost: one "not found" alone proves nothing. A lost one leaves its rows alone.
func (r *run) missingCalendar(ctx context.Context, id string, cause error) (*listing, error) {
	owned, err := r.s.ownedCalendars(ctx, r.link.UserID)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(owned, func(c models.Calendar) bool { return c.CalendarID == id }) {
		r.failed = cause
		return &listing{calendarID: id, failed: true}, nil
	}
	delete(r.calendars, id)
	if r.dry {
		return nil, nil
	}
	return nil, r.s.storeCalendars(ctx, r.link.UserID, owned)
}

// RefreshCalendars reads the calendar list of a linked account anew. A ticked
// calendar that it no longer names as owned is lost, and the log says so.
func (s *Service) RefreshCalendars(ctx context.Context, userID int64) error {
	owned, err := s.ownedCalendars(ctx, userID)
	if err != nil {
		return err
	}
	return s.storeCalendars(ctx, userID, owned)
}

// ownedCalendars reads the calendars that a linked account owns.
func (s *Service) ownedCalendars(ctx context.Context, userID int64) ([]models.Calendar, error) {
	client, err := s.client(ctx, userID)
	if err != nil {
		return nil, err
	}
	list, err := s.listCalendars(ctx, client)
	return list, classify(err)
}

func (s *Service) storeCalendars(ctx context.Context, userID int64, owned []models.Calendar) error {
	lost, err := s.db.ReplaceCalendars(ctx, userID, owned)
	if err != nil {
		return err
	}
	for _, c := range lost {
		line := models.NewLogLine(userID, "warn", "", models.Say("log.calendar_lost", "calendar", c.Summary))
		if err := s.db.AddLog(ctx, line); err != nil {
			return err
		}
	}
	return nil
}
