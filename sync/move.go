package calsync

import (
	"context"
	"maps"
	"slices"
	"strings"

	"agcrm-google/models"
)

// pairFor finds the pair of a living event: the one of this calendar; failing
// that one whose event moved here from another calendar of the link.
func (r *run) pairFor(ctx context.Context, e *event, calendarID string, pairs []models.Pair, all []*listing, moved map[string]models.Pair) (*models.Pair, error) {
	var elsewhere *models.Pair
	for i := range pairs {
		if pairs[i].EventID != e.ID {
			continue
		}
		if pairs[i].CalendarID == calendarID {
			return &pairs[i], nil
		}
		elsewhere = &pairs[i]
	}
	if elsewhere != nil {
		stays, err := r.livesIn(ctx, elsewhere.CalendarID, e.ID, all)
		if err != nil || stays {
			return nil, err
		}
		return r.move(elsewhere, e, calendarID), nil
	}
	if p, there := moved[e.ICalUID]; there && e.ICalUID != "" {
		delete(moved, e.ICalUID)
		return r.move(&p, e, calendarID), nil
	}
	return nil, nil
}

// livesIn tells whether an event still lives in another calendar of the link: that
// the listing names it is no answer, for it may have moved since.
func (r *run) livesIn(ctx context.Context, calendarID, eventID string, all []*listing) (bool, error) {
	for _, l := range all {
		if l.calendarID != calendarID || l.failed || l.alive(eventID) {
			continue
		}
		if l.full || slices.ContainsFunc(l.events, func(e *event) bool { return e.ID == eventID }) {
			return false, nil
		}
	}
	g, err := r.api.get(ctx, calendarID, eventID)
	if isGone(err) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	return g.Status != "cancelled", nil
}

// move makes a pair follow its event to another calendar.
func (r *run) move(p *models.Pair, e *event, calendarID string) *models.Pair {
	r.moves = append(r.moves, movedPair{from: *p, calendarID: calendarID, eventID: e.ID})
	p.CalendarID, p.EventID, p.ETag = calendarID, e.ID, ""
	return p
}

// movedPair is a pair as it was before its event moved, and where it moved to.
type movedPair struct {
	from                models.Pair
	calendarID, eventID string
}

// withMoved puts before the changes of a batch those that make the changed
// occurrences of its series follow to where these have moved. They come first: a
// run that dies between the two finds the series unmoved, and begins again.
func (r *run) withMoved(ctx context.Context, changes []*models.Change) ([]*models.Change, error) {
	var first []*models.Change
	for _, m := range r.moves {
		if !isSeries(m.from.AgreedEvent) {
			continue
		}
		pairs, err := r.occurrencePairs(ctx, m.from)
		if err != nil {
			return nil, err
		}
		for i := range pairs {
			p := &pairs[i]
			if key, is := strings.CutPrefix(p.EventID, m.from.EventID+"_"); is { // Google's id, or a new one
				p.EventID = m.eventID + "_" + key
			}
			p.CalendarID, p.AgreedEvent[factSeries] = m.calendarID, m.eventID
			p.RowVersion, p.ParkedKey, p.ParkedArgs, p.ParkedAt = 0, "", "", "" // what was refused there is tried again here
			first = append(first, &models.Change{Base: models.NoBase, Pair: p})
		}
	}
	return append(first, changes...), nil
}

// movedAway tells whether an event that is gone from its calendar stands in another
// one of the link: moved since that was listed, or never listed because a full
// listing names no series of which nothing takes place. The pair then follows it.
func (r *run) movedAway(ctx context.Context, p *models.Pair) (bool, error) {
	for _, id := range slices.Sorted(maps.Keys(r.calendars)) {
		if id == p.CalendarID {
			continue
		}
		if other, err := r.exceptionPair(ctx, id, p.EventID); other != nil || err != nil {
			return false, err // what stands there has a pair
		}
		g, err := r.api.get(ctx, id, p.EventID)
		switch {
		case err == nil && g.Status != "cancelled":
			own := func(e *event, _ []models.Pair) (*models.Pair, error) { return r.move(p, e, id), nil }
			return true, r.takeEvents(ctx, id, []*event{readEvent(g)}, own)
		case err != nil && !isGone(err):
			return false, err
		}
	}
	return false, nil
}
