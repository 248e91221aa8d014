package handlers

import (
	"context"
	"net/url"
	"time"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
	"agcrm-google/views"
)

// The occurrences of a series that a form means.
const (
	scopeOne       = "one"
	scopeFollowing = "following"
	scopeAll       = "all"
)

// scope says which occurrences of a row a form means: At is the one that it was
// made from, zero where it was made from the row itself.
type scope struct {
	kind string
	at   models.Wall
}

// scopeOf reads the fields occurrence and scope. Whoever names an occurrence
// and no scope means that one only: the least that can be meant.
func scopeOf(values url.Values, row models.Schedule) (scope, error) {
	s := scope{kind: values.Get("scope")}
	at, err := parseClock(values.Get("occurrence"), row.AllDay)
	if err != nil {
		return s, models.Invalid("scope", "schedule.occurrence_form")
	}
	s.at = at
	switch {
	case s.kind == "" && at.IsZero():
		s.kind = scopeAll
	case s.kind == "":
		s.kind = scopeOne
	case s.kind != scopeOne && s.kind != scopeFollowing && s.kind != scopeAll:
		return s, models.Invalid("scope", "schedule.scope_unknown")
	case s.kind != scopeAll && at.IsZero():
		return s, models.Invalid("scope", "schedule.scope_needs_occurrence")
	}
	return s, nil
}

// seenAs is the row as the form shows it: an occurrence by its own times.
func (s scope) seenAs(row models.Schedule) models.Schedule {
	if s.at.IsZero() || row.Recurrence == "" {
		return row
	}
	return occurrence(row, s.at)
}

// write stores what was typed over a row for the occurrences that were meant.
func (s *server) write(ctx context.Context, row models.Schedule, meant scope, typed typedAppointment, before []int64) error {
	edit := models.Edit{Row: typed.row, Participants: typed.participants}
	o := models.Occurrence{SeriesID: row.ID, Version: typed.row.RowVersion, At: meant.at}
	switch {
	case row.Recurrence == "":
		if err := s.db.UpdateSchedule(ctx, typed.row); err != nil || sameIDs(before, typed.participants) {
			return err
		}
		return s.db.SetParticipants(ctx, row.ID, typed.participants)
	case meant.kind == scopeOne:
		_, err := s.db.ReplaceOccurrence(ctx, o, edit)
		return err
	case meant.kind == scopeFollowing:
		_, err := s.db.ChangeFollowing(ctx, o, edit)
		return err
	}
	if absolute(row, o.At, typed.row.StartAt) {
		o.At = models.Wall{}
	}
	return s.db.ChangeSeries(ctx, o, edit)
}

// absolute tells whether a form for the whole series that was made from an
// occurrence brings the series' own first date all the same.
func absolute(row models.Schedule, at, typed models.Wall) bool {
	return typed.Date() == row.StartAt.Date() && at.Date() != row.StartAt.Date()
}

// remove deletes the occurrences of a row that were meant.
func (s *server) remove(ctx context.Context, row models.Schedule, version int64, meant scope) error {
	o := models.Occurrence{SeriesID: row.ID, Version: version, At: meant.at}
	switch {
	case row.Recurrence != "" && meant.kind == scopeOne:
		return s.db.RemoveOccurrence(ctx, o)
	case row.Recurrence != "" && meant.kind == scopeFollowing:
		return s.db.RemoveFollowing(ctx, o)
	}
	return s.db.DeleteAppointment(ctx, row.ID, version)
}

// occurrenceAsked is the occurrence that the address of an appointment names;
// zero if none. One that does not exist is not found; one that has a row of its
// own leads to that.
func (s *server) occurrenceAsked(c echo.Context, row models.Schedule) (at models.Wall, other int64, err error) {
	text := c.QueryParam("occurrence")
	if text == "" || row.Recurrence == "" {
		return models.Wall{}, 0, nil
	}
	at, err = parseClock(text, row.AllDay)
	series, ok := models.SeriesOf(row, s.config.Location())
	if err != nil || !ok || !series.Has(at) {
		return at, 0, models.ErrNotFound
	}
	replaced, err := s.db.Replacements(c.Request().Context(), row.ID)
	for _, r := range replaced {
		if r.OriginalStartAt == at {
			return at, r.ID, err
		}
	}
	return at, 0, err
}

// rowForm is the page of a row's form as the table has it now.
func (s *server) rowForm(row models.Schedule, participants []models.Participant, meant scope) views.AppointmentView {
	form := views.FormOf(meant.seenAs(row), userIDs(participants))
	form.Values.Set("form", newForm())
	v := views.AppointmentView{ID: row.ID, Series: row.Recurrence != "", Replaces: row.SeriesID != 0, Form: form}
	if v.Series && !meant.at.IsZero() {
		v.Occurrence = views.ClockValue(meant.at, row.AllDay)
		form.Values.Set("occurrence", v.Occurrence)
		form.Values.Set("scope", meant.kind)
	}
	return v
}

// clockOf is the start of a new appointment on a day: the full hour that was
// clicked on, or the one given.
func clockOf(date time.Time, text string, otherwise time.Duration) time.Time {
	if hour, err := time.Parse("15:04", text); err == nil {
		return date.Add(time.Duration(hour.Hour())*time.Hour + time.Duration(hour.Minute())*time.Minute)
	}
	return date.Add(otherwise)
}
