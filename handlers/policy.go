package handlers

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"sync"
	"time"

	"agcrm-google/models"
)

// policy is the Content-Security-Policy of a page. A browser applies
// form-action to the redirect that answers a form too, so it names where the
// link button leads: Google's authorisation page and, since Google may answer
// at once, the redirect URI, which can be another host than this one.
func (s *server) policy(ctx context.Context) string {
	return policyOf(s.clientFacts(ctx).hosts)
}

// clientFacts are what pages need to know of the installed client secrets.
type clientFacts struct {
	hosts      []string // that the link button leads to
	ready      bool     // there are some
	pasteFirst bool     // Google's way back cannot reach this service
	err        error    // they cannot be read
}

// clientFacts gives what was found a moment ago, or finds it again.
func (s *server) clientFacts(ctx context.Context) clientFacts {
	return s.targets.get(s.db.Now(), func() clientFacts { return s.findClient(ctx) })
}

func (s *server) findClient(ctx context.Context) clientFacts {
	var facts clientFacts
	if origin := s.sync.AuthOrigin(ctx); origin != "" {
		facts.hosts = append(facts.hosts, origin)
	}
	secrets, err := s.sync.ClientSecrets(ctx)
	if err != nil {
		if !errors.Is(err, models.ErrNotFound) {
			facts.err = err
		}
		return facts
	}
	facts.ready = true
	uri, local := s.sync.RedirectURI(secrets)
	if facts.pasteFirst = local; uri != "" {
		facts.hosts = append(facts.hosts, originOf(uri))
	}
	return facts
}

// targetsAge is how long a page may lag behind a client that another process
// installed.
const targetsAge = 5 * time.Second

// targets remembers clientFacts for a moment: every page needs them, and they
// change once in the life of an installation.
type targets struct {
	mu    sync.Mutex
	facts clientFacts
	until time.Time
}

func (t *targets) get(now time.Time, find func() clientFacts) clientFacts {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !now.Before(t.until) {
		if t.facts = find(); t.facts.err != nil {
			return t.facts // a fault is not kept
		}
		t.until = now.Add(targetsAge)
	}
	return t.facts
}

// forget makes the next page find the facts again.
func (t *targets) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.until = time.Time{}
}

// policyOf lets a page load what is our own, and its forms lead here and to
// the targets.
func policyOf(targets []string) string {
	return "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action " +
		strings.Join(append([]string{"'self'"}, targets...), " ") + "; frame-ancestors 'none'; base-uri 'none'"
}

func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
