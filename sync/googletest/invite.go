package googletest

import "google.golang.org/api/calendar/v3"

// Invite adds guests to an event of the person's primary calendar, as the
// person does in Google's page: those with an account here find it in their
// own calendar. It panics if there is no such event.
func (a *Account) Invite(eventID string, guests ...string) {
	a.Edit(a.Email, eventID, func(ev *calendar.Event) {
		for _, guest := range guests {
			ev.Attendees = append(ev.Attendees, &calendar.EventAttendee{Email: guest, ResponseStatus: "needsAction"})
		}
	})
}
