package main

import (
	"log/slog"
	"slices"
	"testing"

	"github.com/kardianos/service"

	"agcrm-google/config"
)

// recorder is an event log that remembers; the methods not overridden are not
// called.
type recorder struct {
	service.Logger
	events []string
}

func (r *recorder) Error(v ...any) error   { return r.add("error", v) }
func (r *recorder) Warning(v ...any) error { return r.add("warning", v) }
func (r *recorder) Info(v ...any) error    { return r.add("info", v) }

func (r *recorder) add(kind string, v []any) error {
	r.events = append(r.events, kind+": "+v[0].(string)[len("time=2006-01-02T15:04:05.000Z07:00"):])
	return nil
}

func TestEventLogKeepsLevels(t *testing.T) {
	t.Setenv("TZ", "UTC")
	r := &recorder{}
	log := slog.New(newEventLog(&config.Config{LogLevel: "info"}, r)).With("part", 1).WithGroup("g")
	log.Debug("unheard")
	log.Info("one")
	log.Warn("two", "k", "v")
	log.Error("three")
	for i, want := range []string{"info: ", "warning: ", "error: "} {
		if len(r.events) != 3 || len(r.events[i]) < len(want) || r.events[i][:len(want)] != want {
			t.Fatalf("events %q", r.events)
		}
	}
	if !slices.ContainsFunc(r.events, func(e string) bool { return len(e) > 0 && e[len(e)-len("part=1 g.k=v"):] == "part=1 g.k=v" }) {
		t.Errorf("attributes are lost: %q", r.events)
	}
}
