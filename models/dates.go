package models

import (
	"fmt"
	"strings"
	"time"
)

// The layouts of RFC 5545, which EXDATE, RDATE and UNTIL are written in.
const (
	icalDate    = "20060102"
	icalClock   = "20060102T150405"
	icalInstant = "20060102T150405Z"
)

// ReadDates reads the values of an RDATE or EXDATE line (RFC 5545, 3.8.5): with
// TZID, in UTC, floating (in zone) or as dates, several to a line. They are
// instants, of an all-day series midnights in UTC; a date of a timed series takes
// the clock reading of its start. A zone that nobody knows is taken for zone.
// Values that cannot be read are left out, and the last of them is the error.
func ReadDates(line string, allDay bool, start Wall, zone *time.Location) (dates []time.Time, err error) {
	head, values, found := strings.Cut(line, ":")
	if !found {
		return nil, fmt.Errorf("no value in %q", line)
	}
	in := zone
	for _, param := range strings.Split(head, ";")[1:] {
		name, value, _ := strings.Cut(param, "=")
		if !strings.EqualFold(name, "TZID") {
			continue
		}
		if named, e := time.LoadLocation(strings.Trim(value, `"`)); e == nil {
			in = named
		}
	}
	for _, value := range strings.Split(values, ",") {
		at, e := readDate(strings.TrimSpace(value), allDay, start, in, zone)
		if e != nil {
			err = e
			continue
		}
		dates = append(dates, at)
	}
	return dates, err
}

// ReadUntil reads an UNTIL (RFC 5545, 3.3.10) as the last moment at which an
// occurrence may begin; zone is that of the row. A date means the whole of that
// day. An all-day series ends with a date: an instant is the day that it is in
// zone, but for midnight UTC, which is how many write a date.
func ReadUntil(text string, allDay bool, zone *time.Location) (time.Time, error) {
	at, err := time.Parse(icalInstant, text)
	if err != nil {
		if at, err = time.Parse(icalClock, text); err == nil {
			at = Wall{at}.In(zone)
		}
	}
	day, e := time.Parse(icalDate, text[:min(len(text), len(icalDate))])
	switch {
	case !allDay && err == nil:
		return at, nil
	case e != nil:
		return time.Time{}, e
	case !allDay:
		return Wall{day.Add(24*time.Hour - time.Second)}.In(zone), nil
	case err == nil && strings.HasSuffix(text, "Z") && !strings.HasSuffix(text, "T000000Z"):
		return WallClock(at.In(zone)).Date().Time, nil
	}
	return day, nil
}

func readDate(value string, allDay bool, start Wall, in, zone *time.Location) (time.Time, error) {
	if day, err := time.Parse(icalDate, value); err == nil {
		if allDay {
			return day, nil
		}
		return Wall{day.Add(start.Sub(start.Date().Time))}.In(zone), nil
	}
	at, err := time.Parse(icalInstant, value)
	if err != nil {
		wall, e := time.Parse(icalClock, value)
		if e != nil {
			return time.Time{}, e
		}
		at = Wall{wall}.In(in)
		if allDay {
			at = wall
		}
	}
	if allDay {
		return WallClock(at).Date().Time, nil
	}
	return at, nil
}
