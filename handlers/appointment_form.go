package handlers

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
	"agcrm-google/views"
)

// typedAppointment is a form as it was typed and the row that it means.
type typedAppointment struct {
	form         views.Form
	row          models.Schedule
	participants []int64
	problems     models.Problems
	scope        scope
	later        time.Duration // from the typed start to the first day of the typed rule
}

// fault is all that stands in the way of writing the row, one reason for each
// field; nil if nothing does.
func (t typedAppointment) fault() error {
	problems := t.problems
	for _, p := range views.ProblemsOf(t.row.Check()) {
		if len(views.Form{Problems: problems}.Faults(p.Field)) == 0 {
			problems = append(problems, p)
		}
	}
	if len(problems) == 0 {
		return nil
	}
	return problems
}

// searching says that the form was sent to search for participants, and is to
// come back as it was typed.
func (t typedAppointment) searching() bool { return t.form.Get("search") != "" }

// typed reads the form over a row: what the form does not name stays.
func (s *server) typed(c echo.Context, row models.Schedule) (typedAppointment, error) {
	values, err := formOf(c)
	if err != nil {
		return typedAppointment{}, err
	}
	users, err := s.db.Users(c.Request().Context())
	if err != nil {
		return typedAppointment{}, err
	}
	return readAppointment(values, row, users, s.config.Location()), nil
}

// readAppointment is typed without the request; def is the zone of rows that
// name none.
func readAppointment(values url.Values, row models.Schedule, users []models.User, def *time.Location) typedAppointment {
	for _, name := range []string{"body", "recurrence"} {
		if values.Has(name) { // browsers send CRLF, the table holds LF
			values.Set(name, strings.ReplaceAll(values.Get(name), "\r\n", "\n"))
		}
	}
	t := typedAppointment{form: views.Form{Values: values}, row: row}
	t.text("subject", &t.row.Subject)
	t.text("location", &t.row.Location)
	t.text("time_zone", &t.row.TimeZone)
	if values.Has("body") {
		t.row.Body = values.Get("body")
	}
	t.row.AllDay = values.Get("all_day") == "on"
	t.row.Private = values.Get("private") == "on"
	t.row.Busy = values.Get("busy") == "on"
	t.row.StartAt = t.clock("start_at")
	t.row.EndAt = t.clock("end_at")
	if values.Has("color_id") {
		t.row.ColorID = colorNumber(values.Get("color_id"))
	}
	if values.Has("recurrence") {
		t.row.Recurrence = t.recurrence(values.Get("recurrence"), row.Recurrence)
	}
	t.participants = t.people(values["participants"], users)
	meant, scopeErr := scopeOf(values, row)
	t.scope = meant
	t.add(scopeErr)
	t.repeat(values, meant.seenAs(row), def)
	version, err := versionOf(values, row)
	t.add(err)
	t.row.RowVersion = version
	return t
}

func (t *typedAppointment) add(err error) {
	t.problems = append(t.problems, views.ProblemsOf(err)...)
}

// text reads one line.
func (t *typedAppointment) text(name string, to *string) {
	if t.form.Values.Has(name) {
		*to = strings.TrimSpace(t.form.Get(name))
	}
}

// clockForm is how a time is written in a form; the date alone is enough for
// all-day appointments.
var clockForm = regexp.MustCompile(`^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?)?$`)

func (t *typedAppointment) clock(name string) models.Wall {
	wall, err := parseClock(t.form.Get(name), t.row.AllDay)
	if err != nil {
		t.add(models.Invalid(name, err.Error()))
	}
	return wall
}

// clockFault is a fault of a typed time: the key of its sentence.
type clockFault string

func (f clockFault) Error() string { return string(f) }

// parseClock reads a typed time, or date of an all-day appointment.
func parseClock(text string, allDay bool) (models.Wall, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return models.Wall{}, nil // whether it may be missing, the row's check decides
	}
	wall, err := models.ParseWall(text)
	switch {
	case !clockForm.MatchString(text) && allDay:
		return models.Wall{}, clockFault("schedule.date_form")
	case !clockForm.MatchString(text):
		return models.Wall{}, clockFault("schedule.time_form")
	case err != nil || wall.Year() < 1753: // where SQL Server's older types begin
		return models.Wall{}, clockFault("schedule.no_such_time")
	case allDay:
		return wall.Date(), nil
	case len(text) == len("2006-01-02"):
		return models.Wall{}, clockFault("schedule.time_missing")
	}
	return wall, nil
}

// people are the users that were ticked, the owner left out: the owner takes
// part anyway.
func (t *typedAppointment) people(ids []string, users []models.User) []int64 {
	var list []int64
	for _, text := range ids {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || !slices.ContainsFunc(users, func(u models.User) bool { return u.ID == id }) {
			t.add(models.Invalid("participants", "schedule.participant_unknown"))
			return nil
		}
		if id != t.row.OwnerID && !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	return list
}

// versionOf is the version that the form was made from; a form that names none
// means the row as it is.
func versionOf(values url.Values, row models.Schedule) (int64, error) {
	text := values.Get("row_version")
	if text == "" {
		return row.RowVersion, nil
	}
	version, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, models.Invalid("row_version", "form.unreadable")
	}
	return version, nil
}
