package googletest

import (
	"crypto/rand"
	"encoding/json"
	"slices"
	"sort"
	"strconv"
	"time"

	"google.golang.org/api/calendar/v3"
)

// Status words of events.
const (
	confirmed = "confirmed"
	tentative = "tentative"
	cancelled = "cancelled"
)

// calendarData is one calendar with its events, shared by all accounts that
// have it in their lists.
type calendarData struct {
	id, summary string
	zone        *time.Location
	owner       *Account // nil: belongs to nobody here
	primary     bool
	madeBy      string // the client that made it through the API

	records    map[string]*record
	exceptions map[string][]string // ids of exceptions, by the id of the series
	// log holds every record in the order of its change. A record that was
	// replaced since is stale: it is no longer the one in records.
	log   []*record
	stale int
}

// record is one state of an event. It never changes: a write replaces it.
type record struct {
	event    *calendar.Event
	seq      int64
	rendered map[string]json.RawMessage // answers that were given of it, by view
}

func (rec *record) cancelled() bool { return rec.event.Status == cancelled }

func (s *Server) newCalendar(id, summary, zone string) *calendarData {
	location, err := loadZone(zone)
	if err != nil {
		panic("googletest: " + err.Error())
	}
	cal := &calendarData{
		id: id, summary: summary, zone: location,
		records:    map[string]*record{},
		exceptions: map[string][]string{},
	}
	s.calendars[id] = cal
	return cal
}

// put makes ev the event's newest state, with a new entity tag at the end of
// the change log, and tells whoever watches.
func (s *Server) put(cal *calendarData, ev *calendar.Event) *record {
	ev.Etag = s.nextEtag()
	rec := &record{event: ev, seq: s.nextSeq()}
	if cal.records[ev.Id] != nil {
		cal.stale++
	} else if ev.RecurringEventId != "" {
		cal.exceptions[ev.RecurringEventId] = append(cal.exceptions[ev.RecurringEventId], ev.Id)
	}
	cal.records[ev.Id] = rec
	cal.log = append(cal.log, rec)
	cal.compact()
	s.channels.changed(cal)
	return rec
}

// replaceQuietly gives an event a new state in the place of the old one in
// the change log: incremental lists do not mention it.
func (s *Server) replaceQuietly(cal *calendarData, old *record, ev *calendar.Event) {
	ev.Etag = s.nextEtag()
	rec := &record{event: ev, seq: old.seq}
	cal.records[ev.Id] = rec
	at := sort.Search(len(cal.log), func(i int) bool { return cal.log[i].seq >= old.seq })
	cal.log[at] = rec
}

// drop forgets an event altogether.
func (cal *calendarData) drop(id string) {
	rec := cal.records[id]
	if rec == nil {
		return
	}
	delete(cal.records, id)
	cal.stale++
	if series := rec.event.RecurringEventId; series != "" {
		cal.exceptions[series] = slices.DeleteFunc(cal.exceptions[series], func(e string) bool { return e == id })
	}
	cal.compact()
}

// compact removes stale records once they are the greater part of the log.
func (cal *calendarData) compact() {
	if cal.stale <= len(cal.log)/2 || cal.stale < 64 {
		return
	}
	cal.log = slices.DeleteFunc(cal.log, func(rec *record) bool { return !cal.current(rec) })
	cal.stale = 0
}

func (cal *calendarData) current(rec *record) bool { return cal.records[rec.event.Id] == rec }

// since gives the records that changed after seq, in the order of change.
func (cal *calendarData) since(seq int64) []*record {
	from := sort.Search(len(cal.log), func(i int) bool { return cal.log[i].seq > seq })
	changed := make([]*record, 0, len(cal.log)-from)
	for _, rec := range cal.log[from:] {
		if cal.current(rec) {
			changed = append(changed, rec)
		}
	}
	return changed
}

// lastSeq is the place of the newest change.
func (cal *calendarData) lastSeq() int64 {
	if len(cal.log) == 0 {
		return 0
	}
	return cal.log[len(cal.log)-1].seq
}

func (s *Server) nextSeq() int64 {
	s.lastSeq++
	return s.lastSeq
}

// nextEtag is a quoted number that grows with every change, even if the
// clock stands still.
func (s *Server) nextEtag() string {
	s.lastEtag = max(s.lastEtag+2, 2*s.now().UnixMicro())
	return s.etagOf(s.lastEtag)
}

func (s *Server) etagOf(n int64) string { return `"` + strconv.FormatInt(n, 10) + `"` }

// idAlphabet is base32hex in lower case, which event ids are made of.
const idAlphabet = "0123456789abcdefghijklmnopqrstuv"

// randomID is an event id as Google makes them.
func randomID() string {
	random := make([]byte, 26)
	rand.Read(random)
	for i, b := range random {
		random[i] = idAlphabet[b%32]
	}
	return string(random)
}
