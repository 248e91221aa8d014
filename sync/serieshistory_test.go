package calsync

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"
	"pgregory.net/rapid"

	"agcrm-google/models"
)

// TestRandomSeries is TestRandomHistories for series: occurrences are changed,
// removed and given back on both sides, rules and times edited, series deleted.
// In the end both sides must show the same occurrences, by an expansion that the
// engine has no part in.
func TestRandomSeries(t *testing.T) {
	histories(t, 40, 100)
	w := bareWorld(t)
	user := int64(1_000_000)
	rapid.Check(t, func(rt *rapid.T) {
		user++
		h := &seriesHistory{history: newHistory(w, rt, user), dead: map[string]bool{}}
		for range rapid.IntRange(3, 18).Draw(rt, "steps") {
			h.act()
		}
		h.settle()
		h.check()
	})
	w.noMail()
}

type seriesHistory struct {
	*history
	made int
	dead map[string]bool // series that somebody deleted, by token
}

func (h *seriesHistory) act() {
	actions := map[string]func(){
		"add row": h.addRow, "add event": h.addEvent, "exdate": h.exdate, "delete instance": h.deleteInstance,
		"replace": h.replace, "edit replacement": h.editReplacement, "give back": h.giveBack, "edit instance": h.editInstance,
		"edit row": h.editRow, "edit event": h.editEvent, "rule in row": h.ruleInRow, "rule in event": h.ruleInEvent,
		"shift event": h.shiftEvent, "delete": h.delete,
		"sync": func() { h.sync(func() {}) }, "sync ": func() { h.sync(func() {}) }, "fault": h.faultySync, "crash": h.crash,
		"expire sync tokens": h.w.google.ExpireSyncTokens,
	}
	h.w.advance(3 * time.Second)
	actions[rapid.SampledFrom(slices.Sorted(maps.Keys(actions))).Draw(h.rt, "action")]()
}

func (h *seriesHistory) token() string {
	h.made++
	return fmt.Sprintf("#%d-%d", h.user, h.made)
}

func (h *seriesHistory) addRow() {
	start := h.someTime()
	token := h.token() // in the subject too: no two of them look alike
	h.w.exec("INSERT INTO schedules (owner_id, subject, body, start_at, end_at, recurrence) VALUES (?, ?, ?, ?, ?, 'RRULE:FREQ=DAILY;COUNT=4')",
		h.user, "s"+token, token, start.Format("2006-01-02 15:04:05"), start.Add(time.Hour).Format("2006-01-02 15:04:05"))
}

func (h *seriesHistory) addEvent() {
	start := h.someTime()
	token := h.token()
	e := timed("s"+token, start.Format(time.RFC3339), start.Add(time.Hour).Format(time.RFC3339))
	e.Start.TimeZone, e.End.TimeZone = "Asia/Tokyo", "Asia/Tokyo"
	e.Recurrence, e.Description = []string{"RRULE:FREQ=DAILY;COUNT=4"}, token
	h.account.Insert("primary", e)
}

// masters are the series rows.
func (h *seriesHistory) masters() map[string][]models.Schedule {
	found := map[string][]models.Schedule{}
	for _, row := range h.w.rowsOf(h.user) {
		if row.SeriesID == 0 {
			found[row.Body] = append(found[row.Body], row)
		}
	}
	return found
}

func (h *seriesHistory) masterEvents() map[string][]*calendar.Event {
	found := map[string][]*calendar.Event{}
	for _, e := range h.account.Events("primary") {
		if len(e.Recurrence) > 0 {
			found[e.Description] = append(found[e.Description], e)
		}
	}
	return found
}

// starts are a row's occurrences, whether changed or not; removed ones are not.
func starts(row models.Schedule) []models.Wall {
	var out []models.Wall
	count := 0
	rules, exdates := models.SplitRecurrence(row.Recurrence)
	if len(rules) == 0 {
		return []models.Wall{row.StartAt}
	}
	fmt.Sscanf(rules[0], "RRULE:FREQ=DAILY;COUNT=%d", &count)
	for i := range count {
		at := row.StartAt.AddDays(i)
		removed := slices.ContainsFunc(exdates, func(line string) bool {
			return strings.HasSuffix(line, ":"+at.Format("20060102T150405"))
		})
		if !removed {
			out = append(out, at)
		}
	}
	return out
}

func (h *seriesHistory) someOccurrence() (models.Schedule, models.Wall, bool) {
	_, row, ok := pick(h.rt, h.masters())
	if !ok || len(starts(row)) == 0 {
		return row, models.Wall{}, false
	}
	all := starts(row)
	return row, all[rapid.IntRange(0, len(all)-1).Draw(h.rt, "occurrence")], true
}

func (h *seriesHistory) exdate() {
	row, at, ok := h.someOccurrence()
	if !ok {
		return
	}
	h.w.exec("DELETE FROM schedules WHERE series_id = ? AND original_start_at = ?", row.ID, at.Format("2006-01-02 15:04:05"))
	h.w.exec("UPDATE schedules SET recurrence = recurrence || char(10) || ? WHERE id = ?", "EXDATE;TZID=Asia/Tokyo:"+at.Format("20060102T150405"), row.ID)
}

func (h *seriesHistory) replace() {
	row, at, ok := h.someOccurrence()
	if !ok {
		return
	}
	rows, err := h.w.db.Replacements(context.Background(), row.ID)
	check(h.w.t, err)
	if slices.ContainsFunc(rows, func(r models.Schedule) bool { return r.OriginalStartAt == at }) {
		return
	}
	h.w.exec("INSERT INTO schedules (owner_id, subject, body, start_at, end_at, series_id, original_start_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
		h.user, fmt.Sprintf("replaced %d", h.w.now().Unix()), row.Body, at.Add(10*time.Minute).Format("2006-01-02 15:04:05"), at.Add(time.Hour).Format("2006-01-02 15:04:05"), row.ID, at.Format("2006-01-02 15:04:05"))
}

func (h *seriesHistory) replacements() map[string][]models.Schedule {
	found := map[string][]models.Schedule{}
	for _, row := range h.w.rowsOf(h.user) {
		if row.SeriesID != 0 {
			key := fmt.Sprint(row.Body, row.OriginalStartAt)
			found[key] = append(found[key], row)
		}
	}
	return found
}

func (h *seriesHistory) editReplacement() {
	if _, row, ok := pick(h.rt, h.replacements()); ok {
		h.w.exec("UPDATE schedules SET subject = ? WHERE id = ?", fmt.Sprintf("edited %d", h.w.now().Unix()), row.ID)
	}
}

func (h *seriesHistory) giveBack() {
	if _, row, ok := pick(h.rt, h.replacements()); ok {
		h.w.exec("DELETE FROM schedules WHERE id = ?", row.ID)
	}
}

func (h *seriesHistory) someInstance() (string, bool) {
	_, e, ok := pick(h.rt, h.masterEvents())
	if !ok {
		return "", false
	}
	at, err := time.Parse(time.RFC3339, e.Start.DateTime)
	check(h.w.t, err)
	id := e.Id + "_" + at.AddDate(0, 0, rapid.IntRange(0, 3).Draw(h.rt, "instance")).UTC().Format(instantKey)
	x := h.account.Event("primary", id)
	return id, x != nil && x.Status != "cancelled"
}

func (h *seriesHistory) deleteInstance() {
	if id, ok := h.someInstance(); ok {
		h.account.Delete("primary", id)
	}
}

func (h *seriesHistory) editInstance() {
	if id, ok := h.someInstance(); ok {
		h.account.Edit("primary", id, func(e *calendar.Event) { e.Summary = fmt.Sprintf("instance %d", h.w.now().Unix()) })
	}
}

func (h *seriesHistory) editRow() {
	if _, row, ok := pick(h.rt, h.masters()); ok {
		h.w.exec("UPDATE schedules SET location = ? WHERE id = ?", fmt.Sprint("r", h.w.now().Unix()), row.ID)
	}
}

func (h *seriesHistory) editEvent() {
	if _, e, ok := pick(h.rt, h.masterEvents()); ok {
		h.account.Edit("primary", e.Id, func(e *calendar.Event) { e.Location = fmt.Sprint("g", h.w.now().Unix()) })
	}
}

func (h *seriesHistory) ruleInRow() {
	if _, row, ok := pick(h.rt, h.masters()); ok {
		_, exdates := models.SplitRecurrence(row.Recurrence)
		rule := fmt.Sprintf("RRULE:FREQ=DAILY;COUNT=%d", rapid.IntRange(2, 6).Draw(h.rt, "count"))
		h.w.exec("UPDATE schedules SET recurrence = ? WHERE id = ?", strings.Join(append([]string{rule}, exdates...), "\n"), row.ID)
	}
}

func (h *seriesHistory) ruleInEvent() {
	if _, e, ok := pick(h.rt, h.masterEvents()); ok {
		rule := fmt.Sprintf("RRULE:FREQ=DAILY;COUNT=%d", rapid.IntRange(2, 6).Draw(h.rt, "count"))
		h.account.Edit("primary", e.Id, func(e *calendar.Event) {
			_, exdates := models.SplitRecurrence(strings.Join(e.Recurrence, "\n"))
			e.Recurrence = append([]string{rule}, exdates...)
		})
	}
}

func (h *seriesHistory) shiftEvent() {
	if _, e, ok := pick(h.rt, h.masterEvents()); ok {
		h.account.Edit("primary", e.Id, func(e *calendar.Event) {
			for _, at := range []*calendar.EventDateTime{e.Start, e.End} {
				t, err := time.Parse(time.RFC3339, at.DateTime)
				check(h.w.t, err)
				at.DateTime = t.Add(time.Hour).Format(time.RFC3339)
			}
		})
	}
}

func (h *seriesHistory) delete() {
	if h.deleted == 4 {
		return
	}
	h.deleted++
	if rapid.Bool().Draw(h.rt, "in Google") {
		if token, e, ok := pick(h.rt, h.masterEvents()); ok {
			h.account.Delete("primary", e.Id)
			h.dead[token] = true
		}
	} else if token, row, ok := pick(h.rt, h.masters()); ok {
		h.w.exec("DELETE FROM schedules WHERE id = ?", row.ID)
		h.dead[token] = true
	}
}

// check compares what both sides show.
func (h *seriesHistory) check() {
	h.w.noMail()
	h.w.google.ResetCalls()
	res, err := h.w.svc.SyncUser(context.Background(), h.user, RunOptions{})
	if err != nil || res.Pulled+res.Pushed != 0 || h.w.google.WriteCount() != 0 {
		h.rt.Errorf("a further run was not idle: %+v %v", res, err)
	}
	table, google := h.shownByTable(), h.shownByGoogle()
	for i := 1; i <= h.made; i++ {
		token := fmt.Sprintf("#%d-%d", h.user, i)
		if a, b := strings.Join(table[token], "\n"), strings.Join(google[token], "\n"); a != b {
			h.rt.Errorf("%s: the table shows\n%s\nGoogle shows\n%s", token, a, b)
		}
		nr, ne := len(h.masters()[token]), len(h.masterEvents()[token])
		if nr > 1 || ne > 1 || (!h.dead[token] && nr+ne != 2) {
			h.rt.Errorf("%s stands %d times in the table and %d times in Google", token, nr, ne)
		}
	}
}

func (h *seriesHistory) shownByTable() map[string][]string {
	shown := map[string][]string{}
	for token, list := range h.masters() {
		row := list[0]
		replaced, err := h.w.db.Replacements(context.Background(), row.ID)
		check(h.w.t, err)
		for _, at := range starts(row) {
			subject, start := row.Subject+" "+row.Location, at
			for _, r := range replaced {
				if r.OriginalStartAt == at {
					subject, start = r.Subject+" "+r.Location, r.StartAt
				}
			}
			shown[token] = append(shown[token], start.Format("2006-01-02T15:04:05+09:00 ")+subject)
		}
		slices.Sort(shown[token])
	}
	return shown
}

func (h *seriesHistory) shownByGoogle() map[string][]string {
	ctx := context.Background()
	grant, err := h.w.db.StoredGrant(ctx, h.user)
	check(h.w.t, err)
	a, err := h.w.svc.apiFor(ctx, h.user, grant)
	check(h.w.t, err)
	shown := map[string][]string{}
	call := a.svc.Events.List("primary").SingleEvents(true).MaxResults(2500).TimeMin("2026-01-01T00:00:00Z")
	check(h.w.t, call.Pages(ctx, func(page *calendar.Events) error {
		for _, e := range page.Items {
			shown[e.Description] = append(shown[e.Description], e.Start.DateTime+" "+e.Summary+" "+e.Location)
		}
		return nil
	}))
	for _, list := range shown {
		slices.Sort(list)
	}
	return shown
}
