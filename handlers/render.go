package handlers

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"agcrm-google/assets"
	"agcrm-google/models"
	"agcrm-google/views"
)

const pageKey = "page"

// pageOf is what identify found out about this request.
func pageOf(c echo.Context) views.Page {
	page, _ := c.Get(pageKey).(views.Page)
	return page
}

// userOf is who is signed in; only behind signedIn.
func userOf(c echo.Context) models.User { return pageOf(c).User }

// page is pageOf with the messages that wait for this reader.
func (s *server) page(c echo.Context) views.Page {
	page := pageOf(c)
	page.Notes = slices.Concat(s.popNotes(c), page.Notes, s.standingNotes(c, page))
	if page.SignedIn() {
		var err error
		if page.Author, err = s.db.SealAuthor(page.User.ID); err != nil {
			s.log.Error("what is typed will not outlive the session", "err", err)
		}
	}
	return page
}

// tell adds a message to the page that answers this request.
func tell(c echo.Context, tone string, m models.Message) {
	page := pageOf(c)
	page.Notes = append(page.Notes, views.Note{Tone: tone, Text: m})
	c.Set(pageKey, page)
}

// plainPage is a page without messages, also for a request that failed before
// its sender was known.
func (s *server) plainPage(c echo.Context) views.Page {
	if page := pageOf(c); page.Locale != "" {
		return page
	}
	return s.newPage(c, models.User{})
}

func (s *server) newPage(c echo.Context, u models.User) views.Page {
	return views.Page{
		Locale: s.localeOf(c, u), Zone: s.zoneOf(u), Now: s.db.Now(), User: u,
		Path: strings.TrimPrefix(c.Request().URL.Path, root),
	}
}

// localeOf is the user's own choice, else the browser's, else the company's.
func (s *server) localeOf(c echo.Context, u models.User) string {
	if assets.Known(u.Locale) {
		return u.Locale
	}
	return assets.Preferred(c.Request().Header.Get("Accept-Language"), s.config.Locale)
}

// zoneOf is the zone in which a user sees times.
func (s *server) zoneOf(u models.User) *time.Location {
	if u.TimeZone != "" {
		if zone, err := time.LoadLocation(u.TimeZone); err == nil {
			return zone
		}
	}
	return s.config.Location()
}

// render writes a page. The view is complete before the status line is sent: a
// view that fails is an error, not half a page.
func (s *server) render(c echo.Context, status int, view templ.Component) error {
	var html bytes.Buffer
	if err := view.Render(c.Request().Context(), &html); err != nil {
		return fmt.Errorf("render %s: %w", c.Path(), err)
	}
	c.Response().Header().Set("Content-Security-Policy", s.policy(c.Request().Context()))
	return c.HTMLBlob(status, html.Bytes())
}

// see answers a successful POST: the browser is sent to a page below root, so
// that a reload does nothing twice.
func see(c echo.Context, path string) error {
	return c.Redirect(http.StatusSeeOther, root+path)
}
