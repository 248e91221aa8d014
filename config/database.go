package config

import (
	"net/url"
	"strings"
)

// checkDatabase checks the form of a database setting. The value itself, and
// the error of the URL parser, which quotes it, stay out of the text.
func checkDatabase(dsn string) string {
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		if path == "" {
			return "AGCRM_DATABASE: sqlite: needs a path behind it, for example sqlite:data/agcrm_google.db"
		}
		return ""
	}
	if !strings.HasPrefix(dsn, "sqlserver://") {
		return "AGCRM_DATABASE: it must begin with sqlite: or sqlserver://, for example sqlserver://user:password@host:1433?database=crm"
	}
	u, err := url.Parse(dsn)
	if err != nil || u.Fragment != "" {
		return "AGCRM_DATABASE: the sqlserver:// URL cannot be read: write special characters of the password percent-encoded (# as %23, @ as %40, / as %2F, % as %25)"
	}
	if u.Hostname() == "" {
		return "AGCRM_DATABASE: the sqlserver:// URL names no host, for example sqlserver://user:password@host:1433?database=crm"
	}
	return ""
}

// DatabaseForPeople is the database setting as it may be shown and logged:
// without its password.
func (c *Config) DatabaseForPeople() string {
	if !strings.HasPrefix(c.Database, "sqlserver://") {
		return c.Database
	}
	u, err := url.Parse(c.Database)
	if err != nil {
		return "sqlserver://..."
	}
	query := u.Query()
	for name := range query {
		if strings.EqualFold(name, "password") || strings.EqualFold(name, "pwd") {
			query.Set(name, "xxxxx")
		}
	}
	u.RawQuery = query.Encode()
	u.Fragment, u.RawFragment = "", ""
	return u.Redacted()
}
