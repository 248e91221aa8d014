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

// schedule shows a month, week, day or list of the reader's appointments, or
// of the colleagues that the address names.
func (s *server) schedule(c echo.Context) error {
	ctx, page := c.Request().Context(), pageOf(c)
	v := views.ScheduleView{Mode: c.QueryParam("view"), Today: dayOf(page.Now.In(page.Zone))}
	if !validView(v.Mode) {
		v.Mode = "month"
	}
	v.Date = v.Today
	if date, err := time.Parse(time.DateOnly, c.QueryParam("date")); err == nil && date.Year() > 1 && date.Year() < 9999 {
		v.Date = date
	}
	var err error
	if v.Users, err = s.activeUsers(c); err != nil {
		return err
	}
	chosen := chooseUsers(c.QueryParams()["user"], v.Users, page.User.ID)
	v.Chosen = make(map[int64]bool, len(chosen))
	for _, id := range chosen {
		v.Chosen[id] = true
	}
	from, days := spanOf(&v, page.WeekStart())
	link, err := s.linkOf(c)
	if err != nil {
		return err
	}
	entries, err := s.entries(c, span{people: chosen, users: v.Users, from: from, days: days, link: link})
	if err != nil {
		return err
	}
	v.Days = views.Arrange(from, days, v.Today, entries)
	v.Shown, v.Find = chosen, c.QueryParam("find")
	for i := range v.Days {
		v.Days[i].Outside = v.Days[i].Date.Month() != v.Date.Month()
	}
	if v.Linked = link != nil && link.State == models.LinkActive; !v.Linked {
		settings, err := s.db.Settings(ctx)
		if err != nil {
			return err
		}
		v.Ready = settings.Enabled && settings.ClientID != ""
	}
	return s.render(c, http.StatusOK, views.Schedule(s.page(c), v))
}

func validView(name string) bool {
	return slices.Contains([]string{"month", "week", "day", "list"}, name)
}

// spanOf is the first day and the number of days of a view; it also notes the
// dates before and after.
func spanOf(v *views.ScheduleView, weekStart time.Weekday) (time.Time, int) {
	monday := func(day time.Time) time.Time { // the first day of the week, whatever its name
		return day.AddDate(0, 0, -((int(day.Weekday()) - int(weekStart) + 7) % 7))
	}
	first := time.Date(v.Date.Year(), v.Date.Month(), 1, 0, 0, 0, 0, time.UTC)
	next := first.AddDate(0, 1, 0)
	v.Prev, v.Next = first.AddDate(0, -1, 0), next
	switch v.Mode {
	case "day":
		v.Prev, v.Next = v.Date.AddDate(0, 0, -1), v.Date.AddDate(0, 0, 1)
		return v.Date, 1
	case "week":
		v.Prev, v.Next = v.Date.AddDate(0, 0, -7), v.Date.AddDate(0, 0, 7)
		return monday(v.Date), 7
	case "list":
		return first, next.AddDate(0, 0, -1).Day()
	}
	from := monday(first)
	days := int(next.Sub(from).Hours()/24+6) / 7 * 7
	return from, days
}

func dayOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// activeUsers are those whose schedules may be looked at.
func (s *server) activeUsers(c echo.Context) ([]models.User, error) {
	users, err := s.db.Users(c.Request().Context())
	return slices.DeleteFunc(users, func(u models.User) bool { return u.Disabled }), err
}

// mostShown is how many people's appointments a page shows.
const mostShown = 30

// chooseUsers reads the ids in the address, as many as are shown; without any
// it is the reader's own schedule.
func chooseUsers(ids []string, users []models.User, self int64) []int64 {
	var chosen []int64
	for _, text := range ids {
		id, err := strconv.ParseInt(text, 10, 64)
		if err == nil && slices.ContainsFunc(users, func(u models.User) bool { return u.ID == id }) && !slices.Contains(chosen, id) {
			chosen = append(chosen, id)
		}
	}
	chosen = chosen[:min(len(chosen), mostShown)]
	if len(chosen) == 0 {
		chosen = []int64{self}
	}
	return chosen
}
