package models

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// Series is the recurrence of a row, taken apart: when its occurrences begin.
// All its times are clock readings in the row's zone; only a reading that a change
// to summer time skips stands for a later one too. It is for pages and for the
// edits that people make there; synchronisation carries rules as they stand.
type Series struct {
	start    Wall
	allDay   bool
	zone     *time.Location // that its clock readings are in; UTC for dates
	home     *time.Location // the row's own
	rules    []repetition
	excluded []repetition // EXRULE
	dates    []Wall       // RDATE, or the start itself where there is no rule
	removed  []Wall       // EXDATE
}

// repetition is one RRULE or EXRULE line. The library knows no dates as an
// UNTIL and mishandles zones, so its own UNTIL is not used for the rule's.
type repetition struct {
	option rrule.ROption
	until  time.Time // an instant; zero = none
}

// SeriesOf takes a row's recurrence apart; def is the zone of rows that name
// none. ok is false where it holds what we cannot expand: such a series is
// carried unchanged and shown at its first date only.
func SeriesOf(s Schedule, def *time.Location) (series Series, ok bool) {
	zone, err := s.Zone(def)
	if err != nil || s.Recurrence == "" {
		return Series{}, false
	}
	series = Series{start: s.StartAt, allDay: s.AllDay, zone: zone, home: zone}
	if s.AllDay {
		series.start, series.zone = s.StartAt.Date(), time.UTC
	}
	for line := range strings.Lines(s.Recurrence) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if series.addLine(line) != nil {
			return Series{}, false
		}
	}
	if len(series.rules) == 0 {
		series.dates = append(series.dates, series.start)
	}
	return series, true
}

func (r *Series) addLine(line string) error {
	head, value, found := strings.Cut(line, ":")
	if !found {
		return fmt.Errorf("no value in %q", line)
	}
	name, _, _ := strings.Cut(strings.ToUpper(head), ";")
	switch name {
	case "RRULE", "EXRULE":
		rule, err := r.parseRule(strings.ToUpper(value))
		if err != nil {
			return err
		}
		if name == "RRULE" {
			r.rules = append(r.rules, rule)
		} else {
			r.excluded = append(r.excluded, rule)
		}
		return nil
	case "RDATE":
		dates, err := r.readDates(line)
		r.dates = append(r.dates, dates...)
		return err
	case "EXDATE":
		// What cannot be read removes nothing.
		dates, _ := r.readDates(line)
		r.removed = append(r.removed, dates...)
		return nil
	}
	return fmt.Errorf("unknown line %q", line)
}

// parseRule reads the part after "RRULE:". Rules that recur within a day count
// hours that a change to summer time adds or takes; they are not expanded.
func (r *Series) parseRule(value string) (repetition, error) {
	var rule repetition
	parts := strings.Split(value, ";")
	kept := parts[:0:0]
	for _, part := range parts {
		until, is := strings.CutPrefix(part, "UNTIL=")
		if !is {
			kept = append(kept, part)
			continue
		}
		at, err := ReadUntil(until, r.allDay, r.home)
		if err != nil {
			return rule, err
		}
		rule.until = at
	}
	option, err := rrule.StrToROption(strings.Join(kept, ";"))
	if err != nil {
		return rule, err
	}
	if option.Freq > rrule.DAILY {
		return rule, fmt.Errorf("recurs within a day: %s", value)
	}
	rule.option = *option
	rule.option.Dtstart = r.start.Time
	return rule, nil
}

// readDates are the values of an RDATE or EXDATE line as clock readings of the series.
func (r *Series) readDates(line string) ([]Wall, error) {
	dates, err := ReadDates(line, r.allDay, r.start, r.zone)
	walls := make([]Wall, len(dates))
	for i, at := range dates {
		walls[i] = WallClock(at.In(r.zone))
	}
	return walls, err
}

// Between lists when occurrences begin, from ≤ start < to, in order; those
// that EXDATE lines remove are left out.
func (r Series) Between(from, to Wall) []Wall {
	gone := slices.Clone(r.removed)
	for _, rule := range r.excluded {
		gone = append(gone, r.expand(rule, from, to)...)
	}
	return slices.DeleteFunc(r.all(from, to), func(w Wall) bool {
		return slices.ContainsFunc(gone, func(g Wall) bool { return r.Same(w, g) })
	})
}

// Same tells whether two clock readings are one moment of the series: one that a
// change to summer time skips is the moment that clocks show an hour later.
func (r Series) Same(a, b Wall) bool {
	return a.Equal(b.Time) || !r.allDay && a.In(r.zone).Equal(b.In(r.zone))
}

// near is whether one of the occurrences that list gives is this moment. No change
// of clocks is wider than the hours that it looks around.
func (r Series) near(at Wall, list func(from, to Wall) []Wall) bool {
	around := list(Wall{at.Add(-3 * time.Hour)}, Wall{at.Add(3*time.Hour + time.Second)})
	return slices.ContainsFunc(around, func(w Wall) bool { return r.Same(w, at) })
}

// all is Between with those that were removed.
func (r Series) all(from, to Wall) []Wall {
	var starts []Wall
	for _, rule := range r.rules {
		starts = append(starts, r.expand(rule, from, to)...)
	}
	for _, date := range r.dates {
		if !date.Before(from.Time) && date.Before(to.Time) {
			starts = append(starts, date)
		}
	}
	slices.SortFunc(starts, func(a, b Wall) int { return a.Compare(b.Time) })
	return slices.Compact(starts)
}

// Has tells whether an occurrence begins at this moment.
func (r Series) Has(at Wall) bool {
	return r.near(at, r.Between)
}

// Occurs tells whether the series gives an occurrence at this moment, whether
// removed or not.
func (r Series) Occurs(at Wall) bool {
	return r.near(at, r.all)
}

// GoesOn tells whether any occurrence begins at or after a moment.
func (r Series) GoesOn(at Wall) bool {
	return slices.ContainsFunc(r.rules, func(rule repetition) bool { return r.goesOn(rule, at) }) ||
		slices.ContainsFunc(r.dates, func(date Wall) bool { return !date.Before(at.Time) })
}

// expand lists what one rule gives.
func (r Series) expand(rule repetition, from, to Wall) []Wall {
	return slices.Collect(r.each(rule, from, to))
}

// goesOn tells whether a rule gives anything at or after a moment, within the
// longest pause that a sensible rule makes.
func (r Series) goesOn(rule repetition, at Wall) bool {
	for range r.each(rule, at, at.AddDays(40*366)) {
		return true
	}
	return false
}

// each goes through what one rule gives. The library is told to stop at the
// end of what is asked for, so that no rule runs on for ever.
func (r Series) each(rule repetition, from, to Wall) iter.Seq[Wall] {
	return func(yield func(Wall) bool) {
		option := rule.option
		option.Until = to.Time
		all, err := rrule.NewRRule(option)
		if err != nil {
			return
		}
		next := all.Iterator()
		for at, more := next(); more && at.Before(to.Time); at, more = next() {
			w := WallClock(at)
			if !rule.until.IsZero() && w.In(r.zone).After(rule.until) {
				return
			}
			if !w.Before(from.Time) && !yield(w) {
				return
			}
		}
	}
}
