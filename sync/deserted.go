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

// forsakenRow is the row of a meeting that was handed over since a guest's run made
// it, and of which nobody holds a copy any more: the former organiser is a guest.
func (r *run) forsakenRow(ctx context.Context, e *event) (*models.Schedule, error) {
	for _, former := range r.formerOrganisers(e) {
		m, there := r.meetings[models.MeetingKey(e.ICalUID, e.Original, former)]
		if !there {
			continue
		}
		row, err := r.db.Schedule(ctx, m.ScheduleID)
		if err != nil {
			return nil, ignore(err, models.ErrNotFound)
		}
		holders, err := r.db.Holders(ctx, row.ID)
		if err != nil || len(holders) > 0 {
			return nil, err
		}
		e.Former = former
		return &row, nil
	}
	return nil, nil
}

// formerOrganisers are the employees who may have organised an event before its
// organiser did: who hands a meeting over becomes a guest of it.
func (r *run) formerOrganisers(e *event) (addresses []string) {
	for _, g := range e.People {
		if g.Address != e.Organizer && r.people.Employee(g.Address) != 0 {
			addresses = append(addresses, g.Address)
		}
	}
	return addresses
}

// formerKeys are the keys under which such an event may be known.
func (r *run) formerKeys(e *event) (keys []string) {
	for _, address := range r.formerOrganisers(e) {
		keys = append(keys, models.MeetingKey(e.ICalUID, e.Original, address))
	}
	return keys
}

// knownAs is the key under which an event's row was found.
func (e *event) knownAs() string {
	return models.MeetingKey(e.ICalUID, e.Original, orDefault(e.Former, e.Organizer))
}

// agreedIn is what the note of a meeting says of its people, for who has no
// agreement on it.
func (r *run) agreedIn(ctx context.Context, m models.Meeting) (models.Fields, error) {
	if err := r.knowPeople(ctx); err != nil {
		return nil, err
	}
	roster := map[int64]string{}
	for _, address := range strings.Fields(m.Guests) {
		if id := r.people.Employee(strings.TrimPrefix(address, "-")); id != 0 {
			roster[id] = answerNone
		}
	}
	return models.Fields{factOrganizer: m.Organizer, factRoster: rosterText(roster)}, nil
}
