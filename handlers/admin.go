package handlers

import (
	"net/http"
	"runtime"
	"strconv"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
	"agcrm-google/views"
)

// linksPerPage is how many employees one page of the list shows.
const linksPerPage = 100

// links lists every employee's link and the deletions that wait.
func (s *server) links(c echo.Context) error {
	ctx := c.Request().Context()
	v := views.LinksView{Query: c.QueryParam("q"), Broken: c.QueryParam("state") == models.LinkBroken, Offset: max(0, wholeNumber(c.QueryParam("offset"))), Limit: linksPerPage}
	var err error
	if v.Rows, v.Total, err = s.db.LinkRows(ctx, models.LinkFilter{Query: v.Query, Broken: v.Broken, Offset: v.Offset, Limit: v.Limit}); err != nil {
		return err
	}
	if v.Held, err = s.db.HeldDeletions(ctx, 0); err != nil {
		return err
	}
	if v.Names, err = s.names(c, len(v.Held) > 0); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, views.Links(s.page(c), v))
}

// names maps users to what they are called.
func (s *server) names(c echo.Context, needed bool) (map[int64]string, error) {
	names := map[int64]string{}
	if !needed {
		return names, nil
	}
	users, err := s.db.Users(c.Request().Context())
	for _, u := range users {
		names[u.ID] = u.DisplayName()
	}
	return names, err
}

func (s *server) pauseLink(c echo.Context) error {
	return s.onLink(c, "links.paused", func(id int64) error { return s.db.SetPaused(c.Request().Context(), id, true) })
}

func (s *server) resumeLink(c echo.Context) error {
	return s.onLink(c, "links.resumed", func(id int64) error { return s.db.SetPaused(c.Request().Context(), id, false) })
}

func (s *server) syncLink(c echo.Context) error {
	return s.onLink(c, "links.syncing", func(id int64) error { return s.sync.SyncNow(c.Request().Context(), id) })
}

// removeLink unlinks and keeps everything on both sides.
func (s *server) removeLink(c echo.Context) error {
	return s.onLink(c, "links.removed", func(id int64) error {
		return s.sync.Unlink(c.Request().Context(), id, "keep", "keep")
	})
}

// onLink does one thing to the link of the user in the address.
func (s *server) onLink(c echo.Context, done string, do func(id int64) error) error {
	id, err := idOf(c, "user")
	if err != nil {
		return err
	}
	user, err := s.db.User(c.Request().Context(), id)
	if err != nil {
		return err
	}
	if _, err := s.db.Link(c.Request().Context(), id); err != nil {
		return err
	}
	if err := do(id); err != nil {
		return err
	}
	s.note(c, "ok", models.Say(done, "name", user.DisplayName()))
	return see(c, refererPath(c, "/settings/links"))
}

// users lists the accounts.
func (s *server) users(c echo.Context) error {
	users, err := s.db.Users(c.Request().Context())
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, views.Users(s.page(c), views.UsersView{Users: users}))
}

// system shows how the service is set up.
func (s *server) system(c echo.Context) error {
	ctx := c.Request().Context()
	v := views.SystemView{
		Version: s.version, GoVersion: runtime.Version(), Database: s.db.Dialect(),
		Zone: s.config.TimeZone, PublicURL: s.config.PublicURL, Started: s.started,
	}
	have, want, err := s.db.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	v.Schema = strconv.FormatInt(have, 10) + " / " + strconv.FormatInt(want, 10)
	if v.Users, err = s.db.CountUsers(ctx); err != nil {
		return err
	}
	if v.Links, err = s.db.CountLinks(ctx); err != nil {
		return err
	}
	held, err := s.db.HeldDeletions(ctx, 0)
	if err != nil {
		return err
	}
	v.Held = len(held)
	return s.render(c, http.StatusOK, views.System(s.page(c), v))
}
