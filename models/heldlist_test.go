package models

import (
	"errors"
	"testing"
	"time"
)

// heldDB has three employees; deletions wait for 1 (one of them private) and 2.
func heldDB(t *testing.T) *DB {
	t.Helper()
	db := seriesDB(t)
	for id := int64(1); id <= 3; id++ {
		addUser(t, db, User{ID: id, Login: "u" + string(rune('0'+id)), Name: "社員"}, "correct horse")
		link := &Link{UserID: id, Sub: "s" + string(rune('0'+id)), State: LinkActive, Saved: true, NextRunMS: 99, LastSuccessMS: 1}
		if err := db.with(t.Context()).Create(link).Error; err != nil {
			t.Fatal(err)
		}
	}
	for i, owner := range []int64{1, 1, 2} {
		pair := &Pair{UserID: owner, Sub: "s" + string(rune('0'+owner)), CalendarID: "c", EventID: string(rune('a' + i)), EventKey: string(rune('a' + i)),
			ScheduleID: int64(i + 1), State: PairLive, AgreedRow: Fields{FieldPrivate: flag(i == 1)}}
		if err := db.insertPairs(db.with(t.Context()), []*Pair{pair}); err != nil {
			t.Fatal(err)
		}
		if err := db.with(t.Context()).Create(&Held{UserID: owner, PairID: pair.ID, Side: SideGoogle, Subject: "x", CreatedMS: int64(i + 1)}).Error; err != nil {
			t.Fatal(err)
		}
	}
	return db
}

func TestHeldPage(t *testing.T) {
	db := heldDB(t)
	all, err := db.HeldPage(t.Context(), HeldFilter{Offset: 1, Limit: 1})
	if err != nil || all.Total != 3 || len(all.Rows) != 1 || !all.Rows[0].Private || all.Rows[0].Login != "u1" || all.Through <= all.Rows[0].ID {
		t.Errorf("%+v, %v", all, err)
	}
	own, err := db.HeldPage(t.Context(), HeldFilter{UserID: 2, Limit: 10})
	if err != nil || own.Total != 1 || own.Rows[0].Private || own.Rows[0].UserID != 2 {
		t.Errorf("%+v, %v", own, err)
	}
	owners, err := db.HeldOwners(t.Context(), 10)
	if err != nil || len(owners) != 2 || owners[0].UserID != 1 || owners[0].Google != 2 || owners[0].InTable != 0 || owners[0].Oldest() != time.UnixMilli(1).UTC() {
		t.Errorf("%+v, %v", owners, err)
	}
}

func TestDecideAllHeld(t *testing.T) {
	db := heldDB(t)
	page, err := db.HeldPage(t.Context(), HeldFilter{UserID: 1, Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	next := func(user int64) int64 {
		l, err := db.Link(t.Context(), user)
		if err != nil {
			t.Fatal(err)
		}
		return l.NextRunMS
	}
	// Found after somebody looked: not decided unseen.
	if n, err := db.DecideAllHeld(t.Context(), 1, page.Through-1, 9, true); err != nil || n != 1 {
		t.Errorf("decided %d, %v", n, err)
	}
	if next(1) != 0 || next(2) != 99 {
		t.Errorf("links are due at %d and %d", next(1), next(2))
	}
	if n, err := db.DecideAllHeld(t.Context(), 0, page.Through+10, 9, false); err != nil || n != 2 {
		t.Errorf("decided %d, %v", n, err)
	}
	if next(2) != 0 || next(3) != 99 {
		t.Errorf("links are due at %d and %d", next(2), next(3))
	}
	byPair, err := db.HeldOf(t.Context(), 1)
	if err != nil || len(byPair) != 2 {
		t.Fatalf("%v, %v", byPair, err)
	}
	decisions := map[string]int{}
	for _, h := range byPair {
		decisions[h.Decision]++
		if h.DecidedBy != 9 {
			t.Errorf("decided by %d", h.DecidedBy)
		}
	}
	if decisions[Approve] != 1 || decisions[Reject] != 1 {
		t.Errorf("decisions are %v", decisions)
	}
}

func TestLinkOverview(t *testing.T) {
	db := heldDB(t)
	addUser(t, db, User{ID: 4, Login: "u4"}, "correct horse")
	if err := db.with(t.Context()).Model(&Link{}).Where("user_id = 3").Updates(map[string]any{"failures": 2, "backlog": 7, "paused": true}).Error; err != nil {
		t.Fatal(err)
	}
	o, err := db.LinkOverview(t.Context())
	if err != nil || o.Employees != 4 || o.Held != 3 {
		t.Errorf("%+v, %v", o, err)
	}
	for state, want := range map[string]int64{StateOK: 2, StateBroken: 0, StateFailing: 1, StateHeld: 2, StateBehind: 1, StatePaused: 1, StateUnsaved: 0, StateNone: 1} {
		rows, total, err := db.LinkRows(t.Context(), LinkFilter{State: state, Limit: 10})
		if err != nil || o.States[state] != want || total != want || int64(len(rows)) != want {
			t.Errorf("%s: %d counted, %d listed, want %d; %v", state, o.States[state], total, want, err)
		}
	}
	// The search is within the state.
	if _, total, err := db.LinkRows(t.Context(), LinkFilter{Query: "u", State: StateFailing, Limit: 10}); err != nil || total != 1 {
		t.Errorf("%d, %v", total, err)
	}
}

func TestProgress(t *testing.T) {
	db := heldDB(t)
	l, err := db.Link(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.with(t.Context()).Create(&Calendar{UserID: 1, CalendarID: "c", Selected: true}).Error; err != nil {
		t.Fatal(err)
	}
	create(t, db, Schedule{OwnerID: 1, Subject: "new", StartAt: wallAt(t, "2026-11-02T09:00"), EndAt: wallAt(t, "2026-11-02T09:15")})
	create(t, db, Schedule{OwnerID: 1, Subject: "old", StartAt: wallAt(t, "2020-11-02T09:00"), EndAt: wallAt(t, "2020-11-02T09:15")})
	l.Direction = DirectionBoth
	p, err := db.Progress(t.Context(), l, WallDate(2026, 1, 1))
	if err != nil || p.Running || p.Unread != 1 || p.Done != 2 {
		t.Errorf("%+v, %v", p, err)
	}
	before := p.Left
	create(t, db, Schedule{OwnerID: 1, Subject: "newer", StartAt: wallAt(t, "2026-11-03T09:00"), EndAt: wallAt(t, "2026-11-03T09:15")})
	if _, err := db.ClaimLink(t.Context(), 1, "somebody"); err != nil {
		t.Fatal(err)
	}
	if p, err = db.Progress(t.Context(), l, WallDate(2026, 1, 1)); err != nil || !p.Running || p.Left != before+1 {
		t.Errorf("%+v, %v", p, err)
	}
}

// An app in Testing ends every grant after seven days: one link that lived
// longer shows that this is not the reason.
func TestSevenDayLinks(t *testing.T) {
	db := heldDB(t)
	const day = 24 * 3600 * 1000
	set := func(user int64, fields map[string]any) {
		if err := db.with(t.Context()).Model(&Link{}).Where("user_id = ?", user).Updates(fields).Error; err != nil {
			t.Fatal(err)
		}
	}
	ask := func(want int64) {
		t.Helper()
		if n, err := db.SevenDayLinks(t.Context()); err != nil || n != want {
			t.Errorf("%d, %v, want %d", n, err, want)
		}
	}
	ask(0)
	set(1, map[string]any{"state": LinkBroken, "error_key": "link.grant_dead", "created_ms": day, "last_success_ms": 8*day - 3600})
	set(2, map[string]any{"state": LinkBroken, "error_key": "link.grant_dead", "created_ms": day, "last_success_ms": 3 * day})
	ask(1)
	set(3, map[string]any{"created_ms": day, "last_success_ms": 20 * day})
	ask(0)
}

// The export tells of everybody once, whatever the size of its parts, what the
// pages of the list tell.
func TestEachLink(t *testing.T) {
	db := heldDB(t)
	err := db.with(t.Context()).Exec("INSERT INTO users (id, login) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"+
		" SELECT 100 + i, printf('v%04d', i) FROM n", 2*linksAtOnce-3).Error // with the three, two full parts
	if err != nil {
		t.Fatal(err)
	}
	if err := db.with(t.Context()).Model(&Link{}).Where("user_id = 3").Updates(map[string]any{"failures": 2, "error_key": "google.unreachable", "paused": true}).Error; err != nil {
		t.Fatal(err)
	}
	for _, f := range []LinkFilter{{}, {State: StateHeld}, {State: StateFailing}, {Query: "v00"}, {Query: "v"}, {Query: "nobody at all"}} {
		var all []LinkRow
		parts := 0
		err := db.EachLink(t.Context(), f, func(rows []LinkRow) error {
			all, parts = append(all, rows...), parts+1
			return nil
		})
		f.Limit = 5000
		want, total, listErr := db.LinkRows(t.Context(), f)
		if err != nil || listErr != nil || int64(len(all)) != total || parts != (len(all)+linksAtOnce-1)/linksAtOnce {
			t.Fatalf("%+v: %d of %d in %d parts, %v, %v", f, len(all), total, parts, err, listErr)
		}
		for i, row := range all {
			if row.User != want[i].User || row.Held != want[i].Held || row.LeftAside != want[i].LeftAside || (row.Link == nil) != (want[i].Link == nil) {
				t.Fatalf("%+v: %+v, the list has %+v", f, row, want[i])
			}
			if l, known := row.Link, want[i].Link; l != nil && (l.State != known.State || l.Paused != known.Paused || l.Failures != known.Failures ||
				l.ErrorKey != known.ErrorKey || l.LastSuccessMS != known.LastSuccessMS || l.NextRunMS != known.NextRunMS || l.Saved != known.Saved) {
				t.Errorf("%+v: %+v, the list has %+v", f, l, known)
			}
		}
	}
	stop := errors.New("enough")
	if err := db.EachLink(t.Context(), LinkFilter{}, func([]LinkRow) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v", err)
	}
}
