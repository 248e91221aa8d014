package models

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-sql/civil"
	mssql "github.com/microsoft/go-mssqldb"
	"gorm.io/driver/sqlserver"
)

// wire is a driver in SQL Server's place: it notes each statement as it would
// go over the wire and answers what the test put ready.
type wire struct {
	mu      sync.Mutex
	sent    []statement
	answers []answer
	fail    func(text string) error
	late    func(text string) error // an error that comes in the middle of the answer
	silent  bool                    // as with SET NOCOUNT ON: no statement tells how many rows it wrote
}

// statement is one batch with the T-SQL types of its parameters.
type statement struct {
	text   string
	types  []string
	values []any
}

// answer is the result of every statement that contains a text.
type answer struct {
	to      string
	columns []string
	rows    [][]driver.Value
	then    *answer // the next of several results
}

// wireDB is a store that believes to speak with SQL Server.
func wireDB(t *testing.T) (*DB, *wire) {
	t.Helper()
	w := &wire{}
	pool := sql.OpenDB(w)
	t.Cleanup(func() { pool.Close() })
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	db, err := newDB(sqlserver.New(sqlserver.Config{Conn: pool}), SQLServer, Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := CreateKey(t.TempDir() + "/key")
	if err != nil {
		t.Fatal(err)
	}
	db.UseSealer(sealer)
	return db, w
}

// say puts an answer ready; a later one for the same statement comes first.
func (w *wire) say(to, columns string, rows ...[]driver.Value) {
	w.answers = append([]answer{{to: to, columns: strings.Fields(columns), rows: rows}}, w.answers...)
}

// take gives what was sent since the last take.
func (w *wire) take() []statement {
	w.mu.Lock()
	defer w.mu.Unlock()
	sent := w.sent
	w.sent = nil
	return sent
}

func (w *wire) note(text string, args []driver.NamedValue) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := statement{text: text}
	for _, arg := range args {
		s.types, s.values = append(s.types, tsqlType(arg.Value)), append(s.values, arg.Value)
	}
	w.sent = append(w.sent, s)
	if w.fail != nil {
		return w.fail(text)
	}
	return nil
}

// tsqlType is what the driver declares a parameter as.
func tsqlType(value any) string {
	switch v := value.(type) {
	case nil:
		return "nvarchar(1) = NULL"
	case bool:
		return "bit"
	case string, sql.NullString:
		return "nvarchar"
	case int64, int, sql.NullInt64:
		return "bigint"
	case []byte:
		return "varbinary"
	case mssql.DateTime1:
		return "datetime"
	case civil.DateTime:
		return "datetime2"
	case time.Time:
		return "datetimeoffset"
	case Fields:
		return "nvarchar"
	default:
		return fmt.Sprintf("UNKNOWN %T", v)
	}
}

func (w *wire) Connect(context.Context) (driver.Conn, error) { return w, nil }
func (w *wire) Driver() driver.Driver                        { return nil }
func (w *wire) Prepare(string) (driver.Stmt, error)          { return nil, errors.New("not prepared") }
func (w *wire) Close() error                                 { return nil }
func (w *wire) Begin() (driver.Tx, error)                    { return w, w.note("BEGIN TRANSACTION", nil) }
func (w *wire) Commit() error                                { return w.note("COMMIT TRANSACTION", nil) }
func (w *wire) Rollback() error                              { return w.note("ROLLBACK TRANSACTION", nil) }

// CheckNamedValue takes what the real driver takes, in its own types.
func (w *wire) CheckNamedValue(arg *driver.NamedValue) (err error) {
	switch arg.Value.(type) {
	case mssql.DateTime1, civil.DateTime, driver.Valuer:
		return nil
	}
	arg.Value, err = driver.DefaultParameterConverter.ConvertValue(arg.Value)
	return err
}

func (w *wire) ExecContext(_ context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	if w.silent {
		return driver.RowsAffected(0), w.note(text, args)
	}
	return driver.RowsAffected(1), w.note(text, args)
}

func (w *wire) QueryContext(_ context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	if err := w.note(text, args); err != nil {
		return nil, err
	}
	if w.late != nil {
		if err := w.late(text); err != nil {
			return &wireRows{columns: []string{"nothing"}, err: err}, nil
		}
	}
	i := slices.IndexFunc(w.answers, func(a answer) bool { return strings.Contains(text, a.to) })
	if i < 0 {
		return &wireRows{columns: []string{"nothing"}}, nil
	}
	return &wireRows{columns: w.answers[i].columns, rows: w.answers[i].rows, then: w.answers[i].then}, nil
}

type wireRows struct {
	columns []string
	rows    [][]driver.Value
	then    *answer
	err     error
}

func (r *wireRows) HasNextResultSet() bool { return r.then != nil }

func (r *wireRows) NextResultSet() error {
	if r.then == nil {
		return io.EOF
	}
	r.columns, r.rows, r.then = r.then.columns, r.then.rows, r.then.then
	return nil
}

func (r *wireRows) Columns() []string { return r.columns }
func (r *wireRows) Close() error      { return nil }

func (r *wireRows) Next(into []driver.Value) error {
	if r.err != nil {
		return r.err
	}
	if len(r.rows) == 0 {
		return io.EOF
	}
	copy(into, r.rows[0])
	r.rows = r.rows[1:]
	return nil
}
