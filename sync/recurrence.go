package calsync

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"agcrm-google/models"
)

// An occurrence of a series is named by its original start: the instant as
// 20261125T010000Z, or the date as 20261125 for an all-day series. These are also
// the endings of Google's instance ids. A set of them is a sorted list with blanks.
const (
	instantKey = "20060102T150405Z"
	dateKey    = "20060102"
	localStamp = "20060102T150405"
)

func keySet(list string) []string { return strings.Fields(list) }

func keyList(keys []string) string {
	sorted := slices.Clone(keys)
	slices.Sort(sorted)
	return strings.Join(slices.Compact(sorted), " ")
}

// without is the set a less what is in b.
func without(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(k string) bool { return slices.Contains(b, k) })
}

// keyTime is the original start that a key names, and whether it is a date.
func keyTime(key string) (at time.Time, date bool, err error) {
	if len(key) == len(dateKey) {
		at, err = time.Parse(dateKey, key)
		return at, true, err
	}
	at, err = time.Parse(instantKey, key)
	return at, false, err
}

// originalWall is an original start, as keyTime gives it, in the terms of a row
// whose series is in that zone.
func originalWall(at time.Time, date bool, zone *time.Location) models.Wall {
	if date {
		return models.Wall{Time: at}
	}
	return models.WallClock(at.In(zone))
}

// originalStart is a key as the parameter of events.instances.
func originalStart(key string) string {
	at, date, err := keyTime(key)
	switch {
	case err != nil:
		return key
	case date:
		return at.Format("2006-01-02")
	}
	return at.Format(time.RFC3339)
}

// exdateKeys are the occurrences that EXDATE lines name. What cannot be read is
// dropped: it removes nothing here either.
func exdateKeys(lines []string, allDay bool, start models.Wall, zone *time.Location) []string {
	var keys []string
	for _, line := range lines {
		dates, _ := models.ReadDates(line, allDay, start, zone)
		for _, at := range dates {
			if allDay {
				keys = append(keys, at.Format(dateKey))
			} else {
				keys = append(keys, at.UTC().Format(instantKey))
			}
		}
	}
	return keys
}

// exdateLine is a key as the table keeps it, in the contract's form.
func exdateLine(key string, zone *time.Location) string {
	at, date, err := keyTime(key)
	if err != nil || date {
		return "EXDATE;VALUE=DATE:" + key
	}
	return fmt.Sprintf("EXDATE;TZID=%s:%s", zone, at.In(zone).Format(localStamp))
}

// removedKeys are the occurrences that a series row takes out.
func (c converter) removedKeys(row models.Schedule) []string {
	_, exdates := models.SplitRecurrence(row.Recurrence)
	zone, err := row.Zone(c.zone)
	if err != nil || len(exdates) == 0 {
		return nil
	}
	return exdateKeys(exdates, row.AllDay, row.StartAt, zone)
}

// setRemoved makes a row take out exactly these occurrences. Lines that still
// say nothing but that stay as they were written.
func (c converter) setRemoved(row models.Schedule, keys []string) (string, error) {
	zone, err := row.Zone(c.zone)
	if err != nil {
		return "", err
	}
	_, lines := models.SplitRecurrence(row.Recurrence)
	var kept, covered []string
	for _, line := range lines {
		says := exdateKeys([]string{line}, row.AllDay, row.StartAt, zone)
		if len(without(says, keys)) == 0 {
			kept, covered = append(kept, line), append(covered, says...)
		}
	}
	for _, key := range keySet(keyList(without(keys, covered))) {
		kept = append(kept, exdateLine(key, zone))
	}
	return strings.Join(kept, "\n"), nil
}

// rulesToGoogle is a row's rule in the forms that Google takes: UNTIL in UTC for
// timed series and as a date for all-day ones, RDATE and EXRULE with their zone.
// Whatever is not understood goes as it is.
func rulesToGoogle(lines []string, allDay bool, zone *time.Location) []string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = line
		head, value, found := strings.Cut(line, ":")
		switch upper := strings.ToUpper(head); {
		case !found:
		case strings.HasPrefix(upper, "RRULE"), strings.HasPrefix(upper, "EXRULE"):
			out[i] = upper + ":" + untilToGoogle(strings.ToUpper(value), allDay, zone)
		case upper == "RDATE" && !allDay && !strings.Contains(value, "Z"):
			out[i] = "RDATE;TZID=" + zone.String() + ":" + value
		case upper == "RDATE" && allDay:
			out[i] = "RDATE;VALUE=DATE:" + value
		}
	}
	return out
}

func untilToGoogle(rule string, allDay bool, zone *time.Location) string {
	parts := strings.Split(rule, ";")
	for i, part := range parts {
		value, is := strings.CutPrefix(part, "UNTIL=")
		if !is || strings.HasSuffix(value, "Z") && !allDay {
			continue
		}
		until, err := models.ReadUntil(value, allDay, zone)
		switch {
		case err != nil:
		case allDay:
			parts[i] = "UNTIL=" + until.Format(dateKey)
		default:
			parts[i] = "UNTIL=" + until.UTC().Format(instantKey)
		}
	}
	return strings.Join(parts, ";")
}
