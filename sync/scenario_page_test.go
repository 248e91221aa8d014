package calsync

import (
	"strings"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// page is what an employee does in Google's page.
func (s *scenario) page(a act) {
	s.t.Helper()
	p := s.who(a.who)
	if a.verb == "adds" {
		calendarID := "primary"
		e := &calendar.Event{Summary: a.what}
		zone := "Asia/Tokyo"
		for _, set := range a.set {
			switch set[0] {
			case "calendar":
				calendarID = set[1]
			case "zone":
				zone = set[1]
			}
		}
		s.setEvent(e, zone, a.set)
		p.account.Insert(calendarID, e)
		return
	}
	calendarID, e := s.event(p, a.what)
	id := e.Id
	if a.at != "" {
		id = s.occurrenceID(e, a.at)
	}
	switch a.verb {
	case "sets":
		p.account.Edit(calendarID, id, func(e *calendar.Event) { s.setEvent(e, zoneOf(e), a.set) })
	case "deletes", "removes":
		p.account.Delete(calendarID, id)
	case "moves":
		p.account.Move(calendarID, id, a.set[0][1])
	case "copies": // with all that it holds, private properties too
		e.Id, e.ICalUID, e.Etag, e.Sequence, e.Created, e.Updated, e.HtmlLink = "", "", "", 0, "", "", ""
		p.account.Insert(calendarID, e)
	case "splits":
		s.split(p, calendarID, e, a)
	default:
		s.t.Fatalf("%s: nobody knows how", s.line)
	}
}

func zoneOf(e *calendar.Event) string {
	if e.Start != nil && e.Start.TimeZone != "" {
		return e.Start.TimeZone
	}
	return "Asia/Tokyo"
}

// split is "this and following" as Google's page does it: the series ends just
// before that occurrence, and a new one, which inherits everything, begins there.
func (s *scenario) split(p *person, calendarID string, e *calendar.Event, a act) {
	s.t.Helper()
	key := strings.TrimPrefix(s.occurrenceID(e, a.at), e.Id+"_")
	at, date, err := keyTime(key)
	check(s.t, err)
	until := at.Add(-time.Second).Format(instantKey)
	if date {
		until = at.AddDate(0, 0, -1).Format(dateKey)
	}
	next := *e
	next.Id, next.ICalUID, next.Etag, next.Sequence, next.HtmlLink = e.Id+"_r"+strings.ToLower(key[:len(dateKey)]), e.Id+"_R"+key+"@google.com", "", 0, ""
	p.account.Edit(calendarID, e.Id, func(e *calendar.Event) {
		for i, line := range e.Recurrence {
			if strings.HasPrefix(line, "RRULE:") {
				e.Recurrence[i] = withUntil(line, until)
			}
		}
	})
	began, length := s.wall(a.at), s.lengthOf(e)
	next.Start, next.End = s.moment(began, date, zoneOf(e)), s.moment(models.Wall{Time: began.Add(length)}, date, zoneOf(e))
	s.setEvent(&next, zoneOf(e), a.set)
	p.account.Insert(calendarID, &next)
}

// lengthOf is how long an event takes.
func (s *scenario) lengthOf(e *calendar.Event) time.Duration {
	s.t.Helper()
	layout := time.RFC3339
	if e.Start.Date != "" {
		layout = time.DateOnly
	}
	start, err := time.Parse(layout, e.Start.Date+e.Start.DateTime)
	check(s.t, err)
	end, err := time.Parse(layout, e.End.Date+e.End.DateTime)
	check(s.t, err)
	return end.Sub(start)
}

// withUntil ends a rule there, whatever ended it before.
func withUntil(rule, until string) string {
	var kept []string
	for _, part := range strings.Split(rule, ";") {
		if !strings.HasPrefix(part, "COUNT=") && !strings.HasPrefix(part, "UNTIL=") {
			kept = append(kept, part)
		}
	}
	return strings.Join(append(kept, "UNTIL="+until), ";")
}

// occurrenceID is Google's id of the occurrence with that original start, as a
// clock in the series' zone reads.
func (s *scenario) occurrenceID(e *calendar.Event, at string) string {
	s.t.Helper()
	wall := s.wall(at)
	if len(at) == len(time.DateOnly) {
		return e.Id + "_" + wall.Format(dateKey)
	}
	zone, err := time.LoadLocation(zoneOf(e))
	check(s.t, err)
	return e.Id + "_" + wall.In(zone).UTC().Format(instantKey)
}

// setEvent writes properties into an event.
func (s *scenario) setEvent(e *calendar.Event, zone string, list [][2]string) {
	s.t.Helper()
	for _, set := range list {
		value := set[1]
		switch set[0] {
		case "calendar", "zone":
		case "summary":
			e.Summary = value
		case "location":
			e.Location = value
		case "description":
			e.Description = value
		case "color":
			e.ColorId = value
		case "uid":
			e.ICalUID = value
		case "recurrence":
			e.Recurrence = nil
			if value != "none" {
				e.Recurrence = strings.Split(value, "\n")
			}
		case "guests":
			e.Attendees = nil
			for _, email := range strings.Split(value, ",") {
				e.Attendees = append(e.Attendees, &calendar.EventAttendee{Email: email})
			}
		case "organizer":
			e.Organizer = &calendar.EventOrganizer{Email: value}
		case "answer":
			for _, guest := range e.Attendees {
				if guest.Self {
					guest.ResponseStatus = value
				}
			}
		case "time":
			start, end, allDay := s.span(value)
			e.Start, e.End = s.moment(start, allDay, zone), s.moment(end, allDay, zone)
			if allDay {
				e.End.Date = end.AddDays(1).Format(time.DateOnly)
			}
		default:
			s.t.Fatalf("%s: what is %q?", s.line, set[0])
		}
	}
}

func (s *scenario) moment(at models.Wall, date bool, zone string) *calendar.EventDateTime {
	s.t.Helper()
	if date {
		return &calendar.EventDateTime{Date: at.Format(time.DateOnly)}
	}
	loc, err := time.LoadLocation(zone)
	check(s.t, err)
	return &calendar.EventDateTime{DateTime: at.In(loc).Format(time.RFC3339), TimeZone: zone}
}
