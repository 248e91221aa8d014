package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"agcrm-google/sync/googletest"
)

// examine runs doctor --json and gives the state of each check.
func examine(t *testing.T, env map[string]string) (states map[string]string, code int) {
	t.Helper()
	got := command(t, "", env, "doctor", "--json")
	states = map[string]string{}
	for line := range strings.Lines(got.out) {
		var result check
		if err := json.Unmarshal([]byte(line), &result); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if result.State != stateOK && result.Remedy == "" {
			t.Errorf("%s does not say what to do", line)
		}
		states[result.Name] = result.State
	}
	return states, got.code
}

// wantStates compares the states of all checks.
func wantStates(t *testing.T, got map[string]string, want string) {
	t.Helper()
	var line []string
	for _, name := range []string{"settings", "database", "migrations", "schedules", "key", "client_secrets", "redirect_uri", "clock", "google"} {
		line = append(line, name+"="+got[name])
	}
	if joined := strings.Join(line, " "); joined != want {
		t.Errorf("got  %s\nwant %s", joined, want)
	}
}

func TestDoctorOnAFreshInstallation(t *testing.T) {
	env := installation(t)
	google := httptest.NewServer(googletest.New())
	defer google.Close()
	env["AGCRM_GOOGLE_URL"] = google.URL
	states, code := examine(t, env)
	wantStates(t, states, "settings=ok database=warning migrations=warning schedules=warning key=warning client_secrets=warning redirect_uri=warning clock=ok google=ok")
	if code != exitOK {
		t.Errorf("warnings alone fail: exit status %d", code)
	}
	if _, err := os.Stat(env["AGCRM_DATA_DIR"]); !os.IsNotExist(err) {
		t.Errorf("the doctor made the data folder: %v", err)
	}
	if got := command(t, "", env, "migrate"); got.code != exitOK {
		t.Fatalf("migrate: %+v", got)
	}
	states, code = examine(t, env)
	wantStates(t, states, "settings=ok database=ok migrations=ok schedules=ok key=warning client_secrets=warning redirect_uri=warning clock=ok google=ok")
	if code != exitOK {
		t.Errorf("exit status %d", code)
	}
	if _, err := os.Stat(env["AGCRM_DATA_DIR"] + "/agcrm.key"); !os.IsNotExist(err) {
		t.Errorf("the doctor made a key: %v", err)
	}
}

func TestDoctorFindsFaults(t *testing.T) {
	late := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat))
	}))
	defer late.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	tests := map[string]struct{ variable, value, want string }{
		"clock":        {"AGCRM_GOOGLE_URL", late.URL, "settings=ok database=warning migrations=warning schedules=warning key=warning client_secrets=warning redirect_uri=warning clock=failed google=ok"},
		"reachability": {"AGCRM_GOOGLE_URL", gone.URL, "settings=ok database=warning migrations=warning schedules=warning key=warning client_secrets=warning redirect_uri=warning clock=warning google=failed"},
		"settings":     {"AGCRM_LISTEN", "here", "settings=failed database= migrations= schedules= key= client_secrets= redirect_uri= clock= google="},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			env := installation(t)
			env[test.variable] = test.value
			states, code := examine(t, env)
			wantStates(t, states, test.want)
			if code != exitFailed {
				t.Errorf("exit status %d", code)
			}
		})
	}
}

func TestDoctorOnABrokenDatabase(t *testing.T) {
	env := installation(t)
	google := httptest.NewServer(googletest.New())
	defer google.Close()
	env["AGCRM_GOOGLE_URL"] = google.URL
	file := t.TempDir() + "/no.db"
	if err := os.WriteFile(file, []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	env["AGCRM_DATABASE"] = "sqlite:" + file
	states, code := examine(t, env)
	wantStates(t, states, "settings=ok database=failed migrations=warning schedules=warning key=warning client_secrets=warning redirect_uri=warning clock=ok google=ok")
	if code != exitFailed {
		t.Errorf("exit status %d", code)
	}
}

func TestDoctorOnTheScheduleTable(t *testing.T) {
	const reason = "it has no column row_version of type rowversion"
	tests := map[string]struct {
		fresh, view bool
		unversioned string
		state, says string
	}{
		"no table yet":         {fresh: true, state: stateWarning, says: "no table of this service yet"},
		"view laid beforehand": {fresh: true, view: true, state: stateOK, says: "a view over the CRM's table"},
		"own table":            {state: stateOK, says: "own layout"},
		"view":                 {view: true, state: stateOK, says: "a view over the CRM's table"},
		"view without version": {view: true, unversioned: reason, state: stateWarning, says: "because " + reason},
		"fresh, no version":    {fresh: true, view: true, unversioned: reason, state: stateWarning, says: "contents of all rows are compared"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var d doctor
			d.noteSchedules(test.fresh, test.view, test.unversioned)
			got := d.checks[0]
			if len(d.checks) != 1 || got.Name != "schedules" || got.State != test.state || !strings.Contains(got.Message, test.says) {
				t.Errorf("got %+v", d.checks)
			}
			if (got.Remedy == "") != (got.State == stateOK) {
				t.Errorf("remedy %q in state %s", got.Remedy, got.State)
			}
		})
	}
}
