package handlers

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"agcrm-google/assets"
	"agcrm-google/models"
	"agcrm-google/views"
)

// What a session holds.
const (
	sessionUser     = "user"     // id of who signed in
	sessionStamp    = "stamp"    // models.User.SessionStamp at that time
	sessionNotes    = "notes"    // messages for the next page, JSON
	sessionDrafts   = "drafts"   // forms that arrived without a session, JSON
	sessionChecks   = "checks"   // what the test of the credentials found, JSON
	sessionState    = "state"    // of the newest pending link attempt
	sessionVerifier = "verifier" // its PKCE verifier
	sessionAsked    = "asked"    // its time
)

// newSessions makes the session manager. The cookie is Lax, not Strict: Google
// sends people back with a cross-site GET, which must bring the session along.
func (s *server) newSessions() *scs.SessionManager {
	m := scs.New()
	m.Store = s.db.SessionStore()
	m.Lifetime = 12 * time.Hour
	m.Cookie.Name = "agcrm_google_session"
	m.Cookie.Path = root
	m.Cookie.HttpOnly = true
	m.Cookie.SameSite = http.SameSiteLaxMode
	m.Cookie.Secure = strings.HasPrefix(s.config.PublicURL, "https://")
	m.Cookie.Persist = false
	m.ErrorFunc = s.storeFailed
	return m
}

// storeFailed answers where sessions cannot be read or kept, as when the
// database does not answer.
func (s *server) storeFailed(w http.ResponseWriter, r *http.Request, err error) {
	reference := rand.Text()[:12]
	s.log.Error("the session store failed", "reference", reference, "err", err)
	page := views.Page{
		Locale: assets.Preferred(r.Header.Get("Accept-Language"), s.config.Locale),
		Zone:   s.config.Location(), Now: s.db.Now(),
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", policyOf(nil))
	w.WriteHeader(http.StatusInternalServerError)
	refusal := views.Refusal{
		Title: title(http.StatusInternalServerError), Reference: reference, Back: "/",
		Messages: models.Problems{{Message: models.Say(generic(http.StatusInternalServerError))}},
	}
	if err := views.Refused(page, refusal).Render(r.Context(), w); err != nil {
		s.log.Warn("the page of a failure did not arrive", "reference", reference, "err", err)
	}
}

// identify finds who sent the request. A session whose stamp is no longer the
// user's ended with a change of password or of the account.
func (s *server) identify(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		user, err := s.sessionUser(c)
		if err != nil {
			return err
		}
		c.Set(pageKey, s.newPage(c, user))
		return next(c)
	}
}

func (s *server) sessionUser(c echo.Context) (models.User, error) {
	ctx := c.Request().Context()
	id := s.sessions.GetInt64(ctx, sessionUser)
	if id == 0 {
		return models.User{}, nil
	}
	user, err := s.db.User(ctx, id)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return models.User{}, err
	}
	stamp := s.sessions.GetString(ctx, sessionStamp)
	if err == nil && !user.Disabled && subtle.ConstantTimeCompare([]byte(stamp), []byte(user.SessionStamp())) == 1 {
		return user, nil
	}
	if isCallback(c) {
		return models.User{}, nil // the callback touches no cookie of a stranger
	}
	return models.User{}, s.sessions.Destroy(ctx)
}

// signIn begins a session under a new token, so that a token planted before
// the login is worth nothing after it.
func (s *server) signIn(c echo.Context, user models.User) error {
	ctx := c.Request().Context()
	if err := s.sessions.RenewToken(ctx); err != nil {
		return err
	}
	s.sessions.Put(ctx, sessionUser, user.ID)
	s.sessions.Put(ctx, sessionStamp, user.SessionStamp())
	s.dropDrafts(c, func(d draft) bool { return d.User != user.ID })
	return nil
}

// signedIn lets through who is signed in and sends others to the login; what
// they typed waits there for them.
func (s *server) signedIn(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		post := c.Request().Method == http.MethodPost
		switch {
		case pageOf(c).SignedIn() && post:
			if err := s.ownForm(c); err != nil {
				return err
			}
		case !pageOf(c).SignedIn():
			back := wanted(c)
			if post {
				back = s.keepDraft(c)
			}
			return c.Redirect(http.StatusSeeOther, root+"/login?"+url.Values{"next": {back}}.Encode())
		}
		return next(c)
	}
}

// administrator lets through administrators only; behind signedIn.
func (s *server) administrator(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if !userOf(c).IsAdmin() {
			return &models.Problem{Kind: models.ErrForbidden, Message: models.Say("error.administrators_only")}
		}
		return next(c)
	}
}

// wanted is the page to come back to after the login: the one that was asked
// for or, for a form, the one that it stood on.
func wanted(c echo.Context) string {
	r := c.Request()
	if r.Method == http.MethodGet {
		return r.URL.RequestURI()
	}
	return root + refererPath(c, "/")
}

// refererPath is the path below root, query included, of the page that a form
// stood on.
func refererPath(c echo.Context, fallback string) string {
	from, err := url.Parse(c.Request().Referer())
	if err != nil || !within(from.RequestURI()) || strings.HasPrefix(from.Path, root+"/login") {
		return fallback
	}
	return strings.TrimPrefix(from.RequestURI(), root)
}

// within says whether an address that came from outside leads to a page of
// this service and nowhere else.
func within(next string) bool {
	if !strings.HasPrefix(next, root+"/") || strings.ContainsAny(next, "\\\r\n\t") || strings.Contains(next, "//") {
		return false
	}
	u, err := url.Parse(next)
	return err == nil && u.Scheme == "" && u.Host == "" && !strings.Contains(u.Path, "..") && !strings.ContainsAny(u.Path, "\\")
}

// note keeps a message for the next page that this session sees.
func (s *server) note(c echo.Context, tone string, m models.Message) {
	ctx := c.Request().Context()
	notes := append(decode[[]views.Note](s.sessions.GetString(ctx, sessionNotes)), views.Note{Tone: tone, Text: m})
	s.keep(c, sessionNotes, notes)
}

// keep stores a value for the next page.
func (s *server) keep(c echo.Context, name string, value any) {
	text, err := json.Marshal(value)
	if err != nil {
		s.log.Error("a message for the next page is lost", "err", err)
		return
	}
	s.sessions.Put(c.Request().Context(), name, string(text))
}

func (s *server) popNotes(c echo.Context) []views.Note {
	return decode[[]views.Note](s.sessions.PopString(c.Request().Context(), sessionNotes))
}

// decode reads what keep stored; what does not parse is as good as nothing.
func decode[T any](text string) T {
	var value, none T
	if text == "" || json.Unmarshal([]byte(text), &value) != nil {
		return none
	}
	return value
}

// standingNotes are the messages that stay until their cause is gone.
func (s *server) standingNotes(c echo.Context, page views.Page) []views.Note {
	if !page.SignedIn() {
		return nil
	}
	var notes []views.Note
	link, err := s.linkOf(c)
	if err == nil && link != nil && link.State == models.LinkBroken {
		notes = append(notes, views.Note{Tone: "bad", Text: models.Say("link.broken"), Action: "/profile#link", Label: "profile.link_button"})
	}
	if !page.User.IsAdmin() {
		return notes
	}
	broken, err := s.db.CountBrokenLinks(c.Request().Context())
	if err != nil {
		s.log.Error("the broken links could not be counted", "err", err) // the page itself may still be shown
	}
	if broken > 0 {
		notes = append(notes, views.Note{Tone: "bad", Text: models.Say("links.broken_note", "count", page.Number(broken)),
			Action: "/settings/links?state=" + models.LinkBroken, Label: "links.broken_show"})
	}
	return notes
}
