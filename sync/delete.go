package calsync

import (
	"context"
	"errors"

	"agcrm-google/models"
)

// decideDeletions weighs all deletions that this run found in the table, before
// the first is carried out. If they are too many, every one is held.
func (r *run) decideDeletions(ctx context.Context, pairIDs []int64) error {
	pairs, err := r.db.PairsByID(ctx, pairIDs)
	if err != nil || !r.link.CarriesToGoogle() {
		return err
	}
	pointers := make([]*models.Pair, len(pairs))
	for i := range pairs {
		pointers[i] = &pairs[i]
	}
	rows, err := r.rowsOf(ctx, pointers)
	if err != nil {
		return err
	}
	var gone []*models.Pair
	for _, p := range pointers {
		row := rowIn(rows, p)
		if p.ReadOnly || p.Kept && row != nil {
			continue // such an event is not deleted
		}
		concerns := false
		if row != nil {
			if concerns, err = r.concerns(ctx, *row, true); err != nil {
				return err
			}
		}
		_, asked := r.held[p.ID]
		if !concerns && !asked && p.State == models.PairLive && r.inWindow(p.AgreedRow) {
			gone = append(gone, p)
		}
	}
	if len(gone) == 0 {
		return nil
	}
	tooMany, err := r.brakeTable(ctx, len(gone))
	if err != nil || !tooMany {
		return err
	}
	var holds []*models.Change
	for _, p := range gone {
		holds = append(holds, r.hold(p, models.SideTable, p.AgreedRow))
	}
	_, err = r.apply(ctx, holds, nil)
	return err
}

func (r *run) brakeTable(ctx context.Context, found int) (bool, error) {
	own, err := r.db.LinkLoad(ctx, r.link.UserID, models.SideTable)
	if err != nil {
		return false, err
	}
	own.Waiting = found + r.waiting(models.SideTable)
	if tooManyOfLink(own) {
		return true, nil
	}
	all, empty, err := r.db.TableLoad(ctx)
	return tooManyOfTable(all, empty), err
}

// stepDelete removes the event of a row that is gone, or that belongs to
// somebody else now. Google deletes it only if it is still as we know it.
func (r *run) stepDelete(ctx context.Context, p *models.Pair, there, held bool) (bool, error) {
	switch {
	case held || p.State == models.PairEnded || p.ParkedAt == parkedByEvent:
		return false, nil
	case p.AgreedEvent[factSeries] != "":
		return r.stepGiveBack(ctx, p)
	case p.State == models.PairInserting:
		return r.withdraw(ctx, p, there)
	case !r.inWindow(p.AgreedRow):
		p.State = models.PairEnded // a CRM keeps its history, and so does Google
		return false, r.save(ctx, &models.Change{Base: models.NoBase, Pair: p})
	case p.AgreedEvent[factOutside] != "":
		return false, r.save(ctx, r.hold(p, models.SideTable, p.AgreedRow))
	}
	leave := r.dropReplacements
	if there { // only this employee's part ends
		leave = r.leaveChildren
	}
	if err := leave(ctx, p); err != nil {
		return false, err
	}
	return r.deleteEvent(ctx, p)
}

func (r *run) deleteEvent(ctx context.Context, p *models.Pair) (bool, error) {
	err := r.api.delete(ctx, p.CalendarID, p.EventID, p.ETag)
	switch kind := kindOf(err); {
	case err == nil:
		return false, r.deleted(ctx, p)
	case isGone(err):
		return false, r.deletedAlready(ctx, p)
	case kind == apiPrecondition:
		g, err := r.api.get(ctx, p.CalendarID, p.EventID)
		if err != nil {
			return false, err
		}
		if e := readEvent(g); !e.Cancelled {
			return true, r.merge(ctx, e, p)
		}
		return false, r.deletedAlready(ctx, p)
	case kind == apiPermanent:
		p.State, p.ParkedKey = models.PairEnded, asFault(err).msg.Key
		line := models.NewLogLine(r.link.UserID, "warn", p.AgreedRow[models.FieldSubject], asFault(err).msg)
		return false, r.save(ctx, &models.Change{Base: models.NoBase, Pair: p, DropHeld: true, Log: []models.LogLine{line}})
	}
	return false, err
}

// deletedAlready is for an event that was to be deleted and is gone: by our own
// request, if its answer was lost, or by a person, who may also have moved it.
func (r *run) deletedAlready(ctx context.Context, p *models.Pair) error {
	if moved, err := r.movedAway(ctx, p); moved || err != nil {
		return err
	}
	return r.deleted(ctx, p)
}

// deleted forgets a pair whose event is deleted, and counts it.
func (r *run) deleted(ctx context.Context, p *models.Pair) error {
	r.res.Pushed++
	r.res.Deleted++
	row := models.Schedule{ID: p.ScheduleID, Subject: p.AgreedRow[models.FieldSubject]}
	if p.AgreedRow != nil && p.AgreedEvent[factCopy] == "" {
		if err := r.keepWhole(ctx, p.AgreedRow, p.ScheduleID, nil); err != nil {
			return err
		}
	}
	return r.save(ctx, &models.Change{Base: models.NoBase, Pair: p, DropPair: true, DropHeld: true,
		History: []models.HistoryEntry{r.entry(p, models.SideGoogle, models.ActionDelete, row, p.AgreedRow, nil)},
		Log:     []models.LogLine{r.logLine("info", row.Subject, "log.deleted_in_google")}})
}

// withdraw ends an insert that was never confirmed and whose row is gone, or, where
// it is there, somebody else's now: the event may stand all the same, if only
// Google's answer was lost.
func (r *run) withdraw(ctx context.Context, p *models.Pair, there bool) (bool, error) {
	forget := &models.Change{Base: models.NoBase, Pair: p, DropPair: true}
	g, err := r.api.get(ctx, p.CalendarID, p.EventID)
	if isGone(err) {
		return false, r.save(ctx, forget)
	} else if err != nil {
		return false, err
	}
	e := readEvent(g)
	if e.Cancelled || e.Mark != r.markOf(p) {
		return false, r.save(ctx, forget)
	}
	p.State, p.ETag, p.ICalUID = models.PairLive, e.ETag, e.ICalUID
	if !there && !sameEvent(e, p) { // somebody edited it in Google already
		c, err := r.decideRowless(ctx, e, p)
		if err != nil {
			return false, err
		}
		return true, r.save(ctx, c)
	}
	return true, r.save(ctx, &models.Change{Base: models.NoBase, Pair: p})
}

// carryOut does what a person decided about a held deletion.
func (r *run) carryOut(ctx context.Context, h models.Held, p *models.Pair, row models.Schedule, there bool) (bool, error) {
	delete(r.held, p.ID)
	approved := h.Decision == models.Approve
	switch {
	case h.Side == models.SideTable && approved && !there && p.AgreedEvent[factSeries] != "":
		return r.stepGiveBack(ctx, p)
	case h.Side == models.SideTable && approved && !there:
		if err := r.dropReplacements(ctx, p); err != nil {
			return false, err
		}
		return r.deleteEvent(ctx, p)
	case h.Side == models.SideGoogle && approved && there && sameFields(row.Fields(), p.AgreedRow):
		c, _, err := r.decideOneGone(ctx, p, &row)
		if err != nil || c == nil {
			return false, err
		}
		return false, r.save(ctx, c)
	}
	return r.restore(ctx, p, row, there)
}

// restore brings back what was deleted on one side from the other: a person
// rejected the deletion, or edited what was left.
func (r *run) restore(ctx context.Context, p *models.Pair, row models.Schedule, there bool) (bool, error) {
	g, err := r.api.get(ctx, p.CalendarID, p.EventID)
	if err != nil && !isGone(err) {
		return false, err
	}
	lives := err == nil && g.Status != "cancelled"
	var c *models.Change
	switch {
	case lives && there && p.ReadOnly: // declined by the row's owner, who keeps it
		p.AgreedEvent[factAnswer] = answerDeclined
		c = &models.Change{Base: models.NoBase, Pair: p, DropHeld: true}
	case lives && !there && p.AgreedEvent[factCopy] != "":
		p.State = models.PairEnded // the copy stays; the row is its owner's to bring back
		c = &models.Change{Base: models.NoBase, Pair: p, DropHeld: true}
	case lives && there:
		return true, errors.Join(r.merge(ctx, readEvent(g), p), r.dropHeld(ctx, p))
	case lives:
		c, err = r.restoreRow(ctx, readEvent(g), p)
	case there:
		c, err = r.insertAgain(ctx, p, row)
	default:
		c, err = &models.Change{Base: models.NoBase, Pair: p, DropPair: true, DropHeld: true}, nil
	}
	if err != nil {
		return false, err
	}
	return there, r.save(ctx, c)
}

func (r *run) dropHeld(ctx context.Context, p *models.Pair) error {
	return r.save(ctx, &models.Change{Base: models.NoBase, Pair: p, DropHeld: true})
}
