package handlers

import (
	"context"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
)

const (
	// calendarsKept is how long a list of calendars is taken for today's: who
	// makes a calendar at Google and comes back finds it.
	calendarsKept = time.Minute
	// calendarsPatience is how long a form waits for Google. Without an answer the
	// calendars that were known have to do.
	calendarsPatience = 3 * time.Second
)

// readings remembers when each employee's list of calendars was last asked for.
type readings struct {
	mu sync.Mutex
	at map[int64]time.Time
}

// due tells whether it is time to ask again, and takes it as asked.
func (r *readings) due(userID int64, now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last, asked := r.at[userID]; asked && now.Sub(last).Abs() < calendarsKept {
		return false
	}
	if r.at == nil {
		r.at = map[int64]time.Time{}
	}
	r.at[userID] = now
	return true
}

// freshCalendars reads the reader's calendar list anew before what leads to
// Google anyway (synchronise now, the preview) and before a choice among the
// calendars is taken: a run reads the list only where a ticked one is not found.
// Merely to show the profile asks nobody. What goes wrong with Google is left to
// the next run, which tells it in the place for it.
func (s *server) freshCalendars(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		link, err := s.linkOf(c)
		if err != nil {
			return err
		}
		if link != nil && link.State == models.LinkActive && s.readings.due(link.UserID, s.db.Now()) {
			ctx, cancel := context.WithTimeout(c.Request().Context(), calendarsPatience)
			defer cancel()
			if err := s.sync.RefreshCalendars(ctx, link.UserID); err != nil {
				s.log.Debug("the list of calendars was not read", "user", link.UserID, "error", err)
			}
		}
		return next(c)
	}
}
