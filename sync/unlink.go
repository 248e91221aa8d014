package calsync

import (
	"context"
	"errors"
	"slices"

	"agcrm-google/models"
)

// errUnlinked ends the run of an unlink job that is done: the link is gone.
var errUnlinked = errors.New("the link has ended")

// The choices of an unlink job.
const (
	Keep   = "keep"
	Delete = "delete"
)

// Unlink ends an employee's link. googleEvents Delete removes the events that
// this service created and that have no guests; schedules Delete the rows that
// were born from this account, are the employee's own and have no other
// participants. The rest stays on both sides, and its pairs sleep until the same
// account is linked again. It is a job that goes on after a crash; at its end
// the grant is revoked and the credentials are removed. Deleting events needs a
// living grant: Problem otherwise.
func (s *Service) Unlink(ctx context.Context, userID int64, googleEvents, schedules string) error {
	link, err := s.db.Link(ctx, userID)
	if err != nil {
		return err
	}
	if err := checkUnlink(link, googleEvents, schedules); err != nil {
		return err
	}
	if err := s.db.StartUnlink(ctx, userID, googleEvents, schedules); err != nil {
		return err
	}
	s.nudge()
	claimed, err := s.db.ClaimLink(ctx, userID, s.opt.Instance)
	if errors.Is(err, models.ErrConflict) || errors.Is(err, models.ErrNotFound) {
		return nil // a run in progress ends soon and the scheduler goes on with the job, or has done it
	} else if err != nil {
		return err
	}
	_, err = s.runClaimed(ctx, claimed, RunOptions{})
	if errors.Is(err, errUnlinked) {
		return nil
	}
	return asProblem(err)
}

// checkUnlink refuses choices that are none, and deleting with a dead grant.
func checkUnlink(link models.Link, googleEvents, schedules string) error {
	var faults models.Problems
	if googleEvents != Keep && googleEvents != Delete {
		faults = append(faults, models.Invalid("google_events", "unlink.choice"))
	}
	if schedules != Keep && schedules != Delete {
		faults = append(faults, models.Invalid("schedules", "unlink.choice"))
	}
	if link.State == models.LinkBroken && googleEvents == Delete {
		faults = append(faults, models.Invalid("google_events", "unlink.grant_dead"))
	}
	if len(faults) > 0 {
		return faults
	}
	return nil
}

// unlink is the job; it can be run again from its start at any time.
func (r *run) unlink(ctx context.Context) error {
	if r.link.UnlinkGoogle == Delete {
		if err := r.unlinkEvents(ctx); err != nil {
			return err
		}
	}
	if r.link.UnlinkSchedules == Delete {
		if err := r.unlinkRows(ctx); err != nil {
			return err
		}
	}
	r.stopChannels(ctx)
	r.revoke(ctx)
	if err := r.db.AddLog(ctx, r.logLine("info", "", "log.unlinked", "email", r.link.Email)); err != nil {
		return err
	}
	if err := r.db.DropLink(ctx, r.link.UserID); err != nil {
		return err
	}
	return errUnlinked
}

// revoke withdraws the grant at Google. One that cannot be revoked never keeps
// the credentials.
func (r *run) revoke(ctx context.Context) {
	if len(r.grant.Token) == 0 {
		return
	}
	if err := r.s.Revoke(ctx, r.grant.Token); err != nil {
		r.s.log.Warn("a grant could not be revoked at Google", "user", r.link.UserID, "err", err)
	}
}

// unlinkEvents deletes the events that this service created and nobody is
// invited to. If the grant dies meanwhile, the log says what stayed in Google.
func (r *run) unlinkEvents(ctx context.Context) error {
	if err := r.open(ctx); err != nil && kindOf(err) != apiLinkAgain {
		return err
	} else if err != nil {
		return r.db.AddLog(ctx, r.logLine("warn", "", "log.unlink_grant_dead"))
	}
	pairs, err := r.db.PairsOf(ctx, r.link.UserID, r.link.Sub)
	if err != nil {
		return err
	}
	for i := range pairs {
		p := &pairs[i]
		if !madeHere(p) {
			continue
		}
		err := r.unlinkEvent(ctx, p)
		if kindOf(err) == apiLinkAgain && asFault(err) != nil {
			return r.db.AddLog(ctx, r.logLine("warn", "", "log.unlink_grant_dead"))
		} else if err != nil {
			return err
		}
	}
	return nil
}

// madeHere tells whether this service created a pair's event. A changed occurrence
// goes with its series.
func madeHere(p *models.Pair) bool {
	return p.Origin == models.OriginCRM && p.AgreedEvent[factSeries] == ""
}

func (r *run) unlinkEvent(ctx context.Context, p *models.Pair) error {
	g, err := r.api.get(ctx, p.CalendarID, p.EventID)
	if isGone(err) {
		return r.save(ctx, &models.Change{Base: models.NoBase, Pair: p, DropPair: true})
	} else if err != nil {
		return err
	}
	e := readEvent(g)
	switch {
	case e.Cancelled:
		return r.save(ctx, &models.Change{Base: models.NoBase, Pair: p, DropPair: true})
	case e.Guests || e.Foreign:
		return r.db.AddLog(ctx, r.logLine("warn", e.Fields[models.FieldSubject], "log.unlink_kept_guests"))
	}
	if err := r.forgetChildren(ctx, p.ScheduleID, false); err != nil {
		return err
	}
	p.ETag = e.ETag
	_, err = r.deleteEvent(ctx, p)
	return err
}

// unlinkRows deletes the rows that came from this account, are the employee's
// own and concern nobody else.
func (r *run) unlinkRows(ctx context.Context) error {
	changes, err := r.rowsToUnlink(ctx)
	if err != nil {
		return err
	}
	_, err = r.apply(ctx, changes, nil) // a row that somebody edits just now is kept
	return err
}

// rowsToUnlink are the deletions of these rows and of what goes with them. A row
// that replaces an occurrence goes with its series or stays with it.
func (r *run) rowsToUnlink(ctx context.Context) ([]*models.Change, error) {
	pairs, err := r.db.PairsOf(ctx, r.link.UserID, r.link.Sub)
	if err != nil {
		return nil, err
	}
	var ids []int64
	pointers := make([]*models.Pair, 0, len(pairs))
	for i := range pairs {
		if pairs[i].Origin == models.OriginGoogle {
			ids, pointers = append(ids, pairs[i].ScheduleID), append(pointers, &pairs[i])
		}
	}
	rosters, err := r.db.Participants(ctx, ids)
	if err != nil {
		return nil, err
	}
	rows, err := r.rowsOf(ctx, pointers)
	if err != nil {
		return nil, err
	}
	var changes []*models.Change
	for _, p := range pointers {
		row := rowIn(rows, p)
		switch {
		case row == nil:
			changes = append(changes, &models.Change{Base: models.NoBase, Pair: p, DropPair: true})
		case row.SeriesID == 0 && row.OwnerID == r.link.UserID && !othersIn(rosters[row.ID], row.OwnerID):
			changes = append(changes, &models.Change{Action: models.ActionDelete, Row: *row, Base: row.RowVersion, Pair: p, DropPair: true,
				History: []models.HistoryEntry{r.entry(p, models.SideTable, models.ActionDelete, *row, row.AgreedFields(), nil)}})
		}
	}
	return r.deleteWhole(ctx, changes)
}

// othersIn tells whether anybody but the owner takes part.
func othersIn(list []models.Participant, owner int64) bool {
	return slices.ContainsFunc(list, func(p models.Participant) bool { return p.UserID != owner })
}
