package main

import (
	"bufio"
	"context"
	"io"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// asProgram tells a test binary to be agcrm-google itself: so the tests have
// the real program as a process of its own, race detector included, without
// building it a second time.
const asProgram = "AGCRM_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		os.Exit(run(ctx, os.Args[1:], console{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.LookupEnv}))
	}
	code := m.Run()
	closeChromium()
	os.Exit(code)
}

// process is a running "agcrm-google serve".
type process struct {
	t       *testing.T
	command *exec.Cmd
	ended   chan error
	mu      sync.Mutex
	log     strings.Builder
}

var listening = regexp.MustCompile(`listening on (http://[0-9.:]+)`)

// startService runs "serve" in that environment and waits until it listens.
// The test fails if it is still running, or ends badly, when the test ends.
func startService(t *testing.T, env map[string]string) *process {
	t.Helper()
	p := &process{t: t, command: exec.Command(os.Args[0], "serve"), ended: make(chan error, 1)}
	p.command.Env = append(os.Environ(), asProgram+"=1")
	for name, value := range maps.All(env) {
		p.command.Env = append(p.command.Env, name+"="+value)
	}
	output, err := p.command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.cleanUp)
	ready := make(chan struct{})
	go p.follow(output, ready)
	select {
	case <-ready:
	case err := <-p.ended:
		p.ended <- err
		t.Fatalf("the service ended at its start (%v):\n%s", err, p.logged())
	case <-time.After(2 * time.Minute):
		t.Fatalf("the service does not listen:\n%s", p.logged())
	}
	return p
}

// follow keeps what the service logs until it ends.
func (p *process) follow(output io.Reader, ready chan struct{}) {
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		p.mu.Lock()
		p.log.WriteString(lines.Text() + "\n")
		p.mu.Unlock()
		if ready != nil && listening.MatchString(lines.Text()) {
			close(ready)
			ready = nil
		}
	}
	p.ended <- p.command.Wait()
}

func (p *process) logged() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.log.String()
}

// stop sends SIGTERM and expects a clean end: within the five seconds promised,
// or three times as much for a busy machine.
func (p *process) stop() {
	p.t.Helper()
	began := time.Now()
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case err := <-p.ended:
		p.ended <- err
		if err != nil {
			p.t.Errorf("the service ended with %v:\n%s", err, p.logged())
		}
		if took := time.Since(began); took > 15*time.Second {
			p.t.Errorf("stopping took %s:\n%s", took, p.logged())
		}
	case <-time.After(time.Minute):
		p.t.Fatalf("the service does not stop:\n%s", p.logged())
	}
}

// kill ends the service without a word, as a power cut does.
func (p *process) kill() {
	p.t.Helper()
	if err := p.command.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	p.ended <- <-p.ended
}

func (p *process) cleanUp() {
	select {
	case <-p.ended:
	default:
		_ = p.command.Process.Kill()
		<-p.ended
	}
	if strings.Contains(p.logged(), "DATA RACE") || strings.Contains(p.logged(), "panic:") {
		p.t.Errorf("the service says:\n%s", p.logged())
	} else if p.t.Failed() {
		p.t.Logf("the service says:\n%s", p.logged())
	}
}
