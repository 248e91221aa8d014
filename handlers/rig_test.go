package handlers_test

import (
	"bytes"
	"context"
	"html"
	"io"
	"log/slog"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"agcrm-google/assets"
	"agcrm-google/config"
	"agcrm-google/handlers"
	"agcrm-google/models"
	calsync "agcrm-google/sync"
	"agcrm-google/sync/googletest"
)

const (
	clientID = "1234-test.apps.googleusercontent.com"
	password = "correct horse battery"
	admin    = int64(1)
	tanaka   = int64(2)
	suzuki   = int64(3)
)

// site is the whole service over a database of its own and a simulated Google.
type site struct {
	t         testing.TB
	url       string // scheme and host
	file      string // of the database
	db        *models.DB
	google    *googletest.Server
	service   *calsync.Service
	googleURL string
	log       *logText
}

// logText is what was logged; handlers may still write while a test reads.
type logText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// newSite starts a site with an administrator and two employees.
func newSite(t testing.TB) *site {
	t.Helper()
	return siteAt(t, time.Now)
}

// siteAt is newSite with a clock of the test's own.
func siteAt(t testing.TB, now func() time.Time) *site {
	t.Helper()
	s := emptySite(t, now)
	for _, u := range []models.User{
		{ID: admin, Login: "admin", Name: "山田管理者", Role: models.RoleAdmin},
		{ID: tanaka, Login: "tanaka", Name: "田中太郎"},
		{ID: suzuki, Login: "suzuki", Name: "鈴木花子"},
	} {
		if err := s.db.AddUser(t.Context(), u, password); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// emptySite is a fresh installation.
func emptySite(t testing.TB, now func() time.Time) *site {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, url: "http://" + listener.Addr().String(), google: googletest.New(), log: &logText{}}
	web := httptest.NewServer(s.google)
	t.Cleanup(func() { web.Close(); s.google.Close() })
	s.googleURL = web.URL

	dir := t.TempDir()
	settings := &config.Config{DataDir: dir, PublicURL: s.url, GoogleURL: s.googleURL}
	if err := settings.Complete(); err != nil {
		t.Fatal(err)
	}
	s.file = filepath.Join(dir, "agcrm_google.db")
	log := slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if s.db, err = models.Open(t.Context(), settings.Database, models.Options{Zone: settings.Location(), Log: slog.New(slog.DiscardHandler), Now: now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.db.Close() })
	if err := s.db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.db.UseKeyFile(t.Context(), filepath.Join(dir, "agcrm.key")); err != nil {
		t.Fatal(err)
	}
	service := calsync.New(calsync.Options{DB: s.db, PublicURL: s.url, GoogleURL: s.googleURL, Zone: settings.Location(), Unpaced: true})
	s.service = service
	handler, err := handlers.New(handlers.Options{DB: s.db, Sync: service, Config: settings, Log: log, Version: "1.2.3"})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(handler)
	server.Listener.Close()
	server.Listener = listener
	server.Start()
	t.Cleanup(server.Close)
	return s
}

func (s *site) redirectURI() string { return s.url + "/agcrm_google/AuthCallback/IndexAsync" }

// secrets is a client_secrets.json that the simulated Google knows.
func (s *site) secrets(redirects ...string) []byte {
	if len(redirects) == 0 {
		redirects = []string{s.redirectURI()}
	}
	s.google.AddClient(googletest.Client{ID: clientID, Secret: "GOCSPX-very-secret", ProjectID: "acme-crm", RedirectURIs: redirects})
	return s.google.ClientSecretsJSON(clientID, s.googleURL)
}

// browser is somebody at a browser: it keeps cookies and follows no redirect.
type browser struct {
	site   *site
	client *http.Client
	locale string
}

// reply is an answer, its text read.
type reply struct {
	t      testing.TB
	status int
	header http.Header
	body   string // entities decoded
	raw    string
}

func (s *site) browser(locale string) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return &browser{site: s, locale: locale, client: &http.Client{
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// as is a browser that somebody has signed in at.
func (s *site) as(id int64, locale string) *browser {
	s.t.Helper()
	user, err := s.db.User(s.t.Context(), id)
	if err != nil {
		s.t.Fatal(err)
	}
	b := s.browser(locale)
	b.post("/login", url.Values{"login": {user.Login}, "password": {password}}).want(http.StatusSeeOther)
	return b
}

func (b *browser) do(method, path, kind string, body io.Reader, headers ...string) reply {
	b.site.t.Helper()
	address := path
	if strings.HasPrefix(path, "/") {
		address = b.site.url + "/agcrm_google" + path
	}
	r, err := http.NewRequestWithContext(context.Background(), method, address, body)
	if err != nil {
		b.site.t.Fatal(err)
	}
	r.Header.Set("Accept-Language", b.locale)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := b.client.Do(r)
	if err != nil {
		b.site.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		b.site.t.Fatalf("%s %s: %v", method, path, err)
	}
	return reply{t: b.site.t, status: response.StatusCode, header: response.Header, body: html.UnescapeString(string(text)), raw: string(text)}
}

func (b *browser) get(path string) reply {
	b.site.t.Helper()
	return b.do(http.MethodGet, path, "", nil)
}

func (b *browser) post(path string, form url.Values, headers ...string) reply {
	b.site.t.Helper()
	return b.do(http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(form.Encode()), headers...)
}

// upload sends the Groupware form with a file.
func (b *browser) upload(file []byte, form url.Values) reply {
	b.site.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, values := range form {
		for _, value := range values {
			if err := w.WriteField(name, value); err != nil {
				b.site.t.Fatal(err)
			}
		}
	}
	part, err := w.CreateFormFile("client_secrets", "client_secrets.json")
	if err == nil {
		_, err = part.Write(file)
	}
	if err != nil || w.Close() != nil {
		b.site.t.Fatal("the upload could not be written")
	}
	return b.do(http.MethodPost, "/settings/groupware", w.FormDataContentType(), &body)
}

func (r reply) want(status int, texts ...string) reply {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("status %d, want %d; location %q; page:\n%s", r.status, status, r.header.Get("Location"), r.body)
	}
	for _, text := range texts {
		if !strings.Contains(r.body, text) {
			r.t.Errorf("the page lacks %q:\n%s", text, r.body)
		}
	}
	return r
}

func (r reply) without(texts ...string) reply {
	r.t.Helper()
	for _, text := range texts {
		if strings.Contains(r.body, text) {
			r.t.Errorf("the page holds %q", text)
		}
	}
	return r
}

func (r reply) leadsTo(location string) reply {
	r.t.Helper()
	if got := r.header.Get("Location"); got != location {
		r.t.Errorf("leads to %q, want %q", got, location)
	}
	return r
}

// text is a sentence of the catalogues.
func text(locale, key string, pairs ...string) string {
	m := models.Say(key, pairs...)
	return assets.Text(locale, m.Key, m.Args)
}

// enable installs client secrets and switches the service on.
func (s *site) enable(redirects ...string) {
	s.t.Helper()
	s.as(admin, "en").upload(s.secrets(redirects...), url.Values{"enabled": {"on"}}).want(http.StatusSeeOther)
}

// consent sends a browser to Google, where somebody allows everything, and
// gives the address that Google leads back to.
func (b *browser) consent(email string) string {
	b.site.t.Helper()
	away := b.post("/profile/link", nil).want(http.StatusSeeOther)
	back, err := b.site.google.Consent(away.header.Get("Location"), email, nil)
	if err != nil {
		b.site.t.Fatal(err)
	}
	return back
}

// link links the signed-in employee with a new Google account.
func (b *browser) link(email string) {
	b.site.t.Helper()
	if b.site.google.Account(email) == nil {
		b.site.google.AddAccount(email)
	}
	b.get(b.consent(email)).want(http.StatusSeeOther).leadsTo("/agcrm_google/profile")
}
