package views

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func clock(text string) time.Time {
	t, err := time.Parse("01-02 15:04", text)
	if err != nil {
		panic(err)
	}
	return t.AddDate(2026, 0, 0)
}

func timed(id int64, start, end string, people ...int64) Entry {
	return Entry{ID: id, Start: clock(start), End: clock(end), People: people}
}

// placed is a column in words: id@row+rows lane/lanes.
func placed(c Column) string {
	var out []string
	for _, bar := range c.Lanes {
		out = append(out, fmt.Sprintf("%d all day", bar.ID))
	}
	for _, b := range c.Blocks {
		out = append(out, fmt.Sprintf("%d@%d+%d %d/%d", b.ID, b.Row, b.Rows, b.Lane, b.Lanes))
	}
	return strings.Join(out, ", ")
}

func dayGrid(shown []int64, entries ...Entry) Grid {
	day := clock("11-20 00:00")
	return ScheduleView{Mode: "day", Shown: shown, Days: Arrange(day, 1, day, entries)}.grid()
}

func TestGridLanes(t *testing.T) {
	g := dayGrid([]int64{2},
		timed(1, "11-20 10:00", "11-20 11:30"), timed(2, "11-20 11:00", "11-20 12:30"), timed(3, "11-20 11:15", "11-20 11:45"),
		timed(4, "11-20 11:30", "11-20 12:00"), // where 1 has ended
		timed(5, "11-20 14:00", "11-20 14:05"), // alone, and as tall as a line of text
	)
	if got, want := placed(g.Columns[0]), "1@8+6 0/3, 2@12+6 1/3, 3@13+2 2/3, 4@14+2 0/3, 5@24+2 0/1"; got != want {
		t.Errorf("placed %s, want %s", got, want)
	}
	if g.First != 8 || g.Last != 19 {
		t.Errorf("hours %d to %d", g.First, g.Last)
	}
}

// The grid grows with what takes place early or late, and what lasts a whole
// day stands above it.
func TestGridEdges(t *testing.T) {
	g := dayGrid([]int64{2},
		timed(1, "11-20 06:30", "11-20 07:00"), timed(2, "11-20 23:50", "11-21 03:00"), timed(3, "11-19 22:00", "11-20 01:00"), timed(4, "11-19 10:00", "11-21 10:00"))
	if got, want := placed(g.Columns[0]), "4 all day, 3@0+4 0/1, 1@26+2 0/1, 2@94+2 0/1"; got != want {
		t.Errorf("placed %s, want %s", got, want)
	}
	if g.First != 0 || g.Last != 24 || len(g.hours()) != 24 {
		t.Errorf("hours %d to %d", g.First, g.Last)
	}
}

// More at once than fit side by side are counted; nothing lies on top of another.
func TestGridCrowd(t *testing.T) {
	for _, c := range []struct {
		shown                    []int64
		at, blocks, lanes, extra int
	}{
		{[]int64{2}, 6, 6, 6, 0}, {[]int64{2}, 7, 7, 10, 0}, {[]int64{2}, 12, 10, 10, 2},
		{[]int64{2, 3}, 4, 4, 4, 0}, {[]int64{2, 3}, 9, 4, 4, 5},
	} {
		var crowd []Entry
		for i := range int64(c.at) {
			crowd = append(crowd, timed(i, "11-20 10:00", "11-20 11:00", 2))
		}
		column := dayGrid(c.shown, crowd...).Columns[0]
		if len(column.Blocks) != c.blocks || column.More != c.extra {
			t.Errorf("of %d at once, %d are shown and %d counted", c.at, len(column.Blocks), column.More)
		}
		places := map[int]bool{}
		for _, b := range column.Blocks {
			if b.Lanes != c.lanes || b.Lane >= c.lanes || places[b.Lane] {
				t.Errorf("of %d, %d stands in lane %d of %d", c.at, b.ID, b.Lane, b.Lanes)
			}
			places[b.Lane] = true
		}
	}
}

func TestGridOfPeople(t *testing.T) {
	g := dayGrid([]int64{2, 3}, timed(1, "11-20 10:00", "11-20 11:00", 2), timed(2, "11-20 10:00", "11-20 11:00", 2, 3))
	if len(g.Columns) != 2 || placed(g.Columns[0]) != "1@8+4 0/2, 2@8+4 1/2" || placed(g.Columns[1]) != "2@8+4 0/1" {
		t.Errorf("columns %+v", g.Columns)
	}
}
