package views

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
)

// Bar is an appointment of whole days, or of more than a day, as one row of
// days shows it: one bar across them.
type Bar struct {
	Entry
	Days          int  // that it covers of the row, from this day on; 0 where it began on an earlier day of the row
	Before, After bool // it began before the row, or goes on after it
}

// long says whether an entry is drawn as a bar across its days.
func (e Entry) long() bool { return e.AllDay || e.End.Sub(e.Start) >= 24*time.Hour }

// brief are the entries that stand on their days by the clock.
func brief(entries []Entry) []Entry {
	return slices.DeleteFunc(slices.Clone(entries), Entry.long)
}

// barsOf puts the long entries of a row of days into lanes: for each day the
// lanes from the top, nil where a lane is free. A bar keeps its lane on all its
// days.
func barsOf(days []Day) [][]*Bar {
	lanes := make([][]*Bar, len(days))
	var until []int // the first day on which each lane is free
	for i, day := range days {
		for _, bar := range beginning(days, i, day.Entries) {
			lane := slices.IndexFunc(until, func(free int) bool { return free <= i })
			if lane < 0 {
				lane = len(until)
				until = append(until, 0)
			}
			until[lane] = i + bar.Days
			for j := i; j < i+bar.Days; j++ {
				part := bar
				if j > i {
					part.Days = 0
				}
				for len(lanes[j]) <= lane {
					lanes[j] = append(lanes[j], nil)
				}
				lanes[j][lane] = &part
			}
		}
	}
	return lanes
}

// beginning are the bars that begin on a day of the row, the longest first.
func beginning(days []Day, i int, entries []Entry) []Bar {
	var bars []Bar
	for _, e := range entries {
		first, last := daysBetween(days[0].Date, e.Start), daysBetween(days[0].Date, lastDay(e))
		if !e.long() || max(first, 0) != i {
			continue
		}
		bars = append(bars, Bar{Entry: e, Days: min(last, len(days)-1) - i + 1, Before: first < 0, After: last >= len(days)})
	}
	slices.SortStableFunc(bars, func(a, b Bar) int {
		return cmp.Or(cmp.Compare(b.Days, a.Days), a.Start.Compare(b.Start), cmp.Compare(a.ID, b.ID))
	})
	return bars
}

// movable also says whether the bar's end can be dragged.
func (b Bar) movable() templ.Attributes {
	attributes := b.Entry.movable()
	if attributes != nil && !b.After {
		attributes["data-ends"] = true
	}
	return attributes
}

// classes tells the stylesheet how long a bar is, and at which end it goes on.
func (b Bar) classes() string {
	names := []string{"bar", "span-" + number(int64(b.Days))}
	if b.Before {
		names = append(names, "before")
	}
	if b.After {
		names = append(names, "after")
	}
	return strings.Join(names, " ")
}
