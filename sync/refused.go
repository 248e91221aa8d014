package calsync

import (
	"context"
	"errors"
	"strconv"

	"agcrm-google/models"
)

// applyPart writes changes in one transaction. One that the CRM's table refuses
// is left aside, with the reason, and the others are written.
func (r *run) applyPart(ctx context.Context, part []*models.Change, cursors []models.Cursor) (stale []*models.Change, err error) {
	for range len(part) + 1 {
		stale, err = r.db.Apply(ctx, r.lease, part, cursors)
		var refused *models.Refused
		if !errors.As(err, &refused) {
			return stale, err
		}
		if err := r.leaveRefused(ctx, refused); err != nil {
			return nil, err
		}
	}
	return nil, err
}

// leaveRefused turns a refused change into the note that it is left aside. A pair
// goes back to what it was, parked until either side is edited.
func (r *run) leaveRefused(ctx context.Context, refused *models.Refused) error {
	c := refused.Change
	line := models.NewLogLine(r.link.UserID, "warn", c.Row.Subject, refused.Reason)
	note := models.Change{Base: models.NoBase, Log: []models.LogLine{line}}
	switch {
	case c.Pair == nil:
	case c.Pair.ID == 0:
		aside := models.NewLeftAside(r.link.UserID, models.SideGoogle, asideRef(c.Pair.CalendarID, c.Pair.EventID), c.Pair.ETag, c.Row.Subject, refused.Reason)
		aside.CalendarID, aside.EventID = c.Pair.CalendarID, c.Pair.EventID
		note.Aside = &aside
	default:
		p, err := r.db.PairByID(ctx, c.Pair.ID)
		if err != nil {
			return err
		}
		p.ParkedKey, p.ParkedAt, p.RowVersion = refused.Reason.Key, strconv.FormatInt(c.Base, 10), max(c.Base, 0)
		note.Pair = &p
		r.res.Skipped++
	}
	*c = note
	return nil
}
