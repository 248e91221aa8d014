package calsync

import (
	"slices"
	"strings"
	"time"

	"github.com/teambition/rrule-go"

	"agcrm-google/models"
)

// expandable is a series' rule, if it is one that can be expanded here: a single
// RRULE. It runs on wall-clock time, so that summer time does not move it.
func expandable(row models.Schedule, zone *time.Location) *rrule.RRule {
	rules, _ := models.SplitRecurrence(row.Recurrence)
	if len(rules) != 1 || !strings.HasPrefix(strings.ToUpper(rules[0]), "RRULE:") {
		return nil
	}
	option, err := rrule.StrToROption(strings.ToUpper(rules[0])[len("RRULE:"):])
	if err != nil {
		return nil
	}
	option.Dtstart = row.StartAt.Time
	if row.AllDay {
		option.Dtstart = row.StartAt.Date().Time
	} else if !option.Until.IsZero() && strings.HasSuffix(untilOf(rules[0]), "Z") {
		option.Until = models.WallClock(option.Until.In(zone)).Time
	}
	rule, err := rrule.NewRRule(*option)
	if err != nil {
		return nil
	}
	return rule
}

func untilOf(rule string) string {
	for _, part := range strings.FieldsFunc(strings.ToUpper(rule), func(c rune) bool { return c == ';' || c == ':' }) {
		if until, is := strings.CutPrefix(part, "UNTIL="); is {
			return until
		}
	}
	return ""
}

// longestCount bounds the series that are expanded to their end.
const longestCount = 5000

// lastStart is the last wall-clock start of a series, if it has one that can be
// told. It is used for the window only: when in doubt a series goes on.
func (c converter) lastStart(row models.Schedule) (last models.Wall, ends bool) {
	zone, err := row.Zone(c.zone)
	if err != nil {
		return models.Wall{}, false
	}
	rule := expandable(row, zone)
	if rule == nil {
		return models.Wall{}, false
	}
	if until := rule.OrigOptions.Until; !until.IsZero() {
		return models.WallClock(until), true
	}
	if n := rule.OrigOptions.Count; n == 0 || n > longestCount {
		return models.Wall{}, false
	}
	all := rule.All()
	if len(all) == 0 {
		return models.Wall{}, false
	}
	return models.WallClock(all[len(all)-1]), true
}

// occurs tells whether a series has an occurrence with that original start. When
// in doubt it does: Google is asked about each.
func (c converter) occurs(series models.Schedule, key string) bool {
	zone, err := series.Zone(c.zone)
	at, date, err2 := keyTime(key)
	if err != nil || err2 != nil {
		return true
	}
	rule := expandable(series, zone)
	if rule == nil {
		return true
	}
	if date != series.AllDay {
		return false
	}
	if !date {
		at = models.WallClock(at.In(zone)).Time
	}
	return slices.ContainsFunc(rule.Between(at, at, true), at.Equal)
}
