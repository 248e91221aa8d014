package views

import (
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"agcrm-google/models"
)

// A page may hold no styles of its own, so that the place of an appointment in
// the grid of hours is told by classes that the stylesheet knows: a row for
// each quarter of an hour, and sixtieths of a column's width, which divide
// evenly by up to six, or ten, appointments side by side.
const (
	quarters   = 4  // rows an hour
	leastRows  = 2  // what a line of text needs
	mostNarrow = 4  // side by side in one of several columns
	mostLanes  = 10 // side by side in a single column
	mostPeople = 8  // columns of a day
	firstHour  = 8  // shown even where nothing takes place
	lastHour   = 19 // the same
)

// Grid is a week or a day by the hour.
type Grid struct {
	First, Last int // hours: First ≤ hour < Last
	Columns     []Column
}

// Column is one day, or one person's day.
type Column struct {
	Day           // its entries are laid out in the other fields
	Person string // empty in a column that is a day
	User   int64  // 0 in a column that is a day
	Lanes  []*Bar // see barsOf
	Blocks []Block
	More   int // entries that there is no room for
}

// class marks the columns that are days, as Day's does.
func (c Column) class() string {
	if c.Person != "" {
		return ""
	}
	return c.Day.class()
}

// Block is an entry with its place: quarters from the grid's first hour, and
// its lane among those that overlap.
type Block struct {
	Entry
	Row, Rows   int
	Lane, Lanes int
	Ends        bool // on this day, where its lower edge can be dragged
}

// grid lays out the days that are shown; a single day of several people has a
// column for each of them.
func (v ScheduleView) grid() Grid {
	g := Grid{First: firstHour, Last: lastHour}
	if v.Mode == "day" && len(v.Shown) > 1 {
		for _, id := range v.Shown[:min(len(v.Shown), mostPeople)] {
			days := daysOf(v.Days[:1], id)
			g.add(Column{Day: days[0], User: id, Person: v.nameOf(id), Lanes: barsOf(days)[0]})
		}
	} else {
		lanes := barsOf(v.Days)
		for i, day := range v.Days {
			g.add(Column{Day: day, Lanes: lanes[i]})
		}
	}
	most := mostNarrow
	if len(g.Columns) == 1 {
		most = mostLanes
	}
	for i := range g.Columns {
		g.Columns[i].assignLanes(most)
		for j := range g.Columns[i].Blocks {
			b := &g.Columns[i].Blocks[j]
			b.Row -= g.First * quarters
		}
	}
	return g
}

func (v ScheduleView) nameOf(id int64) string {
	i := slices.IndexFunc(v.Users, func(u models.User) bool { return u.ID == id })
	if i < 0 {
		return ""
	}
	return v.Users[i].DisplayName()
}

// daysOf are the days with what takes place on them for one person. Whose it is,
// the column or the row that they stand in says.
func daysOf(days []Day, id int64) []Day {
	own := slices.Clone(days)
	for i := range own {
		entries := slices.DeleteFunc(slices.Clone(own[i].Entries), func(e Entry) bool { return !slices.Contains(e.People, id) })
		for j := range entries {
			if entries[j].OwnerID == id {
				entries[j].Owner = ""
			}
		}
		own[i].Entries = entries
	}
	return own
}

// add lays out one column, and makes the grid as long as it needs.
func (g *Grid) add(c Column) {
	const day = 24 * quarters
	for _, e := range brief(c.Entries) {
		from, to := quarterOf(c.Date, e.Start, false), quarterOf(c.Date, e.End, true)
		ends := to <= day
		from, to = max(from, 0), min(to, day)
		rows := max(to-from, leastRows)
		from = min(from, day-rows)
		c.Blocks = append(c.Blocks, Block{Entry: e, Row: from, Rows: rows, Ends: ends})
		g.First = min(g.First, from/quarters)
		g.Last = max(g.Last, (from+rows+quarters-1)/quarters)
	}
	g.Columns = append(g.Columns, c)
}

// quarterOf counts quarters of an hour from the beginning of a day; what ends
// within one fills it.
func quarterOf(day, t time.Time, up bool) int {
	minutes := int(t.Sub(day).Minutes())
	if up {
		minutes += 14
	}
	if minutes < 0 {
		return -1
	}
	return minutes / 15
}

// assignLanes puts blocks that overlap side by side. Those of one cluster, which
// touch each other directly or through others, are equally wide; there are no
// more than most lanes.
func (c *Column) assignLanes(most int) {
	slices.SortStableFunc(c.Blocks, func(a, b Block) int { return a.Row - b.Row })
	var ends []int // of each lane in the cluster
	first, until := 0, 0
	for i := range c.Blocks {
		b := &c.Blocks[i]
		if b.Row >= until { // a new cluster
			widen(c.Blocks[first:i], len(ends), most)
			first, ends = i, nil
		}
		b.Lane = slices.IndexFunc(ends, func(end int) bool { return end <= b.Row })
		if b.Lane < 0 {
			b.Lane = len(ends)
			ends = append(ends, 0)
		}
		ends[b.Lane] = b.Row + b.Rows
		until = max(until, ends[b.Lane])
	}
	widen(c.Blocks[first:], len(ends), most)
	all := len(c.Blocks)
	c.Blocks = slices.DeleteFunc(c.Blocks, func(b Block) bool { return b.Lane >= most })
	c.More = all - len(c.Blocks)
}

// widen notes how many lanes a cluster has. More than six are as wide as ten.
func widen(cluster []Block, lanes, most int) {
	if lanes = min(lanes, most); lanes > 6 {
		lanes = mostLanes
	}
	for i := range cluster {
		cluster[i].Lanes = lanes
	}
}

// classes tells the stylesheet where a block stands.
func (b Block) classes() string {
	brief := ""
	if b.Rows <= leastRows {
		brief = "brief "
	}
	return brief + "t" + strconv.Itoa(b.Row) + " s" + strconv.Itoa(b.Rows) + " lane-" + strconv.Itoa(b.Lane) + "-" + strconv.Itoa(b.Lanes)
}

// hours are the full hours that a grid shows.
func (g Grid) hours() []int {
	hours := make([]int, 0, g.Last-g.First)
	for hour := g.First; hour < g.Last; hour++ {
		hours = append(hours, hour)
	}
	return hours
}

// slot is the place of a full hour.
func (g Grid) slot(hour int) string {
	return "slot t" + strconv.Itoa((hour-g.First)*quarters) + " s4"
}

// now is the place of the present moment in a column, empty where it has none.
func (g Grid) now(p Page, c Column) string {
	row := quarterOf(c.Date, models.WallClock(p.Now.In(p.Zone)).Time, false) - g.First*quarters
	if !c.Today || row < 0 || row >= (g.Last-g.First)*quarters {
		return ""
	}
	return "t" + strconv.Itoa(row)
}

// movable are the attributes with which the script lets an appointment be
// dragged: its times by the reader's clock and the version that was read.
// Nobody else's may be, nor a series that could not be expanded.
func (e Entry) movable() templ.Attributes {
	if !e.Own || e.Masked || e.Repeats && e.Occurrence.IsZero() {
		return nil
	}
	return templ.Attributes{
		"data-move": e.Start.Format("2006-01-02T15:04"), "data-until": e.End.Format("2006-01-02T15:04"),
		"data-version": number(e.Version), "data-series": e.Repeats, "draggable": "false",
	}
}

// movable also says whether the lower edge can be dragged.
func (b Block) movable() templ.Attributes {
	attributes := b.Entry.movable()
	if attributes != nil && b.Ends {
		attributes["data-ends"] = true
	}
	return attributes
}

// hourText is 09:00.
func hourText(hour int) string {
	return time.Date(2000, 1, 1, hour, 0, 0, 0, time.UTC).Format("15:04")
}

// path is where an entry leads, below Root.
func (e Entry) path() string {
	path := "/schedule/" + number(e.ID)
	if e.Occurrence.IsZero() {
		return path
	}
	return path + "?occurrence=" + ClockValue(e.Occurrence, e.AllDay)
}

// ClockValue is a clock reading as a form's value: a date for all-day
// appointments, with seconds only where there are any, "" for none.
func ClockValue(w models.Wall, allDay bool) string {
	switch {
	case w.IsZero():
		return ""
	case allDay:
		return w.Format(time.DateOnly)
	case w.Second() != 0:
		return w.String()
	}
	return w.Format("2006-01-02T15:04")
}
