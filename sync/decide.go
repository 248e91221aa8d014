package calsync

import (
	"context"
	"errors"
	"maps"
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
	if p.ETag == e.ETag && p.State == models.PairLive && p.MissingMS == 0 && len(p.Sent) == 0 && sameEvent(e, p) {
		return r.decideEcho(ctx, p)
	}
	if why, ok := r.unfit(e, p); !ok {
		return r.parkEvent(e, p, why), nil
	}
	acknowledge(e, p)
	switch {
	case row == nil && e.ReadOnly:
		return r.decideGuestRowless(ctx, e, p)
	case row == nil:
		return r.decideRowless(ctx, e, p)
	case e.ReadOnly:
		return r.decideGuest(ctx, e, p, *row)
	case e.Guests && p.AgreedEvent[factCopy] == "":
		return r.decideMerge(ctx, e, p, *row) // it stays where it is, whoever owns the row
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

// decideEcho is for an event that is as it was agreed: the echo of our own write,
// or a listing repeated. If its deletion is held, it has come back meanwhile, and
// nobody need decide any more.
func (r *run) decideEcho(ctx context.Context, p *models.Pair) (*models.Change, error) {
	held, asked, err := r.heldOf(ctx, p.ID)
	if err != nil || !asked || held.Side != models.SideGoogle {
		return nil, err
	}
	delete(r.held, p.ID)
	return &models.Change{Base: models.NoBase, Pair: p, DropHeld: true}, nil
}

// acknowledge takes our own write for what it is where Google's answer to it was
// lost: what stands in Google as it was sent is agreed, not edited. The row may
// say something else by now, perhaps what it said before that write.
func acknowledge(e *event, p *models.Pair) {
	for _, name := range models.FieldNames {
		value, sent := p.Sent[name]
		if !sent || e.Fields[name] != value {
			continue
		}
		p.AgreedEvent[name] = value
		if said, known := p.Sent[sentRow+name]; known && p.AgreedRow != nil {
			p.AgreedRow[name] = said
		}
	}
	p.Sent = nil
}

// sentRow stands in Pair.Sent before the name of a field of the row that was sent.
const sentRow = "row "

// announce notes in a pair what a patch is to make of its event, and of what row.
func announce(p *models.Pair, after models.Fields, row models.Schedule) {
	p.Sent = maps.Clone(after)
	for name := range after {
		p.Sent[sentRow+name] = row.Fields()[name]
	}
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

// typeGmail is the type of events that Google makes from mail.
const typeGmail = "fromGmail"

// unfit says why an event is left aside.
func (r *run) unfit(e *event, p *models.Pair) (why models.Message, fit bool) {
	switch {
	case e.Type != "" && e.Type != "default" && e.Type != typeGmail:
		return models.Say("aside.event_type", "type", e.Type), false
	case p == nil && e.Foreign && e.answer() == answerDeclined:
		return models.Say("aside.invitation_declined"), false
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

// decideStranger is for an event without a pair.
func (r *run) decideStranger(ctx context.Context, calendarID string, e *event) (*models.Change, error) {
	if why, ok := r.unfit(e, nil); !ok {
		return r.leaveAside(ctx, calendarID, e, why)
	}
	if !r.link.CarriesFromGoogle() {
		return nil, nil
	}
	if replaced, err := r.replacedBy(ctx, calendarID, e); err != nil || replaced {
		return nil, err // push deletes it
	}
	if row, err := r.meetingRow(ctx, e); err != nil {
		return nil, err
	} else if row != nil && (e.SeriesID == "" || row.SeriesID != 0 || e.ReadOnly) {
		switch fits, err := r.fitsSeries(ctx, calendarID, e, *row); {
		case err != nil:
			return nil, err
		case fits:
			return r.decideOccurrence(ctx, calendarID, e)
		}
		return r.join(ctx, calendarID, e, *row)
	}
	if e.SeriesID != "" {
		master, _, err := r.masterOf(ctx, calendarID, e.SeriesID, false)
		if err != nil {
			return nil, err
		}
		if master != nil || !e.ReadOnly {
			return r.decideOccurrence(ctx, calendarID, e)
		}
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
	if err == nil {
		row, err = r.loneRow(ctx, e, row)
	}
	if err != nil {
		return nil, err
	}
	if !r.inWindow(row.Fields()) && !r.takeOld {
		return nil, nil
	}
	if twin, err := r.lookAlike(ctx, e, row); err != nil {
		return nil, err
	} else if twin != nil {
		p := r.newPair(calendarID, e, models.OriginGoogle)
		p.ScheduleID = twin.ID
		c, err := r.decideMerge(ctx, e, p, *twin)
		if c != nil {
			c.DropAside = []models.LeftAside{r.asideNote(calendarID, e)}
			c.Log = append(c.Log, r.logLine("info", twin.Subject, "log.adopted"))
		}
		return c, err
	}
	if row, err = r.withoutRemoved(e, row); err != nil {
		return nil, err
	}
	return r.created(calendarID, e, row), nil
}

// created makes an event's row and pairs the two.
func (r *run) created(calendarID string, e *event, row models.Schedule) *models.Change {
	p := r.newPair(calendarID, e, models.OriginGoogle)
	p.AgreedEvent = e.Fields
	if row.SeriesID == 0 {
		row.OwnerID = r.ownerOf(e)
	}
	if row.OwnerID != r.link.UserID { // these are the invited employee's own
		row.Busy, row.ColorID = true, 0
	}
	var roster []models.RosterChange
	if e.shared() && row.SeriesID == 0 {
		roster = r.rosterChanges(e, nil, row.OwnerID, false)
	}
	return &models.Change{
		Action: models.ActionCreate, Row: row, Base: models.NoBase, Pair: p, Meeting: e.meetingOf(), Roster: roster,
		DropAside: []models.LeftAside{r.asideNote(calendarID, e)},
		History:   []models.HistoryEntry{r.entry(p, models.SideTable, models.ActionCreate, row, nil, row.Fields())},
		Log:       []models.LogLine{r.logLine("info", row.Subject, "log.created_in_table")},
	}
}

func (r *run) newPair(calendarID string, e *event, origin string) *models.Pair {
	return &models.Pair{UserID: r.link.UserID, Sub: r.link.Sub, CalendarID: calendarID, EventID: e.ID,
		State: models.PairLive, Origin: origin, ICalUID: e.ICalUID, ETag: e.ETag, ReadOnly: e.ReadOnly, Kept: e.Guests || e.ReadOnly}
}

// believed is the row that the mark on an unpaired event names, if the mark is
// to be believed: it names this installation and this very event, the row has no
// pair in this link, is this employee's, and subject or start agrees. Every other
// mark is on a copy that a person or Google made.
func (r *run) believed(ctx context.Context, e *event) (*models.Schedule, error) {
	if e.Mark.Installation != r.settings.InstallationID || e.Mark.Event != e.ID || e.ReadOnly {
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

// missingFor is how long Google must have answered "not found" for an event,
// in more than one run, before it counts as deleted.
const missingFor = time.Minute
