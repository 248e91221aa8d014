package main

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/kardianos/service"

	"agcrm-google/config"
)

// serviceName is the unit's or the Windows service's name.
const serviceName = "agcrm-google"

// systemdUnit differs from the library's own unit: it waits for the network,
// reads settings from a file that only root may read, restarts after failures
// only, and takes away what the service does not need.
const systemdUnit = `[Unit]
Description={{Description}}
ConditionFileIsExecutable={{Path | cmdEscape}}
Wants=network-online.target
After=network-online.target

[Service]
ExecStart={{Path | cmdEscape}}{{range Arguments}} {{. | cmd}}{{end}}
{{if UserName}}User={{UserName}}
{{end}}EnvironmentFile=-/etc/agcrm-google.env
Restart=on-failure
RestartSec=5
RestartPreventExitStatus=2
TimeoutStopSec=15
UMask=0077
NoNewPrivileges=yes
PrivateTmp=yes
ProtectSystem=full

[Install]
WantedBy=multi-user.target
`

type serviceCommand struct {
	Install   serviceInstall   `cmd:"" help:"Register the service; it starts with the machine."`
	Uninstall serviceUninstall `cmd:"" help:"Remove the service; data and settings stay."`
	Start     serviceStart     `cmd:"" help:"Start the service."`
	Stop      serviceStop      `cmd:"" help:"Stop the service."`
	Status    serviceStatus    `cmd:"" help:"Tell whether the service runs."`
}

type serviceInstall struct {
	RunAs string `placeholder:"ACCOUNT" help:"Account that the systemd unit runs under (Linux); without it root."`
}

// Run registers "serve" with the given --config.
func (s serviceInstall) Run(p *program) error {
	definition, err := serviceDefinition(p, s.RunAs)
	if err != nil {
		return err
	}
	registered, err := registeredService(definition)
	if err != nil {
		return err
	}
	if err := registered.Install(); err != nil {
		return fmt.Errorf("install the service: %w (%s)", err, privilegeHint())
	}
	for _, name := range config.Names() {
		if _, set := p.env(config.Variable(name)); set {
			fmt.Fprintf(p.err, "agcrm-google: warning: %s is set in this shell only, the service will not see it: write it into the --config file\n",
				config.Variable(name))
		}
	}
	_, err = fmt.Fprintf(p.out, "Installed the service %s: agcrm-google %s\n", serviceName, strings.Join(definition.Arguments, " "))
	return err
}

// registeredService is the service in the hands of systemd or Windows; other
// managers are left to their own tools.
func registeredService(definition *service.Config) (service.Service, error) {
	if platform := service.Platform(); platform != "linux-systemd" && platform != "windows-service" {
		return nil, fmt.Errorf("this machine runs neither systemd nor Windows services (%q): let its own supervisor run \"agcrm-google serve\"", platform)
	}
	registered, err := service.New(&serviceProgram{}, definition)
	if err != nil {
		return nil, fmt.Errorf("find the service manager: %w", err)
	}
	return registered, nil
}

// serviceDefinition is what the service manager is told. A service does not
// start in the folder in which it was installed, so every path must be
// absolute: the data folder is made so, others are asked for.
func serviceDefinition(p *program, account string) (*service.Config, error) {
	folder, err := filepath.Abs(cmp.Or(p.settings.DataDir, "data"))
	if err != nil {
		return nil, fmt.Errorf("find the data folder: %w", err)
	}
	p.settings.DataDir = folder
	files := map[string]string{"AGCRM_DATABASE_FILE": p.settings.DatabaseFile}
	if err := p.complete(); err != nil {
		return nil, err
	}
	files["AGCRM_KEY_FILE"] = p.settings.KeyFile
	if path, ok := strings.CutPrefix(p.settings.Database, "sqlite:"); ok {
		files["AGCRM_DATABASE"] = strings.TrimPrefix(path, "file:")
	}
	for variable, path := range files {
		if path != "" && !filepath.IsAbs(path) {
			return nil, fmt.Errorf("%s: a service needs the whole path: write it into the --config file instead of %q", variable, path)
		}
	}
	arguments := []string{"serve"}
	if p.configFile != "" {
		path, err := filepath.Abs(p.configFile)
		if err != nil {
			return nil, fmt.Errorf("find the settings file: %w", err)
		}
		arguments = append(arguments, "--config", path)
	}
	return &service.Config{
		Name:        serviceName,
		DisplayName: "All Gather CRM Google Calendar",
		Description: "Keeps the schedule of All Gather CRM and Google Calendar in step",
		Arguments:   append(arguments, "--data-dir", folder),
		UserName:    account,
		Option:      service.KeyValue{"SystemdScript": systemdUnit, "OnFailure": "restart", "OnFailureDelayDuration": "5s"},
	}, nil
}

type serviceUninstall struct{}

// Run stops the service, should it run, and removes it.
func (serviceUninstall) Run(p *program) error {
	return p.control("uninstall", "Removed the service %s; its data and settings are still there.\n", func(s service.Service) error {
		_ = s.Stop() // it may well stand still
		return s.Uninstall()
	})
}

type serviceStart struct{}

// Run starts the service.
func (serviceStart) Run(p *program) error {
	return p.control("start", "Started the service %s.\n", service.Service.Start)
}

type serviceStop struct{}

// Run stops the service.
func (serviceStop) Run(p *program) error {
	return p.control("stop", "Stopped the service %s.\n", service.Service.Stop)
}

// control hands one action to the service manager and reports it.
func (p *program) control(action, report string, act func(service.Service) error) error {
	registered, err := registeredService(&service.Config{Name: serviceName})
	if err != nil {
		return err
	}
	if err := act(registered); err != nil {
		return fmt.Errorf("%s the service: %w (%s)", action, err, privilegeHint())
	}
	_, err = fmt.Fprintf(p.out, report, serviceName)
	return err
}

type serviceStatus struct{}

// Run prints "running", "stopped" or "not installed"; only the first is
// success.
func (serviceStatus) Run(p *program) error {
	registered, err := registeredService(&service.Config{Name: serviceName})
	if err != nil {
		return err
	}
	status, err := registered.Status()
	switch {
	case errors.Is(err, service.ErrNotInstalled):
		fmt.Fprintln(p.out, "not installed")
	case err != nil:
		return fmt.Errorf("ask for the state of the service: %w", err)
	case status == service.StatusRunning:
		_, err = fmt.Fprintln(p.out, "running")
		return err
	default:
		fmt.Fprintln(p.out, "stopped")
	}
	return errReported
}

// privilegeHint says who may change services.
func privilegeHint() string {
	if runtime.GOOS == "windows" {
		return "run this in a command prompt opened with \"Run as administrator\""
	}
	return "run this as root, for example with sudo"
}
