package calsync

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"
	"pgregory.net/rapid"

	"agcrm-google/models"
	"agcrm-google/sync/googletest"
)

// TestRandomCopies plays random histories of rows that two employees share: the
// roster changes, owners change, either edits and deletes in Google. In the end
// the owner has the event, every participant who has not declined has one copy
// that says the same, and nobody else has anything.
func TestRandomCopies(t *testing.T) {
	histories(t, 40, 100)
	w := bareWorld(t)
	user := int64(2_000_000)
	rapid.Check(t, func(rt *rapid.T) {
		user += 2
		h := &copiesHistory{history: newHistory(w, rt, user), users: []int64{user, user + 1}}
		email := fmt.Sprintf("u%d@example.com", user+1)
		w.exec("INSERT INTO users (id, login, email) VALUES (?, ?, ?)", user+1, email, email)
		h.accounts = []*googletest.Account{h.account, w.link(user+1, email)}
		for range rapid.IntRange(3, 18).Draw(rt, "steps") {
			h.act()
		}
		h.settleAll()
		h.check()
	})
	w.noMail()
}

type copiesHistory struct {
	*history
	users    []int64
	accounts []*googletest.Account
	made     int
}

func (h *copiesHistory) act() {
	actions := map[string]func(){
		"add row": h.addRow, "invite": h.invite, "respond": h.respond, "leave": h.leave, "hand over": h.handOver,
		"edit row": h.editRow, "edit event": h.editEvent, "edit event ": h.editEvent, "delete row": h.deleteRow, "delete event": h.deleteEvent,
		"sync": h.syncOne, "sync ": h.syncOne, "fault": h.faulty, "crash": h.crash, "expire sync tokens": h.w.google.ExpireSyncTokens,
		"wait": func() { h.w.advance(25 * time.Hour) },
	}
	h.w.advance(3 * time.Second)
	actions[rapid.SampledFrom(slices.Sorted(maps.Keys(actions))).Draw(h.rt, "action")]()
}

func (h *copiesHistory) someUser() int { return rapid.IntRange(0, 1).Draw(h.rt, "user") }

// syncOne runs one of the two; a killed run is let die.
func (h *copiesHistory) syncOne() {
	h.user = h.users[h.someUser()]
	h.sync(func() {})
}

func (h *copiesHistory) faulty() {
	h.user = h.users[h.someUser()]
	h.faultySync()
}

func (h *copiesHistory) crash() {
	h.user = h.users[h.someUser()]
	h.history.crash()
}

func (h *copiesHistory) allRows() []models.Schedule {
	return append(h.w.rowsOf(h.users[0]), h.w.rowsOf(h.users[1])...)
}

func (h *copiesHistory) someRow() (models.Schedule, bool) {
	rows := h.allRows()
	if len(rows) == 0 {
		return models.Schedule{}, false
	}
	return rows[rapid.IntRange(0, len(rows)-1).Draw(h.rt, "row")], true
}

func (h *copiesHistory) addRow() {
	h.made++
	start := h.someTime()
	id := h.w.exec("INSERT INTO schedules (owner_id, subject, body, start_at, end_at) VALUES (?, ?, ?, ?, ?)",
		h.users[h.someUser()], fmt.Sprint("s", h.made), fmt.Sprintf("#%d", h.made), start.Format("2006-01-02 15:04:05"), start.Add(time.Hour).Format("2006-01-02 15:04:05"))
	if rapid.Bool().Draw(h.rt, "invite at once") {
		h.inviteTo(id)
	}
}

func (h *copiesHistory) inviteTo(id int64) {
	rows, err := h.w.db.Schedules(context.Background(), []int64{id})
	check(h.w.t, err)
	other := h.users[0]
	if rows[id].OwnerID == other {
		other = h.users[1]
	}
	h.w.exec("INSERT OR IGNORE INTO schedule_participants (schedule_id, user_id) VALUES (?, ?)", id, other)
}

func (h *copiesHistory) invite() {
	if row, ok := h.someRow(); ok {
		h.inviteTo(row.ID)
	}
}

func (h *copiesHistory) respond() {
	if row, ok := h.someRow(); ok {
		response := rapid.SampledFrom([]string{"accepted", "declined", "tentative", "needsAction"}).Draw(h.rt, "response")
		h.w.exec("UPDATE schedule_participants SET response = ? WHERE schedule_id = ?", response, row.ID)
	}
}

func (h *copiesHistory) leave() {
	if row, ok := h.someRow(); ok {
		h.w.exec("DELETE FROM schedule_participants WHERE schedule_id = ?", row.ID)
	}
}

// handOver changes the owner; who was a participant and becomes the owner needs
// no row in the roster, and keeps it in some systems.
func (h *copiesHistory) handOver() {
	if row, ok := h.someRow(); ok {
		h.w.exec("UPDATE schedules SET owner_id = ? WHERE id = ?", h.users[0]+h.users[1]-row.OwnerID, row.ID)
	}
}

func (h *copiesHistory) editRow() {
	if row, ok := h.someRow(); ok {
		h.w.exec("UPDATE schedules SET subject = ?, updated_at = ? WHERE id = ?", fmt.Sprint("row ", h.w.now().Unix()), h.w.stamp(), row.ID)
	}
}

func (h *copiesHistory) someEvent() (*googletest.Account, *calendar.Event, bool) {
	a := h.accounts[h.someUser()]
	events := a.Events("primary")
	if len(events) == 0 {
		return nil, nil, false
	}
	return a, events[rapid.IntRange(0, len(events)-1).Draw(h.rt, "event")], true
}

func (h *copiesHistory) editEvent() {
	if a, e, ok := h.someEvent(); ok {
		a.Edit("primary", e.Id, func(e *calendar.Event) { e.Summary = fmt.Sprint("event ", h.w.now().Unix()) })
	}
}

func (h *copiesHistory) deleteRow() {
	if row, ok := h.someRow(); ok && h.deleted < 5 {
		h.deleted++
		h.w.exec("DELETE FROM schedules WHERE id = ?", row.ID)
		h.w.exec("DELETE FROM schedule_participants WHERE schedule_id = ?", row.ID)
	}
}

func (h *copiesHistory) deleteEvent() {
	if a, e, ok := h.someEvent(); ok && h.deleted < 5 {
		h.deleted++
		a.Delete("primary", e.Id)
	}
}

// settleAll runs both until neither has anything to do.
func (h *copiesHistory) settleAll() {
	h.w.google.ClearFaults()
	for range 12 {
		h.w.advance(26 * time.Hour)
		work := 0
		for _, user := range h.users {
			res, err := h.w.svc.SyncUser(context.Background(), user, RunOptions{})
			if err != nil && !errors.Is(err, models.ErrConflict) {
				h.rt.Fatalf("a run without trouble failed: %v", err)
			}
			work += res.Pulled + res.Pushed
		}
		if work == 0 {
			return
		}
	}
	h.rt.Fatalf("it never comes to rest")
}

func (h *copiesHistory) check() {
	want := []map[string]string{{}, {}}
	rows := h.allRows()
	for _, row := range rows {
		rosters, err := h.w.db.Participants(context.Background(), []int64{row.ID})
		check(h.w.t, err)
		for i, user := range h.users {
			if row.OwnerID == user || models.TakesPart(rosters[row.ID], user) {
				want[i][row.Body] = row.Subject
			}
		}
	}
	for i, a := range h.accounts {
		got := map[string]string{}
		for _, e := range a.Events("primary") {
			if _, twice := got[e.Description]; twice {
				h.rt.Errorf("user %d has %s twice", i, e.Description)
			}
			got[e.Description] = e.Summary
		}
		if !maps.Equal(got, want[i]) {
			h.rt.Errorf("user %d has %v, want %v", i, got, want[i])
		}
	}
}
