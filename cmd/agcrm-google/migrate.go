package main

import (
	"context"
	"fmt"

	"agcrm-google/models"
)

type migrateCommand struct {
	Print bool `help:"Print the SQL for a database administrator to run by hand, and change nothing."`
}

// Run brings the tables up to date, or prints how.
func (m migrateCommand) Run(ctx context.Context, p *program) error {
	if err := p.complete(); err != nil {
		return err
	}
	if m.Print {
		script, err := models.MigrationScript(p.settings.Database)
		if err != nil {
			return fmt.Errorf("write the migration script: %w", err)
		}
		_, err = fmt.Fprint(p.out, script)
		return err
	}
	db, err := p.openDatabase(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	have, _, err := db.SchemaVersion(ctx)
	if err != nil {
		return fmt.Errorf("read the version of the tables: %w", err)
	}
	_, err = fmt.Fprintf(p.out, "The tables are at version %d.\n", have)
	return err
}
