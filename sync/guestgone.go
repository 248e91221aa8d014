package calsync

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"agcrm-google/models"
)

// decideGuestGone says what it means that an event which is not the employee's own
// to change is cancelled in the employee's calendar, or declined by the row's
// owner. Only an organiser who is an employee ends the meeting for all, in the own
// calendar; for the others it is their own part that ends. Where the organiser is
// nobody here, the row goes to the next who holds a copy, and with the last one.
func (r *run) decideGuestGone(ctx context.Context, p *models.Pair, row *models.Schedule) (c *models.Change, deletes bool, err error) {
	drop := &models.Change{Base: models.NoBase, Pair: p, DropPair: true, DropHeld: true}
	if err := r.knowPeople(ctx); err != nil {
		return nil, false, err
	}
	organizer := p.AgreedEvent[factOrganizer]
	switch {
	case !r.link.CarriesFromGoogle():
		return nil, false, nil // neither carried nor undone
	case row == nil:
		return drop, false, nil
	case p.State == models.PairEnded:
		return nil, false, nil
	case !r.inWindow(p.AgreedRow) && !r.inWindow(row.Fields()):
		p.State = models.PairEnded
		return &models.Change{Base: models.NoBase, Pair: p}, false, nil
	case row.OwnerID != r.link.UserID:
		meetings, err := r.db.MeetingsOf(ctx, []int64{row.ID})
		if _, still := meetings[row.ID]; !still || err != nil {
			return drop, false, err // the meeting ended, and its row goes on without it
		}
		return r.decline(p, *row), false, nil
	case organizer != "" && r.people.Employee(organizer) != 0:
		drop.Log = []models.LogLine{r.logLine("info", row.Subject, "log.declined")}
		return drop, false, nil
	}
	next, err := r.nextHolder(ctx, *row)
	if err != nil {
		return nil, false, err
	}
	if next != 0 {
		return r.handOver(ctx, p, *row, next), false, nil
	}
	return r.deleteRow(p, *row), true, nil
}

// cancelledMeetings pairs the employee's own meetings that a calendar shows as
// cancelled with their rows, where another employee's run has made these: who
// cancels a meeting that the own link had yet to see cancels it all the same. Of a
// deleted event Google may tell no more than the id, of which it makes the iCalUID.
func (r *run) cancelledMeetings(ctx context.Context, l *listing, paired map[string]bool) (gone []models.Pair, err error) {
	own, keys := map[string]*event{}, []string(nil)
	for _, e := range newest(l.events) {
		if e.Cancelled && e.SeriesID == "" && !paired[e.ID] && !e.Foreign {
			e.ICalUID, e.Organizer = orDefault(e.ICalUID, e.ID+"@google.com"), orDefault(e.Organizer, strings.ToLower(l.calendarID))
			keys = append(keys, e.meetingKey())
			own[e.meetingKey()] = e
		}
	}
	meetings, err := r.db.Meetings(ctx, keys)
	if err != nil || len(meetings) == 0 {
		return nil, err
	}
	for _, key := range slices.Sorted(maps.Keys(meetings)) {
		p, err := r.pairCancelled(ctx, l.calendarID, own[key], meetings[key].ScheduleID)
		if err != nil {
			return nil, err
		}
		if p != nil {
			gone = append(gone, *p)
		}
	}
	return gone, nil
}

// pairCancelled pairs a row without a pair with its owner's event, which is gone;
// nil if it is somebody else's, or not there any more.
func (r *run) pairCancelled(ctx context.Context, calendarID string, e *event, rowID int64) (*models.Pair, error) {
	row, err := r.db.Schedule(ctx, rowID)
	if err != nil {
		return nil, ignore(err, models.ErrNotFound)
	}
	pairs, err := r.db.PairsBySchedule(ctx, r.link.UserID, r.link.Sub, []int64{row.ID})
	if err != nil || row.OwnerID != r.link.UserID || len(pairs) > 0 {
		return nil, err
	}
	p := r.newPair(calendarID, e, models.OriginGoogle)
	p.ScheduleID, p.Kept, p.AgreedRow = row.ID, true, row.AgreedFields()
	p.AgreedEvent = models.Fields{factOrganizer: e.Organizer}
	if err := r.save(ctx, &models.Change{Row: row, Base: row.RowVersion, Pair: p}); err != nil || p.ID == 0 {
		return nil, err
	}
	return p, nil
}

// nextHolder is the next participant who holds a copy and has not declined: those
// who are invited in Google come first; 0 is nobody.
func (r *run) nextHolder(ctx context.Context, row models.Schedule) (int64, error) {
	holders, err := r.db.Holders(ctx, row.ID)
	if err != nil {
		return 0, err
	}
	rosters, err := r.db.Participants(ctx, []int64{row.ID, row.SeriesID})
	if err != nil {
		return 0, err
	}
	holders = slices.DeleteFunc(holders, func(q models.Pair) bool {
		return q.UserID == r.link.UserID || !models.TakesPart(append(rosters[row.ID], rosters[row.SeriesID]...), q.UserID)
	})
	for _, invited := range []bool{true, false} {
		if i := slices.IndexFunc(holders, func(q models.Pair) bool { return q.ReadOnly == invited }); i >= 0 {
			return holders[i].UserID, nil
		}
	}
	return 0, nil
}

// handedOver is for the own event of a meeting that is gone because somebody else
// organises it now, as another employee's copy shows: it goes on without the owner.
func (r *run) handedOver(ctx context.Context, p *models.Pair, row models.Schedule) (*models.Change, error) {
	if !p.Kept || p.ReadOnly {
		return nil, nil
	}
	holders, err := r.db.Holders(ctx, row.ID)
	if err != nil {
		return nil, err
	}
	another := func(q models.Pair) bool {
		return q.ReadOnly && q.AgreedEvent[factOrganizer] != p.AgreedEvent[factOrganizer]
	}
	next, err := r.nextHolder(ctx, row)
	if err != nil || next == 0 || !slices.ContainsFunc(holders, another) {
		return nil, err
	}
	return r.handOver(ctx, p, row, next), nil
}

// handOver gives a row to another participant; who had it declines, and the pair,
// if there is one, goes. A row of one occurrence belongs to whom its series belongs.
func (r *run) handOver(ctx context.Context, p *models.Pair, row models.Schedule, next int64) *models.Change {
	c := &models.Change{Row: row, Base: row.RowVersion, Pair: p, DropPair: p != nil, DropHeld: p != nil}
	if row.SeriesID != 0 {
		return c
	}
	c.Action, c.Row.OwnerID, c.Fields = models.ActionUpdate, next, []string{models.FieldOwner}
	c.Roster = []models.RosterChange{{UserID: next}, {UserID: r.link.UserID, Response: answerDeclined, Join: true}}
	name := strconv.FormatInt(next, 10)
	if user, err := r.db.User(ctx, next); err == nil {
		name = user.DisplayName()
	}
	c.Log = []models.LogLine{r.logLine("info", row.Subject, "log.handed_over", "user", name)}
	return c
}
