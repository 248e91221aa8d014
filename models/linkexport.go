package models

import (
	"context"
	"fmt"
)

// linksAtOnce is how many employees one statement of EachLink reads.
const linksAtOnce = 1000

// EachLink hands the employees that the filter chooses to do, with their links,
// in order of login and many at a time; Offset and Limit do not count. Each part
// is one statement that begins behind the last of the part before, and none is
// open while do works: a reader who is slow to take the list holds nothing in
// the database. Who comes or goes meanwhile may be missing; everybody else is
// there once.
func (db *DB) EachLink(ctx context.Context, f LinkFilter, do func([]LinkRow) error) error {
	var last User
	for {
		rows, err := db.linksBehind(ctx, f, last)
		if err != nil {
			return err
		}
		if len(rows) > 0 {
			if err := do(rows); err != nil {
				return err
			}
			last = rows[len(rows)-1].User
		}
		if len(rows) < linksAtOnce {
			return nil
		}
	}
}

// exportColumns are what is told of a user and a link; what rests in a link,
// such as its sealed token, stays where it is.
const exportColumns = `u.id AS user_id, u.login AS user_login, u.name AS user_name, u.email AS user_email, u.role AS user_role, u.disabled AS user_disabled,
l.user_id AS link_user_id, l.email AS link_email, l.state AS link_state, l.saved AS link_saved, l.paused AS link_paused, l.last_success_ms AS link_last_success_ms,
l.next_run_ms AS link_next_run_ms, l.pause_until_ms AS link_pause_until_ms, l.failures AS link_failures, l.error_key AS link_error_key,
l.error_args AS link_error_args, l.backlog AS link_backlog,
(SELECT COUNT(*) FROM agcrm_google_held h WHERE h.user_id = u.id AND h.decision = '') AS held,
(SELECT COUNT(*) FROM agcrm_google_left_aside a WHERE a.user_id = u.id) AS left_aside`

// linksBehind reads the first of the chosen employees who come behind one; a
// zero User is before all.
func (db *DB) linksBehind(ctx context.Context, f LinkFilter, last User) ([]LinkRow, error) {
	chosen := db.chosenUsers(ctx, f).Select(listedUser).Order("login, id").Limit(linksAtOnce)
	if last.Login != "" {
		chosen = chosen.Where("login > ? OR login = ? AND id > ?", last.Login, last.Login, last.ID)
	}
	var found []struct {
		User      User `gorm:"embedded;embeddedPrefix:user_"`
		Link      Link `gorm:"embedded;embeddedPrefix:link_"` // all zero where there is none
		Held      int64
		LeftAside int64
	}
	err := db.with(ctx).Table("(?) AS u", chosen).Select(exportColumns).
		Joins("LEFT JOIN agcrm_google_links l ON l.user_id = u.id").Order("u.login, u.id").Scan(&found).Error
	if err != nil {
		return nil, fmt.Errorf("list all links: %w", err)
	}
	rows := make([]LinkRow, len(found))
	for i, r := range found {
		rows[i] = LinkRow{User: r.User, Held: r.Held, LeftAside: r.LeftAside}
		if r.Link.UserID != 0 {
			rows[i].Link = &found[i].Link
		}
	}
	return rows, nil
}
