package calsync

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"agcrm-google/models"
)

// rehearsal is what a dry run would have stored so far. It lies over the database,
// so that each decision of a preview builds on those before it as a run's do,
// while nothing is written. New rows and pairs have numbers below zero.
type rehearsal struct {
	rows  map[int64]*models.Schedule // nil: deleted
	pairs map[int64]*models.Pair     // nil: dropped
	freed map[int64]bool             // rows that lost their pair and are to have another
	last  int64                      // the number that was given last
}

func newRehearsal() *rehearsal {
	return &rehearsal{rows: map[int64]*models.Schedule{}, pairs: map[int64]*models.Pair{}, freed: map[int64]bool{}}
}

// note takes a change as written.
func (o *rehearsal) note(r *run, c *models.Change) {
	switch c.Action {
	case models.ActionCreate:
		o.last--
		c.Row.ID, c.Row.RowVersion = o.last, 1
		fallthrough
	case models.ActionUpdate:
		row := c.Row
		o.rows[row.ID] = &row
	case models.ActionDelete:
		o.rows[c.Row.ID] = nil
	}
	switch p := c.Pair; {
	case p == nil:
	case c.DropPair:
		o.pairs[p.ID], o.freed[p.ScheduleID] = nil, c.Action == "" && !c.Decline
	default:
		if c.Action != "" {
			p.ScheduleID = c.Row.ID
			r.agreeRow(c)
		}
		if p.ID == 0 {
			o.last--
			p.ID = o.last
		}
		now := clonePair(*p)
		o.pairs[p.ID] = &now
	}
}

// inserted takes the intent of an insert as carried out.
func (o *rehearsal) inserted(r *run, c *models.Change) {
	c.Pair.State, c.Pair.RowVersion = models.PairLive, c.Row.RowVersion
	o.note(r, c)
}

func clonePair(p models.Pair) models.Pair {
	p.AgreedRow, p.AgreedEvent, p.Sent = maps.Clone(p.AgreedRow), maps.Clone(p.AgreedEvent), maps.Clone(p.Sent)
	return p
}

// tables is the database as a run sees it: in a dry run with the rehearsal over it.
type tables struct {
	*models.DB
	over *rehearsal // nil: the run writes
}

func (t tables) pairs(list []models.Pair, err error, match func(p *models.Pair) bool) ([]models.Pair, error) {
	if t.over == nil || err != nil {
		return list, err
	}
	list = slices.DeleteFunc(list, func(p models.Pair) bool { _, anew := t.over.pairs[p.ID]; return anew })
	for _, id := range slices.Sorted(maps.Keys(t.over.pairs)) {
		if p := t.over.pairs[id]; p != nil && match(p) {
			list = append(list, clonePair(*p))
		}
	}
	return list, nil
}

func (t tables) rows(list []models.Schedule, err error, match func(row *models.Schedule) bool) ([]models.Schedule, error) {
	if t.over == nil || err != nil {
		return list, err
	}
	list = slices.DeleteFunc(list, func(row models.Schedule) bool { _, anew := t.over.rows[row.ID]; return anew })
	for _, id := range slices.Sorted(maps.Keys(t.over.rows)) {
		if row := t.over.rows[id]; row != nil && match(row) {
			list = append(list, *row)
		}
	}
	return list, nil
}

// The following are the database's own queries over what the rehearsal leaves.

func (t tables) PairsByEvent(ctx context.Context, userID int64, sub string, ids []string) ([]models.Pair, error) {
	list, err := t.DB.PairsByEvent(ctx, userID, sub, ids)
	return t.pairs(list, err, func(p *models.Pair) bool { return slices.Contains(ids, p.EventID) })
}

func (t tables) PairsBySchedule(ctx context.Context, userID int64, sub string, ids []int64) ([]models.Pair, error) {
	list, err := t.DB.PairsBySchedule(ctx, userID, sub, ids)
	return t.pairs(list, err, func(p *models.Pair) bool { return slices.Contains(ids, p.ScheduleID) })
}

func (t tables) PairsInCalendar(ctx context.Context, userID int64, sub, calendarID string) ([]models.Pair, error) {
	list, err := t.DB.PairsInCalendar(ctx, userID, sub, calendarID)
	return t.pairs(list, err, func(p *models.Pair) bool { return p.CalendarID == calendarID })
}

func (t tables) PairsByID(ctx context.Context, ids []int64) ([]models.Pair, error) {
	list, err := t.DB.PairsByID(ctx, ids)
	return t.pairs(list, err, func(p *models.Pair) bool { return slices.Contains(ids, p.ID) })
}

func (t tables) PairByID(ctx context.Context, id int64) (models.Pair, error) {
	list, err := t.PairsByID(ctx, []int64{id})
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("pair %d: %w", id, models.ErrNotFound)
	}
	if err != nil {
		return models.Pair{}, err
	}
	return list[0], nil
}

func (t tables) Replacements(ctx context.Context, seriesID int64) ([]models.Schedule, error) {
	list, err := t.DB.Replacements(ctx, seriesID)
	return t.rows(list, err, func(row *models.Schedule) bool { return row.SeriesID == seriesID })
}

func (t tables) Schedules(ctx context.Context, ids []int64) (map[int64]models.Schedule, error) {
	found, err := t.DB.Schedules(ctx, ids)
	list, err := t.rows(slices.Collect(maps.Values(found)), err, func(row *models.Schedule) bool { return slices.Contains(ids, row.ID) })
	if err != nil || t.over == nil {
		return found, err
	}
	found = map[int64]models.Schedule{}
	for _, row := range list {
		found[row.ID] = row
	}
	return found, nil
}

func (t tables) Schedule(ctx context.Context, id int64) (models.Schedule, error) {
	found, err := t.Schedules(ctx, []int64{id})
	row, there := found[id]
	if err == nil && !there {
		err = fmt.Errorf("schedule %d: %w", id, models.ErrNotFound)
	}
	return row, err
}

// Candidates leaves out what the rehearsal has settled, and adds what it has made due.
func (t tables) Candidates(ctx context.Context, l models.Link, since models.Wall) ([]models.Candidate, error) {
	list, err := t.DB.Candidates(ctx, l, since)
	if t.over == nil || err != nil || !l.CarriesToGoogle() {
		return list, err
	}
	free := maps.Clone(t.over.freed)
	for _, p := range t.over.pairs {
		if p != nil {
			free[p.ScheduleID] = false
		}
	}
	rows, err := t.Schedules(ctx, slices.Collect(maps.Keys(free)))
	if err != nil {
		return nil, err
	}
	settled := func(p *models.Pair) bool {
		row, there := rows[p.ScheduleID]
		return there && p.RowVersion == row.RowVersion
	}
	list = slices.DeleteFunc(list, func(c models.Candidate) bool {
		p, anew := t.over.pairs[c.PairID]
		_, known := free[c.ScheduleID]
		return anew && (p == nil || settled(p)) || c.PairID == 0 && known
	})
	for _, id := range slices.Sorted(maps.Keys(t.over.pairs)) {
		p := t.over.pairs[id]
		if p == nil || settled(p) || slices.ContainsFunc(list, func(c models.Candidate) bool { return c.PairID == id }) {
			continue
		}
		list = append(list, models.Candidate{ScheduleID: p.ScheduleID, PairID: id})
	}
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		if free[id] {
			list = append(list, models.Candidate{ScheduleID: id})
		}
	}
	return list, nil
}
