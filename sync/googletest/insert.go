package googletest

import (
	"net/http"
	"strings"

	"google.golang.org/api/calendar/v3"
)

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
	if ev.ConferenceData != nil && len(ev.ConferenceData.EntryPoints) > 0 && ev.ConferenceData.EntryPoints[0] != nil {
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
