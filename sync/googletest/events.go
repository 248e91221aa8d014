package googletest

import (
	"encoding/json"
	"net/http"
	"strings"

	"google.golang.org/api/calendar/v3"
)

// find is the record of an event id: a stored one, or an occurrence of a
// series that nobody changed yet. nil if there never was one.
func (cal *calendarData) find(id string) *record {
	if rec := cal.records[id]; rec != nil {
		return rec
	}
	return cal.occurrence(id)
}

// target is the calendar and the event of the request's path.
func (q *request) target(role string) (*listEntry, *record, error) {
	entry, err := q.calendar(role)
	if err != nil {
		return nil, nil, err
	}
	rec := entry.calendar.find(q.path["eventId"])
	if rec == nil {
		return nil, nil, notFound()
	}
	return entry, rec, nil
}

// checkMatch is If-Match: the header must be the event's present entity tag,
// quotes and all.
func (q *request) checkMatch(rec *record) error {
	expected := q.http.Header.Get("If-Match")
	if expected != "" && expected != "*" && expected != rec.event.Etag {
		return conditionNotMet()
	}
	return nil
}

// answerEvent is the event as the answer to a get or a write.
func (q *request) answerEvent(entry *listEntry, rec *record) (*result, error) {
	v, err := q.view(entry)
	if err != nil {
		return nil, err
	}
	return &result{document: v.event(rec.event), etag: rec.event.Etag}, nil
}

// getEvent is events.get. Deleted events are answered, as cancelled.
func getEvent(q *request) (*result, error) {
	entry, rec, err := q.target(roleFreeBusy)
	if err != nil {
		return nil, err
	}
	return q.answerEvent(entry, rec)
}

// edit is the request as a write to one calendar.
func (q *request) edit(entry *listEntry) *edit {
	return &edit{server: q.server, cal: entry.calendar, account: q.account, role: entry.accessRole, notice: q.notice()}
}

// notice is who the request wants mailed. The deprecated sendNotifications
// counts where sendUpdates is not given.
func (q *request) notice() notice {
	updates := q.query.Get("sendUpdates")
	switch {
	case updates == "all" || updates == "" && q.flag("sendNotifications"):
		return noticeAll
	case updates == "externalOnly":
		return noticeExternal
	}
	return noticeNone
}

// countSilence notes writes that leave the mailing of guests to Google.
func (q *request) countSilence() error {
	switch updates := q.query.Get("sendUpdates"); updates {
	case "none":
		return nil
	case "", "all", "externalOnly":
		q.server.journal.missingSendUpdates++
		return nil
	default:
		return invalidParameter("sendUpdates", "Invalid value for sendUpdates: "+updates)
	}
}

// validID: base32hex in lower case, 5 to 1024 characters.
func validID(id string) bool {
	return len(id) >= 5 && len(id) <= 1024 && strings.Trim(id, idAlphabet) == ""
}

// insertEvent is events.insert.
func insertEvent(q *request) (*result, error) {
	if err := q.countSilence(); err != nil {
		return nil, err
	}
	entry, err := q.calendar(rolePartialWriter)
	if err != nil {
		return nil, err
	}
	var ev calendar.Event
	if err := q.decode(&ev); err != nil {
		return nil, err
	}
	switch {
	case ev.Id != "" && ev.ICalUID != "":
		return nil, invalid("The event id and iCalUID cannot both be specified.")
	case ev.Id != "" && !validID(ev.Id):
		return nil, invalid("Invalid resource id value.")
	case ev.Status == cancelled:
		return nil, invalid("Invalid status value.")
	case ev.EventType != "" && ev.EventType != "default" && ev.EventType != "birthday":
		return nil, &apiError{status: http.StatusBadRequest, domain: "calendar", reason: "eventTypeRestriction",
			message: "Events of type " + ev.EventType + " cannot be created here."}
	}
	ev.Organizer, ev.Locked, ev.PrivateCopy = nil, false, false
	q.settleBody(&ev, nil)
	rec, err := q.edit(entry).insert(&ev)
	if err != nil {
		return nil, err
	}
	return q.answerEvent(entry, rec)
}

// settleBody carries over the parts of an event that are written only with
// the version flags in the query; without them they stay as they were.
func (q *request) settleBody(ev, old *calendar.Event) {
	if old == nil {
		old = &calendar.Event{}
	}
	switch {
	case q.number("conferenceDataVersion", 0) < 1:
		ev.ConferenceData = old.ConferenceData
	case ev.ConferenceData != nil && ev.ConferenceData.CreateRequest != nil && ev.ConferenceData.ConferenceId == "":
		ev.ConferenceData = meeting(ev.ConferenceData.CreateRequest)
	}
	ev.HangoutLink = ""
	if ev.ConferenceData != nil && len(ev.ConferenceData.EntryPoints) > 0 {
		ev.HangoutLink = ev.ConferenceData.EntryPoints[0].Uri
	}
	if !q.flag("supportsAttachments") {
		ev.Attachments = old.Attachments
	}
	if q.number("eventLabelVersion", 0) < 1 {
		ev.EventLabelId = old.EventLabelId
	} else {
		ev.ColorId = old.ColorId
	}
}

// meeting is a finished conference for a request to create one.
func meeting(wish *calendar.CreateConferenceRequest) *calendar.ConferenceData {
	code := strings.Trim(randomID(), "0123456789")[:3] + "-" + randomID()[:4]
	wish.Status = &calendar.ConferenceRequestStatus{StatusCode: "success"}
	return &calendar.ConferenceData{
		ConferenceId: code, CreateRequest: wish,
		ConferenceSolution: &calendar.ConferenceSolution{Name: "Google Meet", Key: wish.ConferenceSolutionKey},
		EntryPoints: []*calendar.EntryPoint{{EntryPointType: "video", Uri: "https://meet.google.com/" + code,
			Label: "meet.google.com/" + code}},
	}
}

// patchEvent is events.patch: the body is merged into the event, then the
// whole is checked.
func patchEvent(q *request) (*result, error) {
	return q.change(func(old *calendar.Event) (*calendar.Event, error) {
		var patch map[string]any
		if err := q.decode(&patch); err != nil {
			return nil, err
		}
		return merged(old, patch)
	})
}

// updateEvent is events.update: what the body leaves out is reset.
func updateEvent(q *request) (*result, error) {
	return q.change(func(*calendar.Event) (*calendar.Event, error) {
		var ev calendar.Event
		return &ev, q.decode(&ev)
	})
}

func (q *request) change(next func(old *calendar.Event) (*calendar.Event, error)) (*result, error) {
	if err := q.countSilence(); err != nil {
		return nil, err
	}
	entry, old, err := q.target(rolePartialWriter)
	if err != nil {
		return nil, err
	}
	if err := q.checkMatch(old); err != nil {
		return nil, err
	}
	ev, err := next(old.event)
	if err != nil {
		return nil, err
	}
	if ev.EventType != "" && ev.EventType != old.event.EventType {
		return nil, invalid("Event type cannot be changed.")
	}
	ev.Locked = old.event.Locked
	q.settleBody(ev, old.event)
	rec, err := q.edit(entry).change(old, ev)
	if err != nil {
		return nil, err
	}
	return q.answerEvent(entry, rec)
}

// merged is the event after an RFC 7396 merge patch.
func merged(old *calendar.Event, patch map[string]any) (*calendar.Event, error) {
	text, err := json.Marshal(mergePatch(entity(old, nil), patch))
	if err != nil {
		return nil, invalid("Invalid value.")
	}
	var ev calendar.Event
	if err := json.Unmarshal(text, &ev); err != nil {
		return nil, &apiError{status: http.StatusBadRequest, domain: "global", reason: "badRequest", message: "Bad Request"}
	}
	return &ev, nil
}

func mergePatch(target any, patch map[string]any) map[string]any {
	object, ok := target.(map[string]any)
	if !ok {
		object = map[string]any{}
	}
	for name, value := range patch {
		switch value := value.(type) {
		case nil:
			delete(object, name)
		case map[string]any:
			object[name] = mergePatch(object[name], value)
		default:
			object[name] = value
		}
	}
	return object
}

// deleteEvent is events.delete.
func deleteEvent(q *request) (*result, error) {
	if err := q.countSilence(); err != nil {
		return nil, err
	}
	entry, rec, err := q.target(rolePartialWriter)
	if err != nil {
		return nil, err
	}
	if rec.cancelled() {
		return nil, alreadyDeleted()
	}
	if err := q.checkMatch(rec); err != nil {
		return nil, err
	}
	q.edit(entry).remove(rec)
	return &result{}, nil
}

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

// moveEvent is events.move: the event changes its organiser.
func moveEvent(q *request) (*result, error) {
	if err := q.countSilence(); err != nil {
		return nil, err
	}
	entry, rec, err := q.target(rolePartialWriter)
	if err != nil {
		return nil, err
	}
	if q.query.Get("destination") == "" {
		return nil, required("Missing required parameter: destination")
	}
	destination := q.account.entry(q.query.Get("destination"))
	if destination == nil {
		return nil, notFound()
	}
	if err := q.checkReach(destination); err != nil {
		return nil, err
	}
	if !atLeast(destination.accessRole, roleWriter) {
		return nil, requiredAccessLevel()
	}
	moved, err := q.edit(entry).move(rec, destination.calendar)
	if err != nil {
		return nil, err
	}
	return q.answerEvent(destination, moved)
}
