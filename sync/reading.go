package calsync

import "sync"

// Reading is how far a first synchronisation has come with reading Google. It is
// known only to the process that runs it, and so to its pages.
type Reading struct {
	Events    int  // appointments read so far
	Calendar  int  // which of the ticked calendars is being read, from 1 on
	Calendars int  // how many there are
	Done      bool // all have been read; what they hold is being taken up
}

// readings are the first synchronisations that this process has under way, by
// user. The run after the first forgets it.
type readings struct {
	mu sync.Mutex
	of map[int64]Reading
}

// Reading tells how far an employee's first synchronisation has come with reading
// Google, and whether this process knows.
func (s *Service) Reading(userID int64) (Reading, bool) {
	s.readings.mu.Lock()
	defer s.readings.mu.Unlock()
	p, known := s.readings.of[userID]
	return p, known
}

// tellReading changes what pages are told of this run, if it is the first.
func (r *run) tellReading(change func(p *Reading)) {
	if r.dry {
		return
	}
	all := &r.s.readings
	all.mu.Lock()
	defer all.mu.Unlock()
	if !r.link.LastSuccess().IsZero() {
		delete(all.of, r.link.UserID)
		return
	}
	if all.of == nil {
		all.of = map[int64]Reading{}
	}
	p := all.of[r.link.UserID]
	change(&p)
	all.of[r.link.UserID] = p
}

// tellPage adds a page of events to what was read; cancelled ones are none.
func (r *run) tellPage(events []*event) {
	r.tellReading(func(p *Reading) {
		for _, e := range events {
			if !e.Cancelled {
				p.Events++
			}
		}
	})
}
