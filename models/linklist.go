package models

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// LinkFilter chooses rows of the administrators' list of links.
type LinkFilter struct {
	Query         string // part of login, name or e-mail
	State         string // one of LinkStates; another one is all
	Offset, Limit int
}

// The states by which the list of links is filtered and counted. An employee can
// be in several: one with a failing link may have held deletions too.
const (
	StateOK      = "ok"
	StateBroken  = "broken" // to be linked again, as CountBrokenLinks counts them
	StateFailing = "failing"
	StatePaused  = "paused"
	StateHeld    = "held"    // deletions wait for a decision
	StateBehind  = "behind"  // something is left to be carried to Google
	StateUnsaved = "unsaved" // linked, but nothing is synchronised yet
	StateNone    = "none"    // not linked
)

// LinkStates are those states in the order in which people look for trouble.
var LinkStates = []string{StateBroken, StateFailing, StateHeld, StateBehind, StatePaused, StateUnsaved, StateNone, StateOK}

// stateOf chooses the employees of each state, from the table users.
var stateOf = map[string]string{
	StateOK: "id IN (SELECT user_id FROM agcrm_google_links WHERE state = 'active' AND saved = 1 AND paused = 0 AND failures = 0" +
		" AND last_success_ms > 0) AND disabled = 0",
	StateBroken:  "id IN (SELECT user_id FROM agcrm_google_links WHERE " + brokenLinks + ")",
	StateFailing: "id IN (SELECT user_id FROM agcrm_google_links WHERE state = 'active' AND failures > 0)",
	StatePaused:  "id IN (SELECT user_id FROM agcrm_google_links WHERE paused = 1)",
	StateHeld:    "id IN (SELECT user_id FROM agcrm_google_held WHERE decision = '')",
	StateBehind:  "id IN (SELECT user_id FROM agcrm_google_links WHERE backlog > 0)",
	StateUnsaved: "id IN (SELECT user_id FROM agcrm_google_links WHERE state = 'active' AND saved = 0)",
	StateNone:    "id NOT IN (SELECT user_id FROM agcrm_google_links) AND disabled = 0",
}

// LinkOverview counts all employees, those in each of LinkStates, and the
// deletions that wait.
type LinkOverview struct {
	Employees int64
	States    map[string]int64
	Held      int64 // deletions, not employees
}

// LinkOverview reads the numbers in one statement.
func (db *DB) LinkOverview(ctx context.Context) (LinkOverview, error) {
	parts := []string{"SELECT '' AS state, COUNT(*) AS n FROM users",
		"SELECT 'deletions', COUNT(*) FROM agcrm_google_held WHERE decision = ''"}
	for _, state := range LinkStates {
		parts = append(parts, "SELECT '"+state+"', COUNT(*) FROM users WHERE "+stateOf[state])
	}
	var rows []struct {
		State string
		N     int64
	}
	if err := db.with(ctx).Raw(strings.Join(parts, " UNION ALL ")).Scan(&rows).Error; err != nil {
		return LinkOverview{}, fmt.Errorf("count the links by state: %w", err)
	}
	o := LinkOverview{States: map[string]int64{}}
	for _, row := range rows {
		switch row.State {
		case "":
			o.Employees = row.N
		case "deletions":
			o.Held = row.N
		default:
			o.States[row.State] = row.N
		}
	}
	return o, nil
}

// LinkRow is one employee in that list; Link is nil where there is none.
type LinkRow struct {
	User            User
	Link            *Link
	Held, LeftAside int64
}

// UserPage reads a page of the accounts, in order of login, and how many the
// query chooses in all. Password hashes stay where they are.
func (db *DB) UserPage(ctx context.Context, query string, offset, limit int) (users []User, total int64, err error) {
	return db.usersOf(ctx, LinkFilter{Query: query, Offset: offset, Limit: limit})
}

// UserNames maps these users to what they are called.
func (db *DB) UserNames(ctx context.Context, ids []int64) (map[int64]string, error) {
	names := map[int64]string{}
	for part := range chunks(ids, db.batch(1)) {
		var users []User
		if err := db.with(ctx).Select("id, login, name").Where("id IN ?", part).Find(&users).Error; err != nil {
			return nil, fmt.Errorf("read names: %w", err)
		}
		for _, u := range users {
			names[u.ID] = u.DisplayName()
		}
	}
	return names, nil
}

func (db *DB) usersOf(ctx context.Context, f LinkFilter) (users []User, total int64, err error) {
	if err := db.chosenUsers(ctx, f).Count(&total).Error; err != nil {
		return nil, 0, fmt.Errorf("count users: %w", err)
	}
	err = db.chosenUsers(ctx, f).Select(listedUser).Order("login").Offset(f.Offset).Limit(f.Limit).Find(&users).Error
	if err != nil {
		return nil, 0, fmt.Errorf("list users: %w", err)
	}
	return users, total, nil
}

// listedUser is what lists tell of a user.
const listedUser = "id, login, name, COALESCE(email, '') AS email, role, disabled"

// chosenUsers are the users whom a filter chooses, whatever its page.
func (db *DB) chosenUsers(ctx context.Context, f LinkFilter) *gorm.DB {
	q := db.with(ctx).Model(&User{})
	if f.Query != "" {
		like := "%" + literally.Replace(f.Query) + "%"
		q = q.Where(`login LIKE ? ESCAPE '\' OR name LIKE ? ESCAPE '\' OR email LIKE ? ESCAPE '\'`, like, like, like)
	}
	if where := stateOf[f.State]; where != "" {
		q = q.Where(where)
	}
	return q
}

// literally keeps what people type from being read as a pattern, in which SQL
// Server knows ranges in brackets too.
var literally = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`, "[", `\[`)

// LinkRows reads a page of all employees with their links, in order of login,
// and how many there are in all, in a fixed number of statements.
func (db *DB) LinkRows(ctx context.Context, f LinkFilter) (rows []LinkRow, total int64, err error) {
	users, total, err := db.usersOf(ctx, f)
	if err != nil {
		return nil, 0, err
	}
	ids := make([]int64, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	links, held, aside, err := db.linkFacts(ctx, ids)
	if err != nil {
		return nil, 0, err
	}
	for _, u := range users {
		rows = append(rows, LinkRow{User: u, Link: links[u.ID], Held: held[u.ID], LeftAside: aside[u.ID]})
	}
	return rows, total, nil
}

func (db *DB) linkFacts(ctx context.Context, ids []int64) (links map[int64]*Link, held, aside map[int64]int64, err error) {
	links = map[int64]*Link{}
	var list []*Link
	for part := range chunks(ids, db.batch(1)) {
		var some []*Link
		if err := db.with(ctx).Where("user_id IN ?", part).Find(&some).Error; err != nil {
			return nil, nil, nil, fmt.Errorf("list links: %w", err)
		}
		list = append(list, some...)
	}
	for _, l := range list {
		links[l.UserID] = l
	}
	held, aside = map[int64]int64{}, map[int64]int64{}
	for part := range slices.Chunk(ids, db.batch(2)) {
		var rows []struct{ UserID, Held, Aside int64 }
		in := marks(len(part))
		err := db.with(ctx).Raw("SELECT user_id, COUNT(*) AS held, 0 AS aside FROM agcrm_google_held WHERE decision = '' AND user_id IN ("+in+") GROUP BY user_id"+
			" UNION ALL SELECT user_id, 0, COUNT(*) FROM agcrm_google_left_aside WHERE user_id IN ("+in+") GROUP BY user_id",
			append(anySlice(part), anySlice(part)...)...).Scan(&rows).Error
		if err != nil {
			return nil, nil, nil, fmt.Errorf("count what waits: %w", err)
		}
		for _, r := range rows {
			held[r.UserID] += r.Held
			aside[r.UserID] += r.Aside
		}
	}
	return links, held, aside, nil
}
