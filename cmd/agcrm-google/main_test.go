package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// outcome is what one run of the program left behind.
type outcome struct {
	code     int
	out, err string
}

// command runs one command line in a folder of its own, with no environment
// but env, and input as standard input.
func command(t *testing.T, input string, env map[string]string, args ...string) outcome {
	t.Helper()
	var out, err bytes.Buffer
	code := run(t.Context(), args, console{
		in: strings.NewReader(input), out: &out, err: &err,
		env: func(name string) (string, bool) { value, ok := env[name]; return value, ok },
	})
	return outcome{code: code, out: out.String(), err: err.String()}
}

// installation is the environment of a fresh installation in a folder that
// does not exist yet.
func installation(t *testing.T) map[string]string {
	t.Helper()
	return map[string]string{"AGCRM_DATA_DIR": filepath.Join(t.TempDir(), "data"), "AGCRM_LOCALE": "en"}
}

func TestExitStatus(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(broken, []byte(`{"listn": ":1"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		args  []string
		env   map[string]string
		code  int
		names string // what standard error must name
	}{
		"version":                   {[]string{"version"}, nil, exitOK, ""},
		"help":                      {[]string{"--help"}, nil, exitOK, ""},
		"help of a command":         {[]string{"user", "add", "--help"}, nil, exitOK, ""},
		"unknown command":           {[]string{"synchronize"}, nil, exitUsage, "synchronize"},
		"unknown flag":              {[]string{"sync", "--all"}, nil, exitUsage, "--all"},
		"half a command":            {[]string{"user"}, nil, exitUsage, "add"},
		"missing argument":          {[]string{"user", "add"}, nil, exitUsage, "login"},
		"number that is none":       {[]string{"user", "add", "x", "--id", "seven"}, nil, exitUsage, "--id"},
		"bad setting on the line":   {[]string{"migrate", "--locale", "de"}, nil, exitFailed, "AGCRM_LOCALE"},
		"bad setting around":        {[]string{"migrate"}, map[string]string{"AGCRM_LISTEN": "here"}, exitFailed, "AGCRM_LISTEN"},
		"bad boolean around":        {[]string{"migrate"}, map[string]string{"AGCRM_METRICS_OPEN": "maybe"}, exitFailed, "maybe"},
		"unknown key in the file":   {[]string{"migrate", "--config", broken}, nil, exitFailed, "listn"},
		"settings file not there":   {[]string{"migrate", "--config", broken + "x"}, nil, exitFailed, "broken.jsonx"},
		"password in a broken URL":  {[]string{"user", "list", "--database", "sqlserver://u:geheim#@h"}, nil, exitFailed, "AGCRM_DATABASE"},
		"database that is no table": {[]string{"user", "list", "--database", "sqlite:" + broken}, nil, exitFailed, broken},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := command(t, "", test.env, test.args...)
			if got.code != test.code {
				t.Errorf("exit status %d, want %d\n%s", got.code, test.code, got.err)
			}
			if !strings.Contains(got.err, test.names) || strings.Contains(got.err, "geheim") {
				t.Errorf("standard error does not name %q, or shows the password:\n%s", test.names, got.err)
			}
		})
	}
}

func TestHelpListsWhatTheContractNames(t *testing.T) {
	help := command(t, "", nil, "--help").out
	for _, word := range []string{"serve", "sync", "user add", "user list", "user passwd", "user disable", "user enable",
		"user import", "secrets import", "key reset", "doctor", "migrate", "service install", "service uninstall",
		"service start", "service stop", "service status", "--config", "--data-dir", "127.0.0.1:8080"} {
		if !strings.Contains(help, word) {
			t.Errorf("the help does not name %q", word)
		}
	}
}

func TestServeIsTheDefault(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	env := installation(t)
	var out, err bytes.Buffer
	code := run(ctx, []string{"--listen", "127.0.0.1:0"}, console{out: &out, err: &err,
		env: func(name string) (string, bool) { value, ok := env[name]; return value, ok }})
	if code != exitOK {
		t.Errorf("told to stop at its start, it ends with %d: %s", code, err.String())
	}
}
