package models

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// inNewYork lets the process live in a zone that is not the rows'.
func inNewYork(t *testing.T) {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	must(t, err)
	local := time.Local
	time.Local = zone
	t.Cleanup(func() { time.Local = local })
}

func TestWallClockTimesCarryNoOffset(t *testing.T) {
	inNewYork(t)
	eachStore(t, func(t *testing.T, s *store) {
		row := appointment(t, "朝会 🎌", "2026-11-23T09:00", "2026-11-23T10:30:15")
		row.OriginalStartAt = wall(t, "2026-11-22T23:59")
		id, err := s.CreateSchedule(t.Context(), row)
		must(t, err)
		got, err := s.Schedule(t.Context(), id)
		must(t, err)
		if got.StartAt != row.StartAt || got.EndAt != row.EndAt || got.OriginalStartAt != row.OriginalStartAt {
			t.Errorf("read %v to %v (%v)", got.StartAt, got.EndAt, got.OriginalStartAt)
		}
		if got.Subject != row.Subject || !got.UpdatedAt.Equal(s.clock) {
			t.Errorf("read %q, changed at %v", got.Subject, got.UpdatedAt)
		}
		for _, at := range []struct {
			from, to string
			found    int
		}{
			{"2026-11-23T10:30:14", "2026-11-23T12:00", 1}, {"2026-11-23T10:30:15", "2026-11-23T12:00", 0},
			{"2026-11-23T00:00", "2026-11-23T09:00:01", 1}, {"2026-11-23T00:00", "2026-11-23T09:00", 0},
		} {
			rows, err := s.SchedulesBetween(t.Context(), []int64{7}, wall(t, at.from), wall(t, at.to))
			must(t, err)
			if len(rows) != at.found {
				t.Errorf("%d rows between %s and %s", len(rows), at.from, at.to)
			}
		}
	})
}

func TestWallClockTimesOfOutsideWriters(t *testing.T) {
	inNewYork(t)
	eachStore(t, func(t *testing.T, s *store) {
		s.do(t, "INSERT INTO schedules (owner_id, subject, start_at, end_at) VALUES (7, 'by the CRM', '2026-11-23T09:00', '2026-11-23 10:00:00')",
			"INSERT INTO schedules (owner_id, subject, start_at, end_at) VALUES (7, N'by the CRM', '2026-11-23T09:00:00', '2026-11-23T10:00:00')")
		rows, err := s.SchedulesBetween(t.Context(), []int64{7}, wall(t, "2026-11-23T09:59"), wall(t, "2026-11-24"))
		must(t, err)
		if len(rows) != 1 || rows[0].StartAt.String() != "2026-11-23T09:00:00" || !rows[0].Busy || rows[0].UpdatedAt.IsZero() {
			t.Errorf("%+v", rows)
		}
	})
}

func TestScheduleIsKeptWhole(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		row := Schedule{OwnerID: 7, Subject: "件名", Location: "会議室", Body: strings.Repeat("長い本文\n", 2000), StartAt: WallDate(2026, 11, 23),
			EndAt: WallDate(2026, 11, 24), AllDay: true, TimeZone: "Europe/Paris", Private: true, ColorID: 11, Recurrence: "RRULE:FREQ=DAILY", SeriesID: 5}
		id, err := s.CreateSchedule(t.Context(), row)
		must(t, err)
		got, err := s.Schedule(t.Context(), id)
		must(t, err)
		row.ID, row.RowVersion, row.UpdatedAt = id, got.RowVersion, got.UpdatedAt
		if got != row {
			t.Errorf("got  %+v\nwant %+v", got, row)
		}
		empty := Schedule{ID: id, OwnerID: 7, StartAt: row.StartAt, EndAt: row.EndAt, RowVersion: got.RowVersion}
		must(t, s.UpdateSchedule(t.Context(), empty))
		now, err := s.Schedule(t.Context(), id)
		must(t, err)
		if now.RowVersion == got.RowVersion || now.Body != "" || now.ColorID != 0 || now.TimeZone != "" {
			t.Errorf("after the update: %+v", now)
		}
		if err := s.UpdateSchedule(t.Context(), empty); !errors.Is(err, ErrConflict) {
			t.Errorf("an old version: %v", err)
		}
		if err := s.DeleteSchedule(t.Context(), id, got.RowVersion); !errors.Is(err, ErrConflict) {
			t.Errorf("deleting an old version: %v", err)
		}
		must(t, s.SetParticipants(t.Context(), id, []int64{8, 9}))
		must(t, s.SetParticipants(t.Context(), id, []int64{9, 10}))
		people, err := s.Participants(t.Context(), []int64{id})
		must(t, err)
		if len(people[id]) != 2 || people[id][0].UserID != 9 || people[id][0].Response != "needsAction" {
			t.Errorf("%+v", people)
		}
		must(t, s.DeleteSchedule(t.Context(), id, now.RowVersion))
		if _, err := s.Schedule(t.Context(), id); !errors.Is(err, ErrNotFound) {
			t.Errorf("after the deletion: %v", err)
		}
	})
}

// addTrigger lets the CRM mark each subject that is written, refuse one of them,
// and, on SQL Server, answer with rows and inserts of its own.
func addTrigger(t *testing.T, s *store) {
	t.Helper()
	s.do(t, `CREATE TABLE crm_audit (id INTEGER PRIMARY KEY, what TEXT)`, `CREATE TABLE crm_audit (id int IDENTITY(5000,1) PRIMARY KEY, what nvarchar(50))`)
	if s.dialect == SQLServer {
		s.do(t, `CREATE TRIGGER crm_mark ON schedules AFTER INSERT, UPDATE AS
BEGIN
    IF EXISTS (SELECT 1 FROM inserted WHERE subject = N'verboten') THROW 50001, N'この件名は使えません', 1;
    IF TRIGGER_NESTLEVEL() > 1 RETURN;
    INSERT INTO crm_audit (what) SELECT subject FROM inserted;
    UPDATE s SET subject = s.subject + N'!' FROM schedules s JOIN inserted i ON i.id = s.id WHERE s.subject NOT LIKE N'%!';
    SELECT what FROM crm_audit;
END`)
		return
	}
	for _, event := range []string{"INSERT", "UPDATE OF subject"} {
		name := "crm_" + event[:6]
		s.do(t, "CREATE TRIGGER "+name+"_no BEFORE "+event+" ON schedules WHEN NEW.subject = 'verboten' BEGIN SELECT RAISE(ABORT, 'no'); END")
		s.do(t, "CREATE TRIGGER "+name+" AFTER "+event+" ON schedules WHEN NEW.subject NOT LIKE '%!' BEGIN UPDATE schedules SET subject = NEW.subject || '!' WHERE id = NEW.id; END")
	}
}

func TestTriggersOfTheCRM(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		addTrigger(t, s)
		l := s.linked(t)
		c := born(appointment(t, "会議", "2026-11-23T09:00", "2026-11-23T10:00"), "event")
		s.apply(t, l, c)
		row, err := s.Schedule(t.Context(), c.Row.ID)
		must(t, err)
		if row.Subject != "会議!" || c.Pair.AgreedRow[FieldSubject] != "会議!" || c.Pair.RowVersion != row.RowVersion || c.Pair.ID == 0 {
			t.Errorf("row %+v\npair %+v", row, c.Pair)
		}
		if got := s.candidates(t, l); got != "" {
			t.Errorf("our own write is looked at again: %s", got)
		}
		row.Subject = "新しい"
		s.apply(t, l, &Change{Action: ActionUpdate, Row: row, Base: row.RowVersion, Fields: []string{FieldSubject}, Pair: c.Pair})
		if c.Pair.AgreedRow[FieldSubject] != "新しい!" {
			t.Errorf("%+v", c.Pair.AgreedRow)
		}
	})
}

func TestRefusedRowIsNamed(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		addTrigger(t, s)
		l := s.linked(t)
		good := born(appointment(t, "good", "2026-11-23T09:00", "2026-11-23T10:00"), "a")
		bad := born(appointment(t, "verboten", "2026-11-23T09:00", "2026-11-23T10:00"), "b")
		last := born(appointment(t, "last", "2026-11-23T09:00", "2026-11-23T10:00"), "c")
		changes := []*Change{good, bad, last}
		_, err := s.Apply(t.Context(), lease(l), changes, nil)
		var refused *Refused
		if !errors.As(err, &refused) || refused.Change != bad {
			t.Fatalf("%v", err)
		}
		if s.dialect == SQLServer && refused.Reason.Args["reason"] != "この件名は使えません" {
			t.Errorf("reason %v", refused.Reason)
		}
		for _, err := range []error{second(s.CreateSchedule(t.Context(), bad.Row)), s.refusedEdit(t)} {
			if got := faults(err); got != "schedule.refused" {
				t.Errorf("a person is told %q", got)
			}
		}
		s.apply(t, l, slices.DeleteFunc(changes, func(c *Change) bool { return c == bad })...)
		if got := s.ask(t, "SELECT COUNT(*) FROM schedules"); got != "3" {
			t.Errorf("%s rows", got)
		}
	})
}

// refusedEdit edits a row into what the CRM refuses.
func (s *store) refusedEdit(t *testing.T) error {
	t.Helper()
	id, err := s.CreateSchedule(t.Context(), appointment(t, "fine", "2026-11-23T09:00", "2026-11-23T10:00"))
	must(t, err)
	row, err := s.Schedule(t.Context(), id)
	must(t, err)
	row.Subject = "verboten"
	return s.UpdateSchedule(t.Context(), row)
}

func TestFiveThousandRows(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		l := s.linked(t)
		var changes []*Change
		for i := range 5000 {
			row := appointment(t, fmt.Sprintf("予定 %d", i), "2026-11-23T09:00", "2026-11-23T10:00")
			changes = append(changes, born(row, fmt.Sprint("event", i)))
		}
		for part := range slices.Chunk(changes, s.BatchSize()) {
			s.apply(t, l, part...)
		}
		ids, events := make([]int64, len(changes)), make([]string, len(changes))
		for i, c := range changes {
			ids[i], events[i] = c.Row.ID, c.Pair.EventID
		}
		rows, err := s.Schedules(t.Context(), ids)
		must(t, err)
		pairs, err := s.PairsByEvent(t.Context(), 7, "sub", events)
		must(t, err)
		byID := map[int64]Pair{}
		for _, p := range pairs {
			byID[p.ID] = p
		}
		for i, c := range changes {
			stored := byID[c.Pair.ID]
			if rows[c.Row.ID].Subject != fmt.Sprintf("予定 %d", i) || stored.EventID != events[i] || stored.ScheduleID != c.Row.ID {
				t.Fatalf("row %d: %+v, its pair %+v", i, rows[c.Row.ID], stored)
			}
			c.Action, c.Base, c.DropPair = ActionDelete, c.Row.RowVersion, true
		}
		if got := s.candidates(t, l); got != "" {
			t.Errorf("candidates after our own writes: %.100s", got)
		}
		for _, c := range changes {
			c.Base = NoBase
		}
		for part := range slices.Chunk(changes, s.BatchSize()) {
			s.apply(t, l, part...)
		}
		if got := s.ask(t, "SELECT COUNT(*) FROM schedules") + s.ask(t, "SELECT COUNT(*) FROM agcrm_google_pairs"); got != "00" {
			t.Errorf("left: %s", got)
		}
	})
}
