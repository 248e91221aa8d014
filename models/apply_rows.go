package models

import (
	"errors"
	"slices"

	"gorm.io/gorm"
)

// writeRows writes the schedule table: updates row by row, inserts and deletions
// together, unless alone asks for each by itself.
func (db *DB) writeRows(tx *gorm.DB, changes []*Change, alone bool) error {
	var inserts, deletes []*Change
	for _, c := range changes {
		switch c.Action {
		case ActionCreate:
			inserts = append(inserts, c)
		case ActionDelete:
			deletes = append(deletes, c)
		case ActionUpdate:
			var columns []string
			for _, field := range c.Fields {
				columns = append(columns, without(fieldColumns[field], columns)...)
			}
			if err := db.updateSchedule(tx, c.Row, columns); err != nil {
				return refuse(c, err)
			}
		}
	}
	size := len(changes)
	if alone {
		size = 1
	}
	for part := range slices.Chunk(inserts, max(size, 1)) {
		if err := db.insertRows(tx, part); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(deletes, max(size, 1)) {
		if err := db.deleteRows(tx, part); err != nil {
			return err
		}
	}
	return nil
}

func (db *DB) insertRows(tx *gorm.DB, inserts []*Change) error {
	rows := make([]Schedule, len(inserts))
	for i, c := range inserts {
		rows[i] = c.Row
	}
	ids, err := db.insertSchedules(tx, rows)
	if err != nil && len(inserts) == 1 {
		return refuse(inserts[0], err)
	}
	var fault *rowFault
	if errors.As(err, &fault) {
		return refuse(inserts[fault.index], err)
	}
	for i := range ids {
		inserts[i].Row.ID = ids[i]
	}
	return err
}

func (db *DB) deleteRows(tx *gorm.DB, deletes []*Change) error {
	ids := make([]int64, len(deletes))
	for i, c := range deletes {
		ids[i] = c.Row.ID
	}
	err := db.deleteSchedules(tx, ids)
	if err != nil && len(deletes) == 1 {
		return refuse(deletes[0], err)
	}
	return err
}

// without are the columns that are not among others: the rule and the removed
// occurrences share one.
func without(columns, others []string) []string {
	return slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return slices.Contains(others, c) })
}
