package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"agcrm-google/models"
	calsync "agcrm-google/sync"
)

// meeting is an event that somebody made in Google, as the calendar page's
// form, and whom it invites.
type meeting struct {
	of     person
	form   url.Values
	guests []string
}

// The events that the story comes back to.
const (
	lunchSummary  = "佐藤さんとランチ"
	onlineSummary = "オンライン商談（株式会社ミライ工業）"
	demoSummary   = "製品デモ（東都物産株式会社）"
)

// googleWeek is what the employees have entered in Google.
func googleWeek(monday time.Time) []meeting {
	event := func(of person, day, hour, hours int, summary, location, color string, guests ...string) meeting {
		const layout = "2006-01-02T15:04"
		start := monday.AddDate(0, 0, day).Add(time.Duration(hour) * time.Hour)
		return meeting{of, url.Values{"summary": {summary}, "location": {location}, "color": {color},
			"start": {start.Format(layout)}, "end": {start.Add(time.Duration(hours) * time.Hour).Format(layout)}}, guests}
	}
	sports := event(tanaka, 5, 0, 0, "小学校の運動会", "市立第三小学校", "10")
	sports.form.Set("all_day", "on")
	return []meeting{
		event(tanaka, 1, 12, 1, lunchSummary, "丸の内", "4"),
		event(tanaka, 3, 19, 1, "英会話レッスン", "オンライン", "7"),
		sports,
		event(tanaka, 7, 10, 1, onlineSummary, "Google Meet", "9", "mirai@example.com"),
		event(tanaka, 9, 15, 1, demoSummary, "オンライン", "3", "toto@example.com"),
		event(tanaka, 11, 10, 1, "新プロジェクト キックオフ", "第1会議室", "2", sato.email, "partner@example.com"),
		event(sato, 2, 18, 2, "フットサル", "品川", "10"),
	}
}

// invite adds an event and its guests.
func (c *company) invite(ctx context.Context, g *google, m meeting) error {
	if err := g.do(ctx, m.of, "add", m.form); err != nil {
		return err
	}
	if len(m.guests) > 0 {
		g.Account(m.of.email).Invite(g.event(m.of, m.form.Get("summary")), m.guests...)
	}
	return nil
}

// syncOptions are those of the runs that found the company.
var syncOptions = calsync.RunOptions{Wait: time.Minute}

// settle synchronises all who are linked until nothing is left to do.
func (c *company) settle(ctx context.Context) error {
	for range 5 {
		writes := 0
		for _, p := range everybody {
			if !p.linked {
				continue
			}
			result, err := c.service.SyncUser(ctx, p.id, syncOptions)
			if err != nil {
				return fmt.Errorf("synchronise %s: %w", p.login, err)
			}
			writes += result.Pulled + result.Pushed
		}
		if writes == 0 {
			break
		}
	}
	return nil
}

// trouble is what happens in a year of such a company, in one go: both sides
// change one place, the CRM moves a meeting with guests and deletes another,
// and suzuki takes back what he allowed.
func (c *company) trouble(ctx context.Context, g *google) error {
	visit, err := c.row(ctx, visitSubject)
	if err != nil {
		return err
	}
	visit.Location = "大阪支社 3階"
	if err := c.db.UpdateSchedule(ctx, visit); err != nil {
		return err
	}
	const layout = "2006-01-02T15:04"
	if err := g.do(ctx, tanaka, "edit", url.Values{"event": {g.event(tanaka, visitSubject)}, "summary": {visitSubject}, "location": {"梅田スカイビル 12階"},
		"description": {visit.Body}, "color": {"9"}, "start": {visit.StartAt.Format(layout)}, "end": {visit.EndAt.Format(layout)}}); err != nil {
		return err
	}
	demo, err := c.row(ctx, demoSummary)
	if err != nil {
		return err
	}
	demo.StartAt, demo.EndAt = models.Wall{Time: demo.StartAt.Add(time.Hour)}, models.Wall{Time: demo.EndAt.Add(time.Hour)}
	if err := c.db.UpdateSchedule(ctx, demo); err != nil {
		return err
	}
	online, err := c.row(ctx, onlineSummary)
	if err != nil {
		return err
	}
	if err := c.db.DeleteSchedule(ctx, online.ID, online.RowVersion); err != nil {
		return err
	}
	if err := c.settle(ctx); err != nil {
		return err
	}
	g.Account(suzuki.email).RevokeGrants()
	g.Account(suzuki.email).ExpireAccessTokens()
	if _, err := c.service.SyncUser(ctx, suzuki.id, syncOptions); err == nil {
		return errors.New("suzuki's link did not break")
	}
	return nil
}
