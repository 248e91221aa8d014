package calsync

import (
	"context"
	"slices"
	"time"

	"agcrm-google/models"
)

// pull brings what happened in Google into the table. It writes nothing to
// Google: what the table is to win there stays pending in the pairs, where push
// finds it. The cursors are stored with the last change that they account for,
// so that a run that dies here lists the same again.
func (r *run) pull(ctx context.Context, listings []*listing) error {
	if err := r.listAgain(ctx, listings); err != nil {
		return err
	}
	moved, err := r.movers(ctx, listings)
	if err != nil {
		return err
	}
	for _, l := range listings {
		if err := r.takeLiving(ctx, l, listings, moved); err != nil {
			return err
		}
	}
	for _, l := range listings { // only now each series is where it has moved to
		if err := r.takeExceptions(ctx, l); err != nil {
			return err
		}
	}
	for _, id := range r.reset {
		if err := r.verifySeries(ctx, id); err != nil {
			return err
		}
	}
	postponed, err := r.takeDeletions(ctx, listings)
	if err != nil {
		return err
	}
	_, err = r.apply(ctx, nil, r.cursors(listings, postponed))
	return err
}

// cursors are the new sync tokens worth storing: an unchanged calendar's token
// is renewed once a day only, so that an idle run writes nothing.
func (r *run) cursors(listings []*listing, postponed bool) []models.Cursor {
	var out []models.Cursor
	for _, l := range listings {
		old := r.calendars[l.calendarID]
		quiet := len(l.events) == 0 && !l.full && r.now.Sub(time.UnixMilli(old.TokenMS)) < 24*time.Hour
		waits := postponed && (len(r.leaving) > 0 || slices.ContainsFunc(l.events, func(e *event) bool { return e.Cancelled }))
		if l.failed || quiet || waits || l.token == "" || r.dry || r.relist {
			continue
		}
		out = append(out, models.Cursor{CalendarID: l.calendarID, SyncToken: l.token, Base: old.TokenMS})
	}
	return out
}

// listAgain lists the other calendars once more where one shows a paired event
// as cancelled: it may have been moved to one that was listed before.
func (r *run) listAgain(ctx context.Context, listings []*listing) error {
	if len(listings) < 2 {
		return nil
	}
	for _, l := range listings {
		gone, err := r.pairsOf(ctx, cancelledIDs(l.events))
		if err != nil {
			return err
		}
		if len(gone) == 0 {
			continue
		}
		for _, other := range listings {
			if other == l || other.failed {
				continue
			}
			more, err := r.listOne(ctx, other.calendarID, other.token)
			if err != nil {
				other.failed, r.failed = true, err
				continue
			}
			other.events, other.token = append(other.events, more.events...), more.token
			other.full = other.full || more.full
		}
		return nil
	}
	return nil
}

// movers maps the iCalUID of each paired event that is seen cancelled to its
// pair: an unpaired living event with that iCalUID in another calendar is it.
func (r *run) movers(ctx context.Context, listings []*listing) (map[string]models.Pair, error) {
	moved := map[string]models.Pair{}
	if len(listings) < 2 {
		return moved, nil
	}
	for _, l := range listings {
		pairs, err := r.pairsOf(ctx, cancelledIDs(l.events))
		if err != nil {
			return nil, err
		}
		for _, p := range pairs {
			if p.CalendarID == l.calendarID && p.ICalUID != "" {
				moved[p.ICalUID] = p
			}
		}
	}
	return moved, nil
}

// cancelledIDs are the deleted events; removed occurrences of a series come with
// the series.
func cancelledIDs(events []*event) []string {
	var ids []string
	for _, e := range events {
		if e.Cancelled && e.SeriesID == "" {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

func (r *run) pairsOf(ctx context.Context, eventIDs []string) ([]models.Pair, error) {
	if len(eventIDs) == 0 {
		return nil, nil
	}
	return r.db.PairsByEvent(ctx, r.link.UserID, r.link.Sub, eventIDs)
}

// takeLiving merges a calendar's living events into the table, batch by batch;
// occurrences of series come afterwards.
func (r *run) takeLiving(ctx context.Context, l *listing, all []*listing, moved map[string]models.Pair) error {
	r.begin(l)
	defer r.begin(&listing{})
	living := slices.DeleteFunc(newest(l.events), func(e *event) bool { return e.Cancelled || e.SeriesID != "" })
	if l.full { // look-alikes are paired in order of creation
		slices.SortStableFunc(living, func(a, b *event) int { return a.Created.Compare(b.Created) })
	}
	for len(living) > 0 {
		part := living[:min(len(living), r.db.BatchSize())]
		living = living[len(part):]
		find := func(e *event, pairs []models.Pair) (*models.Pair, error) {
			return r.pairFor(ctx, e, l.calendarID, pairs, all, moved)
		}
		if err := r.takeEvents(ctx, l.calendarID, part, find); err != nil {
			return err
		}
	}
	return nil
}

// begin makes a listing the one at hand; an empty one ends it.
func (r *run) begin(l *listing) {
	r.listingAll, r.removed = l.full, map[string][]string{}
	for _, e := range newest(l.events) {
		if e.Cancelled && e.SeriesID != "" {
			r.removed[e.SeriesID] = append(r.removed[e.SeriesID], e.Original)
		}
	}
}

// newest keeps the last entry of each event: a calendar that was listed twice
// may name one twice.
func newest(events []*event) []*event {
	last := make(map[string]int, len(events))
	for i, e := range events {
		last[e.ID] = i
	}
	var out []*event
	for i, e := range events {
		if last[e.ID] == i {
			out = append(out, e)
		}
	}
	return out
}

// takeEvents decides each event against its pair and row as they are now and
// writes the outcome; what somebody else changed in between is decided again.
func (r *run) takeEvents(ctx context.Context, calendarID string, events []*event, find func(*event, []models.Pair) (*models.Pair, error)) error {
	for range 5 {
		ids := make([]string, len(events))
		for i, e := range events {
			ids[i] = e.ID
		}
		pairs, err := r.pairsOf(ctx, ids)
		if err != nil {
			return err
		}
		found := make([]*models.Pair, len(events))
		r.moves = nil
		for i, e := range events {
			if found[i], err = find(e, pairs); err != nil {
				return err
			}
		}
		rows, err := r.rowsOf(ctx, found)
		if err != nil {
			return err
		}
		if err := r.knowMeetings(ctx, events); err != nil {
			return err
		}
		var changes []*models.Change
		var later []*event // of a pair that another event of this batch has changed
		decided := map[int64]bool{}
		origin := map[*models.Change]*event{}
		for i, e := range events {
			c, err := r.decideEvent(ctx, calendarID, e, found[i], rowIn(rows, found[i]))
			if err != nil {
				return err
			}
			if c != nil && pairID(c) != 0 && decided[pairID(c)] {
				later = append(later, e)
			} else if c != nil {
				changes, origin[c] = append(changes, c), e
				decided[pairID(c)] = true
			}
		}
		changes, err = r.withMoved(ctx, changes)
		if err != nil {
			return err
		}
		stale, err := r.apply(ctx, changes, nil)
		if err != nil || len(stale)+len(later) == 0 {
			return err
		}
		events = later
		for _, c := range stale {
			events = append(events, origin[c])
		}
	}
	return errRestless
}

// pairID is the pair that a change writes; 0 is none, or a new one.
func pairID(c *models.Change) int64 {
	if c.Pair == nil {
		return 0
	}
	return c.Pair.ID
}

func (r *run) rowsOf(ctx context.Context, pairs []*models.Pair) (map[int64]models.Schedule, error) {
	var ids []int64
	for _, p := range pairs {
		if p != nil {
			ids = append(ids, p.ScheduleID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return r.db.Schedules(ctx, ids)
}

func rowIn(rows map[int64]models.Schedule, p *models.Pair) *models.Schedule {
	if p == nil {
		return nil
	}
	if row, there := rows[p.ScheduleID]; there {
		return &row
	}
	return nil
}
