// Package config is what has to be known before the database can be opened:
// where to listen, where the data lies, which key seals it. What an
// administrator edits in the browser lives in the database instead.
//
// A setting is a flag after the command (--data-dir), an environment variable
// (AGCRM_DATA_DIR) or a key of a JSON file (data_dir), and in that order one
// beats the other. The package reads and checks; it opens nothing, creates
// nothing and holds no global state.
package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// BasePath is where all pages live on the host; the paths in RedirectURIs are
// below it.
const BasePath = "/agcrm_google"

// Config holds the settings. Fill it through kong with Environment and Load,
// or by hand in tests; then call Complete once before use.
type Config struct {
	Listen       string `name:"listen" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address of the web pages (${default})."`
	PublicURL    string `name:"public-url" default:"http://localhost:8080" placeholder:"URL" help:"Scheme, host and port as a browser sees them (${default})."`
	DataDir      string `name:"data-dir" default:"data" placeholder:"DIR" help:"Folder of the embedded database and the key file (${default})."`
	Database     string `name:"database" placeholder:"URL" help:"sqlite:PATH or a sqlserver:// URL; without it an SQLite file in the data folder."`
	DatabaseFile string `name:"database-file" placeholder:"FILE" help:"File that holds the value of --database, to keep its password out of sight."`
	GoogleURL    string `name:"google-url" placeholder:"URL" help:"One root that stands in for Google's hosts, for tests and the demo only."`
	TimeZone     string `name:"time-zone" default:"Asia/Tokyo" placeholder:"ZONE" help:"Zone of schedule rows that name none (${default})."`
	Locale       string `name:"locale" default:"ja" placeholder:"ja|en|fr" help:"Default language (${default})."`
	KeyFile      string `name:"key-file" placeholder:"FILE" help:"Key that seals secrets; without it agcrm.key in the data folder."`
	LogLevel     string `name:"log-level" default:"info" placeholder:"debug|info|warn|error" help:"Least level that is logged (${default})."`
	LogFormat    string `name:"log-format" default:"text" placeholder:"text|json" help:"Form of a log line (${default})."`
	MetricsOpen  bool   `name:"metrics-open" help:"Let /metrics answer other hosts than loopback."`

	zone *time.Location
}

// Faults are all that is wrong with the settings, one sentence each, naming
// the variable and what to do. No sentence holds a password.
type Faults []string

// Error lists the faults, one a line.
func (f Faults) Error() string { return strings.Join(f, "\n") }

// Complete fills in the defaults, those that hang on other settings included,
// and checks the settings as a whole. Its error is of type Faults and names
// everything that is wrong, not only the first.
func (c *Config) Complete() error {
	if err := kong.ApplyDefaults(c); err != nil {
		return fmt.Errorf("default settings: %w", err)
	}
	var faults Faults
	faults.add(c.completeDatabase())
	if c.KeyFile == "" {
		c.KeyFile = filepath.Join(c.DataDir, "agcrm.key")
	}
	faults.add(checkListen(c.Listen))
	faults.add(c.completePublicURL())
	faults.add(c.completeGoogleURL())
	faults.add(c.completeZone())
	faults.add(oneOf("AGCRM_LOCALE", c.Locale, "ja", "en", "fr"))
	faults.add(oneOf("AGCRM_LOG_LEVEL", c.LogLevel, "debug", "info", "warn", "error"))
	faults.add(oneOf("AGCRM_LOG_FORMAT", c.LogFormat, "text", "json"))
	if len(faults) > 0 {
		return faults
	}
	return nil
}

// add notes a fault; the empty text is none.
func (f *Faults) add(fault string) {
	if fault != "" {
		*f = append(*f, fault)
	}
}

// Location is the zone of AGCRM_TIME_ZONE, or UTC before Complete succeeded.
func (c *Config) Location() *time.Location {
	if c.zone == nil {
		return time.UTC
	}
	return c.zone
}

// RedirectURIs are the addresses under the public URL at which Google's answer
// is awaited, the preferred one first.
func (c *Config) RedirectURIs() []string {
	return []string{
		c.PublicURL + BasePath + "/AuthCallback/IndexAsync",
		c.PublicURL + BasePath + "/AuthCallback",
	}
}

// completeDatabase settles Database from the file or the default and checks
// its form. What it reads is never part of a fault: it may hold a password.
func (c *Config) completeDatabase() string {
	switch {
	case c.Database != "" && c.DatabaseFile != "":
		return "AGCRM_DATABASE and AGCRM_DATABASE_FILE are both set: keep one of them"
	case c.DatabaseFile != "":
		text, err := os.ReadFile(c.DatabaseFile)
		if err != nil {
			return fmt.Sprintf("AGCRM_DATABASE_FILE: cannot be read (%v): name a file that this account may read", err)
		}
		c.Database = strings.TrimSpace(strings.TrimPrefix(string(text), bom))
		if c.Database == "" {
			return fmt.Sprintf("AGCRM_DATABASE_FILE: %s is empty: write the value of AGCRM_DATABASE into it", c.DatabaseFile)
		}
		c.DatabaseFile = "" // settled: a second Complete finds one value
	case c.Database == "":
		c.Database = "sqlite:" + filepath.Join(c.DataDir, "agcrm_google.db")
	}
	return checkDatabase(c.Database)
}
