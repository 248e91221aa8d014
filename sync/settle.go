package calsync

import (
	"context"
	"errors"
	"slices"
	"strconv"

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
	switch {
	case r.dry:
		return false, r.planPair(&p, row, concerns)
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
	case !concerns:
		return r.stepDelete(ctx, &p, waits)
	case waits && held.Side == models.SideTable: // the row is back: nobody need answer
		delete(r.held, p.ID)
		return true, r.save(ctx, &models.Change{Base: models.NoBase, Pair: &p, DropHeld: true})
	case waits && held.Side == models.SideGoogle:
		return r.stepHeldEdited(ctx, &p, row)
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
	if k := kindOf(err); err != nil && (asFault(err) == nil || k != apiNotFound && k != apiDeleted) {
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
	if copy := p.AgreedEvent[factCopy]; copy != "" {
		e.Fields[factCopy] = copy
	}
	p.State, p.ETag, p.ICalUID, p.AgreedEvent = models.PairLive, e.ETag, e.ICalUID, e.Fields
}

// taken is for an id that Google has already: the event is ours if its mark
// names exactly this pair and it lives; otherwise another id is chosen.
func (r *run) taken(ctx context.Context, p *models.Pair, row models.Schedule) (bool, error) {
	g, err := r.api.get(ctx, p.CalendarID, p.EventID)
	if err != nil {
		return false, err
	}
	e := readEvent(g)
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

// stepPatch writes the fields that only the row changed.
func (r *run) stepPatch(ctx context.Context, p *models.Pair, row models.Schedule) (bool, error) {
	var changed []string
	for _, name := range models.FieldNames {
		ownColor := name == models.FieldColor && row.OwnerID != r.link.UserID // of a copy: the participant's own
		if row.Fields()[name] != p.AgreedRow[name] && !ownColor {
			changed = append(changed, name)
		}
	}
	unfit, fit := r.rowFit(row)
	if len(changed) > 0 && fit && p.ParkedAt != parkedByEvent {
		if done, again, err := r.stepRemoved(ctx, p, row, &changed); done || err != nil {
			return again, err
		}
	}
	switch {
	case len(changed) == 0 || p.ParkedAt == parkedByEvent:
		p.RowVersion = row.RowVersion
		if len(changed) == 0 {
			p.AgreedRow = row.AgreedFields()
		}
		return false, r.save(ctx, &models.Change{Row: row, Base: row.RowVersion, Pair: p})
	case !fit:
		return false, r.parkFor(ctx, p, row, unfit)
	}
	body, after, err := r.patchOf(p, row, changed)
	if err != nil {
		return false, err
	}
	p.Sent = after
	announced := []*models.Change{{Base: models.NoBase, Pair: p}}
	if slices.Contains(changed, models.FieldTime) {
		rewritten, err := r.rewriteChildren(ctx, row)
		if err != nil {
			return false, err
		}
		announced = append(announced, rewritten...)
	}
	if _, err := r.apply(ctx, announced, nil); err != nil {
		return false, err
	}
	g, err := r.api.patch(ctx, p.CalendarID, p.EventID, p.ETag, body)
	switch kind := kindOf(err); {
	case err == nil:
	case kind == apiPrecondition || kind == apiNotFound || kind == apiDeleted:
		return r.lookAgain(ctx, p)
	case kind == apiPermanent:
		return false, r.park(ctx, p, row, err)
	default:
		return false, err
	}
	before := models.Fields{}
	for name := range after {
		before[name] = p.AgreedRow[name]
	}
	r.agreeAnswer(p, readEvent(g), changed)
	return r.written(ctx, p, row, models.ActionUpdate, "log.updated_in_google", before)
}

// agreeAnswer takes Google's answer as what it has now. Where Google's own
// changes are not carried, only what was written counts as agreed.
func (r *run) agreeAnswer(p *models.Pair, e *event, changed []string) {
	p.ETag, p.Sent, p.ParkedKey, p.ParkedArgs, p.ParkedAt = e.ETag, nil, "", "", ""
	if cancelled := p.AgreedEvent[factCancelled]; cancelled != "" && !slices.Contains(changed, models.FieldTime) {
		e.Fields[factCancelled] = cancelled
		e.Fields[models.FieldRemoved] = keyList(append(keySet(e.Fields[models.FieldRemoved]), keySet(cancelled)...))
	}
	for _, fact := range []string{factCopy, factPutBacks} {
		if value := p.AgreedEvent[fact]; value != "" {
			e.Fields[fact] = value
		}
	}
	if r.link.CarriesFromGoogle() {
		p.AgreedEvent = e.Fields
		return
	}
	for _, name := range changed {
		p.AgreedEvent[name] = e.Fields[name]
	}
}

// lookAgain reads an event that is no longer as we knew it, and merges it.
func (r *run) lookAgain(ctx context.Context, p *models.Pair) (bool, error) {
	g, err := r.api.get(ctx, p.CalendarID, p.EventID)
	if k := kindOf(err); err != nil && k != apiNotFound && k != apiDeleted {
		return false, err
	}
	if err != nil || g.Status == "cancelled" {
		if !r.link.CarriesFromGoogle() {
			return false, r.parkGone(ctx, p)
		}
		if err != nil {
			_, err = r.ask(ctx, p)
			return false, err
		}
		return true, r.settleGone(ctx, []models.Pair{*p})
	}
	return true, r.merge(ctx, readEvent(g), p)
}

// parkGone leaves aside an event that is gone while deletions in Google are
// neither carried nor undone.
func (r *run) parkGone(ctx context.Context, p *models.Pair) error {
	row, err := r.db.Schedule(ctx, p.ScheduleID)
	if err != nil {
		return err
	}
	return r.parkFor(ctx, p, row, models.Say("aside.gone_in_google"))
}

// park leaves an item aside that Google refuses for good, until it is edited.
func (r *run) park(ctx context.Context, p *models.Pair, row models.Schedule, err error) error {
	return r.parkFor(ctx, p, row, asFault(err).msg)
}

func (r *run) parkFor(ctx context.Context, p *models.Pair, row models.Schedule, why models.Message) error {
	note := models.NewLeftAside(0, "", "", "", "", why)
	p.ParkedKey, p.ParkedArgs, p.ParkedAt, p.RowVersion = note.ReasonKey, note.ReasonArgs, strconv.FormatInt(row.RowVersion, 10), row.RowVersion
	r.res.Skipped++
	return r.save(ctx, &models.Change{Row: row, Base: row.RowVersion, Pair: p,
		Log: []models.LogLine{models.NewLogLine(r.link.UserID, "warn", row.Subject, why)}})
}

// written stores the outcome of a write to Google. The row may have been changed
// while we wrote: its version then differs from the pair's, and there is more.
func (r *run) written(ctx context.Context, p *models.Pair, row models.Schedule, action, key string, before models.Fields) (bool, error) {
	r.res.Pushed++
	after := row.Fields()
	if action == models.ActionUpdate {
		p.AgreedRow = row.AgreedFields()
		for name := range after {
			if _, changed := before[name]; !changed {
				delete(after, name)
			}
		}
	}
	same := sameFields(row.Fields(), p.AgreedRow)
	p.RowVersion = 0
	if same {
		p.RowVersion = row.RowVersion
	}
	c := &models.Change{Row: row, Base: models.NoBase, Pair: p,
		History: []models.HistoryEntry{r.entry(p, models.SideGoogle, action, row, before, after)},
		Log:     []models.LogLine{r.logLine("info", row.Subject, key)}}
	_, err := r.apply(ctx, []*models.Change{c}, nil)
	return !same, err
}

// save writes one change; a row that somebody changed meanwhile is found again
// by the next step or run.
func (r *run) save(ctx context.Context, c *models.Change) error {
	_, err := r.apply(ctx, []*models.Change{c}, nil)
	return err
}

// planPair notes what a dry run would do for a pair.
func (r *run) planPair(p *models.Pair, row models.Schedule, concerns bool) error {
	held, asked := r.held[p.ID]
	switch {
	case !r.link.CarriesToGoogle() || p.State == models.PairEnded || (asked && held.Decision == ""):
	case !concerns && p.AgreedEvent[factGuests] != "":
		r.plan(models.SideTable, stepHold, p.AgreedRow, models.Message{})
	case !concerns:
		r.plan(models.SideGoogle, models.ActionDelete, p.AgreedRow, models.Message{})
	case p.State == models.PairInserting:
		r.plan(models.SideGoogle, models.ActionCreate, row.Fields(), models.Message{})
	case !sameFields(row.Fields(), p.AgreedRow):
		r.plan(models.SideGoogle, models.ActionUpdate, row.Fields(), models.Message{})
	}
	return nil
}
