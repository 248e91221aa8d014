package calsync

import (
	"context"
	"maps"
	"strconv"
	"time"

	"agcrm-google/models"
)

// decideMerge is for a living event and a living row.
func (r *run) decideMerge(ctx context.Context, e *event, p *models.Pair, row models.Schedule) (*models.Change, error) {
	if why, fit := r.rowFit(row); !fit {
		return r.parkRow(p, row, why), nil
	}
	if p.ID != 0 && p.AgreedEvent[models.FieldTime] != e.Fields[models.FieldTime] && isSeries(p.AgreedEvent) {
		r.reset = append(r.reset, p.ID) // Google resets the changed occurrences of such a series
	}
	asRow, err := r.asRow(e, row)
	if err != nil {
		return nil, err
	}
	m := mergeFields(mergeInput{
		Row: row.Fields(), AgreedRow: p.AgreedRow, Event: e.Fields, AgreedEvent: r.carried(p, e, row, asRow), EventAsRow: asRow,
		Policy: r.settings.ConflictPolicy, Direction: r.link.Direction, RowNewer: r.rowNewer(row, p, e),
	})
	if err := r.mergeRemoved(&m, e, p, row); err != nil {
		return nil, err
	}
	c := &models.Change{Row: row, Base: row.RowVersion, Pair: p, Pending: m.Pending}
	if p.State == models.PairInserting { // the answer to our insert was lost
		c.History = append(c.History, r.entry(p, models.SideGoogle, models.ActionCreate, row, nil, p.AgreedRow))
		c.Log = append(c.Log, r.logLine("info", row.Subject, "log.created_in_google"))
	}
	if err := r.setFields(c, m, p); err != nil {
		return nil, err
	}
	for _, x := range m.Conflicts {
		r.noteConflict(c, p, row, x)
	}
	old := p.AgreedEvent
	p.State, p.ETag, p.AgreedEvent, p.MissingMS, p.ParkedKey, p.ParkedArgs, p.ParkedAt = models.PairLive, e.ETag, m.Event, 0, "", "", ""
	p.ICalUID = orDefault(e.ICalUID, p.ICalUID)
	if e.shared() || old[factRoster] != "" {
		c.Roster, c.Meeting = r.rosterChanges(e, old, row.OwnerID, false), r.newsOfMeeting(e, row.ID)
		if c.Roster, err = r.extraGuests(ctx, c.Roster, row.SeriesID); err != nil {
			return nil, err
		}
	}
	r.followOrganiser(c, e, old)
	p.Kept, p.ReadOnly = e.Guests, false
	keepFacts(p.AgreedEvent, e.Fields, factGuests, factMark, factSeries, factOriginal, factOrganizer, factRoster, factAnswer, factOutside, factLink)
	keepFacts(p.AgreedEvent, old, factStays, factGiven, factUndo)
	c.Due = r.followSeries(p, !sameFields(old, p.AgreedEvent))
	if p.ID != 0 {
		if _, held, err := r.heldOf(ctx, p.ID); err != nil {
			return nil, err
		} else if held {
			c.DropHeld = true
		}
	}
	if c.Action == "" {
		r.agreeRow(c)
	}
	return c, nil
}

// carried is what of a pair's event is in its row. Of an invitation, which the event
// may have been until just now, not all is: its organiser's link was to bring it.
func (r *run) carried(p *models.Pair, e *event, row models.Schedule, asRow models.Fields) models.Fields {
	if !p.ReadOnly || !r.link.CarriesFromGoogle() {
		return p.AgreedEvent
	}
	out := maps.Clone(p.AgreedEvent)
	for _, name := range shared {
		if now := row.Fields()[name]; now == p.AgreedRow[name] && now != asRow[name] && e.Fields[name] == out[name] {
			out[name] = putBack
		}
	}
	return out
}

// parkRow leaves a pair aside whose row says nothing that can be compared. The
// pair keeps the old ETag, so that the event is read again once the row is mended.
func (r *run) parkRow(p *models.Pair, row models.Schedule, why models.Message) *models.Change {
	if p.ID == 0 || p.ParkedKey == why.Key {
		return nil
	}
	p.ParkedKey, p.ParkedArgs, p.ParkedAt, p.RowVersion = why.Key, "", strconv.FormatInt(row.RowVersion, 10), row.RowVersion
	r.res.Skipped++
	return &models.Change{Row: row, Base: row.RowVersion, Pair: p,
		Log: []models.LogLine{models.NewLogLine(r.link.UserID, "warn", row.Subject, why)}}
}

func (r *run) setFields(c *models.Change, m merged, p *models.Pair) error {
	before, after := models.Fields{}, models.Fields{}
	for _, name := range models.FieldNames {
		value, set := m.Set[name]
		if !set {
			continue
		}
		before[name], after[name] = c.Row.Fields()[name], value
		if err := c.Row.SetField(name, value); err != nil {
			return err
		}
		c.Fields = append(c.Fields, name)
	}
	if len(c.Fields) == 0 {
		return nil
	}
	c.Action = models.ActionUpdate
	c.History = append(c.History, r.entry(p, models.SideTable, models.ActionUpdate, c.Row, before, after))
	c.Log = append(c.Log, r.logLine("info", c.Row.Subject, "log.updated_in_table"))
	return nil
}

// agreeWithout is the agreement on what both sides have, with the old one for
// the fields that are still to be carried.
func agreeWithout(now, old models.Fields, pending []string) models.Fields {
	for _, name := range pending {
		if value, there := old[name]; there {
			now[name] = value
		} else {
			delete(now, name)
		}
	}
	return now
}

// noteConflict keeps the value that lost in the history, from where it can be
// brought back.
func (r *run) noteConflict(c *models.Change, p *models.Pair, row models.Schedule, x conflict) {
	side, lost, won := models.SideTable, x.Row, x.Own
	if x.RowWins {
		side, lost, won = models.SideGoogle, x.Own, x.Row
	}
	c.History = append(c.History, r.entry(p, side, models.ActionConflict, row, models.Fields{x.Field: lost}, models.Fields{x.Field: won}))
	key := "log.conflict_google_won"
	if x.RowWins {
		key = "log.conflict_crm_won"
	}
	c.Log = append(c.Log, r.logLine("warn", row.Subject, key, "field", x.Field))
}

// rowNewer compares the two edits: the row's updated_at, or the time at which
// the service saw the change where that column is empty, in the future or did
// not move with the row.
func (r *run) rowNewer(row models.Schedule, p *models.Pair, e *event) bool {
	at := row.UpdatedAt
	stood := p.AgreedRow != nil && row.AgreedFields()[models.FieldUpdated] == p.AgreedRow[models.FieldUpdated]
	if at.IsZero() || at.After(r.now) || stood {
		if at = r.now; p.SeenMS != 0 && p.SeenVersion == row.RowVersion {
			at = time.UnixMilli(p.SeenMS)
		}
	}
	return at.After(e.Updated)
}

func (r *run) entry(p *models.Pair, side, action string, row models.Schedule, before, after models.Fields) models.HistoryEntry {
	return models.HistoryEntry{UserID: r.link.UserID, ScheduleID: row.ID, CalendarID: p.CalendarID, EventID: p.EventID,
		Side: side, Action: action, Subject: row.Subject, Before: before, After: after, PairedMS: p.CreatedMS}
}
