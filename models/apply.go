package models

import (
	"context"
	"errors"
	"fmt"

	"gorm.io/gorm"
)

// Change is what one decision of the engine writes on our side, all of it or
// nothing: a schedule row, its pair, and the notes about it.
type Change struct {
	// Row and Action ("" for none, ActionCreate, ActionUpdate, ActionDelete)
	// say what to write to the schedule table; Fields which fields to update.
	Action string
	Row    Schedule
	Fields []string

	// Base is the row version on which the decision was based; with another
	// one in the table nothing of the change is written. NoBase: the row was
	// not looked at. NoRow: the decision was based on there being no row.
	Base int64

	// Pair is saved, or removed with DropPair. Its schedule id, its agreed row and
	// its row version are taken from the table after the write, except for the
	// fields in Pending, whose old agreement stands and which make the pair due.
	Pair     *Pair
	DropPair bool
	Pending  []string
	Due      bool // the pair is due as with a pending field

	Decline bool           // the lease's employee declines Row, and the others keep it
	Roster  []RosterChange // who joins, answers or leaves Row
	Meeting *Meeting       // Row stands for this event that employees share; made only if no other row does

	DropMeeting bool  // Row stands for no shared event any more
	Hold        *Held // the deletion waits for a decision
	DropHeld    bool  // what waited is carried out or no longer true

	Aside     *LeftAside  // the item is left aside
	DropAside []LeftAside // these no longer are
	History   []HistoryEntry
	Log       []LogLine
	Notice    *Notice
}

// Special values of Change.Base.
const (
	NoBase = -1
	NoRow  = -2
)

// Cursor is a calendar's new sync token, stored with the last of the changes
// that it accounts for, unless somebody has meanwhile asked for everything to be
// listed again: Base is the calendar's TokenMS as it was when the run began.
type Cursor struct {
	CalendarID, SyncToken string
	Base                  int64
}

// Lease names the run that writes: a run whose lease was taken over writes nothing.
type Lease struct {
	UserID int64
	Epoch  int64
}

// ErrLeaseLost says that another instance runs this link now.
var ErrLeaseLost = fmt.Errorf("the lease was taken over: %w", ErrConflict)

// BatchSize is how many changes Apply takes in one transaction.
func (db *DB) BatchSize() int {
	if db.dialect == SQLServer {
		return 200
	}
	return 500
}

// Apply writes changes of one link and then the cursors in one transaction. It
// returns the changes that met another row version than they were based on and
// of which nothing was written; while there are any, the cursors are not stored.
// A Refused error names the one change that the table will not have.
func (db *DB) Apply(ctx context.Context, lease Lease, changes []*Change, cursors []Cursor) (stale []*Change, err error) {
	before := draft(changes)
	write := func(alone bool) error {
		return db.writeTx(ctx, func(tx *gorm.DB) (err error) {
			before.restore(changes)
			stale, err = db.apply(tx, lease, changes, cursors, alone)
			return err
		})
	}
	err = write(false)
	for try := 0; errors.Is(err, errMeetingTaken) && try < 3; try++ {
		err = write(false) // the winner's row is seen now, and the change is stale
	}
	var refused *Refused
	if isRefusal(err) && !errors.As(err, &refused) {
		err = write(true) // one row a statement, to tell whose fault it is
	}
	if err != nil {
		before.restore(changes)
	}
	return stale, err
}

func (db *DB) apply(tx *gorm.DB, lease Lease, changes []*Change, cursors []Cursor, alone bool) (stale []*Change, err error) {
	if err := db.fence(tx, lease); err != nil {
		return nil, err
	}
	good, stale, err := db.separateStale(tx, changes)
	if err != nil {
		return nil, err
	}
	if err := db.writeRows(tx, good, alone); err != nil {
		return nil, err
	}
	if err := db.writePairs(tx, good); err != nil {
		return nil, err
	}
	if err := db.writeDeclines(tx, lease.UserID, good); err != nil {
		return nil, err
	}
	if err := db.writeRoster(tx, good); err != nil {
		return nil, err
	}
	if err := db.writeMeetings(tx, good); err != nil {
		return nil, err
	}
	if err := db.writeNotes(tx, good); err != nil {
		return nil, err
	}
	if len(stale) == 0 {
		if err := db.writeCursors(tx, lease.UserID, cursors); err != nil {
			return nil, err
		}
	}
	return stale, db.prolong(tx, lease)
}

// drafts are changes as they were before an attempt to write them. A transaction
// that lost a deadlock runs again from its start, and must not take the keys that
// the lost attempt was given for those of rows that exist.
type drafts []struct {
	rowID int64
	pair  Pair
	hold  Held
}

func draft(changes []*Change) drafts {
	before := make(drafts, len(changes))
	for i, c := range changes {
		before[i].rowID = c.Row.ID
		if c.Pair != nil {
			before[i].pair = *c.Pair
		}
		if c.Hold != nil {
			before[i].hold = *c.Hold
		}
	}
	return before
}

func (before drafts) restore(changes []*Change) {
	for i, c := range changes {
		c.Row.ID = before[i].rowID
		if c.Pair != nil {
			*c.Pair = before[i].pair
		}
		if c.Hold != nil {
			*c.Hold = before[i].hold
		}
	}
}

// fence locks the link's row and checks that the run still owns it.
func (db *DB) fence(tx *gorm.DB, lease Lease) error {
	hint := ""
	if db.dialect == SQLServer {
		hint = " WITH (UPDLOCK, ROWLOCK)"
	}
	var epoch []int64
	err := tx.Raw("SELECT epoch FROM agcrm_google_links"+hint+" WHERE user_id = ?", lease.UserID).Scan(&epoch).Error
	if err != nil {
		return fmt.Errorf("check the lease: %w", err)
	}
	if len(epoch) != 1 || epoch[0] != lease.Epoch {
		return ErrLeaseLost
	}
	return nil
}

// prolong renews the run's own lease, last of all, where RenewLeases passes over
// the row that the fence has locked.
func (db *DB) prolong(tx *gorm.DB, lease Lease) error {
	if db.dialect != SQLServer {
		return nil
	}
	err := tx.Exec("UPDATE agcrm_google_links SET lease_until_ms = ? WHERE user_id = ? AND epoch = ?",
		millis(db.Now().Add(LeaseTime)), lease.UserID, lease.Epoch).Error
	if err != nil {
		return fmt.Errorf("renew the lease: %w", err)
	}
	return nil
}

func (db *DB) separateStale(tx *gorm.DB, changes []*Change) (good, stale []*Change, err error) {
	var ids []int64
	for _, c := range changes {
		if c.Base != NoBase && c.Row.ID != 0 {
			ids = append(ids, c.Row.ID)
		}
	}
	rows, err := db.lockSchedules(tx, ids)
	if err != nil {
		return nil, nil, err
	}
	taken, err := db.taken(tx, changes)
	if err != nil {
		return nil, nil, err
	}
	for _, c := range changes {
		if c.Meeting != nil {
			if id, is := taken[c.Meeting.Key]; is && id != c.Row.ID {
				stale = append(stale, c)
				continue
			}
		}
		row, there := rows[c.Row.ID]
		same := c.Base == NoBase || c.Row.ID == 0 || (c.Base == NoRow && !there) || (there && row.RowVersion == c.Base)
		if same {
			good = append(good, c)
		} else {
			stale = append(stale, c)
		}
	}
	return good, stale, nil
}

// writePairs stores the pairs with the rows as the table has them now: triggers
// may have made something else of what was written.
func (db *DB) writePairs(tx *gorm.DB, changes []*Change) error {
	stored, err := db.reread(tx, changes)
	if err != nil {
		return err
	}
	var fresh []*Pair
	for _, c := range changes {
		switch {
		case c.Pair == nil:
			continue
		case c.DropPair:
			if err := tx.Delete(c.Pair).Error; err != nil {
				return fmt.Errorf("remove the pair of schedule %d: %w", c.Pair.ScheduleID, err)
			}
			continue
		}
		if row, there := stored[c.Row.ID]; there {
			c.agree(row)
		}
		if c.Pair.ID == 0 {
			fresh = append(fresh, c.Pair)
		} else if err := db.updatePair(tx, c.Pair); err != nil {
			return err
		}
	}
	return db.insertPairs(tx, fresh)
}

func (db *DB) reread(tx *gorm.DB, changes []*Change) (map[int64]Schedule, error) {
	var ids []int64
	for _, c := range changes {
		if c.Pair != nil && (c.Action == ActionCreate || c.Action == ActionUpdate) {
			ids = append(ids, c.Row.ID)
		}
	}
	return db.schedulesByID(tx, "", ids)
}

// agree notes in the pair what the table holds after a write.
func (c *Change) agree(row Schedule) {
	agreed := row.AgreedFields()
	for _, field := range c.Pending {
		agreed[field] = c.Pair.AgreedRow[field]
	}
	c.Pair.ScheduleID, c.Pair.AgreedRow, c.Pair.RowVersion = row.ID, agreed, row.RowVersion
	if len(c.Pending) > 0 || c.Due {
		c.Pair.RowVersion = 0
	}
	for i := range c.History {
		c.History[i].ScheduleID = row.ID
	}
}
