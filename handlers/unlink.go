package handlers

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
	"agcrm-google/views"
)

// unlinkPreview shows what ending the link with these choices would delete,
// before anything is.
func (s *server) unlinkPreview(c echo.Context) error {
	link, err := s.needLink(c)
	if err != nil {
		return err
	}
	choice := url.Values{"google_events": {c.QueryParam("google_events")}, "schedules": {c.QueryParam("schedules")}}
	steps, err := s.sync.PreviewUnlink(c.Request().Context(), link.UserID, choice.Get("google_events"), choice.Get("schedules"))
	if problems := views.ProblemsOf(err); len(problems) > 0 {
		return s.showProfile(c, statusOf(err), views.ProfileView{Unlink: views.Form{Values: choice, Problems: problems}})
	}
	if err != nil {
		return err
	}
	v := views.UnlinkPreviewView{GoogleEvents: choice.Get("google_events"), Schedules: choice.Get("schedules"), PreviewView: views.PreviewView{Steps: viewSteps(steps)}}
	return s.render(c, http.StatusOK, views.UnlinkPreview(s.page(c), v))
}

// unlink removes the credentials, with the employee's two choices.
func (s *server) unlink(c echo.Context) error {
	values, err := formOf(c)
	if err != nil {
		return err
	}
	link, err := s.needLink(c)
	if err != nil {
		return err
	}
	err = s.sync.Unlink(c.Request().Context(), link.UserID, values.Get("google_events"), values.Get("schedules"))
	if problems := views.ProblemsOf(err); len(problems) > 0 {
		return s.showProfile(c, statusOf(err), views.ProfileView{Unlink: views.Form{Values: values, Problems: problems}})
	}
	if err != nil {
		return err
	}
	s.note(c, "ok", models.Say("unlink.done"))
	return see(c, "/profile")
}
