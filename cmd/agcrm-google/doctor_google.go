package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

const (
	// googlePatience is how long one of Google's hosts may take to answer.
	googlePatience = 10 * time.Second
	// clockTolerance is what a clock may be off without harm; beyond clockLimit
	// tokens are taken for expired and "newer" means nothing any more.
	clockTolerance = 30 * time.Second
	clockLimit     = 5 * time.Minute
)

// googleHosts are what must be reached; with AGCRM_GOOGLE_URL its root alone.
func (d *doctor) googleHosts() []string {
	if d.settings.GoogleURL != "" {
		return []string{d.settings.GoogleURL + "/"}
	}
	return []string{"https://oauth2.googleapis.com/", "https://www.googleapis.com/"}
}

// checkGoogle asks each host once. Any answer will do, a refusal included: it
// shows that the way is open, and its Date header is a clock to compare with.
func (d *doctor) checkGoogle(ctx context.Context) {
	var unreachable []string
	var date time.Time
	for _, host := range d.googleHosts() {
		answered, err := askDate(ctx, host)
		if err != nil {
			unreachable = append(unreachable, err.Error())
			continue
		}
		date = answered
	}
	d.noteClock(date)
	if len(unreachable) > 0 {
		d.fail("google", strings.Join(unreachable, "; "),
			"let this machine open https connections to "+strings.Join(d.googleHosts(), " and ")+"; behind a proxy set HTTPS_PROXY for the service")
		return
	}
	d.ok("google", strings.Join(d.googleHosts(), " and ")+" can be reached")
}

// askDate is the time by the host's own clock, corrected by the way there; the
// zero time if it names none.
func askDate(ctx context.Context, address string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(ctx, googlePatience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return time.Time{}, err
	}
	sent := time.Now()
	answer, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		host := address
		if u, parseErr := url.Parse(address); parseErr == nil {
			host = u.Host
		}
		return time.Time{}, fmt.Errorf("%s cannot be reached (%w)", host, err)
	}
	defer answer.Body.Close()
	date, err := http.ParseTime(answer.Header.Get("Date"))
	if err != nil {
		return time.Time{}, nil
	}
	return date.Add(time.Since(sent) / 2), nil
}

// noteClock compares this machine's clock with the one just read.
func (d *doctor) noteClock(date time.Time) {
	if date.IsZero() {
		d.warn("clock", "not checked: Google did not answer", "see the line below")
		return
	}
	off := time.Since(date).Round(time.Second)
	state := "differs from Google's by " + off.Abs().String()
	const remedy = "synchronise the clock of this machine with a time server (NTP)"
	switch {
	case off.Abs() > clockLimit:
		d.fail("clock", state, remedy)
	case off.Abs() > clockTolerance:
		d.warn("clock", state, remedy)
	default:
		d.ok("clock", "agrees with Google's")
	}
}
