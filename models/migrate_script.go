package models

import (
	"context"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

var gooseLine = regexp.MustCompile(`(?m)^-- \+goose.*\n`)

// MigrationScript is the SQL that a database administrator can run by hand
// instead of Migrate, with the bookkeeping that makes it count as migrated.
//
// For SQL Server it is one batch in one transaction, passes over the versions
// that the database has already, refuses another program's tables as Migrate
// does, and grants the service's login what it needs. Names carry the login's
// default schema where the server answers, so that it does not matter who runs
// the script; without an answer, which is waited for a few seconds, whoever runs
// it must have that default schema.
func MigrationScript(dsn string) (string, error) {
	_, dialect, err := dialectorOf(dsn)
	if err != nil {
		return "", err
	}
	files, err := migrationFiles(dialect)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(scriptHead[dialect])
	if dialect == SQLServer {
		writeGuards(&b)
	}
	for i, file := range files {
		text, err := migrations.ReadFile(file)
		if err != nil {
			return "", err
		}
		body := strings.TrimSpace(gooseLine.ReplaceAllString(string(text), ""))
		fmt.Fprintf(&b, scriptVersion[dialect], i+1, body)
	}
	if dialect == SQLite {
		b.WriteString("COMMIT;\n")
		return b.String(), nil
	}
	schema, user := loginOf(dsn)
	if err := writeGrants(&b, user); err != nil {
		return "", err
	}
	b.WriteString("COMMIT TRANSACTION;\n")
	return scriptNote(schema) + qualify(b.String(), schema), nil
}

var scriptHead = map[string]string{
	SQLite: `BEGIN IMMEDIATE;
CREATE TABLE ` + versionTable + ` (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL, is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')));
INSERT INTO ` + versionTable + ` (version_id, is_applied) VALUES (0, 1);

`,
	// The settings are what an index with a condition asks for; sqlcmd comes with others.
	SQLServer: `SET ANSI_NULLS, ANSI_PADDING, ANSI_WARNINGS, ARITHABORT, CONCAT_NULL_YIELDS_NULL, QUOTED_IDENTIFIER ON;
SET NUMERIC_ROUNDABORT OFF;
SET XACT_ABORT ON;
BEGIN TRANSACTION;

IF OBJECT_ID(QUOTENAME(SCHEMA_NAME()) + N'.` + versionTable + `') IS NULL
EXEC(N'CREATE TABLE ` + versionTable + ` (id int NOT NULL IDENTITY(1,1) PRIMARY KEY, version_id bigint NOT NULL, is_applied bit NOT NULL, tstamp datetime NULL DEFAULT CURRENT_TIMESTAMP);
INSERT INTO ` + versionTable + ` (version_id, is_applied) VALUES (0, 1)');

`,
}

var scriptVersion = map[string]string{
	SQLite: "-- version %[1]d\n%[2]s\nINSERT INTO " + versionTable + " (version_id, is_applied) VALUES (%[1]d, 1);\n\n",
	SQLServer: "-- version %[1]d\nIF NOT EXISTS (SELECT 1 FROM " + versionTable + " WHERE version_id = %[1]d)\nBEGIN\n%[2]s\nINSERT INTO " +
		versionTable + " (version_id, is_applied) VALUES (%[1]d, 1);\nEND;\n\n",
}

func scriptNote(schema string) string {
	note := "-- The tables of agcrm-google. Run this in the CRM's database; running it again does no harm.\n"
	if schema == "" {
		note += "-- The server was not asked for the service's default schema: run this as somebody who has the same one.\n"
	}
	return note + "\n"
}

// writeGuards stops the script where Migrate would stop.
func writeGuards(b *strings.Builder) {
	for _, table := range []string{"users", "schedules", "schedule_participants"} {
		var names []string
		for _, name := range shared[table] {
			if name != "row_version" {
				names = append(names, "N'"+name+"'")
			}
		}
		object := "OBJECT_ID(QUOTENAME(SCHEMA_NAME()) + N'." + table + "')"
		fmt.Fprintf(b, `IF %[1]s IS NOT NULL AND %[2]d > (SELECT COUNT(*) FROM sys.columns WHERE object_id = %[1]s AND name IN (%[3]s))
BEGIN;
    THROW 50000, N'%[4]s stands in this schema and is another program''s: give the service a schema of its own.', 1;
END;
`, object, len(names), strings.Join(names, ", "), table)
	}
	b.WriteString("\n")
}

// loginOf asks the server for the default schema and the name in the database
// that the service's login has. Without an answer the user is that of the URL.
func loginOf(dsn string) (schema, user string) {
	if u, err := url.Parse(dsn); err == nil {
		user = u.User.Username()
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	db, err := Open(ctx, dsn, Options{})
	if err != nil {
		return "", user
	}
	defer db.Close()
	var who struct{ SchemaName, UserName string }
	if db.with(ctx).Raw("SELECT SCHEMA_NAME() AS schema_name, USER_NAME() AS user_name").Scan(&who).Error != nil {
		return "", user
	}
	return who.SchemaName, who.UserName
}

// writeGrants gives the service's login the rights it needs and no more. Who
// owns the schema has them anyway, and T-SQL refuses to grant them to him.
func writeGrants(b *strings.Builder, user string) error {
	if user == "" {
		b.WriteString("-- The service signs in with a Windows account: put its user of this database in the place of [THE_SERVICE].\n")
		user = "THE_SERVICE"
	}
	names, err := tableNames()
	if err != nil {
		return err
	}
	slices.Sort(names)
	text, who := "N'"+strings.ReplaceAll(user, "'", "''")+"'", bracket(user)
	fmt.Fprintf(b, `-- What the service may do, unless it owns the schema.
IF DATABASE_PRINCIPAL_ID(%[1]s) > 4 AND DATABASE_PRINCIPAL_ID(%[1]s) <> (SELECT principal_id FROM sys.schemas WHERE name = SCHEMA_NAME())
BEGIN
`, text)
	for _, name := range names {
		fmt.Fprintf(b, "GRANT %s ON %s TO %s;\n", rightsOn(name), name, who)
	}
	fmt.Fprintf(b, `-- Of a view: what it is made of, to see whether its row_version can be used.
IF EXISTS (SELECT 1 FROM sys.views WHERE object_id = OBJECT_ID(QUOTENAME(SCHEMA_NAME()) + N'.schedules')) EXEC(N'GRANT VIEW DEFINITION ON schedules TO %s');
END;

-- For you to decide: where schedules is a view over the CRM's table, changes are found at once if that table
-- has an index on its rowversion column, such as CREATE INDEX agcrm_google_row_version ON dbo.T_SCHEDULE (ROW_VER).

`, strings.ReplaceAll(who, "'", "''"))
	return nil
}

var tablePlace = regexp.MustCompile(`\b(CREATE TABLE|ALTER TABLE|UPDATE|INSERT INTO|FROM|ON) (agcrm_google_\w+|users|schedules|schedule_participants)\b`)

// qualify puts a schema, if one is known, before the names of tables.
func qualify(script, schema string) string {
	if schema == "" || strings.ContainsAny(schema, "'$") {
		return script
	}
	script = tablePlace.ReplaceAllString(script, "$1 "+bracket(schema)+".$2")
	return strings.ReplaceAll(script, "SCHEMA_NAME()", "N'"+schema+"'")
}
