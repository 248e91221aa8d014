package views

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"agcrm-google/models"
)

// ruleParts are what a rule may consist of to be told in words.
var ruleParts = []string{"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYSETPOS", "COUNT", "UNTIL", "WKST"}

// weekdayNames are RFC 5545's, in order.
var weekdayNames = []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

// RuleText tells a recurrence in plain words, such as 毎週 月・水 or 毎月
// 第2火曜日; start is when the first occurrence begins. Of a rule that no
// sentence tells it names the first dates, and of one that cannot be expanded
// only that it repeats.
func (p Page) RuleText(recurrence string, start models.Wall, zone *time.Location) string {
	rules, exdates := models.SplitRecurrence(recurrence)
	text := ""
	if len(rules) == 1 {
		if value, is := strings.CutPrefix(strings.ToUpper(rules[0]), "RRULE:"); is {
			text = p.oneRule(value, start, zone)
		}
	}
	if text == "" {
		return p.firstDates(recurrence, start, zone)
	}
	if removed := p.removedText(exdates); removed != "" {
		text = p.T("rule.except", "rule", text, "dates", removed)
	}
	return text
}

// firstDates tells a recurrence by its first dates.
func (p Page) firstDates(recurrence string, start models.Wall, zone *time.Location) string {
	const told, years = 3, 5
	row := models.Schedule{StartAt: start, EndAt: start, TimeZone: zone.String(), Recurrence: recurrence}
	series, ok := models.SeriesOf(row, zone)
	if !ok {
		return p.T("schedule.repeats")
	}
	var dates []string
	for year := 0; year < years && len(dates) <= told; year++ {
		from := models.Wall{Time: start.AddDate(year, 0, 0)}
		for _, at := range series.Between(from, models.Wall{Time: start.AddDate(year+1, 0, 0)}) {
			dates = append(dates, p.Date(at.Time))
		}
	}
	if len(dates) > told {
		dates = append(dates[:told], "…")
	}
	if len(dates) == 0 {
		return p.T("schedule.repeats")
	}
	return p.T("rule.dates", "dates", strings.Join(dates, p.T("rule.comma")))
}

// oneRule tells one RRULE; empty where it holds more than people say in a
// sentence.
func (p Page) oneRule(value string, start models.Wall, zone *time.Location) string {
	parts := map[string]string{}
	for _, part := range strings.Split(value, ";") {
		name, text, _ := strings.Cut(part, "=")
		if !slices.Contains(ruleParts, name) {
			return ""
		}
		parts[name] = text
	}
	every := p.every(parts["FREQ"], parts["INTERVAL"])
	days, ok := p.ruleDays(parts, start)
	if every == "" || !ok {
		return ""
	}
	text := every
	if days != "" {
		text = p.T("rule.on", "every", every, "days", days)
	}
	if parts["COUNT"] != "" {
		text = p.T("rule.count", "rule", text, "count", parts["COUNT"])
	}
	if until := parts["UNTIL"]; until != "" {
		day, err := untilDay(until, zone)
		if err != nil {
			return ""
		}
		text = p.T("rule.until", "rule", text, "date", p.Date(day))
	}
	return text
}

// every is the rule's pace: 毎週, or 2週間ごと.
func (p Page) every(freq, interval string) string {
	if !slices.Contains([]string{"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}, freq) {
		return ""
	}
	unit := strings.ToLower(freq)
	if interval == "" || interval == "1" {
		return p.T("rule.each." + unit)
	}
	if n, err := strconv.Atoi(interval); err != nil || n < 1 {
		return ""
	}
	return p.T("rule.every."+unit, "count", interval)
}

// ruleDays are the days that a rule names, or its start where people would
// name them. ok is false where they are more than a list of days.
func (p Page) ruleDays(parts map[string]string, start models.Wall) (days string, ok bool) {
	by, monthDay, position := parts["BYDAY"], parts["BYMONTHDAY"], parts["BYSETPOS"]
	switch freq := parts["FREQ"]; {
	case position != "":
		return p.positionOf(by, position, freq == "MONTHLY" && monthDay == "")
	case freq == "MONTHLY" && by == "" && monthDay == "-1":
		return p.T("rule.month_end"), true
	case freq == "WEEKLY" && monthDay == "":
		if by == "" {
			by = weekdayNames[start.Weekday()]
		}
		return p.weekdayList(by)
	case freq == "MONTHLY" && by == "":
		if monthDay == "" {
			monthDay = strconv.Itoa(start.Day())
		}
		if n, err := strconv.Atoi(monthDay); err != nil || n < 1 {
			return "", false
		}
		return p.T("rule.month_day", "day", monthDay), true
	case freq == "MONTHLY" && monthDay == "":
		return p.ordinalDays(by)
	case freq == "YEARLY" && by == "" && monthDay == "":
		return p.T("format.year_day", p.dateParts(start.Time)...), true
	}
	return "", parts["FREQ"] == "DAILY" && by == "" && monthDay == ""
}

func (p Page) weekdayList(by string) (string, bool) {
	var names []string
	for _, day := range strings.Split(by, ",") {
		i := slices.Index(weekdayNames, day)
		if i < 0 {
			return "", false
		}
		names = append(names, p.Weekday(time.Weekday(i)))
	}
	return strings.Join(names, p.T("rule.comma")), true
}

// workdays are Monday to Friday, in any order.
const workdays = 5

// positionOf tells which of the weekdays of a month is meant: the last Friday,
// or the last weekday.
func (p Page) positionOf(by, position string, monthly bool) (string, bool) {
	days := strings.Split(by, ",")
	switch {
	case !monthly || !slices.Contains(ordinals, position):
		return "", false
	case len(days) == 1:
		return p.ordinalDay(position + by)
	case len(days) == workdays && !strings.Contains(by, "S") && len(by) == len("MO,TU,WE,TH,FR"):
		return p.T("rule.ordinal."+position, "weekday", p.T("rule.workday")), true
	}
	return "", false
}

// ordinalDays are weekdays of the month, such as 2TU,-1TU.
func (p Page) ordinalDays(by string) (string, bool) {
	var names []string
	for _, day := range strings.Split(by, ",") {
		name, ok := p.ordinalDay(day)
		if !ok {
			return "", false
		}
		names = append(names, name)
	}
	return strings.Join(names, p.T("rule.comma")), true
}

// ordinals are the positions that have a name.
var ordinals = []string{"1", "2", "3", "4", "5", "-1"}

// ordinalDay is a weekday of the month such as 2TU or -1FR.
func (p Page) ordinalDay(by string) (string, bool) {
	if len(by) < 3 {
		return "", false
	}
	i := slices.Index(weekdayNames, by[len(by)-2:])
	n := strings.TrimPrefix(by[:len(by)-2], "+")
	if i < 0 || !slices.Contains(ordinals, n) {
		return "", false
	}
	return p.T("rule.ordinal."+n, "weekday", p.T("format.weekday_name."+strconv.Itoa(i))), true
}

// untilDay is the last day on which an occurrence may begin.
func untilDay(until string, zone *time.Location) (time.Time, error) {
	if at, err := time.Parse("20060102T150405Z", until); err == nil {
		return at.In(zone), nil
	}
	return time.Parse("20060102", until[:min(len(until), 8)])
}

// removedText lists the days of removed occurrences, the first few of them.
func (p Page) removedText(exdates []string) string {
	const most = 5
	var days []string
	for _, line := range exdates {
		_, values, _ := strings.Cut(line, ":")
		for _, value := range strings.Split(values, ",") {
			if day, err := time.Parse("20060102", value[:min(len(value), 8)]); err == nil {
				days = append(days, p.Date(day))
			}
		}
	}
	if len(days) > most {
		days = append(days[:most], "…")
	}
	return strings.Join(days, p.T("rule.comma"))
}
