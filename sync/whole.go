package calsync

import (
	"context"
	"maps"
	"slices"

	"agcrm-google/models"
)

// deleteWhole completes deletions of rows: a series takes the rows along that
// replace its occurrences, and the history keeps those and who took part.
func (r *run) deleteWhole(ctx context.Context, deletions []*models.Change) ([]*models.Change, error) {
	var all []*models.Change
	for _, c := range deletions {
		if c.Action != models.ActionDelete {
			all = append(all, c)
			continue
		}
		var replaced []models.Schedule
		if c.Row.Recurrence != "" {
			children, err := r.withChildren(ctx, c.Row.ID)
			if err != nil {
				return nil, err
			}
			for _, child := range children {
				replaced = append(replaced, child.Row)
			}
			all = append(all, children...)
		}
		if err := r.keepWhole(ctx, c.History[0].Before, c.Row.ID, replaced); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

// keepWhole adds to what a row was who took part in it, and the rows that replaced
// occurrences of it.
func (r *run) keepWhole(ctx context.Context, before models.Fields, rowID int64, replaced []models.Schedule) error {
	w, err := before.Whole()
	if err != nil {
		return err
	}
	ids := []int64{rowID}
	for _, row := range replaced {
		ids = append(ids, row.ID)
	}
	rosters, err := r.db.Participants(ctx, ids)
	if err != nil {
		return err
	}
	w.People = responses(rosters[rowID], w.People)
	for _, row := range replaced {
		w.Occurrences = append(w.Occurrences, models.WholeRow{At: row.OriginalStartAt, Fields: row.Fields(), People: responses(rosters[row.ID], nil)})
	}
	return before.SetWhole(w)
}

func responses(list []models.Participant, known map[int64]string) map[int64]string {
	people := map[int64]string{}
	maps.Copy(people, known)
	for _, p := range list {
		people[p.UserID] = p.Response
	}
	return people
}

// dropReplacements deletes what is left of the replacement rows of a series whose
// master row is gone, and their pairs. The series' pair remembers what they were,
// for the history.
func (r *run) dropReplacements(ctx context.Context, p *models.Pair) error {
	if !isSeries(p.AgreedEvent) {
		return nil
	}
	changes, err := r.withChildren(ctx, p.ScheduleID)
	if err != nil {
		return err
	}
	var replaced []models.Schedule
	for _, c := range changes {
		replaced = append(replaced, c.Row)
	}
	edited, err := p.AgreedRow.Whole()
	if err != nil {
		return err
	}
	pairs, err := r.occurrencePairs(ctx, *p)
	if err != nil {
		return err
	}
	for i := range pairs {
		gone := &pairs[i]
		if slices.ContainsFunc(replaced, func(row models.Schedule) bool { return row.ID == gone.ScheduleID }) {
			continue
		}
		changes = append(changes, &models.Change{Base: models.NoBase, Pair: gone, DropPair: true, DropHeld: true})
		if row, ok := r.rowThatWas(p, gone); ok {
			replaced = append(replaced, row)
		}
	}
	if len(changes) == 0 {
		return nil
	}
	replaced = slices.DeleteFunc(replaced, func(row models.Schedule) bool {
		return slices.ContainsFunc(edited.Occurrences, func(o models.WholeRow) bool { return o.At == row.OriginalStartAt })
	})
	if p.AgreedRow != nil {
		if err := r.keepWhole(ctx, p.AgreedRow, p.ScheduleID, replaced); err != nil {
			return err
		}
	}
	_, err = r.apply(ctx, append(changes, &models.Change{Base: models.NoBase, Pair: p}), nil)
	return err
}

// keepEdited remembers, for the history, how occurrences were changed in Google
// of a series whose row is gone.
func (r *run) keepEdited(ctx context.Context, master *models.Pair, list []*event) error {
	if master.AgreedRow == nil {
		return nil
	}
	w, err := master.AgreedRow.Whole()
	if err != nil {
		return err
	}
	before := len(w.Occurrences)
	for _, e := range list {
		known, err := r.exceptionPair(ctx, master.CalendarID, e.ID)
		if err != nil {
			return err
		}
		if e.Cancelled || known != nil && sameEvent(e, known) || likeSeries(e, master) {
			continue
		}
		p := &models.Pair{AgreedEvent: e.Fields}
		if p.AgreedRow, err = r.asRow(e, models.Schedule{}); err != nil {
			return err
		}
		if row, ok := r.rowThatWas(master, p); ok {
			w.Occurrences = slices.DeleteFunc(w.Occurrences, func(o models.WholeRow) bool { return o.At == row.OriginalStartAt })
			w.Occurrences = append(w.Occurrences, models.WholeRow{At: row.OriginalStartAt, Fields: row.Fields()})
		}
	}
	if before == 0 && len(w.Occurrences) == 0 {
		return nil
	}
	if err := master.AgreedRow.SetWhole(w); err != nil {
		return err
	}
	return r.save(ctx, &models.Change{Base: models.NoBase, Pair: master})
}

// rowThatWas is a deleted replacement row as it last agreed with Google.
func (r *run) rowThatWas(series, p *models.Pair) (models.Schedule, bool) {
	row, master := models.Schedule{ID: p.ScheduleID}, models.Schedule{}
	at, date, err := keyTime(p.AgreedEvent[factOriginal])
	if err != nil || p.AgreedRow == nil || master.SetField(models.FieldTime, series.AgreedRow[models.FieldTime]) != nil {
		return row, false
	}
	zone, err := master.Zone(r.s.opt.Zone)
	if err != nil {
		return row, false
	}
	row.OriginalStartAt = originalWall(at, date, zone)
	for _, name := range models.FieldNames {
		if row.SetField(name, p.AgreedRow[name]) != nil {
			return row, false
		}
	}
	return row, true
}
