// Command agcrm-google keeps the schedule table of All Gather CRM and the
// Google calendars of its employees in step, and serves the pages on which
// both are set up. It only wires: what is decided, stored or shown is decided,
// stored and shown in the packages below.
//
// Results go to standard output, logs and errors to standard error. The exit
// status is 0 when all is well, 1 when something failed and 2 for wrong usage.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // Windows without Go has no time zones of its own

	"github.com/alecthomas/kong"

	"agcrm-google/config"
)

// The exit statuses.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// console is what surrounds the program: where it reads and writes, and its
// environment.
type console struct {
	in       io.Reader
	out, err io.Writer
	env      config.Lookup
}

// commandLine is the whole command line, for kong.
type commandLine struct {
	Config   kong.ConfigFlag `placeholder:"FILE" help:"JSON file of settings; its keys are the names below, like data_dir."`
	Settings config.Config   `embed:"" group:"Settings (also as environment variables, like AGCRM_DATA_DIR)"`

	Serve   serveCommand   `cmd:"" default:"1" help:"Serve the web pages and synchronise (the default)."`
	Sync    syncCommand    `cmd:"" help:"Synchronise once, then exit."`
	User    userCommand    `cmd:"" help:"Accounts."`
	Secrets secretsCommand `cmd:"" help:"The company's client_secrets.json."`
	Key     keyCommand     `cmd:"" help:"The key that seals secrets."`
	Doctor  doctorCommand  `cmd:"" help:"Check the installation and say what to do; changes nothing."`
	Migrate migrateCommand `cmd:"" help:"Create or upgrade this service's own tables."`
	Service serviceCommand `cmd:"" help:"Windows service or systemd unit."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	code := run(ctx, os.Args[1:], console{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.LookupEnv})
	stop()
	os.Exit(code)
}

// run carries out one command line and returns the exit status. It stops what
// it started when ctx ends.
func run(ctx context.Context, args []string, c console) int {
	line := &commandLine{}
	helped := false
	parser, err := kong.New(line,
		kong.Name("agcrm-google"),
		kong.Description("All Gather CRM's schedule and Google Calendar, in step."),
		kong.Writers(c.out, c.err),
		kong.Exit(func(int) { helped = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Resolvers(config.Environment(c.env)),
		kong.Configuration(config.Loader(c.env)),
		kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		return fail(c, err)
	}
	parsed, err := parser.Parse(args)
	if helped {
		return exitOK
	}
	if err != nil {
		return misused(c, err)
	}
	program := &program{console: c, settings: &line.Settings, configFile: string(line.Config)}
	if err := parsed.Run(program); err != nil {
		return fail(c, program.explain(err))
	}
	return exitOK
}

// misused reports a command line that cannot be read. A settings file or a
// variable with a bad value is a failure, not wrong usage.
func misused(c console, err error) int {
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.ExitCode() == exitFailed {
		return fail(c, err)
	}
	fmt.Fprintf(c.err, "agcrm-google: %v\nRun agcrm-google --help, or agcrm-google COMMAND --help, to see what it takes.\n", err)
	return exitUsage
}

// fail prints an error, unless the command has said all there is to say.
func fail(c console, err error) int {
	if !errors.Is(err, errReported) {
		fmt.Fprintf(c.err, "agcrm-google: %v\n", err)
	}
	return exitFailed
}
