package calsync

import (
	"context"
	"slices"

	"agcrm-google/models"
)

// verifySeries looks at the changed occurrences of a series whose time or rule
// was changed in Google: those that Google reset go back to the series.
func (r *run) verifySeries(ctx context.Context, masterID int64) error {
	master, err := r.db.PairByID(ctx, masterID)
	if err != nil {
		return err
	}
	cancelled, err := r.stillCancelled(ctx, &master)
	if err != nil {
		return err
	}
	if master.ReadOnly {
		row, err := r.db.Schedule(ctx, master.ScheduleID)
		if err == nil {
			err = r.noteGuestCancelled(ctx, &master, row, cancelled)
		}
		if err != nil {
			return err
		}
	} else if err := r.noteCancelled(ctx, masterID, cancelled, nil); err != nil {
		return err
	}
	children, err := r.childPairs(ctx, master.ScheduleID)
	if err != nil {
		return err
	}
	var gone []models.Pair
	for _, p := range children {
		g, err := r.api.get(ctx, p.CalendarID, p.EventID)
		if err != nil && !isGone(err) {
			return err
		}
		if err != nil || g.Status == "cancelled" || likeSeries(readEvent(g), &master) {
			gone = append(gone, p)
		}
	}
	return r.settleGone(ctx, gone)
}

func (r *run) stillCancelled(ctx context.Context, master *models.Pair) ([]string, error) {
	var still []string
	for _, key := range keySet(master.AgreedEvent[factCancelled]) {
		if !r.gives(&models.Pair{AgreedEvent: endless(master.AgreedEvent)}, key) {
			continue
		}
		g, err := r.api.get(ctx, master.CalendarID, master.EventID+"_"+key)
		if err != nil && !isGone(err) {
			return nil, err
		}
		if err == nil && g.Status == "cancelled" {
			still = append(still, key)
		}
	}
	return still, nil
}

// occurrencePairs are the pairs of a series' changed occurrences, with a row or
// without. Their events' ids do not tell: a series that Google split off begins
// with the id of the one before it.
func (r *run) occurrencePairs(ctx context.Context, series models.Pair) ([]models.Pair, error) {
	pairs, err := r.db.PairsInCalendar(ctx, series.UserID, series.Sub, series.CalendarID)
	return slices.DeleteFunc(pairs, func(p models.Pair) bool { return p.AgreedEvent[factSeries] != series.EventID }), err
}

// childPairs are the pairs of a series' replacement rows.
func (r *run) childPairs(ctx context.Context, seriesID int64) ([]models.Pair, error) {
	rows, err := r.db.Replacements(ctx, seriesID)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	return r.db.PairsBySchedule(ctx, r.link.UserID, r.link.Sub, ids)
}

// withChildren adds the replacement rows of a series to its deletion: when a
// master goes, they go with it.
func (r *run) withChildren(ctx context.Context, seriesID int64) ([]*models.Change, error) {
	rows, err := r.db.Replacements(ctx, seriesID)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	pairs, err := r.childPairs(ctx, seriesID)
	if err != nil {
		return nil, err
	}
	var changes []*models.Change
	for _, row := range rows {
		c := &models.Change{Action: models.ActionDelete, Row: row, Base: row.RowVersion}
		for i := range pairs {
			if pairs[i].ScheduleID == row.ID {
				c.Pair, c.DropPair, c.DropHeld = &pairs[i], true, true
			}
		}
		changes = append(changes, c)
	}
	return changes, nil
}

// leaveChildren is for a series whose row stays while this employee's part in it
// ends: the replacement rows stay with it.
func (r *run) leaveChildren(ctx context.Context, p *models.Pair) error {
	if !isSeries(p.AgreedEvent) {
		return nil
	}
	return r.forgetChildren(ctx, p.ScheduleID, false)
}

// forgetChildren drops the pairs of a series' replacement rows: they are carried
// anew, or sleep with the series. With meetings the rows stand for no shared event
// any more either.
func (r *run) forgetChildren(ctx context.Context, seriesID int64, meetings bool) error {
	rows, err := r.db.Replacements(ctx, seriesID)
	if err != nil || len(rows) == 0 {
		return err
	}
	pairs, err := r.childPairs(ctx, seriesID)
	if err != nil {
		return err
	}
	var changes []*models.Change
	for _, row := range rows {
		c := &models.Change{Base: models.NoBase, Row: row, DropMeeting: meetings}
		if i := slices.IndexFunc(pairs, func(p models.Pair) bool { return p.ScheduleID == row.ID }); i >= 0 {
			c.Pair, c.DropPair, c.DropHeld = &pairs[i], true, true
		}
		changes = append(changes, c)
	}
	_, err = r.apply(ctx, changes, nil)
	return err
}

// remember changes the set of occurrences that were removed one by one in Google,
// and notes those that push is to give back to their series, for they were changed
// in a copy; if that has not happened too often.
func (r *run) remember(ctx context.Context, masterID int64, undo []string, change func([]string) []string) error {
	p, err := r.db.PairByID(ctx, masterID)
	if err != nil {
		return err
	}
	before := keySet(p.AgreedEvent[factCancelled])
	lines := without(keySet(p.AgreedEvent[models.FieldRemoved]), before)
	after := change(before)
	p.AgreedEvent[factCancelled], p.AgreedEvent[models.FieldRemoved] = keyList(after), keyList(append(lines, after...))
	c := &models.Change{Base: models.NoBase, Pair: &p}
	for _, key := range without(undo, keySet(p.AgreedEvent[factUndo])) {
		line := "aside.put_back_often"
		if r.mayPutBack(&p) {
			line, p.RowVersion = "log.put_back", 0
			p.AgreedEvent[factUndo] = keyList(append(keySet(p.AgreedEvent[factUndo]), key))
		}
		c.Log = append(c.Log, r.logLine("warn", p.AgreedRow[models.FieldSubject], line, "field", models.FieldTime))
	}
	return r.save(ctx, c)
}
