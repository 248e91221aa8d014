package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"
)

// soon is what "within two seconds" is given on a busy machine under the race
// detector, where slow looks at the table make the next ones wait; the time itself
// is tested in the package of the scheduler, which has a clock of its own there.
const soon = time.Minute

// today is the day on which the tests began: midnight moves no appointment.
var today = time.Now()

// day is a day n days from today, as the table writes it: within the window
// that is synchronised, whenever the test runs.
func day(n int) string { return today.AddDate(0, 0, n).Format(time.DateOnly) }

func needsSignals(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a Windows process cannot be sent SIGTERM")
	}
	if testing.Short() {
		t.Skip("starts the whole service")
	}
}

// TestEndToEnd walks through an installation's life as its people do.
func TestEndToEnd(t *testing.T) {
	needsSignals(t)
	w := newWorld(t)
	service := startService(t, w.env)

	step := func(name string, do func(*testing.T)) {
		ok := t.Run(name, func(t *testing.T) { w.t = t; do(t) })
		if w.t = t; !ok {
			t.FailNow()
		}
	}

	step("a stranger", w.stranger)
	w.staff()
	step("the way in", w.wayIn)
	step("the Groupware tab", w.groupware)
	step("bad answers of Google", w.badCallbacks)
	step("linking and the first run", w.firstRun)
	step("edits of the table", w.tableEdits)
	step("edits in Google", w.googleEdits)
	step("edits on the pages", w.pageEdits)
	step("the command line beside it", w.commandBeside)
	step("administrators' pages", w.adminPages)
	step("unlinking", w.unlink)
	if n := w.google.Mails() + w.google.MissingSendUpdates(); n != 0 {
		t.Errorf("%d mails to guests, or writes without sendUpdates", n)
	}
	service.stop()
	for _, secret := range []string{testSecret, testPassword} {
		if strings.Contains(service.logged(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
}

func (w *world) stranger(t *testing.T) {
	v := newVisitor(t, w.public)
	v.want(v.get(w.public+"/healthz"), 200)
	if got := v.get(w.public + "/"); got.status/100 != 3 || !strings.HasSuffix(got.location, "/agcrm_google/") {
		t.Errorf("GET /: status %d to %s", got.status, got.location)
	}
	v.want(v.get("/login"), 200, "user add")
	for _, path := range []string{"/schedule", "/profile", "/settings/groupware", "/settings/links", "/history"} {
		got := v.want(v.get(path), 303)
		if want := "/agcrm_google/login?next=" + url.QueryEscape("/agcrm_google"+path); !strings.HasSuffix(got.location, want) {
			t.Errorf("GET %s leads to %s, want %s", path, got.location, want)
		}
	}
}

func (w *world) wayIn(t *testing.T) {
	v := newVisitor(t, w.public)
	wrong := v.post("/login", "login", "tanaka", "password", "not the password")
	v.want(wrong, 422, "tanaka")
	if strings.Contains(wrong.body, "not the password") {
		t.Error("the wrong password comes back in the page")
	}
	got := v.post("/login", "login", "tanaka", "password", testPassword, "next", "https://elsewhere.example/")
	if v.want(got, 303); !strings.HasPrefix(strings.TrimPrefix(got.location, w.public), "/agcrm_google/") {
		t.Errorf("login leads to %s", got.location)
	}
	v.want(v.get("/schedule?view=list"), 200)
	for _, path := range []string{"/settings/groupware", "/settings/links", "/settings/users"} {
		v.want(v.get(path), 403)
	}
	foreign, err := http.NewRequest(http.MethodPost, v.address("/profile/sync"), nil)
	if err != nil {
		t.Fatal(err)
	}
	foreign.Header.Set("Origin", "https://elsewhere.example")
	v.want(v.send(foreign), 403)
	v.want(v.post("/logout"), 303)
	v.want(v.get("/schedule"), 303)
}

func (w *world) groupware(t *testing.T) {
	admin := newVisitor(t, w.public)
	admin.login("admin", testPassword)
	good := w.google.ClientSecretsJSON(testClient, w.googleURL)
	for name, file := range map[string][]byte{
		"no JSON":           []byte("client_id=x"),
		"desktop client":    bytes.Replace(good, []byte(`"web"`), []byte(`"installed"`), 1),
		"service account":   []byte(`{"type":"service_account","client_email":"x@y.iam.gserviceaccount.com"}`),
		"other redirect":    bytes.ReplaceAll(good, []byte("/AuthCallback/IndexAsync"), []byte("/elsewhere")),
		"empty secret":      bytes.ReplaceAll(good, []byte(testSecret), nil),
		"far too large":     bytes.Repeat([]byte(" "), 10<<20),
		"a little too long": append(bytes.Repeat([]byte(" "), 64<<10), good...),
	} {
		got := admin.upload(file, "enabled", "on")
		if got.status != 422 {
			t.Errorf("%s: status %d, want 422", name, got.status)
		}
		if strings.Contains(got.body, testSecret) {
			t.Errorf("%s: the page shows the secret", name)
		}
	}
	if shown := admin.get("/settings/groupware"); strings.Contains(shown.body, testClient) {
		t.Error("a refused file was taken")
	}
	other := bytes.ReplaceAll(good, []byte("/AuthCallback/IndexAsync"), []byte("/elsewhere"))
	admin.want(admin.upload(other), 422, w.public+"/agcrm_google/AuthCallback/IndexAsync")

	admin.want(admin.upload(append([]byte("\uFEFF"), good...), "enabled", "on", "default_color", "9", "conflict_policy", "newest", "window_past", "30"), 303)
	shown := admin.want(admin.get("/settings/groupware"), 200, testClient, "test-project")
	if strings.Contains(shown.body, testSecret) {
		t.Error("the page shows the secret")
	}
	admin.want(admin.post("/settings/groupware/test"), 303)
	admin.want(admin.get("/settings/groupware"), 200, testClient)
	var stored []byte
	if err := w.crm.QueryRow("SELECT client_secrets FROM agcrm_google_settings").Scan(&stored); err != nil || bytes.Contains(stored, []byte(testSecret)) {
		t.Errorf("the secret is not sealed in the database (%v)", err)
	}
}

func (w *world) badCallbacks(t *testing.T) {
	tanaka := newVisitor(t, w.public)
	tanaka.login("tanaka", testPassword)
	stray := newVisitor(t, w.public)
	for _, path := range []string{"/AuthCallback", "/AuthCallback/IndexAsync"} {
		got := stray.get(path + "?code=x&state=y")
		stray.want(got, 400)
		if len(got.header.Values("Set-Cookie")) > 0 || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s to a stranger: %v", path, got.header)
		}
		tanaka.want(tanaka.get(path+"?code=x"), 400)
		tanaka.want(tanaka.get(path+"?code=x&state=foreign"), 400)
	}
	asked := tanaka.want(tanaka.post("/profile/link"), 303).location
	denied, err := w.google.Deny(asked, tanakaEmail)
	if err != nil {
		t.Fatal(err)
	}
	if got := tanaka.get(denied); got.status >= 500 || got.status == 200 {
		t.Errorf("cancelled consent: status %d", got.status)
	}
	asked = tanaka.want(tanaka.post("/profile/link"), 303).location
	partial, err := w.google.Consent(asked, tanakaEmail, []string{"openid", "https://www.googleapis.com/auth/userinfo.email", "https://www.googleapis.com/auth/calendar.calendarlist.readonly"})
	if err != nil {
		t.Fatal(err)
	}
	if got := tanaka.get(partial); got.status >= 500 || got.status == 200 {
		t.Errorf("a scope left unticked: status %d", got.status)
	}
	tanaka.want(tanaka.post("/profile/link/paste", "url", "https://elsewhere.example/?code=x&state=y"), 422)
	if shown := tanaka.get("/profile"); strings.Contains(shown.body, `value="`+tanakaEmail+`"`) {
		t.Error("tanaka is linked after all")
	}
}

func (w *world) commandBeside(t *testing.T) {
	w.person("add", "summary", "夕食", "start", day(3)+"T20:00", "end", day(3)+"T21:00")
	got := command(t, "", w.env, "sync", "--json", "--user", "tanaka", "--user", "admin", "--user", "nobody")
	lines := strings.Split(strings.TrimSpace(got.out), "\n")
	if got.code != exitFailed || len(lines) != 3 {
		t.Fatalf("%+v", got)
	}
	if !strings.HasPrefix(lines[0], `{"user":"tanaka","pulled":`) || !strings.HasSuffix(lines[0], `"error":""}`) {
		t.Errorf("tanaka: %s", lines[0])
	}
	for _, line := range lines[1:] {
		var result syncLine
		if err := json.Unmarshal([]byte(line), &result); err != nil || result.Error == "" {
			t.Errorf("%s (%v)", line, err)
		}
	}
	w.settleRows(5)
	again := command(t, "", w.env, "sync", "--json")
	want := `{"user":"tanaka","pulled":0,"pushed":0,"deleted":0,"conflicts":0,"held":0,"skipped":0,"google_calls":1,"error":""}` + "\n"
	if again.code != exitOK || again.out != want {
		t.Errorf("idle synchronisation: %+v\nwant %s", again, want)
	}
	if dry := command(t, "", w.env, "sync", "--dry-run"); dry.code != exitOK {
		t.Errorf("dry run: %+v", dry)
	}
	states, code := examine(t, w.env)
	if code != exitOK {
		t.Errorf("the doctor finds %v", states)
	}
	wantStates(t, states, "settings=ok database=ok migrations=ok schedules=ok key=ok client_secrets=ok redirect_uri=ok clock=ok google=ok")
}

func (w *world) adminPages(t *testing.T) {
	admin := newVisitor(t, w.public)
	admin.login("admin", testPassword)
	admin.want(admin.get("/settings/links"), 200, "tanaka", tanakaEmail)
	admin.want(admin.get("/settings/links.csv"), 200, "tanaka")
	admin.want(admin.get("/settings/users"), 200, "tanaka")
	admin.want(admin.get("/settings/history"), 200)
	admin.want(admin.get("/settings/system"), 200)
	admin.want(admin.post("/settings/links/101/pause"), 303)
	admin.want(admin.post("/settings/links/101/resume"), 303)
	admin.want(admin.post("/settings/links/101/sync"), 303)
}

func (w *world) unlink(t *testing.T) {
	tanaka := newVisitor(t, w.public)
	tanaka.login("tanaka", testPassword)
	tanaka.want(tanaka.get("/history"), 200)
	tanaka.want(tanaka.post("/profile/unlink", "google_events", "keep", "schedules", "keep"), 303)
	w.untilUnlinked()
	if rows := w.inTable(); len(rows) != 5 {
		t.Errorf("unlinking changed the table: %q", rows)
	}
	if got := command(t, "", w.env, "sync", "--json", "--user", "tanaka"); got.code != exitFailed || strings.Contains(got.out, `"error":""`) {
		t.Errorf("still linked: %+v", got)
	}
	if got := command(t, "", w.env, "user", "disable", "tanaka"); got.code != exitOK {
		t.Errorf("disable: %+v", got)
	}
	tanaka.want(tanaka.get("/profile"), 303)
	tanaka.want(tanaka.post("/login", "login", "tanaka", "password", testPassword), 422)
}
