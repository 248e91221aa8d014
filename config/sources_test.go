package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// commandLine is a program with a setting's namesake among its own flags.
type commandLine struct {
	Config   kong.ConfigFlag
	Settings Config `embed:""`
	Run      struct {
		User string
	} `cmd:""`
}

// parse reads args, env and the text of a settings file as the service does.
func parse(t *testing.T, file string, env map[string]string, args ...string) (commandLine, error) {
	t.Helper()
	lookup := func(name string) (string, bool) { value, ok := env[name]; return value, ok }
	if file != "" {
		path := filepath.Join(t.TempDir(), "settings.json")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--config", path)
	}
	var line commandLine
	parser, err := kong.New(&line, kong.Resolvers(Environment(lookup)), kong.Configuration(Loader(lookup)))
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse(append([]string{"run"}, args...))
	return line, err
}

func TestPrecedence(t *testing.T) {
	const file = `{"data_dir": "of-file", "locale": "fr", "metrics_open": true, "time_zone": "UTC"}`
	env := map[string]string{"AGCRM_DATA_DIR": "of-env", "AGCRM_LOCALE": "en", "AGCRM_USER": "of-env"}
	line, err := parse(t, bom+file, env, "--data-dir", "of-flag")
	if err != nil {
		t.Fatal(err)
	}
	got := line.Settings
	if got.DataDir != "of-flag" || got.Locale != "en" || got.TimeZone != "UTC" || !got.MetricsOpen || got.LogLevel != "info" {
		t.Errorf("got %+v", got)
	}
	if line.Run.User != "" {
		t.Errorf("the environment set --user to %q, which is no setting", line.Run.User)
	}
}

func TestEmptyVariableBeatsTheFile(t *testing.T) {
	env := map[string]string{"AGCRM_GOOGLE_URL": "", "AGCRM_METRICS_OPEN": "", "AGCRM_LISTEN": ""}
	line, err := parse(t, `{"google_url": "https://g.example", "metrics_open": true, "listen": ":1"}`, env)
	if err != nil {
		t.Fatal(err)
	}
	if err := line.Settings.Complete(); err != nil {
		t.Fatal(err)
	}
	if got := line.Settings; got.GoogleURL != "" || got.MetricsOpen || got.Listen != "127.0.0.1:8080" {
		t.Errorf("got %+v", got)
	}
}

func TestFileRefused(t *testing.T) {
	tests := map[string]struct{ file, names string }{
		"unknown key":     {`{"data_dir": "x", "datadir": "y"}`, `"datadir"`},
		"a flag's form":   {`{"data-dir": "x"}`, `"data-dir"`},
		"a command's key": {`{"user": "x"}`, `"user"`},
		"a list":          {`{"listen": [":1"]}`, `"listen"`},
		"null":            {`{"listen": null}`, `"listen"`},
		"no JSON":         {`listen = :1`, "JSON"},
		"not an object":   {`["listen"]`, "JSON"},
		"more behind":     {`{"listen": ":1"} {"locale": "en"}`, "behind"},
		"a bad boolean":   {`{"metrics_open": "perhaps"}`, "perhaps"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := parse(t, test.file, nil)
			if err == nil || !strings.Contains(err.Error(), test.names) {
				t.Errorf("got %v, want an error that names %s", err, test.names)
			}
		})
	}
}

func TestEverySettingComesFromEnvironment(t *testing.T) {
	env := map[string]string{}
	for _, name := range Names() {
		env[Variable(name)] = "true"
	}
	line, err := parse(t, "", env)
	if err != nil {
		t.Fatal(err)
	}
	want := Config{"true", "true", "true", "true", "true", "true", "true", "true", "true", "true", "true", true, nil}
	if line.Settings != want {
		t.Errorf("got %+v", line.Settings)
	}
}

func TestLogger(t *testing.T) {
	var out strings.Builder
	c := Config{LogLevel: "warn", LogFormat: "json"}
	c.Logger(&out).Info("quiet")
	c.Logger(&out).Warn("heard")
	if got := out.String(); strings.Contains(got, "quiet") || !strings.HasPrefix(got, "{") || !strings.Contains(got, "heard") {
		t.Errorf("got %s", got)
	}
}
