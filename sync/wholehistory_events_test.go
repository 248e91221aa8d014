package calsync

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/api/calendar/v3"
	"pgregory.net/rapid"

	"agcrm-google/models"
)

// setWhen gives an event a time of somebody's choice.
func (h *firm) setWhen(e *calendar.Event, zone string) {
	start, end, allDay := h.someWhen()
	e.Start, e.End = h.moment(start, allDay, zone), h.moment(end, allDay, zone)
	if allDay {
		e.End.Date = end.AddDays(1).Format(time.DateOnly)
	}
}

func (h *firm) moment(at models.Wall, date bool, zone string) *calendar.EventDateTime {
	if date {
		return &calendar.EventDateTime{Date: at.Format(time.DateOnly)}
	}
	loc, err := time.LoadLocation(zone)
	check(h.w.t, err)
	return &calendar.EventDateTime{DateTime: at.In(loc).Format(time.RFC3339), TimeZone: zone}
}

func (h *firm) newEvent() *calendar.Event {
	th := h.newThing()
	e := &calendar.Event{Summary: "s" + th.token, Description: th.token}
	h.setWhen(e, rapid.SampledFrom([]string{"Asia/Tokyo", "Europe/Paris", "America/New_York"}).Draw(h.rt, "zone"))
	if rapid.Bool().Draw(h.rt, "series") {
		e.Recurrence = []string{h.someRule()}
	}
	return e
}

func (h *firm) addEvent() {
	p := h.someone()
	p.account.Insert(rapid.SampledFrom(p.calendars).Draw(h.rt, "calendar"), h.newEvent())
}

// inviteInGoogle makes a meeting of Google's: the others get the invitation at once.
func (h *firm) inviteInGoogle() {
	host, guest := h.someone(), h.someone()
	if host == guest {
		return
	}
	e := h.newEvent()
	h.things[e.Description].meeting = true
	e.Attendees = []*calendar.EventAttendee{{Email: host.email, ResponseStatus: "accepted"}, {Email: guest.email}}
	host.account.Insert("primary", e)
}

// someEvent is an event in one of somebody's calendars.
func (h *firm) someEvent() (p *colleague, calendarID string, e *calendar.Event) {
	p = h.someone()
	events, in := h.ownEvents(p)
	if len(events) == 0 {
		return p, "", nil
	}
	e = events[rapid.IntRange(0, len(events)-1).Draw(h.rt, "event")]
	return p, in[e.Id], e
}

// ownerOf is who owns the row of that token now; 0 if there is none yet.
func (h *firm) ownerOf(token string) int64 {
	for _, row := range h.rows() {
		if row.Body == token && row.SeriesID == 0 {
			return row.OwnerID
		}
	}
	return 0
}

// mayWrite tells whether somebody changes this event: guests answer only, and a
// copy is changed twice at most, because it is put back so often and no more.
func (h *firm) mayWrite(p *colleague, e *calendar.Event) bool {
	th := h.things[e.Description]
	if owner := h.ownerOf(e.Description); owner != 0 && owner != p.id {
		if th.meddled[p.id] == 2 {
			return false
		}
		th.meddled[p.id]++
	}
	return e.Organizer == nil || e.Organizer.Self
}

func (h *firm) editEvent() {
	p, in, e := h.someEvent()
	switch {
	case e == nil:
	case e.Organizer != nil && !e.Organizer.Self:
		h.answer(p, in, e)
	case h.mayWrite(p, e):
		h.write(e.Description)
		p.account.Edit(in, e.Id, func(e *calendar.Event) {
			switch rapid.IntRange(0, 3).Draw(h.rt, "field") {
			case 0:
				e.Location = fmt.Sprintf("g%d", h.w.now().Unix())
			case 1:
				e.Transparency, e.ColorId = "transparent", strconv.Itoa(rapid.IntRange(1, 11).Draw(h.rt, "colour"))
			default:
				e.Summary = fmt.Sprintf("event %d", h.w.now().UnixNano())
			}
		})
	}
}

// answer is what a guest does with an invitation; declining takes the guest's part.
func (h *firm) answer(p *colleague, in string, e *calendar.Event) {
	h.write(e.Description)
	response := rapid.SampledFrom([]string{"accepted", "tentative", "declined"}).Draw(h.rt, "answer")
	p.account.Edit(in, e.Id, func(e *calendar.Event) {
		for _, guest := range e.Attendees {
			if guest.Self {
				guest.ResponseStatus = response
			}
		}
	})
}

func (h *firm) retimeEvent() {
	if p, in, e := h.someEvent(); e != nil && len(e.Recurrence) == 0 && h.mayWrite(p, e) {
		h.write(e.Description)
		p.account.Edit(in, e.Id, func(e *calendar.Event) { h.setWhen(e, "Europe/Paris") })
	}
}

func (h *firm) ruleInEvent() {
	if p, in, e := h.someEvent(); e != nil && h.mayWrite(p, e) {
		clear(h.write(e.Description).replaced)
		rule := h.someRule()
		p.account.Edit(in, e.Id, func(e *calendar.Event) {
			_, exdates := models.SplitRecurrence(strings.Join(e.Recurrence, "\n"))
			e.Recurrence = append([]string{rule}, exdates...)
		})
	}
}

// someInstance is an occurrence of a series of somebody's own that stands.
func (h *firm) someInstance() (p *colleague, in string, e *calendar.Event, id string) {
	p, in, e = h.someEvent()
	if e == nil || len(e.Recurrence) == 0 || !h.mayWrite(p, e) {
		return p, in, nil, ""
	}
	day := rapid.IntRange(0, 3).Draw(h.rt, "instance")
	if e.Start.Date != "" {
		at, err := time.Parse(time.DateOnly, e.Start.Date)
		check(h.w.t, err)
		id = e.Id + "_" + at.AddDate(0, 0, day).Format(dateKey)
	} else {
		at, err := time.Parse(time.RFC3339, e.Start.DateTime)
		check(h.w.t, err)
		zone, err := time.LoadLocation(e.Start.TimeZone)
		check(h.w.t, err)
		id = e.Id + "_" + at.In(zone).AddDate(0, 0, day).UTC().Format(instantKey)
	}
	if x := p.account.Event(in, id); x == nil || x.Status == "cancelled" {
		return p, in, nil, ""
	}
	return p, in, e, id
}

func (h *firm) editInstance() {
	if p, in, e, id := h.someInstance(); e != nil {
		h.write(e.Description)
		p.account.Edit(in, id, func(e *calendar.Event) { e.Summary = fmt.Sprintf("instance %d", h.w.now().UnixNano()) })
	}
}

func (h *firm) deleteInstance() {
	if p, in, e, id := h.someInstance(); e != nil {
		th := h.write(e.Description)
		clear(th.replaced)
		if owner := h.ownerOf(e.Description); owner != 0 && owner != p.id {
			th.shorter[p.id] = true
		}
		th.cut[p.id] = true
		p.account.Delete(in, id)
	}
}

func (h *firm) move() {
	p, in, e := h.someEvent()
	if e == nil || len(p.calendars) == 1 || len(e.Attendees) > 0 || e.Organizer == nil || !e.Organizer.Self {
		return
	}
	h.write(e.Description)
	to := p.calendars[(slices.Index(p.calendars, in)+1)%2]
	p.account.Move(in, e.Id, to)
}

// deleteEvent deletes an event: the owner's or organiser's takes the appointment,
// another one the colleague's part in it.
func (h *firm) deleteEvent() {
	p, in, e := h.someEvent()
	if e == nil || h.deleted == 6 {
		return
	}
	th := h.things[e.Description]
	h.deleted++
	owner := h.ownerOf(e.Description)
	switch {
	case th.meeting && !e.Organizer.Self:
		th.touched = true
	case owner == p.id || th.meeting:
		h.remove(e.Description)
	case owner != 0 && !th.touched:
		th.touched = true // a decline
	default: // who owns it is about to change, or it has no row yet
		th.gone, th.doubtful = true, true
	}
	p.account.Delete(in, e.Id)
}
