package handlers

import (
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
	"agcrm-google/views"
)

// loginForm shows the sign-in form; who is signed in already goes on.
func (s *server) loginForm(c echo.Context) error {
	next := c.QueryParam("next")
	if pageOf(c).SignedIn() {
		return c.Redirect(http.StatusSeeOther, target(next))
	}
	return s.showLogin(c, http.StatusOK, views.Form{Values: url.Values{"next": {next}}})
}

func (s *server) showLogin(c echo.Context, status int, form views.Form) error {
	users, err := s.db.CountUsers(c.Request().Context())
	if err != nil {
		return err
	}
	return s.render(c, status, views.Login(s.page(c), views.LoginView{Form: form, NoUsers: users == 0}))
}

// login checks the password. A wrong one is a wrong entry in a form: 422.
func (s *server) login(c echo.Context) error {
	values, err := formOf(c)
	if err != nil {
		return err
	}
	name, password, address := values.Get("login"), values.Get("password"), c.RealIP()
	values.Del("password")
	if !s.logins.allow(name, address, s.db.Now()) {
		s.log.Warn("too many sign-in attempts", "address", address)
		return s.showLogin(c, http.StatusTooManyRequests, views.Form{Values: values, Problems: models.Problems{models.Invalid("", "login.throttled")}})
	}
	user, err := s.db.Authenticate(c.Request().Context(), name, password)
	if problems := views.ProblemsOf(err); len(problems) > 0 {
		s.log.Warn("sign-in refused", "address", address)
		return s.showLogin(c, http.StatusUnprocessableEntity, views.Form{Values: values, Problems: problems})
	}
	if err != nil {
		return err
	}
	s.logins.forgive(name, address)
	if err := s.signIn(c, user); err != nil {
		return err
	}
	return c.Redirect(http.StatusSeeOther, target(values.Get("next")))
}

// target is where a login leads to: only ever to a page of this service.
func target(next string) string {
	if within(next) {
		return next
	}
	return root + "/"
}

// logout ends the session, here and in the database.
func (s *server) logout(c echo.Context) error {
	if err := s.sessions.Destroy(c.Request().Context()); err != nil {
		return err
	}
	return see(c, "/login")
}
