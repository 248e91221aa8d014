package googletest

import (
	"fmt"
	"sync"
	"time"

	"google.golang.org/api/calendar/v3"
)

// Layouts of Google's times.
const (
	dateLayout  = "2006-01-02"
	wallLayout  = "2006-01-02T15:04:05"
	stampLayout = "2006-01-02T15:04:05.000Z" // created and updated
)

var zones sync.Map // name to *time.Location

// loadZone finds an IANA zone. Names that only Go or this machine knows are
// none.
func loadZone(name string) (*time.Location, error) {
	if zone, known := zones.Load(name); known {
		return zone.(*time.Location), nil
	}
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("unknown time zone %q", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("time zone: %w", err)
	}
	zones.Store(name, zone)
	return zone, nil
}

// canonicalTime checks a start or end as a client sent it and gives it the
// form in which it is stored: a date, or an instant in UTC with the zone that
// was named, if any. which is "start" or "end", for the message.
func canonicalTime(given *calendar.EventDateTime, which string) (*calendar.EventDateTime, error) {
	switch {
	case given == nil || (given.Date == "" && given.DateTime == ""):
		return nil, required("Missing " + which + " time.")
	case given.Date != "" && given.DateTime != "":
		return nil, invalid("Invalid %s time.", which)
	case given.Date != "":
		if _, err := time.Parse(dateLayout, given.Date); err != nil {
			return nil, invalid("Invalid value for: Invalid format: \"%s\"", given.Date)
		}
		return &calendar.EventDateTime{Date: given.Date}, nil
	}
	var zone *time.Location
	if given.TimeZone != "" {
		var err error
		if zone, err = loadZone(given.TimeZone); err != nil {
			return nil, invalid("Invalid time zone definition for %s time.", which)
		}
	}
	instant, err := parseInstant(given.DateTime, zone)
	if err != nil {
		return nil, err
	}
	if instant.IsZero() {
		return nil, required("Missing time zone definition for " + which + " time.")
	}
	return &calendar.EventDateTime{DateTime: instant.UTC().Format(time.RFC3339), TimeZone: given.TimeZone}, nil
}

// parseInstant reads a time with offset, or a wall clock in a zone; without
// either it answers the zero time.
func parseInstant(text string, zone *time.Location) (time.Time, error) {
	if instant, err := time.Parse(time.RFC3339, text); err == nil {
		return instant.Truncate(time.Second), nil
	}
	wall, err := time.Parse(wallLayout, text)
	if err != nil {
		return time.Time{}, invalid("Invalid value for: Invalid format: \"%s\"", text)
	}
	if zone == nil {
		return time.Time{}, nil
	}
	return inZone(wall.Truncate(time.Second), zone), nil
}

// inZone reads the wall clock of t, whose own zone is ignored, in a zone. A
// time that a clock change skips is read with the offset before the change, and
// of one that it repeats the first is meant, as RFC 5545 wants it.
func inZone(t time.Time, zone *time.Location) time.Time {
	wall := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, zone)
	if wall.Hour() == t.Hour() && wall.Minute() == t.Minute() {
		if first := wall.Add(-time.Hour); first.Hour() == t.Hour() {
			return first
		}
		return wall
	}
	_, offset := wall.Add(-12 * time.Hour).Zone()
	utc := time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	return utc.Add(-time.Duration(offset) * time.Second).In(zone)
}

// instantOf is a stored start or end as an instant; days begin in the
// calendar's zone.
func instantOf(stored *calendar.EventDateTime, zone *time.Location) time.Time {
	if stored == nil {
		return time.Time{}
	}
	if stored.Date != "" {
		day, err := time.ParseInLocation(dateLayout, stored.Date, zone)
		if err != nil {
			panic("googletest: stored date: " + err.Error())
		}
		return day
	}
	instant, err := time.Parse(time.RFC3339, stored.DateTime)
	if err != nil {
		panic("googletest: stored time: " + err.Error())
	}
	return instant
}

// zoneOf is the zone that a stored time is meant in.
func zoneOf(stored *calendar.EventDateTime, calendarZone *time.Location) *time.Location {
	if stored == nil || stored.TimeZone == "" {
		return calendarZone
	}
	zone, err := loadZone(stored.TimeZone)
	if err != nil {
		panic("googletest: stored zone: " + err.Error())
	}
	return zone
}

func sameTime(a, b *calendar.EventDateTime) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Date == b.Date && a.DateTime == b.DateTime && a.TimeZone == b.TimeZone
}
