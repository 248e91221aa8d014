package calsync

import (
	"context"
	"strings"

	"agcrm-google/models"
)

// deserted tells whether an event may be what is left of a meeting: the own one,
// to which nobody is invited (any more).
func (e *event) deserted() bool { return !e.shared() && e.ICalUID != "" && e.Organizer != "" }

// desertedRow is the employee's own row of a meeting that another employee's run
// made while somebody was invited, and that the own link has yet to see.
func (r *run) desertedRow(ctx context.Context, e *event) (*models.Schedule, error) {
	m, there := r.meetings[e.meetingKey()]
	if !there {
		return nil, nil
	}
	row, err := r.db.Schedule(ctx, m.ScheduleID)
	if err != nil || row.OwnerID != r.link.UserID {
		return nil, ignore(err, models.ErrNotFound)
	}
	pairs, err := r.db.PairsBySchedule(ctx, r.link.UserID, r.link.Sub, []int64{row.ID})
	if err != nil || len(pairs) > 0 {
		return nil, err
	}
	return &row, nil
}

// invitedBefore are the employees who were invited to what is such an event now.
func (r *run) invitedBefore(ctx context.Context, e *event) (models.Fields, error) {
	if err := r.knowPeople(ctx); err != nil {
		return nil, err
	}
	roster := map[int64]string{}
	for _, address := range strings.Fields(r.meetings[e.meetingKey()].Guests) {
		if id := r.people.Employee(strings.TrimPrefix(address, "-")); id != 0 {
			roster[id] = answerNone
		}
	}
	return models.Fields{factRoster: rosterText(roster)}, nil
}
