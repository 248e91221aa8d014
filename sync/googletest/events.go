package googletest

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
