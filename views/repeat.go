package views

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"agcrm-google/models"
)

// RepeatUnits are what the repeat editor offers besides never and lines typed
// by hand: "ordinal" is the same weekday of the month counted from its
// beginning, "last" the last one.
var RepeatUnits = []string{"daily", "weekly", "monthly", "ordinal", "last", "yearly"}

// RepeatFields are the repeat editor's form fields.
var RepeatFields = []string{"repeat", "repeat_every", "repeat_days", "repeat_count", "repeat_until"}

// RepeatOf takes a recurrence apart into the repeat editor's fields; start is
// when the appointment begins. "repeat" is empty for none and "raw" for what
// the editor cannot show.
func RepeatOf(recurrence string, start models.Wall, zone *time.Location) url.Values {
	raw := url.Values{"repeat": {"raw"}}
	rules, _ := models.SplitRecurrence(recurrence)
	if len(rules) == 0 {
		return url.Values{"repeat": {""}}
	}
	value, is := strings.CutPrefix(strings.ToUpper(rules[0]), "RRULE:")
	if !is || len(rules) > 1 {
		return raw
	}
	parts := map[string]string{}
	for _, part := range strings.Split(value, ";") {
		name, text, _ := strings.Cut(part, "=")
		if !slices.Contains(ruleParts, name) {
			return raw
		}
		parts[name] = text
	}
	v := url.Values{"repeat_every": {parts["INTERVAL"]}, "repeat_count": {parts["COUNT"]}}
	if v.Get("repeat_every") == "" {
		v.Set("repeat_every", "1")
	}
	if until := parts["UNTIL"]; until != "" {
		day, err := untilDay(until, zone)
		if err != nil {
			return raw
		}
		v.Set("repeat_until", day.Format(time.DateOnly))
	}
	unit := repeatUnit(parts, start)
	if unit == "" {
		return raw
	}
	v.Set("repeat", unit)
	if unit == "weekly" && parts["BYDAY"] != "" {
		v["repeat_days"] = strings.Split(parts["BYDAY"], ",")
	}
	return v
}

// repeatUnit is the editor's word for a rule, empty where it has none.
func repeatUnit(parts map[string]string, start models.Wall) string {
	by, monthDay := parts["BYDAY"], parts["BYMONTHDAY"]
	plain := by == "" && monthDay == ""
	switch freq := parts["FREQ"]; {
	case freq == "WEEKLY" && monthDay == "":
		for _, day := range strings.Split(by, ",") {
			if by != "" && !slices.Contains(weekdayNames, day) {
				return ""
			}
		}
		return "weekly"
	case freq == "DAILY" && plain, freq == "YEARLY" && plain:
		return strings.ToLower(freq)
	case freq == "MONTHLY" && by == "" && (monthDay == "" || monthDay == strconv.Itoa(start.Day())):
		return "monthly"
	case freq == "MONTHLY" && monthDay == "" && by == "-1"+weekdayNames[start.Weekday()]:
		return "last"
	case freq == "MONTHLY" && monthDay == "" && by == OrdinalDay(start):
		return "ordinal"
	}
	return ""
}

// OrdinalDay is which weekday of its month a day is, such as 2TU.
func OrdinalDay(day models.Wall) string {
	return strconv.Itoa((day.Day()-1)/7+1) + weekdayNames[day.Weekday()]
}
