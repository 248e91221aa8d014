package models

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"
)

// Participant is one employee's part in another's appointment. The owner takes
// part without a row.
type Participant struct {
	ScheduleID int64  `gorm:"primaryKey;autoIncrement:false"`
	UserID     int64  `gorm:"primaryKey;autoIncrement:false"`
	Response   string // needsAction, accepted, declined or tentative
}

// TableName implements gorm's interface.
func (Participant) TableName() string { return "schedule_participants" }

// Participants reads who takes part, by schedule id.
func (db *DB) Participants(ctx context.Context, scheduleIDs []int64) (map[int64][]Participant, error) {
	byID := map[int64][]Participant{}
	for part := range chunks(scheduleIDs, db.batch(1)) {
		var list []Participant
		if err := db.with(ctx).Where("schedule_id IN ?", part).Order("user_id").Find(&list).Error; err != nil {
			return nil, fmt.Errorf("read participants: %w", err)
		}
		for _, p := range list {
			byID[p.ScheduleID] = append(byID[p.ScheduleID], p)
		}
	}
	return byID, nil
}

// SetParticipants makes exactly these employees take part. Those who already do
// keep their response.
func (db *DB) SetParticipants(ctx context.Context, scheduleID int64, userIDs []int64) error {
	return db.writeTx(ctx, func(tx *gorm.DB) error {
		return db.setRoster(tx, scheduleID, userIDs, nil)
	})
}

// writeDeclines sets the response of an employee who deleted the own copy.
func (db *DB) writeDeclines(tx *gorm.DB, userID int64, changes []*Change) error {
	for _, c := range changes {
		if !c.Decline {
			continue
		}
		err := tx.Exec("UPDATE schedule_participants SET response = 'declined' WHERE schedule_id = ? AND user_id = ?", c.Row.ID, userID).Error
		if err != nil {
			return refuse(c, fmt.Errorf("decline schedule %d: %w", c.Row.ID, byTable(err)))
		}
	}
	return nil
}

// RosterChange is what Google says of one employee's part in a row.
type RosterChange struct {
	UserID   int64
	Response string // "" is taking part no more
	Join     bool   // who does not take part yet joins
}

// writeRoster carries what guest lists say into the participants of rows.
func (db *DB) writeRoster(tx *gorm.DB, changes []*Change) error {
	for _, c := range changes {
		if len(c.Roster) == 0 || c.Action == ActionDelete {
			continue
		}
		now, err := roster(tx, c.Row.ID)
		if err != nil {
			return err
		}
		for _, change := range c.Roster {
			if err := writePart(tx, c.Row.ID, change, now); err != nil {
				return refuse(c, fmt.Errorf("change who takes part in schedule %d: %w", c.Row.ID, byTable(err)))
			}
		}
	}
	return nil
}

func writePart(tx *gorm.DB, id int64, change RosterChange, now []Participant) error {
	i := slices.IndexFunc(now, func(p Participant) bool { return p.UserID == change.UserID })
	switch {
	case i >= 0 && change.Join && change.Response == needsAction && now[i].Response != declined:
		return nil // invited in Google too, after the CRM had an answer
	case i >= 0 && change.Response == "":
		return tx.Exec("DELETE FROM schedule_participants WHERE schedule_id = ? AND user_id = ?", id, change.UserID).Error
	case i >= 0 && now[i].Response != change.Response:
		return tx.Exec("UPDATE schedule_participants SET response = ? WHERE schedule_id = ? AND user_id = ?", change.Response, id, change.UserID).Error
	case i < 0 && change.Join && change.Response != "":
		return tx.Exec("INSERT INTO schedule_participants (schedule_id, user_id, response) VALUES (?, ?, ?)", id, change.UserID, change.Response).Error
	}
	return nil
}

// Responses of a participant that are told apart here.
const (
	needsAction = "needsAction"
	declined    = "declined"
)

// TakesPart tells whether somebody takes part in a row and has not declined.
// roster is the row's, or its series' for a replacement row.
func TakesPart(roster []Participant, userID int64) bool {
	return slices.ContainsFunc(roster, func(p Participant) bool { return p.UserID == userID && p.Response != declined })
}
