package googletest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/api/calendar/v3"
)

// byHand is a write by the person himself. It panics where Google's page
// would not let him: in a test that is a mistake of the test.
func (a *Account) byHand(calendarID string) *edit {
	entry := a.entry(calendarID)
	if entry == nil {
		panic(fmt.Sprintf("googletest: %s has no calendar %s", a.Email, calendarID))
	}
	return &edit{server: a.server, cal: entry.calendar, account: a, role: entry.accessRole, person: true}
}

// Insert adds an event as the person does in Google's page, and answers it
// as it stands then. An organiser other than the calendar makes it an
// invitation that arrived. It panics if the event is invalid.
func (a *Account) Insert(calendarID string, ev *calendar.Event) *calendar.Event {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	e := a.byHand(calendarID)
	rec, err := e.insert(copyEvent(ev))
	if err != nil {
		panic("googletest: insert: " + err.Error())
	}
	return copyEvent(e.cal.whole().event(rec.event))
}

// Edit changes an event, or one occurrence of a series, as the person does
// in Google's page, and answers it as it stands then. It panics if the event
// is unknown or becomes invalid.
func (a *Account) Edit(calendarID, eventID string, change func(*calendar.Event)) *calendar.Event {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	e := a.byHand(calendarID)
	rec, err := e.editByHand(eventID, func(ev *calendar.Event) error { change(ev); return nil })
	if err != nil {
		panic("googletest: edit: " + err.Error())
	}
	return copyEvent(e.cal.whole().event(rec.event))
}

func (e *edit) editByHand(eventID string, change func(*calendar.Event) error) (*record, error) {
	old := e.cal.find(eventID)
	if old == nil {
		return nil, notFound()
	}
	ev := copyEvent(e.cal.whole().event(old.event))
	if err := change(ev); err != nil {
		return nil, err
	}
	return e.change(old, ev)
}

// Delete deletes an event, or one occurrence of a series, as the person does
// in Google's page. Deleting what is deleted does nothing.
func (a *Account) Delete(calendarID, eventID string) {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	e := a.byHand(calendarID)
	rec := e.cal.find(eventID)
	if rec == nil {
		panic("googletest: delete: no event " + eventID)
	}
	if !rec.cancelled() {
		e.remove(rec)
	}
}

// Move moves an event to another of the person's calendars. It keeps its id
// and leaves a cancelled stub behind.
func (a *Account) Move(calendarID, eventID, toCalendarID string) {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	e, to := a.byHand(calendarID), a.byHand(toCalendarID)
	rec := e.cal.find(eventID)
	if rec == nil {
		panic("googletest: move: no event " + eventID)
	}
	if _, err := e.move(rec, to.cal); err != nil {
		panic("googletest: move: " + err.Error())
	}
}

// Answer gives the person's own answer to an invitation, as the buttons of
// Google's page do: accepted, tentative or declined.
func (a *Account) Answer(calendarID, eventID, response string) {
	a.Edit(calendarID, eventID, func(ev *calendar.Event) {
		own := attendee(ev, a.resolve(calendarID))
		if own == nil {
			panic("googletest: answer: not invited to " + eventID)
		}
		own.ResponseStatus, ev.Status = response, confirmed
	})
}

// Import adds an event out of an .ics file, which must have an iCalUID. It is
// a copy of its own: nobody else learns of it, and the file's guests are left
// out, its organiser is not.
func (a *Account) Import(calendarID string, ev *calendar.Event) *calendar.Event {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	e := a.byHand(calendarID)
	e.imports = true
	given := copyEvent(ev)
	given.Attendees = nil
	rec, err := e.importCopy(given)
	if err != nil {
		panic("googletest: import: " + err.Error())
	}
	return copyEvent(e.cal.whole().event(rec.event))
}

// HandOver makes another person the organiser of an event of this person's
// primary calendar, as "change owner" does. The event keeps its id.
func (a *Account) HandOver(eventID string, to *Account) {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	e, target := a.byHand("primary"), to.byHand("primary")
	rec := e.cal.find(eventID)
	if rec == nil {
		panic("googletest: hand over: no event " + eventID)
	}
	if _, err := e.move(rec, target.cal); err != nil {
		panic("googletest: hand over: " + err.Error())
	}
}

// Event is a deep copy of an event, cancelled ones included; nil if there
// never was one.
func (a *Account) Event(calendarID, eventID string) *calendar.Event {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	cal := a.byHand(calendarID).cal
	rec := cal.find(eventID)
	if rec == nil {
		return nil
	}
	return copyEvent(cal.whole().event(rec.event))
}

// Events are deep copies of a calendar's living events, sorted by id: single
// ones, series, and their changed occurrences.
func (a *Account) Events(calendarID string) []*calendar.Event {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	cal := a.byHand(calendarID).cal
	var living []*calendar.Event
	for _, rec := range cal.records {
		if rec.cancelled() {
			continue
		}
		var ev calendar.Event
		if err := json.Unmarshal(cal.whole().json(rec), &ev); err != nil {
			panic("googletest: " + err.Error())
		}
		living = append(living, &ev)
	}
	slices.SortFunc(living, func(a, b *calendar.Event) int { return strings.Compare(a.Id, b.Id) })
	return living
}

// Purge forgets a deleted event, as Google does after some weeks: it answers
// 404 from then on, and its id is free.
func (a *Account) Purge(calendarID, eventID string) {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	a.byHand(calendarID).cal.drop(eventID)
}
