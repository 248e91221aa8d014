package models

import (
	"context"
	"fmt"
	"strings"

	"gorm.io/gorm"
)

// LinkFilter chooses rows of the administrators' list of links.
type LinkFilter struct {
	Query         string // part of login, name or e-mail
	Broken        bool   // only those to be linked again, as CountBrokenLinks counts them
	Offset, Limit int
}

// LinkRow is one employee in that list; Link is nil where there is none.
type LinkRow struct {
	User            User
	Link            *Link
	Held, LeftAside int64
}

// literally keeps what people type from being read as a pattern, in which SQL
// Server knows ranges in brackets too.
var literally = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`, "[", `\[`)

// LinkRows reads a page of all employees with their links, in order of login,
// and how many there are in all, in a fixed number of statements.
func (db *DB) LinkRows(ctx context.Context, f LinkFilter) (rows []LinkRow, total int64, err error) {
	find := func() *gorm.DB {
		q := db.with(ctx).Model(&User{})
		if f.Query != "" {
			like := "%" + literally.Replace(f.Query) + "%"
			q = q.Where(`login LIKE ? ESCAPE '\' OR name LIKE ? ESCAPE '\' OR email LIKE ? ESCAPE '\'`, like, like, like)
		}
		if f.Broken {
			q = q.Where("id IN (SELECT user_id FROM agcrm_google_links WHERE " + brokenLinks + ")")
		}
		return q
	}
	if err := find().Count(&total).Error; err != nil {
		return nil, 0, fmt.Errorf("count users: %w", err)
	}
	var users []User
	if err := find().Select("id, login, name, COALESCE(email, '') AS email, role, disabled").
		Order("login").Offset(f.Offset).Limit(f.Limit).Find(&users).Error; err != nil {
		return nil, 0, fmt.Errorf("list users: %w", err)
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
	if held, err = db.countByUser(ctx, ids, "agcrm_google_held", "decision = ''"); err != nil {
		return nil, nil, nil, err
	}
	aside, err = db.countByUser(ctx, ids, "agcrm_google_left_aside", "1 = 1")
	return links, held, aside, err
}

func (db *DB) countByUser(ctx context.Context, ids []int64, table, where string) (map[int64]int64, error) {
	counts := map[int64]int64{}
	for part := range chunks(ids, db.batch(1)) {
		var rows []struct{ UserID, N int64 }
		err := db.with(ctx).Table(table).Select("user_id, COUNT(*) AS n").Where(where).
			Where("user_id IN ?", part).Group("user_id").Find(&rows).Error
		if err != nil {
			return nil, fmt.Errorf("count rows of %s: %w", table, err)
		}
		for _, r := range rows {
			counts[r.UserID] = r.N
		}
	}
	return counts, nil
}
