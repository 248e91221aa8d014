package main

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"

	"github.com/kardianos/service"

	"agcrm-google/config"
)

// eventLog is a slog.Handler that writes each record as one event of the
// Windows event log, under the event type of its level.
type eventLog struct {
	slog.Handler // formats into text
	text         *bytes.Buffer
	mu           *sync.Mutex // guards text from the first byte of a record to its last
	events       service.Logger
}

// newEventLog logs from the level and in the form that the settings name.
func newEventLog(settings *config.Config, events service.Logger) eventLog {
	text := &bytes.Buffer{}
	return eventLog{Handler: settings.Logger(text).Handler(), text: text, mu: &sync.Mutex{}, events: events}
}

// Handle writes one record.
func (e eventLog) Handle(ctx context.Context, record slog.Record) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.text.Reset()
	if err := e.Handler.Handle(ctx, record); err != nil {
		return err
	}
	event := strings.TrimSpace(e.text.String())
	switch {
	case record.Level >= slog.LevelError:
		return e.events.Error(event)
	case record.Level >= slog.LevelWarn:
		return e.events.Warning(event)
	}
	return e.events.Info(event)
}

// WithAttrs keeps the event log behind a logger with attributes of its own.
func (e eventLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	e.Handler = e.Handler.WithAttrs(attrs)
	return e
}

// WithGroup keeps the event log behind a logger with a group.
func (e eventLog) WithGroup(name string) slog.Handler {
	e.Handler = e.Handler.WithGroup(name)
	return e
}
