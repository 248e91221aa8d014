package handlers

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"time"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
)

const (
	// formLimit is the largest body that is read into memory: a form, or an
	// uploaded file of 64 KiB with what surrounds it.
	formLimit = 128 << 10
	// drainLimit is how much of a larger body is read and thrown away. A browser
	// that is still sending does not read the answer: without this it would show
	// a broken connection instead of the reason.
	drainLimit = 64 << 20
)

const (
	requestIDKey  = "request_id"
	tooLargeKey   = "too_large"
	unreadableKey = "unreadable"
)

// requestID is the reference of this request in the log.
func requestID(c echo.Context) string {
	id, _ := c.Get(requestIDKey).(string)
	return id
}

// record gives each request an id, logs and counts it, and turns a panic into
// an error. Neither query strings (the callback's hold a code) nor values of
// forms are logged.
func (s *server) record(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		begin := time.Now()
		c.Set(requestIDKey, rand.Text()[:12])
		c.Response().Header().Set("X-Request-Id", requestID(c))
		if err := guarded(next, c); err != nil {
			c.Error(err)
		}
		took := time.Since(begin)
		s.metrics.observe(c.Path(), c.Response().Status, took)
		s.log.Debug("request", "id", requestID(c), "method", c.Request().Method, "route", c.Path(),
			"status", c.Response().Status, "user", pageOf(c).User.ID, "took", took)
		return nil
	}
}

// guarded calls a handler; a panic becomes an error that names the place.
func guarded(next echo.HandlerFunc, c echo.Context) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			if fault == http.ErrAbortHandler {
				panic(fault)
			}
			err = fmt.Errorf("panic: %v\n%s", fault, debug.Stack())
		}
	}()
	return next(c)
}

// harden sets the security headers. Pages replace the policy by their own.
func (s *server) harden(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		h := c.Response().Header()
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		return next(c)
	}
}

// sameOrigin refuses what another site's page makes a browser send.
func (s *server) sameOrigin(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if err := s.origin.Check(c.Request()); err != nil {
			return &models.Problem{Kind: models.ErrForbidden, Message: models.Say("error.cross_site")}
		}
		return next(c)
	}
}

// limitBody reads the body of a form; of one that is too large it keeps
// nothing, and formOf says so.
func (s *server) limitBody(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		r := c.Request()
		if r.Body == nil || r.Body == http.NoBody {
			return next(c)
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, formLimit+1))
		if err != nil {
			return fmt.Errorf("read the request: %w", errors.Join(err, models.ErrInvalid))
		}
		if len(body) > formLimit {
			c.Set(tooLargeKey, true)
			if n, _ := io.Copy(io.Discard, io.LimitReader(r.Body, drainLimit)); n == drainLimit {
				c.Response().Header().Set("Connection", "close")
			}
			body = nil
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		return next(c)
	}
}

// formOf reads the form of a POST: url-encoded, or multipart with files.
func formOf(c echo.Context) (url.Values, error) {
	if large, _ := c.Get(tooLargeKey).(bool); large {
		return nil, models.Invalid("", "form.too_large")
	}
	if unreadable, _ := c.Get(unreadableKey).(bool); unreadable {
		return nil, models.Invalid("", "form.unreadable")
	}
	r := c.Request()
	err := r.ParseMultipartForm(formLimit)
	if err != nil && !errors.Is(err, http.ErrNotMultipart) {
		c.Set(unreadableKey, true) // a second reading would find nothing wrong
		return nil, models.Invalid("", "form.unreadable")
	}
	return r.PostForm, nil
}
