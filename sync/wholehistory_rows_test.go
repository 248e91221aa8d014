package calsync

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"pgregory.net/rapid"

	"agcrm-google/models"
)

// someWhen is the time of an appointment that somebody thinks of: at an
// hour that is ambiguous in no other zone, soon or about the next change to or from summer time.
func (h *firm) someWhen() (start, end models.Wall, allDay bool) {
	day := models.WallClock(h.w.now().In(h.zone)).AddDays(rapid.IntRange(1, 20).Draw(h.rt, "day"))
	if rapid.IntRange(0, 3).Draw(h.rt, "change") == 0 {
		paris, err := time.LoadLocation("Europe/Paris")
		check(h.w.t, err)
		_, change := h.w.now().AddDate(0, 0, 4).In(paris).ZoneBounds()
		day = models.WallClock(change.In(h.zone)).AddDays(rapid.IntRange(-3, 1).Draw(h.rt, "before"))
	}
	day = day.Date()
	if rapid.IntRange(0, 3).Draw(h.rt, "all day") == 0 {
		return day, day.AddDays(rapid.IntRange(0, 2).Draw(h.rt, "days")), true
	}
	start = models.Wall{Time: day.Add(time.Duration(rapid.SampledFrom([]int{8, 11, 12, 13, 16, 17}).Draw(h.rt, "hour")) * time.Hour)}
	return start, models.Wall{Time: start.Add(45 * time.Minute)}, false
}

func (h *firm) someRule() string {
	return fmt.Sprintf("RRULE:FREQ=DAILY;COUNT=%d", rapid.IntRange(2, 5).Draw(h.rt, "count"))
}

func (h *firm) rows() []models.Schedule {
	var rows []models.Schedule
	for _, p := range h.people {
		rows = append(rows, h.w.rowsOf(p.id)...)
	}
	return rows
}

// someRow is a single appointment's or a series' row; with series only the latter.
func (h *firm) someRow(series bool) (models.Schedule, bool) {
	rows := slices.DeleteFunc(h.rows(), func(r models.Schedule) bool { return r.SeriesID != 0 || series && r.Recurrence == "" })
	if len(rows) == 0 {
		return models.Schedule{}, false
	}
	return rows[rapid.IntRange(0, len(rows)-1).Draw(h.rt, "row")], true
}

func (h *firm) addRow() {
	th := h.newThing()
	start, end, allDay := h.someWhen()
	var zone, rule any
	if z := rapid.SampledFrom([]string{"", "", "Europe/Paris", "America/New_York"}).Draw(h.rt, "zone"); z != "" && !allDay {
		zone = z
	}
	if rapid.Bool().Draw(h.rt, "series") {
		rule = h.someRule()
	}
	owner := h.someone()
	id := h.w.exec("INSERT INTO schedules (owner_id, subject, body, start_at, end_at, all_day, time_zone, recurrence) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		owner.id, "s"+th.token, th.token, start.Format(inTable), end.Format(inTable), allDay, zone, rule)
	if other := h.someone(); other != owner && rapid.Bool().Draw(h.rt, "invite at once") {
		h.w.exec("INSERT INTO schedule_participants (schedule_id, user_id) VALUES (?, ?)", id, other.id)
	}
}

// editRow writes a row's text or flags, as a CRM that may forget updated_at.
func (h *firm) editRow() {
	row, ok := h.someRow(false)
	if !ok {
		return
	}
	h.write(row.Body)
	set, args := "subject = ?", []any{fmt.Sprintf("row %d", h.w.now().UnixNano())}
	switch rapid.IntRange(0, 3).Draw(h.rt, "field") {
	case 0:
		set, args = "location = ?", []any{fmt.Sprintf("r%d", h.w.now().Unix())}
	case 1:
		set, args = "busy = 1 - busy, color_id = ?", []any{rapid.IntRange(1, 11).Draw(h.rt, "colour")}
	}
	if rapid.Bool().Draw(h.rt, "stamp") {
		set, args = set+", updated_at = ?", append(args, h.w.stamp())
	}
	h.w.exec("UPDATE schedules SET "+set+" WHERE id = ?", append(args, row.ID)...)
}

// retimeRow moves a single appointment; a series keeps its start, as its changed
// occurrences are named by it.
func (h *firm) retimeRow() {
	row, ok := h.someRow(false)
	if !ok || row.Recurrence != "" {
		return
	}
	h.write(row.Body)
	start, end, allDay := h.someWhen()
	h.w.exec("UPDATE schedules SET start_at = ?, end_at = ?, all_day = ? WHERE id = ?", start.Format(inTable), end.Format(inTable), allDay, row.ID)
}

// ruleInRow makes a single appointment a series, or a series longer or shorter.
func (h *firm) ruleInRow() {
	if row, ok := h.someRow(false); ok {
		h.write(row.Body)
		clear(h.things[row.Body].replaced)
		_, exdates := models.SplitRecurrence(row.Recurrence)
		h.w.exec("UPDATE schedules SET recurrence = ? WHERE id = ?", strings.Join(append([]string{h.someRule()}, exdates...), "\n"), row.ID)
	}
}

// occurrencesIn are the original starts of a row's occurrences that stand.
func occurrencesIn(row models.Schedule, server *time.Location) (list []models.Wall) {
	rules, exdates := models.SplitRecurrence(row.Recurrence)
	if len(rules) == 0 {
		return []models.Wall{row.StartAt}
	}
	count := 0
	fmt.Sscanf(rules[0], "RRULE:FREQ=DAILY;COUNT=%d", &count)
	for i := range count {
		at := row.StartAt.AddDays(i)
		if !slices.ContainsFunc(exdates, func(line string) bool { return removes(line, row, at, server) }) {
			list = append(list, at)
		}
	}
	return list
}

// removes tells whether an EXDATE line, which may be of another zone, names an occurrence.
func removes(line string, row models.Schedule, at models.Wall, server *time.Location) bool {
	head, stamp, _ := strings.Cut(line, ":")
	_, name, zoned := strings.Cut(head, ";TZID=")
	zone, err := row.Zone(server)
	if row.AllDay || !zoned || err != nil {
		return stamp == at.Format(localStamp) || stamp == at.Format(dateKey)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return false
	}
	instant, err := time.ParseInLocation(localStamp, stamp, loc)
	return err == nil && instant.Equal(at.In(zone))
}

func (h *firm) someOccurrence() (row models.Schedule, at models.Wall, ok bool) {
	if row, ok = h.someRow(true); !ok {
		return row, at, false
	}
	list := occurrencesIn(row, h.zone)
	if len(list) == 0 {
		return row, at, false
	}
	return row, list[rapid.IntRange(0, len(list)-1).Draw(h.rt, "occurrence")], true
}

func (h *firm) exdate() {
	row, at, ok := h.someOccurrence()
	if !ok {
		return
	}
	h.write(row.Body)
	zone, err := row.Zone(h.zone)
	check(h.w.t, err)
	line := "EXDATE;TZID=" + zone.String() + ":" + at.Format(localStamp)
	if row.AllDay {
		line = "EXDATE;VALUE=DATE:" + at.Format(dateKey)
	}
	delete(h.things[row.Body].replaced, at.Format(inTable))
	h.w.exec("DELETE FROM schedules WHERE series_id = ? AND original_start_at = ?", row.ID, at.Format(inTable))
	h.w.exec("UPDATE schedules SET recurrence = recurrence || char(10) || ? WHERE id = ?", line, row.ID)
}

// replace changes one occurrence of a row, for the first time or again.
func (h *firm) replace() {
	row, at, ok := h.someOccurrence()
	if !ok {
		return
	}
	h.write(row.Body)
	h.things[row.Body].replaced[at.Format(inTable)] = true
	subject := fmt.Sprintf("replaced %d", h.w.now().UnixNano())
	list, err := h.w.db.Replacements(context.Background(), row.ID)
	check(h.w.t, err)
	for _, r := range list {
		if r.OriginalStartAt == at {
			h.w.exec("UPDATE schedules SET subject = ? WHERE id = ?", subject, r.ID)
			return
		}
	}
	end := models.Wall{Time: at.Add(row.EndAt.Sub(row.StartAt.Time))}
	var zone any
	if row.TimeZone != "" {
		zone = row.TimeZone
	}
	h.w.exec("INSERT INTO schedules (owner_id, subject, body, start_at, end_at, all_day, time_zone, series_id, original_start_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
		row.OwnerID, subject, row.Body, at.Format(inTable), end.Format(inTable), row.AllDay, zone, row.ID, at.Format(inTable))
}

// giveBack deletes a replacement row: the occurrence is the series' again.
func (h *firm) giveBack() {
	rows := slices.DeleteFunc(h.rows(), func(r models.Schedule) bool { return r.SeriesID == 0 })
	if len(rows) > 0 {
		row := rows[rapid.IntRange(0, len(rows)-1).Draw(h.rt, "replacement")]
		h.write(row.Body)
		delete(h.things[row.Body].replaced, row.OriginalStartAt.Format(inTable))
		h.w.exec("DELETE FROM schedules WHERE id = ?", row.ID)
	}
}

func (h *firm) invite() {
	row, ok := h.someRow(false)
	if p := h.someone(); ok && p.id != row.OwnerID && !h.things[row.Body].meeting {
		h.write(row.Body)
		h.w.exec("INSERT OR IGNORE INTO schedule_participants (schedule_id, user_id) VALUES (?, ?)", row.ID, p.id)
	}
}

// respond answers for all participants, or takes them off.
func (h *firm) respond() {
	row, ok := h.someRow(false)
	if !ok || h.things[row.Body].meeting {
		return
	}
	h.write(row.Body)
	response := rapid.SampledFrom([]string{"accepted", "declined", "tentative", "needsAction", "leave"}).Draw(h.rt, "response")
	if response == "leave" {
		h.w.exec("DELETE FROM schedule_participants WHERE schedule_id = ?", row.ID)
		return
	}
	h.w.exec("UPDATE schedule_participants SET response = ? WHERE schedule_id = ?", response, row.ID)
}

// handOver gives a row that is at rest, and what replaces its occurrences, to
// somebody else.
func (h *firm) handOver() {
	row, ok := h.someRow(false)
	if p := h.someone(); ok && !h.things[row.Body].meeting {
		h.write(row.Body).passed = true
		h.w.exec("UPDATE schedules SET owner_id = ? WHERE id = ? OR series_id = ?", p.id, row.ID, row.ID)
	}
}

func (h *firm) deleteRow() {
	row, ok := h.someRow(false)
	if !ok || h.deleted == 6 || h.things[row.Body].meeting {
		return
	}
	h.deleted++
	h.remove(row.Body)
	h.w.exec("DELETE FROM schedules WHERE id = ?", row.ID)
	h.w.exec("DELETE FROM schedule_participants WHERE schedule_id = ?", row.ID)
}
