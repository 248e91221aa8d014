package models

import (
	"strings"
	"testing"
)

// TestAuditTriggersOnOurTables: a database administrator may watch every table of
// the database with triggers, this service's among them. OUTPUT without INTO would
// fail there (error 334), and so would counting the rows that a statement wrote.
func TestAuditTriggersOnOurTables(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		s.do(t, "CREATE TABLE audit (what int)")
		for _, table := range []string{"links", "pairs", "log", "history", "held", "left_aside", "calendars", "notices", "meetings", "channels", "sessions"} {
			name := "agcrm_google_" + table
			s.do(t, "CREATE TRIGGER audit_"+table+" AFTER INSERT ON "+name+" BEGIN INSERT INTO audit VALUES (1); END",
				"CREATE TRIGGER audit_"+table+" ON "+name+" AFTER INSERT, UPDATE, DELETE AS INSERT INTO audit SELECT 1 FROM inserted")
		}
		l := s.linked(t) // claims the link
		c := born(appointment(t, "会議", "2026-11-23T09:00", "2026-11-23T10:00"), "event")
		c.History = []HistoryEntry{{UserID: 7, Side: SideTable, Action: ActionCreate}}
		c.Log = []LogLine{NewLogLine(7, "info", "会議", Say("log.created"))}
		c.Notice = &Notice{UserID: 7, Subject: "会議"}
		s.apply(t, l, c)
		s.apply(t, l, &Change{Base: NoBase, Pair: c.Pair, Hold: &Held{UserID: 7, PairID: c.Pair.ID, Side: SideTable}})
		must(t, s.ReturnLink(t.Context(), l, s.Now()))
		settings, err := s.Settings(t.Context())
		must(t, err)
		settings.Enabled = true
		must(t, s.SaveSettings(t.Context(), settings))
		claimed, err := s.ClaimDue(t.Context(), "two", 10)
		must(t, err)
		if len(claimed) != 1 || claimed[0].Link.Epoch != l.Epoch+1 || len(claimed[0].Grant.Token) == 0 {
			t.Errorf("%+v", claimed)
		}
		held, err := s.HeldDeletions(t.Context(), 7)
		must(t, err)
		if c.Pair.ID == 0 || len(held) != 1 || held[0].PairID != c.Pair.ID {
			t.Errorf("pair %d, held %+v", c.Pair.ID, held)
		}
	})
}

// TestLossesOfHugeKeys: keys made of a time or by many machines have 19 digits, and
// the sum of a hundred of them is more than a bigint holds.
func TestLossesOfHugeKeys(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		l := s.linked(t)
		var changes []*Change
		for i := range 30 {
			id := int64(9_000_000_000_000_000_000) + int64(i)
			changes = append(changes, &Change{Base: NoBase, Pair: &Pair{UserID: 7, Sub: "sub", CalendarID: "cal",
				EventID: strings.Repeat("e", i+1), ScheduleID: id, State: PairLive, Origin: OriginGoogle}})
		}
		s.apply(t, l, changes...)
		before, err := s.LostOwners(t.Context())
		must(t, err)
		if len(before) != 1 || before[0].Items != 30 {
			t.Fatalf("%+v", before)
		}
		s.do(t, "UPDATE agcrm_google_pairs SET schedule_id = schedule_id + 100 WHERE schedule_id = 9000000000000000000")
		after, err := s.LostOwners(t.Context())
		must(t, err)
		if len(after) != 1 || after[0] == before[0] {
			t.Errorf("another loss looks the same: %+v", after)
		}
	})
}
