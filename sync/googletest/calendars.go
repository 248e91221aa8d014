package googletest

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"google.golang.org/api/calendar/v3"
)

// Roles that an account has in a calendar, from least to most.
const (
	roleFreeBusy      = "freeBusyReader"
	roleReader        = "reader"
	rolePartialWriter = "writerWithoutPrivateAccess"
	roleWriter        = "writer"
	roleOwner         = "owner"
)

var roles = []string{roleFreeBusy, roleReader, rolePartialWriter, roleWriter, roleOwner}

// atLeast compares roles; an unknown one is none.
func atLeast(role, minimum string) bool {
	return slices.Index(roles, role) >= slices.Index(roles, minimum)
}

// entity turns a structure of the calendar package into the document that
// Google would send of it; what depends on the structure's omitempty is added
// by the caller.
func entity(structure any, more map[string]any) map[string]any {
	text, err := json.Marshal(structure)
	if err != nil {
		panic("googletest: " + err.Error())
	}
	document := map[string]any{}
	if err := json.Unmarshal(text, &document); err != nil {
		panic("googletest: " + err.Error())
	}
	for name, value := range more {
		document[name] = value
	}
	return document
}

// document is the list entry as calendarList answers it.
func (e *listEntry) document() map[string]any {
	entry := &calendar.CalendarListEntry{
		Kind:             "calendar#calendarListEntry",
		Etag:             e.etag,
		Id:               e.calendar.id,
		Summary:          e.calendar.summary,
		TimeZone:         e.calendar.zone.String(),
		ColorId:          "14",
		BackgroundColor:  "#9fe1e7",
		ForegroundColor:  "#000000",
		Selected:         true,
		AccessRole:       e.accessRole,
		Primary:          e.calendar.primary && e.accessRole == roleOwner,
		DefaultReminders: []*calendar.EventReminder{{Method: "popup", Minutes: 10}},
	}
	if e.removed {
		entry = &calendar.CalendarListEntry{Kind: entry.Kind, Etag: entry.Etag, Id: entry.Id, Deleted: true}
		return entity(entry, nil)
	}
	return entity(entry, map[string]any{"conferenceProperties": map[string]any{
		"allowedConferenceSolutionTypes": []string{"hangoutsMeet"}}})
}

// listCalendars is calendarList.list.
func listCalendars(q *request) (*result, error) {
	page, err := q.openListing("calendarList "+q.account.Email, 100, 250, q.selectCalendars)
	if err != nil {
		return nil, err
	}
	document := map[string]any{"kind": "calendar#calendarList", "etag": q.server.etagOf(page.listing.seq),
		"items": slices.Concat([]any{}, page.items)}
	page.addTokens(document)
	return &result{document: document, etag: q.server.etagOf(page.listing.seq)}, nil
}

// selectCalendars is what a new calendarList listing holds.
func (q *request) selectCalendars() (*listing, error) {
	role := q.query.Get("minAccessRole")
	if role != "" && !slices.Contains(roles, role) {
		return nil, invalidParameter("minAccessRole", "Invalid value for minAccessRole: "+role)
	}
	token, err := q.readSyncToken("calendarList", []string{"minAccessRole", "showOwnOrganizationOnly"})
	if err != nil {
		return nil, err
	}
	found := &listing{seq: q.server.lastSeq, syncs: role == ""}
	found.token = syncToken{List: "calendarList", Parameters: q.boundParameters()}
	entries := slices.Clone(q.account.ordered)
	if token != nil {
		slices.SortFunc(entries, func(a, b *listEntry) int { return int(a.seq - b.seq) })
	}
	for _, entry := range entries {
		switch {
		case token != nil && entry.seq <= token.Seq:
		case token == nil && entry.removed && !q.flag("showDeleted"):
		case role != "" && !atLeast(entry.accessRole, role):
		default:
			found.items = append(found.items, entry.document())
		}
	}
	return found, nil
}

// getCalendarEntry is calendarList.get.
func getCalendarEntry(q *request) (*result, error) {
	entry := q.account.entry(q.path["calendarId"])
	if entry == nil {
		return nil, notFound()
	}
	if err := q.checkReach(entry); err != nil {
		return nil, err
	}
	return &result{document: entry.document(), etag: entry.etag}, nil
}

// getCalendar is calendars.get.
func getCalendar(q *request) (*result, error) {
	entry := q.account.entry(q.path["calendarId"])
	if entry == nil {
		return nil, notFound()
	}
	if err := q.checkReach(entry); err != nil {
		return nil, err
	}
	return &result{document: entry.calendar.document(entry.etag), etag: entry.etag}, nil
}

func (cal *calendarData) document(etag string) map[string]any {
	return entity(&calendar.Calendar{
		Kind: "calendar#calendar", Etag: etag, Id: cal.id, Summary: cal.summary, TimeZone: cal.zone.String(),
	}, nil)
}

// insertCalendar is calendars.insert: a secondary calendar of the account.
func insertCalendar(q *request) (*result, error) {
	var given calendar.Calendar
	if err := q.decode(&given); err != nil {
		return nil, err
	}
	if strings.TrimSpace(given.Summary) == "" {
		return nil, required("Missing summary.")
	}
	zone := "UTC"
	if given.TimeZone != "" {
		if _, err := loadZone(given.TimeZone); err != nil {
			return nil, invalid("Invalid time zone: %s", given.TimeZone)
		}
		zone = given.TimeZone
	}
	cal := q.server.newCalendar("c_"+randomID()+"@group.calendar.google.com", given.Summary, zone)
	cal.owner, cal.madeBy = q.account, q.token.grant.clientID
	q.account.enlist(cal, roleOwner)
	entry := q.account.list[cal.id]
	return &result{document: cal.document(entry.etag), etag: entry.etag}, nil
}

// checkReach narrows the scopes to this calendar: events.owned opens only
// calendars that the account owns, app.created only those that the client made.
func (q *request) checkReach(entry *listEntry) error {
	for _, scope := range q.usableScopes() {
		switch {
		case strings.HasPrefix(scope, "calendar.events.owned") && entry.accessRole != roleOwner:
		case scope == "calendar.app.created" && entry.calendar.madeBy != q.token.grant.clientID:
		default:
			return nil
		}
	}
	return insufficientScope(q.method.name)
}

// calendar is the calendar of the request's path, if the account may do with
// it what the role allows.
func (q *request) calendar(role string) (*listEntry, error) {
	entry := q.account.entry(q.path["calendarId"])
	if entry == nil {
		return nil, notFound()
	}
	if err := q.checkReach(entry); err != nil {
		return nil, err
	}
	if !atLeast(entry.accessRole, role) {
		return nil, requiredAccessLevel()
	}
	return entry, nil
}

// getColors is colors.get.
func getColors(*request) (*result, error) {
	return &result{document: map[string]any{
		"kind":     "calendar#colors",
		"updated":  time.Date(2012, 2, 14, 0, 0, 0, 0, time.UTC).Format(stampLayout),
		"calendar": palette(calendarColors),
		"event":    palette(eventColors),
	}}, nil
}
