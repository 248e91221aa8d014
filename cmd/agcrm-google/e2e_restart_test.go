package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"agcrm-google/sync/googletest"
)

// TestStopAndKillInTheMiddle ends the service twice within a long run: what
// was begun is finished by the next start, nothing twice.
func TestStopAndKillInTheMiddle(t *testing.T) {
	needsSignals(t)
	w := newWorld(t)
	service := startService(t, w.env)
	w.staff()
	w.switchOn()
	w.link()
	w.google.SetLatency(200 * time.Millisecond) // so that a slow machine sees the run before its end
	const rows = 60
	for i := range rows {
		w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at) VALUES (101, ?, ?, ?)", fmt.Sprintf("予定%02d", i), day(1+i%9)+" 10:00:00", day(1+i%9)+" 11:00:00")
	}
	w.untilEvents(5)
	service.stop()
	if n := len(w.inGoogle()); n >= rows {
		t.Fatalf("all %d events are there: the service was not stopped within its run", n)
	}
	service = startService(t, w.env)
	w.untilEvents(len(w.inGoogle()) + 5)
	service.kill()
	if n := len(w.inGoogle()); n >= rows {
		t.Fatalf("all %d events are there: the service was not killed within its run", n)
	}
	w.google.SetLatency(0)
	service = startService(t, w.env)
	w.untilEvents(rows) // the dead instance's lease ends first
	w.settleRows(rows)
	service.stop()
}

// untilEvents waits until Google holds at least n events.
func (w *world) untilEvents(n int) {
	w.t.Helper()
	w.until(time.Minute, fmt.Sprintf("%d events in Google", n), func() bool { return len(w.inGoogle()) >= n })
}

// TestLostKey: a database with sealed secrets never gets a new key by itself.
func TestLostKey(t *testing.T) {
	needsSignals(t)
	w := newWorld(t)
	w.staff()
	file := filepath.Join(t.TempDir(), "client_secrets.json")
	if err := os.WriteFile(file, w.google.ClientSecretsJSON(testClient, w.googleURL), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := command(t, "", w.env, "secrets", "import", file); got.code != exitOK || !strings.Contains(got.out, testClient) || strings.Contains(got.out, testSecret) {
		t.Fatalf("import: %+v", got)
	}
	key := filepath.Join(w.env["AGCRM_DATA_DIR"], "agcrm.key")
	info, err := os.Stat(key)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("key file: %v, %v", info, err)
	}
	if err := os.Rename(key, key+".away"); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"serve"}, {"sync"}} {
		got := command(t, "", w.env, args...)
		if got.code != exitFailed || !strings.Contains(got.err, "key reset") || !strings.Contains(got.err, key) {
			t.Errorf("%v without the key: %+v", args, got)
		}
	}
	if _, err := os.Stat(key); !os.IsNotExist(err) {
		t.Errorf("a new key was made: %v", err)
	}
	if states, code := examine(t, w.env); code != exitFailed || states["key"] != stateFailed {
		t.Errorf("doctor: %v", states)
	}
	if got := command(t, "", w.env, "key", "reset"); got.code != exitOK {
		t.Fatalf("key reset: %+v", got)
	}
	if states, code := examine(t, w.env); code != exitOK || states["key"] != stateOK || states["client_secrets"] != stateWarning {
		t.Errorf("doctor after the reset: %v", states)
	}
}

// TestPaste links with the redirect URI of All Gather CRM's manual, which leads
// to the browser's own machine: the employee pastes where the browser ended.
func TestPaste(t *testing.T) {
	needsSignals(t)
	w := newWorld(t)
	w.google.AddClient(googletest.Client{ID: testClient, Secret: testSecret, RedirectURIs: []string{"http://localhost/agcrm_google/AuthCallback/IndexAsync"}})
	service := startService(t, w.env)
	w.staff()
	w.switchOn()
	tanaka := newVisitor(t, w.public)
	tanaka.login("tanaka", testPassword)
	redirect, err := w.google.Consent(tanaka.want(tanaka.post("/profile/link"), 303).location, tanakaEmail, nil)
	if err != nil {
		t.Fatal(err)
	}
	colleague := newVisitor(t, w.public)
	colleague.login("admin", testPassword)
	colleague.want(colleague.post("/profile/link/paste", "url", redirect), 422)
	tanaka.want(tanaka.post("/profile/link/paste", "url", strings.Replace(redirect, "localhost", "elsewhere.example", 1)), 422)
	tanaka.want(tanaka.post("/profile/link/paste", "url", redirect), 303)
	tanaka.want(tanaka.get("/profile"), 200, tanakaEmail)
	tanaka.want(tanaka.post("/profile/link/paste", "url", redirect), 422)
	service.stop()
}
