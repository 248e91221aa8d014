package calsync

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// Facts about an event that a pair remembers beside the merged fields.
const (
	factGuests = "guests" // "1": somebody else is invited
	factStays  = "stays"  // "1": the log says that the event stays where it is, whoever owns the row
	factMark   = "mark"   // "other": it carries the mark of the event that it was copied from

	// Of a series: the occurrences that were removed one by one. Of an occurrence:
	// its series' id and its original start, as a key.
	factCancelled = "cancelled"
	factSeries    = "series"
	factOriginal  = "original"
)

// markOf is the mark that a pair's event must carry to be ours.
func (r *run) markOf(p *models.Pair) mark {
	return mark{r.settings.InstallationID, strconv.FormatInt(p.UserID, 10), strconv.FormatInt(p.ScheduleID, 10), p.EventID}
}

func (m mark) properties() *calendar.EventExtendedProperties {
	return &calendar.EventExtendedProperties{Private: map[string]string{
		markInstallation: m.Installation, markLink: m.Link, markRow: m.Row, markEvent: m.Event,
	}}
}

// newEvent is the body of an insert: the pair's intent and its mark.
func (r *run) newEvent(p *models.Pair) *calendar.Event {
	body := &calendar.Event{Id: p.EventID, ExtendedProperties: r.markOf(p).properties()}
	for _, name := range models.FieldNames {
		if value := p.AgreedEvent[name]; value != "" {
			setBody(body, name, value, "")
		}
	}
	if removed := keySet(p.AgreedEvent[models.FieldRemoved]); len(body.Recurrence) > 0 {
		body.Recurrence = append(slices.Clip(body.Recurrence), exdatesFor(removed, body.Start.TimeZone)...)
	}
	return body
}

// exdatesFor are the EXDATE lines of an event whose series is in that zone.
func exdatesFor(keys []string, zoneName string) []string {
	zone, err := time.LoadLocation(zoneName)
	if err != nil {
		zone = time.UTC
	}
	var lines []string
	for _, key := range keys {
		lines = append(lines, exdateLine(key, zone))
	}
	return lines
}

// patchOf is the body of a patch: the changed fields and nothing else, but for a
// mark that was copied along with another event. after are the fields as sent.
func (r *run) patchOf(p *models.Pair, row models.Schedule, changed []string) (body *calendar.Event, after models.Fields, err error) {
	body, after = &calendar.Event{}, models.Fields{}
	fields := row.Fields()
	for _, name := range changed {
		value, err := r.conv.toEvent(name, fields[name], p.AgreedRow, p.AgreedEvent)
		if err != nil {
			return nil, nil, fmt.Errorf("map schedule %d: %w", row.ID, err)
		}
		if name == models.FieldRemoved {
			continue // goes with the rule, or was carried one by one
		}
		after[name] = value
		setBody(body, name, value, p.AgreedEvent[name])
	}
	if len(body.Recurrence) > 0 {
		body.Recurrence = append(slices.Clip(body.Recurrence), exdatesFor(r.conv.removedKeys(row), body.Start.TimeZone)...)
	}
	if p.AgreedEvent[factMark] != "" {
		body.ExtendedProperties = r.markOf(p).properties()
	}
	return body, after, nil
}

// setBody writes one field into a request. An empty value must be named, or the
// client leaves it out; before is the field's value in Google.
func setBody(body *calendar.Event, name, value, before string) {
	force := func(field string) { body.ForceSendFields = append(body.ForceSendFields, field) }
	switch name {
	case models.FieldSubject:
		body.Summary = value
		force("Summary")
	case models.FieldLocation:
		body.Location = value
		force("Location")
	case models.FieldBody:
		body.Description = value
		force("Description")
	case models.FieldPrivate:
		body.Visibility = value
	case models.FieldBusy:
		body.Transparency = value
	case models.FieldColor:
		if body.ColorId = value; value == "" {
			body.NullFields = append(body.NullFields, "ColorId")
		}
	case models.FieldTime:
		body.Start, body.End = timeBody(value, before)
		setRules(body, value, before)
	}
}

// setRules writes a series' rule; an event that no longer repeats loses it.
func setRules(body *calendar.Event, value, before string) {
	now, _ := parseSpan(value) // timeBody reports what cannot be read
	old, _ := parseSpan(before)
	switch {
	case len(now.rules) > 0:
		body.Recurrence = now.rules
	case len(old.rules) > 0:
		body.NullFields = append(body.NullFields, "Recurrence")
	}
}

// timeBody is a time field as Google takes it. When an event becomes all-day, or
// timed again, the other form is set to null: a patch would keep it otherwise.
func timeBody(value, before string) (start, end *calendar.EventDateTime) {
	s, err := parseSpan(value)
	if err != nil {
		return nil, nil // Google refuses an event without times, and the item is parked
	}
	old, err := parseSpan(before)
	turns := err == nil && old.allDay != s.allDay
	if s.allDay {
		start = &calendar.EventDateTime{Date: s.start.Format("2006-01-02")}
		end = &calendar.EventDateTime{Date: s.end.Format("2006-01-02")}
		if turns {
			start.NullFields = []string{"DateTime", "TimeZone"}
			end.NullFields = start.NullFields
		}
		return start, end
	}
	start, end = instantBody(s.start, s.startZone), instantBody(s.end, s.endTZ)
	if turns {
		start.NullFields, end.NullFields = []string{"Date"}, []string{"Date"}
	}
	return start, end
}

func instantBody(at time.Time, zone string) *calendar.EventDateTime {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		loc = time.UTC
	}
	return &calendar.EventDateTime{DateTime: at.In(loc).Format(time.RFC3339), TimeZone: zone}
}
