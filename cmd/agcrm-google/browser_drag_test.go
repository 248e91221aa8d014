package main

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// TestDrag moves and resizes appointments with the mouse, as people do: on a
// week, on a month, an occurrence of a series, one that somebody changed
// meanwhile, and one while the network is away.
func TestDrag(t *testing.T) {
	needsSignals(t)
	window := newBrowser(t)
	w := newWorld(t)
	service := startService(t, w.env)
	w.staff()
	d := dragger{clicker{t: t, window: window, public: w.public}, w}
	d.row(1, "visit", "2026-11-17 10:00:00", "2026-11-17 11:00:00", nil)
	d.row(2, "weekly", "2026-11-04 13:00:00", "2026-11-04 14:00:00", "RRULE:FREQ=WEEKLY")
	d.login("tanaka")
	d.do("open the week", d.open("/schedule?view=week&date=2026-11-18"), chromedp.WaitVisible(chromedp.CSS(".grid")))

	hour, column := d.hour()
	d.drag("a block", "/1", 0.5, column, 2*hour, ".note.ok")
	d.stands(1, "2026-11-18 12:00:00", "2026-11-18 13:00:00")
	if shown := d.text("main"); !strings.Contains(shown, "12:00") || !strings.Contains(shown, "08:00") {
		t.Errorf("after moving in the week, the week is shown again:\n%s", shown)
	}
	d.drag("the lower edge", "/1", 0.97, 0, hour/2, ".note.ok")
	d.stands(1, "2026-11-18 12:00:00", "2026-11-18 13:30:00")

	d.do("open the month", d.open("/schedule?date=2026-11-18"), chromedp.WaitVisible(chromedp.CSS(".month")))
	box := d.box(`td[data-day="2026-11-18"]`)
	d.drag("to the next week", "/1", 0.5, 0, box.Height, ".note.ok")
	d.stands(1, "2026-11-25 12:00:00", "2026-11-25 13:30:00")

	d.bar()
	d.touch()

	d.do("back to the week", d.open("/schedule?view=week&date=2026-11-18"), chromedp.WaitVisible(chromedp.CSS(".grid")))
	d.drag("an occurrence", "/2?", 0.5, -column, 0, ".scope")
	d.stands(2, "2026-11-04 13:00:00", "2026-11-04 14:00:00")
	d.do("save it as asked for", submit("/schedule/2", ".note.ok"))
	d.stands(5, "2026-11-17 13:00:00", "2026-11-17 14:00:00")
	d.failures(hour)
	service.stop()
}

// bar makes an all-day appointment of the month a day longer, and moves it.
func (d dragger) bar() {
	d.t.Helper()
	d.row(4, "fair", "2026-11-10 00:00:00", "2026-11-11 00:00:00", nil)
	d.world.exec("UPDATE schedules SET all_day = 1 WHERE id = 4")
	d.do("open the month again", d.open("/schedule?date=2026-11-18"), chromedp.WaitVisible(chromedp.CSS(".bar")))
	day := d.box(`td[data-day="2026-11-10"]`)
	d.dragFrom("the end of a bar", "/4", 0.99, 0.5, day.Width, 0, ".note.ok")
	d.stands(4, "2026-11-10 00:00:00", "2026-11-12 00:00:00")
	d.dragFrom("a bar", "/4", 0.2, 0.5, -day.Width, day.Height, ".note.ok")
	d.stands(4, "2026-11-16 00:00:00", "2026-11-18 00:00:00")
}

// touch moves an appointment with a finger that has held it for a moment; one
// that moves at once scrolls the page.
func (d dragger) touch() {
	d.t.Helper()
	d.do("open the month by touch", d.open("/schedule?date=2026-11-18"), chromedp.WaitVisible(chromedp.CSS(".bar")))
	row := d.box(`td[data-day="2026-11-18"]`).Height
	chip := d.chip("/1")
	x, y := chip.Left+chip.Width/2, chip.Top+chip.Height/2
	d.finger(input.DispatchTouchEventTypeTouchStart, x, y)
	d.finger(input.DispatchTouchEventTypeTouchMove, x, y-row)
	d.finger(input.DispatchTouchEventTypeTouchEnd, 0, 0)
	if held := d.value(`document.documentElement.className`); strings.Contains(held, "dragging") {
		d.t.Error("a finger that moves at once drags")
	}
	chip = d.chip("/1")
	x, y = chip.Left+chip.Width/2, chip.Top+chip.Height/2
	d.finger(input.DispatchTouchEventTypeTouchStart, x, y)
	d.do("hold it", chromedp.WaitReady(chromedp.CSS("html.dragging")))
	d.finger(input.DispatchTouchEventTypeTouchMove, x, y-row/2)
	d.finger(input.DispatchTouchEventTypeTouchMove, x, y-row)
	d.finger(input.DispatchTouchEventTypeTouchEnd, 0, 0)
	d.do("let it go", chromedp.WaitVisible(chromedp.CSS(".note.ok")))
	d.stands(1, "2026-11-18 12:00:00", "2026-11-18 13:30:00")
	d.world.exec("UPDATE schedules SET start_at = '2026-11-25 12:00:00', end_at = '2026-11-25 13:30:00' WHERE id = 1")
}

// finger touches, moves or leaves the window.
func (d dragger) finger(what input.DispatchTouchEventType, x, y float64) {
	d.t.Helper()
	touch := input.DispatchTouchEventParams{Type: what, TouchPoints: []*input.TouchPoint{}}
	if what != input.DispatchTouchEventTypeTouchEnd {
		touch.TouchPoints = append(touch.TouchPoints, &input.TouchPoint{X: x, Y: y})
	}
	if _, err := chromedp.Call(d.window, input.DispatchTouchEvent, touch); err != nil {
		d.t.Fatal(err)
	}
}

// failures drags what cannot be moved: it stays, and the page says why.
func (d dragger) failures(hour float64) {
	d.t.Helper()
	d.do("open the day", d.open("/schedule?view=day&date=2026-11-25"), chromedp.WaitVisible(chromedp.CSS(".grid")))
	d.cutOff()
	d.drag("without a network", "/1", 0.5, 0, hour, ".note.bad")
	if moved := d.value(`document.querySelector("[href$='/1']").style.transform`); moved != "" {
		d.t.Errorf("the appointment stays at %s", moved)
	}
	d.do("open the day again", d.open("/schedule?view=day&date=2026-11-25"), chromedp.WaitVisible(chromedp.CSS(".grid")))
	d.world.exec("UPDATE schedules SET subject = 'theirs' WHERE id = 1")
	d.drag("what somebody changed meanwhile", "/1", 0.5, 0, hour, "#versions")
	d.stands(1, "2026-11-25 12:00:00", "2026-11-25 13:30:00")
}

// dragger is a person with a mouse, beside the CRM's table.
type dragger struct {
	clicker
	world *world
}

func (d dragger) row(id int, subject, start, end string, rule any) {
	d.t.Helper()
	d.world.exec("INSERT INTO schedules (id, owner_id, subject, start_at, end_at, recurrence) VALUES (?, 101, ?, ?, ?, ?)", id, subject, start, end, rule)
}

// stands checks the times of a row.
func (d dragger) stands(id int, start, end string) {
	d.t.Helper()
	var gotStart, gotEnd sql.NullString
	err := d.world.crm.QueryRowContext(d.t.Context(), "SELECT CAST(start_at AS TEXT), CAST(end_at AS TEXT) FROM schedules WHERE id = ?", id).Scan(&gotStart, &gotEnd)
	if err != nil || gotStart.String != start || gotEnd.String != end {
		d.t.Fatalf("row %d: %s to %s (%v), want %s to %s", id, gotStart.String, gotEnd.String, err, start, end)
	}
}

// rect is where an element stands in the window.
type rect struct{ Left, Top, Width, Height float64 }

func (d dragger) box(selector string) rect {
	d.t.Helper()
	script := fmt.Sprintf(`(function (r) { return { Left: r.left, Top: r.top, Width: r.width, Height: r.height }; })(document.querySelector(%q).getBoundingClientRect())`, selector)
	box, err := chromedp.Run(d.window, chromedp.Evaluate[rect](script))
	if err != nil {
		d.t.Fatalf("find %s: %v", selector, err)
	}
	return box
}

// value is what a script says.
func (d dragger) value(script string) string {
	d.t.Helper()
	value, err := chromedp.Run(d.window, chromedp.Evaluate[string](script))
	if err != nil {
		d.t.Fatalf("%s: %v", script, err)
	}
	return value
}

// cutOff takes the network from the page's script.
func (d dragger) cutOff() {
	d.t.Helper()
	d.value(`window.fetch = function () { return Promise.reject(new Error("offline")); }; ""`)
}

// hour is how tall an hour and how wide a day is in the week.
func (d dragger) hour() (hour, column float64) {
	d.t.Helper()
	blocks := d.box(".blocks")
	hours := float64(0)
	if _, err := fmt.Sscan(d.value(`document.querySelector(".grid").dataset.hours`), &hours); err != nil {
		d.t.Fatal(err)
	}
	return blocks.Height / hours, blocks.Width + 1
}

// drag takes an appointment in its middle, at that part of its height, drops it
// elsewhere, and waits for what the next page shows.
func (d dragger) drag(step, path string, down, dx, dy float64, next chromedp.CSS) {
	d.t.Helper()
	d.dragFrom(step, path, 0.5, down, dx, dy, next)
}

// dragFrom is drag from those parts of its width and height.
func (d dragger) dragFrom(step, path string, across, down, dx, dy float64, next chromedp.CSS) {
	d.t.Helper()
	box := d.chip(path)
	x, y := box.Left+box.Width*across, box.Top+box.Height*down
	// Not DragAndDropXY: that waits two seconds for a native drag, which none of these is.
	d.do(step, chromedp.MouseEvent(chromedp.MousePressed, x, y, chromedp.ButtonLeft, chromedp.ClickCount(1)),
		chromedp.MouseEvent(chromedp.MouseMoved, x+dx/2, y+dy/2, chromedp.ButtonLeft),
		chromedp.MouseEvent(chromedp.MouseMoved, x+dx, y+dy, chromedp.ButtonLeft),
		chromedp.MouseEvent(chromedp.MouseReleased, x+dx, y+dy, chromedp.ButtonLeft, chromedp.ClickCount(1)), chromedp.WaitVisible(next))
}

// chip scrolls to an appointment. What the last step's page says is taken away:
// it is not what this step waits for.
func (d dragger) chip(path string) rect {
	d.t.Helper()
	selector := `[data-move][href*="/schedule` + path + `"]`
	d.value(fmt.Sprintf(`document.querySelectorAll(".note").forEach(function (note) { note.remove(); });
		document.querySelector(%q).scrollIntoView({ block: "center" }); ""`, selector))
	return d.box(selector)
}
