package calsync

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// guest is one entry of an event's guest list.
type guest struct {
	Address, Response string
	Self, Room        bool // the calendar's own entry; a room or other resource
}

// Facts about the people of an event that a pair remembers.
const (
	factOrganizer = "organizer" // the organiser's address, in lower case
	factRoster    = "roster"    // the employees invited and what they answered: "7=accepted 9=declined"
	factAnswer    = "answer"    // what this employee answered
	factOutside   = "outside"   // "1": somebody who is no employee is invited
	factLink      = "link"      // the event's page in Google
)

// The answers of guests, which are the responses of participants.
const (
	answerDeclined = "declined"
	answerNone     = "needsAction"
)

// readPeople takes over who is invited, and whose the event is to change.
func (e *event) readPeople(g *calendar.Event) {
	if g.Organizer != nil {
		e.Organizer, e.Foreign = strings.ToLower(g.Organizer.Email), !g.Organizer.Self
	}
	for _, a := range g.Attendees {
		e.Guests = e.Guests || !a.Self
		e.People = append(e.People, guest{strings.ToLower(a.Email), orDefault(a.ResponseStatus, answerNone), a.Self, a.Resource})
	}
	e.Omitted = g.AttendeesOmitted
	e.Guests = e.Guests || e.Omitted
	e.ReadOnly = e.Foreign || g.EventType == typeGmail
	if e.Guests {
		e.Fields[factGuests], e.Fields[factLink] = "1", g.HtmlLink
	}
}

// answer is what this calendar's owner answered, "" if not invited.
func (e *event) answer() string {
	for _, g := range e.People {
		if g.Self {
			return g.Response
		}
	}
	return ""
}

// shared tells whether an event has people besides the calendar's owner.
func (e *event) shared() bool { return e.Guests || e.Foreign }

// placePeople tells which employees an event speaks of.
func (r *run) placePeople(e *event) {
	me := r.link.UserID
	e.Organiser = r.people.Employee(e.Organizer)
	if !e.Foreign {
		e.Organiser = me
	}
	e.Named = e.Organiser == me
	roster := map[int64]string{}
	for _, g := range e.People {
		id := r.people.Employee(g.Address)
		if g.Self {
			id = me
		}
		switch {
		case id == 0 && !g.Room && g.Address != e.Organizer:
			e.Fields[factOutside] = "1"
		case id != 0 && id != e.Organiser:
			roster[id] = g.Response
			e.Invited = append(e.Invited, id)
		}
		if id == me {
			e.Named, e.Fields[factAnswer] = true, g.Response
		}
	}
	if !e.Named { // as in an imported file: other people's meeting, and this employee's event alone
		e.Organiser, e.Invited = 0, nil
		return
	}
	e.Fields[factOrganizer], e.Fields[factRoster] = e.Organizer, rosterText(roster)
}

func rosterText(roster map[int64]string) string {
	var entries []string
	for _, id := range slices.Sorted(maps.Keys(roster)) {
		entries = append(entries, strconv.FormatInt(id, 10)+"="+roster[id])
	}
	return strings.Join(entries, " ")
}

func rosterOf(text string) map[int64]string {
	roster := map[int64]string{}
	for _, entry := range strings.Fields(text) {
		name, response, _ := strings.Cut(entry, "=")
		if id, err := strconv.ParseInt(name, 10, 64); err == nil {
			roster[id] = response
		}
	}
	return roster
}

// rosterChanges is what the guest list says about the participants since it was
// last looked at. What the CRM does to them is never carried to Google, so that
// only what changed there counts. own: only this employee's answer does.
func (r *run) rosterChanges(e *event, old models.Fields, owner int64, own bool) []models.RosterChange {
	before, now := rosterOf(old[factRoster]), rosterOf(e.Fields[factRoster])
	if e.Omitted {
		for id, response := range before {
			if _, listed := now[id]; !listed {
				now[id] = response
			}
		}
		e.Fields[factRoster] = rosterText(now)
	}
	var out []models.RosterChange
	for _, id := range slices.Sorted(maps.Keys(now)) {
		was, known := before[id]
		if id != owner && (!own || id == r.link.UserID) && (!known || was != now[id]) {
			out = append(out, models.RosterChange{UserID: id, Response: now[id], Join: !known})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(before)) {
		if _, listed := now[id]; !listed && id != owner && !own {
			out = append(out, models.RosterChange{UserID: id})
		}
	}
	return out
}

// knowPeople reads whose which address is, once in a run.
func (r *run) knowPeople(ctx context.Context) error {
	if r.people != nil {
		return nil
	}
	people, err := r.db.Addresses(ctx)
	r.people = &people
	return err
}

// knowMeetings finds out, for the shared events of a batch, whom they speak of
// and which rows may stand for them, or for what is left of them, already: two
// statements for all of them.
func (r *run) knowMeetings(ctx context.Context, events []*event) error {
	var keys, uids []string
	for _, e := range events {
		if e.deserted() {
			keys = append(keys, e.meetingKey())
		}
		if !e.shared() {
			continue
		}
		if err := r.knowPeople(ctx); err != nil {
			return err
		}
		e.Invited = nil
		if r.placePeople(e); e.meets() {
			keys, uids = append(append(keys, e.meetingKey()), r.formerKeys(e)...), append(uids, e.ICalUID)
		}
	}
	if len(keys) == 0 {
		return nil
	}
	meetings, err := r.db.Meetings(ctx, keys)
	if err != nil {
		return err
	}
	copies, err := r.db.PairsByUID(ctx, uids)
	if r.meetings == nil {
		r.meetings, r.copies = map[string]models.Meeting{}, map[string][]models.Pair{}
	}
	for _, key := range keys {
		delete(r.meetings, key)
	}
	for _, uid := range uids {
		delete(r.copies, uid)
	}
	maps.Copy(r.meetings, meetings)
	for _, p := range copies {
		r.copies[p.ICalUID] = append(r.copies[p.ICalUID], p)
	}
	return err
}
