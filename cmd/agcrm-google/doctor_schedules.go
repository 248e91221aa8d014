package main

import "context"

// checkSchedules tells what stands behind the name schedules, and whether its
// row versions can be used. Fresh means that nothing was migrated yet.
func (d *doctor) checkSchedules(ctx context.Context, fresh bool) {
	if d.db == nil { // an SQLite file that does not exist yet
		d.noteSchedules(true, false, "")
		return
	}
	limited, cancel := context.WithTimeout(ctx, databasePatience)
	defer cancel()
	view, unversioned, err := d.db.ScheduleTable(limited)
	if err != nil {
		d.failDatabase("schedules", err, "let the login read its own schema")
		return
	}
	d.noteSchedules(fresh, view, unversioned)
}

// noteSchedules judges what was found. Without row versions nothing goes wrong,
// but finding what changed takes reading everything.
func (d *doctor) noteSchedules(fresh, view bool, unversioned string) {
	kind := "a table of this service's own layout"
	if view {
		kind = "a view over the CRM's table"
	}
	switch {
	case unversioned != "":
		d.warn("schedules", kind+"; its row_version is of no use, because "+unversioned+": to find changes the contents of all rows are compared, which takes longer with every row",
			"where that is too slow, let the view show a rowversion column of a table in this same database as row_version")
	case fresh && !view:
		d.warn("schedules", "there is no view of that name, and no table of this service yet",
			"nothing to do: the first start makes a table; to work on the CRM's own table instead, lay the views over it before that (install.md, section 4)")
	default:
		d.ok("schedules", kind+"; row_version tells what changed")
	}
}
