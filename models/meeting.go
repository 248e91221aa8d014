package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gorm.io/gorm"
)

// Meeting is an event that several employees share in Google, and the one row
// that stands for it. Its key is unique, so that of two runs that find the event
// at the same time only one makes the row.
type Meeting struct {
	Key        string `gorm:"column:meeting_key;primaryKey"` // MeetingKey
	ScheduleID int64
	Organizer  string // the organiser's address, in lower case
	Guests     string // the guests' addresses in lower case, LF separated, after a minus who declined
	CreatedMS  int64
}

// TableName implements gorm's interface.
func (Meeting) TableName() string { return "agcrm_google_meetings" }

// Invites tells whether the guest list names an address, in lower case, that has
// not declined.
func (m Meeting) Invites(address string) bool {
	return slices.Contains(strings.Split(m.Guests, "\n"), address)
}

// Declined tells whether the guest list says that an address, in lower case, declined.
func (m Meeting) Declined(address string) bool { return m.Invites("-" + address) }

// MeetingKey names a shared event in all calendars: SHA-256 in hex of its iCalUID,
// the original start of the occurrence ("" for no exception) and the organiser's
// address in lower case.
func MeetingKey(iCalUID, original, organizer string) string {
	sum := sha256.Sum256([]byte(iCalUID + "\n" + original + "\n" + organizer))
	return hex.EncodeToString(sum[:])
}

// Meetings reads the meetings of these keys whose row is still there.
func (db *DB) Meetings(ctx context.Context, keys []string) (map[string]Meeting, error) {
	byKey := map[string]Meeting{}
	err := db.meetings(ctx, "meeting_key IN ?", keys, func(m Meeting) { byKey[m.Key] = m })
	return byKey, err
}

// MeetingsOf reads the meetings that these rows stand for.
func (db *DB) MeetingsOf(ctx context.Context, scheduleIDs []int64) (map[int64]Meeting, error) {
	byRow := map[int64]Meeting{}
	err := db.meetings(ctx, "schedule_id IN ?", scheduleIDs, func(m Meeting) { byRow[m.ScheduleID] = m })
	return byRow, err
}

const rowStands = "EXISTS (SELECT 1 FROM schedules s WHERE s.id = agcrm_google_meetings.schedule_id)"

func (db *DB) meetings(ctx context.Context, where string, in any, take func(Meeting)) error {
	for part := range chunks(in, db.batch(1)) {
		var list []Meeting
		if err := db.with(ctx).Where(where, part).Where(rowStands).Find(&list).Error; err != nil {
			return fmt.Errorf("read meetings: %w", err)
		}
		for _, m := range list {
			take(m)
		}
	}
	return nil
}

// PairsByUID reads all employees' pairs of events with these iCalUIDs.
func (db *DB) PairsByUID(ctx context.Context, iCalUIDs []string) ([]Pair, error) {
	keys := make([]string, len(iCalUIDs))
	for i, uid := range iCalUIDs {
		keys[i] = EventKey(uid)
	}
	var all []Pair
	for part := range chunks(keys, db.batch(1)) {
		var list []Pair
		if err := db.with(ctx).Where("uid_key IN ?", part).Order("id").Find(&list).Error; err != nil {
			return nil, wrapPairs(err)
		}
		all = append(all, list...)
	}
	return all, nil
}

// Holders reads the confirmed pairs of a row, of all employees, that are
// synchronised at present: their link works and their calendar is ticked.
func (db *DB) Holders(ctx context.Context, scheduleID int64) ([]Pair, error) {
	var list []Pair
	err := db.with(ctx).Raw(`SELECT p.* FROM agcrm_google_pairs p JOIN agcrm_google_links l ON l.user_id = p.user_id AND l.sub = p.sub
WHERE p.schedule_id = ? AND p.state = 'live' AND l.state = 'active' AND l.paused = 0 AND `+ticked+` ORDER BY p.user_id`, scheduleID).Scan(&list).Error
	return list, wrapPairs(err)
}

// GivenUp reads an account's pairs of events that are not the employee's own and
// whose row was deleted.
func (db *DB) GivenUp(ctx context.Context, userID int64, sub string) ([]Pair, error) {
	var list []Pair
	err := db.with(ctx).Where("user_id = ? AND sub = ? AND read_only = ? AND state = ?", userID, sub, true, PairEnded).Order("id").Find(&list).Error
	return list, wrapPairs(err)
}

// errMeetingTaken says that another run made the meeting's row a moment ago.
var errMeetingTaken = errors.New("the meeting has a row already")

// taken are the meetings among these changes that stand for another living row:
// locked, so that nobody can insert them before this transaction ends.
func (db *DB) taken(tx *gorm.DB, changes []*Change) (map[string]int64, error) {
	var keys []string
	for _, c := range changes {
		if c.Meeting != nil {
			keys = append(keys, c.Meeting.Key)
		}
	}
	hint := ""
	if db.dialect == SQLServer {
		hint = " WITH (UPDLOCK, HOLDLOCK)"
	}
	byKey := map[string]int64{}
	for part := range chunks(keys, db.batch(1)) {
		var list []Meeting
		err := tx.Raw("SELECT meeting_key, schedule_id FROM agcrm_google_meetings"+hint+" WHERE meeting_key IN ? AND "+rowStands, part).Scan(&list).Error
		if err != nil {
			return nil, fmt.Errorf("lock meetings: %w", err)
		}
		for _, m := range list {
			byKey[m.Key] = m.ScheduleID
		}
	}
	return byKey, nil
}

// writeMeetings stores which rows stand for which meetings, and forgets those of
// rows that were deleted or stand for none any more. Where that or the guests
// changed, who waited for an invitation to the row is looked at again.
func (db *DB) writeMeetings(tx *gorm.DB, changes []*Change) error {
	var deleted []int64
	fresh := map[string]*Change{}
	for _, c := range changes {
		if c.Action == ActionDelete || c.DropMeeting {
			deleted = append(deleted, c.Row.ID)
		}
		if c.Meeting != nil {
			fresh[c.Meeting.Key] = c
		}
	}
	for part := range chunks(deleted, db.batch(1)) {
		if err := tx.Where("schedule_id IN ?", part).Delete(&Meeting{}).Error; err != nil {
			return fmt.Errorf("forget meetings: %w", err)
		}
	}
	for _, c := range changes {
		if c.DropMeeting {
			if err := lookAgain(tx, c.Row.ID); err != nil {
				return err
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(fresh)) {
		m := *fresh[key].Meeting
		m.ScheduleID, m.CreatedMS = fresh[key].Row.ID, millis(db.Now())
		if err := db.writeMeeting(tx, m); err != nil {
			return err
		}
	}
	return nil
}

// writeMeeting renews the meeting of its row or takes over that of a row that is
// gone. One that stands for another living row is left to the unique key: who
// saw none of it a moment ago has lost, whatever locks the server took.
func (db *DB) writeMeeting(tx *gorm.DB, m Meeting) error {
	if err := tx.Where("meeting_key = ? AND (schedule_id = ? OR NOT "+rowStands+")", m.Key, m.ScheduleID).Delete(&Meeting{}).Error; err != nil {
		return fmt.Errorf("renew a meeting: %w", err)
	}
	switch err := tx.Create(&m).Error; {
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return errMeetingTaken
	case err != nil:
		return fmt.Errorf("store a meeting: %w", err)
	}
	return lookAgain(tx, m.ScheduleID)
}

// lookAgain forgets why anybody left a row aside.
func lookAgain(tx *gorm.DB, scheduleID int64) error {
	err := tx.Exec("DELETE FROM agcrm_google_left_aside WHERE side = ? AND ref = ?", SideTable, strconv.FormatInt(scheduleID, 10)).Error
	if err != nil {
		return fmt.Errorf("look again at a meeting's row: %w", err)
	}
	return nil
}
