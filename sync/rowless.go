package calsync

import (
	"context"
	"strconv"

	"agcrm-google/models"
)

// decideRowless is for a paired event whose row is gone. An edit in Google since
// the agreement wins over the deletion, unless the policy names the CRM.
func (r *run) decideRowless(ctx context.Context, e *event, p *models.Pair) (*models.Change, error) {
	if row, err := r.meetingRow(ctx, e); err != nil {
		return nil, err
	} else if row != nil { // a guest's run has made it anew
		p.ScheduleID, p.AgreedRow, p.AgreedEvent = row.ID, nil, nil
		return r.decideMerge(ctx, e, p, *row)
	}
	edited := !sameEvent(e, p) || p.ReadOnly && e.Fields[factOrganizer] != p.AgreedEvent[factOrganizer] // or handed over to this employee
	if p.State == models.PairEnded && edited {
		now, err := r.asRow(e, models.Schedule{})
		if err != nil {
			return nil, err
		}
		edited = r.inWindow(now) // brought back into it; else the CRM's history stays closed
	}
	if p.AgreedEvent[factCopy] != "" { // the row was not this employee's to bring back
		p.ETag, edited = e.ETag, false
		e.Fields[factCopy] = "1"
	}
	oneWay := !r.link.CarriesFromGoogle() || !r.link.CarriesToGoogle() // what one side lacks is not undone
	if !edited || oneWay || r.settings.ConflictPolicy == models.PolicyCRM {
		p.ETag = e.ETag
		if !oneWay && p.State == models.PairLive {
			p.AgreedEvent = e.Fields // push deletes the event
		}
		return &models.Change{Base: models.NoBase, Pair: p}, nil
	}
	return r.restoreRow(ctx, e, p)
}

// restoreRow makes a deleted row anew from its event.
func (r *run) restoreRow(ctx context.Context, e *event, p *models.Pair) (*models.Change, error) {
	if e.SeriesID != "" {
		c, err := r.decideOccurrence(ctx, p.CalendarID, e)
		if c == nil || err != nil { // it says the same as its series, or that is gone
			return &models.Change{Base: models.NoBase, Pair: p, DropPair: true, DropHeld: true}, err
		}
		c.Pair.ID, c.Pair.CreatedMS, c.Pair.Origin, c.DropHeld = p.ID, p.CreatedMS, p.Origin, true
		return c, nil
	}
	if e.Series {
		if err := r.reviveSeries(ctx, e, p); err != nil {
			return nil, err
		}
	}
	var base models.Schedule
	for _, name := range models.FieldNames {
		if value, there := p.AgreedRow[name]; there {
			if err := base.SetField(name, value); err != nil {
				return nil, err
			}
		}
	}
	if _, err := base.Zone(r.s.opt.Zone); err != nil {
		base.TimeZone = "" // a name that nobody knows is no loss
	}
	row, err := r.rowFrom(e, base)
	if err != nil {
		return nil, err
	}
	if err := r.knowMeetings(ctx, []*event{e}); err != nil {
		return nil, err
	}
	before := p.ScheduleID
	p.State, p.ETag, p.AgreedEvent, p.MissingMS = models.PairLive, e.ETag, e.Fields, 0
	entry := r.entry(p, models.SideTable, models.ActionRestore, row, p.AgreedRow, row.Fields())
	c := &models.Change{Action: models.ActionCreate, Row: row, Base: models.NoBase, Pair: p, DropHeld: true,
		History: []models.HistoryEntry{entry},
		Log:     []models.LogLine{r.logLine("warn", row.Subject, "log.restored_row", "row", strconv.FormatInt(before, 10))},
	}
	if e.shared() {
		c.Row.OwnerID = r.ownerOf(e)
		c.Meeting, c.Roster = e.meetingOf(), r.rosterChanges(e, nil, c.Row.OwnerID, false)
		p.ReadOnly, p.Kept = e.ReadOnly, true
	}
	return c, nil
}
