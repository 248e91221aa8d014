package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"agcrm-google/models"
)

// databasePatience is how long the doctor waits for a database that does not
// answer.
const databasePatience = 15 * time.Second

type doctorCommand struct {
	JSON bool `name:"json" help:"One JSON line per check."`
}

// seeAbove is the remedy for what could not be checked.
const seeAbove = "see the line above"

// The states of a check.
const (
	stateOK      = "ok"
	stateWarning = "warning"
	stateFailed  = "failed"
)

// check is one line of the doctor's report.
type check struct {
	Name    string `json:"check"`
	State   string `json:"state"`
	Message string `json:"message"`
	Remedy  string `json:"remedy"` // what to do; empty where all is well
}

// Run prints a line for each thing checked and fails if one of them did.
// Nothing is created: no database, no folder, no key.
func (d doctorCommand) Run(ctx context.Context, p *program) error {
	examination := &doctor{program: p}
	examination.examine(ctx)
	failed := false
	for _, result := range examination.checks {
		failed = failed || result.State == stateFailed
		if err := d.print(p, result); err != nil {
			return fmt.Errorf("print the result: %w", err)
		}
	}
	if failed {
		return errReported
	}
	return nil
}

func (d doctorCommand) print(p *program, result check) error {
	if d.JSON {
		encoder := json.NewEncoder(p.out)
		encoder.SetEscapeHTML(false)
		return encoder.Encode(result)
	}
	line := fmt.Sprintf("%-9s%-16s%s", result.State, result.Name, result.Message)
	if result.Remedy != "" {
		line += " -> " + result.Remedy
	}
	_, err := fmt.Fprintln(p.out, strings.ReplaceAll(line, "\n", " "))
	return err
}

// doctor gathers the checks of one examination.
type doctor struct {
	*program
	db     *models.DB // nil while there is none to ask
	checks []check
}

func (d *doctor) ok(name, message string) { d.note(name, stateOK, message, "") }
func (d *doctor) warn(name, message, remedy string) {
	d.note(name, stateWarning, message, remedy)
}
func (d *doctor) fail(name, message, remedy string) { d.note(name, stateFailed, message, remedy) }

func (d *doctor) note(name, state, message, remedy string) {
	d.checks = append(d.checks, check{Name: name, State: state, Message: message, Remedy: remedy})
}

// examine makes all checks, in the order in which one builds on the other.
func (d *doctor) examine(ctx context.Context) {
	if !d.checkSettings() {
		return
	}
	fresh, broken := d.checkDatabase(ctx)
	if d.db != nil {
		defer d.db.Close()
	}
	if broken {
		for _, name := range []string{"schedules", "key", "client_secrets", "redirect_uri"} {
			d.warn(name, "not checked", seeAbove)
		}
	} else {
		d.checkSchedules(ctx, fresh)
		usable := d.checkKey(ctx, fresh)
		d.checkSecrets(ctx, fresh, usable)
	}
	d.checkGoogle(ctx)
}

func (d *doctor) checkSettings() bool {
	err := d.complete()
	if err == nil {
		d.ok("settings", "public URL "+d.settings.PublicURL+", time zone "+d.settings.TimeZone)
		return true
	}
	for _, fault := range faultsOf(err) {
		d.fail("settings", fault, "correct the setting; agcrm-google serve --help lists them all")
	}
	return false
}
