package handlers

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
	"agcrm-google/views"
)

const (
	heldPerPage = 100 // on the page that lists them all
	heldFirst   = 5   // on pages that show them beside other things
	heldOwners  = 5   // employees named one by one
)

// ownHeld lists what waits for the reader.
func (s *server) ownHeld(c echo.Context) error {
	return s.showHeld(c, views.HeldView{Of: userOf(c)})
}

// allHeld lists to administrators what waits for everybody, or for one employee.
func (s *server) allHeld(c echo.Context) error {
	v, err := s.heldOf(c, c.QueryParam("user"))
	if err != nil {
		return err
	}
	if c.QueryParam("user") == "" {
		v.All, v.Others = true, true
	}
	return s.showHeld(c, v)
}

func (s *server) showHeld(c echo.Context, v views.HeldView) error {
	v.Offset, v.Limit = max(0, wholeNumber(c.QueryParam("offset"))), heldPerPage
	var err error
	if v.Page, err = s.db.HeldPage(c.Request().Context(), heldFilter(v)); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, views.Held(s.page(c), v))
}

// heldOf reads whose deletions are meant: all of them, those of an employee by
// number, or the reader's own. Others' are for administrators.
func (s *server) heldOf(c echo.Context, whose string) (views.HeldView, error) {
	v := views.HeldView{Of: userOf(c)}
	if whose == "" || whose == strconv.FormatInt(v.Of.ID, 10) {
		return v, nil
	}
	if err := mayDecide(userOf(c), 0); err != nil {
		return v, err
	}
	v.Others = true
	if whose == "all" {
		v.All = true
		return v, nil
	}
	id, err := strconv.ParseInt(whose, 10, 64)
	if err != nil {
		return v, models.ErrNotFound
	}
	v.Of, err = s.db.User(c.Request().Context(), id)
	return v, err
}

func heldFilter(v views.HeldView) models.HeldFilter {
	f := models.HeldFilter{UserID: v.Of.ID, Offset: v.Offset, Limit: v.Limit}
	if v.All {
		f.UserID = 0
	}
	return f
}

// confirmHeld asks once more before many deletions are decided at once.
func (s *server) confirmHeld(c echo.Context) error {
	v, err := s.heldOf(c, c.QueryParam("user"))
	if err != nil {
		return err
	}
	decision, err := decisionOf(c.QueryParam("decision"))
	if err != nil {
		return err
	}
	v.Limit = heldFirst
	if v.Page, err = s.db.HeldPage(c.Request().Context(), heldFilter(v)); err != nil {
		return err
	}
	return s.render(c, http.StatusOK, views.HeldConfirm(s.page(c), views.HeldConfirmView{HeldView: v, Decision: decision}))
}

// decideAllHeld decides what the confirmation showed, and nothing that was found
// since.
func (s *server) decideAllHeld(c echo.Context) error {
	values, err := formOf(c)
	if err != nil {
		return err
	}
	v, err := s.heldOf(c, values.Get("user"))
	if err != nil {
		return err
	}
	decision, err := decisionOf(values.Get("decision"))
	if err != nil {
		return err
	}
	through, err := strconv.ParseInt(values.Get("through"), 10, 64)
	if err != nil {
		return models.Invalid("through", "form.unreadable")
	}
	n, err := s.db.DecideAllHeld(c.Request().Context(), heldFilter(v).UserID, through, userOf(c).ID, decision == models.Approve)
	if err != nil {
		return err
	}
	if n > 0 { // a second click finds nothing left, and has nothing to tell
		s.note(c, "ok", models.Say("held.note_all_"+decision, "count", pageOf(c).Number(n)))
	}
	if v.Others {
		return see(c, "/settings/links")
	}
	return see(c, "/profile")
}

// decideHeld approves or rejects a deletion that waits.
func (s *server) decideHeld(c echo.Context) error {
	ctx := c.Request().Context()
	id, err := idOf(c, "id")
	if err != nil {
		return err
	}
	values, err := formOf(c)
	if err != nil {
		return err
	}
	held, err := s.db.HeldByID(ctx, id)
	if err != nil {
		return err
	}
	if err := mayDecide(userOf(c), held.UserID); err != nil {
		return err
	}
	decision, err := decisionOf(values.Get("decision"))
	if err != nil {
		return err
	}
	err = s.db.DecideHeld(ctx, id, userOf(c).ID, decision == models.Approve)
	if errors.Is(err, models.ErrConflict) && held.Decision == decision {
		return see(c, refererPath(c, "/profile")) // a double click: it is as it was told
	}
	if err != nil {
		return err
	}
	s.note(c, "ok", models.Say("held.note_"+decision))
	return see(c, refererPath(c, "/profile"))
}

func decisionOf(value string) (string, error) {
	if value != models.Approve && value != models.Reject {
		return "", models.Invalid("decision", "held.unknown_decision")
	}
	return value, nil
}

// mayDecide: the own, and administrators everybody's.
func mayDecide(user models.User, owner int64) error {
	if user.ID == owner || user.IsAdmin() {
		return nil
	}
	return &models.Problem{Kind: models.ErrForbidden, Message: models.Say("error.not_yours")}
}
