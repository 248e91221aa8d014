package models

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/golang-sql/civil"
	mssql "github.com/microsoft/go-mssqldb"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

// Wall is a wall-clock time without a zone, as the schedule table keeps it:
// only the clock reading counts, and its location is always UTC. The zero Wall
// is NULL. Drivers shift plain times by an offset on their way to SQL Server
// (a parameter becomes a datetimeoffset, and comparisons then convert the
// column); Wall goes there as its clock reading.
type Wall struct{ time.Time }

// WallClock is the clock reading of t in t's own zone, at whole seconds.
func WallClock(t time.Time) Wall {
	if t.IsZero() {
		return Wall{}
	}
	return Wall{time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)}
}

// WallDate is midnight of a day.
func WallDate(year int, month time.Month, day int) Wall {
	return Wall{time.Date(year, month, day, 0, 0, 0, 0, time.UTC)}
}

// In is the instant at which clocks in zone show w. A reading that a change to
// summer time skips is moved past the gap; of one that occurs twice the first.
func (w Wall) In(zone *time.Location) time.Time {
	t := time.Date(w.Year(), w.Month(), w.Day(), w.Hour(), w.Minute(), w.Second(), 0, zone)
	if earlier := t.Add(-time.Hour); WallClock(earlier) == w {
		return earlier
	}
	if WallClock(t) != w && WallClock(t).Before(w.Time) {
		_, before := t.Zone()
		_, after := t.Add(3 * time.Hour).Zone()
		t = t.Add(time.Duration(after-before) * time.Second)
	}
	return t
}

// Date is w at midnight.
func (w Wall) Date() Wall { return WallDate(w.Year(), w.Month(), w.Day()) }

// AddDays is w some days later, at the same clock reading.
func (w Wall) AddDays(days int) Wall { return Wall{w.AddDate(0, 0, days)} }

// String is YYYY-MM-DDTHH:MM:SS, "" for NULL.
func (w Wall) String() string {
	if w.IsZero() {
		return ""
	}
	return w.Format("2006-01-02T15:04:05")
}

var wallLayouts = []string{"2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02"}

// ParseWall reads YYYY-MM-DD, or with a T or a blank HH:MM or HH:MM:SS after
// it; fractions of a second are dropped. "" is NULL.
func ParseWall(s string) (Wall, error) {
	if s == "" {
		return Wall{}, nil
	}
	text := strings.Replace(strings.TrimSpace(s), " ", "T", 1)
	text, _, _ = strings.Cut(text, ".")
	for _, layout := range wallLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			return Wall{t}, nil
		}
	}
	return Wall{}, fmt.Errorf("%q is not a wall-clock time YYYY-MM-DDTHH:MM:SS", s)
}

// firstDatetime is the first year of SQL Server's datetime, the type that a Wall
// is sent as: both a datetime and a datetime2 column are compared with it
// without a conversion of the column. What is earlier goes as datetime2.
const firstDatetime = 1753

// GormDataType implements gorm's interface for column types.
func (Wall) GormDataType() string { return "datetime" }

// GormValue gives the parameter that the dialect stores and compares unshifted.
func (w Wall) GormValue(_ context.Context, db *gorm.DB) clause.Expr {
	if w.IsZero() {
		return clause.Expr{SQL: "NULL"}
	}
	if db.Name() == SQLServer {
		if w.Year() < firstDatetime {
			return clause.Expr{SQL: "?", Vars: []any{civil.DateTimeOf(w.Time)}}
		}
		return clause.Expr{SQL: "?", Vars: []any{mssql.DateTime1(w.Time)}}
	}
	return clause.Expr{SQL: "?", Vars: []any{w.Format("2006-01-02 15:04:05")}}
}

// Scan reads what either driver returns for a wall-clock column. Text that is no
// time is NULL: on SQLite others can write anything, and one such row must not
// stop the others.
func (w *Wall) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*w = Wall{}
	case time.Time:
		*w = WallClock(v)
	case string:
		*w, _ = ParseWall(v) // the zero Wall where it is no time
	case []byte:
		return w.Scan(string(v))
	default:
		return fmt.Errorf("a wall-clock time cannot be read from %T", value)
	}
	return nil
}

// stamp is a UTC instant of the schedule table's updated_at column, at
// milliseconds; the zero stamp is NULL.
type stamp struct{ time.Time }

func (stamp) GormDataType() string { return "datetime" }

func (s stamp) GormValue(_ context.Context, db *gorm.DB) clause.Expr {
	if db.Name() == SQLServer {
		return clause.Expr{SQL: "?", Vars: []any{s.UTC()}}
	}
	return clause.Expr{SQL: "?", Vars: []any{s.UTC().Format("2006-01-02 15:04:05.000")}}
}

// Scan reads what either driver returns; text without a zone is UTC. Text that
// is no time counts as NULL: the column only helps to tell which side is newer.
func (s *stamp) Scan(value any) error {
	*s = stamp{}
	switch v := value.(type) {
	case time.Time:
		s.Time = v.UTC()
	case []byte:
		return s.Scan(string(v))
	case string:
		text := strings.TrimSuffix(strings.Replace(v, "T", " ", 1), "Z")
		for _, layout := range []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
			if t, err := time.Parse(layout, text); err == nil {
				s.Time = t
				break
			}
		}
	}
	return nil
}
