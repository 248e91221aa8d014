package calsync

import (
	"context"
	"slices"

	"agcrm-google/models"
)

// A series is a master row and a master event, which are paired like any other
// appointment, with a replacement row and a changed occurrence ("exception") for
// each occurrence that differs. An occurrence that was removed is an EXDATE line
// in the row, and in Google a cancelled exception.

// mergeRemoved merges the removed occurrences of a series. What Google removed
// comes from the event's EXDATE lines and from the cancelled exceptions seen so
// far, which the pair remembers.
func (r *run) mergeRemoved(m *merged, e *event, p *models.Pair, row models.Schedule) error {
	cancelled := p.AgreedEvent[factCancelled]
	before := keySet(p.AgreedEvent[models.FieldRemoved])
	now := keySet(keyList(append(keySet(e.Fields[models.FieldRemoved]), keySet(cancelled)...)))
	if !e.Series || !r.link.CarriesFromGoogle() {
		now = before
	}
	m.Event[models.FieldRemoved] = keyList(now)
	if cancelled != "" && e.Series {
		m.Event[factCancelled] = cancelled
	}
	return r.carryRemoved(m, p, row, before, now)
}

// carryRemoved brings what Google removed or gave back into the row, and finds
// what the row removed or gave back that Google has yet to learn.
func (r *run) carryRemoved(m *merged, p *models.Pair, row models.Schedule, before, now []string) error {
	has := r.conv.removedKeys(row)
	want := mergeSets(has, before, now)
	if keyList(want) != keyList(has) {
		text, err := r.conv.setRemoved(row, want)
		if err != nil {
			return err
		}
		m.Set[models.FieldRemoved] = text
	}
	if p.AgreedRow == nil { // the two have only just met: what the row has besides is still to be carried
		if len(without(has, now)) > 0 {
			m.Pending = append(m.Pending, models.FieldRemoved)
		}
		return nil
	}
	agreed := row
	if err := agreed.SetField(models.FieldRemoved, p.AgreedRow[models.FieldRemoved]); err != nil {
		return err
	}
	had := r.conv.removedKeys(agreed)
	if keyList(had) == keyList(has) {
		return nil
	}
	m.Pending = append(m.Pending, models.FieldRemoved)
	text, err := r.conv.setRemoved(agreed, mergeSets(had, before, now))
	p.AgreedRow[models.FieldRemoved] = text
	return err
}

// takeExceptions brings changed and removed occurrences into the table, series by
// series. They may come before their master, or without it.
func (r *run) takeExceptions(ctx context.Context, l *listing) error {
	r.begin(l)
	defer r.begin(&listing{})
	bySeries := map[string][]*event{}
	var order []string
	for _, e := range newest(l.events) {
		if e.SeriesID == "" {
			continue
		}
		if bySeries[e.SeriesID] == nil {
			order = append(order, e.SeriesID)
		}
		bySeries[e.SeriesID] = append(bySeries[e.SeriesID], e)
	}
	for _, id := range order {
		r.takeOld = slices.ContainsFunc(bySeries[id], r.livesInWindow)
		master, row, err := r.masterOf(ctx, l.calendarID, id, true)
		r.takeOld = false
		if err != nil {
			return err
		}
		if master == nil {
			if err := r.takeLoneOccurrences(ctx, l.calendarID, bySeries[id]); err != nil {
				return err
			}
			continue
		}
		if row == nil { // it is gone and takes all with it
			if err := r.keepEdited(ctx, master, bySeries[id]); err != nil {
				return err
			}
			continue
		}
		if err := r.takeOccurrences(ctx, l.calendarID, master, *row, bySeries[id]); err != nil {
			return err
		}
	}
	return nil
}

// livesInWindow tells whether an occurrence stands, in a time that is taken up.
func (r *run) livesInWindow(e *event) bool {
	if e.Cancelled {
		return false
	}
	asRow, err := r.asRow(e, models.Schedule{})
	return err == nil && r.inWindow(asRow)
}

// masterOf finds the pair and the row of a series by its event. With fetch, a
// series that has no pair yet is read from Google first.
func (r *run) masterOf(ctx context.Context, calendarID, eventID string, fetch bool) (*models.Pair, *models.Schedule, error) {
	pairs, err := r.pairsOf(ctx, []string{eventID})
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(pairs, func(p models.Pair) bool { return p.CalendarID == calendarID })
	if i < 0 {
		if !fetch {
			return nil, nil, nil
		}
		g, err := r.api.get(ctx, calendarID, eventID)
		if isGone(err) {
			return nil, nil, nil
		} else if err != nil {
			return nil, nil, err
		}
		e := readEvent(g)
		if e.Cancelled || !e.Series {
			return nil, nil, nil
		}
		stranger := func(*event, []models.Pair) (*models.Pair, error) { return nil, nil }
		if err := r.takeEvents(ctx, calendarID, []*event{e}, stranger); err != nil {
			return nil, nil, err
		}
		return r.masterOf(ctx, calendarID, eventID, false)
	}
	rows, err := r.rowsOf(ctx, []*models.Pair{&pairs[i]})
	return &pairs[i], rowIn(rows, &pairs[i]), err
}

// takeOccurrences brings one series' changed and removed occurrences in.
func (r *run) takeOccurrences(ctx context.Context, calendarID string, master *models.Pair, row models.Schedule, list []*event) error {
	mine, err := r.partIn(ctx, row)
	switch {
	case err != nil || master.State == models.PairInserting:
		return err
	case master.ReadOnly:
		return r.takeGuestOccurrences(ctx, calendarID, master, row, list)
	case master.Kept && master.AgreedEvent[factCopy] == "": // it stays where it is
	case mine == nobodys:
		return nil
	case mine == copied:
		return r.takeOwnOccurrences(ctx, calendarID, master, list)
	}
	var living []*event
	var gone []models.Pair
	var losing []*event // removed, and replaced by rows that lose
	var edited []string // in Google, while the row removed them: the edit wins
	cancelled := keySet(master.AgreedEvent[factCancelled])
	lines := without(keySet(master.AgreedEvent[models.FieldRemoved]), cancelled) // removed by the series' own lines
	takenOut := without(r.conv.removedKeys(row), keySet(master.AgreedEvent[models.FieldRemoved]))
	replaced, err := r.replacedKeys(ctx, row)
	if err != nil {
		return err
	}
	for _, e := range list {
		if !e.Cancelled {
			if slices.Contains(takenOut, e.Original) && !likeSeries(e, master) {
				if r.settings.ConflictPolicy == models.PolicyCRM {
					continue // push removes it
				}
				edited = append(edited, e.Original)
			}
			living, cancelled = append(living, e), without(cancelled, []string{e.Original})
			continue
		}
		p, err := r.exceptionPair(ctx, calendarID, e.ID)
		if err != nil {
			return err
		}
		stays, err := r.editedSince(ctx, p)
		if err != nil {
			return err
		}
		if p == nil && slices.Contains(replaced, e.Original) {
			if stays, err = r.replacementStays(ctx, row, e.Original); err != nil {
				return err
			} else if !stays {
				losing = append(losing, e)
			}
		}
		if p != nil {
			gone = append(gone, *p)
		}
		if !stays && !slices.Contains(cancelled, e.Original) && !slices.Contains(lines, e.Original) && r.gives(master, e.Original) {
			cancelled = append(cancelled, e.Original)
		}
	}
	if err := r.noteCancelled(ctx, master.ID, cancelled, edited); err != nil {
		return err
	}
	if err := r.dropLosing(ctx, master, row, losing); err != nil {
		return err
	}
	if err := r.settleGone(ctx, gone); err != nil {
		return err
	}
	return r.takeEvents(ctx, calendarID, living, inCalendar(calendarID))
}

// inCalendar finds an event's pair in one calendar, for takeEvents.
func inCalendar(calendarID string) func(*event, []models.Pair) (*models.Pair, error) {
	return func(e *event, pairs []models.Pair) (*models.Pair, error) {
		for i := range pairs {
			if pairs[i].EventID == e.ID && pairs[i].CalendarID == calendarID {
				return &pairs[i], nil
			}
		}
		return nil, nil
	}
}

func (r *run) exceptionPair(ctx context.Context, calendarID, eventID string) (*models.Pair, error) {
	pairs, err := r.pairsOf(ctx, []string{eventID})
	for i := range pairs {
		if pairs[i].CalendarID == calendarID {
			return &pairs[i], err
		}
	}
	return nil, err
}

// reviveSeries prepares a series whose row was deleted to get a new one: it takes
// along what Google removed one by one, and its changed occurrences come anew, by
// a full listing, because their rows went with the old master row.
func (r *run) reviveSeries(ctx context.Context, e *event, p *models.Pair) error {
	cancelled := p.AgreedEvent[factCancelled]
	e.Fields[models.FieldRemoved] = keyList(append(keySet(e.Fields[models.FieldRemoved]), keySet(cancelled)...))
	e.Fields[factCancelled] = cancelled
	if r.dry {
		return nil
	}
	r.relist = true
	if err := r.db.ForgetSyncTokens(ctx, r.link.UserID); err != nil {
		return err
	}
	return r.dropReplacements(ctx, p)
}

// editedSince tells whether the row of a removed occurrence was edited since the
// agreement, so that it comes back.
func (r *run) editedSince(ctx context.Context, p *models.Pair) (bool, error) {
	if p == nil || r.settings.ConflictPolicy == models.PolicyGoogle || !r.link.CarriesToGoogle() {
		return false, nil
	}
	rows, err := r.rowsOf(ctx, []*models.Pair{p})
	row := rowIn(rows, p)
	return row != nil && !sameFields(row.Fields(), p.AgreedRow), err
}

// noteCancelled stores which occurrences Google has cancelled one by one, and
// brings the difference into the row, as well as what it is to give back.
func (r *run) noteCancelled(ctx context.Context, masterID int64, cancelled, back []string) error {
	for range 5 {
		p, err := r.db.PairByID(ctx, masterID)
		if err != nil {
			return err
		}
		if len(back) == 0 && keyList(cancelled) == p.AgreedEvent[factCancelled] || !r.link.CarriesFromGoogle() {
			return nil
		}
		row, err := r.db.Schedule(ctx, p.ScheduleID)
		if err != nil {
			return err
		}
		before := keySet(p.AgreedEvent[models.FieldRemoved])
		lines := without(before, keySet(p.AgreedEvent[factCancelled]))
		now := append(lines, cancelled...)
		m := merged{Set: models.Fields{}, Event: p.AgreedEvent}
		for _, name := range models.FieldNames {
			if name != models.FieldRemoved && row.Fields()[name] != p.AgreedRow[name] {
				m.Pending = append(m.Pending, name) // an edit of the row that is still to be carried
			}
		}
		if err := r.carryRemoved(&m, &p, row, append(before, back...), now); err != nil {
			return err
		}
		p.AgreedEvent[factCancelled], p.AgreedEvent[models.FieldRemoved] = keyList(cancelled), keyList(now)
		c := &models.Change{Row: row, Base: row.RowVersion, Pair: &p, Pending: m.Pending}
		if err := r.setFields(c, m, &p); err != nil {
			return err
		}
		if c.Action == "" {
			r.agreeRow(c)
		}
		stale, err := r.apply(ctx, []*models.Change{c}, nil)
		if err != nil || len(stale) == 0 {
			return err
		}
	}
	return errRestless
}

// agreeRow notes in a pair what the table has, where nothing is written to it.
func (r *run) agreeRow(c *models.Change) {
	p := c.Pair
	p.AgreedRow, p.RowVersion = agreeWithout(c.Row.AgreedFields(), p.AgreedRow, c.Pending), c.Row.RowVersion
	if len(c.Pending) > 0 || c.Due {
		p.RowVersion = 0
	}
}
