package views

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"time"

	"agcrm-google/models"
)

// Entry is one appointment as the schedule page shows it. A masked one is
// another person's private appointment: nothing but its time is in here.
type Entry struct {
	ID         int64
	Subject    string
	Location   string
	OwnerID    int64
	Owner      string // name of the owner where that is not the reader
	Start, End time.Time
	AllDay     bool
	Masked     bool
	Repeats    bool
	Private    bool
	Free       bool        // does not make its people busy
	Occurrence models.Wall // original start of an occurrence of a series that could be expanded
	Color      int
	With       []string // names of those who take part besides the owner
	Badge      *Badge   // how it stands with Google; nil where that is nobody's question
	People     []int64  // those of the people shown whose it is
	Own        bool     // the reader's, who may change it
	Version    int64    // of the row, as read
}

// Badge tells how an appointment stands with Google. Sign is shown where there
// is no room for words; Tone is a badge's colour. Reason is why it is left
// aside.
type Badge struct {
	Sign, Tone string
	Key        string
	Reason     models.Message
	Hint       string // key of what to know before editing, or empty
}

// The badges that there are. That of an appointment that is left aside has a
// Reason besides.
var (
	BadgeSynced  = Badge{Sign: "✓", Tone: "ok", Key: "badge.synced"}
	BadgePending = Badge{Sign: "…", Key: "badge.pending"}
	BadgeHeld    = Badge{Sign: "!", Tone: "warn", Key: "badge.held"}
	BadgeAside   = Badge{Sign: "–", Tone: "warn", Key: "badge.left_aside"}
)

// badgeText is a badge in words.
func (p Page) badgeText(b Badge) string {
	if b.Reason.Key != "" {
		return p.T("badge.aside", "reason", p.Say(b.Reason))
	}
	return p.T(b.Key)
}

// Day is one day of the schedule with what takes place on it. Its date is
// midnight UTC of that calendar day, whatever the reader's zone.
type Day struct {
	Date    time.Time
	Outside bool // of the month that is shown
	Today   bool
	Holiday string // key of the name of a public holiday; empty on other days
	Entries []Entry
}

// Arrange spreads entries over days; those that last several days stand on
// each of them, all-day ones first. Start and End of entries are clock
// readings of the reader, written as UTC; End of an all-day one is inclusive.
func Arrange(from time.Time, count int, today time.Time, entries []Entry) []Day {
	days := make([]Day, count)
	for i := range days {
		days[i].Date = from.AddDate(0, 0, i)
		days[i].Today = days[i].Date.Equal(today)
		days[i].Holiday = holidayOn(days[i].Date)
	}
	for _, e := range entries {
		first, last := daysBetween(from, e.Start), daysBetween(from, lastDay(e))
		for i := max(0, first); i <= min(last, count-1); i++ {
			days[i].Entries = append(days[i].Entries, e)
		}
	}
	for _, day := range days {
		slices.SortStableFunc(day.Entries, func(a, b Entry) int {
			if a.AllDay != b.AllDay {
				if a.AllDay {
					return -1
				}
				return 1
			}
			return cmp.Or(a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID))
		})
	}
	return days
}

// lastDay is a moment on the last day that an entry touches: one that ends at
// midnight does not touch the day that begins then.
func lastDay(e Entry) time.Time {
	if e.AllDay || !e.End.After(e.Start) {
		return e.End
	}
	return e.End.Add(-time.Second)
}

// daysBetween counts calendar days from midnight of one to the day of the other.
func daysBetween(from, to time.Time) int {
	day := time.Date(to.Year(), to.Month(), to.Day(), 0, 0, 0, 0, time.UTC)
	return int(day.Sub(from).Hours() / 24)
}

// clockOn is the time shown before an entry on one of its days, empty for
// all-day entries and for days that it merely goes on through.
func (p Page) clockOn(e Entry, day time.Time) string {
	switch {
	case e.AllDay:
		return ""
	case daysBetween(day, e.Start) == 0:
		return p.Clock(e.Start)
	case daysBetween(day, lastDay(e)) == 0:
		return p.T("schedule.until", "time", p.Clock(e.End))
	default:
		return ""
	}
}

// spanOn is clockOn with the end, for the list, and which day it is of those
// that last several.
func (p Page) spanOn(e Entry, day time.Time) string {
	before, after := -daysBetween(day, e.Start), daysBetween(day, lastDay(e))
	switch {
	case !e.AllDay && before == 0 && after == 0:
		return p.T("format.span", "start", p.Clock(e.Start), "end", p.Clock(e.End))
	case !e.AllDay && before == 0:
		return p.T("schedule.from", "time", p.Clock(e.Start))
	case !e.AllDay && after == 0:
		return p.clockOn(e, day)
	case before == 0 && after == 0:
		return p.T("field.all_day")
	}
	return p.T("schedule.day_of", "day", p.Number(int64(before+1)), "days", p.Number(int64(before+after+1)))
}

// WeekStart is the weekday that a week begins with in the page's language.
func (p Page) WeekStart() time.Weekday {
	first, _ := strconv.Atoi(p.T("format.week_start"))
	return time.Weekday(first)
}

// wider is the view that has room for all of a column's entries.
func (v ScheduleView) wider(c Column) string {
	if v.Mode == "week" {
		return v.at("day", c.Date)
	}
	return v.at("list", c.Date)
}

// signs are the badges that the page shows, each kind once, without the reasons
// that are an appointment's own.
func (v ScheduleView) signs() []Badge {
	var found []Badge
	for _, kind := range []Badge{BadgeSynced, BadgePending, BadgeHeld, BadgeAside} {
		if slices.ContainsFunc(v.Days, func(d Day) bool {
			return slices.ContainsFunc(d.Entries, func(e Entry) bool { return e.Badge != nil && e.Badge.Sign == kind.Sign })
		}) {
			found = append(found, kind)
		}
	}
	return found
}

// heading names the span of days.
func (v ScheduleView) heading(p Page) string {
	switch v.Mode {
	case "day":
		return p.Day(v.Date)
	case "week":
		return p.T("format.span", "start", p.Date(v.Days[0].Date), "end", p.Date(v.Days[len(v.Days)-1].Date))
	default:
		return p.Month(v.Date)
	}
}

// at is the address of the schedule in another view or at another date, for
// the same people.
func (v ScheduleView) at(mode string, date time.Time) string {
	query := url.Values{"view": {mode}, "date": {date.Format(time.DateOnly)}}
	for _, id := range v.Shown {
		query.Add("user", number(id))
	}
	return href("/schedule?" + query.Encode())
}

// alone is the address of one person's schedule.
func (v ScheduleView) alone(id int64) string {
	return href("/schedule?view=" + v.Mode + "&date=" + v.Date.Format(time.DateOnly) + "&user=" + number(id))
}

// addable says whether a click adds an appointment in a place that belongs to
// a person, or to all that are shown where that is 0: it is the reader's own.
func (v ScheduleView) addable(p Page, id int64) bool {
	if id == 0 {
		return len(v.Shown) == 1 && v.Shown[0] == p.User.ID
	}
	return id == p.User.ID
}

// weeks are the days in rows of seven.
func (v ScheduleView) weeks() [][]Day { return slices.Collect(slices.Chunk(v.Days, 7)) }

// class marks weekends, and holidays as Sundays.
func (d Day) class() string {
	if d.Holiday != "" {
		return weekendClass(time.Sunday)
	}
	return weekendClass(d.Date.Weekday())
}

// narrowClass hides the list wherever the grid of hours is wide enough to read.
func (v ScheduleView) narrowClass() string {
	if v.Mode == "day" && len(v.Shown) <= 2 {
		return "never"
	}
	return "narrow-only"
}

// weekendClass marks Saturdays and Sundays.
func weekendClass(d time.Weekday) string {
	switch d {
	case time.Sunday:
		return "sunday"
	case time.Saturday:
		return "saturday"
	default:
		return ""
	}
}

// compared are the fields of an appointment that two versions are compared by.
var compared = []string{"subject", "start_at", "end_at", "all_day", "time_zone", "location", "body", "private", "busy", "color_id", "recurrence"}

// shown is a field's value in words.
func (p Page) shown(f Form, field string) string {
	value := f.Get(field)
	switch field {
	case "all_day", "private", "busy":
		if value == "on" {
			return p.T("word.yes")
		}
		return p.T("word.no")
	case "color_id":
		if value == "" {
			return p.T("color.default")
		}
		return p.Word("color.", value)
	case "start_at", "end_at":
		if at, err := models.ParseWall(value); err == nil && !at.IsZero() {
			if len(value) == len(time.DateOnly) {
				return p.Day(at.Time)
			}
			return p.Day(at.Time) + " " + p.Clock(at.Time)
		}
	}
	if value == "" {
		return "–"
	}
	return value
}

// differing are the fields in which what was typed is not what stands in the
// table now. Where somebody changed only what the form does not show, or
// changed it to the same, there is none.
func (v AppointmentView) differing() []string {
	return slices.DeleteFunc(slices.Clone(compared), func(field string) bool {
		return v.Form.Get(field) == v.Changed.Get(field)
	})
}

// FormOf is an appointment as its form's fields.
func FormOf(s models.Schedule, participants []int64) Form {
	clock := func(w models.Wall) string { return ClockValue(w, s.AllDay) }
	values := url.Values{
		"subject": {s.Subject}, "location": {s.Location}, "body": {s.Body},
		"start_at": {clock(s.StartAt)}, "end_at": {clock(s.EndAt)}, "time_zone": {s.TimeZone},
		"color_id": {colorValue(s.ColorID)}, "recurrence": {s.Recurrence}, "row_version": {number(s.RowVersion)},
	}
	for field, on := range map[string]bool{"all_day": s.AllDay, "private": s.Private, "busy": s.Busy} {
		if on {
			values.Set(field, "on")
		}
	}
	for _, id := range participants {
		values.Add("participants", number(id))
	}
	return Form{Values: values}
}

// withRepeat adds the repeat editor's fields to a form that was not typed yet.
func (v AppointmentView) withRepeat(p Page) AppointmentView {
	if v.Form.Values.Has("repeat") {
		return v
	}
	start, err := models.ParseWall(v.Form.Get("start_at"))
	if err != nil {
		return v
	}
	v.Form.Values = maps.Clone(v.Form.Values)
	maps.Copy(v.Form.Values, RepeatOf(v.Form.Get("recurrence"), start, v.zone(p)))
	return v
}

// emptyDays says whether nothing takes place on any of the days.
func emptyDays(days []Day) bool {
	return !slices.ContainsFunc(days, func(d Day) bool { return len(d.Entries) > 0 })
}
