package calsync

import (
	"context"
	"errors"

	"agcrm-google/models"
)

// settle carries one pair to Google step by step: each step reads the pair and
// its row anew, does one thing and stores it. An error of this item alone is
// noted and leaves the others to be carried.
func (r *run) settle(ctx context.Context, pairID int64) error {
	for range 6 {
		again, err := r.step(ctx, pairID)
		if err != nil {
			return r.troubled(err)
		}
		if !again {
			r.troubles = 0
			return nil
		}
	}
	return nil // it moves too fast; the next run goes on from what is stored
}

// troubled lets a passing error of one item pass, but not of many in a row.
func (r *run) troubled(err error) error {
	f := asFault(err)
	if f == nil || (f.kind != apiTemporary && f.kind != apiPermanent && f.kind != apiNotFound && f.kind != apiPrecondition) {
		return err
	}
	r.failed = err
	if r.troubles++; r.troubles >= 3 {
		return err
	}
	return nil
}

// step does the next thing for a pair and tells whether there may be more.
func (r *run) step(ctx context.Context, pairID int64) (again bool, err error) {
	p, err := r.db.PairByID(ctx, pairID)
	if errors.Is(err, models.ErrNotFound) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	row, err := r.db.Schedule(ctx, p.ScheduleID)
	there := err == nil
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return false, err
	}
	concerns, err := r.concerns(ctx, row, there)
	if err != nil {
		return false, err
	}
	held, waits := r.held[p.ID]
	if !there && p.Kept {
		if risen, err := r.stepRisen(ctx, &p); risen || err != nil {
			return risen, err
		}
	}
	switch {
	case r.dry && p.ReadOnly:
		return false, r.planGuest(ctx, &p, row, there)
	case r.dry:
		return false, r.planPair(ctx, &p, row, there, concerns)
	case waits && held.Decision != "":
		return r.carryOut(ctx, held, &p, row, there)
	case p.MissingMS != 0:
		return r.stepMissing(ctx, &p)
	case !r.link.CarriesToGoogle():
		return false, nil
	case waits && held.Side == models.SideGoogle && !there: // gone on both sides: nobody need answer
		return false, r.save(ctx, &models.Change{Base: models.NoBase, Pair: &p, DropPair: true, DropHeld: true})
	case !r.ticked(p.CalendarID):
		return r.stepUnticked(ctx, &p, row, there)
	case p.ReadOnly:
		return r.stepGuest(ctx, &p, row, there)
	case there && p.Kept && row.OwnerID != p.UserID && p.AgreedEvent[factStays]+p.AgreedEvent[factCopy] == "":
		return r.stepStays(ctx, &p, row)
	case there && row.OwnerID == p.UserID && p.AgreedEvent[factCopy] != "":
		return r.stepOwned(ctx, &p)
	case !concerns && !(there && p.Kept):
		return r.stepDelete(ctx, &p, there, waits)
	case waits && held.Side == models.SideTable: // the row is back: nobody need answer
		delete(r.held, p.ID)
		return true, r.save(ctx, &models.Change{Base: models.NoBase, Pair: &p, DropHeld: true})
	case waits && held.Side == models.SideGoogle:
		return r.stepHeldEdited(ctx, &p, row)
	case p.AgreedEvent[factUndo] != "":
		return r.stepUndo(ctx, &p)
	case p.State == models.PairEnded:
		return r.stepEnded(ctx, &p, row)
	case p.State == models.PairInserting && row.SeriesID != 0:
		return r.stepOccurrence(ctx, &p, row)
	case p.State == models.PairInserting:
		return r.stepInsert(ctx, &p, row)
	}
	return r.stepPatch(ctx, &p, row)
}

func (r *run) ticked(calendarID string) bool {
	_, there := r.calendars[calendarID]
	return there
}

// stepUnticked is for an insert that was not confirmed before its calendar was
// unticked. If the event stands there, the pair sleeps with it; otherwise the row
// goes to the calendar that is the target now.
func (r *run) stepUnticked(ctx context.Context, p *models.Pair, row models.Schedule, there bool) (bool, error) {
	g, err := r.api.get(ctx, p.CalendarID, p.EventID)
	if err != nil && !isGone(err) {
		return false, err
	}
	c := &models.Change{Base: models.NoBase, Pair: p}
	switch {
	case err == nil && g.Status != "cancelled":
		p.State, p.ETag = models.PairLive, g.Etag
	case !there || !r.ticked(r.link.TargetCalendar):
		c.DropPair = true
	default:
		p.CalendarID = r.link.TargetCalendar
		if err := r.intend(ctx, p, row); err != nil {
			return false, err
		}
	}
	return !c.DropPair && p.State == models.PairInserting, r.save(ctx, c)
}

// stepStays says once that an event with guests is not moved to the calendar of
// the row's new owner: for its guests it would be another one.
func (r *run) stepStays(ctx context.Context, p *models.Pair, row models.Schedule) (bool, error) {
	p.AgreedEvent[factStays] = "1"
	return true, r.save(ctx, &models.Change{Row: row, Base: row.RowVersion, Pair: p,
		Log: []models.LogLine{r.logLine("warn", row.Subject, "log.guests_stay")}})
}

// stepOwned is for the copy of a participant to whom the row was given: from here
// on it is the owner's event, whose changes and deletion are the row's.
func (r *run) stepOwned(ctx context.Context, p *models.Pair) (bool, error) {
	delete(p.AgreedEvent, factCopy)
	delete(p.AgreedEvent, factPutBacks)
	return true, r.save(ctx, &models.Change{Base: models.NoBase, Pair: p})
}

// stepMissing asks again about an event that was not found before.
func (r *run) stepMissing(ctx context.Context, p *models.Pair) (bool, error) {
	there, err := r.ask(ctx, p)
	if err != nil || there {
		return false, err
	}
	return false, r.settleGone(ctx, []models.Pair{*p})
}

// stepHeldEdited restores an event whose deletion was held, once its row was
// edited: the edit wins, and the question is answered.
func (r *run) stepHeldEdited(ctx context.Context, p *models.Pair, row models.Schedule) (bool, error) {
	if sameFields(row.Fields(), p.AgreedRow) {
		p.RowVersion = row.RowVersion
		return false, r.save(ctx, &models.Change{Row: row, Base: row.RowVersion, Pair: p})
	}
	c, err := r.insertAgain(ctx, p, row)
	if err != nil {
		return false, err
	}
	delete(r.held, p.ID)
	return true, r.save(ctx, c)
}

// stepEnded is for a row whose event was deleted after it had left the window: an
// edit that brings it back into the window brings the event back.
func (r *run) stepEnded(ctx context.Context, p *models.Pair, row models.Schedule) (bool, error) {
	if sameFields(row.Fields(), p.AgreedRow) || !r.inWindow(row.Fields()) {
		p.RowVersion = row.RowVersion
		return false, r.save(ctx, &models.Change{Row: row, Base: row.RowVersion, Pair: p})
	}
	c, err := r.insertAgain(ctx, p, row)
	if err != nil {
		return false, err
	}
	return true, r.save(ctx, c)
}

// stepInsert inserts the event as it was intended. It is edited afterwards, if
// the row was meanwhile.
func (r *run) stepInsert(ctx context.Context, p *models.Pair, row models.Schedule) (bool, error) {
	if p.ParkedKey != "" {
		if p.RowVersion == row.RowVersion {
			return false, nil
		}
		if err := r.intend(ctx, p, row); err != nil { // refused for certain: nothing stands under the old id
			return false, err
		}
		return true, r.save(ctx, &models.Change{Row: row, Base: row.RowVersion, Pair: p})
	}
	g, err := r.api.insert(ctx, p.CalendarID, r.newEvent(p))
	switch kind := kindOf(err); {
	case err == nil:
	case kind == apiDuplicate:
		return r.taken(ctx, p, row)
	case kind == apiPermanent:
		return false, r.park(ctx, p, row, err)
	default:
		return false, err
	}
	e := readEvent(g)
	r.confirm(p, e)
	return r.written(ctx, p, row, models.ActionCreate, "log.created_in_google", nil)
}

// confirm takes Google's answer to an insert as what stands there now.
func (r *run) confirm(p *models.Pair, e *event) {
	keepFacts(e.Fields, p.AgreedEvent, factCopy, factOrganizer, factRoster, factAnswer, factOutside)
	p.Kept = p.Kept || e.Guests
	p.State, p.ETag, p.ICalUID, p.AgreedEvent = models.PairLive, e.ETag, e.ICalUID, e.Fields
}

// taken is for an id that Google has already: the event is ours if its mark
// names exactly this pair and it lives, here or where somebody has moved it;
// otherwise another id is chosen.
func (r *run) taken(ctx context.Context, p *models.Pair, row models.Schedule) (bool, error) {
	g, err := r.api.get(ctx, p.CalendarID, p.EventID)
	if err != nil {
		return false, err
	}
	e := readEvent(g)
	if e.Cancelled {
		if moved, err := r.movedAway(ctx, p); moved || err != nil {
			return moved, err
		}
	}
	if e.Cancelled || e.Mark != r.markOf(p) {
		if err := r.intend(ctx, p, row); err != nil {
			return false, err
		}
		return true, r.save(ctx, &models.Change{Row: row, Base: row.RowVersion, Pair: p})
	}
	return true, r.merge(ctx, e, p)
}

// merge takes a living event that was just read into the pair and its row.
func (r *run) merge(ctx context.Context, e *event, p *models.Pair) error {
	own := func(*event, []models.Pair) (*models.Pair, error) { return p, nil }
	return r.takeEvents(ctx, p.CalendarID, []*event{e}, own)
}

// save writes one change; a row that somebody changed meanwhile is found again
// by the next step or run.
func (r *run) save(ctx context.Context, c *models.Change) error {
	_, err := r.apply(ctx, []*models.Change{c}, nil)
	return err
}
