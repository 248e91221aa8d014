package googletest

import (
	"slices"
	"strings"
	"time"

	"google.golang.org/api/calendar/v3"
)

// matching are the records that the filter lets through, series expanded
// where single events are wanted.
func (f *eventFilter) matching(records []*record) []*record {
	var found []*record
	for _, rec := range records {
		if !f.wants(rec) {
			continue
		}
		if f.single && len(rec.event.Recurrence) > 0 {
			found = append(found, f.cal.instances(rec, f.timeMin, f.timeMax, f.now)...)
			continue
		}
		if f.inWindow(rec.event) {
			found = append(found, rec)
		}
	}
	return found
}

// wants looks at everything but the time.
func (f *eventFilter) wants(rec *record) bool {
	ev := rec.event
	switch {
	case rec.cancelled() && !f.wantsCancelled(rec):
		return false
	case len(f.types) > 0 && !slices.Contains(f.types, ev.EventType):
		return false
	case f.iCalUID != "" && ev.ICalUID != f.iCalUID:
		return false
	case !f.updatedMin.IsZero() && stampOf(ev.Updated).Before(f.updatedMin):
		return false
	case f.text != "" && !mentions(ev, f.text):
		return false
	}
	var private, shared map[string]string
	if ev.ExtendedProperties != nil {
		private, shared = ev.ExtendedProperties.Private, ev.ExtendedProperties.Shared
	}
	return hasAll(private, f.private) && hasAll(shared, f.shared)
}

// wantsCancelled: deletions always come with a sync token or updatedMin, and
// cancelled occurrences with their living series.
func (f *eventFilter) wantsCancelled(rec *record) bool {
	if f.incremental || f.showDeleted || !f.updatedMin.IsZero() {
		return true
	}
	series := f.cal.records[rec.event.RecurringEventId]
	return !f.single && series != nil && !series.cancelled()
}

// inWindow: the end after timeMin, the start before timeMax. A series is in
// if one of its occurrences is; a deletion always in an incremental list.
func (f *eventFilter) inWindow(ev *calendar.Event) bool {
	if f.timeMin.IsZero() && f.timeMax.IsZero() || f.incremental && ev.Status == cancelled {
		return true
	}
	if len(ev.Recurrence) > 0 {
		return f.cal.occursWithin(ev, f.timeMin, f.timeMax)
	}
	return within(instantOf(ev.Start, f.cal.zone), instantOf(ev.End, f.cal.zone), f.timeMin, f.timeMax)
}

func within(start, end, timeMin, timeMax time.Time) bool {
	if !timeMin.IsZero() && !end.After(timeMin) {
		return false
	}
	return timeMax.IsZero() || start.Before(timeMax)
}

func mentions(ev *calendar.Event, text string) bool {
	words := []string{ev.Summary, ev.Description, ev.Location}
	for _, attendee := range ev.Attendees {
		words = append(words, attendee.DisplayName, attendee.Email)
	}
	return strings.Contains(strings.ToLower(strings.Join(words, "\n")), text)
}

func hasAll(properties map[string]string, constraints []string) bool {
	for _, constraint := range constraints {
		key, value, _ := strings.Cut(constraint, "=")
		if given, present := properties[key]; !present || given != value {
			return false
		}
	}
	return true
}

func stampOf(text string) time.Time {
	stamp, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic("googletest: stored stamp: " + err.Error())
	}
	return stamp
}

// sortRecords puts records into the order that was asked for; without one
// they stay in the order of their last change.
func sortRecords(records []*record, order string, cal *calendarData) {
	switch order {
	case "startTime":
		slices.SortStableFunc(records, func(a, b *record) int {
			return instantOf(a.event.Start, cal.zone).Compare(instantOf(b.event.Start, cal.zone))
		})
	case "updated":
		slices.SortStableFunc(records, func(a, b *record) int { return strings.Compare(a.event.Updated, b.event.Updated) })
	}
}
