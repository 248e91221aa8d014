package googletest

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"google.golang.org/api/calendar/v3"
)

// Series without an end are expanded no further than this.
const (
	maxOccurrences = 1000
	horizon        = 2 * 366 * 24 * time.Hour
)

// forever is later than any occurrence.
var forever = time.Date(9000, 1, 1, 0, 0, 0, 0, time.UTC)

// Forms of the second part of an occurrence's id.
const (
	timedSuffix = "20060102T150405Z"
	daySuffix   = "20060102"
)

// recurrence is the stored series' recurrence, which was checked when it was
// written.
func (rec *record) recurrence() *recurrence {
	r, err := parseRecurrence(rec.event)
	if err != nil {
		panic("googletest: stored recurrence: " + err.Error())
	}
	return r
}

// occurrence is an unchanged occurrence of a series by its id, nil if the
// series has none such.
func (cal *calendarData) occurrence(id string) *record {
	cut := strings.LastIndexByte(id, '_')
	if cut < 0 {
		return nil
	}
	series := cal.records[id[:cut]]
	if series == nil || len(series.event.Recurrence) == 0 {
		return nil
	}
	r := series.recurrence()
	layout := timedSuffix
	if r.allDay {
		layout = daySuffix
	}
	instant, err := time.Parse(layout, id[cut+1:])
	if err != nil {
		return nil
	}
	for _, wall := range r.readings(instant) {
		if len(r.between(wall, wall, 1)) > 0 {
			return series.at(r, wall)
		}
	}
	return nil
}

// at is the occurrence of a series that begins at that wall clock. It is
// stored only once somebody changes it.
func (rec *record) at(r *recurrence, wall time.Time) *record {
	ev := *rec.event
	start := r.instant(wall)
	if r.allDay {
		days := instantOf(ev.End, time.UTC).Sub(instantOf(ev.Start, time.UTC))
		ev.Start = &calendar.EventDateTime{Date: start.Format(dateLayout)}
		ev.End = &calendar.EventDateTime{Date: start.Add(days).Format(dateLayout)}
		ev.Id += "_" + start.Format(daySuffix)
	} else {
		length := instantOf(ev.End, time.UTC).Sub(instantOf(ev.Start, time.UTC))
		ev.Start = &calendar.EventDateTime{DateTime: start.UTC().Format(time.RFC3339), TimeZone: ev.Start.TimeZone}
		ev.End = &calendar.EventDateTime{DateTime: start.Add(length).UTC().Format(time.RFC3339), TimeZone: ev.End.TimeZone}
		ev.Id += "_" + start.UTC().Format(timedSuffix)
	}
	ev.Recurrence, ev.RecurringEventId, ev.OriginalStartTime = nil, rec.event.Id, ev.Start
	return &record{event: &ev, seq: rec.seq}
}

// instances are the unchanged occurrences of a series within a window; an
// open end is bounded.
func (cal *calendarData) instances(series *record, timeMin, timeMax, now time.Time) []*record {
	r := series.recurrence()
	from, to := r.start, r.wall(now.Add(horizon))
	if !timeMin.IsZero() {
		length := instantOf(series.event.End, time.UTC).Sub(instantOf(series.event.Start, time.UTC))
		from = r.wall(timeMin).Add(-length - 24*time.Hour)
	}
	if !timeMax.IsZero() {
		to = r.wall(timeMax).Add(24 * time.Hour)
	}
	var found []*record
	for _, wall := range r.between(from, to, maxOccurrences) {
		rec := series.at(r, wall)
		start, end := instantOf(rec.event.Start, cal.zone), instantOf(rec.event.End, cal.zone)
		if cal.records[rec.event.Id] == nil && within(start, end, timeMin, timeMax) {
			found = append(found, rec)
		}
	}
	return found
}

// occursWithin says whether a series has an occurrence in a window.
func (cal *calendarData) occursWithin(ev *calendar.Event, timeMin, timeMax time.Time) bool {
	series := &record{event: ev}
	r := series.recurrence()
	from, to := r.start, forever
	if !timeMin.IsZero() {
		length := instantOf(ev.End, time.UTC).Sub(instantOf(ev.Start, time.UTC))
		from = r.wall(timeMin).Add(time.Second - length)
	}
	if !timeMax.IsZero() {
		to = r.wall(timeMax).Add(-time.Second)
	}
	return len(r.between(from, to, 1)) > 0
}

var limitPattern = regexp.MustCompile(`;?(UNTIL|COUNT)=[^;]*`)

// resetExceptions undoes the changed occurrences of a series whose time or
// rule was changed. Only cutting a series short or making it longer leaves
// those that still occur as they are.
func (e *edit) resetExceptions(old, ev *calendar.Event) { e.server.resetExceptions(e.cal, old, ev) }

func (s *Server) resetExceptions(cal *calendarData, old, ev *calendar.Event) {
	if len(old.Recurrence) == 0 { // those of a series that it was before are no more
		for _, id := range slices.Clone(cal.exceptions[ev.Id]) {
			cal.drop(id)
		}
		return
	}
	if sameTime(old.Start, ev.Start) && slices.Equal(old.Recurrence, ev.Recurrence) {
		return
	}
	limits := func(line string) string { return limitPattern.ReplaceAllString(line, "") }
	onlyLength := sameTime(old.Start, ev.Start) && slices.Equal(mapped(old.Recurrence, limits), mapped(ev.Recurrence, limits))
	for _, id := range slices.Clone(cal.exceptions[ev.Id]) {
		rec := cal.records[id]
		switch occurs := len(ev.Recurrence) > 0 && cal.occurrence(id) != nil; {
		case occurs && onlyLength:
		case occurs:
			cal.drop(id)
		case !rec.cancelled():
			s.cancel(cal, rec)
		}
	}
}

// cancel ends an event as a consequence of another write.
func (s *Server) cancel(cal *calendarData, rec *record) {
	gone := *rec.event
	gone.Status, gone.Updated = cancelled, s.now().UTC().Format(stampLayout)
	s.put(cal, &gone)
	s.cancelExceptions(cal, &gone)
}

// cancelExceptions ends the changed occurrences of a deleted series; a list
// of changes names the series only.
func (s *Server) cancelExceptions(cal *calendarData, series *calendar.Event) {
	for _, id := range cal.exceptions[series.Id] {
		exception := cal.records[id]
		if exception.cancelled() {
			continue
		}
		ended := *exception.event
		ended.Status, ended.Updated = cancelled, series.Updated
		s.replaceQuietly(cal, exception, &ended)
	}
}

func mapped(lines []string, change func(string) string) []string {
	var all []string
	for _, line := range lines {
		all = append(all, change(line))
	}
	return all
}
