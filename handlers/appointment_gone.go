package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
	"agcrm-google/views"
)

// orGone shows what was typed over an appointment that is no longer there, to be
// saved as a new one or left; any other error stays what it is. Without values
// there is nothing to be saved.
func (s *server) orGone(c echo.Context, err error, typed url.Values) error {
	if !errors.Is(err, models.ErrNotFound) || typed == nil {
		return err
	}
	values := url.Values{}
	for name, list := range typed {
		ofSeries := name == "recurrence" || strings.HasPrefix(name, "repeat")
		if typed.Get("occurrence") == "" || !ofSeries {
			values[name] = list
		}
	}
	for _, name := range []string{"occurrence", "scope", "row_version"} {
		values.Del(name)
	}
	values.Set("form", newForm())
	tell(c, "warn", models.Say("schedule.gone"))
	return s.showForm(c, http.StatusNotFound, views.AppointmentView{Form: views.Form{Values: values}}, userOf(c).ID)
}
