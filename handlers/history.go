package handlers

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
	"agcrm-google/views"
)

// doubleClick is how soon after a deed its repetition is no fault to be told.
const doubleClick = 10 * time.Second

// historyPerPage is how many entries one page shows.
const historyPerPage = 100

// history shows what synchronisation changed for the reader.
func (s *server) history(c echo.Context) error { return s.showHistory(c, userOf(c).ID) }

// allHistory shows administrators everybody's.
func (s *server) allHistory(c echo.Context) error { return s.showHistory(c, 0) }

// showHistory shows an employee's changes or, with 0, everybody's.
func (s *server) showHistory(c echo.Context, userID int64) error {
	before, _ := strconv.ParseInt(c.QueryParam("before"), 10, 64)
	entries, err := s.db.History(c.Request().Context(), models.HistoryFilter{UserID: userID, Before: before, Limit: historyPerPage + 1})
	if err != nil {
		return err
	}
	v := views.HistoryView{Entries: entries}
	if len(entries) > historyPerPage {
		v.Entries = entries[:historyPerPage]
		v.Older = v.Entries[historyPerPage-1].ID
	}
	if userID == 0 {
		whose := make([]int64, len(v.Entries))
		for i, e := range v.Entries {
			whose[i] = e.UserID
		}
		slices.Sort(whose)
		if v.Names, err = s.db.UserNames(c.Request().Context(), slices.Compact(whose)); err != nil {
			return err
		}
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
		if again, readErr := s.db.HistoryByID(ctx, id); readErr == nil && s.db.Now().Sub(again.RestoredAt()) < doubleClick {
			return see(c, refererPath(c, "/history")) // the first of two clicks did it
		}
		return err
	}
	s.note(c, "ok", models.Say("history.restored_note"))
	return see(c, refererPath(c, "/history"))
}
