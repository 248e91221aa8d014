package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/api/calendar/v3"
)

// edit is what people do between two kills.
func (k *killings) edit() {
	k.t.Helper()
	for range 3 {
		k.addRow()
	}
	k.addEvent()
	for range 12 {
		th := k.things[k.rng.IntN(len(k.things))]
		if th.gone {
			continue
		}
		switch k.rng.IntN(6) {
		case 0, 1:
			k.renameRow(th)
		case 2, 3:
			k.moveEvent(th)
		case 4:
			k.editOccurrence(th)
		default:
			k.delete(th)
		}
	}
}

func (k *killings) newThing() *thing {
	n := len(k.things) + 1
	start, err := time.Parse(time.DateTime, fmt.Sprintf("%s %02d:00:00", day(1+n%20), 8+n%9))
	if err != nil {
		k.t.Fatal(err)
	}
	th := &thing{token: fmt.Sprintf("#%d", n), subject: fmt.Sprintf("予定%d", n), start: start,
		series: k.rng.IntN(4) == 0, removed: map[int]bool{}, named: map[int]string{}, fresh: true}
	k.things = append(k.things, th)
	return th
}

func (k *killings) addRow() {
	th := k.newThing()
	var rule any
	if th.series {
		rule = fmt.Sprintf("RRULE:FREQ=DAILY;COUNT=%d", seriesLength)
	}
	th.shared = k.rng.IntN(3) == 0
	k.exec("INSERT INTO schedules (owner_id, subject, body, start_at, end_at, recurrence) VALUES (101, ?, ?, ?, ?, ?)", th.subject, th.token,
		th.start.Format(time.DateTime), th.start.Add(time.Hour).Format(time.DateTime), rule)
	if th.shared {
		k.exec("INSERT INTO schedule_participants (schedule_id, user_id, response) SELECT id, 102, 'accepted' FROM schedules WHERE body = ?", th.token)
	}
}

func (k *killings) addEvent() {
	th := k.newThing()
	stamp := func(at time.Time) *calendar.EventDateTime {
		return &calendar.EventDateTime{DateTime: at.Format("2006-01-02T15:04:05") + "+09:00", TimeZone: "Asia/Tokyo"}
	}
	ev := &calendar.Event{Summary: th.subject, Description: th.token, Start: stamp(th.start), End: stamp(th.start.Add(time.Hour))}
	if th.series {
		ev.Recurrence = []string{fmt.Sprintf("RRULE:FREQ=DAILY;COUNT=%d", seriesLength)}
	}
	k.google.Account(tanakaEmail).Insert(tanakaEmail, ev)
}

// renameRow writes the subject in the table, if the row is there yet.
func (k *killings) renameRow(th *thing) {
	name := fmt.Sprintf("%s 改%d", th.token, k.rng.IntN(1000))
	done, err := k.crm.Exec("UPDATE schedules SET subject = ? WHERE body = ? AND series_id IS NULL", name, th.token)
	if err != nil {
		k.t.Fatal(err)
	}
	if n, err := done.RowsAffected(); err == nil && n == 1 {
		th.subject, th.fresh = name, true
	}
}

// moveEvent writes the place in Google, if the event is there yet.
func (k *killings) moveEvent(th *thing) {
	if ev := k.masterIn(tanakaEmail, th); ev != nil && !th.series {
		th.place, th.fresh = fmt.Sprintf("場所%d", k.rng.IntN(1000)), true
		k.google.Account(tanakaEmail).Edit(tanakaEmail, ev.Id, func(ev *calendar.Event) { ev.Location = th.place })
	}
}

// editOccurrence takes one of the last two days out of the row of a series, or
// renames one of the first in Google.
func (k *killings) editOccurrence(th *thing) {
	if !th.series {
		return
	}
	if i := k.rng.IntN(seriesLength); i >= 3 && !th.removed[i] {
		done, err := k.crm.Exec("UPDATE schedules SET recurrence = recurrence || char(10) || ? WHERE body = ? AND series_id IS NULL",
			"EXDATE;TZID=Asia/Tokyo:"+th.at(i).Format("20060102T150405"), th.token)
		if err != nil {
			k.t.Fatal(err)
		}
		if n, err := done.RowsAffected(); err == nil && n == 1 {
			th.removed[i], th.fresh = true, true
		}
	} else if ev := k.masterIn(tanakaEmail, th); i < 3 && ev != nil {
		th.named[i], th.fresh = fmt.Sprintf("%s 回%d", th.token, k.rng.IntN(1000)), true
		k.google.Account(tanakaEmail).Edit(tanakaEmail, instanceID(ev, th, i), func(ev *calendar.Event) { ev.Summary = th.named[i] })
	}
}

// delete deletes on one side what nobody edited since both sides were equal:
// otherwise the edit wins, rightly.
func (k *killings) delete(th *thing) {
	here := k.rng.IntN(2) == 0
	if th.fresh || k.deleted[here] >= 8 {
		return
	}
	k.deleted[here]++
	th.gone = true
	if here {
		k.exec("DELETE FROM schedules WHERE body = ?", th.token)
	} else {
		k.google.Account(tanakaEmail).Delete(tanakaEmail, k.masterIn(tanakaEmail, th).Id)
	}
}

// masterIn is the thing's event in a calendar, of a series the series itself.
func (k *killings) masterIn(email string, th *thing) *calendar.Event {
	for _, ev := range k.google.Account(email).Events(email) {
		if ev.Description == th.token && ev.RecurringEventId == "" {
			return ev
		}
	}
	return nil
}

func instanceID(series *calendar.Event, th *thing, i int) string {
	return series.Id + "_" + th.at(i).Add(-9*time.Hour).Format("20060102T150405Z")
}

// calendarOf is what somebody sees in Google, in the form of thing.lines.
func (k *killings) calendarOf(email string) []string {
	k.t.Helper()
	zone := time.FixedZone("JST", 9*60*60)
	account := k.google.Account(email)
	var lines []string
	for _, ev := range account.Events(email) {
		switch {
		case ev.RecurringEventId != "":
		case len(ev.Recurrence) == 0:
			lines = append(lines, fmt.Sprintf("%s %s %q %q", ev.Description, wall(k.t, ev.Start.DateTime, zone), ev.Summary, ev.Location))
		default:
			start, err := time.Parse(time.DateTime, wall(k.t, ev.Start.DateTime, zone))
			if err != nil {
				k.t.Fatal(err)
			}
			for i := range seriesLength {
				x := account.Event(email, instanceID(ev, &thing{start: start}, i))
				if x != nil && x.Status != "cancelled" {
					lines = append(lines, fmt.Sprintf("%s %s %q", ev.Description, wall(k.t, x.Start.DateTime, zone), x.Summary))
				}
			}
		}
	}
	slices.Sort(lines)
	return lines
}

// tableOf is what somebody's rows say, in the same form.
func (k *killings) tableOf(owner int) []string {
	k.t.Helper()
	rows, err := k.crm.Query(`SELECT id, subject, COALESCE(location, ''), body, CAST(start_at AS TEXT), COALESCE(recurrence, ''),
		COALESCE(series_id, 0), COALESCE(CAST(original_start_at AS TEXT), '') FROM schedules WHERE owner_id = ? ORDER BY series_id`, owner)
	if err != nil {
		k.t.Fatal(err)
	}
	defer rows.Close()
	series := map[int64]*thing{}
	var lines []string
	for rows.Next() {
		var id, seriesID int64
		var subject, location, body, start, rule, original string
		if err := rows.Scan(&id, &subject, &location, &body, &start, &rule, &seriesID, &original); err != nil {
			k.t.Fatal(err)
		}
		at, err := time.Parse(time.DateTime, tidy(start, false))
		if err != nil {
			k.t.Fatal(err)
		}
		th := &thing{token: body, subject: subject, place: location, start: at, series: rule != "", removed: map[int]bool{}, named: map[int]string{}}
		switch of := series[seriesID]; {
		case seriesID != 0 && of == nil:
			lines = append(lines, fmt.Sprintf("%s: an occurrence of no series", body))
		case seriesID != 0:
			for i := range seriesLength {
				if of.at(i).Format(time.DateTime) == tidy(original, false) {
					of.named[i] = subject
				}
			}
		case th.series:
			for i := range seriesLength {
				th.removed[i] = strings.Contains(rule, ":"+th.at(i).Format("20060102T150405"))
			}
			series[id] = th
		default:
			lines = append(lines, th.lines()...)
		}
	}
	for _, th := range series {
		lines = append(lines, th.lines()...)
	}
	slices.Sort(lines)
	return lines
}
