package googletest

import "net/http"

// move gives the event to another calendar under the same id: that calendar
// is its organiser from then on. Where the old organiser is a guest he keeps a
// guest's copy, otherwise a cancelled stub stays behind.
func (e *edit) move(old *record, to *calendarData) (*record, error) {
	switch {
	case old.cancelled():
		return nil, notFound()
	case old.event.RecurringEventId != "":
		return nil, cannotMove("cannotChangeOrganizerOfInstance", "Cannot change the organizer of an instance.")
	case old.event.EventType != "default" || !old.event.Organizer.Self:
		return nil, cannotMove("cannotChangeOrganizer", "Cannot change the organizer of the event.")
	case to == e.cal:
		return nil, invalid("The event is in this calendar already.")
	}
	there := to.records[old.event.Id]
	if there != nil && !there.cancelled() && (there.event.Organizer.Self || there.event.ICalUID != old.event.ICalUID) {
		return nil, duplicate()
	}
	target := *e
	target.cal = to
	var moved *record
	for _, id := range append([]string{old.event.Id}, e.cal.exceptions[old.event.Id]...) {
		rec := e.cal.records[id]
		arrived, err := e.moveOne(rec, to)
		if err != nil {
			return nil, err
		}
		if rec == old {
			moved = arrived
		}
		target.propagate(arrived, rec.event)
	}
	e.mail(moved.event)
	return moved, nil
}

func (e *edit) moveOne(rec *record, to *calendarData) (*record, error) {
	ev := copyEvent(rec.event)
	ev.Organizer = to.organizer()
	ev.Creator.Self = to.isSelf(ev.Creator.Email)
	ev.Updated = e.server.now().UTC().Format(stampLayout)
	if err := to.normalize(ev); err != nil {
		return nil, err
	}
	arrived := e.server.put(to, ev)
	left := *rec.event
	left.Status, left.Updated = cancelled, ev.Updated
	if attendee(ev, e.cal.id) != nil && !rec.cancelled() {
		left = *e.cal.copyFor(ev, rec, to)
	}
	e.server.put(e.cal, &left)
	return arrived, nil
}

func cannotMove(reason, message string) error {
	return &apiError{status: http.StatusForbidden, domain: "calendar", reason: reason, message: message}
}
