package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"agcrm-google/sync/googletest"
)

// TestKilledAgainAndAgain kills the real process with SIGKILL at random moments
// of its runs while rows and events are edited on both sides. After the restart
// both ends hold exactly what people last wrote, a further run writes nothing,
// and nobody was mailed. AGCRM_TEST_SEED repeats a sequence that failed.
func TestKilledAgainAndAgain(t *testing.T) {
	needsSignals(t)
	kills := 5
	if os.Getenv("AGCRM_TEST_FULL") != "" {
		kills = 50
	}
	seed, err := strconv.ParseUint(os.Getenv("AGCRM_TEST_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	t.Logf("AGCRM_TEST_SEED=%d", seed)
	k := newKillings(t, seed)
	began := time.Now()
	for n := range kills {
		k.edit()
		if n%5 == 4 {
			k.killService()
		} else {
			k.killSync()
		}
		if k.rng.IntN(3) > 0 || n == kills-1 { // sometimes the restart is killed too
			k.recover()
			k.compare()
		}
		if t.Failed() {
			t.Fatalf("after kill %d of seed %d", n+1, seed)
		}
	}
	if m := k.google.Mails() + k.google.MissingSendUpdates(); m != 0 {
		t.Errorf("%d mails to guests, or writes without sendUpdates", m)
	}
	t.Logf("%d of %d kills hit a run in progress; %d appointments; %s", k.hits, kills, len(k.things), time.Since(began).Round(time.Millisecond))
	if k.hits == 0 {
		t.Error("no kill hit a run in progress: this test proves nothing")
	}
}

// killings is an installation that is killed, with what people wrote into it.
type killings struct {
	*world
	rng     *rand.Rand
	seen    atomic.Int64 // requests to the Calendar API since the process began
	hits    int          // kills that left a lease behind
	things  []*thing
	deleted map[bool]int // by side, below what the brake holds
}

const (
	satoEmail   = "sato@example.com"
	killLatency = 4 * time.Millisecond
)

func newKillings(t *testing.T, seed uint64) *killings {
	t.Helper()
	k := &killings{world: newWorld(t), rng: rand.New(rand.NewPCG(seed, 0)), deleted: map[bool]int{}}
	k.google.AddAccount(satoEmail)
	service := startService(t, k.env)
	k.staff()
	if got := command(t, testPassword+"\n", k.env, "user", "add", "sato", "--id", "102", "--email", satoEmail, "--password-stdin"); got.code != exitOK {
		t.Fatalf("%+v", got)
	}
	k.switchOn()
	k.link()
	k.linkSato()
	service.stop()
	k.google.SetLatency(killLatency)
	k.google.AddFault(googletest.Fault{Match: func(*http.Request) bool { k.seen.Add(1); return false }})
	return k
}

func (k *killings) linkSato() {
	k.t.Helper()
	sato := newVisitor(k.t, k.public)
	sato.login("sato", testPassword)
	redirect, err := k.google.Consent(sato.want(sato.post("/profile/link"), 303).location, satoEmail, nil)
	if err != nil {
		k.t.Fatal(err)
	}
	sato.want(sato.get(redirect), 303)
	sato.want(sato.post("/profile", "calendars", satoEmail, "target_calendar", satoEmail, "interval", "1", "direction", "both", "color", ""), 303)
}

// program prepares the real program as a process of its own.
func (k *killings) program(args ...string) *exec.Cmd {
	command := exec.Command(os.Args[0], args...)
	command.Env = append(os.Environ(), asProgram+"=1", "GORACE=atexit_sleep_ms=10") // the race detector's second at each end adds up
	for name, value := range k.env {
		command.Env = append(command.Env, name+"="+value)
	}
	return command
}

// killSync kills a synchronisation by the command line.
func (k *killings) killSync() {
	k.t.Helper()
	k.seen.Store(0)
	p := k.program("sync", "--json", "--user", "tanaka", "--user", "sato")
	if err := p.Start(); err != nil {
		k.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = p.Wait(); close(ended) }()
	k.moment(ended)
	_ = p.Process.Kill()
	<-ended
	k.count()
}

// killService kills "serve" in the runs that it begins by itself.
func (k *killings) killService() {
	k.t.Helper()
	k.exec("UPDATE agcrm_google_links SET next_run_ms = 0")
	k.seen.Store(0)
	p := startService(k.t, k.env)
	k.moment(nil)
	p.kill()
	k.count()
}

// moment waits for a random one: so many requests after the start of the process,
// if it makes so many, and a little, which may lie within a request or in what is
// made of its answer.
func (k *killings) moment(ended chan struct{}) {
	requests := int64(1 + k.rng.IntN(10))
	if k.requests(1, time.Minute, ended) && k.requests(requests, 5*time.Second, ended) {
		time.Sleep(time.Duration(k.rng.Int64N(int64(2 * killLatency))))
	}
}

// requests waits until the process has made so many, for so long; it tells whether
// the process still runs.
func (k *killings) requests(n int64, within time.Duration, ended chan struct{}) bool {
	for deadline := time.Now().Add(within); k.seen.Load() < n && time.Now().Before(deadline); {
		select {
		case <-ended:
			return false
		case <-time.After(100 * time.Microsecond):
		}
	}
	return true
}

// count asks whether the dead process held a lease: then it was in a run. The
// lease is ended, as if its ten seconds had passed.
func (k *killings) count() {
	k.t.Helper()
	var leases int
	if err := k.crm.QueryRow("SELECT COUNT(*) FROM agcrm_google_links WHERE lease_until_ms > ?", time.Now().UnixMilli()).Scan(&leases); err != nil {
		k.t.Fatal(err)
	}
	if leases > 0 {
		k.hits++
	}
	k.exec("UPDATE agcrm_google_links SET lease_until_ms = 0")
}

// recover starts the program again until it has nothing left to do.
func (k *killings) recover() {
	k.t.Helper()
	for range 8 {
		before := k.google.WriteCount()
		p := k.program("sync", "--json", "--user", "tanaka", "--user", "sato")
		var errors strings.Builder
		p.Stderr = &errors
		out, err := p.Output()
		if err != nil {
			k.t.Fatalf("sync after the restart: %v\n%s%s", err, out, errors.String())
		}
		work := k.google.WriteCount() - before
		for line := range strings.Lines(string(out)) {
			var result syncLine
			if err := json.Unmarshal([]byte(line), &result); err != nil || result.Error != "" || result.Held != 0 {
				k.t.Fatalf("sync after the restart: %s (%v)", line, err)
			}
			work += result.Pulled + result.Pushed
		}
		if work == 0 {
			for _, th := range k.things {
				th.fresh = false
			}
			return
		}
	}
	k.t.Fatal("every further run writes something")
}

// compare holds both ends against what people wrote.
func (k *killings) compare() {
	k.t.Helper()
	for owner, email := range map[int]string{101: tanakaEmail, 102: satoEmail} {
		var want []string
		for _, th := range k.things {
			if !th.gone && (owner == 101 || th.shared) {
				want = append(want, th.lines()...)
			}
		}
		slices.Sort(want)
		if got := k.calendarOf(email); !slices.Equal(got, want) {
			k.t.Errorf("%s's calendar holds\n%s\nwant\n%s", email, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if owner != 101 {
			want = nil // copies have no rows of their own
		}
		if got := k.tableOf(owner); !slices.Equal(got, want) {
			k.t.Errorf("the rows of %d say\n%s\nwant\n%s", owner, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	var asked int
	if err := k.crm.QueryRow("SELECT COUNT(*) FROM agcrm_google_held").Scan(&asked); err != nil || asked != 0 {
		k.t.Errorf("%d deletions are held (%v)", asked, err)
	}
}

// thing is an appointment as people know it. Each of its properties is written
// from one side only, so that the outcome is certain whatever is killed.
type thing struct {
	token   string // in the body, which nobody edits
	subject string // the CRM's to write
	place   string // Google's to write
	start   time.Time
	shared  bool // sato takes part
	series  bool // five days in a row
	removed map[int]bool
	named   map[int]string // occurrences that somebody renamed in Google
	gone    bool
	fresh   bool // written since both sides were last equal
}

const seriesLength = 5

func (th *thing) lines() []string {
	if !th.series {
		return []string{fmt.Sprintf("%s %s %q %q", th.token, th.start.Format(time.DateTime), th.subject, th.place)}
	}
	var lines []string
	for i := range seriesLength {
		if !th.removed[i] {
			lines = append(lines, fmt.Sprintf("%s %s %q", th.token, th.at(i).Format(time.DateTime), th.called(i)))
		}
	}
	return lines
}

func (th *thing) at(i int) time.Time { return th.start.AddDate(0, 0, i) }

func (th *thing) called(i int) string {
	if name, renamed := th.named[i]; renamed {
		return name
	}
	return th.subject
}
