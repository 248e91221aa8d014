package googletest

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
