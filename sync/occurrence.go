package calsync

import (
	"context"
	"slices"
	"strings"

	"agcrm-google/models"
)

// isSeries tells whether these are an event's fields that repeat.
func isSeries(fields models.Fields) bool {
	return strings.Contains(fields[models.FieldTime], "\n")
}

// asOccurrence is what a series makes of one of its occurrences.
func asOccurrence(master models.Fields, key string) (models.Fields, bool) {
	s, err := parseSpan(master[models.FieldTime])
	at, date, err2 := keyTime(key)
	if err != nil || err2 != nil || date != s.allDay {
		return nil, false
	}
	length := s.end.Sub(s.start)
	s.start, s.end, s.rules = at, at.Add(length), nil
	out := models.Fields{models.FieldTime: s.String(), models.FieldRemoved: ""}
	for _, name := range []string{models.FieldSubject, models.FieldLocation, models.FieldBody, models.FieldPrivate, models.FieldBusy, models.FieldColor} {
		out[name] = master[name]
	}
	return out, true
}

// likeSeries tells whether an exception says the same as its series: it needs no
// replacement row. The zone's name is no difference.
func likeSeries(e *event, master *models.Pair) bool {
	plain, ok := asOccurrence(master.AgreedEvent, e.Original)
	if !ok {
		return false
	}
	a, err1 := parseSpan(plain[models.FieldTime])
	b, err2 := parseSpan(e.Fields[models.FieldTime])
	if err1 != nil || err2 != nil || a.allDay != b.allDay || !a.start.Equal(b.start) || !a.end.Equal(b.end) {
		return false
	}
	plain[models.FieldTime] = e.Fields[models.FieldTime]
	return sameFields(plain, e.Fields)
}

// decideOccurrence is for a changed occurrence without a pair: a replacement row,
// unless it says the same as its series and nobody needs a row for it.
func (r *run) decideOccurrence(ctx context.Context, calendarID string, e *event) (*models.Change, error) {
	master, series, err := r.masterOf(ctx, calendarID, e.SeriesID, false)
	if err != nil || master == nil || series == nil {
		return nil, err
	}
	extra, err := r.extraGuests(ctx, r.rosterChanges(e, nil, series.OwnerID, false), series.ID)
	if err != nil {
		return nil, err
	}
	lone, err := r.meetingRow(ctx, e)
	if lone != nil && lone.SeriesID != 0 {
		lone = nil
	}
	if err != nil || lone == nil && likeSeries(e, master) && len(extra) == 0 {
		return nil, err
	}
	at, date, err := keyTime(e.Original)
	if err != nil {
		return nil, nil
	}
	zone, err := series.Zone(r.s.opt.Zone)
	if err != nil {
		return nil, err
	}
	if row, err := r.unpairedReplacement(ctx, *series, e.Original); err != nil {
		return nil, err
	} else if row != nil { // both sides changed the same occurrence, or another guest's run was here first
		return r.pairOccurrence(ctx, calendarID, e, *row)
	}
	base := models.Schedule{SeriesID: series.ID, OriginalStartAt: originalWall(at, date, zone), TimeZone: series.TimeZone}
	if lone != nil { // a guest of this occurrence alone was here first
		c, err := r.pairOccurrence(ctx, calendarID, e, *lone)
		if c != nil {
			r.putInto(*series, e, c, base.OriginalStartAt)
		}
		return c, err
	}
	row, err := r.rowFrom(e, base)
	if err != nil || !r.inWindow(row.Fields()) {
		return nil, err
	}
	row.OwnerID = series.OwnerID
	c := r.created(calendarID, e, row)
	c.Roster = extra
	return c, nil
}

// putInto makes the row of one occurrence replace it in its series, to whose owner
// it then belongs; who had it takes part in it.
func (r *run) putInto(series models.Schedule, e *event, c *models.Change, original models.Wall) {
	c.Row.SeriesID, c.Row.OriginalStartAt, c.Action = series.ID, original, models.ActionUpdate
	c.Fields = append(c.Fields, models.FieldSeries)
	if had := c.Row.OwnerID; had != series.OwnerID {
		c.Row.OwnerID, c.Fields = series.OwnerID, append(c.Fields, models.FieldOwner)
		response := orDefault(rosterOf(e.Fields[factRoster])[had], "accepted") // the organiser's is no answer
		c.Roster = append(c.Roster, models.RosterChange{UserID: series.OwnerID}, models.RosterChange{UserID: had, Response: response, Join: true})
	}
}

// fitsSeries tells whether the row of an occurrence alone belongs in the series that
// stands in the same calendar: where that has it, the two would double it.
func (r *run) fitsSeries(ctx context.Context, calendarID string, e *event, row models.Schedule) (bool, error) {
	if e.SeriesID == "" || row.SeriesID != 0 {
		return false, nil
	}
	master, series, err := r.masterOf(ctx, calendarID, e.SeriesID, false)
	if err != nil || master == nil || series == nil {
		return false, err
	}
	return !slices.Contains(r.conv.removedKeys(*series), e.Original) && series.Recurrence != "", nil
}

// pairOccurrence pairs a changed occurrence with the row that replaces it.
func (r *run) pairOccurrence(ctx context.Context, calendarID string, e *event, row models.Schedule) (*models.Change, error) {
	p := r.newPair(calendarID, e, models.OriginGoogle)
	p.ScheduleID = row.ID
	if e.ReadOnly {
		return r.decideGuest(ctx, e, p, row)
	}
	return r.decideMerge(ctx, e, p, row)
}

// unpairedReplacement is the row that replaces an occurrence and has no pair yet.
func (r *run) unpairedReplacement(ctx context.Context, series models.Schedule, key string) (*models.Schedule, error) {
	rows, err := r.db.Replacements(ctx, series.ID)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if r.keyOfRow(row, series) != key {
			continue
		}
		pairs, err := r.db.PairsBySchedule(ctx, r.link.UserID, r.link.Sub, []int64{row.ID})
		if err != nil || len(pairs) == 0 {
			return &row, err
		}
	}
	return nil, nil
}

// keyOfRow is the original start of the occurrence that a row replaces.
func (r *run) keyOfRow(row, series models.Schedule) string {
	zone, err := series.Zone(r.s.opt.Zone)
	if err != nil || series.AllDay {
		return row.OriginalStartAt.Format(dateKey)
	}
	return row.OriginalStartAt.In(zone).UTC().Format(instantKey)
}

// occurs tells whether a series still has the occurrence that a row replaces.
// When in doubt it does.
func (r *run) occurs(row, series models.Schedule) bool {
	s, ok := models.SeriesOf(series, r.s.opt.Zone)
	at := row.OriginalStartAt
	if series.AllDay {
		at = at.Date()
	}
	return !ok || s.Occurs(at)
}

// stepWithoutSeries is for an occurrence whose series was deleted or moved since it
// was listed, or was deleted and stays so.
func (r *run) stepWithoutSeries(ctx context.Context, p, master *models.Pair) (bool, error) {
	if !r.link.CarriesFromGoogle() {
		return false, r.parkGone(ctx, p)
	}
	return r.lookAgain(ctx, master)
}
