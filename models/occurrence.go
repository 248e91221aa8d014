package models

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// Occurrence names one occurrence of a series as a person saw it.
type Occurrence struct {
	SeriesID int64 // the master row
	Version  int64 // its row version then: another one in the table is ErrConflict
	At       Wall  // original start, in the master row's zone
}

// Edit is what a person wants an appointment to be. Row's clock readings are
// by its own zone; its Recurrence counts where more than one occurrence is
// meant.
type Edit struct {
	Row          Schedule
	Participants []int64 // users.id, the owner not among them
}

// ReplaceOccurrence makes one occurrence of a series a row of its own and gives
// the id of that. ErrNotFound if the series has no such occurrence.
func (db *DB) ReplaceOccurrence(ctx context.Context, o Occurrence, e Edit) (id int64, err error) {
	row := e.Row
	row.Recurrence, row.SeriesID, row.OriginalStartAt = "", o.SeriesID, o.At
	if err := db.check(row); err != nil {
		return 0, err
	}
	err = db.onOccurrence(ctx, o, func(tx *gorm.DB, master Schedule, _ Series) error {
		if err := db.notReplaced(tx, master, o.At); err != nil {
			return err
		}
		row.OwnerID = master.OwnerID
		id, err = db.insertWith(tx, row, e.Participants, master.ID)
		return err
	})
	return id, err
}

// RemoveOccurrence takes one occurrence out of a series: an EXDATE line.
func (db *DB) RemoveOccurrence(ctx context.Context, o Occurrence) error {
	return db.onOccurrence(ctx, o, func(tx *gorm.DB, master Schedule, series Series) error {
		if err := db.notReplaced(tx, master, o.At); err != nil {
			return err
		}
		return db.exclude(tx, master, series, o.At)
	})
}

// ChangeFollowing ends a series before an occurrence and goes on from there as
// a new row, whose id it gives. What was replaced or removed after that moves
// along. From the first occurrence on it is the whole series that changes.
func (db *DB) ChangeFollowing(ctx context.Context, o Occurrence, e Edit) (id int64, err error) {
	if err := db.check(e.Row); err != nil {
		return 0, err
	}
	err = db.onOccurrence(ctx, o, func(tx *gorm.DB, master Schedule, series Series) error {
		if len(series.all(series.start, o.At)) == 0 {
			id = master.ID
			return db.changeAll(tx, master, series, shiftOf(master, series, o.At, e.Row, db.zone), e)
		}
		m := shiftOf(master, series, o.At, e.Row, db.zone)
		rest := e.Row
		rest.OwnerID, rest.SeriesID, rest.OriginalStartAt = master.OwnerID, 0, Wall{}
		rest.Recurrence = series.restFrom(master.Recurrence, e.Row.Recurrence, m)
		if id, err = db.insertWith(tx, rest, e.Participants, master.ID); err != nil {
			return err
		}
		if err := db.moveReplacements(tx, master, id, m); err != nil {
			return err
		}
		master.Recurrence = series.endBefore(master.Recurrence, o.At)
		return db.updateSchedule(tx, master, []string{"recurrence"})
	})
	return id, err
}

// RemoveFollowing ends a series before an occurrence; from the first one on it
// deletes the series.
func (db *DB) RemoveFollowing(ctx context.Context, o Occurrence) error {
	return db.onOccurrence(ctx, o, func(tx *gorm.DB, master Schedule, series Series) error {
		replaced, err := db.replacements(tx, master)
		if err != nil {
			return err
		}
		first := len(series.all(series.start, o.At)) == 0
		var gone []int64
		for _, row := range replaced {
			if first || !row.OriginalStartAt.Before(o.At.Time) {
				gone = append(gone, row.ID)
			}
		}
		if first {
			return db.deleteSchedules(tx, append(gone, master.ID))
		}
		if err := db.deleteSchedules(tx, gone); err != nil {
			return err
		}
		master.Recurrence = series.endBefore(master.Recurrence, o.At)
		return db.updateSchedule(tx, master, []string{"recurrence"})
	})
}

// ChangeSeries writes a series as a whole. With o.At, Row's times are those of
// that occurrence, and the series moves by as much; without it they are the
// master row's own. What was replaced or removed moves along.
func (db *DB) ChangeSeries(ctx context.Context, o Occurrence, e Edit) error {
	if err := db.check(e.Row); err != nil {
		return err
	}
	return db.onMaster(ctx, o, func(tx *gorm.DB, master Schedule) error {
		series, ok := SeriesOf(master, db.zone)
		at := o.At
		if at.IsZero() || !ok {
			at = master.StartAt
		}
		return db.changeAll(tx, master, series, shiftOf(master, series, at, e.Row, db.zone), e)
	})
}

// DeleteAppointment deletes a row as people mean it: a series with the rows
// that replace its occurrences, and with such a row the occurrence itself.
func (db *DB) DeleteAppointment(ctx context.Context, id, version int64) error {
	return db.onMaster(ctx, Occurrence{SeriesID: id, Version: version}, func(tx *gorm.DB, row Schedule) error {
		ids := []int64{row.ID}
		switch {
		case row.SeriesID != 0:
			if err := db.excludeReplaced(tx, row); err != nil {
				return err
			}
		case row.Recurrence != "":
			replaced, err := db.replacements(tx, row)
			if err != nil {
				return err
			}
			for _, r := range replaced {
				ids = append(ids, r.ID)
			}
		}
		return db.deleteSchedules(tx, ids)
	})
}

// excludeReplaced takes the occurrence that a row replaces out of its series,
// where that still stands.
func (db *DB) excludeReplaced(tx *gorm.DB, row Schedule) error {
	masters, err := db.lockSchedules(tx, []int64{row.SeriesID})
	if err != nil {
		return err
	}
	master, there := masters[row.SeriesID]
	series, ok := SeriesOf(master, db.zone)
	if !there || !ok || !series.Has(row.OriginalStartAt) {
		return nil
	}
	return db.exclude(tx, master, series, row.OriginalStartAt)
}

// exclude adds an EXDATE line in the contract's form.
func (db *DB) exclude(tx *gorm.DB, master Schedule, series Series, at Wall) error {
	master.Recurrence += "\n" + dateLine("EXDATE", at, series.allDay, series.zone)
	return db.updateSchedule(tx, master, []string{"recurrence"})
}

// changeAll writes the master row and moves what belongs to it.
func (db *DB) changeAll(tx *gorm.DB, master Schedule, series Series, m shift, e Edit) error {
	row := e.Row
	row.ID, row.OwnerID, row.SeriesID, row.OriginalStartAt = master.ID, master.OwnerID, master.SeriesID, master.OriginalStartAt
	length := e.Row.EndAt.Sub(e.Row.StartAt.Time)
	row.StartAt = m.move(master.StartAt)
	row.EndAt = Wall{row.StartAt.Add(length)}
	whole := m
	whole.from, whole.to = master.StartAt, row.StartAt
	if len(series.rules)+len(series.dates) > 0 {
		row.Recurrence = series.restFrom(master.Recurrence, e.Row.Recurrence, whole)
	}
	if err := db.updateSchedule(tx, row, editColumns); err != nil {
		return err
	}
	if err := db.setRoster(tx, row.ID, e.Participants, nil); err != nil {
		return err
	}
	if row.Recurrence != "" {
		return db.moveReplacements(tx, master, master.ID, whole)
	}
	replaced, err := db.replacements(tx, master) // it is no series any more
	if err != nil {
		return err
	}
	var ids []int64
	for _, r := range replaced {
		ids = append(ids, r.ID)
	}
	return db.deleteSchedules(tx, ids)
}

// shiftOf compares the occurrence that a form was made from with what was typed.
func shiftOf(master Schedule, series Series, at Wall, typed Schedule, def *time.Location) shift {
	zone, err := typed.Zone(def)
	if err != nil {
		zone = series.zone // Check has refused it before
	}
	return shift{from: at, to: typed.StartAt, allDay: typed.AllDay, zone: zone, kind: typed.AllDay != master.AllDay}
}

// moveReplacements gives the rows that replace occurrences from m.from on to a
// series, which may be the one they have.
func (db *DB) moveReplacements(tx *gorm.DB, master Schedule, to int64, m shift) error {
	if to == master.ID && m.none() {
		return nil
	}
	replaced, err := db.replacements(tx, master)
	if err != nil {
		return err
	}
	for _, row := range replaced {
		if row.OriginalStartAt.Before(m.from.Time) {
			continue
		}
		row.SeriesID, row.OriginalStartAt = to, m.move(row.OriginalStartAt)
		if err := db.updateSchedule(tx, row, []string{"series_id", "original_start_at"}); err != nil {
			return err
		}
	}
	return nil
}

// replacements reads the rows that replace occurrences of a series. They belong
// to its owner, whose rows have an index.
func (db *DB) replacements(tx *gorm.DB, master Schedule) ([]Schedule, error) {
	return db.schedules(tx, "WHERE s.owner_id = ? AND s.series_id = ? ORDER BY s.id", master.OwnerID, master.ID)
}

// notReplaced makes sure that an occurrence still follows its series.
func (db *DB) notReplaced(tx *gorm.DB, master Schedule, at Wall) error {
	replaced, err := db.replacements(tx, master)
	if err != nil {
		return err
	}
	for _, row := range replaced {
		if row.OriginalStartAt == at {
			return &Problem{Kind: ErrConflict, Message: Say("schedule.changed_meanwhile")}
		}
	}
	return nil
}

// onMaster works on a row that is locked and still the one that was seen.
func (db *DB) onMaster(ctx context.Context, o Occurrence, work func(tx *gorm.DB, master Schedule) error) error {
	return db.writeTx(ctx, func(tx *gorm.DB) error {
		if err := db.expectVersion(tx, o.SeriesID, o.Version); err != nil {
			return err
		}
		rows, err := db.lockSchedules(tx, []int64{o.SeriesID})
		if err != nil {
			return err
		}
		return work(tx, rows[o.SeriesID])
	})
}

// onOccurrence is onMaster for one occurrence, which must exist.
func (db *DB) onOccurrence(ctx context.Context, o Occurrence, work func(tx *gorm.DB, master Schedule, series Series) error) error {
	return db.onMaster(ctx, o, func(tx *gorm.DB, master Schedule) error {
		series, ok := SeriesOf(master, db.zone)
		if !ok || !series.Has(o.At) {
			return fmt.Errorf("series %d has no occurrence at %s: %w", o.SeriesID, o.At, ErrNotFound)
		}
		return work(tx, master, series)
	})
}
