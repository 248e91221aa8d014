package views

import (
	"fmt"
	"strings"
	"testing"
)

func allDay(id int64, start, end string) Entry {
	return Entry{ID: id, AllDay: true, Start: clock(start + " 00:00"), End: clock(end + " 00:00")}
}

// drawn is a row of days in words: for each day its lanes, a bar as id×days, its
// later days as a dash and a free lane as a dot.
func drawn(lanes [][]*Bar) string {
	var days []string
	for _, day := range lanes {
		var parts []string
		for _, bar := range day {
			switch {
			case bar == nil:
				parts = append(parts, ".")
			case bar.Days == 0:
				parts = append(parts, "-")
			default:
				parts = append(parts, fmt.Sprintf("%d×%d", bar.ID, bar.Days)+strings.TrimPrefix(bar.classes(), fmt.Sprintf("bar span-%d", bar.Days)))
			}
		}
		days = append(days, strings.Join(parts, " "))
	}
	return strings.Join(days, "|")
}

func TestBars(t *testing.T) {
	monday := clock("11-16 00:00")
	days := Arrange(monday, 7, monday, []Entry{
		allDay(1, "11-14", "11-17"), // goes on from the week before
		allDay(2, "11-17", "11-19"),
		allDay(3, "11-18", "11-18"), // where 1 has left the first lane
		allDay(4, "11-22", "11-24"), // goes on after it
		timed(5, "11-20 10:00", "11-21 11:00"),
		timed(6, "11-20 22:00", "11-21 02:00"), // no bar: less than a day
	})
	if got, want := drawn(barsOf(days)), "1×2 before|- 2×3|3×1 -|. -|5×2|-|4×1 after"; got != want {
		t.Errorf("drawn %s, want %s", got, want)
	}
	if rest := brief(days[4].Entries); len(rest) != 1 || rest[0].ID != 6 {
		t.Errorf("by the clock: %+v", rest)
	}
}

// A row of one day shows each bar once.
func TestBarsOfOneDay(t *testing.T) {
	day := clock("11-18 00:00")
	days := Arrange(day, 1, day, []Entry{allDay(1, "11-17", "11-19"), allDay(2, "11-18", "11-18")})
	if got, want := drawn(barsOf(days)), "1×1 before after 2×1"; got != want {
		t.Errorf("drawn %s, want %s", got, want)
	}
}
