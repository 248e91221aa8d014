package calsync

import (
	"context"
	"slices"

	"agcrm-google/models"
)

// takeGuestOccurrences is takeOccurrences for a series that is not the employee's
// own to change. An occurrence that is cancelled may be the organiser's removal or
// this guest's alone: it leaves the row's series with the last copy that has it.
func (r *run) takeGuestOccurrences(ctx context.Context, calendarID string, master *models.Pair, row models.Schedule, list []*event) error {
	cancelled := keySet(master.AgreedEvent[factCancelled])
	var gone []models.Pair
	var living []*event
	for _, e := range list {
		if !e.Cancelled {
			living, cancelled = append(living, e), without(cancelled, []string{e.Original})
			continue
		}
		p, err := r.exceptionPair(ctx, calendarID, e.ID)
		if err != nil {
			return err
		}
		if p != nil {
			gone = append(gone, *p)
		}
		if !slices.Contains(cancelled, e.Original) && r.gives(master, e.Original) {
			cancelled = append(cancelled, e.Original)
		}
	}
	if err := r.noteGuestCancelled(ctx, master, row, cancelled); err != nil {
		return err
	}
	if err := r.settleGone(ctx, gone); err != nil {
		return err
	}
	return r.takeEvents(ctx, calendarID, living, inCalendar(calendarID))
}

// noteGuestCancelled stores which occurrences are cancelled in this employee's
// copy. Those that no other copy has leave the row, and come back to it, unless the
// CRM has just given one of them a row of its own.
func (r *run) noteGuestCancelled(ctx context.Context, master *models.Pair, row models.Schedule, cancelled []string) error {
	before := keySet(master.AgreedEvent[factCancelled])
	holders, err := r.db.Holders(ctx, row.ID)
	if err != nil || keyList(before) == keyList(keySet(keyList(cancelled))) {
		return err
	}
	guided, alone := false, true
	fresh := without(cancelled, before)
	for _, q := range holders {
		if q.UserID == r.link.UserID {
			continue
		}
		guided = guided || !q.ReadOnly
		alone = alone && len(without(fresh, keySet(q.AgreedEvent[factCancelled]))) == 0
	}
	if !guided && alone {
		stays, err := r.stayingOf(ctx, row, fresh)
		if err == nil {
			err = r.noteCancelled(ctx, master.ID, without(cancelled, stays), nil)
		}
		if err != nil || len(stays) == 0 {
			return err
		}
	}
	return r.remember(ctx, master.ID, nil, func([]string) []string { return keySet(keyList(cancelled)) })
}

// stayingOf are those of these occurrences whose row, which no guest has a pair of,
// stays although Google's are cancelled.
func (r *run) stayingOf(ctx context.Context, series models.Schedule, keys []string) (stays []string, err error) {
	for _, key := range keys {
		row, err := r.unpairedReplacement(ctx, series, key)
		if err != nil {
			return nil, err
		}
		if row == nil {
			continue
		}
		if stay, err := r.replacementStays(ctx, series, key); err != nil {
			return nil, err
		} else if stay {
			stays = append(stays, key)
		}
	}
	return stays, nil
}

// takeLoneOccurrences is for occurrences of a series that is not in this calendar:
// the employee is invited to them alone.
func (r *run) takeLoneOccurrences(ctx context.Context, calendarID string, list []*event) error {
	var living []*event
	var gone []models.Pair
	for _, e := range list {
		p, err := r.exceptionPair(ctx, calendarID, e.ID)
		switch {
		case err != nil:
			return err
		case !e.Cancelled && (e.ReadOnly || p != nil):
			living = append(living, e)
		case e.Cancelled && p != nil:
			gone = append(gone, *p)
		}
	}
	if err := r.takeEvents(ctx, calendarID, living, inCalendar(calendarID)); err != nil {
		return err
	}
	return r.settleGone(ctx, gone)
}

// loneRow makes of an occurrence without its series in this calendar the row that
// replaces it in the organiser's series, if that has a row.
func (r *run) loneRow(ctx context.Context, e *event, row models.Schedule) (models.Schedule, error) {
	if e.SeriesID == "" || e.Organiser == 0 {
		return row, nil
	}
	at, date, err := keyTime(e.Original)
	if err != nil {
		return row, nil
	}
	for _, p := range r.copies[e.ICalUID] {
		if p.UserID != e.Organiser || p.AgreedEvent[factOriginal] != "" {
			continue
		}
		series, err := r.db.Schedule(ctx, p.ScheduleID)
		if err != nil {
			return row, ignore(err, models.ErrNotFound)
		}
		zone, err := series.Zone(r.s.opt.Zone)
		if err != nil {
			return row, err
		}
		row.SeriesID, row.OwnerID, row.OriginalStartAt = series.ID, series.OwnerID, originalWall(at, date, zone)
	}
	return row, nil
}

// adoptOccurrence pairs a replacement row with the occurrence of a series that is
// not the employee's own to change: nothing is written to Google, and what the row
// says otherwise is taken back.
func (r *run) adoptOccurrence(ctx context.Context, master *models.Pair, series, row models.Schedule) error {
	g, err := r.instance(ctx, master, r.keyOfRow(row, series), false)
	if err != nil {
		return err
	}
	aside := func(why string) error { return r.save(ctx, r.noteRow(row, models.Say(why))) }
	if g == nil {
		return aside("aside.occurrence_removed")
	}
	e := readEvent(g)
	if paired, err := r.exceptionPair(ctx, master.CalendarID, e.ID); err != nil {
		return err
	} else if paired != nil {
		return aside("aside.same_meeting")
	}
	if err := r.knowMeetings(ctx, []*event{e}); err != nil {
		return err
	}
	asRow, err := r.asRow(e, row)
	if err != nil {
		return err
	}
	p := r.newPair(master.CalendarID, e, models.OriginGoogle)
	p.ScheduleID, p.AgreedEvent, p.AgreedRow = row.ID, e.Fields, row.AgreedFields()
	for _, name := range models.FieldNames {
		if name != models.FieldRemoved {
			p.AgreedRow[name] = asRow[name]
		}
	}
	if err := r.save(ctx, &models.Change{Row: row, Base: row.RowVersion, Pair: p}); err != nil || p.ID == 0 {
		return err
	}
	return r.settle(ctx, p.ID)
}
