package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"agcrm-google/handlers"
	"agcrm-google/models"
)

const (
	// stopWithin is how long answers in progress may take after the stop; what
	// synchronises ends by its context meanwhile. Five seconds in all is the
	// promise.
	stopWithin = 3 * time.Second
	// tidyEvery is the pace of housekeeping.
	tidyEvery = 24 * time.Hour
)

type serveCommand struct{}

// Run serves until ctx ends; on Windows also as a service of the system.
func (serveCommand) Run(ctx context.Context, p *program) error {
	return runAsService(ctx, p, func(ctx context.Context) error {
		err := serve(ctx, p)
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			return nil // told to stop while it was starting
		}
		return err
	})
}

// serve starts everything in order, waits for the end of ctx or the first
// part that fails, and stops everything in the reverse order.
func serve(ctx context.Context, p *program) error {
	db, service, err := p.openService(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	site, err := handlers.New(handlers.Options{DB: db, Sync: service, Config: p.settings, Log: p.log, Version: programVersion()})
	if err != nil {
		return fmt.Errorf("prepare the pages: %w", err)
	}
	listener, err := net.Listen("tcp", p.settings.Listen)
	if err != nil {
		return fmt.Errorf("listen on AGCRM_LISTEN: %w", err)
	}
	p.log.Info("listening on http://"+listener.Addr().String(), "public_url", p.settings.PublicURL,
		"database", p.settings.DatabaseForPeople(), "version", programVersion())

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	server := webServer(ctx, site, p.log)
	var parts sync.WaitGroup
	faults := make(chan error, 3)
	start := func(name string, part func() error) {
		parts.Go(func() {
			if err := part(); err != nil && ctx.Err() == nil {
				faults <- fmt.Errorf("%s: %w", name, err)
			}
		})
	}
	start("web pages", func() error { return server.Serve(listener) })
	start("synchronisation", func() error { return service.Run(ctx) })
	start("housekeeping", func() error { return housekeeping(ctx, db, p.log) })

	select {
	case <-ctx.Done():
	case err = <-faults:
	}
	p.log.Info("stopping")
	stop()
	shutDown(server)
	parts.Wait()
	p.log.Info("stopped")
	return err
}

// webServer has a limit on everything that a slow or hostile client can hold
// open, except the answer, which may be a stream of progress. Requests end
// with ctx.
func webServer(ctx context.Context, site http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           site,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// shutDown lets answers in progress end, and cuts off those that do not.
func shutDown(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		server.Close()
	}
}

// housekeeping removes expired sessions and old history once a day, for the
// first time at the start.
func housekeeping(ctx context.Context, db *models.DB, log *slog.Logger) error {
	ticker := time.NewTicker(tidyEvery)
	defer ticker.Stop()
	for {
		if err := errors.Join(db.DeleteExpiredSessions(ctx), db.Retain(ctx)); err != nil && ctx.Err() == nil {
			log.Warn("housekeeping failed, trying again tomorrow", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}
