package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"agcrm-google/assets"
	"agcrm-google/config"
	"agcrm-google/models"
	calsync "agcrm-google/sync"
)

// company is the CRM's side of the demo.
type company struct {
	db      *models.DB
	service *calsync.Service
	now     func() time.Time
	file    string // of the database
	rows    []entry
	events  []meeting
	first   time.Duration // that the first synchronisation took
}

// found makes the company: tables, key, accounts, appointments on both sides,
// client secrets, and the employees' links.
func found(ctx context.Context, settings *config.Config, log *slog.Logger, g *google, now func() time.Time) (*company, error) {
	db, err := models.Open(ctx, settings.Database, models.Options{Zone: settings.Location(), Log: log, Now: now})
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	c := &company{db: db, now: now, file: strings.TrimPrefix(settings.Database, "sqlite:")}
	c.service = calsync.New(calsync.Options{DB: db, PublicURL: settings.PublicURL, GoogleURL: settings.GoogleURL,
		Zone: settings.Location(), Log: log, Now: now})
	if err := c.furnish(ctx, settings, g); err != nil {
		db.Close()
		return nil, err
	}
	return c, nil
}

func (c *company) furnish(ctx context.Context, settings *config.Config, g *google) error {
	if err := c.db.Migrate(ctx); err != nil {
		return fmt.Errorf("make the tables: %w", err)
	}
	if err := c.db.UseKeyFile(ctx, settings.KeyFile); err != nil {
		return fmt.Errorf("make the key: %w", err)
	}
	if err := c.hire(ctx); err != nil {
		return fmt.Errorf("add the accounts: %w", err)
	}
	if err := c.fill(ctx, settings, g); err != nil {
		return err
	}
	if err := c.switchOn(ctx, g); err != nil {
		return fmt.Errorf("install client_secrets.json: %w", err)
	}
	for _, p := range everybody {
		if !p.linked {
			continue
		}
		if err := c.link(ctx, g, p); err != nil {
			return fmt.Errorf("link %s: %w", p.email, err)
		}
	}
	began := time.Now()
	if err := c.settle(ctx); err != nil {
		return err
	}
	c.first = time.Since(began)
	if err := c.trouble(ctx, g); err != nil {
		return fmt.Errorf("make some trouble: %w", err)
	}
	return nil
}

// fill makes the appointments of both sides, in the weeks around today.
func (c *company) fill(ctx context.Context, settings *config.Config, g *google) error {
	monday := weekStart(c.now().In(settings.Location()), assets.Text(settings.Locale, "format.week_start", nil) == "0")
	c.rows, c.events = tableWeek(monday), googleWeek(monday)
	for _, row := range c.rows {
		if err := c.enter(ctx, row); err != nil {
			return fmt.Errorf("fill the schedule table: %w", err)
		}
	}
	if err := c.except(ctx, monday); err != nil {
		return fmt.Errorf("change the weekly series: %w", err)
	}
	for _, m := range c.events {
		if err := c.invite(ctx, g, m); err != nil {
			return err
		}
	}
	return nil
}

// switchOn does what the administrator does on the Groupware tab.
func (c *company) switchOn(ctx context.Context, g *google) error {
	secrets, err := c.service.ParseClientSecrets(g.ClientSecretsJSON(clientID, g.root))
	if err != nil {
		return err
	}
	if err := c.service.InstallClientSecrets(ctx, secrets, false); err != nil {
		return err
	}
	settings, err := c.db.Settings(ctx)
	if err != nil {
		return err
	}
	settings.Enabled = true
	return c.db.SaveSettings(ctx, settings)
}

// link does what an employee does in the profile: link, choose, save.
func (c *company) link(ctx context.Context, g *google, p person) error {
	user, err := c.db.User(ctx, p.id)
	if err != nil {
		return err
	}
	state, verifier := rand.Text(), rand.Text()+rand.Text()
	authURL, err := c.service.AuthCodeURL(ctx, user, state, verifier)
	if err != nil {
		return err
	}
	code, err := g.consent(authURL, state, p.email)
	if err != nil {
		return err
	}
	if err := c.service.Link(ctx, p.id, code, verifier); err != nil {
		return err
	}
	return c.db.SaveProfile(ctx, p.id, models.Profile{
		Calendars: []string{p.email}, Target: p.email, Interval: 1, Direction: models.DirectionBoth,
	})
}

// askOften has Google asked every two seconds, as if the employees kept pressing
// "synchronise now": the shortest interval of the profile is a minute, which
// is long for a demo.
func (c *company) askOften(ctx context.Context) {
	ticker := time.NewTicker(2 * time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			for _, p := range []person{tanaka, sato} {
				// A visitor may have unlinked the employee: then there is nothing to wake.
				_ = c.service.SyncNow(ctx, p.id)
			}
		}
	}
}
