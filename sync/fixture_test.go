package calsync

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
	"agcrm-google/sync/googletest"
)

// world is a schedule table, a simulated Google and the service between them.
type world struct {
	t        testing.TB
	db       *models.DB
	google   *googletest.Server
	svc      *Service
	raw      *sql.DB // somebody else who writes the table
	onServer bool    // the table is on SQL Server
	clock    *atomic.Int64
	chaos    *chaos
	jst      *time.Location
}

const testUser = 7

// newWorld links one employee (7, tanaka@example.com) through the OAuth flow.
// The clock stands at 2026-11-21 09:00 JST unless a test moves it.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := bareWorld(t)
	w.link(testUser, "tanaka@example.com")
	return w
}

func bareWorld(t testing.TB) *world {
	t.Helper()
	google := googletest.New()
	server := httptest.NewServer(google)
	t.Cleanup(func() { server.Close(); google.Close() })
	return worldOf(t, google, server.URL, http.DefaultTransport)
}

// worldOf is a world whose Google is reached under this address on this way.
func worldOf(t testing.TB, google *googletest.Server, address string, way http.RoundTripper) *world {
	t.Helper()
	ctx := context.Background()
	jst, err := time.LoadLocation("Asia/Tokyo")
	check(t, err)
	w := &world{t: t, jst: jst, google: google, clock: new(atomic.Int64), chaos: &chaos{next: way}}
	w.clock.Store(time.Date(2026, 11, 21, 9, 0, 0, 0, jst).UnixNano())
	w.google.SetNow(w.now)
	t.Cleanup(func() { // of every test of this package
		if n := w.google.Mails() + w.google.MissingSendUpdates(); n != 0 {
			t.Errorf("%d guests were mailed, or writes did not say sendUpdates=none", n)
		}
	})
	w.place()
	check(t, w.db.UseKeyFile(ctx, filepath.Join(t.TempDir(), "key")))
	w.svc = New(Options{DB: w.db, PublicURL: "http://localhost:8080", GoogleURL: address, Zone: jst, Now: w.now, Unpaced: true,
		HTTP: &http.Client{Transport: w.chaos}})
	w.google.AddClient(googletest.Client{ID: "1-a.apps.googleusercontent.com", Secret: "GOCSPX-s", ProjectID: "p",
		RedirectURIs: []string{"http://localhost:8080/agcrm_google/AuthCallback/IndexAsync"}})
	cs, err := w.svc.ParseClientSecrets(w.google.ClientSecretsJSON("1-a.apps.googleusercontent.com", address))
	check(t, err)
	check(t, w.svc.InstallClientSecrets(ctx, cs, false))
	settings, err := w.db.Settings(ctx)
	check(t, err)
	settings.Enabled = true
	check(t, w.db.SaveSettings(ctx, settings))
	return w
}

func (w *world) now() time.Time { return time.Unix(0, w.clock.Load()).UTC() }

// tick is the store's clock; each look at it is a step at which chaos may strike.
func (w *world) tick() time.Time {
	w.chaos.step()
	return w.now()
}

func (w *world) advance(d time.Duration) { w.clock.Add(int64(d)) }

// link makes an employee and links the account of this address.
func (w *world) link(id int64, email string) *googletest.Account {
	w.t.Helper()
	ctx := context.Background()
	account := w.google.Account(email)
	if account == nil {
		account = w.google.AddAccount(email)
		account.SetTimeZone("Asia/Tokyo")
	}
	user := models.User{ID: id, Login: fmt.Sprintf("u%d", id), Email: email, Role: models.RoleEmployee}
	if _, err := w.db.User(ctx, id); err != nil {
		check(w.t, w.db.AddUser(ctx, user, "a long password"))
	}
	verifier := oauth2.GenerateVerifier()
	address, err := w.svc.AuthCodeURL(ctx, user, "state", verifier)
	check(w.t, err)
	back, err := w.google.Consent(address, email, nil)
	check(w.t, err)
	u, err := url.Parse(back)
	check(w.t, err)
	check(w.t, w.svc.Link(ctx, id, u.Query().Get("code"), verifier))
	return account
}

func (w *world) account() *googletest.Account { return w.google.Account("tanaka@example.com") }

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// insertRow adds a timed row of the employee, start and end as YYYY-MM-DD HH:MM:SS.
func (w *world) insertRow(subject, start, end string) int64 {
	return w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, updated_at) VALUES (?, ?, ?, ?, ?)", testUser, subject, start, end, w.stamp())
}

func (w *world) stamp() string { return w.now().Format("2006-01-02 15:04:05.000") }

// sync runs the employee's link once and fails on an error.
func (w *world) sync() Result {
	w.t.Helper()
	res, err := w.try()
	check(w.t, err)
	return res
}

func (w *world) try() (Result, error) {
	return w.svc.SyncUser(context.Background(), testUser, RunOptions{})
}

// quiet asserts that another run writes nothing on either side.
func (w *world) quiet() {
	w.t.Helper()
	w.google.ResetCalls()
	if res := w.sync(); res.Pulled+res.Pushed != 0 {
		w.t.Errorf("a further run was not idle: %+v", res)
	}
	if n := w.google.WriteCount(); n != 0 {
		w.t.Errorf("a further run wrote %d times to Google", n)
	}
	w.noMail()
}

func (w *world) noMail() {
	w.t.Helper()
	if n := w.google.Mails(); n != 0 {
		w.t.Errorf("%d guests were mailed", n)
	}
	if n := w.google.MissingSendUpdates(); n != 0 {
		w.t.Errorf("%d writes did not say sendUpdates=none", n)
	}
}

func (w *world) rows() []models.Schedule { return w.rowsOf(testUser) }

func (w *world) rowsOf(owner int64) []models.Schedule {
	w.t.Helper()
	var ids []int64
	list, err := w.raw.Query("SELECT id FROM schedules WHERE owner_id = ? ORDER BY id", owner)
	check(w.t, err)
	defer list.Close()
	for list.Next() {
		var id int64
		check(w.t, list.Scan(&id))
		ids = append(ids, id)
	}
	byID, err := w.db.Schedules(context.Background(), ids)
	check(w.t, err)
	rows := make([]models.Schedule, len(ids))
	for i, id := range ids {
		rows[i] = byID[id]
	}
	return rows
}

func (w *world) events() []*calendar.Event { return w.account().Events("primary") }

// timed is an event of a person's, times as RFC 3339.
func timed(summary, start, end string) *calendar.Event {
	return &calendar.Event{Summary: summary, Start: &calendar.EventDateTime{DateTime: start}, End: &calendar.EventDateTime{DateTime: end}}
}
