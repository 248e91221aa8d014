package googletest

import (
	"slices"
	"strings"

	"google.golang.org/api/calendar/v3"
)

// notice is who Google mails about a write.
type notice int

const (
	noticeNone notice = iota
	noticeExternal
	noticeAll
)

// edit is a write to one calendar by one account. Clients and people come
// through here alike, so both leave the same traces.
type edit struct {
	server  *Server
	cal     *calendarData
	account *Account
	role    string
	notice  notice
	imports bool // events.import: the organiser is taken from the body
	person  bool // in Google's own page: may do what clients may not
}

// insert adds a new event.
func (e *edit) insert(ev *calendar.Event) (*record, error) {
	if ev.Id == "" {
		ev.Id = randomID()
	}
	if e.cal.records[ev.Id] != nil {
		return nil, duplicate()
	}
	e.introduce(ev)
	if err := e.cal.normalize(ev); err != nil {
		return nil, err
	}
	ev.Updated = ev.Created
	rec := e.server.put(e.cal, ev)
	e.mail(ev)
	e.propagate(rec, nil)
	return rec, nil
}

// introduce fills in what Google knows of a new event by itself.
func (e *edit) introduce(ev *calendar.Event) {
	ev.Kind = "calendar#event"
	ev.Created = e.server.now().UTC().Format(stampLayout)
	if !e.person { // a person may be invited to one occurrence of somebody's series
		ev.RecurringEventId, ev.OriginalStartTime = "", nil
	}
	ev.Creator = &calendar.EventCreator{Email: e.account.Email, Self: e.cal.isSelf(e.account.Email)}
	if ev.Organizer == nil || ev.Organizer.Email == "" || !e.person && !e.imports {
		ev.Organizer = e.cal.organizer()
	}
	ev.Organizer.Self = e.cal.isSelf(ev.Organizer.Email)
	if ev.ICalUID == "" {
		ev.ICalUID = ev.Id + "@google.com"
	}
	ev.HtmlLink = "" // every view shows its own
	ev.PrivateCopy = e.imports
	if ev.EventType == "" {
		ev.EventType = "default"
	}
	if ev.Reminders == nil {
		ev.Reminders = &calendar.EventReminders{UseDefault: true}
	}
}

// organizer is the calendar itself as an event's organiser.
func (cal *calendarData) organizer() *calendar.EventOrganizer {
	organizer := &calendar.EventOrganizer{Email: cal.id, Self: true}
	if !cal.primary {
		organizer.DisplayName = cal.summary
	}
	return organizer
}

// isSelf says that an address is this calendar's own.
func (cal *calendarData) isSelf(email string) bool { return strings.EqualFold(email, cal.id) }

// change replaces an event's state by ev, which the caller made of the old
// one. A status of cancelled is a deletion.
func (e *edit) change(old *record, ev *calendar.Event) (*record, error) {
	e.keepReadOnly(old.event, ev)
	if ev.Status == "" {
		ev.Status = confirmed
	}
	if err := e.checkRevival(old); err != nil {
		return nil, err
	}
	if ev.Sequence != 0 && ev.Sequence < old.event.Sequence {
		return nil, invalid("Invalid sequence value. The specified sequence number is below the current sequence number of the resource. Re-fetch the resource and use its sequence number on the following request.")
	}
	if err := e.cal.normalize(ev); err != nil {
		return nil, err
	}
	e.cal.forgetEcho(old.event, ev)
	if err := e.checkRights(old.event, ev); err != nil {
		return nil, err
	}
	if ev.Status == cancelled && !old.cancelled() {
		return e.remove(old), nil
	}
	retimed := !sameTime(old.event.Start, ev.Start) || !sameTime(old.event.End, ev.End) || !slices.Equal(old.event.Recurrence, ev.Recurrence)
	ev.Sequence = max(ev.Sequence, old.event.Sequence)
	if retimed {
		ev.Sequence++
	}
	if !onlyRemindersDiffer(old.event, ev) {
		ev.Updated = e.server.now().UTC().Format(stampLayout)
	}
	rec := e.server.put(e.cal, ev)
	e.resetExceptions(old.event, ev)
	e.mail(ev)
	e.propagate(rec, old.event)
	return rec, nil
}

// keepReadOnly puts back what no write can change.
func (e *edit) keepReadOnly(old, ev *calendar.Event) {
	ev.Kind, ev.Id, ev.ICalUID, ev.HtmlLink = old.Kind, old.Id, old.ICalUID, old.HtmlLink
	ev.Created, ev.Updated, ev.Etag = old.Created, old.Updated, old.Etag
	ev.Creator, ev.PrivateCopy = old.Creator, old.PrivateCopy
	ev.RecurringEventId, ev.OriginalStartTime = old.RecurringEventId, old.OriginalStartTime
	if !e.person {
		ev.Organizer, ev.EventType = old.Organizer, old.EventType
	}
	if ev.Organizer == nil {
		ev.Organizer = old.Organizer
	}
	if ev.Reminders == nil {
		ev.Reminders = &calendar.EventReminders{UseDefault: true}
	}
}

// forgetEcho: a client that writes back what it read names the calendar's
// zone where the event names none. That is no change.
func (cal *calendarData) forgetEcho(old, ev *calendar.Event) {
	if len(ev.Recurrence) > 0 {
		return
	}
	for _, pair := range [][2]*calendar.EventDateTime{{old.Start, ev.Start}, {old.End, ev.End}} {
		if pair[0].TimeZone == "" && pair[0].DateTime == pair[1].DateTime && pair[1].TimeZone == cal.zone.String() {
			pair[1].TimeZone = ""
		}
	}
}

// checkRevival: whether a write to a deleted event works is one of the things
// that are reported both ways. A cancelled occurrence can always come back to its
// series, as long as that stands.
func (e *edit) checkRevival(old *record) error {
	series := e.cal.records[old.event.RecurringEventId]
	gone := old.cancelled() && old.event.RecurringEventId == "" || series != nil && series.cancelled()
	if !gone || e.person || e.imports || e.server.switches.reviveDeleted {
		return nil
	}
	return forbidden("Forbidden")
}

// remove deletes an event: it stays, cancelled, and its id stays taken. A
// guest's deletion is an answer to the organiser.
func (e *edit) remove(old *record) *record {
	gone := *old.event
	gone.Status = cancelled
	gone.Updated = e.server.now().UTC().Format(stampLayout)
	rec := e.server.put(e.cal, &gone)
	e.server.cancelExceptions(e.cal, &gone)
	e.mail(&gone)
	e.propagate(rec, old.event)
	return rec
}

// onlyRemindersDiffer says that a write changed reminders and nothing else:
// those belong to one person and do not count as an update.
func onlyRemindersDiffer(old, ev *calendar.Event) bool {
	bareOld, bareNew := *old, *ev
	bareOld.Reminders, bareNew.Reminders = nil, nil
	bareOld.Sequence, bareNew.Sequence = 0, 0
	return sameJSON(bareOld, bareNew) && !sameJSON(old.Reminders, ev.Reminders)
}
