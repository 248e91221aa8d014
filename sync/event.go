package calsync

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// event is what the engine knows of an event in Google: the fields that are
// merged, as Google has them, and what decides whether it is carried at all.
//
// The fields have the row fields' names. Values that Google may leave out are
// spelled out (visibility "default"), times are instants so that the offset in
// which Google happens to answer is no difference: timed
// START|END|STARTZONE|ENDZONE in UTC, all-day FIRST|END with the end exclusive.
type event struct {
	ID, ETag, ICalUID string
	Cancelled         bool
	Updated           time.Time
	Fields            models.Fields
	Type              string
	Recurring         bool // a series or an occurrence of one
	Guests            bool // somebody besides the calendar's owner is invited
	Foreign           bool // somebody else is the organiser
	Mark              mark
}

// The private extended properties that name an event's row. Anybody with access
// can read and copy them: they are a hint, never a proof.
const (
	markInstallation = "agcrm_installation"
	markLink         = "agcrm_link"
	markRow          = "agcrm_row"
	markEvent        = "agcrm_event"
)

type mark struct{ Installation, Link, Row, Event string }

// readEvent takes over what the engine needs; every part may be missing.
func readEvent(g *calendar.Event) *event {
	e := &event{ID: g.Id, ETag: g.Etag, ICalUID: g.ICalUID, Cancelled: g.Status == "cancelled", Type: g.EventType}
	e.Updated, _ = time.Parse(time.RFC3339, g.Updated) // a missing time is the oldest
	e.Recurring = len(g.Recurrence) > 0 || g.RecurringEventId != ""
	e.Foreign = g.Organizer != nil && !g.Organizer.Self
	for _, a := range g.Attendees {
		e.Guests = e.Guests || !a.Self
	}
	e.Guests = e.Guests || g.AttendeesOmitted
	if p := g.ExtendedProperties; p != nil {
		e.Mark = mark{p.Private[markInstallation], p.Private[markLink], p.Private[markRow], p.Private[markEvent]}
	}
	e.Fields = models.Fields{
		models.FieldSubject:  g.Summary,
		models.FieldLocation: g.Location,
		models.FieldBody:     g.Description,
		models.FieldTime:     timeOf(g.Start, g.End),
		models.FieldPrivate:  orDefault(g.Visibility, "default"),
		models.FieldBusy:     orDefault(g.Transparency, "opaque"),
		models.FieldColor:    g.ColorId,
		models.FieldRule:     strings.Join(g.Recurrence, "\n"),
	}
	if e.Guests {
		e.Fields[factGuests] = "1"
	}
	if e.Mark != (mark{}) && e.Mark.Event != e.ID {
		e.Fields[factMark] = "other"
	}
	return e
}

func orDefault(value, def string) string {
	if value == "" {
		return def
	}
	return value
}

// timeOf is the time field; "" if Google's answer makes none.
func timeOf(start, end *calendar.EventDateTime) string {
	if start == nil || end == nil {
		return ""
	}
	if start.Date != "" {
		return start.Date + "|" + end.Date
	}
	from, err1 := time.Parse(time.RFC3339, start.DateTime)
	to, err2 := time.Parse(time.RFC3339, end.DateTime)
	if err1 != nil || err2 != nil {
		return ""
	}
	return fmt.Sprintf("%s|%s|%s|%s", from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339), start.TimeZone, end.TimeZone)
}

// span is a time field taken apart.
type span struct {
	allDay           bool
	start, end       time.Time // all-day: midnight UTC of the first day and of the day after the last
	startZone, endTZ string
}

func parseSpan(field string) (span, error) {
	parts := strings.SplitN(field, "|", 4)
	layout := time.RFC3339
	if len(parts) == 2 {
		layout = "2006-01-02"
	} else if len(parts) != 4 {
		return span{}, fmt.Errorf("%q is not an event's time", field)
	}
	start, err := time.Parse(layout, parts[0])
	if err != nil {
		return span{}, err
	}
	end, err := time.Parse(layout, parts[1])
	if err != nil {
		return span{}, err
	}
	if len(parts) == 2 {
		return span{allDay: true, start: start, end: end}, nil
	}
	return span{start: start, end: end, startZone: parts[2], endTZ: parts[3]}, nil
}

// converter turns fields of one side into fields of the other.
type converter struct{ zone *time.Location } // of rows that name none

// toRow is what the row's field should become when the event's is value. row is
// the row as it is now: its zone is kept.
func (c converter) toRow(name, value string, row models.Schedule) (string, error) {
	switch name {
	case models.FieldSubject:
		return cutText(plainLine(value), models.MaxSubject), nil
	case models.FieldLocation:
		return cutText(plainLine(value), models.MaxLocation), nil
	case models.FieldBody:
		return plainText(value), nil
	case models.FieldTime:
		return c.timeToRow(value, row)
	case models.FieldPrivate:
		return flagOf(value == "private" || value == "confidential"), nil
	case models.FieldBusy:
		return flagOf(value != "transparent"), nil
	case models.FieldColor:
		return orDefault(value, "0"), nil
	}
	return value, nil
}

func flagOf(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

func (c converter) timeToRow(value string, row models.Schedule) (string, error) {
	s, err := parseSpan(value)
	if err != nil {
		return "", err
	}
	if s.allDay {
		last := s.end.AddDate(0, 0, -1)
		return s.start.Format("2006-01-02") + "/" + last.Format("2006-01-02"), nil
	}
	zone := c.zone
	if !row.AllDay {
		if zone, err = row.Zone(c.zone); err != nil {
			return "", err
		}
	}
	name := ""
	if !row.AllDay {
		name = row.TimeZone
	}
	return models.WallClock(s.start.In(zone)).String() + "/" + models.WallClock(s.end.In(zone)).String() + "/" + name, nil
}

// toEvent is what the event's field should become when the row's is value.
// agreedRow and agreedEvent are what both sides last had, nil for a new event.
func (c converter) toEvent(name, value string, agreedRow, agreedEvent models.Fields) (string, error) {
	before := agreedEvent[name]
	switch name {
	case models.FieldSubject, models.FieldLocation:
		return cutText(cleanText(value), maxSummary), nil
	case models.FieldBody:
		return cutText(cleanText(value), maxDescription), nil
	case models.FieldTime:
		return c.timeToEvent(value, agreedRow[name], before)
	case models.FieldPrivate:
		if private := value == "1"; before != "" && private == (before == "private" || before == "confidential") {
			return before, nil
		} else if private {
			return "private", nil
		}
		return "default", nil
	case models.FieldBusy:
		if value == "0" {
			return "transparent", nil
		}
		return "opaque", nil
	case models.FieldColor:
		return strings.TrimPrefix(value, "0"), nil
	}
	return value, nil
}

// timeToEvent keeps the zone that the event has in Google unless the row's own
// zone was edited, and keeps an end of the span whose clock reading was not:
// a reading that occurs twice in autumn would otherwise move.
func (c converter) timeToEvent(value, agreedRow, agreedEvent string) (string, error) {
	var row, old models.Schedule
	if err := row.SetField(models.FieldTime, value); err != nil {
		return "", err
	}
	if row.AllDay {
		return row.StartAt.Format("2006-01-02") + "|" + row.EndAt.AddDays(1).Format("2006-01-02"), nil
	}
	zone, err := row.Zone(c.zone)
	if err != nil {
		return "", err
	}
	s := span{start: row.StartAt.In(zone), end: row.EndAt.In(zone), startZone: zone.String(), endTZ: zone.String()}
	before, err := parseSpan(agreedEvent)
	if err == nil && !before.allDay && old.SetField(models.FieldTime, agreedRow) == nil && !old.AllDay && old.TimeZone == row.TimeZone {
		s.startZone, s.endTZ = orDefault(before.startZone, s.startZone), orDefault(before.endTZ, s.endTZ)
		if old.StartAt == row.StartAt && models.WallClock(before.start.In(zone)) == row.StartAt {
			s.start = before.start
		}
		if old.EndAt == row.EndAt && models.WallClock(before.end.In(zone)) == row.EndAt {
			s.end = before.end
		}
	}
	return fmt.Sprintf("%s|%s|%s|%s", s.start.UTC().Format(time.RFC3339), s.end.UTC().Format(time.RFC3339), s.startZone, s.endTZ), nil
}
