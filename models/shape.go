package models

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	mssql "github.com/microsoft/go-mssqldb"
)

// tableShape is what stands behind the name schedules on SQL Server: the zero
// value is a table as this service makes it.
type tableShape struct {
	view bool

	// unversioned tells why row_version says nothing; contents are compared then.
	unversioned string

	// columns are as they are declared. Of a view's required columns id and
	// row_version an insert must name those in filler although the trigger chooses
	// the value.
	columns          map[string]column
	required, filler []string
	refilled         bool // filler was corrected by what a write said

	// unstamped: updated_at is an expression, which cannot be written.
	unstamped bool
}

// shape is what Migrate found.
func (db *DB) shape() tableShape {
	if found := db.found.Load(); found != nil {
		return *found
	}
	return tableShape{}
}

// ScheduleTable tells what stands behind the name schedules, for doctor: whether
// it is a view, and, if row_version is of no use for finding changes, why. It
// changes nothing.
func (db *DB) ScheduleTable(ctx context.Context) (view bool, unversioned string, err error) {
	if db.dialect != SQLServer {
		return false, "", nil
	}
	shape, err := db.inspect(ctx)
	return shape.view, shape.unversioned, err
}

// column is a line of sys.columns; of SQLite's, which has no such types, only names count.
type column struct {
	Name, TypeName string
	CollationName  string
	MaxLength      int
	Digits, Scale  int
	Nullable       bool
}

// own is the object of a name in the login's own schema, and nowhere else.
const own = `OBJECT_ID(QUOTENAME(SCHEMA_NAME()) + N'.' + QUOTENAME(?))`

// columnsOf reads the columns of a table or view; none where there is no such one.
func (db *DB) columnsOf(ctx context.Context, table string) (map[string]column, error) {
	question := "SELECT name, type AS type_name FROM pragma_table_info(?)"
	if db.dialect == SQLServer {
		question = `SELECT c.name, TYPE_NAME(c.system_type_id) AS type_name, COALESCE(c.collation_name, '') AS collation_name, c.max_length,
c.[precision] AS digits, c.scale, c.is_nullable AS nullable
FROM sys.columns c WHERE c.object_id = ` + own
	}
	var list []column
	if err := db.with(ctx).Raw(question, table).Scan(&list).Error; err != nil {
		return nil, fmt.Errorf("read the columns of %s: %w", table, err)
	}
	byName := make(map[string]column, len(list))
	for _, c := range list {
		byName[strings.ToLower(c.Name)] = c
	}
	return byName, nil
}

// sqlType is the column's type as T-SQL writes it.
func (c column) sqlType() string {
	length := func(unit int) string {
		if c.MaxLength < 0 {
			return c.TypeName + "(max)"
		}
		return c.TypeName + "(" + strconv.Itoa(c.MaxLength/unit) + ")"
	}
	switch c.TypeName {
	case "nvarchar", "nchar":
		return length(2)
	case "varchar", "char", "varbinary", "binary":
		return length(1)
	case "datetime2", "datetimeoffset", "time":
		return c.TypeName + "(" + strconv.Itoa(c.Scale) + ")"
	case "decimal", "numeric":
		return fmt.Sprintf("%s(%d, %d)", c.TypeName, c.Digits, c.Scale)
	}
	return c.TypeName
}

// as is a parameter in the column's own type. Text that is too long for it is
// cut where it would otherwise be refused, in the column's own unit: bytes of the
// code page of its collation where it is no Unicode column.
func (c column) as() string {
	if c.TypeName == "varchar" || c.TypeName == "char" {
		return "CAST(? COLLATE " + c.CollationName + " AS " + c.sqlType() + ")"
	}
	return "CAST(? AS " + c.sqlType() + ")"
}

// cutText tells whether the column is text of a limited width.
func (c column) cutText() bool {
	return strings.HasSuffix(c.TypeName, "char") && c.MaxLength > 0
}

// mark is the place of a parameter for a column in an insert or update. What
// people write may be longer than a CRM has room for, and is cut to the width of
// the view's column; a rule or a zone, which means nothing when cut, is not.
func (s tableShape) mark(name string) string {
	c := s.columns[name]
	if s.view && c.cutText() && (name == "subject" || name == "location" || name == "body") {
		return c.as()
	}
	return "?"
}

// inspect looks at what stands behind the name schedules.
func (db *DB) inspect(ctx context.Context) (tableShape, error) {
	columns, err := db.columnsOf(ctx, "schedules")
	if err != nil {
		return tableShape{}, err
	}
	shape := tableShape{columns: columns}
	var views int
	err = db.with(ctx).Raw("SELECT COUNT(*) FROM sys.views v WHERE v.object_id = "+own, "schedules").Scan(&views).Error
	if err != nil {
		return tableShape{}, fmt.Errorf("look at the schedule table: %w", err)
	}
	shape.view = views > 0
	if version := columns["row_version"].TypeName; version != "timestamp" && version != "rowversion" && len(columns) > 0 {
		shape.unversioned = "it has no column row_version of type rowversion"
	}
	if !shape.view {
		return shape, nil
	}
	for _, name := range []string{"id", "row_version"} {
		if c, there := columns[name]; there && !c.Nullable {
			shape.required = append(shape.required, name)
		}
	}
	if db.viewInserts(ctx) {
		shape.filler = shape.required
	}
	if shape.unversioned == "" {
		shape.unversioned, err = db.foreignCounter(ctx)
	}
	return shape, err
}

// viewInserts tells whether the schedule view has an INSTEAD OF INSERT trigger.
// SQL Server then asks an insert for a value for each column that cannot be
// NULL, the identity and the rowversion included; without one it refuses them.
// Where the login may not see triggers the first write tells (see learn).
func (db *DB) viewInserts(ctx context.Context) bool {
	var triggers int
	err := db.with(ctx).Raw(`SELECT COUNT(*) FROM sys.triggers t JOIN sys.trigger_events e ON e.object_id = t.object_id
WHERE t.is_instead_of_trigger = 1 AND t.is_disabled = 0 AND e.type_desc = N'INSERT' AND t.parent_id = `+own, "schedules").Scan(&triggers).Error
	return err == nil && triggers > 0
}

// foreignCounter tells whether the view's rowversion is counted by another
// database: MIN_ACTIVE_ROWVERSION speaks of this one only. It looks through the
// views and synonyms that the view is made of. Where the login may not see them,
// the type is trusted.
func (db *DB) foreignCounter(ctx context.Context) (string, error) {
	const foreign = "its rows are in another database, whose counter is not this one's"
	var own []string
	if err := db.with(ctx).Raw("SELECT QUOTENAME(SCHEMA_NAME()) + N'.schedules' AS name").Scan(&own).Error; err != nil {
		return "", fmt.Errorf("look at the schedule view: %w", err)
	}
	for seen := 0; seen < len(own) && seen < 50; seen++ {
		var parts []struct {
			Away int
			View string
		}
		err := db.with(ctx).Raw(`SELECT DISTINCT
CASE WHEN COALESCE(r.referenced_server_name, PARSENAME(y.base_object_name, 4)) IS NOT NULL
OR COALESCE(r.referenced_database_name, PARSENAME(y.base_object_name, 3)) <> DB_NAME() THEN 1 ELSE 0 END AS away,
COALESCE(QUOTENAME(SCHEMA_NAME(v.schema_id)) + N'.' + QUOTENAME(v.name), N'') AS [view]
FROM sys.dm_sql_referenced_entities(?, N'OBJECT') r
LEFT JOIN sys.synonyms y ON y.object_id = r.referenced_id
LEFT JOIN sys.views v ON v.object_id = COALESCE(OBJECT_ID(y.base_object_name), r.referenced_id)
WHERE r.referenced_minor_id = 0`, own[seen]).Scan(&parts).Error
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if err != nil {
			return "", nil //nolint:nilerr // it may not be seen
		}
		for _, part := range parts {
			if part.Away != 0 {
				return foreign, nil
			}
			if part.View != "" && !slices.Contains(own, part.View) {
				own = append(own, part.View)
			}
		}
	}
	return "", nil
}

// errLearned says that the same transaction will go otherwise now.
var errLearned = errors.New("the schedule view is written otherwise from now on")

// learn notes what only a write can tell of a view, and has the transaction tried
// again: that updated_at is an expression (error 4406), NULL as a rule, since the
// CRM's table has no such column; that id and row_version must not be given
// (273, 544), or must (515), which a login that may not see the view's triggers
// cannot know.
func (db *DB) learn(err error) error {
	var server mssql.Error
	shape := db.shape()
	if !errors.As(err, &server) || !shape.view {
		return err
	}
	switch n := server.Number; {
	case n == 4406 && !shape.unstamped:
		shape.unstamped = true
	case (n == 273 || n == 544) && len(shape.filler) > 0 && !shape.refilled:
		shape.filler, shape.refilled = nil, true
	case n == 515 && len(shape.filler) == 0 && len(shape.required) > 0 && !shape.refilled:
		shape.filler, shape.refilled = shape.required, true
	default:
		return err
	}
	db.found.Store(&shape)
	return fmt.Errorf("%w: %w", errLearned, err)
}

// version is a row version as a number that can be compared with a pair's:
// SQL Server's counter, or, where that is of no use, a digest of the contents.
func (db *DB) version(alias string) string {
	switch {
	case db.dialect != SQLServer:
		return alias + ".row_version"
	case db.shape().unversioned == "":
		return "CAST(" + alias + ".row_version AS bigint)"
	}
	var parts []string
	for _, name := range append(editColumns[:len(editColumns):len(editColumns)], "updated_at") {
		value := alias + "." + name
		switch name {
		case "start_at", "end_at", "original_start_at", "updated_at":
			value = "CONVERT(nvarchar(30), " + value + ", 126)"
		case "subject", "location", "body", "time_zone", "recurrence":
			// CONCAT cuts after 8,000 bytes unless one part has no limit, and joins no two collations.
			value = "CAST(" + value + " AS nvarchar(max)) COLLATE Latin1_General_BIN2"
		}
		parts = append(parts, value)
	}
	// Seven bytes of the digest: a positive number, never one of Change.Base's special values.
	return "CAST(SUBSTRING(HASHBYTES('SHA2_256', CONCAT(" + strings.Join(parts, ", NCHAR(31), ") + ")), 1, 7) AS bigint)"
}
