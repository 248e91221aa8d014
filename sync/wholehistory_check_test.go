package calsync

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// check holds the end against the invariants, by an expansion of its own.
func (h *firm) check() {
	h.w.noMail()
	h.w.google.ResetCalls()
	ctx := context.Background()
	for _, p := range h.people {
		res, err := h.w.svc.SyncUser(ctx, p.id, RunOptions{})
		if err != nil || res.Pulled+res.Pushed != 0 || h.w.google.WriteCount() != 0 {
			h.rt.Errorf("a further run of %d was not idle: %+v %v", p.id, res, err)
		}
		held, err := h.w.db.HeldDeletions(ctx, p.id)
		check(h.w.t, err)
		for _, held := range held {
			if !strings.HasPrefix(held.Subject, "meeting") {
				h.rt.Errorf("a deletion of %d is held: %+v", p.id, held)
			}
		}
	}
	masters := map[string][]models.Schedule{}
	for _, row := range h.rows() {
		if row.SeriesID == 0 {
			masters[row.Body] = append(masters[row.Body], row)
		}
	}
	for token, th := range h.things {
		h.checkRows(th, masters[token])
	}
	for _, p := range h.people {
		h.checkCalendars(p, masters)
	}
	if h.rt.Failed() {
		for _, token := range slices.Sorted(maps.Keys(h.things)) {
			h.explain(token)
		}
	}
}

func (h *firm) checkRows(th *thing, rows []models.Schedule) {
	switch {
	case len(rows) > 1 && th.passed && th.doubtful && eachOwnsOne(rows): // both owners' events were edited while the row was gone
	case len(rows) > 1:
		h.rt.Errorf("%s has %d rows", th.token, len(rows))
	case len(rows) == 0 && !th.gone:
		h.rt.Errorf("%s is gone, and nobody deleted it", th.token)
	case len(rows) == 1 && th.gone && !th.doubtful:
		h.rt.Errorf("%s was deleted and is back", th.token)
	case len(rows) == 1 && !th.gone:
		list, err := h.w.db.Replacements(context.Background(), rows[0].ID)
		check(h.w.t, err)
		for at := range th.replaced {
			if !slices.ContainsFunc(list, func(r models.Schedule) bool { return r.OriginalStartAt.Format(inTable) == at }) {
				h.rt.Errorf("%s is no longer replaced at %s, and nobody gave it back", th.token, at)
			}
		}
	}
}

func eachOwnsOne(rows []models.Schedule) bool {
	owners := map[int64]bool{}
	for _, row := range rows {
		owners[row.OwnerID] = true
	}
	return len(owners) == len(rows)
}

// checkCalendars compares what a colleague sees in Google with what the rows say.
func (h *firm) checkCalendars(p *colleague, masters map[string][]models.Schedule) {
	shown := h.shownTo(p)
	masterEvents, _ := h.ownEvents(p)
	count := map[string]int{}
	for _, e := range masterEvents {
		if !declinedByMe(e) {
			count[e.Description]++
		}
	}
	for token, th := range h.things {
		want := []string(nil)
		for _, row := range masters[token] {
			if h.takesPart(row, p) {
				want = h.shownByRow(row)
			}
		}
		got := shown[token]
		extra, lacking := without(got, want), without(want, got)
		if len(extra) > 0 || len(lacking) > 0 && !th.shorter[p.id] && !(th.passed && th.cut[p.id]) || len(got) != len(slices.Compact(slices.Clone(got))) {
			h.rt.Errorf("%d sees of %s in Google\n%s\nthe rows say\n%s", p.id, token, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if n := count[token]; n > 1 {
			h.rt.Errorf("%d has %s %d times in Google", p.id, token, n)
		}
		delete(count, token)
	}
	for token := range count {
		h.rt.Errorf("%d has a stranger %q in Google", p.id, token)
	}
}

func declinedByMe(e *calendar.Event) bool {
	return slices.ContainsFunc(e.Attendees, func(a *calendar.EventAttendee) bool { return a.Self && a.ResponseStatus == "declined" })
}

func (h *firm) takesPart(row models.Schedule, p *colleague) bool {
	rosters, err := h.w.db.Participants(context.Background(), []int64{row.ID})
	check(h.w.t, err)
	return row.OwnerID == p.id || models.TakesPart(rosters[row.ID], p.id)
}

// shownByRow are a row's occurrences, changed or not, START SUBJECT at PLACE.
func (h *firm) shownByRow(row models.Schedule) (lines []string) {
	replaced, err := h.w.db.Replacements(context.Background(), row.ID)
	check(h.w.t, err)
	for _, at := range occurrencesIn(row, h.zone) {
		says := row
		says.StartAt = at
		for _, r := range replaced {
			if r.OriginalStartAt == at && row.Recurrence != "" {
				says = r
			}
		}
		start := says.StartAt.Format(time.DateOnly)
		if !says.AllDay {
			zone, err := says.Zone(h.zone)
			check(h.w.t, err)
			start = says.StartAt.In(zone).UTC().Format(time.RFC3339)
		}
		lines = append(lines, fmt.Sprintf("%s %q %q", start, says.Subject, says.Location))
	}
	slices.Sort(lines)
	return lines
}

// shownTo is what Google shows of each appointment, by its own expansion.
func (h *firm) shownTo(p *colleague) map[string][]string {
	ctx := context.Background()
	grant, err := h.w.db.StoredGrant(ctx, p.id)
	check(h.w.t, err)
	a, err := h.w.svc.apiFor(ctx, p.id, grant)
	check(h.w.t, err)
	attends := map[string]bool{} // who declined or left a series sees none of it, whatever a changed occurrence says
	masters, _ := h.ownEvents(p)
	for _, e := range masters {
		attends[e.Id] = !declinedByMe(e)
	}
	shown := map[string][]string{}
	for _, id := range p.calendars {
		call := a.svc.Events.List(id).SingleEvents(true).MaxResults(2500).TimeMin("2026-01-01T00:00:00Z")
		check(h.w.t, call.Pages(ctx, func(page *calendar.Events) error {
			for _, e := range page.Items {
				if declinedByMe(e) || e.RecurringEventId != "" && !attends[e.RecurringEventId] {
					continue
				}
				start := e.Start.Date
				if start == "" {
					at, err := time.Parse(time.RFC3339, e.Start.DateTime)
					check(h.w.t, err)
					start = at.UTC().Format(time.RFC3339)
				}
				shown[e.Description] = append(shown[e.Description], fmt.Sprintf("%s %q %q", start, e.Summary, e.Location))
			}
			return nil
		}))
	}
	for _, list := range shown {
		slices.Sort(list)
	}
	return shown
}

// explain tells, of an appointment that is not as it should be, what the service
// remembers of it and what it said.
func (h *firm) explain(token string) {
	ctx := context.Background()
	var ids []int64
	for _, row := range h.rows() {
		if row.Body == token {
			ids = append(ids, row.ID)
			rosters, err := h.w.db.Participants(ctx, []int64{row.ID})
			check(h.w.t, err)
			h.rt.Logf("row %+v roster %+v", row, rosters[row.ID])
		}
	}
	for _, p := range h.people {
		link, err := h.w.db.Link(ctx, p.id)
		check(h.w.t, err)
		pairs, err := h.w.db.PairsBySchedule(ctx, p.id, link.Sub, ids)
		check(h.w.t, err)
		for _, pair := range pairs {
			h.rt.Logf("pair %+v", pair)
		}
		lines, err := h.w.db.LogLines(ctx, p.id, 100)
		check(h.w.t, err)
		for _, l := range slices.Backward(lines) {
			h.rt.Logf("%d was told: %s %s %s", p.id, l.Key, l.Subject, l.Args)
		}
		for _, id := range p.calendars {
			for _, e := range p.account.Events(id) {
				h.rt.Logf("%d has in %s: %s %q %s %v", p.id, id, e.Id, e.Summary, e.Description, e.Attendees)
			}
		}
	}
}
