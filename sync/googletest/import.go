package googletest

import (
	"encoding/base32"
	"strings"

	"google.golang.org/api/calendar/v3"
)

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
	q.settleBody(&ev, nil)
	change := q.edit(entry)
	change.imports = true
	rec, err := change.importCopy(&ev)
	if err != nil {
		return nil, err
	}
	return q.answerEvent(entry, rec)
}

// importCopy adds a copy that nobody else learns of, or renews the one of that
// iCalUID. Google makes the id out of the iCalUID, so that two calendars which
// import the same file hold events of one id.
func (e *edit) importCopy(ev *calendar.Event) (*record, error) {
	ev.Id = "_" + strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte(ev.ICalUID)))
	for _, rec := range e.cal.since(0) {
		if rec.event.ICalUID == ev.ICalUID && rec.event.RecurringEventId == "" && (!rec.cancelled() || rec.event.Id == ev.Id) {
			return e.change(rec, ev)
		}
	}
	return e.insert(ev)
}
