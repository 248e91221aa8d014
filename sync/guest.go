package calsync

import (
	"context"
	"errors"
	"slices"
	"strings"

	"agcrm-google/models"
)

// An event that is not the employee's own to change, because somebody else
// organises it or Google made it, comes into the table and is never written. What
// the CRM changes in its row is taken back; deleting the row deletes nothing in
// Google. Of an employee's meeting it is the organiser's own event that changes
// the row, as long as the organiser's link works.

// decideGuest is for a living event of that kind and its row.
func (r *run) decideGuest(ctx context.Context, e *event, p *models.Pair, row models.Schedule) (*models.Change, error) {
	if !r.link.CarriesFromGoogle() {
		p.ETag = e.ETag
		return &models.Change{Row: row, Base: models.NoBase, Pair: p}, nil // neither carried nor undone
	}
	guided, err := r.guided(ctx, e.Organiser, row)
	if err != nil {
		return nil, err
	}
	old := p.AgreedEvent
	if e.Fields[factAnswer] == answerDeclined && p.ID != 0 && old[factAnswer] != answerDeclined &&
		e.Organiser == 0 && row.OwnerID == r.link.UserID {
		r.leaving = append(r.leaving, *p) // decided with the deletions, as one
		return nil, nil
	}
	c := &models.Change{Row: row, Base: row.RowVersion, Pair: p, Meeting: r.newsOfMeeting(e, row.ID)}
	if e.shared() {
		c.Roster = r.rosterChanges(e, old, row.OwnerID, guided)
	}
	if c.Roster, err = r.extraGuests(ctx, c.Roster, row.SeriesID); err != nil {
		return nil, err
	}
	r.followOrganiser(c, e, old)
	m := merged{Set: models.Fields{}, Event: e.Fields}
	if !guided {
		if err := r.takeGuestFields(c, &m, e, p, row); err != nil {
			return nil, err
		}
	}
	if p.ID != 0 && isSeries(old) && old[models.FieldTime] != e.Fields[models.FieldTime] {
		r.reset = append(r.reset, p.ID)
	}
	c.Due = old[factReplaced] != ""
	keepFacts(e.Fields, old, factPutBacks, factReplaced, factCancelled, factEdit)
	e.Fields[models.FieldRemoved] = keyList(append(keySet(e.Fields[models.FieldRemoved]), keySet(old[factCancelled])...))
	p.State, p.ETag, p.AgreedEvent, p.MissingMS, p.ReadOnly, p.Kept = models.PairLive, e.ETag, e.Fields, 0, true, true
	p.ICalUID = orDefault(e.ICalUID, p.ICalUID)
	if p.ParkedAt == parkedByEvent {
		p.ParkedKey, p.ParkedArgs, p.ParkedAt = "", "", ""
	}
	if c.Action == "" {
		r.agreeRow(c)
	}
	return c, nil
}

// takeGuestFields brings into the row what changed in Google since the agreement.
// Who only takes part brings what all copies have in common; the rest of his copy
// is his own.
func (r *run) takeGuestFields(c *models.Change, m *merged, e *event, p *models.Pair, row models.Schedule) error {
	asRow, err := r.asRow(e, row)
	if err != nil {
		return err
	}
	names := shared
	if row.OwnerID == r.link.UserID {
		names = models.FieldNames
	}
	now := row.Fields()
	if p.AgreedRow == nil { // it has just joined a row that another copy made, and that may have been edited since
		p.AgreedRow = row.AgreedFields()
		for _, name := range names {
			switch {
			case name == models.FieldRemoved || now[name] == asRow[name]:
			case slices.Contains(shared, name):
				p.AgreedRow[name], c.Pending = asRow[name], append(c.Pending, name)
			default:
				m.Set[name] = asRow[name]
			}
		}
		return r.setFields(c, *m, p)
	}
	for _, name := range names {
		edited := now[name] != p.AgreedRow[name]
		switch {
		case name == models.FieldRemoved:
		case e.Fields[name] == p.AgreedEvent[name]:
			switch {
			case now[name] == asRow[name]:
			case edited:
				c.Pending = append(c.Pending, name) // taken back by push
			default:
				m.Set[name] = asRow[name] // it was the organiser's link's to bring, which has not
			}
		case now[name] != asRow[name]:
			m.Set[name] = asRow[name]
			if edited {
				r.noteConflict(c, p, row, conflict{Field: name, Row: now[name], Own: asRow[name]})
			}
		}
	}
	m.Event = models.Fields{}
	if err := r.mergeRemoved(m, e, p, row); err != nil {
		return err
	}
	c.Pending = append(c.Pending, m.Pending...)
	return r.setFields(c, *m, p)
}

// guided tells whether the organiser of a meeting is an employee whose own event
// is synchronised, so that it and not an invitation changes the row.
func (r *run) guided(ctx context.Context, organiser int64, row models.Schedule) (bool, error) {
	if organiser == 0 {
		return false, nil
	}
	holders, err := r.holders(ctx, row)
	return slices.ContainsFunc(holders, func(q models.Pair) bool { return changeable(q) && q.UserID != r.link.UserID }), err
}

// changeable tells whether a pair's event is the employee's own to change.
func changeable(p models.Pair) bool { return !p.ReadOnly }

// holders are the pairs of a row that are synchronised at present; a row that
// replaces one occurrence is in the same hands as its series.
func (r *run) holders(ctx context.Context, row models.Schedule) ([]models.Pair, error) {
	if row.SeriesID != 0 {
		if list, err := r.db.Holders(ctx, row.SeriesID); len(list) > 0 || err != nil {
			return list, err
		}
	}
	return r.db.Holders(ctx, row.ID)
}

// drives tells whether this run is the one to take back what the CRM changed in
// the row of such an event: the owner's, else that of the first who is invited.
func (r *run) drives(ctx context.Context, p *models.Pair, row models.Schedule) (bool, error) {
	holders, err := r.holders(ctx, row)
	if err != nil {
		return false, err
	}
	if err := r.knowPeople(ctx); err != nil {
		return false, err
	}
	organizer := p.AgreedEvent[factOrganizer]
	organizes := func(q models.Pair) bool { // not so the copy of ours that an owner has who is not invited
		return changeable(q) && (q.AgreedEvent[factOrganizer] == organizer || q.UserID == r.people.Employee(organizer))
	}
	if organizer != "" && slices.ContainsFunc(holders, organizes) {
		return false, nil
	}
	invited := slices.DeleteFunc(holders, changeable)
	if i := slices.IndexFunc(invited, func(q models.Pair) bool { return q.UserID == row.OwnerID }); i >= 0 {
		return invited[i].UserID == r.link.UserID, nil
	}
	return len(invited) == 0 || invited[0].UserID == r.link.UserID, nil
}

// factEdit is the CRM's edit that was taken back too often to be taken back again.
const factEdit = "edit"

// stepGuest takes back what the CRM changed in the row of an event that is not
// the employee's own to change.
func (r *run) stepGuest(ctx context.Context, p *models.Pair, row models.Schedule, there bool) (bool, error) {
	switch {
	case p.AgreedEvent[factReplaced] != "":
		return r.stepReplaced(ctx, p)
	case !there:
		return r.stepGuestRowless(ctx, p)
	}
	wrong, err := r.editedAgainst(p, row)
	if err != nil {
		return false, err
	}
	settled := &models.Change{Row: row, Base: row.RowVersion, Pair: p}
	if len(wrong) == 0 {
		p.ParkedKey, p.ParkedArgs, p.ParkedAt = "", "", ""
		p.AgreedRow, p.RowVersion = row.AgreedFields(), row.RowVersion
		return false, r.save(ctx, settled)
	}
	drives, err := r.drives(ctx, p, row)
	if err != nil {
		return false, err
	}
	edit := editText(wrong, row)
	if !drives || p.AgreedEvent[factEdit] == edit {
		p.RowVersion = row.RowVersion // somebody else's to take back, or left aside
		return false, r.save(ctx, settled)
	}
	if !r.mayPutBack(p) {
		p.AgreedEvent[factEdit] = edit
		return false, r.parkFor(ctx, p, row, models.Say("aside.put_back_often"))
	}
	delete(p.AgreedEvent, factEdit)
	p.ParkedKey, p.ParkedArgs, p.ParkedAt = "", "", ""
	c := &models.Change{Action: models.ActionUpdate, Row: row, Fields: wrong, Base: row.RowVersion, Pair: p}
	before, after := models.Fields{}, models.Fields{}
	for _, name := range wrong {
		before[name], after[name] = row.Fields()[name], p.AgreedRow[name]
		if err := c.Row.SetField(name, p.AgreedRow[name]); err != nil {
			return false, err
		}
		c.Log = append(c.Log, r.logLine("warn", row.Subject, "log.taken_back", "field", name))
	}
	c.History = []models.HistoryEntry{r.entry(p, models.SideTable, models.ActionConflict, row, before, after)}
	return false, r.save(ctx, c)
}

// editedAgainst are the fields in which a row differs from what was agreed and
// from what stands in Google.
func (r *run) editedAgainst(p *models.Pair, row models.Schedule) ([]string, error) {
	asRow, err := r.asRow(&event{Fields: p.AgreedEvent}, row)
	if err != nil {
		return nil, err
	}
	now := row.Fields()
	var wrong []string
	for _, name := range models.FieldNames {
		same := now[name] == p.AgreedRow[name] || now[name] == asRow[name]
		if name == models.FieldRemoved && row.Recurrence != "" {
			removed := r.conv.removedKeys(row)
			same = same || len(without(removed, keySet(p.AgreedEvent[name]))) == 0
		}
		if !same {
			wrong = append(wrong, name)
		}
	}
	return wrong, nil
}

func editText(names []string, row models.Schedule) string {
	var parts []string
	for _, name := range names {
		parts = append(parts, name+"="+row.Fields()[name])
	}
	return models.EventKey(strings.Join(parts, "\n"))
}

// stepGuestRowless is for such an event whose row the CRM deleted: it stays in
// Google, and its row does not come back until the event changes.
func (r *run) stepGuestRowless(ctx context.Context, p *models.Pair) (bool, error) {
	p.State = models.PairEnded
	line := r.logLine("info", p.AgreedRow[models.FieldSubject], "log.guest_row_deleted")
	return false, r.save(ctx, &models.Change{Base: models.NoBase, Pair: p, DropHeld: true, Log: []models.LogLine{line}})
}

// decideGuestRowless is for such an event, listed while its row is gone.
func (r *run) decideGuestRowless(ctx context.Context, e *event, p *models.Pair) (*models.Change, error) {
	row, err := r.meetingRow(ctx, e)
	if err != nil {
		return nil, err
	}
	if row != nil {
		p.ScheduleID, p.AgreedRow = row.ID, nil
		return r.decideGuest(ctx, e, p, *row)
	}
	p.ReadOnly = true // it may have been the own one until it was handed over
	same := sameEvent(e, p) && e.Fields[factOrganizer] == p.AgreedEvent[factOrganizer]
	if same || !r.link.CarriesFromGoogle() || e.Fields[factAnswer] == answerDeclined {
		p.ETag = e.ETag
		return &models.Change{Base: models.NoBase, Pair: p}, nil
	}
	return r.restoreRow(ctx, e, p)
}

// extraGuests are the changes that matter to the row of one occurrence: it has the
// participants of its series and their answers, and those invited to it alone.
func (r *run) extraGuests(ctx context.Context, changes []models.RosterChange, seriesID int64) ([]models.RosterChange, error) {
	if seriesID == 0 || len(changes) == 0 {
		return changes, nil
	}
	rosters, err := r.db.Participants(ctx, []int64{seriesID})
	series, err2 := r.db.Schedule(ctx, seriesID)
	return slices.DeleteFunc(changes, func(c models.RosterChange) bool {
		in := func(p models.Participant) bool { return p.UserID == c.UserID }
		return c.UserID == series.OwnerID || c.Response != "" && slices.ContainsFunc(rosters[seriesID], in)
	}), errors.Join(err, ignore(err2, models.ErrNotFound))
}

// ignore is err unless it is of a kind that is expected.
func ignore(err, kind error) error {
	if errors.Is(err, kind) {
		return nil
	}
	return err
}

// keepFacts takes over what a pair remembers and no event says.
func keepFacts(now, old models.Fields, names ...string) {
	for _, name := range names {
		if value := old[name]; value != "" && now[name] == "" {
			now[name] = value
		}
	}
}

// planGuest notes that a dry run would take back what the CRM changed.
func (r *run) planGuest(ctx context.Context, p *models.Pair, row models.Schedule, there bool) error {
	if !there || !r.link.CarriesToGoogle() || p.ParkedKey != "" {
		return nil
	}
	wrong, err := r.editedAgainst(p, row)
	if err != nil || len(wrong) == 0 {
		return err
	}
	drives, err := r.drives(ctx, p, row)
	if drives {
		r.plan(models.SideTable, models.ActionUpdate, row.ID, row.Fields(), models.Message{})
	}
	return err
}
