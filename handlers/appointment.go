package handlers

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
	"agcrm-google/views"
)

// newAppointment shows an empty form, for the day in the address.
func (s *server) newAppointment(c echo.Context) error {
	page := pageOf(c)
	start := models.WallClock(page.Now.In(page.Zone)).Truncate(time.Hour).Add(time.Hour)
	if date, err := time.Parse(time.DateOnly, c.QueryParam("date")); err == nil && !date.Equal(dayOf(start)) {
		start = clockOf(date, c.QueryParam("time"), 9*time.Hour)
	} else if err == nil {
		start = clockOf(date, c.QueryParam("time"), start.Sub(date))
	}
	row := models.Schedule{StartAt: models.Wall{Time: start}, EndAt: models.Wall{Time: start.Add(time.Hour)}, Busy: true}
	if page.Zone.String() != s.config.Location().String() {
		row.TimeZone = page.Zone.String()
	}
	form := views.FormOf(row, nil)
	form.Values.Set("form", newForm())
	form.Values.Set("back", cameFrom(c))
	if typed := s.draftOf(c, "/schedule"); typed != nil {
		form.Values = typed
	}
	return s.showForm(c, http.StatusOK, views.AppointmentView{Form: form}, page.User.ID)
}

// showForm adds who can take part to a form.
func (s *server) showForm(c echo.Context, status int, v views.AppointmentView, owner int64) error {
	users, err := s.activeUsers(c)
	if err != nil {
		return err
	}
	v.Users = slices.DeleteFunc(users, func(u models.User) bool { return u.ID == owner })
	v.DefaultZone = s.config.TimeZone
	return s.render(c, status, views.Appointment(s.page(c), v))
}

// createAppointment adds an appointment of the reader.
func (s *server) createAppointment(c echo.Context) error {
	ctx, user := c.Request().Context(), userOf(c)
	typed, err := s.typed(c, models.Schedule{OwnerID: user.ID})
	if err != nil {
		return err
	}
	if typed.searching() {
		return s.showForm(c, http.StatusOK, views.AppointmentView{Form: typed.form}, user.ID)
	}
	form, fresh := s.claim(c, typed.form.Values)
	if !fresh {
		return s.saved(c, "schedule.saved", typed)
	}
	id := int64(0)
	if err = typed.fault(); err == nil {
		id, err = s.db.CreateSchedule(ctx, typed.row)
	}
	if err != nil {
		s.once.release(form)
	}
	if problems := views.ProblemsOf(err); len(problems) > 0 {
		typed.form.Problems = problems
		return s.showForm(c, statusOf(err), views.AppointmentView{Form: typed.form}, user.ID)
	}
	if err != nil {
		return err
	}
	if len(typed.participants) > 0 {
		if err := s.db.SetParticipants(ctx, id, typed.participants); err != nil {
			return err
		}
	}
	return s.saved(c, "schedule.saved", typed)
}

// saved leads to the day that was written to, in the schedule that the form was
// opened from.
func (s *server) saved(c echo.Context, key string, typed typedAppointment) error {
	s.note(c, "ok", models.Say(key, "subject", pageOf(c).Subject(typed.row.Subject)))
	board := boardOf(typed.form.Get("back"))
	board.Set("date", typed.row.StartAt.Format(time.DateOnly))
	return see(c, "/schedule?"+board.Encode())
}

// showAppointment is the form for the owner, and reading for others.
func (s *server) showAppointment(c echo.Context) error {
	before := s.draftOf(c, actionOf(c))
	row, participants, err := s.appointment(c)
	if err != nil {
		return s.orGone(c, err, before)
	}
	at, other, err := s.occurrenceAsked(c, row)
	if err != nil {
		return s.orGone(c, err, before)
	}
	if other != 0 && before == nil {
		return see(c, "/schedule/"+strconv.FormatInt(other, 10))
	}
	meant := scope{kind: scopeOne, at: at}
	if row.OwnerID != userOf(c).ID {
		return s.read(c, meant.seenAs(row), participants)
	}
	v := s.rowForm(row, participants, meant)
	link, err := s.linkOf(c)
	if err != nil {
		return err
	}
	badges, err := s.badges(c.Request().Context(), link, []models.Schedule{row})
	if err != nil {
		return err
	}
	v.Badge = badges[row.ID]
	v.Form.Values.Set("back", cameFrom(c))
	v = moved(c, v)
	if before != nil {
		v.Form.Values = before
	}
	return s.showForm(c, http.StatusOK, v, row.OwnerID)
}

// appointment is the row that the address names, and who takes part.
func (s *server) appointment(c echo.Context) (models.Schedule, []models.Participant, error) {
	id, err := idOf(c, "id")
	if err != nil {
		return models.Schedule{}, nil, err
	}
	row, err := s.db.Schedule(c.Request().Context(), id)
	if err != nil {
		return models.Schedule{}, nil, err
	}
	participants, err := s.db.Participants(c.Request().Context(), []int64{id})
	return row, participants[id], err
}

func userIDs(participants []models.Participant) []int64 {
	ids := make([]int64, len(participants))
	for i, p := range participants {
		ids[i] = p.UserID
	}
	return ids
}

// read shows a colleague's appointment; nothing but the time of a private one
// reaches the view.
func (s *server) read(c echo.Context, row models.Schedule, participants []models.Participant) error {
	names, err := s.names(c, true)
	if err != nil {
		return err
	}
	v := views.ReadingView{Row: row, Owner: names[row.OwnerID], Back: cameFrom(c)}
	if !maySee(row, userOf(c).ID, participants) {
		v.Masked = true
		v.Row = models.Schedule{StartAt: row.StartAt, EndAt: row.EndAt, AllDay: row.AllDay, TimeZone: row.TimeZone}
		return s.render(c, http.StatusOK, views.Reading(s.page(c), v))
	}
	for _, p := range participants {
		v.Participants = append(v.Participants, names[p.UserID])
	}
	return s.render(c, http.StatusOK, views.Reading(s.page(c), v))
}

// ownAppointment is appointment for its owner; others may only look.
func (s *server) ownAppointment(c echo.Context) (models.Schedule, []models.Participant, error) {
	row, participants, err := s.appointment(c)
	if err == nil && row.OwnerID != userOf(c).ID {
		err = &models.Problem{Kind: models.ErrForbidden, Message: models.Say("schedule.not_yours")}
	}
	return row, participants, err
}

// updateAppointment writes the form over the row that it was made from; if
// that is no longer what stands in the table, the answer shows both.
func (s *server) updateAppointment(c echo.Context) error {
	ctx := c.Request().Context()
	row, participants, err := s.ownAppointment(c)
	if err != nil {
		return s.orGone(c, err, c.Request().PostForm)
	}
	typed, err := s.typed(c, row)
	if err != nil {
		return err
	}
	if typed.searching() {
		v := s.rowForm(row, participants, typed.scope)
		v.Form = typed.form
		return s.showForm(c, http.StatusOK, v, row.OwnerID)
	}
	form, fresh := s.claim(c, typed.form.Values)
	if !fresh {
		return s.saved(c, "schedule.saved", typed)
	}
	if err = typed.fault(); err == nil {
		err = s.write(ctx, row, typed.scope, typed, userIDs(participants))
	}
	if err != nil {
		s.once.release(form)
	}
	if errors.Is(err, models.ErrConflict) {
		return s.showVersions(c, typed)
	}
	if errors.Is(err, models.ErrNotFound) {
		return s.orGone(c, err, typed.form.Values)
	}
	if problems := views.ProblemsOf(err); len(problems) > 0 {
		v := s.rowForm(row, participants, typed.scope)
		typed.form.Problems = problems
		v.Form = typed.form
		return s.showForm(c, statusOf(err), v, row.OwnerID)
	}
	if err != nil {
		return err
	}
	return s.saved(c, "schedule.saved", typed)
}

// claim says whether a form of somebody's is fresh, and not sent again by a
// double click or a reload: then what it says was done already. A form that was
// changed after going back to it is fresh. The name that claim gives is released
// if the form cannot be carried out.
func (s *server) claim(c echo.Context, values url.Values) (name string, fresh bool) {
	if values.Get("form") == "" { // made by no page of ours
		return "", true
	}
	name = fmt.Sprintf("%d %s %x", userOf(c).ID, c.Request().URL.Path, sha256.Sum256([]byte(values.Encode())))
	return name, s.once.claim(name, s.db.Now())
}

func sameIDs(a, b []int64) bool {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(a, b)
}

// showVersions answers 409 with what was typed and what somebody else saved.
// The form now holds the newer version's number: saving again is a decision.
func (s *server) showVersions(c echo.Context, typed typedAppointment) error {
	row, participants, err := s.appointment(c)
	if err != nil {
		return err
	}
	v := s.rowForm(row, participants, typed.scope)
	current := v.Form
	typed.form.Values.Set("row_version", strconv.FormatInt(row.RowVersion, 10))
	v.Form, v.Changed = typed.form, &current
	return s.showForm(c, http.StatusConflict, v, row.OwnerID)
}

// deleteAppointment deletes the row, unless it is no longer what was seen.
func (s *server) deleteAppointment(c echo.Context) error {
	values, err := formOf(c)
	if err != nil {
		return err
	}
	form, fresh := s.claim(c, values)
	if !fresh {
		return s.saved(c, "schedule.deleted", readAppointment(values, models.Schedule{}, nil, s.config.Location()))
	}
	meant, row, err := s.deleted(c, values)
	if err != nil {
		s.once.release(form)
		return s.notDeleted(c, err, meant)
	}
	return s.saved(c, "schedule.deleted", typedAppointment{form: views.Form{Values: values}, row: meant.seenAs(row)})
}

// deleted deletes what a form means, and gives what that was.
func (s *server) deleted(c echo.Context, values url.Values) (meant scope, row models.Schedule, err error) {
	if row, _, err = s.ownAppointment(c); err != nil {
		return meant, row, err
	}
	if meant, err = scopeOf(values, row); err != nil {
		return meant, row, err
	}
	version, err := versionOf(values, row)
	if err != nil {
		return meant, row, err
	}
	return meant, row, s.remove(c.Request().Context(), row, version, meant)
}

// notDeleted shows what stands in the table now, where that is not what the
// reader decided to delete.
func (s *server) notDeleted(c echo.Context, err error, meant scope) error {
	if !errors.Is(err, models.ErrConflict) {
		return err
	}
	row, participants, readErr := s.appointment(c)
	if readErr != nil {
		return readErr
	}
	v := s.rowForm(row, participants, meant)
	v.Form.Problems = views.ProblemsOf(err)
	return s.showForm(c, http.StatusConflict, v, row.OwnerID)
}
