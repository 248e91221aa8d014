package googletest

import (
	"slices"
	"strings"

	"google.golang.org/api/calendar/v3"
)

// propagate carries a write from the organiser's calendar to the guests'
// copies, or what a guest answered back to the organiser. old is nil for a
// new event.
func (e *edit) propagate(rec *record, old *calendar.Event) {
	ev := rec.event
	switch {
	case ev.PrivateCopy:
		return
	case !ev.Organizer.Self:
		e.report(ev)
		return
	}
	var emails []string
	for _, guest := range ev.Attendees {
		emails = append(emails, strings.ToLower(guest.Email))
	}
	if old != nil {
		for _, guest := range old.Attendees {
			emails = append(emails, strings.ToLower(guest.Email))
		}
	}
	slices.Sort(emails)
	for _, email := range slices.Compact(emails) {
		account := e.server.account(email)
		if account == nil || account.Email == e.cal.id {
			continue
		}
		e.shareWith(account, ev)
	}
}

// shareWith brings one guest's copy up to date. A guest who is invited to a
// series but not to one of its occurrences has that one cancelled.
func (e *edit) shareWith(account *Account, ev *calendar.Event) {
	cal := e.server.calendars[account.Email]
	present := cal.find(ev.Id)
	if present != nil && (present.event.Organizer.Self || present.event.PrivateCopy) {
		return
	}
	guest := attendee(ev, account.Email)
	if ev.Status == cancelled || guest == nil {
		if present != nil && !present.cancelled() {
			e.server.cancel(cal, present)
		}
		return
	}
	arrives := present == nil || present.cancelled()
	if arrives && present != nil && guest.ResponseStatus == "declined" {
		return
	}
	shared := cal.copyFor(ev, present, e.cal)
	if present != nil && sameJSON(withoutStamps(present.event), withoutStamps(shared)) {
		return
	}
	shared.Updated = ev.Updated
	e.server.put(cal, shared)
	if arrives {
		e.shareExceptions(account, cal, ev)
	} else {
		e.server.resetExceptions(cal, present.event, shared)
	}
}

// shareExceptions gives a guest who is new to a series its changed and removed
// occurrences too.
func (e *edit) shareExceptions(account *Account, cal *calendarData, series *calendar.Event) {
	if len(series.Recurrence) == 0 {
		return
	}
	for _, id := range slices.Clone(cal.exceptions[series.Id]) {
		cal.drop(id)
	}
	for _, id := range e.cal.exceptions[series.Id] {
		e.shareWith(account, e.cal.records[id].event)
	}
}

// copyFor is the guest's copy of the organiser's event, with what is the
// guest's own taken from the copy that he has.
func (cal *calendarData) copyFor(ev *calendar.Event, present *record, from *calendarData) *calendar.Event {
	shared := copyEvent(ev)
	shared.ColorId, shared.Transparency, shared.Visibility, shared.Source = "", "", ev.Visibility, nil
	shared.Reminders = &calendar.EventReminders{UseDefault: true}
	var private map[string]string
	if present != nil {
		own := present.event
		shared.ColorId, shared.Transparency, shared.Visibility, shared.Reminders = own.ColorId, own.Transparency, own.Visibility, own.Reminders
		if own.ExtendedProperties != nil {
			private = own.ExtendedProperties.Private
		}
	}
	if shared.ExtendedProperties != nil || private != nil {
		if shared.ExtendedProperties == nil {
			shared.ExtendedProperties = &calendar.EventExtendedProperties{}
		}
		shared.ExtendedProperties.Private = private
	}
	for _, moment := range []*calendar.EventDateTime{shared.Start, shared.End, shared.OriginalStartTime} {
		if moment != nil && moment.DateTime != "" && moment.TimeZone == "" {
			moment.TimeZone = from.zone.String()
		}
	}
	shared.Organizer.Self = false
	shared.Creator.Self = cal.isSelf(shared.Creator.Email)
	if err := cal.normalize(shared); err != nil {
		panic("googletest: copy for a guest: " + err.Error())
	}
	return shared
}

func withoutStamps(ev *calendar.Event) calendar.Event {
	bare := *ev
	bare.Etag, bare.Updated = "", ""
	return bare
}

// report tells the organiser what a guest answered, and where guests may
// modify the event, what he changed.
func (e *edit) report(ev *calendar.Event) {
	cal := e.server.calendars[ev.Organizer.Email]
	answered := attendee(ev, e.cal.id)
	if cal == nil || answered == nil || cal == e.cal {
		return
	}
	organized := cal.find(ev.Id)
	if organized == nil || organized.cancelled() || !organized.event.Organizer.Self {
		return
	}
	told := copyEvent(organized.event)
	if ev.GuestsCanModify && ev.Status != cancelled {
		told.Summary, told.Description, told.Location = ev.Summary, ev.Description, ev.Location
		told.Start, told.End, told.Recurrence = ev.Start, ev.End, ev.Recurrence
	}
	entry := attendee(told, e.cal.id)
	if entry == nil {
		return
	}
	entry.ResponseStatus, entry.Comment, entry.AdditionalGuests = answered.ResponseStatus, answered.Comment, answered.AdditionalGuests
	if ev.Status == cancelled {
		entry.ResponseStatus = "declined"
	}
	if err := cal.normalize(told); err != nil {
		panic("googletest: a guest's answer: " + err.Error())
	}
	if sameJSON(withoutStamps(told), withoutStamps(organized.event)) {
		return
	}
	told.Updated = ev.Updated
	organizer := &edit{server: e.server, cal: cal, account: cal.owner, person: true}
	organizer.propagate(e.server.put(cal, told), organized.event)
}

func attendee(ev *calendar.Event, email string) *calendar.EventAttendee {
	for _, guest := range ev.Attendees {
		if strings.EqualFold(guest.Email, email) {
			return guest
		}
	}
	return nil
}
