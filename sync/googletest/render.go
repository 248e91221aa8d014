package googletest

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"time"

	"google.golang.org/api/calendar/v3"
)

// view is how one request wants to see events.
type view struct {
	cal          *calendarData
	zone         *time.Location // of the answered times
	role         string         // of the account in the calendar
	bare         bool           // cancelled events show their identity only
	maxAttendees int            // 0: all
	mask         fieldMask
	fields       string // the mask's text, for the cache
}

// view reads the request's wishes.
func (q *request) view(entry *listEntry) (*view, error) {
	v := &view{
		cal: entry.calendar, zone: entry.calendar.zone, role: entry.accessRole,
		bare:         q.server.switches.bareCancelled,
		maxAttendees: q.number("maxAttendees", 0),
	}
	if name := q.query.Get("timeZone"); name != "" {
		zone, err := loadZone(name)
		if err != nil {
			return nil, invalidParameter("timeZone", "Invalid time zone: "+name)
		}
		v.zone = zone
	}
	return v, nil
}

// json is the record's document, remembered for the next request with the
// same view.
func (v *view) json(rec *record) json.RawMessage {
	key := v.zone.String() + " " + v.cal.zone.String() + " " + v.role + " " +
		strconv.FormatBool(v.bare) + " " + strconv.Itoa(v.maxAttendees) + " " + v.fields
	if text, known := rec.rendered[key]; known {
		return text
	}
	text, err := json.Marshal(v.mask.apply(v.event(rec.event)))
	if err != nil {
		panic("googletest: " + err.Error())
	}
	if rec.rendered == nil || len(rec.rendered) > 4 {
		rec.rendered = map[string]json.RawMessage{}
	}
	rec.rendered[key] = text
	return text
}

// event is the event as this view shows it. What is stored stays untouched.
func (v *view) event(ev *calendar.Event) *calendar.Event {
	switch {
	case ev.Status == cancelled && v.bare:
		return &calendar.Event{
			Kind: ev.Kind, Etag: ev.Etag, Id: ev.Id, Status: ev.Status,
			RecurringEventId: ev.RecurringEventId, OriginalStartTime: v.time(ev.OriginalStartTime),
		}
	case v.hides(ev):
		ev = &calendar.Event{
			Kind: ev.Kind, Etag: ev.Etag, Id: ev.Id, Status: ev.Status, Updated: ev.Updated, ICalUID: ev.ICalUID,
			Visibility: "private", Start: ev.Start, End: ev.End, Recurrence: ev.Recurrence,
			RecurringEventId: ev.RecurringEventId, OriginalStartTime: ev.OriginalStartTime,
		}
	}
	shown := *ev
	shown.HtmlLink = "https://www.google.com/calendar/event?eid=" + base64.RawURLEncoding.EncodeToString([]byte(ev.Id+" "+v.cal.id))
	shown.Start, shown.End, shown.OriginalStartTime = v.time(ev.Start), v.time(ev.End), v.time(ev.OriginalStartTime)
	if v.maxAttendees > 0 && len(ev.Attendees) > v.maxAttendees {
		shown.AttendeesOmitted, shown.Attendees = true, nil
		for _, attendee := range ev.Attendees {
			if attendee.Self {
				shown.Attendees = append(shown.Attendees, attendee)
			}
		}
	}
	return &shown
}

// hides says that the reader may know no more than when the owner is busy.
func (v *view) hides(ev *calendar.Event) bool {
	private := ev.Visibility == "private" || ev.Visibility == "confidential"
	return v.role == roleFreeBusy || private && (v.role == roleReader || v.role == rolePartialWriter)
}

// time shows a stored time in the view's zone, under the event's own zone's
// name.
func (v *view) time(stored *calendar.EventDateTime) *calendar.EventDateTime {
	if stored == nil || stored.Date != "" {
		return stored
	}
	shown := &calendar.EventDateTime{DateTime: instantOf(stored, v.zone).In(v.zone).Format(time.RFC3339), TimeZone: stored.TimeZone}
	if shown.TimeZone == "" {
		shown.TimeZone = v.cal.zone.String()
	}
	return shown
}

// whole is the view of a person in the calendar's own page: everything.
func (cal *calendarData) whole() *view { return &view{cal: cal, zone: cal.zone, role: roleOwner} }

// copyEvent is a deep copy that shares nothing with what is stored.
func copyEvent(ev *calendar.Event) *calendar.Event {
	text, err := json.Marshal(ev)
	if err != nil {
		panic("googletest: " + err.Error())
	}
	var copied calendar.Event
	if err := json.Unmarshal(text, &copied); err != nil {
		panic("googletest: " + err.Error())
	}
	return &copied
}
