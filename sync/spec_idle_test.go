package calsync

import (
	"fmt"
	"testing"
	"time"

	"agcrm-google/models"
)

// Point 22: when nothing changed, one request per calendar and poll, and a
// constant number of statements for all users on our side.
func TestSpecIdleCompany(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := bubbleWorld(t)
		w.saveProfile()
		w.insertRow("a", at10, at11)
		w.account().Insert("primary", lunch("b"))
		few := w.idleCycle(20)
		many := w.idleCycle(200)
		t.Logf("20 links: %+v; 200 links: %+v", few, many)
		if few.calls != 20 || many.calls != 200 || few.writes+many.writes != 0 {
			t.Errorf("idle polls cost %+v and %+v", few, many)
		}
		// Beside claims and records, the table is watched while the test waits.
		if many.statements > 60 || many.statements > few.statements+40 {
			t.Errorf("an idle cycle of 20 links took %d statements, of 200 links %d", few.statements, many.statements)
		}
		w.both("a b")
		w.noMail()
	})
}

// idleCycle links employees until there are so many, and gives the cost of a
// poll of all links when nothing has changed since the last.
func (w *world) idleCycle(links int) cost {
	w.t.Helper()
	n, err := w.db.CountLinks(w.t.Context())
	check(w.t, err)
	for id := 1000 + n; id < int64(1000+links); id++ {
		w.employee(id, fmt.Sprintf("e%d@example.com", id))
	}
	w.exec("UPDATE agcrm_google_links SET saved = 1")
	stop := w.serving()
	w.polled(links)
	w.advance(6 * time.Minute)
	w.polled(links) // the first poll after a run that wrote names its events once more
	c := w.costOf(func() {
		w.advance(6 * time.Minute)
		w.polled(links)
	})
	stop()
	var broken int
	check(w.t, w.raw.QueryRow("SELECT COUNT(*) FROM agcrm_google_links WHERE lease_owner <> '' OR state <> ? OR error_key <> ''", models.LinkActive).Scan(&broken))
	if broken != 0 {
		w.t.Errorf("%d links are claimed or in trouble", broken)
	}
	return c
}

// polled waits until all links have run at the clock's present time.
func (w *world) polled(links int) {
	w.t.Helper()
	for began := time.Now(); time.Since(began) < 60*time.Second; time.Sleep(20 * time.Millisecond) {
		var n int
		check(w.t, w.raw.QueryRow("SELECT COUNT(*) FROM agcrm_google_links WHERE last_success_ms = ?", w.now().UnixMilli()).Scan(&n))
		if n == links {
			return
		}
	}
	w.t.Fatalf("not all links were polled")
}

// A run that was claimed among others and then told to stop is taken up at once
// by the next start, and one whose token is gone says so.
func TestSpecClaimedAndStopped(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := bubbleWorld(t)
		w.saveProfile()
		w.insertRow("a", at10, at11)
		w.google.SetLatency(3 * time.Second)
		stop := w.serving()
		w.eventually("the run to begin", func() bool {
			var n int
			check(t, w.raw.QueryRow("SELECT COUNT(*) FROM agcrm_google_links WHERE lease_owner <> ''").Scan(&n))
			return n == 1
		})
		time.Sleep(50 * time.Millisecond)
		stop()
		w.google.SetLatency(0)
		if l := w.linkNow(); l.NextRun().After(w.now()) || l.ErrorKey != "" || !l.LastSuccess().IsZero() {
			t.Errorf("after the stop: %+v", l)
		}
		stop = w.serving()
		w.eventually("the row", w.eventsAre("a"))
		stop()
		w.exec("UPDATE agcrm_google_links SET token = NULL")
		w.advance(6 * time.Minute)
		w.serving()
		w.eventually("the reason", func() bool { return w.linkNow().ErrorKey == "link.grant_dead" })
	})
}

// What a run cannot mend does not make it run again and again: here a series that
// ended long ago, in which an employee takes part without a copy.
func TestSpecNothingToDoForEver(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := bubbleWorld(t)
		w.employee(8, "sato@example.com")
		w.exec("UPDATE agcrm_google_links SET saved = 1")
		id := w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, recurrence) VALUES (?, 'past', '2024-01-08 10:00:00', '2024-01-08 11:00:00', 'RRULE:FREQ=DAILY;COUNT=3')", testUser)
		w.exec("INSERT INTO schedule_participants (schedule_id, user_id) VALUES (?, 8)", id)
		w.serving()
		w.polled(2)
		time.Sleep(1500 * time.Millisecond)
		w.google.ResetCalls()
		time.Sleep(2 * time.Second)
		if n := w.google.CallCount(); n != 0 {
			t.Errorf("%d calls in two seconds in which nothing happened", n)
		}
		other := w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at) VALUES (?, 'new', ?, ?)", 9, at10, at11)
		w.exec("INSERT INTO schedule_participants (schedule_id, user_id) VALUES (?, 8)", other)
		w.eventually("a copy of another row", func() bool { return len(w.google.Account("sato@example.com").Events("primary")) == 1 })
	})
}
