package handlers

import (
	"context"
	"time"

	"agcrm-google/models"
	"agcrm-google/views"
)

// badges tell how the reader's own appointments stand with Google, by row.
// Without a link that has begun to synchronise there are none.
func (s *server) badges(ctx context.Context, link *models.Link, rows []models.Schedule) (map[int64]*views.Badge, error) {
	if link == nil || !link.Saved || link.State == models.LinkUnlinking {
		return nil, nil
	}
	var ids []int64
	for _, row := range rows {
		if row.OwnerID == link.UserID {
			ids = append(ids, row.ID)
		}
	}
	states, err := s.db.SyncStates(ctx, *link, ids)
	if err != nil {
		return nil, err
	}
	badges := make(map[int64]*views.Badge, len(ids))
	for _, row := range rows {
		if row.OwnerID == link.UserID {
			b := badgeOf(*link, row, states[row.ID], s.db.Now())
			switch state := states[row.ID]; {
			case b == nil:
			case state.Foreign:
				b.Hint = "appointment.foreign"
			case state.Guests:
				b.Hint = "appointment.guests"
			}
			badges[row.ID] = b
		}
	}
	return badges, nil
}

// badgeOf judges one row. What is over and was never taken up lies outside of
// what is synchronised, and what only comes from Google waits for nothing.
func badgeOf(link models.Link, row models.Schedule, state models.SyncState, now time.Time) *views.Badge {
	badge := views.BadgePending
	switch {
	case state.Held:
		badge = views.BadgeHeld
	case state.Reason.Key != "":
		badge = views.BadgeAside
		badge.Reason = state.Reason
	case state.Paired && (state.Version == row.RowVersion || !link.CarriesToGoogle()):
		badge = views.BadgeSynced
	case !link.CarriesToGoogle(), !state.Paired && row.Recurrence == "" && row.EndAt.Before(now):
		return nil
	}
	return &badge
}
