package handlers

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"agcrm-google/models"
	calsync "agcrm-google/sync"
)

// metrics are the numbers of /metrics, in a registry of their own.
type metrics struct {
	requests *prometheus.HistogramVec
	handler  http.Handler
}

func newMetrics(db *models.DB, service *calsync.Service) *metrics {
	registry := prometheus.NewRegistry()
	m := &metrics{
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "agcrm_google_http_request_seconds",
			Help:    "Time to answer a request, by route and status.",
			Buckets: []float64{.005, .02, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route", "status"}),
		handler: promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
	}
	registry.MustRegister(m.requests, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "agcrm_google_sql_statements_total", Help: "SQL statements sent to the database.",
		}, func() float64 { return float64(db.Statements()) }))
	registry.MustRegister(syncCounters(service)...)
	registry.MustRegister(linkGauges{db})
	return m
}

// syncCounters are what synchronisation has done since the process started.
func syncCounters(service *calsync.Service) []prometheus.Collector {
	counter := func(name, help string, value func(calsync.Totals) int64) prometheus.Collector {
		return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "agcrm_google_" + name + "_total", Help: help},
			func() float64 { return float64(value(service.Totals())) })
	}
	return []prometheus.Collector{
		counter("runs", "Synchronisation runs.", func(t calsync.Totals) int64 { return t.Runs }),
		counter("failed_runs", "Synchronisation runs that failed.", func(t calsync.Totals) int64 { return t.FailedRuns }),
		counter("pulled", "Changes applied to schedule rows.", func(t calsync.Totals) int64 { return t.Pulled }),
		counter("pushed", "Changes written to Google.", func(t calsync.Totals) int64 { return t.Pushed }),
		counter("deleted", "Deletions carried to either side.", func(t calsync.Totals) int64 { return t.Deleted }),
		counter("conflicts", "Appointments changed on both sides.", func(t calsync.Totals) int64 { return t.Conflicts }),
		counter("held", "Deletions held for approval.", func(t calsync.Totals) int64 { return t.Held }),
		counter("google_calls", "Requests to the Calendar API.", func(t calsync.Totals) int64 { return t.GoogleCalls }),
	}
}

// observe counts a request; route is the pattern, so that the number of series
// stays small whatever addresses are tried.
func (m *metrics) observe(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Observe(took.Seconds())
}

// healthz says that the process answers.
func (s *server) healthz(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// readyz says whether the database answers and its tables are up to date.
func (s *server) readyz(c echo.Context) error {
	have, want, err := s.db.SchemaVersion(c.Request().Context())
	if err != nil {
		s.log.Warn("not ready", "err", err)
		return c.String(http.StatusServiceUnavailable, "database\n")
	}
	if have < want {
		return c.String(http.StatusServiceUnavailable, "migrations\n")
	}
	return c.String(http.StatusOK, "ok\n")
}

// serveMetrics answers this machine only, unless the settings open it. What a
// proxy on this machine forwards comes from elsewhere.
func (s *server) serveMetrics(c echo.Context) error {
	r := c.Request()
	if !s.config.MetricsOpen && (r.Header.Get("X-Forwarded-For") != "" || !loopback(r.RemoteAddr)) {
		return &models.Problem{Kind: models.ErrForbidden, Message: models.Say("error.metrics")}
	}
	s.metrics.handler.ServeHTTP(c.Response(), r)
	return nil
}

func loopback(remote string) bool {
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		return false
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
