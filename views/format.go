package views

import (
	"strconv"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"agcrm-google/models"
)

// Each language's way to write a date stands in the catalogues; here only its
// parts are named.

func (p Page) dateParts(t time.Time) []string {
	month := strconv.Itoa(int(t.Month()))
	day := strconv.Itoa(t.Day())
	if t.Day() == 1 {
		day = p.T("format.first_day")
	}
	return []string{
		"year", strconv.Itoa(t.Year()), "month", month, "day", day,
		"month_name", p.T("format.month." + month),
		"weekday", p.Weekday(t.Weekday()),
		"weekday_name", p.T("format.weekday_name." + strconv.Itoa(int(t.Weekday()))),
	}
}

// Date writes a day: 2026年11月21日(土), 21 November 2026, 21 novembre 2026.
func (p Page) Date(t time.Time) string { return p.T("format.date", p.dateParts(t)...) }

// Day writes a day with its weekday in every language.
func (p Page) Day(t time.Time) string { return p.T("format.day", p.dateParts(t)...) }

// DayShort writes a day at the head of a column: 20日(金), Fri 20, ven. 20.
func (p Page) DayShort(t time.Time) string { return p.T("format.day_short", p.dateParts(t)...) }

// Month writes a month: 2026年11月, November 2026, novembre 2026.
func (p Page) Month(t time.Time) string { return p.T("format.month", p.dateParts(t)...) }

// Weekday is the short name of a weekday.
func (p Page) Weekday(d time.Weekday) string {
	return p.T("format.weekday." + strconv.Itoa(int(d)))
}

// Clock writes a time of day.
func (p Page) Clock(t time.Time) string { return t.Format("15:04") }

// Moment writes an instant in the page's zone; the zero time is a dash.
func (p Page) Moment(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	local := t.In(p.Zone)
	return p.T("format.moment", append(p.dateParts(local), "month2", local.Format("01"), "day2", local.Format("02"), "time", p.Clock(local))...)
}

// Number writes a number with the language's separators.
func (p Page) Number(n int64) string {
	return message.NewPrinter(language.Make(p.Locale)).Sprintf("%d", n)
}

// Span writes when an appointment takes place, by the clock of its own zone.
func (p Page) Span(s models.Schedule) string {
	start, end := s.StartAt.Time, s.EndAt.Time
	sameDay := start.Format(time.DateOnly) == end.Format(time.DateOnly)
	switch {
	case s.AllDay && sameDay:
		return p.T("format.all_day", "start", p.Day(start))
	case s.AllDay:
		return p.T("format.all_days", "start", p.Day(start), "end", p.Day(end))
	case sameDay:
		return p.T("format.span", "start", p.Day(start)+" "+p.Clock(start), "end", p.Clock(end))
	default:
		return p.T("format.span", "start", p.Day(start)+" "+p.Clock(start), "end", p.Day(end)+" "+p.Clock(end))
	}
}

// stamp is an instant for the datetime attribute of <time>.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
