package calsync

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"agcrm-google/models"
	"agcrm-google/sync/googletest"
)

// manyShared puts n appointments on both sides, two hours ago.
func manyShared(t *testing.T, n int) *world {
	w := specWorld(t)
	w.addRows(n)
	w.sync()
	w.rest()
	w.google.ResetCalls()
	return w
}

func (w *world) addRows(n int) {
	for i := range n {
		w.insertRow(fmt.Sprintf("a%02d", i), at10, at11)
	}
}

// deleteSome deletes n appointments on one side.
func (w *world) deleteSome(side string, n int) {
	w.t.Helper()
	if side == models.SideTable {
		w.exec("DELETE FROM schedules WHERE id IN (SELECT id FROM schedules ORDER BY id LIMIT ?)", n)
		return
	}
	for _, e := range w.events()[:n] {
		w.account().Delete("primary", e.Id)
	}
}

var sides = []string{models.SideTable, models.SideGoogle}

// onBothSides runs a test for deletions found in the table and in Google.
func onBothSides(t *testing.T, name string, test func(t *testing.T, side string)) {
	for _, side := range sides {
		t.Run(name+side, func(t *testing.T) { test(t, side) })
	}
}

func (w *world) counts() string { return fmt.Sprintf("%d/%d", len(w.rows()), len(w.events())) }

func (w *world) wantCounts(want string) {
	w.t.Helper()
	if got := w.counts(); got != want {
		w.t.Errorf("rows/events %s, want %s", got, want)
	}
}

// Point 7: more than 10 and more than a quarter.
func TestSpecBrakeBounds(t *testing.T) {
	for _, c := range []struct {
		pairs, deleted int
		held           bool
	}{{44, 11, false}, {43, 11, true}, {10, 10, false}, {11, 11, true}, {12, 10, false}} {
		onBothSides(t, fmt.Sprint(c.deleted, " of ", c.pairs, " "), func(t *testing.T, side string) {
			w := manyShared(t, c.pairs)
			w.deleteSome(side, c.deleted)
			res := w.sync()
			if c.held != (res.Held == c.deleted) || c.held == (res.Deleted == c.deleted) {
				t.Errorf("%d of %d: %+v", c.deleted, c.pairs, res)
			}
		})
	}
}

// The last remaining appointment goes too.
func TestSpecLastDeletionGoesThrough(t *testing.T) {
	onBothSides(t, "", func(t *testing.T, side string) {
		w := manyShared(t, 1)
		w.deleteSome(side, 1)
		w.sync()
		w.wantCounts("0/0")
		w.quiet()
	})
}

// "... in one run or in the last 60 minutes together".
func TestSpecBrakeLooksBackAnHour(t *testing.T) {
	for _, c := range []struct {
		pause time.Duration
		held  int
	}{{50 * time.Minute, 6}, {61 * time.Minute, 0}} {
		onBothSides(t, c.pause.String(), func(t *testing.T, side string) {
			w := manyShared(t, 20)
			w.deleteSome(side, 6)
			if res := w.sync(); res.Deleted != 6 || res.Held != 0 {
				t.Fatalf("%+v", res)
			}
			w.advance(c.pause)
			w.deleteSome(side, 6)
			if res := w.sync(); res.Held != c.held || res.Deleted != 6-c.held {
				t.Errorf("after %v: %+v", c.pause, res)
			}
		})
	}
}

// The two directions are weighed apart.
func TestSpecBrakeOfEachDirection(t *testing.T) {
	w := manyShared(t, 20)
	w.exec("DELETE FROM schedules WHERE subject < 'a06'")
	for _, e := range w.events() {
		if e.Summary >= "a14" {
			w.account().Delete("primary", e.Id)
		}
	}
	if res := w.sync(); res.Held != 0 || res.Deleted != 12 {
		t.Errorf("%+v", res)
	}
	w.wantCounts("8/8")
	w.quiet()
}

// Pairs are counted as they stood when the hour began.
func TestSpecBrakeCountsPairsOfTheHoursBegin(t *testing.T) {
	w := manyShared(t, 20)
	w.addRows(40) // new ones do not loosen the brake
	w.sync()
	w.deleteSome(models.SideTable, 11)
	if res := w.sync(); res.Held != 11 {
		t.Errorf("%+v", res)
	}
}

// Found in the table, over all links: more than 50 and more than a tenth.
func TestSpecBrakeOverAllLinks(t *testing.T) {
	w := specWorld(t)
	users := []int64{testUser, 11, 12, 13, 14, 15}
	for _, id := range users[1:] {
		w.employee(id, fmt.Sprintf("u%d@example.com", id))
	}
	for _, id := range users {
		for i := range 9 {
			w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at) VALUES (?, ?, ?, ?)", id, fmt.Sprint(i), at10, at11)
		}
		w.syncUser(id)
	}
	w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at) VALUES (?, 'nobody', ?, ?)", 99, at10, at11)
	w.rest()
	w.exec("DELETE FROM schedules WHERE owner_id <> 99 AND id NOT IN (SELECT MIN(id) FROM schedules WHERE owner_id IN (7, 11, 12) GROUP BY owner_id)")
	held := 0
	for _, id := range users { // 8+8+8+9+9+9 = 51 of 54
		res := w.syncUser(id)
		held += res.Held
		if res.Deleted != 0 {
			t.Errorf("user %d: %+v", id, res)
		}
	}
	if held != 51 {
		t.Errorf("%d held", held)
	}
}

func (w *world) syncUser(id int64) Result {
	w.t.Helper()
	res, err := w.svc.SyncUser(w.t.Context(), id, RunOptions{})
	check(w.t, err)
	return res
}

// "... or that leave schedules empty while more than 10 pairs stood".
func TestSpecBrakeEmptyTable(t *testing.T) {
	for _, c := range []struct{ each, held int }{{6, 12}, {5, 0}} {
		w := linkedWorld(t)
		w.employee(8, "sato@example.com")
		for _, id := range []int64{testUser, 8} {
			for range c.each {
				w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at) VALUES (?, 'x', ?, ?)", id, at10, at11)
			}
			w.syncUser(id)
		}
		w.rest()
		w.exec("DELETE FROM schedules")
		one, two := w.syncUser(testUser), w.syncUser(8)
		if one.Held+two.Held != c.held {
			t.Errorf("%d each: %+v %+v", c.each, one, two)
		}
	}
}

// Nothing is deleted after an error, a timeout or a truncated answer.
func TestSpecErrorsDeleteNothing(t *testing.T) {
	for name, fault := range map[string]googletest.Fault{
		"5xx": {Status: 503}, "dropped": {Drop: true}, "html": {Status: 502, HTML: true},
		"403": {Status: 403, Reason: "forbidden"}, "404": {Status: 404, Reason: "notFound"},
	} {
		for _, page := range []int{0, 1} {
			t.Run(fmt.Sprint(name, page), func(t *testing.T) {
				w := manyShared(t, 4)
				w.google.ExpireSyncTokens()
				w.google.SetPageSize(2)
				fault, lists := fault, 0
				fault.Match = func(r *http.Request) bool {
					if r.URL.Query().Get("syncToken") != "" || !strings.HasSuffix(r.URL.Path, "/events") {
						return false
					}
					if r.URL.Query().Get("pageToken") == "" {
						lists = 0
					}
					lists++
					return lists > page
				}
				w.google.AddFault(fault)
				_, err := w.try()
				if err == nil {
					t.Error("the run did not say that it failed")
				}
				w.wantCounts("4/4")
				w.google.ClearFaults()
				w.advance(time.Hour)
				w.sync()
				w.quiet()
				w.wantCounts("4/4")
			})
		}
	}
}

// What a full listing leaves out is a candidate only, confirmed one by one.
func TestSpecMissingInFullListingIsAsked(t *testing.T) {
	w := manyShared(t, 3)
	w.google.ExpireSyncTokens()
	w.emptyLists()
	if res := w.sync(); res.Deleted != 0 || res.Held != 0 {
		t.Errorf("%+v", res)
	}
	w.undisturbed()
	w.wantCounts("3/3")
	w.quiet()
}

// emptyLists takes the items out of every list of events that the service reads.
func (w *world) emptyLists() {
	w.between(func(r *http.Request, next http.RoundTripper) (*http.Response, error) {
		answer, err := next.RoundTrip(r)
		if err == nil && answer.StatusCode == 200 && strings.HasSuffix(r.URL.Path, "/events") && r.Method == http.MethodGet {
			whole, _ := io.ReadAll(answer.Body)
			i, j := strings.Index(string(whole), `"items":[`)+9, strings.LastIndex(string(whole), "]")
			answer.Body = io.NopCloser(strings.NewReader(string(whole[:i]) + string(whole[j:])))
			answer.ContentLength = -1
			answer.Header.Del("Content-Length")
		}
		return answer, err
	})
}

// If the confirmation fails, nothing is deleted, and the next run asks again.
func TestSpecUnconfirmedDeletionWaits(t *testing.T) {
	w := manyShared(t, 3)
	w.deleteSome(models.SideGoogle, 1)
	w.google.ExpireSyncTokens()
	w.emptyLists()
	w.google.AddFault(googletest.Fault{Match: func(r *http.Request) bool { return !strings.HasSuffix(r.URL.Path, "/events") }, Status: 503})
	w.try()
	if n := len(w.rows()); n != 3 {
		t.Fatalf("%d rows", n)
	}
	w.google.ClearFaults()
	w.undisturbed()
	w.advance(time.Hour)
	w.sync()
	w.wantCounts("2/2")
	w.quiet()
}

// "Not found" once is no deletion.
func TestSpecOneNotFoundIsNoDeletion(t *testing.T) {
	w := manyShared(t, 2)
	event := w.events()[0].Id
	w.account().Delete("primary", event)
	w.account().Purge("primary", event)
	w.google.ExpireSyncTokens()
	w.sync()
	if n := len(w.rows()); n != 2 {
		t.Fatalf("one 404 deleted a row: %d left", n)
	}
	for range 3 {
		w.advance(10 * time.Minute)
		w.sync()
	}
	w.wantCounts("1/1")
	w.quiet()
}

// An event that answers 404 for a while and then is back was never deleted.
func TestSpecNotFoundForAWhile(t *testing.T) {
	w := manyShared(t, 2)
	event := w.events()[0].Id
	w.google.AddFault(googletest.Fault{Status: 404, Reason: "notFound", Match: func(r *http.Request) bool { return strings.Contains(r.URL.Path, event) }})
	w.exec("UPDATE schedules SET subject = 'edited'")
	w.try()
	w.google.ClearFaults()
	w.advance(time.Hour)
	w.sync()
	w.sync()
	w.both("edited edited")
	w.quiet()
}

// "Pairs are counted as they stood when that hour began": appointments that were
// made and deleted within it do not count.
func TestSpecBrakeMadeAndDeletedWithinTheHour(t *testing.T) {
	w := manyShared(t, 40)
	for range 20 {
		w.insertRow("new", at12, at13)
	}
	w.sync()
	w.exec("DELETE FROM schedules WHERE id IN (SELECT id FROM schedules WHERE subject = 'new' LIMIT 8)")
	if res := w.sync(); res.Deleted != 8 {
		t.Fatalf("%+v", res)
	}
	w.exec("DELETE FROM schedules WHERE subject IN ('a00', 'a01', 'a02')")
	if res := w.sync(); res.Held != 3 { // 11 of the 40 that stood
		t.Errorf("%+v", res)
	}
}
