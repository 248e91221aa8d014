package handlers

import (
	"net/url"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
	"agcrm-google/views"
)

// mostShift is as far as an appointment is moved at once, either way.
const mostShift = 366 * 24 * time.Hour

// shiftIn reads from an address by how many minutes an appointment was dragged
// and its end besides. What no page of ours asks for counts as nothing.
func shiftIn(query url.Values) (shift, stretch time.Duration) {
	minutes := func(name string) time.Duration {
		n, err := strconv.Atoi(query.Get(name))
		if d := time.Duration(n) * time.Minute; err == nil && max(d, -d) <= mostShift {
			return d
		}
		return 0
	}
	return minutes("shift"), minutes("stretch")
}

// moved fills a form with the times that its appointment was dragged to; they
// are saved, as all that is typed, when the form is sent.
func moved(c echo.Context, v views.AppointmentView) views.AppointmentView {
	shift, stretch := shiftIn(c.QueryParams())
	if shift == 0 && stretch == 0 {
		return v
	}
	allDay := v.Form.On("all_day")
	for field, by := range map[string]time.Duration{"start_at": shift, "end_at": shift + stretch} {
		at, err := models.ParseWall(v.Form.Get(field))
		if err != nil {
			return v
		}
		v.Form.Values.Set(field, views.ClockValue(models.Wall{Time: at.Add(by)}, allDay))
	}
	v.Moved = true
	return v
}

// boardOf reads which schedule a person came from, or wants to come back to: the
// view and whose appointments, as in the schedule's own address. Anything else
// in it is left out.
func boardOf(text string) url.Values {
	board := url.Values{}
	asked, err := url.ParseQuery(text)
	if err != nil {
		return board
	}
	if view := asked.Get("view"); validView(view) {
		board.Set("view", view)
	}
	for _, id := range asked["user"] {
		if _, err := strconv.ParseInt(id, 10, 64); err == nil {
			board.Add("user", id)
		}
	}
	return board
}

// cameFrom is the schedule that the form's page was opened from.
func cameFrom(c echo.Context) string {
	from, err := url.Parse(c.Request().Referer())
	if err != nil || from.Path != root+"/schedule" {
		return ""
	}
	return boardOf(from.RawQuery).Encode()
}
