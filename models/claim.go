package models

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ClaimMost is how many links ClaimDue takes at once, at the most.
const ClaimMost = 96

// Claimed is a link that was taken for a run, with all that a run needs which
// finds nothing new.
type Claimed struct {
	Link      Link
	Grant     StoredGrant
	Settings  Settings
	Calendars []Calendar // ticked and not lost
	Channels  []Channel  // all that are known of this link
	Pending   bool       // the table gives reason to look closer: see Candidates
	Err       error      // why Grant is empty; ErrNotFound if the token is gone
}

// due is true of a link l that should run now and that no living run holds.
const due = runnable + ` AND l.next_run_ms <= ? AND l.pause_until_ms <= ? AND l.lease_until_ms < ?
AND (l.state = 'unlinking' OR EXISTS (SELECT 1 FROM agcrm_google_settings e WHERE e.id = 1 AND e.enabled = 1))`

// ClaimDue takes up to limit links that are due, the longest waiting first, with
// one conditional statement, and reads what their runs need with four more,
// however many they are. On SQL Server links that another instance is just
// claiming are passed over, not waited for.
func (db *DB) ClaimDue(ctx context.Context, instance string, limit int) ([]Claimed, error) {
	now := db.Now()
	limit = min(limit, ClaimMost)
	until := millis(now.Add(LeaseTime))
	args := []any{instance, until, until, millis(now), millis(now), millis(now), millis(now)}
	hint, most, least := "", "", fmt.Sprintf(" LIMIT %d", limit)
	if db.dialect == SQLServer {
		hint, most, least = " WITH (UPDLOCK, READPAST, ROWLOCK, READCOMMITTEDLOCK)", fmt.Sprintf("TOP (%d) ", limit), ""
	}
	// The lease is looked at once more where the row is written: whatever the
	// subquery saw, nobody takes a link that somebody else has just taken.
	statement := db.claiming(hint, "user_id IN (SELECT "+most+"l.user_id FROM agcrm_google_links l"+hint+" WHERE "+due+
		" ORDER BY l.next_run_ms, l.user_id"+least+") AND lease_until_ms < ?")
	var rows []struct {
		Link  `gorm:"embedded"`
		Token []byte
	}
	answered, done := awaitClaim(ctx)
	defer done()
	if err := db.with(answered).Raw(statement, args...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("claim due links: %w", err)
	}
	claimed := make([]Claimed, len(rows))
	ids := make([]int64, len(rows))
	for i, row := range rows {
		claimed[i] = Claimed{Link: row.Link, Grant: StoredGrant{Sub: row.Sub, Email: row.Email, State: row.State}, Err: ErrNotFound}
		if ids[i] = row.UserID; len(row.Token) > 0 {
			claimed[i].Grant.Token, claimed[i].Err = db.open(tokenContext(row.UserID), row.Token)
		}
	}
	if len(rows) == 0 {
		return nil, nil
	}
	if err := db.bring(ctx, claimed, ids); err != nil {
		return claimed, err
	}
	return claimed, nil
}

// bring reads what the runs of these links need.
func (db *DB) bring(ctx context.Context, claimed []Claimed, ids []int64) error {
	var all []struct {
		Settings      `gorm:"embedded"`
		ClientSecrets []byte
	}
	err := db.with(ctx).Raw("SELECT client_secrets, " + strings.TrimPrefix(readSettings, "SELECT ")).Scan(&all).Error
	if err != nil || len(all) == 0 {
		return fmt.Errorf("read the settings of %d runs: %w", len(ids), orNotFound(err))
	}
	var secrets []byte
	if len(all[0].ClientSecrets) > 0 {
		if secrets, err = db.open(placeClientSecrets, all[0].ClientSecrets); err != nil {
			return err
		}
	}
	var calendars []Calendar
	if err := db.with(ctx).Where("selected = ? AND lost = ? AND user_id IN ?", true, false, ids).Find(&calendars).Error; err != nil {
		return fmt.Errorf("read the calendars of %d runs: %w", len(ids), err)
	}
	channels, err := db.Channels(ctx, ids)
	if err != nil {
		return err
	}
	pending, err := db.pending(ctx, ids, WallClock(db.Now().In(db.zone)).AddDays(-all[0].WindowPast-2))
	if err != nil {
		return err
	}
	byUser := map[int64][]Calendar{}
	for _, c := range calendars {
		byUser[c.UserID] = append(byUser[c.UserID], c)
	}
	heard := map[int64][]Channel{}
	for _, c := range channels {
		heard[c.UserID] = append(heard[c.UserID], c)
	}
	for i := range claimed {
		c := &claimed[i]
		c.Channels = heard[c.Link.UserID]
		c.Settings, c.Calendars, c.Pending = all[0].Settings, byUser[c.Link.UserID], pending[c.Link.UserID]
		if c.Err == nil {
			c.Grant.ClientSecrets = secrets
		}
	}
	return nil
}

func orNotFound(err error) error {
	if err == nil {
		return ErrNotFound
	}
	return err
}

// pending tells of which of these links Candidates would find anything. While
// the CRM keeps rows locked it is all of them, so that each run waits for itself.
func (db *DB) pending(ctx context.Context, ids []int64, since Wall) (map[int64]bool, error) {
	exists := func(parts []string) string {
		text := "EXISTS (" + strings.Join(parts, ")\nOR EXISTS (") + ")"
		return strings.NewReplacer("@user", "l.user_id", "@sub", "l.sub").Replace(text)
	}
	always, toGoogle := db.candidateParts()
	var found []int64
	err := db.with(ctx).Raw(db.patience()+"SELECT l.user_id FROM agcrm_google_links l WHERE l.user_id IN @ids AND ("+exists(always)+
		"\nOR l.direction <> '"+FromGoogle+"' AND ("+exists(toGoogle)+"))", map[string]any{"ids": ids, "since": since, "over": overBefore(since)}).Scan(&found).Error
	if isTransient(err) {
		found = ids
	} else if err != nil {
		return nil, fmt.Errorf("find what changed in the table: %w", err)
	}
	pending := map[int64]bool{}
	for _, id := range found {
		pending[id] = true
	}
	return pending, nil
}

// Idle is the end of a run that found nothing new.
type Idle struct {
	Link        Link // as claimed
	NextRun     time.Time
	PollMinutes int // as in Link
}

// RecordIdle records runs that found nothing new and gives their leases back,
// as ReleaseLink does with one, in one statement for many.
func (db *DB) RecordIdle(ctx context.Context, ended []Idle) error {
	for part := range slices.Chunk(ended, db.batch(6)) {
		now := millis(db.Now())
		var args []any
		for _, e := range part {
			args = append(args, e.Link.UserID, e.Link.Epoch, e.Link.NextRunMS, millis(e.NextRun), e.PollMinutes)
		}
		values := strings.TrimSuffix(strings.Repeat("SELECT ?, ?, ?, ?, ? UNION ALL ", len(part)), " UNION ALL ")
		err := db.with(ctx).Exec("WITH ended (user_id, epoch, due_ms, next_ms, minutes) AS ("+values+`)
UPDATE agcrm_google_links SET lease_owner = '', lease_until_ms = 0, last_run_ms = ?, last_success_ms = ?, backlog = 0,
pause_until_ms = 0, failures = 0, error_key = '', error_args = '', poll_minutes = ended.minutes,
next_run_ms = CASE WHEN next_run_ms < ended.due_ms THEN next_run_ms ELSE ended.next_ms END
FROM ended WHERE ended.user_id = agcrm_google_links.user_id AND ended.epoch = agcrm_google_links.epoch`,
			append(args, now, now)...).Error
		if err != nil {
			return fmt.Errorf("record %d idle runs: %w", len(part), err)
		}
	}
	return nil
}

// ReturnLinks gives leases of an instance back without a run, in one statement
// for many; the links are due at once.
func (db *DB) ReturnLinks(ctx context.Context, instance string, userIDs []int64) error {
	for part := range slices.Chunk(userIDs, db.batch(1)) {
		err := db.with(ctx).Exec("UPDATE agcrm_google_links SET lease_owner = '', lease_until_ms = 0, next_run_ms = 0 WHERE lease_owner = ? AND user_id IN ?",
			instance, part).Error
		if err != nil {
			return fmt.Errorf("give back the leases of %d links: %w", len(part), err)
		}
	}
	return nil
}
