package handlers

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
	"agcrm-google/views"
)

// The most that the repeat editor takes.
const (
	mostEvery = 99
	mostCount = 999
)

// repeat reads the repeat editor. Lines that were typed by hand come first; an
// editor that still shows what the row has leaves its lines as they stand.
func (t *typedAppointment) repeat(values url.Values, before models.Schedule, def *time.Location) {
	if !values.Has("repeat") || values.Get("repeat") == "raw" || t.row.Recurrence != before.Recurrence {
		return
	}
	zone, err := t.row.Zone(def)
	if err != nil {
		return // told beside its own field
	}
	if sameRepeat(values, views.RepeatOf(before.Recurrence, before.StartAt, zone)) {
		return
	}
	rule, problem := compileRepeat(values, t.row, zone)
	if problem != nil {
		t.add(problem)
		return
	}
	t.beginWith(rule, def)
	_, removed := models.SplitRecurrence(before.Recurrence)
	lines := append([]string{rule}, removed...)
	if rule == "" {
		lines = nil
	}
	t.row.Recurrence = strings.Join(lines, "\n")
	t.form.Values.Set("recurrence", t.row.Recurrence)
}

// beginWith moves the row to the first day that its new rule names, where it was
// typed for another: a series begins with its first occurrence.
func (t *typedAppointment) beginWith(rule string, def *time.Location) {
	const years = 5
	row := t.row
	row.Recurrence = rule
	series, ok := models.SeriesOf(row, def)
	if !ok || row.StartAt.IsZero() || series.Has(row.StartAt) {
		return
	}
	for year := range years {
		from := models.Wall{Time: row.StartAt.AddDate(year, 0, 0)}
		starts := series.Between(from, models.Wall{Time: row.StartAt.AddDate(year+1, 0, 0)})
		if len(starts) > 0 {
			later := starts[0].Sub(row.StartAt.Time)
			t.row.StartAt, t.later = starts[0], later
			t.row.EndAt = models.Wall{Time: row.EndAt.Add(later)}
			return
		}
	}
}

// ruleSentence tells in words what the repeat editor says in the moment, or
// what is wrong with it, while somebody fills it in.
func (s *server) ruleSentence(c echo.Context) error {
	page := pageOf(c)
	typed := readAppointment(c.QueryParams(), models.Schedule{}, nil, s.config.Location())
	zone, err := typed.row.Zone(s.config.Location())
	for _, p := range typed.problems {
		if p.Field == "repeat" || p.Field == "recurrence" {
			return c.String(http.StatusOK, page.Say(p.Message))
		}
	}
	if err != nil || typed.row.Recurrence == "" || typed.row.StartAt.IsZero() {
		return c.NoContent(http.StatusNoContent)
	}
	told := page.RuleText(typed.row.Recurrence, typed.row.StartAt, zone)
	if typed.later > 0 {
		told = page.T("rule.from", "rule", told, "date", page.Date(typed.row.StartAt.Time))
	}
	return c.String(http.StatusOK, told)
}

// sameRepeat says whether two forms of the editor mean the same.
func sameRepeat(a, b url.Values) bool {
	if a.Get("repeat") != b.Get("repeat") {
		return false
	}
	if a.Get("repeat") == "" {
		return true
	}
	for _, name := range views.RepeatFields {
		if !slices.Equal(nonEmpty(a[name]), nonEmpty(b[name])) {
			return false
		}
	}
	return true
}

func nonEmpty(values []string) []string {
	sorted := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
	slices.Sort(sorted)
	return sorted
}

// compileRepeat is the rule that the editor means for a row; "" is none.
func compileRepeat(values url.Values, row models.Schedule, zone *time.Location) (string, error) {
	unit := values.Get("repeat")
	if unit == "" {
		return "", nil
	}
	if !slices.Contains(views.RepeatUnits, unit) {
		return "", models.Invalid("repeat", "repeat.unknown")
	}
	rule := "RRULE:FREQ=" + frequency(unit)
	if every := wholeNumber(values.Get("repeat_every")); values.Get("repeat_every") != "" && (every < 1 || every > mostEvery) {
		return "", models.Invalid("repeat", "repeat.every_range", "max", strconv.Itoa(mostEvery))
	} else if every > 1 {
		rule += ";INTERVAL=" + strconv.Itoa(every)
	}
	switch unit {
	case "weekly":
		days := weekdaysIn(values["repeat_days"])
		if len(days) > 0 {
			rule += ";BYDAY=" + strings.Join(days, ",")
		}
	case "ordinal":
		rule += ";BYDAY=" + views.OrdinalDay(row.StartAt)
	case "last":
		rule += ";BYDAY=-1" + views.OrdinalDay(row.StartAt)[1:]
	}
	end, err := repeatEnd(values, row, zone)
	return rule + end, err
}

func frequency(unit string) string {
	if unit == "ordinal" || unit == "last" {
		return "MONTHLY"
	}
	return strings.ToUpper(unit)
}

// weekdaysIn are the days that were ticked, in order from Monday.
func weekdaysIn(ticked []string) []string {
	return slices.DeleteFunc([]string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}, func(day string) bool { return !slices.Contains(ticked, day) })
}

// repeatEnd is the part of a rule that ends it: after a number of times or with
// a day, in the form that fits the row.
func repeatEnd(values url.Values, row models.Schedule, zone *time.Location) (string, error) {
	count, until := values.Get("repeat_count"), values.Get("repeat_until")
	switch {
	case count != "" && until != "":
		return "", models.Invalid("repeat", "repeat.one_end")
	case count != "":
		n := wholeNumber(count)
		if n < 1 || n > mostCount {
			return "", models.Invalid("repeat", "repeat.count_range", "max", strconv.Itoa(mostCount))
		}
		return ";COUNT=" + strconv.Itoa(n), nil
	case until == "":
		return "", nil
	}
	day, err := time.Parse(time.DateOnly, until)
	switch {
	case err != nil:
		return "", models.Invalid("repeat", "schedule.date_form")
	case day.Before(row.StartAt.Date().Time):
		return "", models.Invalid("repeat", "repeat.until_before_start")
	case row.AllDay:
		return ";UNTIL=" + day.Format("20060102"), nil
	}
	end := models.Wall{Time: day.Add(24*time.Hour - time.Second)}.In(zone).UTC()
	return ";UNTIL=" + end.Format("20060102T150405Z"), nil
}
