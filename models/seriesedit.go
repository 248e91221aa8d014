package models

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// A shift tells how a series moves with the occurrence that a person edited:
// what began at from begins at to, by the clock of the row that it moves to.
type shift struct {
	from, to Wall
	allDay   bool // of the row that it moves to
	zone     *time.Location
	kind     bool // all-day became timed, or the other way round
}

// none says that nothing moves.
func (m shift) none() bool { return !m.kind && m.from == m.to }

// days is by how many calendar days.
func (m shift) days() int {
	return int(m.to.Date().Sub(m.from.Date().Time).Hours() / 24)
}

// move is where another moment of the series goes.
func (m shift) move(w Wall) Wall {
	switch {
	case m.allDay:
		return w.Date().AddDays(m.days())
	case m.kind:
		return m.to.AddDays(int(w.Date().Sub(m.from.Date().Time).Hours() / 24))
	}
	return Wall{m.to.Add(w.Sub(m.from.Time))}
}

// endBefore is a series' recurrence without what begins at or after at, in the
// form that fits its row: UNTIL a date for all-day series, and UTC for others.
// A rule that had ended by then keeps its end.
func (r Series) endBefore(recurrence string, at Wall) string {
	return r.eachLine(recurrence, func(name, head, value, line string) []string {
		switch name {
		case "RRULE":
			rule, err := r.parseRule(strings.ToUpper(value))
			if err != nil || !r.goesOn(rule, at) {
				return []string{line}
			}
			until := at.In(r.zone).Add(-time.Second).UTC().Format(icalInstant)
			if r.allDay {
				until = at.AddDays(-1).Format(icalDate)
			}
			return []string{head + ":" + setPart(dropPart(value, "COUNT"), "UNTIL", until)}
		case "RDATE", "EXDATE":
			return r.dateLines(name, line, func(w Wall) (Wall, bool) { return w, w.Before(at.Time) }, shift{allDay: r.allDay, zone: r.zone})
		}
		return []string{line}
	})
}

// restFrom is the recurrence of a series that goes on from m.from as another
// row. Lines that the person left as they stood in the old row move along, less
// what came before; lines that were typed anew are taken as they are.
func (r Series) restFrom(old, typed string, m shift) string {
	kept := strings.Split(strings.ReplaceAll(old, "\r\n", "\n"), "\n")
	return r.eachLine(typed, func(name, head, value, line string) []string {
		if !slices.Contains(kept, line) {
			return []string{line}
		}
		switch name {
		case "RRULE", "EXRULE":
			return r.restOfRule(head, value, line, m)
		case "RDATE", "EXDATE":
			return r.dateLines(name, line, func(w Wall) (Wall, bool) { return m.move(w), !w.Before(m.from.Time) }, m)
		}
		return []string{line}
	})
}

// restOfRule reduces COUNT by what came before and moves UNTIL and the days of
// the week.
func (r Series) restOfRule(head, value, line string, m shift) []string {
	rule, err := r.parseRule(strings.ToUpper(value))
	if err != nil {
		return []string{line}
	}
	if rule.option.Count > 0 {
		left := rule.option.Count - len(r.expand(rule, r.start, m.from))
		if left <= 0 {
			return nil
		}
		if left < rule.option.Count {
			value = setPart(value, "COUNT", strconv.Itoa(left))
		}
	}
	if m.none() {
		return []string{head + ":" + value}
	}
	if !rule.until.IsZero() {
		last := m.move(WallClock(rule.until.In(r.zone)))
		until := last.In(m.zone).UTC().Format(icalInstant)
		if m.allDay {
			until = last.Format(icalDate)
		}
		value = setPart(value, "UNTIL", until)
	}
	return []string{head + ":" + moveDays(value, m)}
}

// weekdays are RFC 5545's names, in order.
var weekdays = []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}

// moveDays moves the days that a rule names by as much as its series: a weekly
// one's weekdays, and a monthly one's single day of the month. Others stay as
// they are written.
func moveDays(rule string, m shift) string {
	upper := strings.ToUpper(rule)
	by := part(upper, "BYDAY")
	switch {
	case m.days() == 0:
	case part(upper, "FREQ") == "WEEKLY" && by != "":
		var moved []string
		for _, day := range strings.Split(by, ",") {
			i := slices.Index(weekdays, day)
			if i < 0 {
				return rule
			}
			moved = append(moved, weekdays[((i+m.days())%7+7)%7])
		}
		return setPart(rule, "BYDAY", strings.Join(moved, ","))
	case part(upper, "FREQ") == "MONTHLY" && part(upper, "BYMONTHDAY") == strconv.Itoa(m.from.Day()):
		return setPart(rule, "BYMONTHDAY", strconv.Itoa(m.to.Day()))
	case part(upper, "FREQ") == "MONTHLY" && by == ordinalDay(m.from):
		return setPart(rule, "BYDAY", ordinalDay(m.to))
	}
	return rule
}

// ordinalDay is which weekday of its month a day is, such as 2TU.
func ordinalDay(w Wall) string {
	return strconv.Itoa((w.Day()-1)/7+1) + weekdays[w.Weekday()]
}

// dateLines writes the values of an RDATE or EXDATE line that keep takes, one a
// line in the contract's form. A line of which nothing changes stays as it is.
func (r Series) dateLines(name, line string, keep func(Wall) (Wall, bool), m shift) []string {
	dates, err := r.readDates(line)
	if err != nil {
		return []string{line}
	}
	var lines []string
	same := true
	for _, date := range dates {
		to, kept := keep(date)
		same = same && kept && to == date
		if kept {
			lines = append(lines, dateLine(name, to, m.allDay, m.zone))
		}
	}
	if same && !m.kind {
		return []string{line}
	}
	return lines
}

// dateLine is one date as the contract has it.
func dateLine(name string, w Wall, allDay bool, zone *time.Location) string {
	if allDay {
		return name + ";VALUE=DATE:" + w.Format(icalDate)
	}
	return name + ";TZID=" + zone.String() + ":" + w.Format(icalClock)
}

// eachLine rewrites a recurrence line by line.
func (r Series) eachLine(recurrence string, rewrite func(name, head, value, line string) []string) string {
	var out []string
	for line := range strings.Lines(recurrence) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		head, value, _ := strings.Cut(line, ":")
		name, _, _ := strings.Cut(strings.ToUpper(head), ";")
		out = append(out, rewrite(name, head, value, line)...)
	}
	return strings.Join(out, "\n")
}

// part is the value of one part of a rule, "" where it has none.
func part(rule, name string) string {
	for _, p := range strings.Split(rule, ";") {
		if key, value, _ := strings.Cut(p, "="); strings.EqualFold(key, name) {
			return value
		}
	}
	return ""
}

func dropPart(rule, name string) string {
	return strings.Join(slices.DeleteFunc(strings.Split(rule, ";"), func(p string) bool {
		key, _, _ := strings.Cut(p, "=")
		return strings.EqualFold(key, name)
	}), ";")
}

func setPart(rule, name, value string) string {
	return dropPart(rule, name) + ";" + name + "=" + value
}
