package googletest

import (
	"slices"
	"time"
)

// listInstances is events.instances: the occurrences of one series, changed
// ones among them.
func listInstances(q *request) (*result, error) {
	entry, rec, err := q.target(roleFreeBusy)
	if err != nil {
		return nil, err
	}
	if len(rec.event.Recurrence) == 0 {
		return nil, invalid("The event is not a recurring event.")
	}
	what := "instances " + entry.calendar.id + " " + rec.event.Id
	page, err := q.openListing(what, 250, 2500, func() (*listing, error) { return q.selectInstances(entry.calendar, rec) })
	if err != nil {
		return nil, err
	}
	return q.eventPage(entry, page)
}

func (q *request) selectInstances(cal *calendarData, series *record) (*listing, error) {
	var window eventFilter
	if err := window.window(q.query.Get("timeMin"), q.query.Get("timeMax")); err != nil {
		return nil, err
	}
	if !window.timeMin.IsZero() {
		window.timeMin = window.timeMin.Add(-time.Second) // inclusive here, unlike events.list
	}
	all, err := q.instancesOf(cal, series, &window)
	if err != nil {
		return nil, err
	}
	slices.SortFunc(all, func(a, b *record) int {
		return instantOf(a.event.OriginalStartTime, cal.zone).Compare(instantOf(b.event.OriginalStartTime, cal.zone))
	})
	found := &listing{seq: cal.lastSeq()}
	for _, rec := range all {
		if !rec.cancelled() || q.flag("showDeleted") {
			found.items = append(found.items, rec)
		}
	}
	return found, nil
}

func (q *request) instancesOf(cal *calendarData, series *record, window *eventFilter) ([]*record, error) {
	if text := q.query.Get("originalStart"); text != "" {
		return cal.startingAt(series, text)
	}
	all := cal.instances(series, window.timeMin, window.timeMax, q.server.now())
	for _, id := range cal.exceptions[series.event.Id] {
		rec := cal.records[id]
		if within(instantOf(rec.event.Start, cal.zone), instantOf(rec.event.End, cal.zone), window.timeMin, window.timeMax) {
			all = append(all, rec)
		}
	}
	return all, nil
}

// startingAt is the one occurrence with that original start, if there is one.
func (cal *calendarData) startingAt(series *record, text string) ([]*record, error) {
	id := series.event.Id + "_"
	if series.event.Start.Date != "" {
		day, err := time.Parse(dateLayout, text)
		if err != nil {
			return nil, invalidParameter("originalStart", "Invalid value for originalStart: "+text)
		}
		id += day.Format(daySuffix)
	} else {
		instant, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return nil, invalidParameter("originalStart", "Invalid value for originalStart: "+text)
		}
		id += instant.UTC().Format(timedSuffix)
	}
	if rec := cal.find(id); rec != nil {
		return []*record{rec}, nil
	}
	return nil, nil
}
