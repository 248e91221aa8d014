package models

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // Windows without Go has no zone database

	"gorm.io/gorm"
)

// Schedule is one row of the schedule table: an appointment.
type Schedule struct {
	ID       int64
	OwnerID  int64
	Subject  string // 件名
	Location string // 場所; "" is NULL
	Body     string // 内容, plain text; "" is NULL

	// StartAt and EndAt are wall-clock times in TimeZone. With AllDay they are
	// the first and the last day covered, inclusive, and only the date counts.
	StartAt, EndAt Wall
	AllDay         bool   // 終日
	TimeZone       string // IANA name; "" (NULL) is the setting AGCRM_TIME_ZONE

	Private bool // 非公開: others see 予定あり only
	Busy    bool
	ColorID int // 1 to 11, Google's event colours; 0 is NULL

	Recurrence      string // RFC 5545 lines, LF separated; "" is a single appointment
	SeriesID        int64  // the series of which this row replaces one occurrence; 0 is none
	OriginalStartAt Wall   // that occurrence's start, in the master row's zone

	UpdatedAt  time.Time // UTC; zero is NULL
	RowVersion int64     // changes with every write, whoever writes
}

// scheduleColumns reads a row; its order is that of scheduleRow.
const scheduleColumns = `s.id, s.owner_id, s.subject, s.location, s.body, s.start_at, s.end_at, s.all_day, s.time_zone, s.private, s.busy, s.color_id, s.recurrence, s.series_id, s.original_start_at, s.updated_at, s.row_version`

// sqliteColumns is scheduleColumns for SQLite, whose columns take any text from
// other writers: what is no boolean or number must not stop the reading of all rows.
var sqliteColumns = strings.NewReplacer("s.all_day", "s.all_day <> 0 AS all_day", "s.private", "s.private <> 0 AS private",
	"s.busy", "s.busy <> 0 AS busy", "s.color_id", "CAST(s.color_id AS INTEGER) AS color_id").Replace(scheduleColumns)

// columns is scheduleColumns in the dialect: SQL Server's rowversion is eight bytes.
func (db *DB) columns() string {
	if db.dialect == SQLServer {
		return scheduleColumns[:len(scheduleColumns)-len("s.row_version")] + db.version("s") + " AS row_version"
	}
	return sqliteColumns
}

// scheduleRow is a row as the drivers give it, NULLs included.
type scheduleRow struct {
	ID, OwnerID     int64
	Subject         string
	Location, Body  *string
	StartAt, EndAt  Wall
	AllDay          bool
	TimeZone        *string
	Private, Busy   bool
	ColorID         *int
	Recurrence      *string
	SeriesID        *int64
	OriginalStartAt Wall
	UpdatedAt       stamp
	RowVersion      int64
}

func (r scheduleRow) schedule() Schedule {
	return Schedule{
		ID: r.ID, OwnerID: r.OwnerID, Subject: valid(r.Subject), Location: valid(deref(r.Location)), Body: valid(deref(r.Body)),
		StartAt: r.StartAt, EndAt: r.EndAt, AllDay: r.AllDay, TimeZone: deref(r.TimeZone),
		Private: r.Private, Busy: r.Busy, ColorID: deref(r.ColorID), Recurrence: deref(r.Recurrence),
		SeriesID: deref(r.SeriesID), OriginalStartAt: r.OriginalStartAt, UpdatedAt: r.UpdatedAt.Time, RowVersion: r.RowVersion,
	}
}

// valid replaces what is no UTF-8, which other writers may leave on SQLite: the
// text would differ from its own copy in a pair for ever.
func valid(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

func deref[T any](p *T) T {
	var zero T
	if p == nil {
		return zero
	}
	return *p
}

// nullable is a parameter for a column that keeps the zero value as NULL. The
// NULL has a type, so that SQL Server plans a statement once, and not again for
// each pattern of NULLs.
func nullable[T string | int | int64](v T) any {
	var zero T
	if text, ok := any(v).(string); ok {
		return sql.NullString{String: text, Valid: v != zero}
	}
	n := reflect.ValueOf(v).Int()
	return sql.NullInt64{Int64: n, Valid: v != zero}
}

// Zone is the zone in which the row's clock readings are meant; def is that of
// rows that name none. An unknown name is an error.
func (s Schedule) Zone(def *time.Location) (*time.Location, error) {
	if s.TimeZone == "" {
		return def, nil
	}
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		return nil, Invalid("time_zone", "schedule.zone_unknown", "zone", s.TimeZone)
	}
	return zone, nil
}

// Schedule reads one row; ErrNotFound if there is none.
func (db *DB) Schedule(ctx context.Context, id int64) (Schedule, error) {
	rows, err := db.readSchedules(ctx, "WHERE s.id = ?", id)
	if err != nil {
		return Schedule{}, err
	}
	if len(rows) == 0 {
		return Schedule{}, fmt.Errorf("schedule %d: %w", id, ErrNotFound)
	}
	return rows[0], nil
}

// Schedules reads the rows of these ids that exist, by id.
func (db *DB) Schedules(ctx context.Context, ids []int64) (found map[int64]Schedule, err error) {
	err = reading(ctx, func() error {
		found, err = db.schedulesByID(db.with(ctx), "", ids)
		return err
	})
	return found, err
}

// schedulesByID reads rows in as few statements as the parameters allow; hint
// is a SQL Server table hint.
func (db *DB) schedulesByID(tx *gorm.DB, hint string, ids []int64) (map[int64]Schedule, error) {
	found := make(map[int64]Schedule, len(ids))
	for len(ids) > 0 {
		part := ids[:min(len(ids), db.batch(1))]
		ids = ids[len(part):]
		rows, err := db.schedules(tx, hint+" WHERE s.id IN ("+marks(len(part))+")", anySlice(part)...)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			found[row.ID] = row
		}
	}
	return found, nil
}

// readSchedules is schedules outside a transaction.
func (db *DB) readSchedules(ctx context.Context, tail string, args ...any) (rows []Schedule, err error) {
	err = reading(ctx, func() error {
		rows, err = db.schedules(db.with(ctx), tail, args...)
		return err
	})
	return rows, err
}

func (db *DB) schedules(tx *gorm.DB, tail string, args ...any) ([]Schedule, error) {
	var rows []scheduleRow
	if err := tx.Raw("SELECT "+db.columns()+" FROM schedules s "+tail, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read schedules: %w", err)
	}
	out := make([]Schedule, len(rows))
	for i, row := range rows {
		out[i] = row.schedule()
	}
	return out, nil
}

// SchedulesBetween reads what these users own or take part in and have not
// declined, as far as it touches [from, to), and their series whenever those
// began before to, in order of start.
func (db *DB) SchedulesBetween(ctx context.Context, userIDs []int64, from, to Wall) ([]Schedule, error) {
	found := map[int64]Schedule{}
	for part := range slices.Chunk(userIDs, db.batch(2)) {
		in := marks(len(part))
		args := append(anySlice(part), anySlice(part)...)
		args = append(args, to, from.Date(), from, from)
		start, end := db.at("s.start_at"), db.at("s.end_at")
		rows, err := db.readSchedules(ctx, `WHERE (s.owner_id IN (`+in+`) OR s.id IN
(SELECT schedule_id FROM schedule_participants WHERE user_id IN (`+in+`) AND response <> 'declined'))
AND `+start+` < ? AND (s.recurrence IS NOT NULL OR (s.all_day = 1 AND `+end+` >= ?) OR `+end+` > ? OR (`+start+` = `+end+` AND `+start+` >= ?))`, args...)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			found[row.ID] = row // one row may be several users' business
		}
	}
	return slices.SortedFunc(maps.Values(found), func(a, b Schedule) int {
		return cmp.Or(a.StartAt.Compare(b.StartAt.Time), cmp.Compare(a.ID, b.ID))
	}), nil
}

// at is a wall-clock column fit for comparisons: SQLite compares text, and
// others may have written a T between date and time, or no seconds.
func (db *DB) at(column string) string {
	if db.dialect == SQLite {
		return "datetime(" + column + ")"
	}
	return column
}

// Replacements reads the rows that replace occurrences of a series.
func (db *DB) Replacements(ctx context.Context, seriesID int64) ([]Schedule, error) {
	return db.readSchedules(ctx, "WHERE s.series_id = ? ORDER BY s.id", seriesID)
}
