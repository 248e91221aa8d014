package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
	"agcrm-google/views"
)

// firstSync says whether a link's first synchronisation is under way: it has
// begun or is about to, and no run has ended well yet.
func firstSync(link *models.Link, settings models.Settings) bool {
	return link != nil && settings.Enabled && link.State == models.LinkActive && link.Saved && !link.Paused && link.LastSuccess().IsZero()
}

// progressOf measures a first synchronisation: what stands in the database and,
// where this process runs it, how far Google has been read.
func (s *server) progressOf(c echo.Context, link *models.Link, settings models.Settings) (*views.Progress, error) {
	since := models.WallClock(s.db.Now().In(s.db.Zone())).AddDays(-settings.WindowPast)
	stored, err := s.db.Progress(c.Request().Context(), *link, since)
	p := &views.Progress{Progress: stored}
	if reading, known := s.sync.Reading(link.UserID); known {
		p.Read, p.AllRead = int64(reading.Events), reading.Done
		p.Calendar, p.Calendars = int64(reading.Calendar), int64(reading.Calendars)
	}
	return p, err
}

// progress shows how far the first synchronisation is, to people and to the
// script; when it is done, the profile says more.
func (s *server) progress(c echo.Context) error {
	link, err := s.linkOf(c)
	if err != nil {
		return err
	}
	settings, err := s.db.Settings(c.Request().Context())
	if err != nil {
		return err
	}
	if !firstSync(link, settings) {
		return see(c, "/profile")
	}
	p, err := s.progressOf(c, link, settings)
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, views.ProgressPage(pageOf(c), *p))
}

// dismissNotice removes something that the reader knows now.
func (s *server) dismissNotice(c echo.Context) error {
	id, err := idOf(c, "id")
	if err != nil {
		return err
	}
	// One that is gone was dismissed by the first of two clicks.
	if err := s.db.DismissNotice(c.Request().Context(), userOf(c).ID, id); err != nil && !errors.Is(err, models.ErrNotFound) {
		return err
	}
	return see(c, "/profile#waits")
}
