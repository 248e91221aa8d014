package models

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// shared are the tables that may be the CRM's, or views over them, with their
// columns. A view may lack row_version: contents are compared then.
var shared = map[string][]string{
	"users":                 {"id", "login", "name", "email", "role", "password_hash", "locale", "time_zone", "disabled"},
	"schedules":             append([]string{"id"}, append(editColumns, "updated_at", "row_version")...),
	"schedule_participants": {"schedule_id", "user_id", "response"},
}

// schema is the login's default schema, in which all names are looked for.
func (db *DB) schema(ctx context.Context) (string, error) {
	var name string
	if err := db.with(ctx).Raw("SELECT SCHEMA_NAME() AS name").Scan(&name).Error; err != nil {
		return "", fmt.Errorf("ask for the login's default schema: %w", err)
	}
	return name, nil
}

// bracket quotes a name for T-SQL.
func bracket(name string) string { return "[" + strings.ReplaceAll(name, "]", "]]") + "]" }

// checkShared refuses a table of one of the three shared names that is not laid
// out as ours: it is somebody else's, and must neither be read as appointments
// nor given passwords to keep.
func (db *DB) checkShared(ctx context.Context) error {
	for table, wanted := range shared {
		columns, err := db.columnsOf(ctx, table)
		if err != nil {
			return err
		}
		if len(columns) == 0 {
			continue // migrate makes it
		}
		var missing []string
		for _, name := range wanted {
			if _, there := columns[name]; !there && (name != "row_version" || db.dialect == SQLite) {
				missing = append(missing, name)
			}
		}
		if len(missing) > 0 {
			return db.foreignTable(ctx, table, missing)
		}
	}
	return nil
}

// foreignTable says that a table is another program's, and what to do about it.
func (db *DB) foreignTable(ctx context.Context, table string, missing []string) error {
	remedy := "name a file of this service's own in AGCRM_DATABASE"
	if db.dialect == SQLServer {
		schema, err := db.schema(ctx)
		if err != nil {
			return err
		}
		table = schema + "." + table
		remedy = "give this service's login a default schema of its own (ALTER USER ... WITH DEFAULT_SCHEMA = ...), " +
			"and there lay views over the CRM's tables if it shall work on them, as install.md shows"
	}
	return fmt.Errorf("%s is not laid out as this service needs it (it has no %s), so it belongs to another program and was left alone: %s",
		table, strings.Join(missing, ", "), remedy)
}

// checkNames refuses to go on where a name of ours is not found in the login's
// own schema: SQL Server would then look in dbo, and find another program's.
func (db *DB) checkNames(ctx context.Context) error {
	wanted, err := tableNames()
	if err != nil {
		return err
	}
	var found []string
	err = db.with(ctx).Raw("SELECT o.name FROM sys.objects o WHERE o.schema_id = SCHEMA_ID(SCHEMA_NAME()) AND o.name IN ?", wanted).Scan(&found).Error
	if err != nil {
		return fmt.Errorf("look for this service's tables: %w", err)
	}
	missing := slices.DeleteFunc(wanted, func(name string) bool { return slices.Contains(found, name) })
	if len(missing) == 0 {
		return nil
	}
	schema, err := db.schema(ctx)
	if err != nil {
		return err
	}
	return fmt.Errorf("the login's default schema %s lacks %s, although the database counts as migrated: the tables are in another schema, "+
		"or the login may not see them. Make the schema that holds them the login's default schema, or grant it the rights that migrate --print lists",
		schema, strings.Join(missing, ", "))
}

var createTable = regexp.MustCompile(`CREATE TABLE (\w+)`)

// tableNames are all tables that the SQL Server migrations make.
func tableNames() ([]string, error) {
	files, err := migrationFiles(SQLServer)
	if err != nil {
		return nil, err
	}
	names := []string{versionTable}
	for _, file := range files {
		text, err := migrations.ReadFile(file)
		if err != nil {
			return nil, err
		}
		for _, match := range createTable.FindAllStringSubmatch(string(text), -1) {
			names = append(names, match[1])
		}
	}
	return names, nil
}
