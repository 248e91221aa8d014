package calsync

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"
	"pgregory.net/rapid"

	"agcrm-google/models"
	"agcrm-google/sync/googletest"
)

// TestRandomFirms plays random histories of the whole model: several employees
// with several calendars, rows that they share, meetings that they invite each other
// to in Google, series and single appointments in zones with and without summer
// time; answers are lost, processes die, tokens expire, quotas are hit, others write
// the table in the middle of a run, the clock jumps, links end and are made again.
// In the end the invariants of TestRandomHistories hold.
func TestRandomFirms(t *testing.T) {
	plain := 200 // 20 s; 2,000 take 3 minutes, under the race detector eight times as long
	if raceDetector {
		plain = 20
	}
	histories(t, plain)
	w := bareWorld(t)
	user := int64(3_000_000)
	rapid.Check(t, func(rt *rapid.T) {
		user += 10
		h := newFirm(w, rt, user)
		for range rapid.IntRange(5, 30).Draw(rt, "steps") {
			h.act()
		}
		h.settle()
		h.check()
		w.noMail()
	})
}

// firm is a few employees and what they know of their appointments. The parts
// of a history that need no knowledge of these are used as they are: runs that are
// killed, met by faults or interrupted act on the employee in history.user.
type firm struct {
	*history
	people []*colleague
	zone   *time.Location // of rows that name none
	things map[string]*thing
	jumped time.Duration
}

type colleague struct {
	id        int64
	email     string
	account   *googletest.Account
	calendars []string
	linked    bool
	paused    bool
}

// runs tells whether the service runs the link.
func (p *colleague) runs() bool { return p.linked && !p.paused }

// thing is what must hold for one appointment, by the token in its body.
type thing struct {
	token    string
	gone     bool            // somebody deleted it
	touched  bool            // written since everybody was synchronised
	doubtful bool            // deleted while it was written: it may be gone or not
	shorter  map[int64]bool  // took occurrences out of the own copy
	cut      map[int64]bool  // took occurrences out of the own event, which may be a copy when that is learnt of
	meddled  map[int64]int   // changed the own copy, which is put back
	meeting  bool            // invited to in Google
	passed   bool            // the CRM gave it to another owner
	replaced map[string]bool // occurrences that the CRM replaced, and that nobody else wrote since
}

func newFirm(w *world, rt *rapid.T, user int64) *firm {
	h := &firm{things: map[string]*thing{}}
	h.history = &history{w: w, rt: rt, user: user, items: map[string]*item{}}
	w.google.ClearFaults()
	w.google.SetPageSize(0)
	w.google.SetReviveDeleted(rapid.Bool().Draw(rt, "revives"))
	zone := rapid.SampledFrom([]string{"UTC", "Asia/Tokyo", "Europe/Paris", "America/New_York"}).Draw(rt, "server")
	opt := w.svc.opt
	var err error
	opt.Zone, err = time.LoadLocation(zone)
	check(w.t, err)
	w.svc, h.zone = New(opt), opt.Zone
	for i := range rapid.IntRange(2, 3).Draw(rt, "people") {
		p := &colleague{id: user + int64(i), email: fmt.Sprintf("u%d@example.com", user+int64(i)), calendars: []string{"primary"}}
		w.exec("INSERT INTO users (id, login, email) VALUES (?, ?, ?)", p.id, p.email, p.email)
		p.account = w.google.AddAccount(p.email)
		p.account.SetTimeZone(rapid.SampledFrom([]string{"Asia/Tokyo", "Europe/Paris"}).Draw(rt, "home"))
		if rapid.Bool().Draw(rt, "second calendar") {
			id := fmt.Sprintf("work%d@group.calendar.google.com", p.id)
			p.account.AddCalendar(id, "work", "owner", "America/New_York")
			p.calendars = append(p.calendars, id)
		}
		h.people = append(h.people, p)
		h.join(p)
	}
	return h
}

// join links somebody, or links again, with all calendars ticked.
func (h *firm) join(p *colleague) {
	ctx := context.Background()
	h.w.link(p.id, p.email)
	p.linked = true
	link, err := h.w.db.Link(ctx, p.id)
	check(h.w.t, err)
	check(h.w.t, h.w.db.SaveProfile(ctx, p.id, models.Profile{Calendars: append([]string{link.TargetCalendar}, p.calendars[1:]...),
		Target: link.TargetCalendar, Interval: 5, Direction: link.Direction}))
}

func (h *firm) act() {
	actions := map[string]func(){
		"add row": h.addRow, "add row ": h.addRow, "add event": h.addEvent, "invite in Google": h.inviteInGoogle,
		"edit row": h.editRow, "edit row ": h.editRow, "edit event": h.editEvent, "edit event ": h.editEvent,
		"retime row": h.retimeRow, "retime event": h.retimeEvent, "rule in row": h.ruleInRow, "rule in event": h.ruleInEvent,
		"exdate": h.exdate, "replace": h.replace, "give back": h.giveBack, "edit instance": h.editInstance, "delete instance": h.deleteInstance, "delete instance ": h.deleteInstance,
		"invite": h.invite, "respond": h.respond, "hand over": h.handOver, "move": h.move,
		"delete row": h.deleteRow, "delete event": h.deleteEvent,
		"sync": h.syncOne, "sync ": h.syncOne, "sync  ": h.syncOne, "sync all": h.syncAll, "sync all ": h.syncAll,
		"fault": h.faulty, "crash": h.crash, "crash ": h.crash, "stop": h.stop, "meddle": h.meddle,
		"expire sync tokens":   h.w.google.ExpireSyncTokens,
		"expire access tokens": func() { h.someone().account.ExpireAccessTokens() },
		"short pages":          func() { h.w.google.SetPageSize(rapid.IntRange(1, 3).Draw(h.rt, "page")) },
		"clock":                h.jump, "unlink": h.unlink, "link": h.linkAgain, "pause": func() { h.pause(h.someone()) },
	}
	h.w.advance(3 * time.Second)
	actions[rapid.SampledFrom(slices.Sorted(maps.Keys(actions))).Draw(h.rt, "action")]()
}

func (h *firm) someone() *colleague {
	return h.people[rapid.IntRange(0, len(h.people)-1).Draw(h.rt, "who")]
}

// someLinked chooses whose link runs next.
func (h *firm) someLinked() bool {
	p := h.someone()
	h.user = p.id
	return p.runs()
}

func (h *firm) syncOne() {
	if h.someLinked() {
		h.sync(func() {})
	}
}

func (h *firm) faulty() {
	if h.someLinked() {
		h.faultySync()
	}
}

func (h *firm) crash() {
	if h.someLinked() {
		h.history.crash()
	}
}

func (h *firm) stop() {
	if h.someLinked() {
		h.history.stop()
	}
}

// meddle lets somebody act in the middle of a run, between our read and our write.
func (h *firm) meddle() {
	if !h.someLinked() {
		return
	}
	others := map[string]func(){"edit row": h.editRow, "edit event": h.editEvent, "delete row": h.deleteRow, "delete event": h.deleteEvent,
		"exdate": h.exdate, "replace": h.replace, "retime row": h.retimeRow, "respond": h.respond, "hand over": h.handOver, "move": h.move}
	other := others[rapid.SampledFrom(slices.Sorted(maps.Keys(others))).Draw(h.rt, "other")]
	h.sync(func() {
		h.w.chaos.other = other
		h.w.chaos.call.Store(int64(rapid.IntRange(1, 12).Draw(h.rt, "moment")))
	})
}

// jump sets the clock on by up to a day, or back by minutes.
func (h *firm) jump() {
	d := time.Duration(rapid.IntRange(-20, 24*60).Draw(h.rt, "minutes")) * time.Minute
	if h.jumped += max(d, 0); h.jumped < 10*24*time.Hour {
		h.w.advance(d)
	}
}

func (h *firm) unlink() {
	if p := h.someone(); p.linked {
		if err := h.w.svc.Unlink(context.Background(), p.id, Keep, Keep); err != nil {
			h.rt.Fatalf("unlink: %v", err)
		}
		if _, err := h.w.db.Link(context.Background(), p.id); err == nil { // a dead run's lease, perhaps of before the clock was set back
			h.w.advance(time.Hour)
			_, _ = h.w.svc.SyncUser(context.Background(), p.id, RunOptions{})
		}
		if _, err := h.w.db.Link(context.Background(), p.id); !errors.Is(err, models.ErrNotFound) {
			h.rt.Fatalf("the link does not end: %v", err)
		}
		p.linked, p.paused = false, false
	}
}

// pause takes a link out of service, or puts it back.
func (h *firm) pause(p *colleague) {
	if p.linked {
		p.paused = !p.paused
		check(h.w.t, h.w.db.SetPaused(context.Background(), p.id, p.paused))
	}
}

func (h *firm) linkAgain() {
	if p := h.someone(); !p.linked {
		h.join(p)
	}
}

// rest runs everybody's link until nobody has anything to do.
func (h *firm) rest(pause time.Duration) bool {
	for range 12 {
		h.w.advance(pause)
		pause = time.Minute // the first one lets troubles pass
		work := 0
		for _, p := range h.people {
			if !p.runs() {
				continue
			}
			res, err := h.w.svc.SyncUser(context.Background(), p.id, RunOptions{})
			if err != nil && !errors.Is(err, models.ErrConflict) {
				h.rt.Fatalf("a run of %d without trouble failed: %v", p.id, err)
			}
			work += res.Pulled + res.Pushed
			if err != nil {
				work++ // a dead run's lease
			}
		}
		if work == 0 {
			return true
		}
	}
	return false
}

func (h *firm) syncAll() {
	if !h.rest(5 * time.Hour) {
		h.rt.Fatalf("it never comes to rest")
	}
	if !slices.ContainsFunc(h.people, func(p *colleague) bool { return !p.runs() }) {
		for _, th := range h.things {
			th.touched = false
		}
	}
}

func (h *firm) settle() {
	for _, p := range h.people {
		if !p.linked {
			h.join(p)
		}
		if p.paused {
			h.pause(p)
		}
	}
	if !h.rest(26 * time.Hour) {
		h.rt.Fatalf("it never comes to rest")
	}
}

// write notes that somebody writes an appointment.
func (h *firm) write(token string) *thing {
	th := h.things[token]
	th.touched = true
	th.doubtful = th.doubtful || th.gone
	return th
}

// remove notes that somebody deletes one, for everybody.
func (h *firm) remove(token string) {
	th := h.things[token]
	th.gone, th.doubtful = true, th.doubtful || th.touched
}

func (h *firm) newThing() *thing {
	th := &thing{token: fmt.Sprintf("#%d-%d", h.people[0].id, len(h.things)+1), touched: true, shorter: map[int64]bool{}, cut: map[int64]bool{}, meddled: map[int64]int{}, replaced: map[string]bool{}}
	h.things[th.token] = th
	return th
}

// ownEvents are somebody's events but for changed occurrences, with their calendar.
func (h *firm) ownEvents(p *colleague) (events []*calendar.Event, in map[string]string) {
	in = map[string]string{}
	for _, id := range p.calendars {
		for _, e := range p.account.Events(id) {
			if e.RecurringEventId == "" {
				events, in[e.Id] = append(events, e), id
			}
		}
	}
	slices.SortFunc(events, func(a, b *calendar.Event) int { return cmpToken(a.Description, b.Description) })
	return events, in
}

// cmpToken orders by token, so that a history that is played again chooses the same.
func cmpToken(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return slices.Compare([]byte(a), []byte(b))
}
