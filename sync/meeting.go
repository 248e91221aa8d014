package calsync

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"agcrm-google/models"
)

// A meeting is an event that stands in several employees' calendars because they
// are invited to it. It is one row: its copies have the iCalUID, the original
// start and the organiser in common, and name these employees. Which row that is
// is told by the table of meetings, whose key is unique, and by the pairs of the
// others. Events that merely have the same iCalUID, such as an imported file,
// stay separate.

// meets tells whether an event may share its row with other employees' copies.
func (e *event) meets() bool { return e.shared() && e.Named && e.ICalUID != "" }

func (e *event) meetingKey() string { return models.MeetingKey(e.ICalUID, e.Original, e.Organizer) }

// meetingOf is the note that a row stands for a shared event.
func (e *event) meetingOf() *models.Meeting {
	if !e.meets() {
		return nil
	}
	var guests []string
	for _, g := range e.People {
		if g.Response == answerDeclined {
			guests = append(guests, "-"+g.Address)
		} else {
			guests = append(guests, g.Address)
		}
	}
	slices.Sort(guests)
	return &models.Meeting{Key: e.meetingKey(), Organizer: e.Organizer, Guests: strings.Join(slices.Compact(guests), "\n")}
}

// newsOfMeeting is meetingOf where that is not stored yet.
func (r *run) newsOfMeeting(e *event, rowID int64) *models.Meeting {
	m := e.meetingOf()
	if known, there := r.meetings[e.meetingKey()]; there && e.deserted() {
		m = &models.Meeting{Key: known.Key, Organizer: known.Organizer}
	}
	if m == nil {
		return nil
	}
	if known, there := r.meetings[m.Key]; there && (known.Guests == m.Guests || known.ScheduleID != rowID) {
		return nil
	}
	return m
}

// meetingRow is the living row that stands for a shared event already.
func (r *run) meetingRow(ctx context.Context, e *event) (*models.Schedule, error) {
	if e.deserted() {
		return r.desertedRow(ctx, e)
	}
	if !e.meets() {
		return nil, nil
	}
	var ids []int64
	if m, there := r.meetings[e.meetingKey()]; there {
		ids = append(ids, m.ScheduleID)
	}
	for _, p := range r.copies[e.ICalUID] {
		organizer := p.AgreedEvent[factOrganizer]
		same := organizer == e.Organizer || organizer == "" && p.UserID == e.Organiser ||
			p.EventID == e.ID && organizer != "" // it has a new organiser, whom that copy has yet to show
		if same && p.AgreedEvent[factOriginal] == e.Original {
			ids = append(ids, p.ScheduleID)
		}
	}
	if len(ids) == 0 {
		return r.forsakenRow(ctx, e)
	}
	rows, err := r.db.Schedules(ctx, ids)
	for _, id := range ids {
		if row, there := rows[id]; there {
			return &row, err
		}
	}
	return nil, err
}

// ownerOf is whose row a new event makes: the organiser's if an employee,
// otherwise the first participant's whose account is linked.
func (r *run) ownerOf(e *event) int64 {
	me := r.link.UserID
	if !e.meets() || e.Organiser == me {
		return me
	}
	if e.Organiser != 0 {
		return e.Organiser
	}
	for _, id := range e.Invited {
		if r.people.Linked(id) && rosterOf(e.Fields[factRoster])[id] != answerDeclined {
			return id
		}
	}
	return me
}

// followOrganiser gives a row to the employee who organises its meeting now.
func (r *run) followOrganiser(c *models.Change, e *event, old models.Fields) {
	if old[factOrganizer] == "" || old[factOrganizer] == e.Organizer || e.Organiser == 0 || c.Row.SeriesID != 0 || c.Row.OwnerID == e.Organiser {
		return
	}
	c.Row.OwnerID, c.Action = e.Organiser, models.ActionUpdate
	c.Fields = append(c.Fields, models.FieldOwner)
	c.Roster = append(r.rosterChanges(e, nil, e.Organiser, false), models.RosterChange{UserID: e.Organiser})
}

// join pairs a shared event with the row that stands for it already. A copy that
// we had written for this employee is replaced: the invitation is the real one.
func (r *run) join(ctx context.Context, calendarID string, e *event, row models.Schedule) (*models.Change, error) {
	pairs, err := r.db.PairsBySchedule(ctx, r.link.UserID, r.link.Sub, []int64{row.ID})
	if err != nil {
		return nil, err
	}
	p := r.newPair(calendarID, e, models.OriginGoogle)
	p.ScheduleID = row.ID
	if len(pairs) > 0 {
		old := pairs[0]
		switch {
		case old.AgreedEvent[factCopy] != "" && !old.ReadOnly:
			if err := r.forgetChildren(ctx, row.ID, false); err != nil {
				return nil, err
			}
			p.AgreedEvent = models.Fields{factReplaced: old.CalendarID + "\n" + old.EventID}
		case old.ReadOnly && !e.ReadOnly: // the own event in one calendar, and an invitation to it in another
		case old.State != models.PairEnded && (old.EventID != e.ID || old.CalendarID != calendarID):
			return r.leaveAside(ctx, calendarID, e, models.Say("aside.same_meeting"))
		}
		p.ID, p.CreatedMS = old.ID, old.CreatedMS
	}
	if known, there := r.meetings[e.knownAs()]; there && (e.deserted() || e.Former != "") {
		if p.AgreedEvent, err = r.agreedIn(ctx, known); err != nil {
			return nil, err
		}
	}
	var c *models.Change
	if e.ReadOnly {
		c, err = r.decideGuest(ctx, e, p, row)
	} else {
		c, err = r.decideMerge(ctx, e, p, row)
	}
	if c != nil {
		c.DropAside = append(c.DropAside, r.asideNote(calendarID, e),
			models.LeftAside{UserID: r.link.UserID, Side: models.SideTable, Ref: strconv.FormatInt(row.ID, 10)})
		c.Log = append(c.Log, r.logLine("info", row.Subject, "log.joined"))
	}
	return c, err
}

// factReplaced names, in the pair of an invitation, the copy of ours that it
// replaced and that is still to be deleted: calendar and event.
const factReplaced = "replaced"

// replacedBy tells whether an event is such a copy: a row's pair has let go of it.
func (r *run) replacedBy(ctx context.Context, calendarID string, e *event) (bool, error) {
	id, err := strconv.ParseInt(e.Mark.Row, 10, 64)
	if err != nil || e.Mark.Event != e.ID || e.Mark.Installation != r.settings.InstallationID {
		return false, nil
	}
	pairs, err := r.db.PairsBySchedule(ctx, r.link.UserID, r.link.Sub, []int64{id})
	return len(pairs) > 0 && pairs[0].AgreedEvent[factReplaced] == calendarID+"\n"+e.ID, err
}

// stepReplaced deletes the copy that an invitation has replaced.
func (r *run) stepReplaced(ctx context.Context, p *models.Pair) (bool, error) {
	calendarID, eventID, _ := strings.Cut(p.AgreedEvent[factReplaced], "\n")
	g, err := r.api.get(ctx, calendarID, eventID)
	if err != nil && !isGone(err) {
		return false, err
	}
	old := *p
	old.EventID = eventID
	if err == nil && g.Status != "cancelled" && readEvent(g).Mark == r.markOf(&old) {
		err := r.api.delete(ctx, calendarID, eventID, g.Etag)
		switch {
		case err == nil:
			r.res.Pushed++
			r.res.Deleted++
		case asFault(err) != nil && kindOf(err) == apiPrecondition:
			return true, nil
		case !isGone(err):
			return false, err
		}
	}
	delete(p.AgreedEvent, factReplaced)
	line := r.logLine("info", p.AgreedRow[models.FieldSubject], "log.copy_replaced")
	return true, r.save(ctx, &models.Change{Base: models.NoBase, Pair: p, Log: []models.LogLine{line}})
}

// freshMeeting is for a row without a pair that stands for a meeting. done: the
// employee needs no copy, for the own event or invitation stands for it.
func (r *run) freshMeeting(ctx context.Context, m models.Meeting, row models.Schedule) (c *models.Change, done bool, err error) {
	if done, err = r.rejoin(ctx, m, row); done || err != nil {
		return nil, done, err
	}
	awaited, err := r.awaits(ctx, m)
	if err != nil {
		return nil, false, err
	}
	if !awaited && row.OwnerID == r.link.UserID && m.Declined(strings.ToLower(r.link.Email)) && r.people.Employee(m.Organizer) == 0 {
		next, err := r.nextHolder(ctx, row)
		if next == 0 || err != nil {
			return r.noteRow(row, models.Say("aside.invitation_declined")), true, err
		}
		return r.handOver(ctx, nil, row, next), true, nil
	}
	if !awaited {
		return nil, false, nil
	}
	return r.noteRow(row, models.Say("aside.awaits_invitation")), true, nil
}

// awaits tells whether this employee organises a meeting or is invited to it at
// the linked address: the event is in the calendar, or will be.
func (r *run) awaits(ctx context.Context, m models.Meeting) (bool, error) {
	if err := r.knowPeople(ctx); err != nil {
		return false, err
	}
	if r.people.Employee(m.Organizer) == r.link.UserID {
		return true, nil // into the organiser's calendars no copy is ever written
	}
	for _, c := range r.calendars {
		if c.IsPrimary {
			return m.Invites(strings.ToLower(r.link.Email)), nil
		}
	}
	return false, nil
}

// rejoin pairs a row without a pair with this employee's own event of the same
// meeting, whose former row was deleted. It tells whether there was one.
func (r *run) rejoin(ctx context.Context, m models.Meeting, row models.Schedule) (bool, error) {
	given, err := r.db.GivenUp(ctx, r.link.UserID, r.link.Sub)
	if err != nil {
		return false, err
	}
	for i := range given {
		p := &given[i]
		if models.MeetingKey(p.ICalUID, p.AgreedEvent[factOriginal], p.AgreedEvent[factOrganizer]) != m.Key || !r.ticked(p.CalendarID) {
			continue
		}
		p.ScheduleID, p.State, p.AgreedRow, p.RowVersion = row.ID, models.PairLive, row.AgreedFields(), row.RowVersion
		return true, r.save(ctx, &models.Change{Row: row, Base: row.RowVersion, Pair: p,
			DropAside: []models.LeftAside{{UserID: r.link.UserID, Side: models.SideTable, Ref: strconv.FormatInt(row.ID, 10)}}})
	}
	return false, nil
}

// stepRisen pairs an event with the row that stands for its meeting now, where its
// own row is gone: another employee's run has brought the meeting back. It tells
// whether there is one.
func (r *run) stepRisen(ctx context.Context, p *models.Pair) (bool, error) {
	row, err := r.risenRow(ctx, p)
	if row == nil || err != nil {
		return false, err
	}
	p.ScheduleID, p.AgreedRow, p.RowVersion = row.ID, row.AgreedFields(), row.RowVersion
	delete(r.held, p.ID)
	return true, r.save(ctx, &models.Change{Row: *row, Base: row.RowVersion, Pair: p, DropHeld: true})
}

// risenRow is the row that stands now for the meeting of a pair whose row is gone.
func (r *run) risenRow(ctx context.Context, p *models.Pair) (*models.Schedule, error) {
	e := &event{ICalUID: p.ICalUID, Original: p.AgreedEvent[factOriginal], Organizer: p.AgreedEvent[factOrganizer], Foreign: true, Named: true}
	if e.Organizer == "" || e.ICalUID == "" {
		return nil, nil
	}
	meetings, err := r.db.Meetings(ctx, []string{e.meetingKey()})
	if err != nil {
		return nil, err
	}
	m, there := meetings[e.meetingKey()]
	if !there || m.ScheduleID == p.ScheduleID {
		return nil, nil
	}
	row, err := r.db.Schedule(ctx, m.ScheduleID)
	return &row, err
}
