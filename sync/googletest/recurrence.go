package googletest

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
	"google.golang.org/api/calendar/v3"
)

// recurrence is when the occurrences of a series begin. All its times are
// wall clocks, written as if they were UTC: daylight saving is none of its
// business. (The library's own handling of zones has faults.)
type recurrence struct {
	start         time.Time
	zone          *time.Location // of the series; days have none
	allDay        bool
	rules, except []*rrule.RRule
	dates         []time.Time
	removed       []time.Time
}

var (
	untilPattern = regexp.MustCompile(`UNTIL=([^;]*)`)
	utcPattern   = regexp.MustCompile(`^\d{8}T\d{6}Z$`)
	datePattern  = regexp.MustCompile(`^\d{8}$`)
)

// normalizeRecurrence checks the rule lines. A timed series needs a zone to
// recur in.
func normalizeRecurrence(ev *calendar.Event) error {
	if len(ev.Recurrence) == 0 {
		ev.Recurrence = nil
		return nil
	}
	if ev.RecurringEventId != "" {
		return invalid("Recurrence cannot be set on an instance of a recurring event.")
	}
	for which, moment := range map[string]*calendar.EventDateTime{"start": ev.Start, "end": ev.End} {
		if moment.Date == "" && moment.TimeZone == "" {
			return required("Missing time zone definition for " + which + " time.")
		}
	}
	_, err := parseRecurrence(ev)
	return err
}

// parseRecurrence reads the lines of a series.
func parseRecurrence(ev *calendar.Event) (*recurrence, error) {
	r := &recurrence{allDay: ev.Start.Date != "", zone: time.UTC}
	if r.allDay {
		r.start = instantOf(ev.Start, time.UTC)
	} else {
		r.zone = zoneOf(ev.Start, time.UTC)
		r.start = r.wall(instantOf(ev.Start, time.UTC))
	}
	for _, line := range ev.Recurrence {
		if err := r.addLine(line); err != nil {
			return nil, err
		}
	}
	if len(r.rules) == 0 {
		r.dates = append(r.dates, r.start)
	}
	return r, nil
}

func (r *recurrence) addLine(line string) error {
	head, value, ok := strings.Cut(line, ":")
	name, parameters, _ := strings.Cut(head, ";")
	bad := invalid("Invalid recurrence rule: %s", line)
	if !ok || strings.ContainsAny(line, "\r\n") {
		return bad
	}
	switch name {
	case "RRULE", "EXRULE":
		rule, err := r.parseRule(value)
		if err != nil || parameters != "" {
			return bad
		}
		if name == "RRULE" {
			r.rules = append(r.rules, rule)
		} else {
			r.except = append(r.except, rule)
		}
	case "RDATE", "EXDATE":
		for text := range strings.SplitSeq(value, ",") {
			date, ok := r.parseDate(parameters, text)
			if !ok {
				return bad
			}
			if name == "RDATE" {
				r.dates = append(r.dates, date)
			} else {
				r.removed = append(r.removed, date)
			}
		}
	default:
		return bad
	}
	return nil
}

// parseRule reads an RRULE. UNTIL must be of the kind of the start: a day, or
// an instant in UTC.
func (r *recurrence) parseRule(value string) (*rrule.RRule, error) {
	bad := invalid("Invalid recurrence rule.")
	until := untilPattern.FindStringSubmatch(value)
	if until != nil {
		pattern := utcPattern
		if r.allDay {
			pattern = datePattern
		}
		if !pattern.MatchString(until[1]) || strings.Contains(value, "COUNT=") {
			return nil, bad
		}
	}
	option, err := rrule.StrToROptionInLocation(value, time.UTC)
	if err != nil {
		return nil, bad
	}
	option.Dtstart = r.start
	if until != nil && !r.allDay {
		option.Until = r.wall(option.Until)
	}
	return rrule.NewRRule(*option)
}

// parseDate reads one value of an RDATE or EXDATE line.
func (r *recurrence) parseDate(parameters, text string) (time.Time, bool) {
	zone := r.zone
	for parameter := range strings.SplitSeq(parameters, ";") {
		key, value, _ := strings.Cut(parameter, "=")
		switch {
		case key == "TZID":
			var err error
			if zone, err = loadZone(value); err != nil {
				return time.Time{}, false
			}
		case parameter != "" && parameter != "VALUE=DATE" && parameter != "VALUE=DATE-TIME":
			return time.Time{}, false
		}
	}
	if r.allDay {
		date, err := time.Parse("20060102", text)
		return date, err == nil
	}
	if instant, err := time.Parse("20060102T150405Z", text); err == nil {
		return r.wall(instant), true
	}
	wall, err := time.Parse("20060102T150405", text)
	return r.wall(inZone(wall, zone)), err == nil && strings.Contains(parameters, "TZID=")
}

// wall is an instant as a wall clock of the series' zone.
func (r *recurrence) wall(instant time.Time) time.Time {
	t := instant.In(r.zone)
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

// readings are the wall clocks that are this instant: besides the one that clocks
// show, the one that they skip where summer time begins.
func (r *recurrence) readings(instant time.Time) []time.Time {
	shown := r.wall(instant)
	if skipped := shown.Add(-time.Hour); !r.allDay && r.instant(skipped).Equal(instant) {
		return []time.Time{shown, skipped}
	}
	return []time.Time{shown}
}

// instant is when an occurrence's wall clock is; a day stays as it is.
func (r *recurrence) instant(wall time.Time) time.Time {
	if r.allDay {
		return wall
	}
	return inZone(wall, r.zone)
}

// between are the first occurrences' wall clocks in a closed interval, at
// most limit of them.
func (r *recurrence) between(from, to time.Time, limit int) []time.Time {
	excluded := map[time.Time]bool{}
	for _, date := range r.removed {
		for _, wall := range r.readings(r.instant(date)) {
			excluded[wall] = true
		}
	}
	for _, rule := range r.except {
		for _, date := range rule.Between(from, to, true) {
			excluded[date] = true
		}
	}
	found := slices.Clone(r.dates)
	for _, rule := range r.rules {
		found = append(found, firstOf(rule, from, to, limit, excluded)...)
	}
	found = slices.DeleteFunc(found, func(t time.Time) bool { return t.Before(from) || t.After(to) || excluded[t] })
	slices.SortFunc(found, time.Time.Compare)
	found = slices.CompactFunc(found, time.Time.Equal)
	return found[:min(limit, len(found))]
}

// firstOf walks a rule, which may have no end, only as far as it must.
func firstOf(rule *rrule.RRule, from, to time.Time, limit int, excluded map[time.Time]bool) []time.Time {
	var found []time.Time
	next := rule.Iterator()
	for len(found) < limit {
		t, more := next()
		if !more || t.After(to) {
			break
		}
		if !t.Before(from) && !excluded[t] {
			found = append(found, t)
		}
	}
	return found
}
