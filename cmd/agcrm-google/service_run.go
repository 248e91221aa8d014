package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"

	"github.com/kardianos/service"
)

// runAsService runs work until ctx ends. Started by the service manager of
// Windows, it answers that manager too, and logs to the event log, because
// nobody reads the standard error of a service. systemd needs none of this: it
// sends SIGTERM and keeps what is written.
func runAsService(ctx context.Context, p *program, work func(context.Context) error) error {
	if runtime.GOOS != "windows" || service.Interactive() {
		return work(ctx)
	}
	part := &serviceProgram{done: make(chan struct{})}
	registered, err := service.New(part, &service.Config{Name: serviceName})
	if err != nil {
		return fmt.Errorf("find the service manager: %w", err)
	}
	events, err := registered.Logger(nil)
	if err != nil {
		return fmt.Errorf("open the event log: %w", err)
	}
	if err := p.complete(); err != nil {
		_ = events.Error(err.Error())
		return err
	}
	p.log = slog.New(newEventLog(p.settings, events))
	ctx, part.cancel = context.WithCancel(ctx)
	part.work = func() {
		defer close(part.done)
		if err := work(ctx); err != nil {
			_ = events.Error(p.explain(err).Error())
			os.Exit(exitFailed) // unannounced: only then does Windows start it again
		}
	}
	return registered.Run()
}

// serviceProgram is the service as the service manager sees it. Its zero value
// serves where the service is only installed or asked for its state.
type serviceProgram struct {
	work   func()
	cancel context.CancelFunc
	done   chan struct{}
}

// Start begins the work and returns at once, as the service manager wants.
func (s *serviceProgram) Start(service.Service) error {
	go s.work()
	return nil
}

// Stop ends the work and waits for its end.
func (s *serviceProgram) Stop(service.Service) error {
	s.cancel()
	<-s.done
	return nil
}
