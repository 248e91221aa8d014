package models

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// CheckSchema tells, as Migrate would, whether the names of the tables mean what
// this service takes them for. It changes nothing.
func (db *DB) CheckSchema(ctx context.Context) error {
	if err := db.checkShared(ctx); err != nil || db.dialect != SQLServer {
		return err
	}
	have, want, err := db.SchemaVersion(ctx)
	if err != nil || have < want { // the names are complete only at this program's version
		return err
	}
	return db.checkNames(ctx)
}

// OtherSchemas names the login's default schema, and those other schemas of the
// database in which tables of this service stand: another installation's, or its
// own where the default schema was never set. Both are empty on SQLite.
func (db *DB) OtherSchemas(ctx context.Context) (own string, others []string, err error) {
	if db.dialect != SQLServer {
		return "", nil, nil
	}
	if own, err = db.schema(ctx); err != nil {
		return "", nil, err
	}
	err = db.with(ctx).Raw(`SELECT SCHEMA_NAME(o.schema_id) AS name FROM sys.objects o
WHERE o.name = ? AND o.schema_id <> SCHEMA_ID(SCHEMA_NAME()) ORDER BY 1`, versionTable).Scan(&others).Error
	if err != nil {
		return own, nil, fmt.Errorf("look for other installations: %w", err)
	}
	return own, others, nil
}

// MissingRights lists what the login may not do with the tables that it sees
// and needs to, such as "UPDATE agcrm_google_links"; nothing on SQLite.
func (db *DB) MissingRights(ctx context.Context) (missing []string, err error) {
	if db.dialect != SQLServer {
		return nil, nil
	}
	names, err := tableNames()
	if err != nil {
		return nil, err
	}
	var lacking []struct{ Name, Verb string }
	err = db.with(ctx).Raw(`SELECT o.name, v.verb FROM sys.objects o
CROSS JOIN (SELECT N'SELECT' AS verb UNION ALL SELECT N'INSERT' UNION ALL SELECT N'UPDATE' UNION ALL SELECT N'DELETE') v
WHERE o.schema_id = SCHEMA_ID(SCHEMA_NAME()) AND o.name IN ?
AND HAS_PERMS_BY_NAME(QUOTENAME(SCHEMA_NAME()) + N'.' + QUOTENAME(o.name), N'OBJECT', v.verb) = 0`, names).Scan(&lacking).Error
	if err != nil {
		return nil, fmt.Errorf("ask for the login's rights: %w", err)
	}
	for _, l := range lacking {
		if strings.Contains(rightsOn(l.Name), l.Verb) {
			missing = append(missing, l.Verb+" "+l.Name)
		}
	}
	slices.Sort(missing)
	return missing, nil
}

// rightsOn are the rights that the service needs on a table.
func rightsOn(table string) string {
	switch table {
	case "users":
		return "SELECT, INSERT, UPDATE"
	case versionTable:
		return "SELECT"
	}
	return "SELECT, INSERT, UPDATE, DELETE"
}
