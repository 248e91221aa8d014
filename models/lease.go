package models

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
)

// LeaseTime is how long a claim on a link lasts without being renewed.
const LeaseTime = 10 * time.Second

// claimPatience is how long the answer to a claim is awaited once the caller's
// time is over.
const claimPatience = 3 * time.Second

// awaitClaim is ctx for the one statement that claims, which outlives it for a
// moment: a claim that is cut off may have been made all the same, and keeps
// everybody from a link until the lease nobody knows of has ended. Until ctx ends a
// slow server has as long as a lease lasts.
func awaitClaim(ctx context.Context) (context.Context, context.CancelFunc) {
	if ctx.Err() != nil {
		return context.WithCancel(ctx)
	}
	answered, cancel := context.WithTimeout(context.WithoutCancel(ctx), LeaseTime)
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(claimPatience, cancel) })
	return answered, func() { stop(); cancel() }
}

// claiming is the statement that takes the links of a condition for an instance
// and brings them back; hint is a SQL Server table hint. There OUTPUT goes into a
// table of the batch's own: alone it is refused (error 334) where a database
// administrator has put a trigger on the links.
func (db *DB) claiming(hint, where string) string {
	const set = "UPDATE agcrm_google_links%s SET lease_owner = ?, lease_until_ms = ?, next_run_ms = ?, epoch = epoch + 1"
	update := fmt.Sprintf(set, hint)
	if db.dialect != SQLServer {
		return update + " WHERE " + where + " RETURNING *"
	}
	return "SET NOCOUNT ON; DECLARE @claimed TABLE (user_id bigint NOT NULL PRIMARY KEY, epoch bigint NOT NULL);\n" +
		update + " OUTPUT INSERTED.user_id, INSERTED.epoch INTO @claimed WHERE " + where +
		";\nSELECT l.* FROM agcrm_google_links l JOIN @claimed c ON c.user_id = l.user_id AND c.epoch = l.epoch"
}

// ClaimLink takes a link for one run: nobody else runs it until ReleaseLink, or
// until the lease has not been renewed for LeaseTime. ErrConflict means that a
// run is in progress elsewhere, ErrNotFound that there is no link.
func (db *DB) ClaimLink(ctx context.Context, userID int64, instance string) (Link, error) {
	now := db.Now()
	var claimed []Link
	answered, done := awaitClaim(ctx)
	defer done()
	err := db.with(answered).Raw(db.claiming("", "user_id = ? AND lease_until_ms < ?"),
		instance, millis(now.Add(LeaseTime)), millis(now.Add(LeaseTime)), userID, millis(now)).Scan(&claimed).Error
	if err != nil {
		return Link{}, fmt.Errorf("claim the link of user %d: %w", userID, err)
	}
	if len(claimed) == 1 {
		return claimed[0], nil
	}
	if _, err := db.Link(ctx, userID); err != nil {
		return Link{}, err
	}
	return Link{}, &Problem{Kind: ErrConflict, Message: Say("sync.in_progress")}
}

// RenewLeases prolongs the leases that an instance holds of these links. On SQL
// Server it does not wait for a link whose run is just writing, and perhaps
// waiting for the CRM: the others' leases would end meanwhile. Apply renews that.
func (db *DB) RenewLeases(ctx context.Context, instance string, userIDs []int64) error {
	hint := ""
	if db.dialect == SQLServer {
		hint = " WITH (READPAST, ROWLOCK, READCOMMITTEDLOCK)"
	}
	for part := range slices.Chunk(userIDs, db.batch(1)) {
		err := db.with(ctx).Exec("UPDATE agcrm_google_links"+hint+" SET lease_until_ms = ? WHERE lease_owner = ? AND lease_until_ms >= ? AND user_id IN ?",
			millis(db.Now().Add(LeaseTime)), instance, millis(db.Now()), part).Error
		if err != nil {
			return fmt.Errorf("renew leases: %w", err)
		}
	}
	return nil
}

// CountInstances tells how many instances run links at this moment.
func (db *DB) CountInstances(ctx context.Context) (int, error) {
	var n int
	err := db.with(ctx).Raw("SELECT COUNT(DISTINCT lease_owner) FROM agcrm_google_links WHERE lease_until_ms >= ?", millis(db.Now())).Scan(&n).Error
	if err != nil {
		return 0, fmt.Errorf("count instances: %w", err)
	}
	return n, nil
}

// Outcome is how a run ended.
type Outcome struct {
	Err        Message // empty key: success
	Fatal      bool    // the run failed so that the link must be made again
	NextRun    time.Time
	PauseUntil time.Time // Google's quota; zero for none
	Backlog    int
	Changed    bool // there was something new in Google
}

// ReleaseLink records a run's outcome and gives the lease back, unless it was
// lost meanwhile. A wake-up that came during the run is kept.
func (db *DB) ReleaseLink(ctx context.Context, l Link, o Outcome) error {
	now := millis(db.Now())
	set := map[string]any{
		"lease_owner": "", "lease_until_ms": 0, "last_run_ms": now, "backlog": o.Backlog,
		"pause_until_ms": millis(o.PauseUntil), "error_key": o.Err.Key, "error_args": encodeArgs(o.Err.Args),
		// Somebody woke the link during the run if it is due earlier than at its claim.
		"next_run_ms": gorm.Expr("CASE WHEN next_run_ms < ? THEN next_run_ms ELSE ? END", l.NextRunMS, millis(o.NextRun)),
	}
	if o.Err.Key == "" {
		set["last_success_ms"], set["failures"] = now, 0
	} else {
		set["failures"] = gorm.Expr("failures + 1")
	}
	if o.Changed {
		set["changed_ms"], set["poll_minutes"] = now, 0
	}
	if o.Fatal {
		set["state"] = LinkBroken
	}
	err := db.with(ctx).Model(&Link{}).Where("user_id = ? AND epoch = ?", l.UserID, l.Epoch).Updates(set).Error
	if err != nil {
		return fmt.Errorf("record the run of user %d: %w", l.UserID, err)
	}
	return nil
}

// ReturnLink gives a lease back without a run.
func (db *DB) ReturnLink(ctx context.Context, l Link, next time.Time) error {
	err := db.with(ctx).Model(&Link{}).Where("user_id = ? AND epoch = ?", l.UserID, l.Epoch).
		Updates(map[string]any{"lease_owner": "", "lease_until_ms": 0, "next_run_ms": millis(next)}).Error
	if err != nil {
		return fmt.Errorf("give back the lease of user %d: %w", l.UserID, err)
	}
	return nil
}

// runnable are the links that the scheduler may run.
const runnable = `(l.state = 'unlinking' OR (l.state = 'active' AND l.saved = 1 AND l.paused = 0))
AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = l.user_id AND u.disabled = 1)`

// RunnableLinks names the employees whose link a run without names covers.
func (db *DB) RunnableLinks(ctx context.Context) ([]int64, error) {
	var ids []int64
	err := db.with(ctx).Table("agcrm_google_links l").Where(runnable).Order("l.user_id").Pluck("l.user_id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("find links: %w", err)
	}
	return ids, nil
}

// WakeOwners makes the links of these employees due whose rows changed. A link
// that rests after a failure or by Google's quota goes on resting.
func (db *DB) WakeOwners(ctx context.Context, userIDs []int64) error {
	for part := range chunks(userIDs, db.batch(1)) {
		err := db.with(ctx).Model(&Link{}).Where("failures = 0 AND direction <> ? AND user_id IN ?", FromGoogle, part).Update("next_run_ms", 0).Error
		if err != nil {
			return fmt.Errorf("wake links: %w", err)
		}
	}
	return nil
}
