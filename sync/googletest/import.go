package googletest

import "google.golang.org/api/calendar/v3"

// importEvent is events.import: a private copy under a known iCalUID, which
// updates the event that has it already.
func importEvent(q *request) (*result, error) {
	entry, err := q.calendar(rolePartialWriter)
	if err != nil {
		return nil, err
	}
	var ev calendar.Event
	if err := q.decode(&ev); err != nil {
		return nil, err
	}
	switch {
	case ev.ICalUID == "":
		return nil, required("Missing iCalUID.")
	case ev.EventType != "" && ev.EventType != "default":
		return nil, invalid("Only events of type default can be imported.")
	}
	ev.Id = ""
	q.settleBody(&ev, nil)
	change := q.edit(entry)
	change.imports = true
	for _, rec := range entry.calendar.since(0) {
		if rec.event.ICalUID == ev.ICalUID && rec.event.RecurringEventId == "" && !rec.cancelled() {
			changed, err := change.change(rec, &ev)
			if err != nil {
				return nil, err
			}
			return q.answerEvent(entry, changed)
		}
	}
	rec, err := change.insert(&ev)
	if err != nil {
		return nil, err
	}
	return q.answerEvent(entry, rec)
}
