package calsync

import (
	"context"
	"slices"

	"agcrm-google/models"
)

// twinKey is what two appointments must share to be taken for one: subject,
// start, end and kind, in the terms of the row.
func (c converter) twinKey(row models.Schedule) string {
	times, err := c.timeToEvent(row.Fields()[models.FieldTime], "", "")
	if err != nil {
		return ""
	}
	s, err := parseSpan(times)
	if err != nil {
		return ""
	}
	s.startZone, s.endTZ = "", "" // the same instant is the same time
	return row.Subject + "\n" + s.String()
}

// lookAlike is the oldest row without a pair that says the same as an event
// without a pair. It is looked for only while everything is listed, as at the
// first run: an event that a person makes later is a new one. Somebody else's
// event is no twin.
func (r *run) lookAlike(ctx context.Context, e *event, like models.Schedule) (*models.Schedule, error) {
	if !r.listingAll || !r.link.CarriesToGoogle() || e.ReadOnly {
		return nil, nil
	}
	if r.twins == nil {
		if err := r.findTwins(ctx); err != nil {
			return nil, err
		}
	}
	if len(r.twins) == 0 {
		return nil, nil
	}
	key := r.conv.twinKey(like)
	list := r.twins[key]
	if key == "" || len(list) == 0 {
		return nil, nil
	}
	r.twins[key] = list[1:]
	return &list[0], nil
}

// findTwins reads the rows that have no pair, in order of creation.
func (r *run) findTwins(ctx context.Context) error {
	r.twins = map[string][]models.Schedule{}
	list, err := r.db.Candidates(ctx, r.link, r.since.AddDays(-2))
	if err != nil {
		return err
	}
	var ids []int64
	for _, c := range list {
		if c.PairID == 0 {
			ids = append(ids, c.ScheduleID)
		}
	}
	rows, err := r.db.Schedules(ctx, ids)
	if err != nil {
		return err
	}
	slices.Sort(ids)
	for _, id := range ids {
		row, there := rows[id]
		if _, fit := r.rowFit(row); there && fit && row.SeriesID == 0 && row.OwnerID == r.link.UserID {
			key := r.conv.twinKey(row)
			r.twins[key] = append(r.twins[key], row)
		}
	}
	return nil
}
