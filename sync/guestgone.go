package calsync

import (
	"context"
	"slices"
	"strconv"

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
