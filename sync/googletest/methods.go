package googletest

import (
	"reflect"
	"strings"

	"google.golang.org/api/calendar/v3"
)

// method is one method of the Calendar API: where it is, which parameters it
// has, which scopes open it (any one of them) and what it answers.
type method struct {
	name, verb, path string
	query            []string // a kind follows the colon, see parameterKind
	scopes           []string
	answer           reflect.Type
	serve            func(*request) (*result, error)
}

func (m *method) segments() []string { return strings.Split(m.path, "/") }

func (m *method) matches(segments []string) bool {
	pattern := m.segments()
	if len(pattern) != len(segments) {
		return false
	}
	for i, part := range pattern {
		if !strings.HasPrefix(part, "{") && part != segments[i] {
			return false
		}
	}
	return true
}

// Scopes by what they open, as in Google's discovery document.
var (
	readListScopes     = []string{"calendar", "calendar.calendarlist", "calendar.calendarlist.readonly", "calendar.readonly"}
	readEntryScopes    = append([]string{"calendar.app.created"}, readListScopes...)
	makeCalendarScopes = []string{"calendar", "calendar.app.created", "calendar.calendars"}
	readCalendarScopes = append([]string{"calendar.calendars.readonly", "calendar.readonly"}, makeCalendarScopes...)
	moveScopes         = []string{"calendar", "calendar.events", "calendar.events.owned"}
	writeScopes        = append([]string{"calendar.app.created"}, moveScopes...)
	readScopes         = append([]string{"calendar.events.freebusy", "calendar.events.owned.readonly",
		"calendar.events.public.readonly", "calendar.events.readonly", "calendar.readonly"}, writeScopes...)
	colorScopes = []string{"calendar", "calendar.app.created", "calendar.calendarlist", "calendar.calendarlist.readonly",
		"calendar.events.freebusy", "calendar.events.owned", "calendar.events.owned.readonly",
		"calendar.events.public.readonly", "calendar.readonly"}
	stopScopes = append([]string{"calendar.acls", "calendar.acls.readonly", "calendar.calendarlist",
		"calendar.calendarlist.readonly", "calendar.settings", "calendar.settings.readonly"}, readScopes...)
)

// Query parameters that several methods share.
var (
	listQuery = []string{"alwaysIncludeEmail:b", "eventTypes:*", "iCalUID", "maxAttendees:i", "maxResults:i", "orderBy",
		"pageToken", "privateExtendedProperty:*", "q", "sharedExtendedProperty:*", "showDeleted:b",
		"showHiddenInvitations:b", "singleEvents:b", "syncToken", "timeMax", "timeMin", "timeZone", "updatedMin"}
	mailQuery   = []string{"sendNotifications:b", "sendUpdates"}
	bodyQuery   = []string{"conferenceDataVersion:i", "eventLabelVersion:i", "supportsAttachments:b"}
	insertQuery = append(append([]string{"maxAttendees:i"}, mailQuery...), bodyQuery...)
	changeQuery = append([]string{"alwaysIncludeEmail:b"}, insertQuery...)
)

const (
	eventsPath = "calendars/{calendarId}/events"
	eventPath  = eventsPath + "/{eventId}"
)

// methods is every method that is served. The order decides nothing: no two
// match the same path and verb.
var methods = methodTable()

func methodTable() []method {
	event, events := reflect.TypeFor[calendar.Event](), reflect.TypeFor[calendar.Events]()
	entry, list := reflect.TypeFor[calendar.CalendarListEntry](), reflect.TypeFor[calendar.CalendarList]()
	cal, channel, colors := reflect.TypeFor[calendar.Calendar](), reflect.TypeFor[calendar.Channel](), reflect.TypeFor[calendar.Colors]()
	return []method{
		{"calendar.calendarList.list", "GET", "users/me/calendarList", []string{"maxResults:i", "minAccessRole", "pageToken",
			"showDeleted:b", "showHidden:b", "showOwnOrganizationOnly:b", "syncToken"}, readListScopes, list, listCalendars},
		{"calendar.calendarList.get", "GET", "users/me/calendarList/{calendarId}", nil, readEntryScopes, entry, getCalendarEntry},
		{"calendar.calendars.get", "GET", "calendars/{calendarId}", nil, readCalendarScopes, cal, getCalendar},
		{"calendar.calendars.insert", "POST", "calendars", nil, makeCalendarScopes, cal, insertCalendar},
		{"calendar.events.list", "GET", eventsPath, listQuery, readScopes, events, listEvents},
		{"calendar.events.get", "GET", eventPath, []string{"alwaysIncludeEmail:b", "maxAttendees:i", "timeZone"}, readScopes, event, getEvent},
		{"calendar.events.instances", "GET", eventPath + "/instances", []string{"alwaysIncludeEmail:b", "maxAttendees:i", "maxResults:i",
			"originalStart", "pageToken", "showDeleted:b", "timeMax", "timeMin", "timeZone"}, readScopes, events, listInstances},
		{"calendar.events.insert", "POST", eventsPath, insertQuery, writeScopes, event, insertEvent},
		{"calendar.events.import", "POST", eventsPath + "/import", bodyQuery, writeScopes, event, importEvent},
		{"calendar.events.patch", "PATCH", eventPath, changeQuery, writeScopes, event, patchEvent},
		{"calendar.events.update", "PUT", eventPath, changeQuery, writeScopes, event, updateEvent},
		{"calendar.events.delete", "DELETE", eventPath, mailQuery, writeScopes, nil, deleteEvent},
		{"calendar.events.move", "POST", eventPath + "/move", append([]string{"destination"}, mailQuery...), moveScopes, event, moveEvent},
		{"calendar.events.watch", "POST", eventsPath + "/watch", listQuery, readScopes, channel, watchEvents},
		{"calendar.channels.stop", "POST", "channels/stop", nil, stopScopes, nil, stopChannel},
		{"calendar.colors.get", "GET", "colors", nil, colorScopes, colors, getColors},
	}
}
