package calsync

import (
	"context"

	"agcrm-google/models"
)

// takeDeletions carries what is gone from Google into the table. If any calendar
// of the link could not be listed, nothing is concluded and postponed is true:
// the cursors stay, so the deletions are seen again.
func (r *run) takeDeletions(ctx context.Context, listings []*listing) (postponed bool, err error) {
	for _, l := range listings {
		postponed = postponed || l.failed
	}
	if postponed {
		return true, nil
	}
	var gone []models.Pair
	for _, l := range listings {
		cancelled, err := r.cancelledPairs(ctx, l)
		if err != nil {
			return false, err
		}
		missing, err := r.missingPairs(ctx, l)
		if err != nil {
			return false, err
		}
		gone = append(append(gone, cancelled...), missing...)
	}
	return false, r.settleGone(ctx, append(gone, r.leaving...))
}

// cancelledPairs are the pairs whose event the calendar shows as cancelled. Of
// cancelled events without a pair only a note may be left, which goes.
func (r *run) cancelledPairs(ctx context.Context, l *listing) ([]models.Pair, error) {
	ids := cancelledIDs(newest(l.events))
	pairs, err := r.pairsOf(ctx, ids)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	var gone []models.Pair
	paired := map[string]bool{}
	for _, p := range pairs {
		if p.CalendarID == l.calendarID {
			gone, paired[p.EventID] = append(gone, p), true
		}
	}
	var notes []*models.Change
	for _, id := range ids {
		if !paired[id] && !l.full {
			note := models.LeftAside{UserID: r.link.UserID, Side: models.SideGoogle, Ref: asideRef(l.calendarID, id)}
			notes = append(notes, &models.Change{Base: models.NoBase, DropAside: []models.LeftAside{note}})
		}
	}
	if _, err := r.apply(ctx, notes, nil); err != nil {
		return nil, err
	}
	unknown, err := r.cancelledMeetings(ctx, l, paired)
	return append(gone, unknown...), err
}

// missingPairs are the pairs that a full listing did not name: candidates, each
// of which Google is asked about. Only those that it calls cancelled are gone.
func (r *run) missingPairs(ctx context.Context, l *listing) ([]models.Pair, error) {
	if !l.full {
		return nil, nil
	}
	pairs, err := r.db.PairsInCalendar(ctx, r.link.UserID, r.link.Sub, l.calendarID)
	if err != nil {
		return nil, err
	}
	listed := map[string]bool{}
	for _, e := range l.events {
		listed[e.ID] = true
	}
	var gone []models.Pair
	for _, p := range pairs {
		if listed[p.EventID] || p.State != models.PairLive || !r.inWindow(p.AgreedRow) {
			continue
		}
		if _, held, err := r.heldOf(ctx, p.ID); err != nil {
			return nil, err
		} else if held {
			continue
		}
		there, err := r.ask(ctx, &p)
		if err != nil {
			return nil, err
		}
		if !there {
			gone = append(gone, p)
		}
	}
	return gone, nil
}

// ask gets a pair's event. A living one is merged; "not found" is only believed
// when it has been answered in two runs, missingFor apart.
func (r *run) ask(ctx context.Context, p *models.Pair) (there bool, err error) {
	g, err := r.api.get(ctx, p.CalendarID, p.EventID)
	if err != nil {
		if !isGone(err) {
			return false, err
		}
		if p.MissingMS != 0 && r.now.UnixMilli()-p.MissingMS >= missingFor.Milliseconds() {
			return false, nil
		}
		if p.MissingMS == 0 {
			p.MissingMS = r.now.UnixMilli()
			_, err := r.apply(ctx, []*models.Change{{Base: models.NoBase, Pair: p}}, nil)
			return true, err
		}
		return true, nil
	}
	if e := readEvent(g); !e.Cancelled {
		own := func(*event, []models.Pair) (*models.Pair, error) { return p, nil }
		return true, r.takeEvents(ctx, p.CalendarID, []*event{e}, own)
	}
	return false, nil
}

// settleGone decides pairs whose event is gone for certain, until none of them
// met a row that somebody changed in between.
func (r *run) settleGone(ctx context.Context, gone []models.Pair) error {
	for range 5 {
		if len(gone) == 0 {
			return nil
		}
		changes, deletions, err := r.decideGone(ctx, gone)
		if err != nil {
			return err
		}
		if deletions, err = r.brakeGone(ctx, deletions); err != nil {
			return err
		}
		if deletions, err = r.deleteWhole(ctx, deletions); err != nil {
			return err
		}
		for _, c := range changes {
			if c.DropPair && c.Action != models.ActionDelete {
				if err := r.leaveChildren(ctx, c.Pair); err != nil {
					return err
				}
			}
		}
		stale, err := r.apply(ctx, append(changes, deletions...), nil)
		if err != nil {
			return err
		}
		gone = nil
		for _, c := range stale {
			if c.Pair != nil {
				gone = append(gone, *c.Pair)
			}
		}
	}
	return errRestless
}

// decideGone says what each gone event means; deletions of rows come apart,
// because they must pass the brake together.
func (r *run) decideGone(ctx context.Context, gone []models.Pair) (changes, deletions []*models.Change, err error) {
	pointers := make([]*models.Pair, len(gone))
	for i := range gone {
		pointers[i] = &gone[i]
	}
	rows, err := r.rowsOf(ctx, pointers)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range pointers {
		held, waits, err := r.heldOf(ctx, p.ID)
		if err != nil {
			return nil, nil, err
		}
		if waits && held.Side == models.SideGoogle {
			continue // asked already
		}
		if moved, err := r.movedAway(ctx, p); err != nil {
			return nil, nil, err
		} else if moved {
			continue
		}
		c, deletes, err := r.decideOneGone(ctx, p, rowIn(rows, p))
		switch {
		case err != nil:
			return nil, nil, err
		case c != nil && deletes:
			deletions = append(deletions, c)
		case c != nil:
			changes = append(changes, c)
		}
	}
	return changes, deletions, nil
}

func (r *run) decideOneGone(ctx context.Context, p *models.Pair, row *models.Schedule) (c *models.Change, deletes bool, err error) {
	concerns := false
	if row != nil {
		if concerns, err = r.concerns(ctx, *row, true); err != nil {
			return nil, false, err
		}
	}
	switch {
	case p.ReadOnly:
		return r.decideGuestGone(ctx, p, row)
	case !r.link.CarriesFromGoogle() || p.State == models.PairEnded:
		return nil, false, nil // neither carried nor undone
	case !concerns:
		return &models.Change{Base: models.NoBase, Pair: p, DropPair: true, DropHeld: true}, false, nil
	case row.OwnerID != r.link.UserID && (!p.Kept || p.AgreedEvent[factCopy] != ""):
		return r.decline(p, *row), false, nil
	case !r.inWindow(p.AgreedRow) && !r.inWindow(row.Fields()):
		p.State = models.PairEnded
		return &models.Change{Base: models.NoBase, Pair: p}, false, nil
	case p.AgreedEvent[factCopy] != "" && r.link.CarriesToGoogle(): // deleted as a copy, before the row became the own
		c, err := r.insertAgain(ctx, p, *row)
		return c, false, err
	case !sameFields(row.Fields(), p.AgreedRow) && r.settings.ConflictPolicy != models.PolicyGoogle && r.link.CarriesToGoogle():
		c, err := r.insertAgain(ctx, p, *row)
		return c, false, err
	}
	if c, err := r.handedOver(ctx, p, *row); c != nil || err != nil {
		return c, false, err
	}
	return r.deleteRow(p, *row), true, nil
}

// deleteRow is the deletion of a row whose event is gone, with its pair.
func (r *run) deleteRow(p *models.Pair, row models.Schedule) *models.Change {
	return &models.Change{
		Action: models.ActionDelete, Row: row, Base: row.RowVersion, Pair: p, DropPair: true, DropHeld: true,
		History: []models.HistoryEntry{r.entry(p, models.SideTable, models.ActionDelete, row, row.AgreedFields(), nil)},
		Log:     []models.LogLine{r.logLine("info", row.Subject, "log.deleted_in_table")},
	}
}

// insertAgain restores an event that was deleted while its row was edited: as a
// new event, because deleted ids stay taken.
func (r *run) insertAgain(ctx context.Context, p *models.Pair, row models.Schedule) (*models.Change, error) {
	if row.Recurrence != "" { // its changed occurrences follow the new event
		if err := r.forgetChildren(ctx, row.ID, true); err != nil {
			return nil, err
		}
	}
	var roster []models.RosterChange // of a meeting: its end was taken for everybody's decline, maybe
	for id, response := range rosterOf(p.AgreedEvent[factRoster]) {
		roster = append(roster, models.RosterChange{UserID: id, Response: response})
	}
	if err := r.intend(ctx, p, row); err != nil {
		return nil, err
	}
	p.Origin, p.Kept, p.ReadOnly = models.OriginCRM, false, false
	return &models.Change{Row: row, Base: row.RowVersion, Pair: p, DropHeld: true, Roster: roster, DropMeeting: true,
		Log: []models.LogLine{r.logLine("warn", row.Subject, "log.restored_event")}}, nil
}

// brakeGone holds the deletions found in Google if they are too many at once.
func (r *run) brakeGone(ctx context.Context, deletions []*models.Change) ([]*models.Change, error) {
	if len(deletions) == 0 {
		return nil, nil
	}
	load, err := r.db.LinkLoad(ctx, r.link.UserID, models.SideGoogle)
	if err != nil {
		return nil, err
	}
	load.Waiting = len(deletions) + r.waiting(models.SideGoogle)
	if !tooManyOfLink(load) {
		return deletions, nil
	}
	var holds []*models.Change
	for _, c := range deletions {
		holds = append(holds, r.hold(c.Pair, models.SideGoogle, c.Row.Fields()))
	}
	return holds, nil
}

// tooManyOfLink is the brake of one link and direction: more than 10 and more
// than a quarter of its pairs.
func tooManyOfLink(l models.Load) bool {
	n := l.Deleted + l.Waiting
	return n > 10 && 4*n > l.Pairs
}

// tooManyOfTable is the brake over all links: more than 50 and more than a tenth
// of all pairs, or all that stood.
func tooManyOfTable(l models.Load, empty bool) bool {
	n := l.Deleted + l.Waiting
	return (n > 50 && 10*n > l.Pairs) || (empty && l.Pairs > 10)
}

// waiting counts the held deletions of a side that nobody has decided.
func (r *run) waiting(side string) int {
	n := 0
	for _, h := range r.held {
		if h.Side == side && h.Decision == "" {
			n++
		}
	}
	return n
}

// hold asks a person before a deletion is carried out.
func (r *run) hold(p *models.Pair, side string, fields models.Fields) *models.Change {
	h := models.Held{UserID: r.link.UserID, PairID: p.ID, Side: side,
		Subject: fields[models.FieldSubject], Starts: fields[models.FieldTime]}
	if r.held != nil {
		r.held[p.ID] = h
	}
	return &models.Change{Base: models.NoBase, Hold: &h,
		Log: []models.LogLine{r.logLine("warn", h.Subject, "log.held_"+side)}}
}
