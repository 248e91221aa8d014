package models

import (
	"fmt"
	"slices"

	"gorm.io/gorm"
)

// insertWith inserts a row with its participants, who keep the answers that
// they gave to the row like.
func (db *DB) insertWith(tx *gorm.DB, row Schedule, users []int64, like int64) (int64, error) {
	ids, err := db.insertSchedules(tx, []Schedule{row})
	if err != nil {
		return 0, err
	}
	answers, err := roster(tx, like)
	if err != nil {
		return 0, err
	}
	return ids[0], db.setRoster(tx, ids[0], users, answers)
}

// setRoster makes exactly these users take part in a row. Who does already
// keeps the answer; who is new brings the one in answers, or has yet to answer.
func (db *DB) setRoster(tx *gorm.DB, id int64, users []int64, answers []Participant) error {
	now, err := roster(tx, id)
	if err != nil {
		return err
	}
	is := func(user int64) func(Participant) bool { return func(p Participant) bool { return p.UserID == user } }
	for _, p := range now {
		if slices.Contains(users, p.UserID) {
			continue
		}
		if err := tx.Exec("DELETE FROM schedule_participants WHERE schedule_id = ? AND user_id = ?", id, p.UserID).Error; err != nil {
			return fmt.Errorf("remove a participant: %w", byTable(err))
		}
	}
	for _, user := range users {
		if slices.ContainsFunc(now, is(user)) {
			continue
		}
		response := needsAction
		if i := slices.IndexFunc(answers, is(user)); i >= 0 {
			response = answers[i].Response
		}
		if err := tx.Exec("INSERT INTO schedule_participants (schedule_id, user_id, response) VALUES (?, ?, ?)", id, user, response).Error; err != nil {
			return fmt.Errorf("add a participant: %w", byTable(err))
		}
	}
	return nil
}

func roster(tx *gorm.DB, id int64) ([]Participant, error) {
	var list []Participant
	if err := tx.Where("schedule_id = ?", id).Find(&list).Error; err != nil {
		return nil, fmt.Errorf("read participants: %w", err)
	}
	return list, nil
}
