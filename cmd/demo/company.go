package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"agcrm-google/config"
	"agcrm-google/models"
	calsync "agcrm-google/sync"
)

// The three people of the demo. The passwords open nothing but this demo.
const (
	adminLogin        = "kanri"
	adminPassword     = "kanri-demo-2026"
	employeeLogin     = "tanaka"
	employeePassword  = "tanaka-demo-2026"
	colleagueLogin    = "sato"
	colleaguePassword = "sato-demo-2026"

	adminID     = 1
	employeeID  = 101
	colleagueID = 102
)

// emailOf is the Google account of each employee.
var emailOf = map[int64]string{employeeID: employeeEmail, colleagueID: colleagueEmail}

// company is the CRM's side of the demo.
type company struct {
	db      *models.DB
	service *calsync.Service
	file    string // of the database
	rows    []entry
	events  []url.Values // forms of Google's page
}

// found makes the company: tables, key, accounts, appointments on both sides,
// client secrets, and the employees' links.
func found(ctx context.Context, settings *config.Config, log *slog.Logger, g *google) (*company, error) {
	db, err := models.Open(ctx, settings.Database, models.Options{Zone: settings.Location(), Log: log})
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	c := &company{db: db, file: strings.TrimPrefix(settings.Database, "sqlite:")}
	c.service = calsync.New(calsync.Options{DB: db, PublicURL: settings.PublicURL, GoogleURL: settings.GoogleURL,
		Zone: settings.Location(), Log: log})
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
	monday := weekStart(time.Now().In(settings.Location()))
	c.rows, c.events = tableWeek(monday), googleWeek(monday)
	for _, row := range c.rows {
		if err := c.enter(ctx, row); err != nil {
			return fmt.Errorf("fill the schedule table: %w", err)
		}
	}
	for _, form := range c.events {
		if err := g.do(ctx, "add", form); err != nil {
			return err
		}
	}
	if err := c.switchOn(ctx, g); err != nil {
		return fmt.Errorf("install client_secrets.json: %w", err)
	}
	for user, email := range emailOf {
		if err := c.link(ctx, g, user, email); err != nil {
			return fmt.Errorf("link %s: %w", email, err)
		}
	}
	return nil
}

// enter adds a row and who takes part.
func (c *company) enter(ctx context.Context, row entry) error {
	id, err := c.db.CreateSchedule(ctx, row.Schedule)
	if err != nil || len(row.with) == 0 {
		return err
	}
	return c.db.SetParticipants(ctx, id, row.with)
}

func (c *company) hire(ctx context.Context) error {
	admin := models.User{ID: adminID, Login: adminLogin, Name: "管理 太郎", Email: adminEmail, Role: models.RoleAdmin}
	if err := c.db.AddUser(ctx, admin, adminPassword); err != nil {
		return err
	}
	employee := models.User{ID: employeeID, Login: employeeLogin, Name: "田中 花子", Email: employeeEmail, Role: models.RoleEmployee}
	if err := c.db.AddUser(ctx, employee, employeePassword); err != nil {
		return err
	}
	colleague := models.User{ID: colleagueID, Login: colleagueLogin, Name: "佐藤 健", Email: colleagueEmail, Role: models.RoleEmployee}
	return c.db.AddUser(ctx, colleague, colleaguePassword)
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
func (c *company) link(ctx context.Context, g *google, userID int64, email string) error {
	user, err := c.db.User(ctx, userID)
	if err != nil {
		return err
	}
	state, verifier := rand.Text(), rand.Text()+rand.Text()
	authURL, err := c.service.AuthCodeURL(ctx, user, state, verifier)
	if err != nil {
		return err
	}
	code, err := g.consent(authURL, state, email)
	if err != nil {
		return err
	}
	if err := c.service.Link(ctx, userID, code, verifier); err != nil {
		return err
	}
	return c.db.SaveProfile(ctx, userID, models.Profile{
		Calendars: []string{email}, Target: email, Interval: 1, Direction: models.DirectionBoth,
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
			for user := range emailOf {
				// A visitor may have unlinked the employee: then there is nothing to wake.
				_ = c.service.SyncNow(ctx, user)
			}
		}
	}
}
