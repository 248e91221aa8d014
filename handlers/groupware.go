package handlers

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
	calsync "agcrm-google/sync"
	"agcrm-google/views"
)

// consoleScopes are what the administrator adds in Google's console: the same
// that employees are asked for, which a test watches over. The console knows
// the scope email by its long name only.
var consoleScopes = []string{
	"openid",
	"https://www.googleapis.com/auth/userinfo.email",
	"https://www.googleapis.com/auth/calendar.events.owned",
	"https://www.googleapis.com/auth/calendar.calendarlist.readonly",
}

// groupware shows the Groupware tab.
func (s *server) groupware(c echo.Context) error {
	settings, err := s.db.Settings(c.Request().Context())
	if err != nil {
		return err
	}
	checks := decode[[]views.Check](s.sessions.PopString(c.Request().Context(), sessionChecks))
	form := settingsForm(settings)
	if typed := s.draftOf(c, "/settings/groupware"); typed != nil {
		form.Values = typed
	}
	return s.showGroupware(c, http.StatusOK, views.GroupwareView{Form: form, Checks: checks})
}

func settingsForm(settings models.Settings) views.Form {
	values := url.Values{
		"conflict_policy": {settings.ConflictPolicy},
		"window_past":     {strconv.Itoa(settings.WindowPast)},
		"default_color":   {colorText(settings.DefaultColor)},
	}
	if settings.Enabled {
		values.Set("enabled", "on")
	}
	return views.Form{Values: values}
}

// showGroupware adds what is installed to what was typed.
func (s *server) showGroupware(c echo.Context, status int, v views.GroupwareView) error {
	ctx := c.Request().Context()
	var err error
	if v.Links, err = s.db.CountLinks(ctx); err != nil {
		return err
	}
	if v.SevenDays, err = s.db.SevenDayLinks(ctx); err != nil {
		return err
	}
	v.Register, v.Scopes = s.sync.RegisterURIs()[0], consoleScopes
	secrets, err := s.sync.ClientSecrets(ctx)
	switch {
	case err == nil:
		v.ClientID, v.ProjectID = secrets.ClientID, secrets.ProjectID
		v.Redirect, v.Local = s.sync.RedirectURI(secrets)
	case !errors.Is(err, models.ErrNotFound):
		return err
	}
	return s.render(c, status, views.Groupware(s.page(c), v))
}

// saveGroupware takes the form as a whole or not at all.
func (s *server) saveGroupware(c echo.Context) error {
	ctx := c.Request().Context()
	old, err := s.db.Settings(ctx)
	if err != nil {
		return err
	}
	values, err := formOf(c)
	if err != nil {
		// Nothing of it was kept: the form comes back as it stands in the database.
		return s.groupwareRefused(c, settingsForm(old), atField(err, "client_secrets"))
	}
	form := views.Form{Values: values}
	secrets, err := s.typedSecrets(c, values)
	settings := typedSettings(old, values)
	if err != nil {
		if faults := settings.Check(); len(faults) > 0 && len(views.ProblemsOf(err)) > 0 {
			err = errors.Join(err, faults) // every fault is told at once
		}
		return s.groupwareRefused(c, form, err)
	}
	if err := s.db.SaveSettings(ctx, settings); err != nil {
		return s.groupwareRefused(c, form, err)
	}
	if secrets != nil {
		if err := s.sync.InstallClientSecrets(ctx, *secrets, values.Get("replace") == "yes"); err != nil {
			return s.groupwareRefused(c, form, errors.Join(err, s.db.SaveSettings(ctx, old)))
		}
	}
	s.targets.forget()
	s.note(c, "ok", models.Say("groupware.saved"))
	if secrets == nil {
		return see(c, "/settings/groupware")
	}
	return s.checkClient(c)
}

func (s *server) groupwareRefused(c echo.Context, form views.Form, err error) error {
	form.Problems = views.ProblemsOf(err)
	if len(form.Problems) == 0 {
		return err
	}
	form.Values.Del("client_secret") // never shown, not even to who typed it
	conflict := errors.Is(err, models.ErrConflict)
	return s.showGroupware(c, statusOf(err), views.GroupwareView{Form: form, AskReplace: conflict})
}

// typedSecrets reads the uploaded file, or what was typed by hand; nil where
// the form brings neither.
func (s *server) typedSecrets(c echo.Context, values url.Values) (*calsync.ClientSecrets, error) {
	var secrets calsync.ClientSecrets
	file, err := c.FormFile("client_secrets")
	switch {
	case err == nil && file.Filename != "":
		part, openErr := file.Open()
		if openErr != nil {
			return nil, openErr
		}
		defer part.Close()
		data, readErr := io.ReadAll(part)
		if readErr != nil {
			return nil, readErr
		}
		secrets, err = s.sync.ParseClientSecrets(data)
	case values.Get("client_id") != "" || values.Get("client_secret") != "":
		secrets, err = s.sync.TypedClientSecrets(values.Get("client_id"), values.Get("client_secret"))
	default:
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &secrets, nil
}

// typedSettings are the settings with what the form names changed. A number
// that is none becomes one that the check refuses.
func typedSettings(settings models.Settings, values url.Values) models.Settings {
	settings.Enabled = values.Get("enabled") == "on"
	if values.Has("default_color") {
		settings.DefaultColor = colorNumber(values.Get("default_color"))
	}
	if values.Has("conflict_policy") {
		settings.ConflictPolicy = values.Get("conflict_policy")
	}
	if values.Has("window_past") {
		settings.WindowPast = wholeNumber(values.Get("window_past"))
	}
	return settings
}

// testGroupware tests the installed credentials again.
func (s *server) testGroupware(c echo.Context) error { return s.checkClient(c) }

// checkClient tests the installed credentials and shows what it found on the
// tab, one line for each thing that was looked at.
func (s *server) checkClient(c echo.Context) error {
	ctx := c.Request().Context()
	checks, err := s.sync.TestCredentials(ctx, userOf(c).ID)
	if err != nil {
		return err
	}
	var list []views.Check
	if _, err := s.sync.ClientSecrets(ctx); err == nil {
		list = append(list, views.Check{Name: "check.file", State: calsync.CheckOK, Message: models.Say("check.file_ok")})
	}
	for _, check := range checks {
		list = append(list, views.Check{Name: check.Name, State: check.State, Message: check.Message})
	}
	s.keep(c, sessionChecks, list)
	return see(c, "/settings/groupware#checks")
}

// atField names the field that a fault without one belongs to.
func atField(err error, field string) error {
	var problem *models.Problem
	if errors.As(err, &problem) && problem.Field == "" {
		return &models.Problem{Kind: problem.Kind, Field: field, Message: problem.Message}
	}
	return err
}
