package calsync

import (
	"context"

	"agcrm-google/models"
)

// PreviewUnlink tells what an unlink with these choices would delete, item by
// item, by what both sides last agreed on; events with guests, which stay, are
// named too. It asks Google nothing and writes nothing. Choices that Unlink would
// refuse are refused here.
func (s *Service) PreviewUnlink(ctx context.Context, userID int64, googleEvents, schedules string) ([]Step, error) {
	link, err := s.db.Link(ctx, userID)
	if err != nil {
		return nil, err
	}
	if err := checkUnlink(link, googleEvents, schedules); err != nil {
		return nil, err
	}
	r := &run{s: s, db: tables{DB: s.db}, link: link, dry: true, conv: converter{zone: s.opt.Zone}}
	if googleEvents == Delete {
		if err := r.planEvents(ctx); err != nil {
			return nil, err
		}
	}
	if schedules == Delete {
		changes, err := r.rowsToUnlink(ctx)
		if err != nil {
			return nil, err
		}
		for _, c := range changes {
			if c.Action != "" {
				r.plan(models.SideTable, c.Action, c.Row.ID, c.Row.Fields(), models.Message{})
			}
		}
	}
	return r.res.Plan, nil
}

func (r *run) planEvents(ctx context.Context) error {
	pairs, err := r.db.PairsOf(ctx, r.link.UserID, r.link.Sub)
	if err != nil {
		return err
	}
	for i := range pairs {
		switch p := &pairs[i]; {
		case !madeHere(p) || p.State == models.PairEnded:
		case p.AgreedEvent[factGuests] != "":
			r.plan(models.SideGoogle, stepSkip, p.ScheduleID, p.AgreedRow, models.Say("log.unlink_kept_guests"))
		default:
			r.plan(models.SideGoogle, models.ActionDelete, p.ScheduleID, p.AgreedRow, models.Message{})
		}
	}
	return nil
}
