package calsync

import (
	"context"
	"errors"
	"strconv"
	"time"

	"agcrm-google/models"
)

// errRestless ends a run whose row is rewritten by others faster than it can be
// merged; the next run tries again.
var errRestless = errors.New("a row changed again and again while it was merged")

// parkedByEvent in Pair.ParkedAt says that the event, not a refused write, is why
// the pair is left aside: nothing is carried either way until the event changes.
const parkedByEvent = "event"

// decideEvent says what a living event means for the table; nil is nothing.
func (r *run) decideEvent(ctx context.Context, calendarID string, e *event, p *models.Pair, row *models.Schedule) (*models.Change, error) {
	if p == nil {
		return r.decideStranger(ctx, calendarID, e)
	}
	if p.ETag == e.ETag && p.State == models.PairLive && p.MissingMS == 0 && sameEvent(e, p) {
		return nil, nil // the echo of our own write, or a listing repeated
	}
	if why, ok := r.unfit(e, p); !ok {
		return r.parkEvent(e, p, why), nil
	}
	acknowledge(e, p)
	if row == nil {
		return r.decideRowless(ctx, e, p)
	}
	switch mine, err := r.partIn(ctx, *row); {
	case err != nil:
		return nil, err
	case mine == copied:
		return r.decideCopy(e, p, *row)
	case mine == nobodys:
		p.ETag = e.ETag
		return &models.Change{Base: models.NoBase, Pair: p}, nil // push takes the event out of this calendar
	}
	return r.decideMerge(ctx, e, p, *row)
}

// acknowledge takes our own write for what it is where Google's answer to it was
// lost: what stands in Google as it was sent is agreed, not edited.
func acknowledge(e *event, p *models.Pair) {
	for name, value := range p.Sent {
		if e.Fields[name] == value {
			p.AgreedEvent[name] = value
		}
	}
	p.Sent = nil
}

func sameFields(a, b models.Fields) bool {
	for _, name := range models.FieldNames {
		if a[name] != b[name] {
			return false
		}
	}
	return true
}

// sameEvent tells whether an event is as it was agreed. Which occurrences were
// removed one by one is not told by the series itself.
func sameEvent(e *event, p *models.Pair) bool {
	cancelled := keySet(p.AgreedEvent[factCancelled])
	removed := keyList(append(keySet(e.Fields[models.FieldRemoved]), cancelled...))
	for _, name := range models.FieldNames {
		if name == models.FieldRemoved && removed == p.AgreedEvent[name] {
			continue
		}
		if e.Fields[name] != p.AgreedEvent[name] {
			return false
		}
	}
	return true
}

// unfit says why an event is left aside. A paired event stays with its row when
// guests join, because writes touch changed fields only.
func (r *run) unfit(e *event, p *models.Pair) (why models.Message, fit bool) {
	switch {
	case e.Type != "" && e.Type != "default":
		return models.Say("aside.event_type", "type", e.Type), false
	case e.Foreign:
		return models.Say("aside.guest_copy"), false
	case e.Guests && p == nil:
		return models.Say("aside.guests"), false
	case e.Fields[models.FieldTime] == "":
		return models.Say("aside.no_time"), false
	}
	if s, err := parseSpan(e.Fields[models.FieldTime]); err != nil || s.start.Year() < 1753 || s.end.Year() > 9998 {
		return models.Say("aside.no_time"), false // what the table's columns cannot hold
	}
	return models.Message{}, true
}

func (r *run) parkEvent(e *event, p *models.Pair, why models.Message) *models.Change {
	same := p.ParkedAt == parkedByEvent && p.ParkedKey == why.Key
	p.ETag, p.ParkedKey, p.ParkedArgs, p.ParkedAt = e.ETag, why.Key, "", parkedByEvent
	c := &models.Change{Base: models.NoBase, Pair: p}
	if !same {
		c.Log = []models.LogLine{r.logLine("warn", e.Fields[models.FieldSubject], why.Key)}
		r.res.Skipped++
	}
	return c
}

// asideRef names an event in the notes of what is left aside.
func asideRef(calendarID, eventID string) string {
	return models.EventKey(calendarID + "\n" + eventID)
}

// toldAside tells whether the log has said already why an event is left aside.
func (r *run) toldAside(ctx context.Context, ref, etag string) (bool, error) {
	if r.aside == nil {
		versions, err := r.db.AsideVersions(ctx, r.link.UserID)
		if err != nil {
			return false, err
		}
		r.aside = versions
	}
	version, noted := r.aside[ref]
	return noted && version == etag, nil
}

// decideStranger is for an event without a pair.
func (r *run) decideStranger(ctx context.Context, calendarID string, e *event) (*models.Change, error) {
	note := models.LeftAside{UserID: r.link.UserID, Side: models.SideGoogle, Ref: asideRef(calendarID, e.ID)}
	if why, ok := r.unfit(e, nil); !ok {
		if told, err := r.toldAside(ctx, note.Ref, e.ETag); told || err != nil {
			return nil, err
		}
		aside := models.NewLeftAside(r.link.UserID, models.SideGoogle, note.Ref, e.ETag, e.Fields[models.FieldSubject], why)
		aside.CalendarID, aside.EventID = calendarID, e.ID
		return &models.Change{Base: models.NoBase, Aside: &aside,
			Log: []models.LogLine{models.NewLogLine(r.link.UserID, "warn", aside.Subject, why)}}, nil
	}
	if !r.link.CarriesFromGoogle() {
		return nil, nil
	}
	if e.SeriesID != "" {
		return r.decideOccurrence(ctx, calendarID, e)
	}
	if row, err := r.believed(ctx, e); err != nil {
		return nil, err
	} else if row != nil {
		p := r.newPair(calendarID, e, models.OriginCRM)
		p.ScheduleID = row.ID
		c, err := r.decideMerge(ctx, e, p, *row)
		return c, err
	}
	row, err := r.rowFrom(e, models.Schedule{})
	if err != nil {
		return nil, err
	}
	if !r.inWindow(row.Fields()) {
		return nil, nil
	}
	if twin, err := r.lookAlike(ctx, row); err != nil {
		return nil, err
	} else if twin != nil {
		p := r.newPair(calendarID, e, models.OriginGoogle)
		p.ScheduleID = twin.ID
		c, err := r.decideMerge(ctx, e, p, *twin)
		if c != nil {
			c.DropAside = []models.LeftAside{note}
			c.Log = append(c.Log, r.logLine("info", twin.Subject, "log.adopted"))
		}
		return c, err
	}
	return r.created(calendarID, e, row), nil
}

// created makes an event's row and pairs the two.
func (r *run) created(calendarID string, e *event, row models.Schedule) *models.Change {
	p := r.newPair(calendarID, e, models.OriginGoogle)
	p.AgreedEvent = e.Fields
	note := models.LeftAside{UserID: r.link.UserID, Side: models.SideGoogle, Ref: asideRef(calendarID, e.ID)}
	return &models.Change{
		Action: models.ActionCreate, Row: row, Base: models.NoBase, Pair: p, DropAside: []models.LeftAside{note},
		History: []models.HistoryEntry{r.entry(p, models.SideTable, models.ActionCreate, row, nil, row.Fields())},
		Log:     []models.LogLine{r.logLine("info", row.Subject, "log.created_in_table")},
	}
}

func (r *run) newPair(calendarID string, e *event, origin string) *models.Pair {
	return &models.Pair{UserID: r.link.UserID, Sub: r.link.Sub, CalendarID: calendarID, EventID: e.ID,
		State: models.PairLive, Origin: origin, ICalUID: e.ICalUID, ETag: e.ETag}
}

// believed is the row that the mark on an unpaired event names, if the mark is
// to be believed: it names this installation and this very event, the row has no
// pair in this link, is this employee's, and subject or start agrees. Every other
// mark is on a copy that a person or Google made.
func (r *run) believed(ctx context.Context, e *event) (*models.Schedule, error) {
	if e.Mark.Installation != r.settings.InstallationID || e.Mark.Event != e.ID {
		return nil, nil
	}
	id, err := strconv.ParseInt(e.Mark.Row, 10, 64)
	if err != nil {
		return nil, nil
	}
	pairs, err := r.db.PairsBySchedule(ctx, r.link.UserID, r.link.Sub, []int64{id})
	if err != nil || len(pairs) > 0 {
		return nil, err
	}
	row, err := r.db.Schedule(ctx, id)
	if errors.Is(err, models.ErrNotFound) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	now, err := r.asRow(e, row)
	if err != nil || row.OwnerID != r.link.UserID { // a copy without a pair is made anew, its old one is nobody's
		return nil, nil
	}
	var there models.Schedule
	sameStart := there.SetField(models.FieldTime, now[models.FieldTime]) == nil && there.StartAt == row.StartAt
	if now[models.FieldSubject] != row.Subject && !sameStart {
		return nil, nil
	}
	return &row, nil
}

// rowFrom is the row that an event makes; of base, which may be empty, all else is kept.
func (r *run) rowFrom(e *event, base models.Schedule) (models.Schedule, error) {
	row := base
	row.OwnerID = r.link.UserID
	fields, err := r.asRow(e, row)
	if err != nil {
		return row, err
	}
	for _, name := range models.FieldNames {
		if name == models.FieldRemoved {
			continue
		}
		if err := row.SetField(name, fields[name]); err != nil {
			return row, err
		}
	}
	if e.Series {
		text, err := r.conv.setRemoved(row, keySet(e.Fields[models.FieldRemoved]))
		if err != nil {
			return row, err
		}
		return row, row.SetField(models.FieldRemoved, text)
	}
	return row, nil
}

// asRow is an event's fields in the terms of a row.
func (r *run) asRow(e *event, row models.Schedule) (models.Fields, error) {
	out := models.Fields{}
	for _, name := range models.FieldNames {
		value, err := r.conv.toRow(name, e.Fields[name], row)
		if err != nil {
			return nil, err
		}
		out[name] = value
	}
	return out, nil
}

// decideRowless is for a paired event whose row is gone. An edit in Google since
// the agreement wins over the deletion, unless the policy names the CRM.
func (r *run) decideRowless(ctx context.Context, e *event, p *models.Pair) (*models.Change, error) {
	edited := !sameEvent(e, p)
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
	before := p.ScheduleID
	p.State, p.ETag, p.AgreedEvent, p.MissingMS = models.PairLive, e.ETag, e.Fields, 0
	entry := r.entry(p, models.SideTable, models.ActionRestore, row, p.AgreedRow, row.Fields())
	return &models.Change{Action: models.ActionCreate, Row: row, Base: models.NoBase, Pair: p, DropHeld: true,
		History: []models.HistoryEntry{entry},
		Log:     []models.LogLine{r.logLine("warn", row.Subject, "log.restored_row", "row", strconv.FormatInt(before, 10))},
	}, nil
}

// missingFor is how long Google must have answered "not found" for an event,
// in more than one run, before it counts as deleted.
const missingFor = time.Minute
