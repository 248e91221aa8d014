package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

// What each view of the schedule may ask the database, and how long it may take
// in the big company.
const (
	scheduleStatements = 10
	scheduleTime       = 50 * time.Millisecond
)

// schedulePages are the views, of the reader alone and with five colleagues.
func schedulePages(now time.Time) []string {
	var pages []string
	for _, view := range []string{"month", "week", "day", "list"} {
		own := "/schedule?view=" + view + "&date=" + now.Format(time.DateOnly)
		others := own + fmt.Sprintf("&user=%d", tanaka)
		for i := range 5 {
			others += fmt.Sprintf("&user=%d", crowdStart+1+i)
		}
		pages = append(pages, own, others)
	}
	return append(pages, "/schedule/new", "/schedule?find=e00")
}

// Each view asks a bounded number of questions, however many employees and
// appointments there are.
func TestStatementsOfSchedule(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.crowd(smallCompany)
	b := s.as(tanaka, "ja")
	for _, path := range schedulePages(s.db.Now()) {
		before := s.db.Statements()
		page := b.get(path).want(http.StatusOK)
		if n := s.db.Statements() - before; n > scheduleStatements {
			t.Errorf("%s needs %d statements, at most %d are allowed", path, n, scheduleStatements)
		}
		if strings.HasPrefix(path, "/schedule?view=") && !strings.Contains(page.body, "打ち合わせ") {
			t.Errorf("%s shows nothing of the crowd", path)
		}
	}
}

// BenchmarkSchedule measures the server's time for each view in the big company,
// over HTTP and with its statements; it fails where a view is too slow.
func BenchmarkSchedule(b *testing.B) {
	s := newSite(b)
	s.enable()
	s.crowd(bigCompany)
	who := s.as(tanaka, "ja")
	for _, path := range schedulePages(s.db.Now()) {
		name := strings.TrimPrefix(path, "/")
		if strings.Contains(path, "&user=") {
			name, _, _ = strings.Cut(name, "&user=")
			name += "&colleagues"
		}
		b.Run(name, func(b *testing.B) {
			page := who.get(path).want(http.StatusOK)
			before := s.db.Statements()
			for b.Loop() {
				who.get(path)
			}
			b.ReportMetric(float64(s.db.Statements()-before)/float64(b.N), "statements/op")
			b.ReportMetric(float64(len(page.raw)), "page-bytes")
			if each := b.Elapsed() / time.Duration(b.N); each > scheduleTime {
				b.Errorf("%s takes %s, at most %s are allowed", path, each, scheduleTime)
			}
		})
	}
}
