package calsync

import (
	"context"
	"errors"
	"slices"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// pushReplacements gives the replacement rows that have no pair yet their changed
// occurrence. One whose series is not in Google waits for it.
func (r *run) pushReplacements(ctx context.Context) error {
	var changes []*models.Change
	for _, row := range r.replacing {
		master, series, err := r.seriesOf(ctx, row)
		if err != nil {
			return err
		}
		if master == nil || !r.inWindow(row.Fields()) {
			continue
		}
		if _, ticked := r.calendars[master.CalendarID]; !ticked || series.OwnerID != row.OwnerID {
			continue
		}
		if master.ReadOnly {
			if err := r.adoptOccurrence(ctx, master, series, row); err != nil {
				return err
			}
			continue
		}
		why, fit := r.rowFit(row)
		if fit && row.OwnerID != r.link.UserID && slices.Contains(keySet(master.AgreedEvent[factCancelled]), r.keyOfRow(row, series)) {
			why, fit = models.Say("aside.occurrence_removed"), false // by the participant, out of the own copy
		}
		if !fit {
			changes = append(changes, r.noteRow(row, why))
			continue
		}
		p := &models.Pair{UserID: r.link.UserID, Sub: r.link.Sub, CalendarID: master.CalendarID, ScheduleID: row.ID, Origin: models.OriginCRM}
		if err := r.intend(ctx, p, row); err != nil {
			return err
		}
		other, err := r.exceptionPair(ctx, p.CalendarID, p.EventID)
		if err != nil {
			return err
		}
		if other != nil || slices.ContainsFunc(changes, func(c *models.Change) bool { return c.Pair != nil && c.Pair.EventID == p.EventID }) {
			changes = append(changes, r.noteRow(row, models.Say("aside.replaced_twice")))
			continue
		}
		changes = append(changes, &models.Change{Row: row, Base: row.RowVersion, Pair: p})
	}
	r.replacing = nil
	return r.insertIntended(ctx, changes)
}

// seriesOf is the series of a replacement row and its pair; nil if there is none
// that stands in Google.
func (r *run) seriesOf(ctx context.Context, row models.Schedule) (*models.Pair, models.Schedule, error) {
	series, err := r.db.Schedule(ctx, row.SeriesID)
	if errors.Is(err, models.ErrNotFound) {
		return nil, series, nil
	} else if err != nil {
		return nil, series, err
	}
	pairs, err := r.db.PairsBySchedule(ctx, r.link.UserID, r.link.Sub, []int64{series.ID})
	if err != nil || len(pairs) == 0 || pairs[0].State != models.PairLive {
		return nil, series, err
	}
	return &pairs[0], series, nil
}

// intendOccurrence names the occurrence that a row replaces, by the id that
// Google gives it.
func (r *run) intendOccurrence(ctx context.Context, p *models.Pair, row models.Schedule) error {
	master, series, err := r.seriesOf(ctx, row)
	if err != nil || master == nil {
		return err
	}
	key := r.keyOfRow(row, series)
	p.AgreedEvent[factSeries], p.AgreedEvent[factOriginal] = master.EventID, key
	p.EventID = master.EventID + "_" + key
	return nil
}

// stepOccurrence changes the occurrence that a row replaces. It may be removed,
// or changed already: what the row says is written all the same.
func (r *run) stepOccurrence(ctx context.Context, p *models.Pair, row models.Schedule) (bool, error) {
	if p.ParkedKey != "" && p.RowVersion == row.RowVersion {
		return false, nil
	}
	master, series, err := r.seriesOf(ctx, row)
	if err != nil || master == nil {
		return false, err
	}
	key := r.keyOfRow(row, series)
	g, err := r.instance(ctx, master, key, true)
	if err != nil {
		return false, err
	}
	if g != nil && g.Status == "cancelled" { // by itself, or with its series
		whole, err := r.api.get(ctx, p.CalendarID, master.EventID)
		switch {
		case err != nil:
			return false, err
		case whole.Status == "cancelled":
			return r.stepWithoutSeries(ctx, p, master)
		}
	}
	if g == nil || !r.occurs(row, series) { // Google still shows, as cancelled, what a rule once had
		return false, r.parkFor(ctx, p, row, models.Say("aside.no_occurrence"))
	}
	if p.ParkedKey != "" || !sameFields(row.Fields(), p.AgreedRow) {
		if err := r.intend(ctx, p, row); err != nil {
			return false, err
		}
	}
	p.EventID = g.Id
	p.AgreedEvent[factSeries], p.AgreedEvent[factOriginal] = master.EventID, key
	if err := r.save(ctx, &models.Change{Base: models.NoBase, Pair: p}); err != nil {
		return false, err
	}
	body := r.occurrenceBody(p.AgreedEvent, readEvent(g))
	answer, err := r.api.patch(ctx, p.CalendarID, g.Id, g.Etag, body)
	switch kind := kindOf(err); {
	case err == nil:
	case kind == apiPrecondition:
		return true, nil
	case kind == apiPermanent:
		return false, r.park(ctx, p, row, err)
	default:
		return false, err
	}
	if g.Status == "cancelled" {
		if err := r.remember(ctx, master.ID, nil, func(keys []string) []string { return without(keys, []string{key}) }); err != nil {
			return false, err
		}
	}
	e := readEvent(answer)
	if err := r.knowMeetings(ctx, []*event{e}); err != nil {
		return false, err
	}
	r.confirm(p, e)
	return r.written(ctx, p, row, models.ActionCreate, "log.updated_in_google", nil)
}

// occurrenceBody is the patch that gives an occurrence these fields.
func (r *run) occurrenceBody(fields models.Fields, now *event) *calendar.Event {
	body := &calendar.Event{}
	if now.Cancelled {
		body.Status = "confirmed"
	}
	for _, name := range models.FieldNames {
		value := fields[name]
		if name == models.FieldRemoved || name == models.FieldTime && value == now.Fields[name] && !now.Cancelled {
			continue
		}
		setBody(body, name, value, now.Fields[name])
	}
	return body
}

// stepRemoved removes from a series in Google the occurrences that its row takes
// out now, one DELETE each, and gives back those that it no longer does. One that
// Google has in an EXDATE line comes back only with the rule, which is then
// written: changed tells. done: there was something, and it is stored.
func (r *run) stepRemoved(ctx context.Context, p *models.Pair, row models.Schedule, changed *[]string) (done, again bool, err error) {
	if !slices.Contains(*changed, models.FieldRemoved) || slices.Contains(*changed, models.FieldTime) || row.Recurrence == "" {
		return false, false, nil
	}
	agreed := row
	if err := agreed.SetField(models.FieldRemoved, p.AgreedRow[models.FieldRemoved]); err != nil {
		return false, false, err
	}
	has, had := r.conv.removedKeys(row), r.conv.removedKeys(agreed)
	back := without(had, has)
	cancelled := keySet(p.AgreedEvent[factCancelled])
	if len(without(back, cancelled)) > 0 {
		*changed = append(*changed, models.FieldTime)
		return false, false, nil
	}
	replaced, err := r.replacedKeys(ctx, row)
	if err != nil {
		return false, false, err
	}
	for _, key := range without(without(has, had), replaced) {
		if again, err := r.removeOccurrence(ctx, p, key); err != nil || again {
			return true, again, err
		}
		cancelled = append(cancelled, key)
	}
	for _, key := range back {
		if again, err := r.giveOccurrence(ctx, p, key); err != nil || again {
			return true, again, err
		}
		cancelled = without(cancelled, []string{key})
	}
	lines := without(keySet(p.AgreedEvent[models.FieldRemoved]), keySet(p.AgreedEvent[factCancelled]))
	p.AgreedEvent[factCancelled], p.AgreedEvent[models.FieldRemoved] = keyList(cancelled), keyList(append(lines, cancelled...))
	before := models.Fields{models.FieldRemoved: p.AgreedRow[models.FieldRemoved]}
	now := row.Fields()
	p.AgreedRow[models.FieldRemoved] = now[models.FieldRemoved]
	p.RowVersion = 0
	if sameFields(now, p.AgreedRow) {
		p.RowVersion, p.AgreedRow = row.RowVersion, row.AgreedFields()
	}
	after := models.Fields{models.FieldRemoved: now[models.FieldRemoved]}
	return true, p.RowVersion == 0, r.save(ctx, &models.Change{Row: row, Base: models.NoBase, Pair: p,
		History: []models.HistoryEntry{r.entry(p, models.SideGoogle, models.ActionUpdate, row, before, after)},
		Log:     []models.LogLine{r.logLine("info", row.Subject, "log.updated_in_google")}})
}

func (r *run) replacedKeys(ctx context.Context, series models.Schedule) ([]string, error) {
	rows, err := r.db.Replacements(ctx, series.ID)
	var keys []string
	for _, row := range rows {
		keys = append(keys, r.keyOfRow(row, series))
	}
	return keys, err
}

// removeOccurrence deletes one occurrence; one that the series does not have
// needs no deleting.
func (r *run) removeOccurrence(ctx context.Context, p *models.Pair, key string) (again bool, err error) {
	g, err := r.instance(ctx, p, key, false)
	if err != nil || g == nil {
		return false, err
	}
	err = r.api.delete(ctx, p.CalendarID, g.Id, g.Etag)
	switch kind := kindOf(err); {
	case err == nil:
		r.res.Pushed++
		return false, nil
	case isGone(err):
		return false, nil
	case kind == apiPrecondition:
		return true, nil
	}
	return false, err
}

func (r *run) giveOccurrence(ctx context.Context, p *models.Pair, key string) (again bool, err error) {
	g, err := r.instance(ctx, p, key, true)
	if err != nil || g == nil || g.Status != "cancelled" {
		return false, err
	}
	_, err = r.api.patch(ctx, p.CalendarID, g.Id, g.Etag, &calendar.Event{Status: "confirmed"})
	if err == nil {
		r.res.Pushed++
		return false, nil
	}
	return kindOf(err) == apiPrecondition, ignoreKind(err, apiPrecondition)
}

// rewriteChildren makes the replacement rows of a series due to be written again:
// Google resets changed occurrences when a series' time or rule is written.
func (r *run) rewriteChildren(ctx context.Context, series models.Schedule) ([]*models.Change, error) {
	pairs, err := r.childPairs(ctx, series.ID)
	if err != nil {
		return nil, err
	}
	var changes []*models.Change
	for i := range pairs {
		p := &pairs[i]
		p.State, p.ETag, p.RowVersion, p.ParkedKey, p.ParkedArgs, p.ParkedAt = models.PairInserting, "", 0, "", "", ""
		changes = append(changes, &models.Change{Base: models.NoBase, Pair: p})
		r.rewrites = append(r.rewrites, p.ID)
	}
	return changes, nil
}

// stepGiveBack is for a changed occurrence whose row is gone: with an EXDATE in
// its series it is removed, without one it goes back to what the series says.
func (r *run) stepGiveBack(ctx context.Context, p *models.Pair) (bool, error) {
	forget := &models.Change{Base: models.NoBase, Pair: p, DropPair: true, DropHeld: true}
	master, series, err := r.masterOf(ctx, p.CalendarID, p.AgreedEvent[factSeries], false)
	if err != nil {
		return false, err
	}
	switch {
	case master == nil:
		return false, r.save(ctx, forget)
	case series == nil: // it goes, and takes along what it had
		return false, r.dropReplacements(ctx, master)
	}
	key := p.AgreedEvent[factOriginal]
	g, err := r.instance(ctx, master, key, false)
	if err != nil {
		return false, err
	}
	if g == nil {
		return false, r.save(ctx, forget)
	}
	e := readEvent(g)
	if p.State == models.PairLive && g.Id == p.EventID && e.ETag != p.ETag && !sameEvent(e, p) {
		return true, r.merge(ctx, e, p) // edited in Google meanwhile
	}
	if slices.Contains(r.conv.removedKeys(*series), key) {
		p.EventID, p.ETag = e.ID, e.ETag
		if again, err := r.deleteEvent(ctx, p); err != nil || again {
			return again, err
		}
		return false, r.remember(ctx, master.ID, nil, func(keys []string) []string { return append(keys, key) })
	}
	plain, ok := asOccurrence(master.AgreedEvent, key)
	if !ok {
		return false, r.save(ctx, forget)
	}
	master.AgreedEvent[factGiven] = keyList(append(keySet(master.AgreedEvent[factGiven]), key))
	if err := r.save(ctx, &models.Change{Base: models.NoBase, Pair: master}); err != nil {
		return false, err
	}
	_, err = r.api.patch(ctx, p.CalendarID, e.ID, e.ETag, r.occurrenceBody(plain, e))
	if asFault(err) != nil && kindOf(err) == apiPrecondition {
		return true, nil
	} else if err != nil {
		return false, err
	}
	r.res.Pushed++
	forget.Log = []models.LogLine{r.logLine("info", p.AgreedRow[models.FieldSubject], "log.given_back")}
	return false, r.save(ctx, forget)
}
