package calsync

import (
	"net"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"

	"agcrm-google/models"
)

// callbackPaths are the routes of Google's way back, the preferred one first: it
// is the one that All Gather CRM's manual has administrators register.
var callbackPaths = []string{"/agcrm_google/AuthCallback/IndexAsync", "/agcrm_google/AuthCallback"}

// loopbackRoots are what a browser on the server itself can be sent back to.
var loopbackRoots = []string{"http://localhost", "http://127.0.0.1"}

// RegisterURIs are the exact strings that an administrator may register as
// redirect URI in Google's console, the preferred one first.
func (s *Service) RegisterURIs() []string {
	uris := make([]string, len(callbackPaths))
	for i, path := range callbackPaths {
		uris[i] = strings.TrimRight(s.opt.PublicURL, "/") + path
	}
	return uris
}

// RedirectURI chooses the redirect URI that links use: one below the public URL,
// failing that one on the browser's own machine; empty if the file holds neither,
// as may happen when the public URL was changed later. local tells that the
// browser will be sent to its own machine, where this service usually is not:
// the page then offers the paste field first. Google compares the URI letter by
// letter, so it is used exactly as it was registered.
func (s *Service) RedirectURI(cs ClientSecrets) (uri string, local bool) {
	if cs.Typed {
		return s.RegisterURIs()[0], false
	}
	for _, wanted := range s.RegisterURIs() {
		if slices.Contains(cs.RedirectURIs, wanted) {
			return wanted, false
		}
	}
	for _, path := range callbackPaths {
		for _, root := range loopbackRoots {
			for _, uri := range cs.RedirectURIs {
				if isLoopback(uri, root, path) {
					return uri, true
				}
			}
		}
	}
	return "", false
}

// isLoopback tells whether uri is root, any port or none, and path.
func isLoopback(uri, root, path string) bool {
	rest, ok := strings.CutPrefix(uri, root)
	if !ok {
		return false
	}
	port, ok := strings.CutSuffix(rest, path)
	return ok && (port == "" || validPort(port))
}

// validPort wants a colon and the number of a port.
func validPort(s string) bool {
	digits, ok := strings.CutPrefix(s, ":")
	if !ok || digits == "" || len(digits) > 5 || strings.Trim(digits, "0123456789") != "" {
		return false
	}
	_, err := net.LookupPort("tcp", digits)
	return err == nil
}

// checkRedirect refuses credentials with which no link could be made, and names
// what to register instead: the public URL, or where Google would refuse to
// register that, the loopback address.
func (s *Service) checkRedirect(cs ClientSecrets) *models.Problem {
	if uri, _ := s.RedirectURI(cs); uri != "" {
		return nil
	}
	public := s.RegisterURIs()[0]
	if registrable(public) {
		return refused("secrets.redirect", "uri", public)
	}
	return refused("secrets.redirect_local", "uri", loopbackRoots[0]+callbackPaths[0], "public", public)
}

// registrable tells whether Google's console takes the URI: https with a name
// below a public top-level domain, or plain http on the browser's own machine.
func registrable(uri string) bool {
	u, err := url.Parse(uri)
	if err != nil {
		return false
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	if host == "localhost" || ip != nil && ip.IsLoopback() {
		return true
	}
	if u.Scheme != "https" || ip != nil {
		return false
	}
	suffix, managed := publicsuffix.PublicSuffix(host)
	return suffix != host && (managed || strings.Contains(suffix, "."))
}
