package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
	calsync "agcrm-google/sync"
	"agcrm-google/views"
)

const (
	logLines   = 50 // 連携ログ(直近50件)
	asideLines = 50
)

// profile shows the employee's own link.
func (s *server) profile(c echo.Context) error {
	return s.showProfile(c, http.StatusOK, views.ProfileView{
		Form:     views.Form{Values: s.draftOf(c, "/profile")},
		Unlink:   views.Form{Values: s.draftOf(c, "/profile/unlink")},
		Password: views.Form{Values: s.draftOf(c, "/profile/password")},
	})
}

// showProfile adds what stands in the database to the forms that the caller
// has filled in already.
func (s *server) showProfile(c echo.Context, status int, v views.ProfileView) error {
	ctx, user := c.Request().Context(), userOf(c)
	link, err := s.linkOf(c)
	if err != nil {
		return err
	}
	v.Link = link
	settings, err := s.db.Settings(ctx)
	if err != nil {
		return err
	}
	client := s.clientFacts(ctx)
	if client.err != nil {
		return client.err
	}
	v.Enabled, v.Pending = settings.Enabled, s.pending(c)
	v.Ready, v.PasteFirst = client.ready, client.pasteFirst
	if err := s.fillProfile(c, &v, settings); err != nil {
		return err
	}
	if v.Form.Values == nil {
		v.Form = profileForm(user, link, v.Calendars)
	}
	return s.render(c, status, views.Profile(s.page(c), v))
}

// fillProfile reads what a link brings along. During a first synchronisation
// nothing can have been held yet, so its progress is read instead.
func (s *server) fillProfile(c echo.Context, v *views.ProfileView, settings models.Settings) (err error) {
	if v.Link == nil {
		return nil
	}
	ctx, id := c.Request().Context(), v.Link.UserID
	if v.Calendars, err = s.db.Calendars(ctx, id); err != nil {
		return err
	}
	if firstSync(v.Link, settings) {
		v.Progress, err = s.progressOf(c, v.Link, settings)
	} else {
		if v.Held, err = s.db.HeldPage(ctx, models.HeldFilter{UserID: id, Limit: heldFirst}); err != nil {
			return err
		}
		v.Notices, err = s.db.Notices(ctx, id)
	}
	if err != nil {
		return err
	}
	if v.LeftAside, err = s.db.LeftAside(ctx, id, asideLines); err != nil {
		return err
	}
	v.Log, err = s.db.LogLines(ctx, id, logLines)
	return err
}

const linkKey = "link"

// linkOf is the reader's link, read once for a request; nil where there is
// none.
func (s *server) linkOf(c echo.Context) (*models.Link, error) {
	if link, ok := c.Get(linkKey).(*models.Link); ok {
		return link, nil
	}
	found, err := s.db.Link(c.Request().Context(), userOf(c).ID)
	link := &found
	if errors.Is(err, models.ErrNotFound) {
		link, err = nil, nil
	}
	if err != nil {
		return nil, err
	}
	c.Set(linkKey, link)
	return link, nil
}

// needLink is linkOf for what makes no sense without a link.
func (s *server) needLink(c echo.Context) (*models.Link, error) {
	link, err := s.linkOf(c)
	if err == nil && link == nil {
		err = &models.Problem{Kind: models.ErrConflict, Message: models.Say("link.none")}
	}
	return link, err
}

func profileForm(user models.User, link *models.Link, calendars []models.Calendar) views.Form {
	values := url.Values{"locale": {user.Locale}, "time_zone": {user.TimeZone}}
	if link != nil {
		values.Set("target_calendar", link.TargetCalendar)
		values.Set("interval", strconv.Itoa(link.Interval))
		values.Set("direction", link.Direction)
		values.Set("color", colorText(link.Color))
	}
	for _, calendar := range calendars {
		if calendar.Selected {
			values.Add("calendars", calendar.CalendarID)
		}
	}
	return views.Form{Values: values}
}

// saveProfile stores the link's settings and the reader's language and zone.
// They are one form: if one half is refused, the other is not kept.
func (s *server) saveProfile(c echo.Context) error {
	ctx, user := c.Request().Context(), userOf(c)
	values, err := formOf(c)
	if err != nil {
		return err
	}
	link, err := s.linkOf(c)
	if err != nil {
		return err
	}
	changed := typedUser(user, values)
	if changed != user {
		err = s.db.UpdateUser(ctx, changed)
	}
	switch {
	case link == nil:
	case err == nil:
		if err = s.db.SaveProfile(ctx, user.ID, typedProfile(*link, values)); err != nil && changed != user {
			err = errors.Join(err, s.db.UpdateUser(ctx, user))
		}
	case len(views.ProblemsOf(err)) > 0: // every fault is told at once
		err = errors.Join(err, s.db.CheckProfile(ctx, user.ID, typedProfile(*link, values)))
	}
	if problems := views.ProblemsOf(err); len(problems) > 0 {
		return s.showProfile(c, statusOf(err), views.ProfileView{Form: views.Form{Values: values, Problems: problems}})
	}
	if err != nil {
		return err
	}
	if values.Get("preview") != "" && link != nil {
		return see(c, "/profile/preview") // the third step of a first visit
	}
	s.note(c, "ok", models.Say("profile.saved"))
	return see(c, "/profile")
}

// typedUser is the user with the language and zone that the form names.
func typedUser(user models.User, values url.Values) models.User {
	if values.Has("locale") {
		user.Locale = values.Get("locale")
	}
	if values.Has("time_zone") {
		user.TimeZone = values.Get("time_zone")
	}
	return user
}

// typedProfile is what the form says of the link; what it does not name stays.
func typedProfile(link models.Link, values url.Values) models.Profile {
	p := models.Profile{
		Calendars: values["calendars"], Target: link.TargetCalendar,
		Interval: link.Interval, Direction: link.Direction, Color: link.Color,
		Draft: values.Get("preview") != "",
	}
	if values.Has("target_calendar") {
		p.Target = values.Get("target_calendar")
	}
	if values.Has("interval") {
		p.Interval = wholeNumber(values.Get("interval"))
	}
	if values.Has("direction") {
		p.Direction = values.Get("direction")
	}
	if values.Has("color") {
		p.Color = colorNumber(values.Get("color"))
	}
	return p
}

// changePassword ends all other sessions of the user; this one goes on.
func (s *server) changePassword(c echo.Context) error {
	ctx, user := c.Request().Context(), userOf(c)
	values, err := formOf(c)
	if err != nil {
		return err
	}
	if !s.logins.allow(user.Login, c.RealIP(), s.db.Now()) {
		return echo.NewHTTPError(http.StatusTooManyRequests)
	}
	err = s.db.ChangePassword(ctx, user.ID, values.Get("current"), values.Get("password"))
	if problems := views.ProblemsOf(err); len(problems) > 0 {
		return s.showProfile(c, statusOf(err), views.ProfileView{Password: views.Form{Problems: problems}})
	}
	if err != nil {
		return err
	}
	s.logins.forgive(user.Login, c.RealIP())
	if user, err = s.db.User(ctx, user.ID); err != nil {
		return err
	}
	if err := s.signIn(c, user); err != nil {
		return err
	}
	s.note(c, "ok", models.Say("password.changed"))
	return see(c, "/profile")
}

// syncNow makes the reader's link due at once.
func (s *server) syncNow(c echo.Context) error {
	ctx := c.Request().Context()
	link, err := s.needLink(c)
	if err != nil {
		return err
	}
	if link.State != models.LinkActive {
		return &models.Problem{Kind: models.ErrConflict, Message: models.Say("link.not_active")}
	}
	if err := s.sync.SyncNow(ctx, userOf(c).ID); err != nil {
		return err
	}
	if err := s.noteSync(c, *link, models.Say("profile.syncing")); err != nil {
		return err
	}
	if from := refererPath(c, "/profile"); from != "/profile/preview" {
		return see(c, from)
	}
	return see(c, "/profile")
}

// noteSync says that a link was told to synchronise, or what keeps it from it.
func (s *server) noteSync(c echo.Context, link models.Link, done models.Message) error {
	settings, err := s.db.Settings(c.Request().Context())
	switch {
	case err != nil:
		return err
	case !settings.Enabled:
		s.note(c, "warn", models.Say("profile.disabled"))
	case link.Paused:
		s.note(c, "warn", models.Say("profile.paused"))
	default:
		s.note(c, "ok", done)
	}
	return nil
}

// preview shows what the next run would do.
func (s *server) preview(c echo.Context) error {
	link, err := s.needLink(c)
	if err != nil {
		return err
	}
	steps, err := s.sync.Preview(c.Request().Context(), link.UserID)
	v := views.PreviewView{Problems: views.ProblemsOf(err), First: !link.Saved && link.State == models.LinkActive}
	if err != nil && len(v.Problems) == 0 {
		return err
	}
	v.Steps = viewSteps(steps)
	status := http.StatusOK
	if err != nil {
		status = statusOf(err)
	}
	return s.render(c, status, views.Preview(s.page(c), v))
}

func viewSteps(steps []calsync.Step) []views.Step {
	out := make([]views.Step, len(steps))
	for i, step := range steps {
		out[i] = views.Step{Side: step.Side, Action: step.Action, Subject: step.Subject, When: step.When, Reason: step.Reason}
	}
	return out
}
