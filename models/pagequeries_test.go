package models

import (
	"testing"
)

func TestSyncStates(t *testing.T) {
	db := seriesDB(t)
	link := Link{UserID: 1, Sub: "s"}
	for i, p := range []Pair{
		{ScheduleID: 1, State: PairLive, RowVersion: 7},
		{ScheduleID: 2, State: PairInserting},
		{ScheduleID: 3, State: PairLive, ParkedKey: "aside.guests"},
		{ScheduleID: 4, State: PairLive, RowVersion: 9},
	} {
		p.UserID, p.Sub, p.CalendarID, p.EventID, p.Origin = 1, "s", "c", string(rune('a'+i)), OriginCRM
		if err := db.insertPairs(db.with(t.Context()), []*Pair{&p}); err != nil {
			t.Fatal(err)
		}
		if p.ScheduleID == 4 {
			held := Held{UserID: 1, PairID: p.ID, Side: SideTable}
			if err := db.with(t.Context()).Create(&held).Error; err != nil {
				t.Fatal(err)
			}
		}
	}
	aside := NewLeftAside(1, SideTable, "5", "1", "x", Say("aside.zone_unknown"))
	elsewhere := NewLeftAside(2, SideTable, "6", "1", "x", Say("aside.zone_unknown"))
	for _, note := range []LeftAside{aside, elsewhere} {
		if err := db.with(t.Context()).Create(&note).Error; err != nil {
			t.Fatal(err)
		}
	}
	before := db.Statements()
	got, err := db.SyncStates(t.Context(), link, []int64{1, 2, 3, 4, 5, 6, 7})
	if err != nil {
		t.Fatal(err)
	}
	if n := db.Statements() - before; n != 1 {
		t.Errorf("%d statements", n)
	}
	if len(got) != 5 || !got[1].Paired || got[1].Version != 7 || got[1].Held || got[1].Reason.Key != "" || got[2].Paired ||
		got[3].Reason.Key != "aside.guests" || !got[4].Held || got[5].Reason.Key != "aside.zone_unknown" {
		t.Errorf("states are %+v", got)
	}
	if other, err := db.SyncStates(t.Context(), Link{UserID: 1, Sub: "another account"}, []int64{1}); err != nil || len(other) != 0 {
		t.Errorf("another account's pairs: %+v, %v", other, err)
	}
}

func TestReplacedStarts(t *testing.T) {
	db := seriesDB(t)
	master, moved := daily(t, db)
	other := create(t, db, Schedule{Subject: "other", StartAt: wallAt(t, "2026-11-02T09:00"), EndAt: wallAt(t, "2026-11-02T09:15"), Recurrence: "RRULE:FREQ=DAILY"})
	got, err := db.ReplacedStarts(t.Context(), []Schedule{master, other})
	if err != nil || len(got) != 1 || len(got[master.ID]) != 1 || got[master.ID][0] != moved.OriginalStartAt {
		t.Errorf("%v, %v", got, err)
	}
}

func TestLinkCounts(t *testing.T) {
	db := seriesDB(t)
	for id, state := range map[int64]string{1: LinkActive, 2: LinkBroken, 3: LinkBroken} {
		addUser(t, db, User{ID: id, Login: "u" + string(rune('0'+id))}, "correct horse")
		if err := db.with(t.Context()).Create(&Link{UserID: id, Sub: string(rune('a' + id)), State: state}).Error; err != nil {
			t.Fatal(err)
		}
	}
	if err := db.SetDisabled(t.Context(), 3, true); err != nil {
		t.Fatal(err)
	}
	n, err := db.CountBrokenLinks(t.Context())
	counts, countErr := db.LinkCounts(t.Context())
	if err != nil || countErr != nil || n != 1 || counts != (LinkCounts{Links: 3, Broken: 1}) {
		t.Errorf("%d, %+v, %v, %v", n, counts, err, countErr)
	}
	rows, total, err := db.LinkRows(t.Context(), LinkFilter{State: StateBroken, Limit: 10})
	if err != nil || total != 1 || len(rows) != 1 || rows[0].User.ID != 2 {
		t.Errorf("%+v, %d, %v", rows, total, err)
	}
}
