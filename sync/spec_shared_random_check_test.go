package calsync

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"agcrm-google/models"
)

// lawful asserts that what was written since ResetCalls belonged to its writer.
func (m *meetings) lawful() {
	for _, c := range m.w.google.Calls() {
		if c.Method == "GET" || c.Account == "" { // read, or refused before it was known who asks
			continue
		}
		if strings.Contains(string(c.Body), "attendees") || !strings.Contains(c.Query, "sendUpdates=none") {
			m.rt.Errorf("%s %s?%s: %s", c.Method, c.Path, c.Query, c.Body)
		}
		id, _ := url.PathUnescape(c.Path[strings.LastIndexByte(c.Path, '/')+1:])
		if e := m.w.google.Account(c.Account).Event("primary", id); e != nil && e.Organizer != nil && !e.Organizer.Self {
			m.rt.Errorf("%s %s by %s, whose event it is not: %s", c.Method, c.Path, c.Account, c.Body)
		}
	}
	if n := m.w.google.Mails(); n != 0 {
		m.rt.Errorf("%d guests were mailed", n)
	}
}

// settle runs everybody, approving what is held, until nobody has anything to do.
func (m *meetings) settle() {
	m.w.google.ClearFaults()
	for range 14 {
		m.w.advance(26 * time.Hour)
		work := 0
		for _, user := range m.users {
			m.w.google.ResetCalls()
			res, err := m.w.svc.SyncUser(context.Background(), user, RunOptions{})
			if err != nil && !errors.Is(err, models.ErrConflict) {
				m.rt.Fatalf("a run without trouble failed: %v", err)
			}
			m.lawful()
			held, err := m.w.db.HeldDeletions(context.Background(), user)
			check(m.w.t, err)
			for _, h := range held {
				check(m.w.t, m.w.db.DecideHeld(context.Background(), h.ID, 1, true))
			}
			work += res.Pulled + res.Pushed + len(held)
		}
		if work == 0 {
			return
		}
	}
	m.rt.Fatalf("it never comes to rest")
}

// check holds the end against the promises.
func (m *meetings) check() {
	subjects, first := map[string]string{}, map[string]models.Schedule{}
	for _, row := range m.table() {
		if row.SeriesID != 0 {
			continue
		}
		if other, twice := first[row.Body]; twice && !m.apart(row, other) {
			m.rt.Errorf("%s stands twice in the table:\n%s", row.Body, m.show())
		}
		subjects[row.Body], first[row.Body] = row.Subject, row
	}
	stands := map[string]bool{}
	for i, a := range m.accounts {
		seen := map[string]bool{}
		for _, e := range a.Events("primary") {
			if e.RecurringEventId != "" {
				continue
			}
			declined := declinedByMe(e) // who declined in Google and takes part in the CRM after all has a copy besides
			if seen[e.Description] && !declined {
				m.rt.Errorf("%s stands twice in the calendar of %s", e.Description, a.Email)
			}
			seen[e.Description], stands[e.Description] = seen[e.Description] || !declined, true
			subject, inTable := subjects[e.Description]
			switch {
			case i == 3 || declined || m.rowsGone[e.Description] || m.takenOff[fmt.Sprint(e.Description, m.users[i])]:
			case !inTable:
				m.rt.Errorf("%s of %s is not in the table", e.Description, a.Email)
			case subject != e.Summary && m.asides() == 0:
				m.rt.Errorf("%s is %q in the table and %q at %s", e.Description, subject, e.Summary, a.Email)
			}
		}
	}
	for token := range subjects {
		if !stands[token] && m.asides() == 0 {
			m.rt.Errorf("%s stands in the table and in no calendar", token)
		}
	}
}

// apart tells whether one row is a series and the other an occurrence of it that
// the series does not have, or whose guests have nothing to do with each other: who
// left a series but for one day, and who left that day alone.
func (m *meetings) apart(a, b models.Schedule) bool {
	if a.Recurrence != "" {
		a, b = b, a
	}
	if a.Recurrence == "" && b.Recurrence != "" && !slices.Contains(occurrencesIn(b, m.w.svc.opt.Zone), a.StartAt) {
		return true
	}
	for _, user := range m.users {
		if m.attends(a, user) && m.attends(b, user) {
			return false
		}
	}
	return (a.Recurrence == "") != (b.Recurrence == "")
}

func (m *meetings) attends(row models.Schedule, user int64) bool {
	rosters, err := m.w.db.Participants(context.Background(), []int64{row.ID})
	check(m.w.t, err)
	return row.OwnerID == user || models.TakesPart(rosters[row.ID], user)
}

// show is the company's part of the table.
func (m *meetings) show() string {
	var text strings.Builder
	for _, row := range m.table() {
		fmt.Fprintf(&text, "%d of %d: %s %s %s, %s, of series %d, with %s\n", row.ID, row.OwnerID, row.Body, row.Subject, row.StartAt, row.Recurrence, row.SeriesID, m.w.roster(row.ID))
	}
	return text.String()
}

// asides counts what is left aside.
func (m *meetings) asides() (n int) {
	for _, user := range m.users {
		n += len(m.w.aside(user))
	}
	return n
}
