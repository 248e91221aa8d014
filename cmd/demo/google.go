package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"agcrm-google/config"
	"agcrm-google/sync/googletest"
)

const clientID = "1234567890-demo.apps.googleusercontent.com"

// google is the simulated Google, reached over HTTP as the real one would be.
type google struct {
	*googletest.Server
	root   string // http://127.0.0.1:PORT
	server *http.Server
}

// startGoogle opens the accounts, and registers the service as an
// administrator would in Google's console.
func startGoogle(publicURL string, now func() time.Time) (*google, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the simulated Google: %w", err)
	}
	g := &google{Server: googletest.New(), root: "http://" + listener.Addr().String()}
	g.AddClient(googletest.Client{ID: clientID, Secret: "GOCSPX-demo", ProjectID: "agcrm-google-demo",
		RedirectURIs: []string{publicURL + config.BasePath + "/AuthCallback/IndexAsync"}})
	g.SetNow(now)
	for _, p := range everybody {
		g.AddAccount(p.email)
	}
	g.server = &http.Server{Handler: g.Server, ReadHeaderTimeout: 10 * time.Second}
	go g.server.Serve(listener) //nolint:errcheck // it ends with stop, and then always with an error
	return g, nil
}

func (g *google) stop() {
	g.server.Close()
	g.Close()
}

// page is where a person sees the own simulated calendar.
func (g *google) page(p person) string { return g.root + "/ui/" + url.PathEscape(p.email) }

// consent does what an employee does in the browser: open the address, choose
// the account, allow. It returns the code that Google answers with.
func (g *google) consent(authURL, state, email string) (code string, err error) {
	redirect, err := g.Consent(authURL, email, nil)
	if err != nil {
		return "", fmt.Errorf("consent at the simulated Google: %w", err)
	}
	answer, err := url.Parse(redirect)
	if err != nil {
		return "", fmt.Errorf("read the answer of the simulated Google: %w", err)
	}
	if answer.Query().Get("state") != state {
		return "", fmt.Errorf("the simulated Google answered another request")
	}
	return answer.Query().Get("code"), nil
}

// do posts one form of somebody's simulated calendar page: add, edit or delete.
func (g *google) do(ctx context.Context, who person, action string, form url.Values) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, g.page(who)+"/"+action, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := http.DefaultTransport.RoundTrip(request) // its redirect leads back to the page
	if err != nil {
		return fmt.Errorf("edit the simulated calendar: %w", err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusSeeOther {
		return fmt.Errorf("edit the simulated calendar: %s", answer.Status)
	}
	return nil
}

// event is the id of the event of that title in somebody's calendar; empty if
// there is none.
func (g *google) event(of person, summary string) string {
	for _, ev := range g.Account(of.email).Events(of.email) {
		if ev.Summary == summary {
			return ev.Id
		}
	}
	return ""
}
