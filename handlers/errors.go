package handlers

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
	"agcrm-google/views"
)

// statusOf is the one place where kinds of errors become statuses.
func statusOf(err error) int {
	var he *echo.HTTPError
	switch {
	case errors.Is(err, models.ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, models.ErrConflict):
		return http.StatusConflict
	case errors.Is(err, models.ErrInvalid):
		return http.StatusUnprocessableEntity
	case errors.Is(err, models.ErrForbidden):
		return http.StatusForbidden
	case errors.As(err, &he):
		return he.Code
	default:
		return http.StatusInternalServerError
	}
}

// generic is the sentence for an error that brings none of its own.
func generic(status int) string {
	switch status {
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return "error.not_found"
	case http.StatusConflict:
		return "error.conflict"
	case http.StatusForbidden:
		return "error.forbidden"
	case http.StatusTooManyRequests:
		return "error.too_many"
	}
	if status >= http.StatusInternalServerError {
		return "error.internal"
	}
	return "error.invalid"
}

// title is the key of the heading of a refusal.
func title(status int) string {
	switch {
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed:
		return "error.title_not_found"
	case status == http.StatusForbidden:
		return "error.title_forbidden"
	case status >= http.StatusInternalServerError:
		return "error.title_internal"
	default:
		return "error.title"
	}
}

// explain is the middleware that turns a handler's error into a page in the
// reader's language.
func (s *server) explain(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := next(c); err != nil {
			s.refuse(err, c)
		}
		return nil
	}
}

// refuse answers with the page that says why something was not done. What is
// internal is logged under the reference that the page shows.
func (s *server) refuse(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	status := statusOf(err)
	refusal := views.Refusal{Title: title(status), Messages: views.ProblemsOf(err), Back: backOf(c)}
	if len(refusal.Messages) == 0 || status >= http.StatusInternalServerError {
		refusal.Messages = models.Problems{{Message: models.Say(generic(status))}}
	}
	if status >= http.StatusInternalServerError {
		refusal.Reference = requestID(c)
		s.log.Error("request failed", "reference", refusal.Reference, "method", c.Request().Method, "route", c.Path(), "err", err)
	}
	if err := s.render(c, status, views.Refused(s.plainPage(c), refusal)); err != nil {
		s.log.Error("a page could not be shown", "reference", requestID(c), "route", c.Path(), "err", err)
		_ = c.NoContent(http.StatusInternalServerError) // nobody is left to tell
	}
}

// backOf is where the page that says no leads to: for a form, the page that it
// stood on, with its filter and its place in the list.
func backOf(c echo.Context) string {
	if c.Request().Method == http.MethodPost {
		return refererPath(c, "/")
	}
	switch c.Path() {
	case root + "/AuthCallback", root + "/AuthCallback/IndexAsync", root + "/profile/preview", root + "/profile/unlink":
		return "/profile"
	default:
		return "/"
	}
}
