package calsync

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// do carries out one line of a scenario: WHO VERB WHAT [@ OCCURRENCE] | PROPERTY=VALUE | ...
// WHO is "crm" for the table, or the employee in Google's page. The rest:
//
//	employee NAME                   one more, linked (tanaka always is)
//	outsider NAME                   somebody elsewhere with a Google account
//	calendar NAME ID                one more of the own calendars, ticked
//	server ZONE                     AGCRM_TIME_ZONE
//	policy newest|google|crm
//	sync [NAME...]                  until there is nothing to do
//	wait DURATION
//	expire                          all sync tokens
//	approve, reject                 all held deletions
//	unlink NAME GOOGLE SCHEDULES    keep or delete
//	link NAME [EMAIL]               again, perhaps to another account
func (s *scenario) do(line string) {
	s.t.Helper()
	words := strings.Fields(line)
	args := words[1:]
	ctx := context.Background()
	switch words[0] {
	case "employee":
		s.join(args[0])
	case "outsider":
		s.people[args[0]], s.order = &person{account: s.google.AddAccount(args[0] + "@elsewhere.example"), listed: []string{"primary"}}, append(s.order, args[0])
	case "calendar":
		s.secondCalendar(args[0], args[1])
	case "server":
		opt := s.svc.opt
		var err error
		opt.Zone, err = time.LoadLocation(args[0])
		check(s.t, err)
		s.svc = New(opt)
	case "policy":
		s.policy(args[0])
	case "sync":
		s.syncAll(args)
	case "wait":
		d, err := time.ParseDuration(args[0])
		check(s.t, err)
		s.advance(d)
	case "expire":
		s.google.ExpireSyncTokens()
	case "approve", "reject":
		for _, p := range s.people {
			held, err := s.db.HeldDeletions(ctx, p.id)
			check(s.t, err)
			for _, h := range held {
				check(s.t, s.db.DecideHeld(ctx, h.ID, 1, words[0] == "approve"))
			}
		}
	case "unlink":
		check(s.t, s.svc.Unlink(ctx, s.who(args[0]).id, args[1], args[2]))
		s.who(args[0]).linked = false
	case "link":
		p := s.who(args[0])
		email := args[0] + "@example.com"
		if len(args) > 1 {
			email = args[1]
		}
		p.account, p.linked = s.link(p.id, email), true
	case "crm":
		s.crm(s.parse(line))
	default:
		s.page(s.parse(line))
	}
}

func (s *scenario) secondCalendar(name, id string) {
	s.t.Helper()
	ctx := context.Background()
	p := s.who(name)
	p.account.AddCalendar(id, id, "owner", "Asia/Tokyo")
	p.listed = append(p.listed, id)
	check(s.t, s.svc.RefreshCalendars(ctx, p.id))
	link, err := s.db.Link(ctx, p.id)
	check(s.t, err)
	check(s.t, s.db.SaveProfile(ctx, p.id, models.Profile{Calendars: append([]string{link.TargetCalendar}, p.listed[1:]...),
		Target: link.TargetCalendar, Interval: 5, Direction: link.Direction}))
}

// act is a line of somebody's, taken apart.
type act struct {
	who, verb, what, at string
	set                 [][2]string
}

func (s *scenario) parse(line string) act {
	parts := strings.Split(line, " | ")
	words := strings.SplitN(parts[0], " ", 3)
	if len(words) != 3 {
		s.t.Fatalf("%s: who does what?", s.line)
	}
	a := act{who: words[0], verb: words[1], what: strings.TrimSpace(words[2])}
	a.what, a.at, _ = strings.Cut(a.what, " @ ")
	for _, part := range parts[1:] {
		name, value, _ := strings.Cut(part, "=")
		a.set = append(a.set, [2]string{name, strings.ReplaceAll(strings.TrimSpace(value), `\n`, "\n")})
	}
	return a
}

// span reads "2026-11-25 10:00 - 11:00" or, all-day, "2026-11-25 - 2026-11-27",
// the last day included.
func (s *scenario) span(text string) (start, end models.Wall, allDay bool) {
	s.t.Helper()
	from, to, _ := strings.Cut(text, " - ")
	allDay = len(from) == len(time.DateOnly)
	if to == "" {
		to = from
	} else if len(to) == len("15:04") {
		to = from[:len(time.DateOnly)] + " " + to
	}
	return s.wall(from), s.wall(to), allDay
}

func (s *scenario) wall(text string) models.Wall {
	s.t.Helper()
	layout := "2006-01-02 15:04"
	at, err := time.Parse(layout[:len(text)], text)
	check(s.t, err)
	return models.Wall{Time: at}
}

const inTable = "2006-01-02 15:04:05"

// crm is what the CRM writes into the table.
func (s *scenario) crm(a act) {
	s.t.Helper()
	switch a.verb {
	case "adds":
		owner, roster := int64(testUser), [][2]string(nil)
		columns := []string{"subject"}
		values := []any{a.what}
		for _, set := range a.set {
			switch set[0] {
			case "owner":
				owner = s.who(set[1]).id
			case "participant":
				roster = append(roster, set)
			default:
				c, v := s.column(set)
				columns, values = append(columns, c...), append(values, v...)
			}
		}
		columns, values = append(columns, "owner_id", "updated_at"), append(values, owner, s.stamp())
		id := s.exec("INSERT INTO schedules ("+strings.Join(columns, ", ")+") VALUES (?"+strings.Repeat(", ?", len(columns)-1)+")", values...)
		for _, set := range roster {
			s.participant(id, set[1])
		}
	case "sets":
		s.crmSets(s.rowNamed(a.what), a)
	case "removes":
		row := s.rowNamed(a.what)
		line := "EXDATE;TZID=" + orDefault(row.TimeZone, s.svc.opt.Zone.String()) + ":" + s.wall(a.at).Format(localStamp)
		if row.AllDay {
			line = "EXDATE;VALUE=DATE:" + s.wall(a.at).Format(dateKey)
		}
		s.exec("DELETE FROM schedules WHERE series_id = ? AND original_start_at = ?", row.ID, s.wall(a.at).Format(inTable))
		s.exec("UPDATE schedules SET recurrence = recurrence || char(10) || ?, updated_at = ? WHERE id = ?", line, s.stamp(), row.ID)
	case "deletes":
		row := s.rowNamed(a.what)
		if a.at != "" { // only its replacement row: the occurrence is the series' again
			s.exec("DELETE FROM schedules WHERE series_id = ? AND original_start_at = ?", row.ID, s.wall(a.at).Format(inTable))
			return
		}
		s.exec("DELETE FROM schedules WHERE id = ?", row.ID)
		s.exec("DELETE FROM schedule_participants WHERE schedule_id = ?", row.ID)
	default:
		s.t.Fatalf("%s: the CRM does not know how", s.line)
	}
}

// crmSets writes columns of a row, or of the row that replaces an occurrence.
func (s *scenario) crmSets(row models.Schedule, a act) {
	s.t.Helper()
	id := row.ID
	if a.at != "" {
		at := s.wall(a.at)
		rows, err := s.db.Replacements(context.Background(), row.ID)
		check(s.t, err)
		i := slices.IndexFunc(rows, func(r models.Schedule) bool { return r.OriginalStartAt == at })
		if i >= 0 {
			id = rows[i].ID
		} else {
			end := at.Add(row.EndAt.Sub(row.StartAt.Time))
			id = s.exec("INSERT INTO schedules (owner_id, subject, location, body, start_at, end_at, all_day, time_zone, series_id, original_start_at, updated_at) SELECT owner_id, subject, location, body, ?, ?, all_day, time_zone, id, ?, ? FROM schedules WHERE id = ?",
				at.Format(inTable), end.Format(inTable), at.Format(inTable), s.stamp(), row.ID)
		}
	}
	for _, set := range a.set {
		switch set[0] {
		case "participant":
			s.participant(id, set[1])
			continue
		case "owner":
			set = [2]string{"owner_id", fmt.Sprint(s.who(set[1]).id)}
		}
		columns, values := s.column(set)
		s.exec("UPDATE schedules SET "+strings.Join(columns, " = ?, ")+" = ?, updated_at = ? WHERE id = ?", append(values, s.stamp(), id)...)
	}
}

// participant is NAME or NAME RESPONSE; "NAME leaves" takes somebody off.
func (s *scenario) participant(id int64, text string) {
	s.t.Helper()
	name, response, _ := strings.Cut(text, " ")
	s.exec("DELETE FROM schedule_participants WHERE schedule_id = ? AND user_id = ?", id, s.who(name).id)
	if response != "leaves" {
		s.exec("INSERT INTO schedule_participants (schedule_id, user_id, response) VALUES (?, ?, ?)", id, s.who(name).id, orDefault(response, "needsAction"))
	}
}

// column is a property as columns of the table: time is three of them.
func (s *scenario) column(set [2]string) (columns []string, values []any) {
	s.t.Helper()
	if set[0] != "time" {
		if set[1] == "none" {
			return []string{set[0]}, []any{nil}
		}
		return []string{set[0]}, []any{set[1]}
	}
	start, end, allDay := s.span(set[1])
	return []string{"start_at", "end_at", "all_day"}, []any{start.Format(inTable), end.Format(inTable), allDay}
}

// event is somebody's event of that summary, in any of the own calendars.
func (s *scenario) event(p *person, summary string) (calendarID string, e *calendar.Event) {
	s.t.Helper()
	for _, id := range p.listed {
		for _, e := range p.account.Events(id) {
			if e.Summary == summary && e.RecurringEventId == "" {
				return id, e
			}
		}
	}
	s.t.Fatalf("%s: no event %q\n%s", s.line, summary, s.show())
	return "", nil
}
