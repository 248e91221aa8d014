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
// START|END|STARTZONE|ENDZONE in UTC, all-day FIRST|END with the end exclusive,
// the lines of a series' rule below. Removed occurrences are a set of keys.
type event struct {
	ID, ETag, ICalUID string
	Cancelled         bool
	Created, Updated  time.Time
	Fields            models.Fields
	Type              string
	Series            bool   // the master of a series
	SeriesID          string // of a changed or removed occurrence: its master's id
	Original          string // and its original start, as a key
	Guests            bool   // somebody besides the calendar's owner is invited
	Foreign           bool   // somebody else is the organiser
	ReadOnly          bool   // not the employee's own to change
	Organizer         string // the organiser's address, in lower case
	People            []guest
	Omitted           bool    // the guest list is not whole
	Organiser         int64   // the employee who organises it; 0 is nobody here (placePeople)
	Invited           []int64 // the employees in the guest list, in its order
	Named             bool    // organiser or guest list name this employee
	Former            string  // the organiser under whom its row is known, if it was handed over since (meetingRow)
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
	e.Created, _ = time.Parse(time.RFC3339, g.Created)
	e.Series, e.SeriesID, e.Original = len(g.Recurrence) > 0, g.RecurringEventId, keyOf(g.OriginalStartTime)
	if p := g.ExtendedProperties; p != nil {
		e.Mark = mark{p.Private[markInstallation], p.Private[markLink], p.Private[markRow], p.Private[markEvent]}
	}
	e.Fields = models.Fields{
		models.FieldSubject:  g.Summary,
		models.FieldLocation: g.Location,
		models.FieldBody:     g.Description,
		models.FieldTime:     timeOf(g),
		models.FieldPrivate:  orDefault(g.Visibility, "default"),
		models.FieldBusy:     orDefault(g.Transparency, "opaque"),
		models.FieldColor:    g.ColorId,
		models.FieldRemoved:  keyList(removedBy(g)),
	}
	if e.SeriesID != "" {
		e.Fields[factSeries], e.Fields[factOriginal] = e.SeriesID, e.Original
	}
	e.readPeople(g)
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

// keyOf names an occurrence by its original start; "" if there is none.
func keyOf(original *calendar.EventDateTime) string {
	switch {
	case original == nil:
		return ""
	case original.Date != "":
		return strings.ReplaceAll(original.Date, "-", "")
	}
	at, err := time.Parse(time.RFC3339, original.DateTime)
	if err != nil {
		return ""
	}
	return at.UTC().Format(instantKey)
}

// removedBy are the occurrences that a series' own EXDATE lines take out.
func removedBy(g *calendar.Event) []string {
	_, exdates := models.SplitRecurrence(strings.Join(g.Recurrence, "\n"))
	if len(exdates) == 0 || g.Start == nil {
		return nil
	}
	zone, err := time.LoadLocation(g.Start.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	start, _ := time.Parse(time.RFC3339, g.Start.DateTime) // an all-day series has no instant
	return exdateKeys(exdates, g.Start.Date != "", models.WallClock(start.In(zone)), zone)
}

// timeOf is the time field; "" if Google's answer makes none.
func timeOf(g *calendar.Event) string {
	if g.Start == nil || g.End == nil {
		return ""
	}
	rules, _ := models.SplitRecurrence(strings.Join(g.Recurrence, "\n"))
	s := span{allDay: g.Start.Date != "", startZone: g.Start.TimeZone, endTZ: g.End.TimeZone, rules: rules}
	layout, from, to := time.RFC3339, g.Start.DateTime, g.End.DateTime
	if s.allDay {
		layout, from, to = time.DateOnly, g.Start.Date, g.End.Date
	}
	var err1, err2 error
	s.start, err1 = time.Parse(layout, from)
	s.end, err2 = time.Parse(layout, to)
	if err1 != nil || err2 != nil {
		return ""
	}
	return s.String()
}

// span is a time field taken apart.
type span struct {
	allDay           bool
	start, end       time.Time // all-day: midnight UTC of the first day and of the day after the last
	startZone, endTZ string
	rules            []string // of a series
}

// String is the time field.
func (s span) String() string {
	times := s.start.Format(time.DateOnly) + "|" + s.end.Format(time.DateOnly)
	if !s.allDay {
		times = fmt.Sprintf("%s|%s|%s|%s", s.start.UTC().Format(time.RFC3339), s.end.UTC().Format(time.RFC3339), s.startZone, s.endTZ)
	}
	return strings.Join(append([]string{times}, s.rules...), "\n")
}

func parseSpan(field string) (span, error) {
	times, lines, _ := strings.Cut(field, "\n")
	rules, _ := models.SplitRecurrence(lines)
	parts := strings.SplitN(times, "|", 4)
	layout := time.RFC3339
	if len(parts) == 2 {
		layout = time.DateOnly
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
		return span{allDay: true, start: start, end: end, rules: rules}, nil
	}
	return span{start: start, end: end, startZone: parts[2], endTZ: parts[3], rules: rules}, nil
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

// timeToRow keeps the zone in which the row is read, but for a series whose
// wall-clock time must hold in the zone that it has in Google.
func (c converter) timeToRow(value string, row models.Schedule) (string, error) {
	s, err := parseSpan(value)
	if err != nil {
		return "", err
	}
	var times string
	switch {
	case s.allDay:
		times = s.start.Format(time.DateOnly) + "/" + s.end.AddDate(0, 0, -1).Format(time.DateOnly)
	default:
		zone, name, err := c.rowZone(s, row)
		if err != nil {
			return "", err
		}
		times = models.WallClock(s.start.In(zone)).String() + "/" + models.WallClock(s.end.In(zone)).String() + "/" + name
	}
	return strings.Join(append([]string{times}, s.rules...), "\n"), nil
}

func (c converter) rowZone(s span, row models.Schedule) (zone *time.Location, name string, err error) {
	zone = c.zone
	if !row.AllDay {
		if zone, err = row.Zone(c.zone); err != nil {
			return nil, "", err
		}
		name = row.TimeZone
	}
	if len(s.rules) == 0 || s.startZone == "" || s.startZone == zone.String() && row.ID != 0 {
		return zone, name, nil
	}
	series, err := time.LoadLocation(s.startZone)
	if err != nil {
		return zone, name, nil // a zone that we do not know: the clock reading here is right today
	}
	return series, s.startZone, nil
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
	return "", nil // removed occurrences are carried one by one
}

// timeToEvent keeps the zone that the event has in Google unless the row's own
// zone was edited, and keeps an end of the span whose clock reading was not:
// a reading that occurs twice in autumn would otherwise move.
func (c converter) timeToEvent(value, agreedRow, agreedEvent string) (string, error) {
	var row, old models.Schedule
	if err := row.SetField(models.FieldTime, value); err != nil {
		return "", err
	}
	zone, err := row.Zone(c.zone)
	if err != nil {
		return "", err
	}
	rules, _ := models.SplitRecurrence(row.Recurrence)
	rules = rulesToGoogle(rules, row.AllDay, zone)
	if row.AllDay {
		return span{allDay: true, start: row.StartAt.Time, end: row.EndAt.AddDays(1).Time, rules: rules}.String(), nil
	}
	s := span{start: row.StartAt.In(zone), end: row.EndAt.In(zone), startZone: zone.String(), endTZ: zone.String(), rules: rules}
	before, err := parseSpan(agreedEvent)
	if err != nil || before.allDay || old.SetField(models.FieldTime, agreedRow) != nil || old.AllDay || old.TimeZone != row.TimeZone {
		return s.String(), nil
	}
	repeated, _ := models.SplitRecurrence(old.Recurrence)
	turned := len(rules) > 0 && (len(before.rules) == 0 || len(repeated) == 0)
	if !turned { // a series of the CRM's repeats in the row's zone, whatever Google made of it meanwhile
		s.startZone, s.endTZ = orDefault(before.startZone, s.startZone), orDefault(before.endTZ, s.endTZ)
	}
	if old.StartAt == row.StartAt && models.WallClock(before.start.In(zone)) == row.StartAt {
		s.start = before.start
	}
	if old.EndAt == row.EndAt && models.WallClock(before.end.In(zone)) == row.EndAt {
		s.end = before.end
	}
	return s.String(), nil
}
