package models

import (
	"errors"
	"io"
	"strings"
	"testing"

	mssql "github.com/microsoft/go-mssqldb"
)

// aborted is SQL Server's answer to a statement in whose trigger something failed:
// what it was, and then that the batch was aborted and rolled back.
func aborted(first mssql.Error) mssql.Error {
	last := mssql.Error{Number: 3616, Class: 16, Message: "An error was raised during trigger execution."}
	last.All = []mssql.Error{first, last}
	return last
}

// TestDeadlockInATriggerStartsAgain: the appointment is not to blame for what its
// trigger met, and must not be left aside for it.
func TestDeadlockInATriggerStartsAgain(t *testing.T) {
	for _, first := range []mssql.Error{{Number: 1204}, {Number: 1205}, {Number: 1222}, {Number: 3960}, {Number: 3961}, {Number: 41302}, {Number: 983}, {Number: 596, Class: 21}} {
		db, w := wireDB(t)
		answerOneLink(w)
		w.failOnce("UPDATE schedules", aborted(first))
		must(t, applyGolden(t, db))
		if n := strings.Count(strings.Join(w.texts(), "\n"), "BEGIN TRANSACTION"); n != 2 {
			t.Errorf("error %d in a trigger: %d transactions", first.Number, n)
		}
	}
}

// TestDoomedTransactionIsLeft: after an error inside a trigger the transaction can
// only be rolled back (3930 answers whatever else is tried), so nothing is sent
// but the rollback.
func TestDoomedTransactionIsLeft(t *testing.T) {
	for _, err := range []error{aborted(mssql.Error{Number: 8134, Class: 16}), mssql.Error{Number: 3609, Class: 16}, mssql.Error{Number: 50001, Class: 16}} {
		db, w := wireDB(t)
		answerOneLink(w)
		failed := false
		w.fail = func(text string) error {
			if strings.Contains(text, "ROLLBACK") || strings.Contains(text, "BEGIN TRANSACTION") {
				failed = false
				return nil
			}
			if failed {
				t.Errorf("sent after %v: %s", err, text)
			}
			if failed = strings.HasPrefix(text, "UPDATE schedules"); failed {
				return err
			}
			return nil
		}
		var refused *Refused
		if got := applyGolden(t, db); !errors.As(got, &refused) || refused.Change.Row.ID != 10 {
			t.Errorf("%v: %v", err, got)
		}
	}
}

// TestFailoverCodes lists what a run lives through: an availability group or a
// database of Azure's moves, a connection is cut in the middle of an answer.
func TestFailoverCodes(t *testing.T) {
	broken := []error{io.EOF, io.ErrUnexpectedEOF}
	for _, number := range []int32{233, 10054, 921, 976, 983, 40197, 40501, 40613, 10928, 49918, 18401} {
		broken = append(broken, mssql.Error{Number: number, Class: 16})
	}
	for _, err := range broken {
		if !isBroken(err) || isRefusal(err) || isTransient(err) {
			t.Errorf("%v", err)
		}
	}
	if isBroken(mssql.Error{Number: 18456, Class: 14}) || isBroken(mssql.Error{Number: 2627, Class: 14}) {
		t.Error("a wrong password or a double key is asked for again")
	}
}
