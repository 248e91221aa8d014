package handlers

import (
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
	"agcrm-google/views"
)

// attemptLife is how long Google's answer to an attempt is awaited.
const attemptLife = 30 * time.Minute

// errForeignState says that an answer belongs to no attempt of this session.
var errForeignState = &models.Problem{Kind: models.ErrInvalid, Message: models.Say("link.foreign_state")}

// startLink sends the employee to Google. A session has one pending attempt,
// the newest.
func (s *server) startLink(c echo.Context) error {
	ctx := c.Request().Context()
	state, verifier := rand.Text(), rand.Text()+rand.Text()
	address, err := s.sync.AuthCodeURL(ctx, userOf(c), state, verifier)
	if err != nil {
		return notReady(err)
	}
	s.sessions.Put(ctx, sessionState, state)
	s.sessions.Put(ctx, sessionVerifier, verifier)
	s.sessions.Put(ctx, sessionAsked, s.db.Now().Unix())
	return c.Redirect(http.StatusSeeOther, address)
}

// notReady makes a conflict of missing client secrets: the page that was asked
// for is there, only its time has not come.
func notReady(err error) error {
	problems := views.ProblemsOf(err)
	if len(problems) == 0 || !errors.Is(err, models.ErrNotFound) {
		return err
	}
	return &models.Problem{Kind: models.ErrConflict, Field: problems[0].Field, Message: problems[0].Message}
}

// pending says whether the session awaits Google's answer.
func (s *server) pending(c echo.Context) bool {
	ctx := c.Request().Context()
	asked := time.Unix(s.sessions.GetInt64(ctx, sessionAsked), 0)
	return s.sessions.GetString(ctx, sessionState) != "" && s.db.Now().Sub(asked) < attemptLife
}

// callback is where Google sends the browser back to. Whoever cannot be told
// from a stranger gets a page that helps an employee whose session is on
// another address, and nothing else: no redirect and no cookie.
func (s *server) callback(c echo.Context) error {
	if !pageOf(c).SignedIn() {
		return s.strayCallback(c)
	}
	err := s.finishLink(c, c.QueryParams())
	if errors.Is(err, errForeignState) {
		return s.strayCallback(c)
	}
	if err != nil {
		return err
	}
	return s.linked(c)
}

func (s *server) strayCallback(c echo.Context) error {
	return s.render(c, http.StatusBadRequest, views.StrayCallback(s.plainPage(c)))
}

func isCallback(c echo.Context) bool {
	return c.Path() == root+"/AuthCallback" || c.Path() == root+"/AuthCallback/IndexAsync"
}

// pasteLink takes the address that the browser ended on, for employees whose
// browser is not on the server.
func (s *server) pasteLink(c echo.Context) error {
	values, err := formOf(c)
	if err != nil {
		return err
	}
	code, state, refusal, err := s.sync.ParseCallbackURL(c.Request().Context(), values.Get("url"))
	if err == nil {
		err = s.finishLink(c, url.Values{"code": {code}, "state": {state}, "error": {refusal}})
	}
	if problems := views.ProblemsOf(err); len(problems) > 0 {
		form := views.Form{Values: values, Problems: views.ProblemsOf(atField(problems[0], "url"))}
		return s.showProfile(c, statusOf(notReady(err)), views.ProfileView{Paste: form})
	}
	if err != nil {
		return err
	}
	return s.linked(c)
}

func (s *server) linked(c echo.Context) error {
	s.note(c, "ok", models.Say("link.done"))
	return see(c, "/profile")
}

// finishLink acts on Google's answer if it belongs to this session's pending
// attempt. The attempt is over, in the database too, before the code is
// exchanged: the same answer a second time is a stranger's.
func (s *server) finishLink(c echo.Context, answer url.Values) error {
	ctx := c.Request().Context()
	state := s.sessions.GetString(ctx, sessionState)
	if state == "" || !s.pending(c) || subtle.ConstantTimeCompare([]byte(state), []byte(answer.Get("state"))) != 1 {
		return errForeignState
	}
	verifier := s.sessions.GetString(ctx, sessionVerifier)
	for _, name := range []string{sessionState, sessionVerifier, sessionAsked} {
		s.sessions.Remove(ctx, name)
	}
	if _, _, err := s.sessions.Commit(ctx); err != nil {
		return err
	}
	switch failure := answer.Get("error"); {
	case failure == "access_denied":
		return &models.Problem{Kind: models.ErrForbidden, Message: models.Say("link.denied")}
	case failure != "":
		return models.Invalid("", "link.google_refused", "error", short(failure))
	case answer.Get("code") == "":
		return models.Invalid("", "link.no_code")
	}
	return s.sync.Link(ctx, userOf(c).ID, answer.Get("code"), verifier)
}

// short cuts a text that came from outside before it is shown.
func short(text string) string {
	runes := []rune(text)
	return string(runes[:min(len(runes), 80)])
}
