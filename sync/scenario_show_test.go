package calsync

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// show is what both sides hold, and what the service has to say about it, in a
// form for people. Ids, ETags and stamps are left out: they differ from run to run.
func (s *scenario) show() string {
	s.t.Helper()
	var b strings.Builder
	b.WriteString("the table\n")
	for _, line := range s.showRows() {
		b.WriteString("  " + line + "\n")
	}
	for _, name := range s.order {
		p := s.people[name]
		for _, id := range p.listed {
			if !slices.Contains(calendarsOf(p), id) {
				continue
			}
			fmt.Fprintf(&b, "%s's calendar %s\n", name, id)
			for _, line := range s.showEvents(p, id) {
				b.WriteString("  " + line + "\n")
			}
		}
		if p.id == 0 {
			continue
		}
		for _, line := range s.showNotes(p.id) {
			fmt.Fprintf(&b, "%s is told\n  %s\n", name, strings.Join(line, "\n  "))
		}
	}
	return b.String()
}

// calendarsOf are the calendars that the account has now: after linking another
// one it may have the primary only.
func calendarsOf(p *person) (ids []string) {
	for _, id := range p.listed {
		func() {
			defer func() { _ = recover() }() // googletest's way to say that there is none
			p.account.Events(id)
			ids = append(ids, id)
		}()
	}
	return ids
}

func (s *scenario) nameOf(id int64) string {
	for name, p := range s.people {
		if p.id == id {
			return name
		}
	}
	return fmt.Sprint("nobody ", id)
}

func (s *scenario) showRows() (lines []string) {
	s.t.Helper()
	rows := s.allRows()
	slices.SortFunc(rows, func(a, b models.Schedule) int {
		return cmp.Or(a.StartAt.Compare(b.StartAt.Time), cmp.Compare(a.Subject, b.Subject))
	})
	series := map[int64]string{}
	for _, row := range rows {
		series[row.ID] = row.Subject
	}
	for _, row := range rows {
		line := fmt.Sprintf("%s: %s %s", s.nameOf(row.OwnerID), spanText(row), row.Subject)
		if row.SeriesID != 0 {
			line += fmt.Sprintf(", instead of %s on %s", series[row.SeriesID], row.OriginalStartAt.Format("2006-01-02 15:04"))
		}
		rosters, err := s.db.Participants(context.Background(), []int64{row.ID})
		check(s.t, err)
		for _, p := range rosters[row.ID] {
			line += fmt.Sprintf(", with %s (%s)", s.nameOf(p.UserID), p.Response)
		}
		line += props("zone", row.TimeZone, "location", row.Location, "body", row.Body, "colour", nonZero(row.ColorID))
		if row.Private {
			line += ", private"
		}
		if !row.Busy {
			line += ", free"
		}
		lines = append(lines, line)
		if row.Recurrence != "" {
			for rule := range strings.Lines(row.Recurrence) {
				lines = append(lines, "  "+strings.TrimSpace(rule))
			}
		}
	}
	return lines
}

func spanText(row models.Schedule) string {
	if row.AllDay {
		return row.StartAt.Format(time.DateOnly) + " to " + row.EndAt.Format(time.DateOnly)
	}
	end := row.EndAt.Format("15:04")
	if row.EndAt.Date() != row.StartAt.Date() {
		end = row.EndAt.Format("2006-01-02 15:04")
	}
	return row.StartAt.Format("2006-01-02 15:04") + " - " + end
}

// props are the properties that say something, as name value.
func props(pairs ...string) (out string) {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out += fmt.Sprintf(", %s %q", pairs[i], pairs[i+1])
		}
	}
	return out
}

func nonZero(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}

// showEvents lists a calendar as its page does: each series with its occurrences.
func (s *scenario) showEvents(p *person, calendarID string) (lines []string) {
	s.t.Helper()
	var blocks []string
	for _, e := range p.account.Events(calendarID) {
		switch {
		case e.RecurringEventId != "":
		case len(e.Recurrence) == 0:
			blocks = append(blocks, eventTimes(e)+" "+e.Summary+eventProps(e))
		default:
			block := []string{eventTimes(e) + " " + e.Summary + eventProps(e)}
			for _, rule := range e.Recurrence {
				block = append(block, "  "+rule)
			}
			blocks = append(blocks, strings.Join(append(block, s.occurrencesOf(p, calendarID, e)...), "\n"))
		}
	}
	slices.Sort(blocks)
	for _, block := range blocks {
		lines = append(lines, strings.Split(block, "\n")...)
	}
	return lines
}

// occurrencesOf are the first of a series, by Google's own expansion; without a
// link there is nobody to ask.
func (s *scenario) occurrencesOf(p *person, calendarID string, series *calendar.Event) (lines []string) {
	s.t.Helper()
	if !p.linked {
		return nil
	}
	ctx := context.Background()
	grant, err := s.db.StoredGrant(ctx, p.id)
	check(s.t, err)
	a, err := s.svc.apiFor(ctx, p.id, grant)
	check(s.t, err)
	answer, err := a.svc.Events.Instances(calendarID, series.Id).TimeMax("2028-01-01T00:00:00Z").Do()
	check(s.t, err)
	list := answer.Items
	slices.SortFunc(list, func(a, b *calendar.Event) int { return strings.Compare(original(a), original(b)) })
	for _, e := range list[:min(len(list), 8)] {
		line := "  " + eventTimes(e)
		if e.Summary != series.Summary {
			line += " " + e.Summary
		}
		if e.Location != series.Location {
			line += props("location", e.Location)
		}
		if original(e) != e.Start.Date+e.Start.DateTime {
			line += ", instead of " + clock(original(e), e.Start.TimeZone, "2006-01-02 15:04")
		}
		lines = append(lines, line)
	}
	return lines
}

func original(e *calendar.Event) string {
	return e.OriginalStartTime.Date + e.OriginalStartTime.DateTime
}

// eventTimes are an event's times as its own zone reads them; the end of an
// all-day event is the first day after it.
func eventTimes(e *calendar.Event) string {
	if e.Start.Date != "" {
		return e.Start.Date + " before " + e.End.Date
	}
	day, last := clock(e.Start.DateTime, e.Start.TimeZone, time.DateOnly), clock(e.End.DateTime, e.Start.TimeZone, time.DateOnly)
	end := "2006-01-02 15:04"
	if day == last {
		end = "15:04"
	}
	return clock(e.Start.DateTime, e.Start.TimeZone, "2006-01-02 15:04") + " - " + clock(e.End.DateTime, e.Start.TimeZone, end) + " " + e.Start.TimeZone
}

func clock(stamp, zone, layout string) string {
	at, err := time.Parse(time.RFC3339, stamp)
	loc, bad := time.LoadLocation(zone)
	if err != nil || bad != nil {
		return stamp
	}
	return at.In(loc).Format(layout)
}

func eventProps(e *calendar.Event) string {
	out := props("location", e.Location, "description", e.Description, "colour", e.ColorId,
		"visibility", e.Visibility, "transparency", e.Transparency)
	if e.Organizer != nil && !e.Organizer.Self {
		out += ", organised by " + e.Organizer.Email
	}
	for _, guest := range e.Attendees {
		out += fmt.Sprintf(", guest %s (%s)", guest.Email, guest.ResponseStatus)
	}
	return out
}

// showNotes are the warnings, the questions and the values that lost.
func (s *scenario) showNotes(userID int64) (sections [][]string) {
	s.t.Helper()
	ctx := context.Background()
	var notes []string
	lines, err := s.db.LogLines(ctx, userID, 1000)
	check(s.t, err)
	for _, l := range slices.Backward(lines) {
		if l.Level != "info" {
			notes = append(notes, "warning "+l.Key+" "+l.Subject)
		}
	}
	notices, err := s.db.Notices(ctx, userID)
	check(s.t, err)
	for _, n := range slices.Backward(notices) {
		notes = append(notes, "notice: "+n.Message().Key+" "+n.Subject)
	}
	held, err := s.db.HeldDeletions(ctx, userID)
	check(s.t, err)
	for _, h := range held {
		notes = append(notes, "question: found in "+h.Side+", delete "+h.Subject+"?")
	}
	entries, err := s.db.History(ctx, models.HistoryFilter{UserID: userID, Limit: 1000})
	check(s.t, err)
	for _, h := range slices.Backward(entries) {
		if h.Action != models.ActionConflict {
			continue
		}
		for _, field := range slices.Sorted(maps.Keys(h.Before)) {
			notes = append(notes, fmt.Sprintf("conflict: %s %q lost on the side %s against %q", field, h.Before[field], h.Side, h.After[field]))
		}
	}
	if len(notes) == 0 {
		return nil
	}
	return [][]string{notes}
}
