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

// The two people of the demo. The passwords open nothing but this demo.
const (
	adminLogin       = "kanri"
	adminPassword    = "kanri-demo-2026"
	employeeLogin    = "tanaka"
	employeePassword = "tanaka-demo-2026"

	adminID    = 1
	employeeID = 101
)

// company is the CRM's side of the demo.
type company struct {
	db      *models.DB
	service *calsync.Service
	file    string // of the database
}

// found makes the company: tables, key, accounts, appointments on both sides,
// client secrets, and the employee's link.
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
	for _, row := range tableWeek(monday) {
		if _, err := c.db.CreateSchedule(ctx, row); err != nil {
			return fmt.Errorf("fill the schedule table: %w", err)
		}
	}
	for _, form := range googleWeek(monday) {
		if err := g.do(ctx, "add", form); err != nil {
			return err
		}
	}
	if err := c.switchOn(ctx, g); err != nil {
		return fmt.Errorf("install client_secrets.json: %w", err)
	}
	if err := c.link(ctx, g); err != nil {
		return fmt.Errorf("link the employee: %w", err)
	}
	return nil
}

func (c *company) hire(ctx context.Context) error {
	admin := models.User{ID: adminID, Login: adminLogin, Name: "管理 太郎", Email: adminEmail, Role: models.RoleAdmin}
	if err := c.db.AddUser(ctx, admin, adminPassword); err != nil {
		return err
	}
	employee := models.User{ID: employeeID, Login: employeeLogin, Name: "田中 花子", Email: employeeEmail, Role: models.RoleEmployee}
	return c.db.AddUser(ctx, employee, employeePassword)
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

// link does what the employee does in the profile: link, choose, save.
func (c *company) link(ctx context.Context, g *google) error {
	user, err := c.db.User(ctx, employeeID)
	if err != nil {
		return err
	}
	state, verifier := rand.Text(), rand.Text()+rand.Text()
	authURL, err := c.service.AuthCodeURL(ctx, user, state, verifier)
	if err != nil {
		return err
	}
	code, err := g.consent(authURL, state)
	if err != nil {
		return err
	}
	if err := c.service.Link(ctx, employeeID, code, verifier); err != nil {
		return err
	}
	return c.db.SaveProfile(ctx, employeeID, models.Profile{
		Calendars: []string{employeeEmail}, Target: employeeEmail, Interval: 1, Direction: models.DirectionBoth,
	})
}

// askOften has Google asked every two seconds, as if the employee kept pressing
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
			// A visitor may have unlinked the employee: then there is nothing to wake.
			_ = c.service.SyncNow(ctx, employeeID)
		}
	}
}

// weekStart is the Monday of that day's week, as a clock reading.
func weekStart(day time.Time) time.Time {
	back := (int(day.Weekday()) + 6) % 7
	return time.Date(day.Year(), day.Month(), day.Day()-back, 0, 0, 0, 0, time.UTC)
}

// tableWeek is what the CRM knows of the employee's week.
func tableWeek(monday time.Time) []models.Schedule {
	at := func(day, hour, minute int) models.Wall {
		return models.Wall{Time: monday.AddDate(0, 0, day).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)}
	}
	return []models.Schedule{
		{OwnerID: employeeID, Subject: "営業会議", Location: "第1会議室", StartAt: at(0, 10, 0), EndAt: at(0, 11, 0), Busy: true},
		{OwnerID: employeeID, Subject: "株式会社山本商事 訪問", Location: "大阪市北区梅田2-4-9", Body: "見積書（第2版）を持参", StartAt: at(1, 14, 0), EndAt: at(1, 15, 30), Busy: true, ColorID: 9},
		{OwnerID: employeeID, Subject: "見積書作成", StartAt: at(2, 9, 30), EndAt: at(2, 11, 30), Busy: false, ColorID: 5},
		{OwnerID: employeeID, Subject: "新製品発表会", Location: "東京国際フォーラム", StartAt: at(3, 0, 0), EndAt: at(4, 0, 0), AllDay: true, Busy: true, ColorID: 11},
		{OwnerID: employeeID, Subject: "面談", StartAt: at(4, 16, 0), EndAt: at(4, 16, 30), Private: true, Busy: true},
		{OwnerID: employeeID, Subject: "見込み客フォロー電話", StartAt: at(7, 13, 0), EndAt: at(7, 14, 0), Busy: true, ColorID: 2},
	}
}

// googleWeek is what the employee has entered in Google, as the calendar
// page's form.
func googleWeek(monday time.Time) []url.Values {
	event := func(summary, location string, start, end time.Time, color string) url.Values {
		const layout = "2006-01-02T15:04"
		return url.Values{"summary": {summary}, "location": {location}, "color": {color}, "start": {start.Format(layout)}, "end": {end.Format(layout)}}
	}
	day := func(n, hour int) time.Time { return monday.AddDate(0, 0, n).Add(time.Duration(hour) * time.Hour) }
	sports := event("小学校の運動会", "市立第三小学校", day(5, 0), day(5, 0), "10")
	sports.Set("all_day", "on")
	return []url.Values{
		event("佐藤さんとランチ", "丸の内", day(1, 12), day(1, 13), "4"),
		event("英会話レッスン", "オンライン", day(3, 19), day(3, 20), "7"),
		sports,
	}
}
