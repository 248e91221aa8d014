package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"agcrm-google/config"
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
		d.fail("database", d.explain(err).Error(), "check AGCRM_DATABASE, that the server runs, and that this machine and login may reach it")
		d.warn("migrations", "not checked", seeAbove)
		return false, true
	}
	d.db = db
	have, want, err := db.SchemaVersion(limited)
	if err != nil {
		d.fail("database", d.explain(err).Error(), "let the login read its own schema")
		d.warn("migrations", "not checked", seeAbove)
		return false, true
	}
	d.ok("database", shown+" answers")
	return have == 0, !d.noteVersion(have, want)
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
