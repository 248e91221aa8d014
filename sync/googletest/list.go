package googletest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// notWithSyncToken are the parameters of events.list that exclude a sync
// token. Those that are no time window also yield none.
var notWithSyncToken = []string{"iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "timeMin", "timeMax", "updatedMin"}

var withoutSyncToken = []string{"iCalUID", "orderBy", "privateExtendedProperty", "q", "sharedExtendedProperty", "updatedMin"}

// updatedMinReach is how far back updatedMin may look.
const updatedMinReach = 28 * 24 * time.Hour

var eventTypes = []string{"birthday", "default", "focusTime", "fromGmail", "outOfOffice", "workingLocation"}

// listEvents is events.list.
func listEvents(q *request) (*result, error) {
	entry, err := q.calendar(roleFreeBusy)
	if err != nil {
		return nil, err
	}
	page, err := q.openListing("events "+entry.calendar.id, 250, 2500, func() (*listing, error) { return q.selectEvents(entry) })
	if err != nil {
		return nil, err
	}
	return q.eventPage(entry, page)
}

// eventPage is one page of events as a document.
func (q *request) eventPage(entry *listEntry, page *page) (*result, error) {
	v, err := q.view(entry)
	if err != nil {
		return nil, err
	}
	v.fields = q.query.Get("fields")
	var keepsItems bool
	v.mask, keepsItems = q.mask.sub("items")
	items := make([]json.RawMessage, 0, len(page.items))
	for _, item := range page.items {
		if keepsItems {
			items = append(items, v.json(item.(*record)))
		}
	}
	etag := q.server.etagOf(page.listing.seq)
	document := map[string]any{
		"kind": "calendar#events", "etag": etag, "summary": entry.calendar.summary,
		"updated": q.server.now().UTC().Format(stampLayout), "timeZone": entry.calendar.zone.String(),
		"accessRole": entry.accessRole, "defaultReminders": []map[string]any{{"method": "popup", "minutes": 10}},
	}
	page.addTokens(document)
	for name, value := range document {
		sub, keeps := q.mask.sub(name)
		if !keeps {
			delete(document, name)
			continue
		}
		document[name] = sub.apply(value)
	}
	if keepsItems {
		document["items"] = items
	}
	return &result{document: document, etag: etag, masked: true}, nil
}

// selectEvents is what a new events listing holds.
func (q *request) selectEvents(entry *listEntry) (*listing, error) {
	filter, err := q.eventFilter(entry)
	if err != nil {
		return nil, err
	}
	token, err := q.readSyncToken("events "+entry.calendar.id, notWithSyncToken)
	if err != nil {
		return nil, err
	}
	found := &listing{seq: entry.calendar.lastSeq(), syncs: !slices.ContainsFunc(withoutSyncToken, q.query.Has)}
	found.token = syncToken{List: "events " + entry.calendar.id, Parameters: q.boundParameters()}
	since := int64(0)
	if token != nil {
		since, filter.incremental = token.Seq, true
		if err := filter.window(token.TimeMin, token.TimeMax); err != nil {
			return nil, err
		}
		found.token.TimeMin, found.token.TimeMax = token.TimeMin, token.TimeMax
	} else if q.server.switches.windowedSync {
		found.token.TimeMin, found.token.TimeMax = q.query.Get("timeMin"), q.query.Get("timeMax")
	}
	matching := filter.matching(entry.calendar.since(since))
	sortRecords(matching, q.query.Get("orderBy"), entry.calendar)
	for _, rec := range matching {
		found.items = append(found.items, rec)
	}
	return found, nil
}

// eventFilter is which events a list request wants.
type eventFilter struct {
	cal              *calendarData
	timeMin, timeMax time.Time
	updatedMin       time.Time
	single           bool
	showDeleted      bool
	incremental      bool
	types            []string
	iCalUID, text    string
	private, shared  []string // key=value, all of which must match
	now              time.Time
}

func (q *request) eventFilter(entry *listEntry) (*eventFilter, error) {
	f := &eventFilter{
		cal: entry.calendar, single: q.flag("singleEvents"), showDeleted: q.flag("showDeleted"),
		types: q.query["eventTypes"], iCalUID: q.query.Get("iCalUID"), text: strings.ToLower(q.query.Get("q")),
		private: q.query["privateExtendedProperty"], shared: q.query["sharedExtendedProperty"], now: q.server.now(),
	}
	for _, kind := range f.types {
		if !slices.Contains(eventTypes, kind) {
			return nil, invalidParameter("eventTypes", "Invalid value for eventTypes: "+kind)
		}
	}
	for _, pair := range slices.Concat(f.private, f.shared) {
		if !strings.Contains(pair, "=") {
			return nil, invalidParameter("privateExtendedProperty", "Invalid extended property constraint: "+pair)
		}
	}
	switch order := q.query.Get("orderBy"); {
	case order != "" && order != "startTime" && order != "updated":
		return nil, invalidParameter("orderBy", "Invalid value for orderBy: "+order)
	case order == "startTime" && !f.single:
		return nil, &apiError{status: http.StatusBadRequest, domain: "calendar", reason: "badRequest",
			message:      "The requested ordering is not available for the particular query.",
			locationType: "parameter", location: "orderBy"}
	}
	if err := f.window(q.query.Get("timeMin"), q.query.Get("timeMax")); err != nil {
		return nil, err
	}
	return f, f.updatedSince(q.query.Get("updatedMin"))
}

// window reads timeMin and timeMax; an empty text leaves a side open.
func (f *eventFilter) window(timeMin, timeMax string) (err error) {
	if f.timeMin, err = bound("timeMin", timeMin); err != nil {
		return err
	}
	if f.timeMax, err = bound("timeMax", timeMax); err != nil {
		return err
	}
	if timeMin != "" && timeMax != "" && !f.timeMin.Before(f.timeMax) {
		return timeRangeEmpty()
	}
	return nil
}

func (f *eventFilter) updatedSince(text string) (err error) {
	if f.updatedMin, err = bound("updatedMin", text); err != nil || text == "" {
		return err
	}
	if f.now.Sub(f.updatedMin) > updatedMinReach {
		return &apiError{status: http.StatusGone, domain: "calendar", reason: "updatedMinTooLongAgo",
			message:      "The requested minimum modification time lies too far in the past.",
			locationType: "parameter", location: "updatedMin"}
	}
	return nil
}

func bound(name, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	instant, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, &apiError{status: http.StatusBadRequest, domain: "global", reason: "badRequest",
			message: "Bad Request", locationType: "parameter", location: name}
	}
	return instant.Truncate(time.Second), nil
}
