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
		return typeRestriction("Events from Gmail can be changed in their colour, reminders, transparency, visibility, status and private properties only.")
	case old.EventType == "birthday" && !sameJSON(birthdayFields(old), birthdayFields(ev)):
		return typeRestriction("Birthdays can be changed in their title, day, colour and reminders only.")
	case !old.Organizer.Self && !old.GuestsCanModify && !e.server.switches.localGuestWrites &&
		!sameJSON(sharedFields(old), sharedFields(ev)):
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

// birthdayFields are what no client changes in a birthday.
func birthdayFields(ev *calendar.Event) *calendar.Event {
	fixed := sharedFields(ev)
	fixed.Summary, fixed.Start, fixed.End = "", nil, nil
	fixed.Visibility, fixed.Transparency = ev.Visibility, ev.Transparency
	return fixed
}

func typeRestriction(message string) error {
	return &apiError{status: http.StatusBadRequest, domain: "calendar", reason: "eventTypeRestriction", message: message}
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
