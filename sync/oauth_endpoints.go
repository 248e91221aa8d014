package calsync

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"agcrm-google/models"
)

// Google's own addresses, for client secrets that name none.
const (
	googleAuth     = "https://accounts.google.com/o/oauth2/auth"
	googleToken    = "https://oauth2.googleapis.com/token"
	googleRevoke   = "https://oauth2.googleapis.com/revoke"
	googleCalendar = "https://www.googleapis.com/calendar/v3/"
)

// googleHosts are the only hosts that the addresses in client secrets may be on:
// a tampered file could otherwise send secret and tokens anywhere.
var googleHosts = []string{"accounts.google.com", "oauth2.googleapis.com", "www.googleapis.com"}

// endpoints are the addresses that this service speaks to.
type endpoints struct{ auth, token, revoke, calendar string }

// endpoints gives the addresses to use with these client secrets. What they name
// is checked again here: it may have been installed while another Google, or a
// stand-in, was meant.
func (s *Service) endpoints(cs ClientSecrets) endpoints {
	e := endpoints{googleAuth, googleToken, googleRevoke, googleCalendar}
	if root := s.googleRoot(); root != "" {
		e = endpoints{root + "/o/oauth2/auth", root + "/token", root + "/revoke", root + "/calendar/v3/"}
	}
	if cs.AuthURI != "" && s.trusts(cs.AuthURI) {
		e.auth = cs.AuthURI
	}
	if cs.TokenURI != "" && s.trusts(cs.TokenURI) {
		e.token = cs.TokenURI
	}
	return e
}

// googleRoot is the root that stands in for Google, without a slash at its end,
// or empty for Google itself.
func (s *Service) googleRoot() string { return strings.TrimRight(s.opt.GoogleURL, "/") }

// trusts tells whether an address of client secrets is Google's, or the
// stand-in's if there is one.
func (s *Service) trusts(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.User != nil || u.Opaque != "" || u.Fragment != "" {
		return false
	}
	if root := s.googleRoot(); root != "" {
		r, err := url.Parse(root)
		return err == nil && u.Scheme == r.Scheme && u.Host == r.Host
	}
	return u.Scheme == "https" && slices.Contains(googleHosts, u.Host)
}

// checkEndpoints refuses client secrets that name foreign hosts. With a stand-in
// for Google such addresses are passed over instead: they name Google itself.
func (s *Service) checkEndpoints(cs ClientSecrets) *models.Problem {
	if s.googleRoot() != "" {
		return nil
	}
	for _, given := range []struct{ name, address string }{{"auth_uri", cs.AuthURI}, {"token_uri", cs.TokenURI}} {
		if given.address != "" && !s.trusts(given.address) {
			return refused("secrets.foreign_host", "name", given.name, "address", shorten(given.address))
		}
	}
	return nil
}

// shorten keeps a message readable whatever a file holds.
func shorten(s string) string {
	const most = 100
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// AuthOrigin is scheme and host of the authorisation endpoint, for the
// form-action of the pages' CSP: browsers apply it to the redirect that follows
// a form too.
func (s *Service) AuthOrigin(ctx context.Context) string {
	cs, err := s.ClientSecrets(ctx)
	if err != nil {
		cs = ClientSecrets{} // no page should fail for this: the usual address then
	}
	u, err := url.Parse(s.endpoints(cs).auth)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}
