package models

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// insertSchedules inserts rows and returns their ids in the same order.
func (db *DB) insertSchedules(tx *gorm.DB, rows []Schedule) ([]int64, error) {
	if db.dialect == SQLServer {
		return db.insertOneByOne(tx, rows)
	}
	columns := db.insertColumns()
	head := "INSERT INTO schedules (" + strings.Join(columns, ", ") + ") VALUES "
	var ids []int64
	for len(rows) > 0 {
		part := rows[:min(len(rows), db.batch(len(columns)))]
		rows = rows[len(part):]
		one := "(" + marks(len(columns)) + ")"
		args := make([]any, 0, len(part)*len(columns))
		for _, row := range part {
			args = append(args, db.values(row)...)
		}
		var got []int64
		statement := head + one + strings.Repeat(","+one, len(part)-1) + " RETURNING id"
		if err := tx.Raw(statement, args...).Scan(&got).Error; err != nil {
			return nil, fmt.Errorf("insert schedules: %w", byTable(err))
		}
		if len(got) != len(part) {
			return nil, fmt.Errorf("insert schedules: %d keys for %d rows", len(got), len(part))
		}
		slices.Sort(got)
		ids = append(ids, got...) // keys grow in the order of VALUES, RETURNING promises no order
	}
	return ids, nil
}

// insertOneByOne inserts for SQL Server, which gives several keys back only
// through OUTPUT, in no certain order and not on tables with triggers.
func (db *DB) insertOneByOne(tx *gorm.DB, rows []Schedule) ([]int64, error) {
	shape, columns := db.shape(), db.insertColumns()
	var values []string
	for _, name := range columns {
		values = append(values, shape.mark(name))
	}
	for _, name := range shape.filler {
		columns, values = append(columns, name), append(values, "0x00")
	}
	head := "INSERT INTO schedules (" + strings.Join(columns, ", ") + ") VALUES (" + strings.Join(values, ",") + ")"
	var ids []int64
	for _, row := range rows {
		id, err := db.insertOne(tx, shape, head, row, ids)
		if err != nil {
			return nil, &rowFault{index: len(ids), err: fmt.Errorf("insert a schedule: %w", byTable(db.learn(err)))}
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// insertOne asks for the key in the batch of the insert. SCOPE_IDENTITY is used
// because a trigger's own inserts do not change it. Behind a view's trigger it
// says nothing, and the row is looked for; taken are the keys found before.
func (db *DB) insertOne(tx *gorm.DB, shape tableShape, head string, row Schedule, taken []int64) (int64, error) {
	if shape.view {
		if err := tx.Exec(head, db.values(row)...).Error; err != nil {
			return 0, err
		}
		return db.keyInView(tx, shape, row, taken)
	}
	rows, err := tx.Raw("SET NOCOUNT ON; "+head+"; SELECT CAST(SCOPE_IDENTITY() AS bigint) AS id", db.values(row)...).Rows()
	if err != nil {
		return 0, err
	}
	return lastNumber(rows)
}

// lastNumber is the one number in the last of several results: a trigger that
// answers with rows of its own puts them before ours.
func lastNumber(rows *sql.Rows) (int64, error) {
	defer rows.Close()
	var last sql.NullInt64
	for more := true; more; more = rows.NextResultSet() {
		names, err := rows.Columns()
		if err != nil {
			return 0, err
		}
		last = sql.NullInt64{}
		for rows.Next() {
			if len(names) != 1 || rows.Scan(&last) != nil {
				last = sql.NullInt64{} // not ours
			}
		}
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	if !last.Valid {
		return 0, errKeyUnknown
	}
	return last.Int64, nil
}

// keyInView is the key that a view's trigger gave a new row: the highest that
// is in no pair and whose owner, times and subject are those just written, after
// the truncation that the view's own column types make of them. Where no row has
// the whole subject the trigger may have cut it to the width of a column that the
// view does not show, so that the stored one is a beginning of it.
func (db *DB) keyInView(tx *gorm.DB, shape tableShape, row Schedule, taken []int64) (int64, error) {
	same := func(column string) string {
		if row.AllDay {
			return "CAST(s." + column + " AS date) = CAST(? AS date)"
		}
		return "s." + column + " = " + shape.columns[column].as()
	}
	whole, beginning := sameText(shape.columns["subject"])
	var ids []int64
	err := tx.Raw(`SELECT TOP (?) s.id FROM schedules s WHERE s.owner_id = ?
AND `+same("start_at")+` AND `+same("end_at")+` AND (`+whole+` OR `+beginning+`)
AND NOT EXISTS (SELECT 1 FROM agcrm_google_pairs p WHERE p.schedule_id = s.id)
ORDER BY CASE WHEN `+whole+` THEN 0 ELSE 1 END, s.id DESC`,
		len(taken)+1, row.OwnerID, row.StartAt, row.EndAt, row.Subject, row.Subject, row.Subject).Scan(&ids).Error
	if err != nil {
		return 0, fmt.Errorf("look for the new row: %w", err)
	}
	for _, id := range ids {
		if !slices.Contains(taken, id) {
			return id, nil
		}
	}
	return 0, errKeyUnknown
}

// sameText compares a view's subject with a parameter: whether it is the whole
// of it as far as the column is wide, and whether it is a beginning of it.
func sameText(c column) (whole, beginning string) {
	if !strings.HasSuffix(c.TypeName, "char") { // text and ntext, which take no comparison
		c = column{TypeName: "nvarchar", MaxLength: -1}
	}
	wide := c
	wide.TypeName, wide.MaxLength = strings.TrimSuffix(strings.TrimSuffix(c.TypeName, "char"), "var")+"varchar", -1
	stored := "CAST(s.subject AS " + wide.sqlType() + ")"
	return stored + " = " + c.as(),
		"(LEN(" + stored + ") > 0 AND " + stored + " = " + strings.Replace(wide.as(), "?", "LEFT(?, LEN("+stored+"))", 1) + ")"
}

// insertColumns are the columns of an insert.
func (db *DB) insertColumns() []string {
	columns := editColumns[:len(editColumns):len(editColumns)]
	if db.shape().unstamped {
		return columns
	}
	return append(columns, "updated_at")
}

// values are a row's parameters, in the order of insertColumns.
func (db *DB) values(s Schedule) []any {
	args := make([]any, 0, len(editColumns)+1)
	for _, column := range editColumns {
		args = append(args, s.value(column))
	}
	if db.shape().unstamped {
		return args
	}
	return append(args, stamp{db.Now()})
}
