package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
)

// webhook receives Google's push notifications. They come without a session, and
// prove themselves by the token of their channel. A message has no content; it
// only makes one link due. 404 for a channel that is not known, so that whoever
// tries learns nothing; after 503 Google tries again.
func (s *server) webhook(c echo.Context) error {
	h := c.Request().Header
	err := s.sync.Notified(c.Request().Context(), h.Get("X-Goog-Channel-ID"), h.Get("X-Goog-Channel-Token"), h.Get("X-Goog-Resource-State"))
	switch {
	case errors.Is(err, models.ErrNotFound):
		return c.NoContent(http.StatusNotFound)
	case err != nil:
		s.log.Warn("a notification could not be taken", "id", requestID(c), "err", err)
		return c.NoContent(http.StatusServiceUnavailable)
	}
	return c.NoContent(http.StatusNoContent)
}
