package models

import (
	"context"
	"fmt"
	"strings"
)

// Addresses tell whose an address is in a guest list.
type Addresses struct {
	owner  map[string]int64
	linked map[int64]bool
}

// Employee is the user of an address, without regard to case; 0 is nobody here.
func (a Addresses) Employee(address string) int64 { return a.owner[strings.ToLower(address)] }

// Linked tells whether a user's account is linked.
func (a Addresses) Linked(userID int64) bool { return a.linked[userID] }

// Addresses reads every employee's addresses in one statement: the linked
// accounts' come first, then those of linked calendars, then users.email.
func (db *DB) Addresses(ctx context.Context) (Addresses, error) {
	var list []struct {
		UserID, Place int64
		Address       string
	}
	err := db.with(ctx).Raw(`SELECT user_id, 1 AS place, ` + db.anyText("email") + ` AS address FROM agcrm_google_links
UNION ALL SELECT c.user_id, 2, ` + db.anyText("c.calendar_id") + ` FROM agcrm_google_calendars c
UNION ALL SELECT id, 3, ` + db.anyText("email") + ` FROM users WHERE email IS NOT NULL ORDER BY place, user_id`).Scan(&list).Error
	if err != nil {
		return Addresses{}, fmt.Errorf("read the employees' addresses: %w", err)
	}
	a := Addresses{owner: map[string]int64{}, linked: map[int64]bool{}}
	for _, entry := range list {
		address := strings.ToLower(strings.TrimSpace(entry.Address))
		if _, known := a.owner[address]; !known && address != "" {
			a.owner[address] = entry.UserID
		}
		if entry.Place == 1 {
			a.linked[entry.UserID] = true
		}
	}
	return a, nil
}

// anyText is a column of text that stands in one column of a result with others:
// SQL Server joins no two collations there (error 451).
func (db *DB) anyText(column string) string {
	if db.dialect == SQLServer {
		return "CAST(" + column + " AS nvarchar(255)) COLLATE Latin1_General_BIN2"
	}
	return column
}
