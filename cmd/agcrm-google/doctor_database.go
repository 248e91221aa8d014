package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"agcrm-google/config"
	"agcrm-google/models"
)

// faultsOf are the single faults of the settings.
func faultsOf(err error) []string {
	var faults config.Faults
	if errors.As(err, &faults) {
		return faults
	}
	return []string{err.Error()}
}

// checkDatabase opens the database if it is there. Fresh means that nothing
// was migrated yet, broken that no other question can be asked.
func (d *doctor) checkDatabase(ctx context.Context) (fresh, broken bool) {
	shown := d.settings.DatabaseForPeople()
	if path, ok := strings.CutPrefix(d.settings.Database, "sqlite:"); ok {
		if _, err := os.Stat(strings.TrimPrefix(path, "file:")); errors.Is(err, fs.ErrNotExist) {
			d.warn("database", shown+" does not exist yet", "nothing to do: the first start creates it")
			d.warn("migrations", "no tables yet", "nothing to do: the first start creates them")
			return true, false
		}
	}
	limited, cancel := context.WithTimeout(ctx, databasePatience)
	defer cancel()
	db, err := d.connect(limited)
	if err != nil {
		d.failDatabase("database", err, "check AGCRM_DATABASE, that the server runs, and that this machine and login may reach it")
		d.warn("migrations", "not checked", seeAbove)
		return false, true
	}
	d.db = db
	have, want, err := db.SchemaVersion(limited)
	if err != nil {
		d.failDatabase("database", err, "let the login read its own schema")
		d.warn("migrations", "not checked", seeAbove)
		return false, true
	}
	d.ok("database", shown+" answers")
	usable := d.noteVersion(have, want)
	return have == 0, !d.checkSchema(limited, have == 0) || !usable
}

// failDatabase says in plain words what a database's answer means, as far as it
// is known; otherwise the answer itself has to do.
func (d *doctor) failDatabase(name string, err error, remedy string) {
	trouble, known := models.TroubleOf(err)
	if !known {
		d.fail(name, d.explain(err).Error(), remedy)
		return
	}
	d.fail(name, trouble.What+" ("+d.explain(err).Error()+")", trouble.Remedy)
}

// checkSchema asks whether the names of the tables mean what this service takes
// them for, and a SQL Server whether the login may work with them. Fresh means
// that nothing was migrated yet.
func (d *doctor) checkSchema(ctx context.Context, fresh bool) (usable bool) {
	own, others, err := d.db.OtherSchemas(ctx)
	if err != nil {
		d.failDatabase("schema", err, "let the login read its own schema")
		return false
	}
	if err := d.db.CheckSchema(ctx); err != nil {
		d.failDatabase("schema", err, "do what the message says")
		return false
	}
	if own == "" { // an embedded database has no schemas and no logins
		return true
	}
	missing, err := d.db.MissingRights(ctx)
	switch {
	case err != nil:
		d.failDatabase("schema", err, "let the login read its own schema")
	case len(missing) > 0:
		d.fail("schema", "in schema "+own+" the login lacks the rights "+strings.Join(missing, ", "),
			"let a database administrator run what \"agcrm-google migrate --print\" prints: it grants them")
	case fresh && len(others) > 0:
		d.warn("schema", "this login's default schema is "+own+", which has no tables of this service; the schema "+strings.Join(others, ", ")+" has",
			"if those are meant, make that the login's default schema (ALTER USER ... WITH DEFAULT_SCHEMA = ...); if they are another installation's, there is nothing to do")
	default:
		d.ok("schema", "all names are those of schema "+own)
	}
	return true
}

// noteVersion tells whether the tables can be read by this program.
func (d *doctor) noteVersion(have, want int64) bool {
	state := fmt.Sprintf("version %d of %d", have, want)
	switch {
	case have > want:
		d.fail("migrations", state+": the tables belong to a newer release", "install that release, or a newer one, of agcrm-google")
		return false
	case have < want:
		d.warn("migrations", state, "nothing to do where the login may create tables: the next start does it; otherwise have a database administrator run what \"agcrm-google migrate --print\" prints")
		return have == 0
	}
	d.ok("migrations", state)
	return true
}
