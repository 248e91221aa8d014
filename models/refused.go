package models

import (
	"errors"
	"fmt"

	mssql "github.com/microsoft/go-mssqldb"
	"gorm.io/gorm"
)

// Refused is the error of Apply when the database takes all but one change: a
// trigger, a check or a view of the CRM will not have its row. Nothing was
// written. Whoever applies leaves that item aside, with Reason, and applies the
// rest again, so that one bad item stops nobody else.
type Refused struct {
	Change *Change
	Reason Message
	Err    error
}

// Error names the row and the database's own words.
func (r *Refused) Error() string {
	return fmt.Sprintf("the schedule table refuses the row %d: %v", r.Change.Row.ID, r.Err)
}

// Unwrap gives the database's error.
func (r *Refused) Unwrap() error { return r.Err }

// errKeyUnknown is what is left to say when the table took a row and nobody can
// tell under which key.
var errKeyUnknown = errors.New("the table took the row, and its key cannot be found")

// rowFault is the error of one of several rows.
type rowFault struct {
	index int
	err   error
}

func (f *rowFault) Error() string { return f.err.Error() }
func (f *rowFault) Unwrap() error { return f.err }

// byTable adds to an error of a statement on the schedule table the Problem that
// it is for people, if the table refused the row: a form shows it, Apply names the
// change.
func byTable(err error) error {
	switch {
	case errors.Is(err, errLearned):
		return err
	case errors.Is(err, errKeyUnknown):
		return fmt.Errorf("%w: %w", &Problem{Kind: ErrConflict, Message: Say("schedule.key_unknown")}, err)
	case isRefusal(err):
		return fmt.Errorf("%w: %w", Invalid("", "schedule.refused", "reason", reasonOf(err)), err)
	}
	return err
}

// refuse makes a Refused of an error that is the row's own fault; any other
// stays as it is.
func refuse(c *Change, err error) error {
	var why *Problem
	if errors.As(err, &why) {
		return &Refused{Change: c, Reason: why.Message, Err: err}
	}
	return err
}

// refusals are SQL Server's errors that speak of the values of one row: the
// conversions that fail (241, 242, 245, 248, 8115), NULL where there must be a
// value (515), checks and foreign keys (547, 550), text that is too long (2628,
// 8152), double keys (2601, 2627), a trigger that rolled back (3609) and
// conversions in a trigger (3616). Those from 50000 on are a trigger's own.
var refusals = map[int32]bool{241: true, 242: true, 245: true, 248: true, 515: true, 547: true, 550: true, 2601: true,
	2627: true, 2628: true, 3609: true, 3616: true, 8115: true, 8152: true}

func isRefusal(err error) bool {
	if isTransient(err) || isBroken(err) {
		return false // in a trigger of the CRM, which then gave up: nobody's appointment is to blame
	}
	if errors.Is(err, gorm.ErrDuplicatedKey) || errors.Is(err, gorm.ErrForeignKeyViolated) || errors.Is(err, gorm.ErrCheckConstraintViolated) {
		return true
	}
	var server mssql.Error
	if errors.As(err, &server) {
		return refusals[server.Number] || server.Number >= 50000
	}
	var coded interface{ Code() int }
	return errors.As(err, &coded) && coded.Code()&0xff == 19 // SQLITE_CONSTRAINT, RAISE(ABORT) included
}

// reasonOf are the database's own words, which a trigger may have written for
// people. Other errors quote values, and these are nobody else's business.
func reasonOf(err error) string {
	var server mssql.Error
	if !errors.As(err, &server) {
		return ""
	}
	if server.Number < 50000 {
		return fmt.Sprint("SQL Server ", server.Number)
	}
	return server.Message
}
