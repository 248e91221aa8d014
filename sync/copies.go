package calsync

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"agcrm-google/models"
)

// A row is copied into the calendar of each linked employee who takes part and
// has not declined. Only the owner's event changes the row; what a participant
// changes in the copy is put back, but for what is the participant's own.

// part is what a row is to the employee of the run.
type part int

const (
	nobodys part = iota // neither owned nor taken part in
	copied              // the employee takes part
	owned
)

// Facts about the pair of a copy.
const (
	factCopy     = "copy"     // "1"
	factPutBacks = "putbacks" // when the copy was put back, Unix seconds
	factUndo     = "undo"     // of a series: the occurrences to be given back to it
	factGiven    = "given"    // and those that were: Google goes on taking them for changed
	factReset    = "reset"    // and those that will be, once its rule is put back
)

// The same copy is put back at most so often in a day, then left aside: two
// programs that correct each other must come to rest.
const (
	putBacksADay = 3
	putBackDay   = 24 * time.Hour
)

// shared are the fields of a copy that belong to the row.
var shared = []string{models.FieldSubject, models.FieldLocation, models.FieldBody, models.FieldTime}

// putBack in an agreement is what nobody says: the field is still to be carried.
const putBack = "\x00"

// partIn tells what a row is to the employee; a replacement row is what its
// series is.
func (r *run) partIn(ctx context.Context, row models.Schedule) (part, error) {
	if row.OwnerID == r.link.UserID {
		return owned, nil
	}
	rosters, err := r.db.Participants(ctx, []int64{row.ID, row.SeriesID})
	if err != nil {
		return nobodys, err
	}
	if models.TakesPart(append(rosters[row.ID], rosters[row.SeriesID]...), r.link.UserID) {
		return copied, nil
	}
	return nobodys, nil
}

// concerns tells whether a row, if it is there, is to have an event in this link.
func (r *run) concerns(ctx context.Context, row models.Schedule, there bool) (bool, error) {
	if !there {
		return false, nil
	}
	p, err := r.partIn(ctx, row)
	return p != nobodys, err
}

// decideCopy is for a participant's copy that was changed in Google, or listed again.
func (r *run) decideCopy(e *event, p *models.Pair, row models.Schedule) (*models.Change, error) {
	old := p.AgreedEvent
	c := &models.Change{Row: row, Base: row.RowVersion, Pair: p}
	p.ETag, p.State, p.MissingMS, p.Kept = e.ETag, models.PairLive, 0, e.Guests
	if r.link.Direction != models.DirectionBoth {
		return c, nil // neither carried nor undone
	}
	asRow, err := r.asRow(e, row)
	if err != nil {
		return nil, err
	}
	now := row.Fields()
	var wrong []string
	for _, name := range shared {
		if old != nil && e.Fields[name] != old[name] && asRow[name] != now[name] {
			wrong = append(wrong, name)
		}
	}
	p.AgreedEvent = e.Fields
	p.AgreedEvent[factCopy], p.AgreedEvent[factPutBacks], p.AgreedEvent[factCancelled] = "1", old[factPutBacks], old[factCancelled]
	keepFacts(p.AgreedEvent, old, factGiven, factUndo, factReset)
	p.AgreedEvent[models.FieldRemoved] = keyList(append(keySet(e.Fields[models.FieldRemoved]), keySet(old[factCancelled])...))
	if p.AgreedRow == nil {
		p.AgreedRow = row.AgreedFields()
	}
	switch {
	case len(wrong) == 0:
		p.ParkedKey, p.ParkedArgs, p.ParkedAt = "", "", ""
	case !r.mayPutBack(p):
		p.ParkedKey, p.ParkedAt = "aside.put_back_often", strconv.FormatInt(row.RowVersion, 10)
		c.Log = []models.LogLine{r.logLine("warn", row.Subject, p.ParkedKey)}
		r.res.Skipped++
		return c, nil
	}
	for _, name := range wrong {
		p.AgreedRow[name], p.RowVersion = putBack, 0
		c.History = append(c.History, r.entry(p, models.SideGoogle, models.ActionConflict, row, models.Fields{name: asRow[name]}, models.Fields{name: now[name]}))
		c.Log = append(c.Log, r.logLine("warn", row.Subject, "log.put_back", "field", name))
	}
	return c, nil
}

// mayPutBack counts a putting back, if another one is allowed.
func (r *run) mayPutBack(p *models.Pair) bool {
	var recent []string
	for _, at := range strings.Fields(p.AgreedEvent[factPutBacks]) {
		if seconds, err := strconv.ParseInt(at, 10, 64); err == nil && r.now.Sub(time.Unix(seconds, 0)) < putBackDay {
			recent = append(recent, at)
		}
	}
	if len(recent) >= putBacksADay {
		return false
	}
	p.AgreedEvent[factPutBacks] = strings.Join(append(recent, strconv.FormatInt(r.now.Unix(), 10)), " ")
	return true
}

// decline is what a participant's deletion of the copy means: the row and the
// other copies stay. One occurrence that is removed is remembered with the series.
func (r *run) decline(p *models.Pair, row models.Schedule) *models.Change {
	c := &models.Change{Row: row, Base: models.NoBase, Pair: p, DropPair: true, DropHeld: true}
	if row.SeriesID == 0 {
		c.Decline = true
		c.Log = []models.LogLine{r.logLine("info", row.Subject, "log.declined")}
	}
	return c
}

// takeOwnOccurrences is takeOccurrences for a copy: occurrences that the
// participant removed stay out of this copy alone, changed ones are put back.
func (r *run) takeOwnOccurrences(ctx context.Context, calendarID string, master *models.Pair, list []*event) error {
	cancelled, undo, reset := keySet(master.AgreedEvent[factCancelled]), []string(nil), []string(nil)
	var gone []models.Pair
	var living []*event
	for _, e := range list {
		p, err := r.exceptionPair(ctx, calendarID, e.ID)
		if err != nil {
			return err
		}
		switch {
		case e.Cancelled && p != nil && !r.gives(master, e.Original): // with a rule that is put back
			gone, reset = append(gone, *p), append(reset, e.Original)
		case e.Cancelled && p != nil:
			gone, cancelled = append(gone, *p), append(cancelled, e.Original)
		case e.Cancelled && r.gives(master, e.Original):
			cancelled = append(cancelled, e.Original)
		case p != nil:
			living, cancelled = append(living, e), without(cancelled, []string{e.Original})
		case !e.Cancelled:
			cancelled = without(cancelled, []string{e.Original})
			if !likeSeries(e, master) && r.link.Direction == models.DirectionBoth {
				undo = append(undo, e.Original)
			}
		}
	}
	if keyList(cancelled) != master.AgreedEvent[factCancelled] || len(undo) > 0 {
		if err := r.remember(ctx, master.ID, undo, func([]string) []string { return keySet(keyList(cancelled)) }); err != nil {
			return err
		}
	}
	if err := r.noteReset(ctx, master.ID, reset); err != nil {
		return err
	}
	if err := r.settleGone(ctx, gone); err != nil {
		return err
	}
	return r.takeEvents(ctx, calendarID, living, inCalendar(calendarID))
}

// noteReset remembers changed occurrences of a copy that Google cancelled because
// the participant changed the series' rule: they stay cancelled when that is put
// back, and are given back to the series then.
func (r *run) noteReset(ctx context.Context, masterID int64, keys []string) error {
	p, err := r.db.PairByID(ctx, masterID)
	if err != nil || len(keys) == 0 {
		return err
	}
	p.AgreedEvent[factReset] = keyList(append(keySet(p.AgreedEvent[factReset]), keys...))
	return r.save(ctx, &models.Change{Base: models.NoBase, Pair: &p})
}

// stepUndo gives a series' changed occurrences back to it, unless a replacement row
// says what they are to be. They are named in the series' pair, so that a run that
// dies here is followed by one that goes on.
func (r *run) stepUndo(ctx context.Context, p *models.Pair) (bool, error) {
	c := &models.Change{Base: models.NoBase, Pair: p}
	for _, key := range keySet(p.AgreedEvent[factUndo]) {
		switch err := r.undoOccurrence(ctx, p, key); {
		case err == nil:
		case kindOf(err) == apiPrecondition:
			return true, nil
		case asFault(err) != nil && kindOf(err) == apiPermanent:
			c.Log = append(c.Log, models.NewLogLine(r.link.UserID, "warn", p.AgreedRow[models.FieldSubject], asFault(err).msg))
		default:
			return false, err
		}
	}
	p.AgreedEvent[factGiven] = keyList(append(keySet(p.AgreedEvent[factGiven]), keySet(p.AgreedEvent[factUndo])...))
	delete(p.AgreedEvent, factUndo)
	return true, r.save(ctx, c)
}

// undoOccurrence makes one occurrence what its series says.
func (r *run) undoOccurrence(ctx context.Context, master *models.Pair, key string) error {
	removed := slices.Contains(keySet(master.AgreedEvent[models.FieldRemoved]), key)
	g, err := r.instance(ctx, master, key, !removed && r.gives(master, key))
	if err != nil || g == nil {
		return err
	}
	plain, ok := asOccurrence(master.AgreedEvent, key)
	pairs, err := r.pairsOf(ctx, []string{g.Id})
	if err != nil {
		return err
	}
	e := readEvent(g)
	if !ok || len(pairs) > 0 || likeSeries(e, master) {
		return nil
	}
	if _, err := r.api.patch(ctx, master.CalendarID, g.Id, g.Etag, r.occurrenceBody(plain, e)); err != nil {
		return err
	}
	r.res.Pushed++
	return nil
}

// followSeries makes occurrences that were given back to their series take what
// is new there: Google goes on taking them for changed. It tells whether any are
// still to be made so.
func (r *run) followSeries(p *models.Pair, changed bool) bool {
	if given := p.AgreedEvent[factGiven]; given != "" && changed {
		p.AgreedEvent[factUndo] = keyList(append(keySet(given), keySet(p.AgreedEvent[factUndo])...))
	}
	return p.AgreedEvent[factUndo] != ""
}
