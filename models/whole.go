package models

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"
)

// fieldWhole keeps a Whole among the fields of a deletion's history entry.
const fieldWhole = "whole"

// Whole is what a deleted appointment had besides its fields, so that it can be
// brought back as it was.
type Whole struct {
	People      map[int64]string `json:"people,omitempty"` // who took part, with their responses
	Occurrences []WholeRow       `json:"occurrences,omitempty"`
}

// WholeRow is a row that replaced an occurrence of a deleted series.
type WholeRow struct {
	At     Wall             `json:"at"` // original start, in the series' zone
	Fields Fields           `json:"fields"`
	People map[int64]string `json:"people,omitempty"`
}

// SetWhole keeps w beside the fields, where it says anything.
func (f Fields) SetWhole(w Whole) error {
	delete(f, fieldWhole)
	if len(w.People) == 0 && len(w.Occurrences) == 0 {
		return nil
	}
	text, err := json.Marshal(w)
	f[fieldWhole] = string(text)
	return err
}

// Whole is what SetWhole kept.
func (f Fields) Whole() (w Whole, err error) {
	if text := f[fieldWhole]; text != "" {
		err = json.Unmarshal([]byte(text), &w)
	}
	return w, err
}

// CreateWhole inserts an appointment with all that belonged to it, or nothing.
func (db *DB) CreateWhole(ctx context.Context, s Schedule, w Whole) (int64, error) {
	rows := []Schedule{s}
	people := []map[int64]string{w.People}
	for _, o := range w.Occurrences {
		row := Schedule{OwnerID: s.OwnerID, OriginalStartAt: o.At}
		for _, name := range FieldNames {
			if err := row.SetField(name, o.Fields[name]); err != nil {
				return 0, fmt.Errorf("read what an occurrence was: %w", err)
			}
		}
		rows, people = append(rows, row), append(people, o.People)
	}
	for _, row := range rows {
		if err := db.check(row); err != nil {
			return 0, err
		}
	}
	var id int64
	err := db.writeTx(ctx, func(tx *gorm.DB) error {
		id = 0
		for i, row := range rows {
			row.SeriesID = id
			made, err := db.insertWhole(tx, row, people[i])
			if err != nil {
				return err
			}
			if i == 0 {
				id = made
			}
		}
		return nil
	})
	return id, err
}

func (db *DB) insertWhole(tx *gorm.DB, row Schedule, people map[int64]string) (int64, error) {
	ids, err := db.insertSchedules(tx, []Schedule{row})
	if err != nil {
		return 0, err
	}
	var answers []Participant
	for id, response := range people {
		answers = append(answers, Participant{UserID: id, Response: response})
	}
	return ids[0], db.setRoster(tx, ids[0], slices.Sorted(maps.Keys(people)), answers)
}
