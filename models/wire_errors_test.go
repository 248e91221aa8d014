package models

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	mssql "github.com/microsoft/go-mssqldb"
)

// failOnce makes the first statement that contains a text fail.
func (w *wire) failOnce(part string, err error) {
	w.fail = func(text string) error {
		if !strings.Contains(text, part) {
			return nil
		}
		w.fail = nil
		return err
	}
}

// texts are the statements sent since the last take.
func (w *wire) texts() (texts []string) {
	for _, s := range w.take() {
		texts = append(texts, s.text)
	}
	return texts
}

func applyGolden(t *testing.T, db *DB) error {
	t.Helper()
	return second(db.Apply(t.Context(), Lease{UserID: 7, Epoch: 3}, goldenChanges(), nil))
}

// TestVictimOfADeadlockStartsAgain wants the second try to be the first one
// again: keys that the lost try was given must not be taken for rows that exist.
func TestVictimOfADeadlockStartsAgain(t *testing.T) {
	for _, number := range []int32{1205, 1222, 3960} {
		db, w := wireDB(t)
		answerOneLink(w)
		must(t, applyGolden(t, db))
		want := w.texts()
		w.failOnce(`INSERT INTO "agcrm_google_held"`, mssql.Error{Number: number})
		must(t, applyGolden(t, db))
		got := w.texts()
		again := slices.Index(got, "ROLLBACK TRANSACTION") + 1
		if again == 0 || !slices.Equal(got[again:], want) {
			t.Errorf("error %d: the second try sent\n%s", number, strings.Join(got[again:], "\n"))
		}
	}
}

func TestBrokenConnectionStartsAgain(t *testing.T) {
	for _, err := range []error{io.EOF, driver.ErrBadConn, mssql.Error{Number: 983}, mssql.StreamError{}} {
		db, w := wireDB(t)
		answerOneLink(w)
		w.failOnce("UPDATE schedules", err)
		if err := applyGolden(t, db); err != nil {
			t.Errorf("%v", err)
		}
	}
}

func TestBrokenReadIsAskedAgain(t *testing.T) {
	db, w := wireDB(t)
	answerOneLink(w)
	w.failOnce("FROM schedules", io.EOF)
	if got, err := db.Schedules(t.Context(), []int64{10}); err != nil || got[10].Subject != "会議" {
		t.Errorf("%+v, %v", got, err)
	}
	w.failOnce("UPDATE agcrm_google_links", io.EOF)
	if _, err := db.ClaimLink(t.Context(), 7, "one"); err == nil {
		t.Error("a claim whose outcome is unknown was repeated")
	}
}

// TestVictimOutsideATransaction: a statement alone is a transaction too, and the
// CRM's writes may choose a reading one as the victim in the middle of its answer.
func TestVictimOutsideATransaction(t *testing.T) {
	for _, number := range []int32{1205, 3960} {
		db, w := wireDB(t)
		answerOneLink(w)
		ctx, victim := t.Context(), mssql.Error{Number: number}
		w.failOnce("UPDATE \"agcrm_google_links\"", victim)
		must(t, db.WakeOwners(ctx, []int64{7}))
		w.failOnce("INTO @claimed", victim)
		must(t, second(db.ClaimLink(ctx, 7, "one")))
		for name, read := range map[string]func() error{
			"candidates": func() error { return second(db.Candidates(ctx, goldenLink, WallDate(2026, 10, 22))) },
			"schedules":  func() error { return second(db.Schedules(ctx, []int64{10})) },
			"pages": func() error {
				return second(db.SchedulesBetween(ctx, []int64{7}, WallDate(2026, 11, 1), WallDate(2026, 12, 1)))
			},
		} {
			w.late = func(string) error { w.late = nil; return victim }
			if err := read(); err != nil || w.late != nil {
				t.Errorf("%s after error %d: %v", name, number, err)
			}
		}
		w.late = func(string) error { return victim }
		limited, cancel := context.WithTimeout(ctx, 20*time.Second)
		defer cancel()
		var last mssql.Error
		if err := second(db.Schedules(limited, []int64{10})); !errors.As(err, &last) {
			t.Errorf("a victim for ever: %v", err)
		}
	}
}

// TestBrokenCommitIsNotRepeated: the server may have done it.
func TestBrokenCommitIsNotRepeated(t *testing.T) {
	db, w := wireDB(t)
	answerOneLink(w)
	w.failOnce("COMMIT", io.EOF)
	if err := applyGolden(t, db); err == nil {
		t.Error("an unknown outcome is told as success")
	}
	if n := strings.Count(strings.Join(w.texts(), "\n"), "BEGIN TRANSACTION"); n != 1 {
		t.Errorf("%d transactions", n)
	}
}

func TestOtherErrorsAreNotRepeated(t *testing.T) {
	db, w := wireDB(t)
	answerOneLink(w)
	w.failOnce("UPDATE schedules", mssql.Error{Number: 229, Class: 14, Message: "permission denied"})
	var refused *Refused
	if err := applyGolden(t, db); err == nil || errors.As(err, &refused) {
		t.Errorf("a missing right: %v", err)
	}
	if n := strings.Count(strings.Join(w.texts(), "\n"), "BEGIN TRANSACTION"); n != 1 {
		t.Errorf("%d transactions", n)
	}
}

func TestRefusedUpdateNamesTheRow(t *testing.T) {
	db, w := wireDB(t)
	answerOneLink(w)
	w.failOnce("UPDATE schedules", mssql.Error{Number: 50001, Class: 16, Message: "closed for this year"})
	var refused *Refused
	if err := applyGolden(t, db); !errors.As(err, &refused) || refused.Change.Row.ID != 10 || refused.Reason.Args["reason"] != "closed for this year" {
		t.Errorf("%+v", refused)
	}
}

// TestRefusedRosterNamesTheRow: the roster is the CRM's table too, with its own checks.
func TestRefusedRosterNamesTheRow(t *testing.T) {
	no := mssql.Error{Number: 547, Class: 16, Message: "foreign key"}
	for part, change := range map[string]*Change{
		"INSERT INTO schedule_participants": {Row: Schedule{ID: 10}, Base: NoBase, Roster: []RosterChange{{UserID: 8, Response: "accepted", Join: true}}},
		"UPDATE schedule_participants":      {Row: Schedule{ID: 10}, Base: NoBase, Decline: true},
	} {
		db, w := wireDB(t)
		answerOneLink(w)
		w.failOnce(part, no)
		var refused *Refused
		if err := second(db.Apply(t.Context(), Lease{UserID: 7, Epoch: 3}, []*Change{change}, nil)); !errors.As(err, &refused) || refused.Change != change {
			t.Errorf("%s: %v", part, err)
		}
	}
	db, w := wireDB(t)
	w.failOnce("INSERT INTO schedule_participants", no)
	var why *Problem
	if err := db.SetParticipants(t.Context(), 10, []int64{8}); !errors.As(err, &why) || why.Key != "schedule.refused" {
		t.Errorf("a page is told %v", err)
	}
}

// TestKeyIsInTheLastResult holds against triggers that answer with rows.
func TestKeyIsInTheLastResult(t *testing.T) {
	db, w := wireDB(t)
	key := &answer{columns: []string{"id"}, rows: [][]driver.Value{{int64(11)}}}
	audit := &answer{columns: []string{"id"}, rows: [][]driver.Value{{int64(5000)}, {int64(5001)}}, then: key}
	w.answers = []answer{{to: "SCOPE_IDENTITY", columns: []string{"what", "who"}, rows: [][]driver.Value{{"x", "y"}}, then: audit}}
	id, err := db.CreateSchedule(t.Context(), timed())
	if err != nil || id != 11 {
		t.Errorf("key %d, %v", id, err)
	}
}

func TestKeyBehindAView(t *testing.T) {
	db, w := wireDB(t)
	answerOneLink(w)
	db.found.Store(&tableShape{view: true, columns: viewColumns})
	w.say("SELECT TOP", "id", []driver.Value{int64(12)}, []driver.Value{int64(11)})
	pair := func(event string) *Pair { return &Pair{UserID: 7, Sub: "sub", CalendarID: "cal", EventID: event} }
	twins := []*Change{{Action: ActionCreate, Row: timed(), Base: NoBase, Pair: pair("a")}, {Action: ActionCreate, Row: timed(), Base: NoBase, Pair: pair("b")}}
	must(t, second(db.Apply(t.Context(), Lease{UserID: 7, Epoch: 3}, twins, nil)))
	if twins[0].Row.ID != 12 || twins[1].Row.ID != 11 {
		t.Errorf("twins got the keys %d and %d", twins[0].Row.ID, twins[1].Row.ID)
	}
	w.say("SELECT TOP", "id")
	var refused *Refused
	lone := &Change{Action: ActionCreate, Row: timed(), Base: NoBase, Pair: pair("c")}
	if err := second(db.Apply(t.Context(), Lease{UserID: 7, Epoch: 3}, []*Change{lone}, nil)); !errors.As(err, &refused) || refused.Reason.Key != "schedule.key_unknown" {
		t.Errorf("no key: %v", err)
	}
	if texts := w.texts(); texts[len(texts)-1] != "ROLLBACK TRANSACTION" {
		t.Errorf("the row stays, ending with %s", texts[len(texts)-1])
	}
}

// TestPeopleAreToldOfTheCRMsWidth: only what comes from Google is cut.
func TestPeopleAreToldOfTheCRMsWidth(t *testing.T) {
	db, w := wireDB(t)
	answerOneLink(w)
	db.found.Store(&tableShape{view: true, columns: viewColumns})
	long := timed()
	long.Subject, long.Body, long.EndAt = strings.Repeat("長", 101), strings.Repeat("長", 9000), Wall{}
	_, err := db.CreateSchedule(t.Context(), long)
	if got := faults(err); got != "end_at schedule.end_missing, subject schedule.too_long" {
		t.Errorf("%s", got)
	}
	long.Subject, long.EndAt = strings.Repeat("長", 100), timed().EndAt
	w.say("SELECT TOP", "id", []driver.Value{int64(12)})
	must(t, second(db.CreateSchedule(t.Context(), long)))
}

func TestStampThatIsAnExpressionIsLeftAlone(t *testing.T) {
	db, w := wireDB(t)
	answerOneLink(w)
	db.found.Store(&tableShape{view: true})
	w.fail = func(text string) error {
		if strings.Contains(text, "updated_at") && !strings.Contains(text, "SELECT") {
			return mssql.Error{Number: 4406, Class: 16}
		}
		return nil
	}
	row := timed()
	row.ID, row.RowVersion = 10, 2001
	must(t, db.UpdateSchedule(t.Context(), row))
	w.take()
	must(t, db.UpdateSchedule(t.Context(), row))
	if n := strings.Count(strings.Join(w.texts(), "\n"), "BEGIN TRANSACTION"); n != 1 {
		t.Errorf("it is not remembered: %d transactions", n)
	}
}

// TestKeyOfAViewIsGivenOrNot: whether an insert into a view names id and
// row_version depends on triggers that the login may not see.
func TestKeyOfAViewIsGivenOrNot(t *testing.T) {
	for number, filled := range map[int32]bool{544: true, 273: true, 515: false} {
		db, w := wireDB(t)
		shape := tableShape{view: true, required: []string{"id", "row_version"}}
		if filled {
			shape.filler = shape.required
		}
		db.found.Store(&shape)
		w.say("SELECT TOP", "id", []driver.Value{int64(12)})
		w.failOnce("INSERT INTO schedules", mssql.Error{Number: number, Class: 16})
		if id, err := db.CreateSchedule(t.Context(), timed()); err != nil || id != 12 {
			t.Errorf("error %d: key %d, %v", number, id, err)
		}
		if got := strings.Join(w.texts(), "\n"); strings.Count(got, ", id, row_version)") != 1 || strings.Count(got, "INSERT") != 2 {
			t.Errorf("error %d:\n%s", number, got)
		}
	}
}

func TestMarkStartsAgainAfterARestore(t *testing.T) {
	db, w := wireDB(t)
	answerOneLink(w)
	for mark, want := range map[int64]int64{2000: 2000, 2999: 2999, 5000: 0} {
		_, next, err := db.ChangedOwners(t.Context(), mark)
		must(t, err)
		sent := w.take()
		if from := sent[len(sent)-1].values[0]; from != want || next != 3000 {
			t.Errorf("after mark %d it looks from %v on, next %d", mark, from, next)
		}
	}
}

func TestLargestBatchKeepsTheLimits(t *testing.T) {
	db, w := wireDB(t)
	answerOneLink(w)
	var changes []*Change
	for i := range db.BatchSize() {
		note := NewLeftAside(7, SideGoogle, fmt.Sprint(i), "", "", Say("skip.series"))
		var lines []LogLine
		var history []HistoryEntry
		for range 5 {
			lines = append(lines, NewLogLine(7, "info", "", Say("log.created")))
			history = append(history, HistoryEntry{UserID: 7})
		}
		changes = append(changes, &Change{Base: 2001, Row: Schedule{ID: 10}, Pair: &Pair{UserID: 7, Sub: "sub", EventID: fmt.Sprint(i), ScheduleID: int64(i)},
			Aside: &note, DropAside: []LeftAside{note}, DropHeld: true, Hold: &Held{PairID: int64(i)}, Log: lines, History: history})
	}
	must(t, second(db.Apply(t.Context(), Lease{UserID: 7, Epoch: 3}, changes, nil)))
	for _, s := range w.take() {
		checkRules(t, s)
		if rows := strings.Count(s.text, "),("); rows >= 1000 {
			t.Errorf("%d rows in one statement (10738)", rows+1)
		}
	}
}

// Rows that the CRM keeps locked must not stop all links that are due.
func TestClaimDoesNotWaitForTheCRM(t *testing.T) {
	db, w := wireDB(t)
	answerOneLink(w)
	w.failOnce("WHERE l.user_id IN", mssql.Error{Number: 1222, Message: "Lock request time out period exceeded."})
	claimed, err := db.ClaimDue(t.Context(), "one", 8)
	if err != nil || len(claimed) != 1 || !claimed[0].Pending {
		t.Errorf("%+v, %v", claimed, err)
	}
}
