// Package handlers is the web face of the service: a form comes in, one call
// into models or calsync is made, a page goes out. It promises the routes,
// field names and statuses of the contract in DESIGN.md, answers everybody in
// the own language, and never shows a secret, a token or an error's inside.
//
// echo stays behind this package's fence: New gives a plain http.Handler. What
// synchronisation means is no business of these files, and neither is SQL.
package handlers

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/labstack/echo/v4"

	"agcrm-google/config"
	"agcrm-google/models"
	calsync "agcrm-google/sync"
	"agcrm-google/views"
)

// Options is what the pages work with. All but Version are needed.
type Options struct {
	DB      *models.DB
	Sync    *calsync.Service
	Config  *config.Config // after Complete
	Log     *slog.Logger
	Version string // shown to administrators
}

// root is the path below which all pages live.
const root = views.Root

// server holds what all handlers share.
type server struct {
	db       *models.DB
	sync     *calsync.Service
	config   *config.Config
	log      *slog.Logger
	version  string
	started  time.Time
	sessions *scs.SessionManager
	logins   *throttle
	metrics  *metrics
	targets  targets
	once     once
	readings readings
	origin   *http.CrossOriginProtection
}

// New makes the handler of the whole host: the pages below /agcrm_google, and
// /healthz, /readyz and /metrics. The caller owns everything in the options;
// the handler starts nothing that would have to be stopped.
func New(o Options) (http.Handler, error) {
	if o.DB == nil || o.Sync == nil || o.Config == nil || o.Log == nil {
		return nil, errors.New("handlers: an option is missing")
	}
	s := &server{
		db: o.DB, sync: o.Sync, config: o.Config, log: o.Log, version: o.Version,
		started: o.DB.Now(), logins: newThrottle(),
		origin: http.NewCrossOriginProtection(),
	}
	// A reverse proxy may rewrite the Host header, so that the browser's origin
	// is no longer the host that arrives here: the public URL is named instead.
	if err := s.origin.AddTrustedOrigin(o.Config.PublicURL); err != nil {
		return nil, err
	}
	s.sessions = s.newSessions()
	s.metrics = newMetrics(o.DB, o.Sync)

	e := echo.New()
	e.HideBanner, e.HidePort = true, true
	// Only a proxy on this machine is believed about the address of its client.
	e.IPExtractor = echo.ExtractIPFromXFFHeader(echo.TrustLoopback(true), echo.TrustLinkLocal(false), echo.TrustPrivateNet(false))
	s.mount(e)
	return e, nil
}
