package calsync

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"agcrm-google/models"
)

// maxPasted is the longest address that is looked at, in bytes; Google's are
// below one kilobyte.
const maxPasted = 8 << 10

// ParseCallbackURL reads the address that an employee's browser ended on and
// that the employee pasted: what Google would have brought, had the browser been
// on the server. It takes only addresses that Google can have redirected to. The
// Problems are of the field url: link.paste_unreadable, link.paste_other_site
// (arg uri: how the address must begin) and link.paste_no_code.
//
// The caller compares state with the session's; oauthError is Google's word for
// a refusal, such as access_denied, and then there is no code.
func (s *Service) ParseCallbackURL(ctx context.Context, pasted string) (code, state, oauthError string, err error) {
	cs, err := s.installed(ctx)
	if err != nil {
		return "", "", "", err
	}
	allowed := s.RegisterURIs()
	if uri, _ := s.RedirectURI(cs); uri != "" {
		allowed = append([]string{uri}, allowed...)
	}
	return parseCallback(pasted, allowed)
}

// parseCallback is ParseCallbackURL, purely; allowed are the redirect URIs.
func parseCallback(pasted string, allowed []string) (code, state, oauthError string, err error) {
	pasted = strings.TrimSpace(pasted)
	if pasted == "" || len(pasted) > maxPasted {
		return "", "", "", models.Invalid("url", "link.paste_unreadable")
	}
	if !strings.Contains(pasted, "://") {
		scheme, _, _ := strings.Cut(allowed[0], "://")
		pasted = scheme + "://" + pasted // browsers hide the scheme, and some copy without it
	}
	u, err := url.Parse(pasted)
	if err != nil || u.Host == "" {
		return "", "", "", models.Invalid("url", "link.paste_unreadable")
	}
	same := func(uri string) bool { return siteAndPath(uri) == siteAndPath(pasted) }
	if u.User != nil || !slices.ContainsFunc(allowed, same) {
		return "", "", "", models.Invalid("url", "link.paste_other_site", "uri", allowed[0])
	}
	q, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "", "", "", models.Invalid("url", "link.paste_unreadable")
	}
	code, state, oauthError = q.Get("code"), q.Get("state"), q.Get("error")
	once := len(q["code"]) <= 1 && len(q["state"]) == 1 && len(q["error"]) <= 1
	if !once || state == "" || (code == "") == (oauthError == "") {
		return "", "", "", models.Invalid("url", "link.paste_no_code")
	}
	return code, state, oauthError, nil
}

// siteAndPath is an address without its query, the way browsers show it: host in
// lower case, no port where it is the scheme's own. The path stays as it is.
func siteAndPath(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	host := strings.ToLower(u.Host)
	switch u.Scheme {
	case "http":
		host = strings.TrimSuffix(host, ":80")
	case "https":
		host = strings.TrimSuffix(host, ":443")
	}
	return u.Scheme + "://" + host + u.EscapedPath()
}
