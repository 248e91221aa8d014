package calsync

import (
	"cmp"
	"context"
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

// TestRandomMeetings plays random histories of meetings: three employees and
// somebody outside invite each other, answer, leave, hand over and cancel in
// Google, while the CRM edits rows and rosters, runs fail and processes die. At
// every moment nothing is written that belongs to another organiser, and in the
// end a meeting stands once in the table and once in each calendar.
func TestRandomMeetings(t *testing.T) {
	histories(t, 12)
	w := bareWorld(t)
	user := int64(5_000_000)
	rapid.Check(t, func(rt *rapid.T) {
		user += 10
		m := newMeetings(w, rt, user)
		for range rapid.IntRange(3, 22).Draw(rt, "steps") {
			m.act()
		}
		m.settle()
		m.check()
	})
	w.noMail()
}

// meetings is what happens to one company; the last account is not linked.
type meetings struct {
	*history
	users    []int64
	accounts []*googletest.Account
	made     int
	rowsGone map[string]bool // by the token in the body, which nobody edits
	takenOff map[string]bool // by token and employee: the CRM took them off the roster
}

func newMeetings(w *world, rt *rapid.T, base int64) *meetings {
	m := &meetings{history: newHistory(w, rt, base), rowsGone: map[string]bool{}, takenOff: map[string]bool{}}
	m.users = []int64{base, base + 1, base + 2}
	m.accounts = []*googletest.Account{m.account}
	for _, user := range m.users[1:] {
		email := fmt.Sprintf("u%d@example.com", user)
		w.exec("INSERT INTO users (id, login, email) VALUES (?, ?, ?)", user, email, email)
		m.accounts = append(m.accounts, w.link(user, email))
	}
	m.accounts = append(m.accounts, w.google.AddAccount(fmt.Sprintf("boss%d@elsewhere.example", base)))
	w.google.SetLocalGuestWrites(rapid.Bool().Draw(rt, "local writes"))
	return m
}

func (m *meetings) act() {
	actions := map[string]func(){
		"invite": m.invite, "invite ": m.invite, "answer": m.answer, "answer ": m.answer, "leave": m.leave, "edit": m.edit, "guests": m.guests, "hand over": m.handOver,
		"occurrence": m.occurrence, "row": m.addRow, "edit row": m.editRow, "delete row": m.deleteRow, "roster": m.roster,
		"sync": m.syncOne, "sync ": m.syncOne, "sync  ": m.syncOne, "fault": m.faulty, "crash": m.crash, "overlap": m.overlap,
		"expire sync tokens": m.w.google.ExpireSyncTokens, "wait": func() { m.w.advance(25 * time.Hour) },
	}
	m.w.advance(3 * time.Second)
	actions[rapid.SampledFrom(slices.Sorted(maps.Keys(actions))).Draw(m.rt, "action")]()
}

func (m *meetings) any(n int, what string) int { return rapid.IntRange(0, n-1).Draw(m.rt, what) }

func (m *meetings) run(how func()) {
	m.user = m.users[m.any(3, "user")]
	m.w.google.ResetCalls()
	how()
	m.lawful()
}

func (m *meetings) syncOne() { m.run(func() { m.sync(func() {}) }) }
func (m *meetings) faulty()  { m.run(m.faultySync) }
func (m *meetings) crash()   { m.run(m.history.crash) }

// overlap lets another employee's whole run, or a person, come into one's run.
func (m *meetings) overlap() {
	m.run(func() {
		other := m.users[m.any(3, "other")]
		m.sync(func() {
			m.w.chaos.other = func() {
				if other != m.user {
					m.w.svc.SyncUser(context.Background(), other, RunOptions{})
				} else {
					m.answer()
				}
			}
			m.w.chaos.call.Store(int64(rapid.IntRange(1, 12).Draw(m.rt, "moment")))
		})
	})
}

// invite makes a meeting of somebody's.
func (m *meetings) invite() {
	m.made++
	organizer := m.any(4, "organiser")
	start := m.someTime()
	e := &calendar.Event{Summary: fmt.Sprint("m", m.made), Description: fmt.Sprintf("#%d", m.made),
		Start: &calendar.EventDateTime{DateTime: start.Format(time.RFC3339), TimeZone: "Asia/Tokyo"},
		End:   &calendar.EventDateTime{DateTime: start.Add(time.Hour).Format(time.RFC3339), TimeZone: "Asia/Tokyo"}}
	if m.any(4, "series") == 0 {
		e.Recurrence = []string{"RRULE:FREQ=DAILY;COUNT=3"}
	}
	for i, a := range m.accounts {
		if rapid.Bool().Draw(m.rt, "invited") || i == (organizer+1)%3 {
			e.Attendees = append(e.Attendees, &calendar.EventAttendee{Email: a.Email})
		}
	}
	if m.any(3, "outside") == 0 {
		e.Attendees = append(e.Attendees, &calendar.EventAttendee{Email: "guest@outside.example"})
	}
	m.accounts[organizer].Insert("primary", e)
}

// some is a living event of somebody's that is as wanted.
func (m *meetings) some(wanted func(*calendar.Event) bool) (*googletest.Account, *calendar.Event) {
	var owners []*googletest.Account
	var events []*calendar.Event
	for _, a := range m.accounts {
		mine := slices.DeleteFunc(a.Events("primary"), func(e *calendar.Event) bool { return !wanted(e) })
		slices.SortFunc(mine, func(a, b *calendar.Event) int { // so that a history that is played again chooses the same
			return cmp.Or(cmpToken(a.Description, b.Description), cmp.Compare(a.Start.DateTime, b.Start.DateTime), cmpToken(a.RecurringEventId, b.RecurringEventId))
		})
		for _, e := range mine {
			owners, events = append(owners, a), append(events, e)
		}
	}
	if len(events) == 0 {
		return nil, nil
	}
	i := m.any(len(events), "event")
	return owners[i], events[i]
}

func ownEvent(e *calendar.Event) bool { return e.Organizer.Self }

// userOf is the employee of an account, 0 for the one outside.
func (m *meetings) userOf(a *googletest.Account) int64 {
	if i := slices.Index(m.accounts, a); i < len(m.users) {
		return m.users[i]
	}
	return 0
}

func (m *meetings) answer() {
	a, e := m.some(func(e *calendar.Event) bool {
		return !e.Organizer.Self && slices.ContainsFunc(e.Attendees, func(g *calendar.EventAttendee) bool { return g.Self })
	})
	if e != nil {
		a.Answer("primary", e.Id, rapid.SampledFrom([]string{"accepted", "declined", "tentative"}).Draw(m.rt, "answer"))
	}
}

func (m *meetings) leave() {
	if a, e := m.some(func(*calendar.Event) bool { return true }); e != nil && m.deleted < 5 {
		m.deleted++
		a.Delete("primary", e.Id)
	}
}

func (m *meetings) edit() {
	if a, e := m.some(ownEvent); e != nil {
		a.Edit("primary", e.Id, func(e *calendar.Event) { e.Summary = fmt.Sprint("event ", m.w.now().Unix()) })
	}
}

// guests adds or removes a guest; who invites people to a copy of ours makes a
// meeting beside the meeting, which is the person's to do and not looked at here.
func (m *meetings) guests() {
	a, e := m.some(func(e *calendar.Event) bool { return ownEvent(e) && e.RecurringEventId == "" })
	if e == nil || e.ExtendedProperties != nil && !slices.ContainsFunc(m.table(), func(row models.Schedule) bool {
		return row.Body == e.Description && row.OwnerID == m.userOf(a)
	}) {
		return
	}
	whom := m.accounts[m.any(3, "guest")].Email
	a.Edit("primary", e.Id, func(e *calendar.Event) {
		at := slices.IndexFunc(e.Attendees, func(g *calendar.EventAttendee) bool { return g.Email == whom })
		if at >= 0 {
			e.Attendees = slices.Delete(e.Attendees, at, at+1)
		} else if whom != a.Email {
			e.Attendees = append(e.Attendees, &calendar.EventAttendee{Email: whom})
		}
	})
}

// handOver gives a meeting to one of its guests. An employee who does so is a
// guest himself, so that he does not leave it by that.
func (m *meetings) handOver() {
	a, e := m.some(func(e *calendar.Event) bool {
		return ownEvent(e) && e.RecurringEventId == "" && (e.Organizer.Email == m.accounts[3].Email ||
			slices.ContainsFunc(e.Attendees, func(g *calendar.EventAttendee) bool { return g.Self }))
	})
	if e == nil {
		return
	}
	if to := m.accounts[m.any(4, "to")]; to != a && isGuest(e, to) {
		a.HandOver(e.Id, to)
	}
}

func isGuest(e *calendar.Event, a *googletest.Account) bool {
	return slices.ContainsFunc(e.Attendees, func(g *calendar.EventAttendee) bool { return g.Email == a.Email })
}

// occurrence changes or removes one occurrence of a series.
func (m *meetings) occurrence() {
	a, e := m.some(func(e *calendar.Event) bool { return len(e.Recurrence) > 0 })
	if e == nil {
		return
	}
	start, err := time.Parse(time.RFC3339, e.Start.DateTime)
	check(m.w.t, err)
	id := e.Id + "_" + start.AddDate(0, 0, m.any(3, "occurrence")).UTC().Format("20060102T150405Z")
	switch one := a.Event("primary", id); {
	case one == nil || one.Status == "cancelled":
	case ownEvent(e) && rapid.Bool().Draw(m.rt, "edit it"):
		a.Edit("primary", id, func(e *calendar.Event) { e.Summary = fmt.Sprint("once ", m.w.now().Unix()) })
	default:
		a.Delete("primary", id)
	}
}

func (m *meetings) table() (rows []models.Schedule) {
	for _, user := range m.users {
		rows = append(rows, m.w.rowsOf(user)...)
	}
	return rows
}

func (m *meetings) someRow() (models.Schedule, bool) {
	rows := m.table()
	if len(rows) == 0 {
		return models.Schedule{}, false
	}
	return rows[m.any(len(rows), "row")], true
}

func (m *meetings) addRow() {
	m.made++
	start := m.someTime()
	owner := m.any(3, "owner")
	id := m.w.exec("INSERT INTO schedules (owner_id, subject, body, start_at, end_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)",
		m.users[owner], fmt.Sprint("s", m.made), fmt.Sprintf("#%d", m.made), start.Format("2006-01-02 15:04:05"), start.Add(time.Hour).Format("2006-01-02 15:04:05"), m.w.stamp())
	m.w.exec("INSERT INTO schedule_participants (schedule_id, user_id) VALUES (?, ?)", id, m.users[(owner+1)%3])
}

func (m *meetings) editRow() {
	if row, ok := m.someRow(); ok {
		m.w.exec("UPDATE schedules SET subject = ?, updated_at = ? WHERE id = ?", fmt.Sprint("row ", m.w.now().Unix()), m.w.stamp(), row.ID)
	}
}

func (m *meetings) deleteRow() {
	if row, ok := m.someRow(); ok && m.deleted < 5 && row.SeriesID == 0 {
		m.deleted++
		m.rowsGone[row.Body] = true
		m.w.exec("DELETE FROM schedule_participants WHERE schedule_id = ?", row.ID)
		m.w.exec("DELETE FROM schedules WHERE id = ? OR series_id = ?", row.ID, row.ID)
	}
}

// roster adds, answers for, or removes a participant.
func (m *meetings) roster() {
	row, ok := m.someRow()
	who := m.users[m.any(3, "participant")]
	if !ok || row.SeriesID != 0 || who == row.OwnerID {
		return
	}
	switch m.any(3, "change") {
	case 0:
		m.w.exec("INSERT OR IGNORE INTO schedule_participants (schedule_id, user_id) VALUES (?, ?)", row.ID, who)
	case 1:
		m.w.exec("UPDATE schedule_participants SET response = 'accepted' WHERE schedule_id = ? AND user_id = ?", row.ID, who)
	default:
		m.takenOff[fmt.Sprint(row.Body, who)] = true
		m.w.exec("DELETE FROM schedule_participants WHERE schedule_id = ? AND user_id = ?", row.ID, who)
	}
}
