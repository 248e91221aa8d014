package handlers

import (
	"crypto/rand"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
)

// draft is a form that arrived after its session had ended. It is kept, never
// carried out, until the same employee has signed in again: then its page shows
// what was typed, and saving it is a new decision.
type draft struct {
	ID     string // one-time, in the address of the form's page
	User   int64  // whom the form's page was made for
	Action string // the path below root that the form was sent to
	Values url.Values
	Secret bool // a password or a file was left out
}

// mostDrafts is how many forms wait for one login; each is no larger than
// formLimit.
const mostDrafts = 3

// neverKept are the fields that are secrets, or belong to the page alone.
var neverKept = []string{"author", "password", "current", "client_secret", "url"}

// keepDraft keeps a form that came without a session and gives the page to come
// back to. Only forms of our own pages, made for somebody, are kept: what a
// stranger sends fills no database.
func (s *server) keepDraft(c echo.Context) (next string) {
	values, err := formOf(c)
	if err != nil {
		return wanted(c)
	}
	author, err := s.db.OpenAuthor(values.Get("author"))
	if err != nil {
		return wanted(c)
	}
	ctx := c.Request().Context()
	d := draft{ID: rand.Text()[:12], User: author, Action: actionOf(c), Values: url.Values{}}
	for name, list := range values {
		if !slices.Contains(neverKept, name) {
			d.Values[name] = list
		}
	}
	files := c.Request().MultipartForm
	d.Secret = values.Has("password") || values.Get("client_secret") != "" || files != nil && len(files.File["client_secrets"]) > 0
	drafts := append(decode[[]draft](s.sessions.GetString(ctx, sessionDrafts)), d)
	s.keep(c, sessionDrafts, drafts[max(0, len(drafts)-mostDrafts):])
	s.note(c, "warn", models.Say("login.ended"))
	return root + draftPage(c, d)
}

// actionOf is the path below root that a form is sent to; the button that
// deletes an appointment stands in the form that saves it.
func actionOf(c echo.Context) string {
	path := strings.TrimPrefix(c.Request().URL.Path, root)
	if c.Path() == root+"/schedule/:id/delete" {
		return strings.TrimSuffix(path, "/delete")
	}
	return path
}

// draftPage is the page whose form a draft fills. It does not depend on where
// the form stood: after a mistake that is the address it was sent to.
func draftPage(c echo.Context, d draft) string {
	page, query := d.Action, url.Values{"typed": {d.ID}}
	switch {
	case d.Action == "/schedule":
		page = "/schedule/new"
	case strings.HasPrefix(d.Action, "/profile"):
		page = "/profile"
	case d.Values.Get("occurrence") != "":
		query.Set("occurrence", d.Values.Get("occurrence"))
	}
	return page + "?" + query.Encode()
}

// draftOf is what the reader typed into the form of an action before the login
// that led to this address; nil if nothing. The page says that it is not saved.
func (s *server) draftOf(c echo.Context, action string) url.Values {
	for _, d := range decode[[]draft](s.sessions.GetString(c.Request().Context(), sessionDrafts)) {
		if d.ID != c.QueryParam("typed") || d.User != userOf(c).ID || d.Action != action {
			continue
		}
		key := "form.restored"
		if d.Secret {
			key = "form.restored_but_secrets"
		}
		tell(c, "warn", models.Say(key))
		return d.Values
	}
	return nil
}

// dropDrafts forgets the drafts that are not to be kept.
func (s *server) dropDrafts(c echo.Context, drop func(draft) bool) {
	ctx := c.Request().Context()
	if !s.sessions.Exists(ctx, sessionDrafts) {
		return
	}
	s.keep(c, sessionDrafts, slices.DeleteFunc(decode[[]draft](s.sessions.GetString(ctx, sessionDrafts)), drop))
}

// ownForm lets through a form that its page was made for, and refuses one that
// was opened by somebody else who was signed in at this browser before. What was
// kept of the form is typed again with it.
func (s *server) ownForm(c echo.Context) error {
	values, err := formOf(c)
	if err != nil {
		return nil // told by who reads it
	}
	author, err := s.db.OpenAuthor(values.Get("author"))
	if err == nil && author != userOf(c).ID {
		return &models.Problem{Kind: models.ErrForbidden, Message: models.Say("form.other_user")}
	}
	action := actionOf(c)
	s.dropDrafts(c, func(d draft) bool { return d.Action == action })
	return nil
}
