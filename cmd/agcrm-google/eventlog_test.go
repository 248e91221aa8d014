package main

import (
	"fmt"
	"log/slog"
	"strings"
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
	r.events = append(r.events, kind+" "+fmt.Sprint(v...))
	return nil
}

func TestEventLogKeepsLevels(t *testing.T) {
	r := &recorder{}
	log := slog.New(newEventLog(&config.Config{LogLevel: "info"}, r)).With("part", 1).WithGroup("g")
	log.Debug("unheard")
	log.Info("one")
	log.Warn("two", "k", "v")
	log.Error("three")
	want := []struct{ begin, end string }{{"info ", "msg=one part=1"}, {"warning ", "msg=two part=1 g.k=v"}, {"error ", "msg=three part=1"}}
	if len(r.events) != len(want) {
		t.Fatalf("events %q", r.events)
	}
	for i, event := range r.events {
		if !strings.HasPrefix(event, want[i].begin) || !strings.HasSuffix(event, want[i].end) {
			t.Errorf("event %q, want %q", event, want[i])
		}
	}
}
