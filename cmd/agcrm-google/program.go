package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"agcrm-google/assets"
	"agcrm-google/config"
	"agcrm-google/models"
	calsync "agcrm-google/sync"
)

// errReported is the error of a command that has already printed what went
// wrong, line by line: only the exit status is left to give.
var errReported = errors.New("something failed")

// program is what every command works with.
type program struct {
	console
	settings   *config.Config
	configFile string       // of --config, or empty
	log        *slog.Logger // set by complete
}

// complete checks the settings; every command but version begins with it.
func (p *program) complete() error {
	if err := p.settings.Complete(); err != nil {
		return fmt.Errorf("the settings are not right:\n%w", err)
	}
	if p.log == nil {
		p.log = p.settings.Logger(p.err)
	}
	return nil
}

// openDatabase opens the database and brings this service's own tables up to
// date.
func (p *program) openDatabase(ctx context.Context) (*models.DB, error) {
	if err := p.complete(); err != nil {
		return nil, err
	}
	if path, ok := strings.CutPrefix(p.settings.Database, "sqlite:"); ok {
		if err := os.MkdirAll(filepath.Dir(strings.TrimPrefix(path, "file:")), 0o700); err != nil {
			return nil, fmt.Errorf("make the folder of the database: %w", err)
		}
	}
	db, err := p.connect(ctx)
	if err != nil {
		return nil, inWords(err)
	}
	if err := db.Migrate(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("bring this service's tables up to date: %w\n"+
			"If this login may not create tables, let a database administrator run what \"agcrm-google migrate --print\" prints", inWords(err))
	}
	if err := refuseNewer(ctx, db); err != nil {
		db.Close()
		return nil, err
	}
	return db, nil
}

// refuseNewer keeps a release from working on tables whose meaning a later one
// may have changed: a synchronisation that misreads them could delete or double.
func refuseNewer(ctx context.Context, db *models.DB) error {
	have, want, err := db.SchemaVersion(ctx)
	if err != nil {
		return fmt.Errorf("read the version of the tables: %w", inWords(err))
	}
	if have > want {
		return fmt.Errorf("the tables are at version %d and belong to a newer release (this one knows %d): install that release, or a newer one, of agcrm-google", have, want)
	}
	return nil
}

// connect opens the database as it is.
func (p *program) connect(ctx context.Context) (*models.DB, error) {
	db, err := models.Open(ctx, p.settings.Database, models.Options{Zone: p.settings.Location(), Log: p.log})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.settings.DatabaseForPeople(), err)
	}
	return db, nil
}

// inWords adds to a database's answer what it means, where that is known.
func inWords(err error) error {
	trouble, known := models.TroubleOf(err)
	if !known {
		return err
	}
	return fmt.Errorf("%w\nThis means: %s.\nWhat to do: %s", err, trouble.What, trouble.Remedy)
}

// openService opens the database with the key that seals its secrets, and what
// synchronises. The caller closes the database.
func (p *program) openService(ctx context.Context) (*models.DB, *calsync.Service, error) {
	db, err := p.openDatabase(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := db.UseKeyFile(ctx, p.settings.KeyFile); err != nil {
		db.Close()
		return nil, nil, err
	}
	return db, p.synchroniser(db), nil
}

// synchroniser is the service over an open database.
func (p *program) synchroniser(db *models.DB) *calsync.Service {
	return calsync.New(calsync.Options{
		DB:        db,
		PublicURL: p.settings.PublicURL,
		GoogleURL: p.settings.GoogleURL,
		Zone:      p.settings.Location(),
		Log:       p.log,
	})
}

// explain turns the problems in an error into sentences of the configured
// language; any other error stays as it is.
func (p *program) explain(err error) error {
	var many models.Problems
	if errors.As(err, &many) {
		texts := make([]string, len(many))
		for i, problem := range many {
			texts[i] = p.say(problem.Message)
		}
		return errors.New(strings.Join(texts, "\n"))
	}
	var one *models.Problem
	if errors.As(err, &one) {
		return errors.New(p.say(one.Message))
	}
	return err
}

// say is a message for people in the configured language; none is "". One that
// is about a line of a file begins with the line's number.
func (p *program) say(m models.Message) string {
	if m.Key == "" {
		return ""
	}
	text := assets.Text(p.settings.Locale, m.Key, m.Args)
	if line := m.Args["line"]; line != "" {
		return "line " + line + ": " + text
	}
	return text
}
