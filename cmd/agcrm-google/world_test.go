package main

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"agcrm-google/sync/googletest"
)

const (
	testClient   = "42-test.apps.googleusercontent.com"
	testSecret   = "GOCSPX-test-secret"
	tanakaEmail  = "tanaka@example.com"
	testPassword = "a long password"
)

// world is an installation with all that surrounds it: the simulated Google,
// and the CRM as a second connection to the database.
type world struct {
	t         *testing.T
	google    *googletest.Server
	googleURL string
	public    string
	env       map[string]string
	crm       *sql.DB
}

// newWorld makes an installation that was never started.
func newWorld(t *testing.T) *world {
	t.Helper()
	address := freeAddress(t)
	w := &world{t: t, google: googletest.New(), public: "http://" + address}
	server := httptest.NewServer(w.google)
	t.Cleanup(func() { server.Close(); w.google.Close() })
	w.googleURL = server.URL
	w.google.AddClient(googletest.Client{ID: testClient, Secret: testSecret, ProjectID: "test-project",
		RedirectURIs: []string{w.public + "/agcrm_google/AuthCallback/IndexAsync"}})
	w.google.AddAccount(tanakaEmail)
	folder := t.TempDir()
	w.env = map[string]string{
		"AGCRM_DATA_DIR": folder, "AGCRM_LISTEN": address, "AGCRM_PUBLIC_URL": w.public,
		"AGCRM_GOOGLE_URL": w.googleURL, "AGCRM_LOCALE": "en", "AGCRM_LOG_LEVEL": "info",
	}
	var err error
	w.crm, err = sql.Open("sqlite", "file:"+filepath.ToSlash(filepath.Join(folder, "agcrm_google.db"))+"?_pragma=busy_timeout(15000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.crm.Close() })
	return w
}

// freeAddress is an address that nothing listens on, below the ports that the
// system gives to outgoing connections: the public URL must be known before
// the service listens, and no other connection may take the port meanwhile.
func freeAddress(t *testing.T) string {
	t.Helper()
	for range 100 {
		free, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(10000)))
		if err == nil {
			defer free.Close()
			return free.Addr().String()
		}
	}
	t.Fatal("no free port")
	return ""
}

// staff adds an administrator and the employee tanaka, number 101.
func (w *world) staff() {
	w.t.Helper()
	for _, args := range [][]string{
		{"user", "add", "admin", "--id", "1", "--admin", "--password-stdin"},
		{"user", "add", "tanaka", "--id", "101", "--email", tanakaEmail, "--password-stdin"},
	} {
		if got := command(w.t, testPassword+"\n", w.env, args...); got.code != exitOK {
			w.t.Fatalf("%v: %+v", args, got)
		}
	}
}

// switchOn uploads the client secrets and ticks the box.
func (w *world) switchOn() {
	w.t.Helper()
	admin := newVisitor(w.t, w.public)
	admin.login("admin", testPassword)
	admin.want(admin.upload(w.google.ClientSecretsJSON(testClient, w.googleURL), "enabled", "on"), 303)
}

// link links tanaka's account and saves the profile, and gives the browser in
// which it was done.
func (w *world) link() *visitor {
	w.t.Helper()
	tanaka := newVisitor(w.t, w.public)
	tanaka.login("tanaka", testPassword)
	consent := tanaka.want(tanaka.post("/profile/link"), 303)
	redirect, err := w.google.Consent(consent.location, tanakaEmail, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	tanaka.want(tanaka.get(redirect), 303)
	w.saveProfile(tanaka)
	return tanaka
}

func (w *world) saveProfile(tanaka *visitor) {
	w.t.Helper()
	tanaka.want(tanaka.post("/profile", "calendars", tanakaEmail, "target_calendar", tanakaEmail, "interval", "1", "direction", "both", "color", ""), 303)
}

// exec is a statement of the CRM.
func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	if _, err := w.crm.ExecContext(w.t.Context(), query, args...); err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
}

// person does one thing on the simulated calendar page: add, edit or delete.
func (w *world) person(action string, pairs ...string) {
	w.t.Helper()
	v := newVisitor(w.t, w.googleURL)
	v.want(v.post(w.googleURL+"/ui/"+tanakaEmail+"/"+action, pairs...), 303)
}

// event is the id of tanaka's event of that title.
func (w *world) event(summary string) string {
	w.t.Helper()
	for _, ev := range w.google.Account(tanakaEmail).Events(tanakaEmail) {
		if ev.Summary == summary {
			return ev.Id
		}
	}
	w.t.Fatalf("no event %q in Google: %q", summary, w.inGoogle())
	return ""
}

// inTable is what tanaka's rows say, one line each, sorted.
func (w *world) inTable() []string {
	w.t.Helper()
	rows, err := w.crm.QueryContext(w.t.Context(), `SELECT subject, COALESCE(location, ''), COALESCE(body, ''),
		CAST(start_at AS TEXT), CAST(end_at AS TEXT), all_day, COALESCE(color_id, 0) FROM schedules WHERE owner_id = 101`)
	if err != nil {
		w.t.Fatal(err)
	}
	defer rows.Close()
	var lines []string
	for rows.Next() {
		var subject, location, body, start, end string
		var allDay bool
		var color int
		if err := rows.Scan(&subject, &location, &body, &start, &end, &allDay, &color); err != nil {
			w.t.Fatal(err)
		}
		start, end = tidy(start, allDay), tidy(end, allDay)
		lines = append(lines, fmt.Sprintf("%s|%s|%s|%s|%s|%d", subject, location, body, start, end, color))
	}
	if err := rows.Err(); err != nil {
		w.t.Fatal(err)
	}
	slices.Sort(lines)
	return lines
}

// tidy is a time of the table in its full form: outside writers may put a T
// between date and time and leave the seconds out.
func tidy(clock string, allDay bool) string {
	if allDay {
		return clock[:10]
	}
	return (strings.Replace(clock, "T", " ", 1) + ":00")[:len(time.DateTime)]
}

// inGoogle is what tanaka's events say, in the same form.
func (w *world) inGoogle() []string {
	w.t.Helper()
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		w.t.Fatal(err)
	}
	var lines []string
	for _, ev := range w.google.Account(tanakaEmail).Events(tanakaEmail) {
		start, end := ev.Start.Date, ""
		if ev.Start.Date != "" {
			last, err := time.Parse(time.DateOnly, ev.End.Date)
			if err != nil {
				w.t.Fatal(err)
			}
			end = last.AddDate(0, 0, -1).Format(time.DateOnly)
		} else {
			start, end = wall(w.t, ev.Start.DateTime, zone), wall(w.t, ev.End.DateTime, zone)
		}
		color := ev.ColorId
		if color == "" {
			color = "0"
		}
		lines = append(lines, strings.Join([]string{ev.Summary, ev.Location, ev.Description, start, end, color}, "|"))
	}
	slices.Sort(lines)
	return lines
}

func wall(t *testing.T, instant string, zone *time.Location) string {
	t.Helper()
	at, err := time.Parse(time.RFC3339, instant)
	if err != nil {
		t.Fatal(err)
	}
	return at.In(zone).Format(time.DateTime)
}

// settle waits until both sides say exactly this.
func (w *world) settle(within time.Duration, want ...string) {
	w.t.Helper()
	slices.Sort(want)
	w.until(within, fmt.Sprintf("%q on both sides", want), func() bool {
		return slices.Equal(w.inTable(), want) && slices.Equal(w.inGoogle(), want)
	})
}

// untilUnlinked waits for the end of the unlink job: the grant is revoked and
// the credentials are gone.
func (w *world) untilUnlinked() {
	w.t.Helper()
	w.until(soon, "the end of the link", func() bool {
		var links int
		if err := w.crm.QueryRowContext(w.t.Context(), "SELECT COUNT(*) FROM agcrm_google_links").Scan(&links); err != nil {
			w.t.Fatal(err)
		}
		return links == 0
	})
	if n := w.google.Account(tanakaEmail).Grants(); n != 0 {
		w.t.Errorf("the grant was not revoked")
	}
}

// until waits for what is to happen, and shows both sides if it does not.
func (w *world) until(within time.Duration, what string, happened func() bool) {
	w.t.Helper()
	deadline := time.Now().Add(within)
	for !happened() {
		if time.Now().After(deadline) {
			w.t.Fatalf("after %s: not %s\ntable  %q\nGoogle %q", within, what, w.inTable(), w.inGoogle())
		}
		time.Sleep(50 * time.Millisecond)
	}
}
