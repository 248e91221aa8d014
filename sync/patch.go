package calsync

import (
	"context"
	"slices"
	"strconv"

	"agcrm-google/models"
)

// stepPatch writes the fields that only the row changed.
func (r *run) stepPatch(ctx context.Context, p *models.Pair, row models.Schedule) (bool, error) {
	changed := r.changedFields(p, row)
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
	case len(p.Sent) > 0: // what became of it must be known before anything else is sent
		return r.lookAgain(ctx, p)
	}
	body, after, err := r.patchOf(p, row, changed)
	if err != nil {
		return false, err
	}
	announce(p, after, row)
	r.followSeries(p, true)
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
	case kind == apiPrecondition || isGone(err):
		return r.lookAgain(ctx, p)
	case kind == apiPermanent:
		p.Sent = nil
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

// changedFields are the fields of a row that Google has yet to learn.
func (r *run) changedFields(p *models.Pair, row models.Schedule) []string {
	var changed []string
	for _, name := range models.FieldNames {
		ownColor := name == models.FieldColor && row.OwnerID != r.link.UserID // of a copy: the participant's own
		if row.Fields()[name] != p.AgreedRow[name] && !ownColor {
			changed = append(changed, name)
		}
	}
	return changed
}

// agreeAnswer takes Google's answer as what it has now. Where Google's own
// changes are not carried, only what was written counts as agreed.
func (r *run) agreeAnswer(p *models.Pair, e *event, changed []string) {
	p.ETag, p.Sent, p.ParkedKey, p.ParkedArgs, p.ParkedAt = e.ETag, nil, "", "", ""
	if cancelled := p.AgreedEvent[factCancelled]; cancelled != "" && !slices.Contains(changed, models.FieldTime) {
		e.Fields[factCancelled] = cancelled
		e.Fields[models.FieldRemoved] = keyList(append(keySet(e.Fields[models.FieldRemoved]), keySet(cancelled)...))
	}
	keepFacts(e.Fields, p.AgreedEvent, factCopy, factPutBacks, factStays, factGiven, factUndo, factOrganizer, factRoster, factAnswer, factOutside)
	if slices.Contains(changed, models.FieldTime) && p.AgreedEvent[factCopy] == "" { // those removed one by one that the new rule has too
		again := without(keySet(p.AgreedEvent[models.FieldRemoved]), keySet(e.Fields[models.FieldRemoved]))
		e.Fields[factUndo] = keyList(append(keySet(e.Fields[factUndo]), again...))
	}
	if !slices.Contains(changed, models.FieldTime) {
		keepFacts(e.Fields, p.AgreedEvent, factReset)
	} else if reset := p.AgreedEvent[factReset]; reset != "" {
		e.Fields[factUndo] = keyList(append(keySet(e.Fields[factUndo]), keySet(reset)...))
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
	if err != nil && !isGone(err) {
		return false, err
	}
	if err == nil && g.Status != "cancelled" {
		return true, r.merge(ctx, readEvent(g), p)
	}
	if moved, err := r.movedAway(ctx, p); moved || err != nil {
		return false, err
	}
	switch {
	case !r.link.CarriesFromGoogle():
		return false, r.parkGone(ctx, p)
	case err != nil:
		_, err = r.ask(ctx, p)
		return false, err
	}
	return true, r.settleGone(ctx, []models.Pair{*p})
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
	if same = same && p.AgreedEvent[factUndo] == ""; same {
		p.RowVersion = row.RowVersion
	}
	c := &models.Change{Row: row, Base: models.NoBase, Pair: p,
		History: []models.HistoryEntry{r.entry(p, models.SideGoogle, action, row, before, after)},
		Log:     []models.LogLine{r.logLine("info", row.Subject, key)}}
	if p.AgreedEvent[factOutside] != "" && (before == nil || concernsGuests(before)) { // sendUpdates=none: nobody else tells them
		c.Log = append(c.Log, r.logLine("warn", row.Subject, "log.guests_not_told"))
		c.Notice = &models.Notice{UserID: r.link.UserID, ScheduleID: row.ID, Subject: row.Subject, EventLink: p.AgreedEvent[factLink]}
	}
	_, err := r.apply(ctx, []*models.Change{c}, nil)
	return !same, err
}

// concernsGuests tells whether guests should know of a change of these fields.
func concernsGuests(changed models.Fields) bool {
	return slices.ContainsFunc(shared, func(name string) bool { _, is := changed[name]; return is })
}
