// Command demo is the newcomer's tour: the whole service on an SQLite file in
// a temporary folder, with a simulated Google on this machine. It sets up a
// small company with what happens in one (series, shared and private
// appointments, meetings with guests, a conflict, a deletion to decide on, a
// link that broke), shows in the terminal how a change travels each way, and
// then serves the pages until Ctrl-C.
//
// Nothing leaves the machine, and nothing stays on it. The demo promises to use
// the service as everybody does: its pages, its store, its scheduler. It only
// spares the newcomer the clicks.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
	_ "time/tzdata" // Windows without Go has no time zones of its own

	"github.com/alecthomas/kong"

	"agcrm-google/config"
	"agcrm-google/handlers"
)

// commandLine is what the demo can be told.
type commandLine struct {
	Listen string `default:"127.0.0.1:8080" help:"Address of the pages (${default}); if it is taken, a free port is used."`
	Locale string `default:"ja" enum:"ja,en,fr" help:"Language of the pages: ja, en or fr (${default})."`
	Once   bool   `help:"Exit after the show."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run gives the tour and returns the exit status.
func run(ctx context.Context, args []string, out, errs io.Writer) int {
	var line commandLine
	helped := false
	parser, err := kong.New(&line, kong.Name("demo"), kong.Writers(out, errs), kong.Exit(func(int) { helped = true }),
		kong.Description("All Gather CRM's schedule and a simulated Google Calendar, in step on this machine."))
	if err == nil {
		_, err = parser.Parse(args)
	}
	if helped {
		return 0
	}
	if err != nil {
		fmt.Fprintf(errs, "demo: %v\n", err)
		return 2
	}
	if err := tour(ctx, line, out, errs); err != nil && ctx.Err() == nil {
		fmt.Fprintf(errs, "demo: %v\n", err)
		return 1
	}
	return 0
}

// tour starts everything, shows it, and stops everything in reverse order.
func tour(ctx context.Context, line commandLine, out, errs io.Writer) (err error) {
	folder, err := os.MkdirTemp("", "agcrm-google-demo-")
	if err != nil {
		return fmt.Errorf("make a temporary folder: %w", err)
	}
	defer os.RemoveAll(folder)
	listener, err := listen(line.Listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	publicURL := "http://" + listener.Addr().String()

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	google, err := startGoogle(publicURL, time.Now)
	if err != nil {
		return err
	}
	defer google.stop()
	settings := &config.Config{Listen: listener.Addr().String(), PublicURL: publicURL, GoogleURL: google.root,
		DataDir: folder, Locale: line.Locale, LogLevel: "error"} // one link breaks on purpose, which is a warning
	if err := settings.Complete(); err != nil {
		return err
	}
	log := settings.Logger(errs)
	company, err := found(ctx, settings, log, google, time.Now)
	if err != nil {
		return err
	}
	defer company.db.Close()

	var parts sync.WaitGroup
	defer parts.Wait()
	defer stop()
	if err := serve(ctx, &parts, company, settings, log, listener); err != nil {
		return err
	}
	parts.Go(func() { company.askOften(ctx) })
	return present(ctx, line, out, company, google, publicURL)
}

// listen takes the wanted address, or any free port where it is taken.
func listen(address string) (net.Listener, error) {
	listener, err := net.Listen("tcp", address)
	if err == nil {
		return listener, nil
	}
	if listener, anyErr := net.Listen("tcp", "127.0.0.1:0"); anyErr == nil {
		return listener, nil
	}
	return nil, fmt.Errorf("listen on %s: %w", address, err)
}

// serve starts the pages and the synchronisation; both end with ctx.
func serve(ctx context.Context, parts *sync.WaitGroup, c *company, settings *config.Config, log *slog.Logger, listener net.Listener) error {
	site, err := handlers.New(handlers.Options{DB: c.db, Sync: c.service, Config: settings, Log: log, Version: "demo"})
	if err != nil {
		return fmt.Errorf("prepare the pages: %w", err)
	}
	server := &http.Server{Handler: site, ReadHeaderTimeout: 10 * time.Second, BaseContext: func(net.Listener) context.Context { return ctx }}
	parts.Go(func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the pages are gone", "err", err)
		}
	})
	parts.Go(func() {
		if err := c.service.Run(ctx); err != nil && ctx.Err() == nil {
			log.Error("synchronisation is gone", "err", err)
		}
	})
	context.AfterFunc(ctx, func() { server.Close() })
	return nil
}

// present shows what there is, lets a change travel each way, and waits.
func present(ctx context.Context, line commandLine, out io.Writer, c *company, google *google, publicURL string) error {
	fmt.Fprintf(out, `
All Gather CRM and Google Calendar, in step on this machine.

  The service          %s%s/
    administrator      %s / %s
    employee           %s / %s  (linked with %s)
    colleague          %s / %s  (linked with %s)
    never linked       %s / %s
  The simulated Google %s
    the colleague's    %s

The CRM's schedule table is the table "schedules" in
  %s

`, publicURL, config.BasePath, kanri.login, kanri.password, tanaka.login, tanaka.password, tanaka.email,
		sato.login, sato.password, sato.email, takahashi.login, takahashi.password, google.page(tanaka), google.page(sato), c.file)
	if err := show(ctx, out, c, google); err != nil {
		return err
	}
	if line.Once {
		return nil
	}
	fmt.Fprintf(out, "\nWhat waits for people: a deletion to decide on and guests to be told (%s), a link to renew (%s: see the administrator's Links page).\n"+
		"Now try it yourself: edit in one browser window, watch the other. Ctrl-C ends the demo and removes all it made.\n", tanaka.login, suzuki.login)
	<-ctx.Done()
	fmt.Fprintln(out, "\nThe demo is over; nothing of it is left.")
	return nil
}
