package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"

	"gorm.io/gorm"
)

// Limits of the schedule table's columns, in UTF-16 units as SQL Server counts.
const (
	MaxSubject  = 255
	MaxLocation = 255
)

// Check tells what is wrong with a row that a person wants to store, as
// Problems beside the form's fields; nil if nothing is.
func (s Schedule) Check() error {
	var faults Problems
	add := func(field, key string, pairs ...string) { faults = append(faults, Invalid(field, key, pairs...)) }
	if utf16Len(s.Subject) > MaxSubject {
		add("subject", "schedule.too_long", "max", fmt.Sprint(MaxSubject))
	}
	if utf16Len(s.Location) > MaxLocation {
		add("location", "schedule.too_long", "max", fmt.Sprint(MaxLocation))
	}
	switch {
	case s.StartAt.IsZero():
		add("start_at", "schedule.start_missing")
	case s.EndAt.IsZero():
		add("end_at", "schedule.end_missing")
	case s.EndAt.Before(s.StartAt.Time):
		add("end_at", "schedule.end_before_start")
	}
	if _, err := s.Zone(nil); err != nil || s.TimeZone == "Local" {
		add("time_zone", "schedule.zone_unknown", "zone", s.TimeZone)
	}
	if s.ColorID < 0 || s.ColorID > 11 {
		add("color_id", "schedule.color_unknown")
	}
	if len(faults) == 0 {
		return nil
	}
	return faults
}

// check is Check with the widths of the CRM's own columns, where schedules is a
// view: what people type is not cut without a word.
func (db *DB) check(s Schedule) error {
	err := s.Check()
	var faults Problems
	if err != nil && !errors.As(err, &faults) {
		return err
	}
	shape := db.shape()
	for name, text := range map[string]string{"subject": s.Subject, "location": s.Location, "body": s.Body} {
		c := shape.columns[name]
		wide := c.TypeName == "nvarchar" || c.TypeName == "nchar" // others count bytes of a code page
		if shape.view && wide && c.cutText() && utf16Len(text) > c.MaxLength/2 && !slices.ContainsFunc(faults, func(p *Problem) bool { return p.Field == name }) {
			faults = append(faults, Invalid(name, "schedule.too_long", "max", fmt.Sprint(c.MaxLength/2)))
		}
	}
	if len(faults) == 0 {
		return nil
	}
	return faults
}

func utf16Len(s string) int { return len(utf16.Encode([]rune(s))) }

// CreateSchedule checks and inserts an appointment and returns its id.
func (db *DB) CreateSchedule(ctx context.Context, s Schedule) (int64, error) {
	if err := db.check(s); err != nil {
		return 0, err
	}
	err := db.writeTx(ctx, func(tx *gorm.DB) error {
		ids, err := db.insertSchedules(tx, []Schedule{s})
		if err == nil {
			s.ID = ids[0]
		}
		return err
	})
	return s.ID, err
}

// UpdateSchedule writes all columns of an appointment that a person edited.
// s.RowVersion is the version the person saw: ErrConflict if it is another now.
func (db *DB) UpdateSchedule(ctx context.Context, s Schedule) error {
	if err := db.check(s); err != nil {
		return err
	}
	return db.writeTx(ctx, func(tx *gorm.DB) error {
		if err := db.expectVersion(tx, s.ID, s.RowVersion); err != nil {
			return err
		}
		return db.updateSchedule(tx, s, editColumns)
	})
}

// DeleteSchedule deletes an appointment and its participants. rowVersion is the
// version the person saw: ErrConflict if it is another now.
func (db *DB) DeleteSchedule(ctx context.Context, id, rowVersion int64) error {
	return db.writeTx(ctx, func(tx *gorm.DB) error {
		if err := db.expectVersion(tx, id, rowVersion); err != nil {
			return err
		}
		return db.deleteSchedules(tx, []int64{id})
	})
}

func (db *DB) expectVersion(tx *gorm.DB, id, version int64) error {
	rows, err := db.lockSchedules(tx, []int64{id})
	if err != nil {
		return err
	}
	row, there := rows[id]
	switch {
	case !there:
		return fmt.Errorf("schedule %d: %w", id, ErrNotFound)
	case row.RowVersion != version:
		return &Problem{Kind: ErrConflict, Message: Say("schedule.changed_meanwhile")}
	}
	return nil
}

// lockSchedules reads rows and keeps them from others until the transaction
// ends; on SQLite the transaction itself already does.
func (db *DB) lockSchedules(tx *gorm.DB, ids []int64) (map[int64]Schedule, error) {
	hint := ""
	if db.dialect == SQLServer {
		hint = "WITH (UPDLOCK, ROWLOCK)"
	}
	return db.schedulesByID(tx, hint, ids)
}

// editColumns are what a person can change in the schedule form.
var editColumns = []string{"owner_id", "subject", "location", "body", "start_at", "end_at", "all_day",
	"time_zone", "private", "busy", "color_id", "recurrence", "series_id", "original_start_at"}

// value is a column's parameter.
func (s Schedule) value(column string) any {
	switch column {
	case "owner_id":
		return s.OwnerID
	case "subject":
		return s.Subject
	case "location":
		return nullable(s.Location)
	case "body":
		return nullable(s.Body)
	case "start_at":
		return s.StartAt
	case "end_at":
		return s.EndAt
	case "all_day":
		return s.AllDay
	case "time_zone":
		return nullable(s.TimeZone)
	case "private":
		return s.Private
	case "busy":
		return s.Busy
	case "color_id":
		return nullable(s.ColorID)
	case "recurrence":
		return nullable(s.Recurrence)
	case "series_id":
		return nullable(s.SeriesID)
	case "original_start_at":
		return s.OriginalStartAt
	}
	panic("models: no schedule column " + column)
}

func (db *DB) updateSchedule(tx *gorm.DB, s Schedule, columns []string) error {
	sets := make([]string, 0, len(columns)+1)
	args := make([]any, 0, len(columns)+2)
	shape := db.shape()
	for _, column := range columns {
		sets = append(sets, column+" = "+shape.mark(column))
		args = append(args, s.value(column))
	}
	if !shape.unstamped {
		sets = append(sets, "updated_at = ?")
		args = append(args, stamp{db.Now()})
	}
	if len(sets) == 0 {
		return nil
	}
	args = append(args, s.ID)
	if err := tx.Exec("UPDATE schedules SET "+strings.Join(sets, ", ")+" WHERE id = ?", args...).Error; err != nil {
		return fmt.Errorf("write schedule %d: %w", s.ID, byTable(db.learn(err)))
	}
	return nil
}

func (db *DB) deleteSchedules(tx *gorm.DB, ids []int64) error {
	for len(ids) > 0 {
		part := ids[:min(len(ids), db.batch(1))]
		ids = ids[len(part):]
		for _, statement := range []string{"DELETE FROM schedule_participants WHERE schedule_id IN (", "DELETE FROM schedules WHERE id IN ("} {
			if err := tx.Exec(statement+marks(len(part))+")", anySlice(part)...).Error; err != nil {
				return fmt.Errorf("delete schedules: %w", byTable(err))
			}
		}
	}
	return nil
}
