package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// pageLimits are the pages that are not the schedule, with what each may ask
// the database, and how long it may take in the big company.
var pageLimits = []struct {
	path       string
	statements int64
	time       time.Duration
}{
	{"/profile", 10, 50 * time.Millisecond},
	{"/history", 10, 50 * time.Millisecond},
	{"/settings/groupware", 10, 50 * time.Millisecond},
	{"/settings/links", 10, 100 * time.Millisecond},
	{"/settings/links?q=e01&state=behind", 10, 100 * time.Millisecond},
	{"/settings/links?state=held", 10, 100 * time.Millisecond},
	{"/settings/links.csv", 10, 200 * time.Millisecond}, // all employees
	{"/held", 10, 50 * time.Millisecond},
	{"/held/confirm?decision=reject&user=all", 10, 50 * time.Millisecond},
	{"/settings/held", 10, 50 * time.Millisecond},
	{"/settings/users", 10, 50 * time.Millisecond},
	{"/settings/history", 10, 50 * time.Millisecond},
	{"/settings/system", 10, 50 * time.Millisecond},
}

// Each page asks the database a bounded number of questions, however many
// employees there are.
func TestStatementsOfPages(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.crowd(smallCompany)
	b := s.as(admin, "ja")
	s.exec(`UPDATE agcrm_google_links SET last_success_ms = 0 WHERE user_id = 3`)
	first := s.as(suzuki, "ja") // whose first synchronisation is under way
	first.get("/profile")
	before := s.db.Statements()
	first.get("/profile").want(http.StatusOK, text("ja", "progress.title"))
	if n := s.db.Statements() - before; n > 10 {
		t.Errorf("the profile needs %d statements during the first synchronisation", n)
	}
	for _, page := range pageLimits {
		b.get("/profile/none") // what is asked once in a few seconds is asked now
		before := s.db.Statements()
		b.get(page.path).want(http.StatusOK)
		if n := s.db.Statements() - before; n > page.statements {
			t.Errorf("%s needs %d statements, at most %d are allowed", page.path, n, page.statements)
		}
	}
}

// BenchmarkPages measures the server's time for each page in the big company,
// over HTTP and with its statements; it fails where a page is too slow.
func BenchmarkPages(b *testing.B) {
	s := newSite(b)
	s.enable()
	s.crowd(bigCompany)
	who := s.as(admin, "ja")
	for _, page := range pageLimits {
		b.Run(strings.TrimPrefix(page.path, "/"), func(b *testing.B) {
			who.get(page.path).want(http.StatusOK)
			before := s.db.Statements()
			for b.Loop() {
				who.get(page.path)
			}
			b.ReportMetric(float64(s.db.Statements()-before)/float64(b.N), "statements/op")
			if each := b.Elapsed() / time.Duration(b.N); each > page.time {
				b.Errorf("%s takes %s, at most %s are allowed", page.path, each, page.time)
			}
		})
	}
}
