package calsync

import (
	"context"

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

// forgetChildren drops the pairs of a series' replacement rows: they are carried
// anew, or sleep with the series.
func (r *run) forgetChildren(ctx context.Context, seriesID int64) error {
	pairs, err := r.childPairs(ctx, seriesID)
	if err != nil || r.dry {
		return err
	}
	var changes []*models.Change
	for i := range pairs {
		changes = append(changes, &models.Change{Base: models.NoBase, Pair: &pairs[i], DropPair: true, DropHeld: true})
	}
	_, err = r.apply(ctx, changes, nil)
	return err
}

// remember changes the set of occurrences that were removed one by one in Google,
// and notes those that push is to give back to their series.
func (r *run) remember(ctx context.Context, masterID int64, undo []string, change func([]string) []string) error {
	p, err := r.db.PairByID(ctx, masterID)
	if err != nil {
		return err
	}
	before := keySet(p.AgreedEvent[factCancelled])
	lines := without(keySet(p.AgreedEvent[models.FieldRemoved]), before)
	after := change(before)
	p.AgreedEvent[factCancelled], p.AgreedEvent[models.FieldRemoved] = keyList(after), keyList(append(lines, after...))
	if len(undo) > 0 {
		p.AgreedEvent[factUndo], p.RowVersion = keyList(append(keySet(p.AgreedEvent[factUndo]), undo...)), 0
	}
	return r.save(ctx, &models.Change{Base: models.NoBase, Pair: &p})
}
