package googletest

import (
	"net/http"
	"slices"
	"strings"

	"google.golang.org/api/calendar/v3"
)

var responses = []string{"needsAction", "declined", "tentative", "accepted"}

// normalizeGuests checks the guest list and marks in it who is the organiser
// and who is this calendar.
func (cal *calendarData) normalizeGuests(ev *calendar.Event) error {
	if len(ev.Attendees) > maxGuests {
		return invalid("Too many attendees.")
	}
	var stored []*calendar.EventAttendee
	for _, given := range ev.Attendees {
		if given == nil || !strings.Contains(given.Email, "@") {
			return invalid("Invalid attendee email.")
		}
		guest := *given
		if guest.ResponseStatus == "" {
			guest.ResponseStatus = "needsAction"
		}
		if !slices.Contains(responses, guest.ResponseStatus) {
			return invalid("Invalid value for: %s", guest.ResponseStatus)
		}
		guest.Self = cal.isSelf(guest.Email)
		guest.Organizer = ev.Organizer != nil && strings.EqualFold(guest.Email, ev.Organizer.Email)
		stored = append(stored, &guest)
	}
	ev.Attendees, ev.AttendeesOmitted = stored, false
	return nil
}

// checkRights refuses what the writer may not change in this event.
func (e *edit) checkRights(old, ev *calendar.Event) error {
	if e.person || e.imports {
		return nil
	}
	private := old.Visibility == "private" || old.Visibility == "confidential"
	switch {
	case private && e.role == rolePartialWriter:
		return requiredAccessLevel()
	case old.Locked && !sameJSON(mainFields(old), mainFields(ev)):
		return forbidden("The event is locked: its main fields cannot be changed.")
	case old.EventType == "fromGmail" && !sameJSON(sharedFields(old), sharedFields(ev)):
		return &apiError{status: http.StatusBadRequest, domain: "calendar", reason: "eventTypeRestriction",
			message: "Events from Gmail can be changed in their colour, reminders, transparency, visibility, status and private properties only."}
	case !old.Organizer.Self && !old.GuestsCanModify && !sameJSON(sharedFields(old), sharedFields(ev)):
		return forbiddenForNonOrganizer()
	}
	return nil
}

// mainFields are what a lock holds fast.
func mainFields(ev *calendar.Event) *calendar.Event {
	return &calendar.Event{Summary: ev.Summary, Description: ev.Description, Location: ev.Location,
		Start: ev.Start, End: ev.End, Recurrence: ev.Recurrence}
}

// sharedFields are what belongs to the organiser and is the same in every
// copy. What the guest may say for himself is left out.
func sharedFields(ev *calendar.Event) *calendar.Event {
	shared := mainFields(ev)
	shared.Attachments, shared.ConferenceData, shared.HangoutLink = ev.Attachments, ev.ConferenceData, ev.HangoutLink
	shared.GuestsCanInviteOthers, shared.GuestsCanModify = ev.GuestsCanInviteOthers, ev.GuestsCanModify
	shared.GuestsCanSeeOtherGuests, shared.AnyoneCanAddSelf = ev.GuestsCanSeeOtherGuests, ev.AnyoneCanAddSelf
	if ev.ExtendedProperties != nil && len(ev.ExtendedProperties.Shared) > 0 {
		shared.ExtendedProperties = &calendar.EventExtendedProperties{Shared: ev.ExtendedProperties.Shared}
	}
	for _, guest := range ev.Attendees {
		told := *guest
		if told.Self {
			told.ResponseStatus, told.Comment, told.AdditionalGuests = "", "", 0
		}
		shared.Attendees = append(shared.Attendees, &told)
	}
	return shared
}

// mail counts the guests that Google would write to about this event.
func (e *edit) mail(ev *calendar.Event) {
	for _, guest := range ev.Attendees {
		external := e.server.account(guest.Email) == nil
		if !guest.Self && !guest.Organizer && (e.notice == noticeAll || e.notice == noticeExternal && external) {
			e.server.journal.mails++
		}
	}
}

// propagate carries a write from the organiser's calendar to the guests'
// copies, or what a guest answered back to the organiser. old is nil for a
// new event.
func (e *edit) propagate(rec *record, old *calendar.Event) {
	ev := rec.event
	if !ev.Organizer.Self {
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

// shareWith brings one guest's copy up to date.
func (e *edit) shareWith(account *Account, ev *calendar.Event) {
	cal := e.server.calendars[account.Email]
	present := cal.records[ev.Id]
	guest := attendee(ev, account.Email)
	if ev.Status == cancelled || guest == nil {
		if present != nil && !present.cancelled() && !present.event.Organizer.Self {
			e.server.cancel(cal, present)
		}
		return
	}
	if present != nil && (present.event.Organizer.Self || present.cancelled() && guest.ResponseStatus == "declined") {
		return
	}
	shared := cal.copyFor(ev, present, e.cal)
	if present != nil && sameJSON(withoutStamps(present.event), withoutStamps(shared)) {
		return
	}
	shared.Updated = ev.Updated
	e.server.put(cal, shared)
	if present != nil {
		e.server.resetExceptions(cal, present.event, shared)
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
	if cal == nil || answered == nil {
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
