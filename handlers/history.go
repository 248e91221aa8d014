package handlers

import (
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
	"agcrm-google/views"
)

// historyPerPage is how many entries one page shows.
const historyPerPage = 100

// history shows what synchronisation changed for the reader.
func (s *server) history(c echo.Context) error { return s.showHistory(c, userOf(c).ID, nil) }

// allHistory shows administrators everybody's.
func (s *server) allHistory(c echo.Context) error {
	names, err := s.names(c, true)
	if err != nil {
		return err
	}
	return s.showHistory(c, 0, names)
}

func (s *server) showHistory(c echo.Context, userID int64, names map[int64]string) error {
	before, _ := strconv.ParseInt(c.QueryParam("before"), 10, 64)
	entries, err := s.db.History(c.Request().Context(), models.HistoryFilter{UserID: userID, Before: before, Limit: historyPerPage + 1})
	if err != nil {
		return err
	}
	v := views.HistoryView{Entries: entries, Names: names}
	if len(entries) > historyPerPage {
		v.Entries = entries[:historyPerPage]
		v.Older = v.Entries[historyPerPage-1].ID
	}
	return s.render(c, http.StatusOK, views.History(s.page(c), v))
}

// restore brings back what an entry says was there before.
func (s *server) restore(c echo.Context) error {
	ctx := c.Request().Context()
	id, err := idOf(c, "id")
	if err != nil {
		return err
	}
	entry, err := s.db.HistoryByID(ctx, id)
	if err != nil {
		return err
	}
	if err := mayDecide(userOf(c), entry.UserID); err != nil {
		return err
	}
	if err := s.sync.Restore(ctx, id); err != nil {
		return err
	}
	s.note(c, "ok", models.Say("history.restored_note"))
	return see(c, refererPath(c, "/history"))
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
	decision := values.Get("decision")
	if decision != models.Approve && decision != models.Reject {
		return models.Invalid("decision", "held.unknown_decision")
	}
	if err := s.db.DecideHeld(ctx, id, userOf(c).ID, decision == models.Approve); err != nil {
		return err
	}
	s.note(c, "ok", models.Say("held.note_"+decision))
	return see(c, refererPath(c, "/profile"))
}

// mayDecide: the own, and administrators everybody's.
func mayDecide(user models.User, owner int64) error {
	if user.ID == owner || user.IsAdmin() {
		return nil
	}
	return &models.Problem{Kind: models.ErrForbidden, Message: models.Say("error.not_yours")}
}
