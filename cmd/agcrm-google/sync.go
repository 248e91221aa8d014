package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"agcrm-google/models"
	calsync "agcrm-google/sync"
)

// leaseWait is how long sync waits for a run in progress, its own or that of
// a running service.
const leaseWait = 60 * time.Second

// linkPage is how many employees are read at a time.
const linkPage = 200

type syncCommand struct {
	User   []string `placeholder:"LOGIN" sep:"none" help:"Whom to synchronise (repeatable); without it everybody whose link is in service."`
	JSON   bool     `name:"json" help:"One JSON line per user."`
	DryRun bool     `help:"Only tell what would be done."`
}

// syncLine is one user's outcome, its keys and their order as promised to
// scripts. A dry run counts what would be done and adds the items.
type syncLine struct {
	User        string `json:"user"`
	Pulled      int    `json:"pulled"`
	Pushed      int    `json:"pushed"`
	Deleted     int    `json:"deleted"`
	Conflicts   int    `json:"conflicts"`
	Held        int    `json:"held"`
	Skipped     int    `json:"skipped"`
	GoogleCalls int    `json:"google_calls"`
	Error       string `json:"error"`

	Plan []planItem `json:"plan,omitempty"`
}

// planItem is one thing that a run would do, with the reason in words.
type planItem struct {
	calsync.Step
	Reason string `json:"reason,omitempty"`
}

// add counts an item as the run that carries it out would.
func (l *syncLine) add(item planItem) {
	l.Plan = append(l.Plan, item)
	switch item.Action {
	case models.ActionCreate, models.ActionUpdate, models.ActionDelete:
		if item.Side == models.SideTable {
			l.Pulled++
		} else {
			l.Pushed++
		}
		if item.Action == models.ActionDelete {
			l.Deleted++
		}
	case "hold":
		l.Held++
	}
}

// Run synchronises each user in turn and prints a line as soon as one is done.
func (s syncCommand) Run(ctx context.Context, p *program) error {
	db, service, err := p.openService(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	settings, err := db.Settings(ctx)
	if err != nil {
		return fmt.Errorf("read the settings in the database: %w", err)
	}
	logins := s.User
	if len(logins) == 0 {
		if logins, err = linkedLogins(ctx, db); err != nil {
			return err
		}
	}
	failed := !settings.Enabled
	if failed {
		p.log.Error("synchronisation is switched off: an administrator ticks it on the Groupware tab (Googleカレンダーと連携する)")
	}
	for _, login := range logins {
		line := syncLine{User: login, Error: "synchronisation is switched off on the Groupware tab"}
		if settings.Enabled {
			line = s.one(ctx, p, db, service, login)
		}
		failed = failed || line.Error != ""
		if err := s.print(p, line); err != nil {
			return fmt.Errorf("print the result: %w", err)
		}
	}
	if failed {
		return errReported
	}
	return nil
}

// linkedLogins are the users that a run without names is for: linked, not
// disabled, not paused, and their profile saved once.
func linkedLogins(ctx context.Context, db *models.DB) ([]string, error) {
	var logins []string
	for offset := 0; ; offset += linkPage {
		rows, total, err := db.LinkRows(ctx, models.LinkFilter{Offset: offset, Limit: linkPage})
		if err != nil {
			return nil, fmt.Errorf("list the links: %w", err)
		}
		for _, row := range rows {
			if row.Link != nil && row.Link.Saved && !row.Link.Paused && !row.User.Disabled {
				logins = append(logins, row.User.Login)
			}
		}
		if len(rows) == 0 || int64(offset+len(rows)) >= total {
			return logins, nil
		}
	}
}

// one synchronises one user; what goes wrong is in the line.
func (s syncCommand) one(ctx context.Context, p *program, db *models.DB, service *calsync.Service, login string) syncLine {
	result, err := s.synchronise(ctx, db, service, login)
	line := syncLine{
		User: login, Pulled: result.Pulled, Pushed: result.Pushed, Deleted: result.Deleted, Conflicts: result.Conflicts,
		Held: result.Held, Skipped: result.Skipped, GoogleCalls: result.GoogleCalls,
	}
	for _, step := range result.Plan {
		line.add(planItem{Step: step, Reason: p.say(step.Reason)})
	}
	if err != nil {
		line.Error = p.explain(err).Error()
	}
	return line
}

func (s syncCommand) synchronise(ctx context.Context, db *models.DB, service *calsync.Service, login string) (calsync.Result, error) {
	user, err := db.UserByLogin(ctx, login)
	if errors.Is(err, models.ErrNotFound) {
		return calsync.Result{}, errors.New("there is no such user")
	}
	if err != nil {
		return calsync.Result{}, err
	}
	if user.Disabled {
		return calsync.Result{}, errors.New("the account is disabled")
	}
	link, err := db.Link(ctx, user.ID)
	if errors.Is(err, models.ErrNotFound) {
		return calsync.Result{}, errors.New("no Google account is linked")
	}
	if err != nil {
		return calsync.Result{}, err
	}
	if !link.Saved && !s.DryRun { // naming a user is as good as pressing "synchronise now"
		if err := db.WakeLink(ctx, user.ID, true); err != nil {
			return calsync.Result{}, err
		}
	}
	return service.SyncUser(ctx, user.ID, calsync.RunOptions{DryRun: s.DryRun, Wait: leaseWait})
}

// print writes the line for scripts or for people.
func (s syncCommand) print(p *program, line syncLine) error {
	if s.JSON {
		encoder := json.NewEncoder(p.out)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(line)
	}
	var text strings.Builder
	if line.Error != "" {
		fmt.Fprintf(&text, "%s: failed: %s\n", line.User, line.Error)
	} else {
		fmt.Fprintf(&text, "%s: pulled %d, pushed %d, deleted %d, conflicts %d, held %d, skipped %d, Google calls %d\n", line.User,
			line.Pulled, line.Pushed, line.Deleted, line.Conflicts, line.Held, line.Skipped, line.GoogleCalls)
	}
	for _, item := range line.Plan {
		text.WriteString(strings.TrimRight(fmt.Sprintf("  %s %s: %s %s %s", item.Side, item.Action, item.When, item.Subject, item.Reason), " ") + "\n")
	}
	_, err := fmt.Fprint(p.out, text.String())
	return err
}
