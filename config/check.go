package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// checkListen wants host:port with a numeric port; port 0 lets the system
// choose one.
func checkListen(listen string) string {
	_, port, err := net.SplitHostPort(listen)
	if err != nil {
		return fmt.Sprintf("AGCRM_LISTEN: %q is no address: write host:port, for example 127.0.0.1:8080", listen)
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Sprintf("AGCRM_LISTEN: %q is no port: write a number from 1 to 65535, for example 127.0.0.1:8080", port)
	}
	return ""
}

// completePublicURL checks the public URL and brings it to the form in which
// browsers name an origin: lower case, nothing after the port.
func (c *Config) completePublicURL() string {
	const example = "for example https://crm.example.co.jp"
	u, err := url.Parse(c.PublicURL)
	switch {
	case err != nil || u.Opaque != "" || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return "AGCRM_PUBLIC_URL: it must begin with http:// or https:// and name a host, " + example
	case u.User != nil:
		return "AGCRM_PUBLIC_URL: it must not hold a user name or password, " + example
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return "AGCRM_PUBLIC_URL: it must end after host and port: leave out " + BasePath + " and all else behind, " + example
	}
	c.PublicURL = u.Scheme + "://" + strings.ToLower(u.Host)
	return ""
}

// completeGoogleURL checks the stand-in for Google's hosts. Client secret and
// tokens are sent there, so in the clear only to this machine.
func (c *Config) completeGoogleURL() string {
	if c.GoogleURL == "" {
		return ""
	}
	u, err := url.Parse(c.GoogleURL)
	switch {
	case err != nil || u.Opaque != "" || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "AGCRM_GOOGLE_URL: it must be a plain URL; leave it empty to speak to Google itself"
	case u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return "AGCRM_GOOGLE_URL: only https or this machine (http://127.0.0.1:PORT) may stand in for Google; leave it empty to speak to Google itself"
	}
	c.GoogleURL = strings.TrimRight(c.GoogleURL, "/")
	return ""
}

// loopback tells whether a host name or address means this machine.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// completeZone loads the zone. "Local" is refused: it would mean another zone
// on another machine.
func (c *Config) completeZone() string {
	zone, err := time.LoadLocation(c.TimeZone)
	if err != nil || c.TimeZone == "Local" {
		return fmt.Sprintf("AGCRM_TIME_ZONE: %q is no IANA time zone: write one like Asia/Tokyo", c.TimeZone)
	}
	c.zone = zone
	return ""
}

// oneOf is the fault of a setting that allows a few words only.
func oneOf(variable, value string, allowed ...string) string {
	if slices.Contains(allowed, value) {
		return ""
	}
	return fmt.Sprintf("%s: %q is unknown: write one of %s", variable, value, strings.Join(allowed, ", "))
}
