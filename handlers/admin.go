package handlers

import (
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
	"agcrm-google/views"
)

// linksPerPage and usersPerPage are how many employees one page shows.
const (
	linksPerPage = 50
	usersPerPage = 100
)

// links lists every employee's link and the deletions that wait.
func (s *server) links(c echo.Context) error {
	ctx := c.Request().Context()
	f := linkFilter(c)
	f.Offset, f.Limit = max(0, wholeNumber(c.QueryParam("offset"))), linksPerPage
	v := views.LinksView{Query: f.Query, State: f.State}
	var total int64
	var err error
	if v.Rows, total, err = s.db.LinkRows(ctx, f); err != nil {
		return err
	}
	v.Pages = views.Pages{Path: "/settings/links", Query: filterQuery(f), Offset: f.Offset, Limit: f.Limit, Total: total}
	if v.Overview, err = s.db.LinkOverview(ctx); err != nil {
		return err
	}
	switch {
	case f.State != "" && f.State != models.StateHeld || f.Query != "" || f.Offset > 0: // somebody looks for something else
	case v.Overview.Held > heldFirst:
		v.Owners, err = s.db.HeldOwners(ctx, heldOwners)
	case v.Overview.Held > 0:
		v.Held, err = s.db.HeldPage(ctx, models.HeldFilter{Limit: heldFirst})
	}
	if err != nil {
		return err
	}
	return s.render(c, http.StatusOK, views.Links(s.page(c), v))
}

// linkFilter is what the address chooses of the list of links.
func linkFilter(c echo.Context) models.LinkFilter {
	f := models.LinkFilter{Query: strings.TrimSpace(c.QueryParam("q"))}
	if state := c.QueryParam("state"); slices.Contains(models.LinkStates, state) {
		f.State = state
	}
	return f
}

func filterQuery(f models.LinkFilter) url.Values {
	query := url.Values{}
	if f.Query != "" {
		query.Set("q", f.Query)
	}
	if f.State != "" {
		query.Set("state", f.State)
	}
	return query
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

// syncLink makes a link due at once, where it runs at all.
func (s *server) syncLink(c echo.Context) error {
	ctx := c.Request().Context()
	user, link, err := s.linkedUser(c)
	if err != nil {
		return err
	}
	if link.State != models.LinkActive || user.Disabled {
		return &models.Problem{Kind: models.ErrConflict, Message: models.Say("links.not_running", "name", user.DisplayName())}
	}
	if err := s.sync.SyncNow(ctx, user.ID); err != nil {
		return err
	}
	if err := s.noteSync(c, link, models.Say("links.syncing", "name", user.DisplayName())); err != nil {
		return err
	}
	return see(c, refererPath(c, "/settings/links"))
}

// removeLink unlinks and keeps everything on both sides.
func (s *server) removeLink(c echo.Context) error {
	return s.onLink(c, "links.removed", func(id int64) error {
		return s.sync.Unlink(c.Request().Context(), id, "keep", "keep")
	})
}

// onLink does one thing to the link of the user in the address.
func (s *server) onLink(c echo.Context, done string, do func(id int64) error) error {
	user, _, err := s.linkedUser(c)
	if err != nil {
		return err
	}
	if err := do(user.ID); err != nil {
		return err
	}
	s.note(c, "ok", models.Say(done, "name", user.DisplayName()))
	return see(c, refererPath(c, "/settings/links"))
}

// linkedUser is the user in the address, with the link that must be there.
func (s *server) linkedUser(c echo.Context) (user models.User, link models.Link, err error) {
	id, err := idOf(c, "user")
	if err != nil {
		return user, link, err
	}
	if user, err = s.db.User(c.Request().Context(), id); err != nil {
		return user, link, err
	}
	link, err = s.db.Link(c.Request().Context(), id)
	return user, link, err
}

// users lists the accounts.
func (s *server) users(c echo.Context) error {
	v := views.UsersView{Query: strings.TrimSpace(c.QueryParam("q"))}
	offset := max(0, wholeNumber(c.QueryParam("offset")))
	users, total, err := s.db.UserPage(c.Request().Context(), v.Query, offset, usersPerPage)
	if err != nil {
		return err
	}
	v.Users = users
	v.Pages = views.Pages{Path: "/settings/users", Query: filterQuery(models.LinkFilter{Query: v.Query}), Offset: offset, Limit: usersPerPage, Total: total}
	return s.render(c, http.StatusOK, views.Users(s.page(c), v))
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
	counts, err := s.db.LinkCounts(ctx)
	if err != nil {
		return err
	}
	v.Links, v.Held = counts.Links, counts.Held
	return s.render(c, http.StatusOK, views.System(s.page(c), v))
}
