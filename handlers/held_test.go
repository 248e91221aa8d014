package handlers_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"net/url"
	"testing"

	"agcrm-google/models"
)

// exec writes past the store, for what no method makes.
func (s *site) exec(query string, args ...any) {
	s.t.Helper()
	db, err := sql.Open("sqlite", "file:"+s.file+"?_pragma=busy_timeout(15000)")
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(query, args...); err != nil {
		s.t.Fatalf("%s: %v", query, err)
	}
}

// hold makes deletions of an employee wait; every third appointment is private.
func (s *site) hold(user int64, count int) {
	s.t.Helper()
	for i := range count {
		private := "0"
		subject := fmt.Sprintf("予定%d-%d", user, i)
		if i%3 == 2 {
			private, subject = "1", fmt.Sprintf("秘密%d-%d", user, i)
		}
		id := user*1_000_000 + int64(i)
		s.exec(`INSERT INTO agcrm_google_pairs (id, user_id, sub, calendar_id, event_id, event_key, schedule_id, state, origin, agreed_row, created_ms, updated_ms)
VALUES (?, ?, 'x', 'c', ?, ?, ?, 'live', 'table', json_object('private', ?), 1, 1)`, id, user, fmt.Sprint(id), fmt.Sprint(id), id, private)
		s.exec(`INSERT INTO agcrm_google_held (user_id, pair_id, side, subject, starts, created_ms) VALUES (?, ?, 'table', ?, '2026-11-21/2026-11-21', 1)`, user, id, subject)
	}
}

func (s *site) waiting(user int64) int64 {
	s.t.Helper()
	page, err := s.db.HeldPage(s.t.Context(), models.HeldFilter{UserID: user, Limit: 1})
	if err != nil {
		s.t.Fatal(err)
	}
	return page.Total
}

// Many deletions are decided at once: the own by the employee, others' by an
// administrator, and only those that the confirmation counted.
func TestDecideManyHeld(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.as(tanaka, "ja").link("tanaka@example.com")
	s.as(suzuki, "ja").link("suzuki@example.com")
	s.hold(tanaka, 12)
	s.hold(suzuki, 3)
	b := s.as(tanaka, "en")
	b.get("/profile").want(http.StatusOK, "予定2-0", "秘密2-2", text("en", "held.approve_all", "count", "12"), text("en", "held.more", "count", "7")).without("予定3")
	b.get("/held").want(http.StatusOK, "秘密2-11").without("予定3")
	b.get("/held/confirm?decision=shred").want(http.StatusUnprocessableEntity, text("en", "held.unknown_decision"))
	b.get("/held/confirm?decision=approve&user=3").want(http.StatusForbidden)
	b.get("/settings/held").want(http.StatusForbidden)
	confirm := b.get("/held/confirm?decision=approve").want(http.StatusOK, text("en", "held.confirm_approve", "count", "12"))
	through := hidden(t, confirm, "through")
	s.exec(`INSERT INTO agcrm_google_held (user_id, pair_id, side, subject, starts, created_ms) VALUES (2, 99, 'table', 'later', '', 1)`)
	form := url.Values{"decision": {"approve"}, "user": {""}, "through": {through}}
	b.post("/held", form).want(http.StatusSeeOther).leadsTo("/agcrm_google/profile")
	b.post("/held", form).want(http.StatusSeeOther) // a second click
	if n := s.waiting(tanaka); n != 1 {
		t.Errorf("%d wait, want the one that was found after the question", n)
	}
	form.Set("user", "3")
	b.post("/held", form).want(http.StatusForbidden)
	form.Set("user", "all")
	b.post("/held", form).want(http.StatusForbidden)
	if n := s.waiting(suzuki); n != 3 {
		t.Errorf("an employee decided for another: %d wait", n)
	}
	boss := s.as(admin, "ja")
	boss.get("/settings/links").want(http.StatusOK, "予定3-0", text("ja", "schedule.masked")).without("秘密")
	boss.get("/settings/held?user=3").want(http.StatusOK, "予定3-0", text("ja", "schedule.masked")).without("秘密", "later")
	boss.get("/settings/held?user=99").want(http.StatusNotFound)
	boss.get("/held/confirm?decision=reject&user=3").want(http.StatusOK, "鈴木花子", text("ja", "held.confirm_reject", "count", "3")).without("秘密")
	boss.post("/held", url.Values{"decision": {"reject"}, "user": {"all"}, "through": {"9999"}}).want(http.StatusSeeOther).leadsTo("/agcrm_google/settings/links")
	if n := s.waiting(0); n != 0 {
		t.Errorf("%d wait", n)
	}
	boss.post("/held", url.Values{"decision": {"reject"}, "user": {"all"}, "through": {"soon"}}).want(http.StatusUnprocessableEntity)
}

// One decision twice, as by a double click, is no fault; two different ones are.
func TestDecideTwice(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.as(tanaka, "ja").link("tanaka@example.com")
	s.hold(tanaka, 1)
	page, err := s.db.HeldPage(t.Context(), models.HeldFilter{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("/held/%d", page.Through)
	b := s.as(tanaka, "fr")
	b.post(path, url.Values{"decision": {"approve"}}).want(http.StatusSeeOther)
	b.post(path, url.Values{"decision": {"approve"}}).want(http.StatusSeeOther)
	b.post(path, url.Values{"decision": {"reject"}}).want(http.StatusConflict, text("fr", "held.decided"))
}
