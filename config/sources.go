package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// bom is what Windows' editor likes to put before UTF-8 text.
const bom = "\uFEFF"

// Lookup finds an environment variable, as os.LookupEnv does.
type Lookup func(name string) (value string, ok bool)

// Environment gives kong the settings that the environment holds. It is used
// instead of kong's own env tag so that tests need not touch the process.
func Environment(lookup Lookup) kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if !isSetting(flag.Name) {
			return nil, nil
		}
		value, ok := lookup(Variable(flag.Name))
		switch {
		case !ok:
			return nil, nil
		case value == "" && flag.IsBool():
			return "false", nil
		}
		return value, nil
	})
}

// Loader reads the JSON file of --config for kong. What the environment holds
// it leaves alone: kong lets the file win otherwise. A key that is no setting,
// or a value that is neither text, number nor boolean, is an error.
func Loader(lookup Lookup) kong.ConfigurationLoader {
	return func(r io.Reader) (kong.Resolver, error) {
		values, err := readFile(r)
		if err != nil {
			return nil, fmt.Errorf("settings file: %w", err)
		}
		return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
			value, ok := values[strings.ReplaceAll(flag.Name, "-", "_")]
			if !ok || !isSetting(flag.Name) {
				return nil, nil
			}
			if _, set := lookup(Variable(flag.Name)); set {
				return nil, nil
			}
			return value, nil
		}), nil
	}
}

// readFile turns the JSON object into texts, as a command line would give them.
func readFile(r io.Reader) (map[string]string, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(text, []byte(bom))))
	decoder.UseNumber()
	var raw map[string]any
	if err := decoder.Decode(&raw); err != nil {
		return nil, fmt.Errorf("it must be one JSON object, saved as UTF-8, like {\"data_dir\": \"/var/lib/agcrm\"}: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is something behind the JSON object: remove it")
	}
	values := make(map[string]string, len(raw))
	for key, value := range raw {
		if !isSetting(strings.ReplaceAll(key, "_", "-")) || strings.Contains(key, "-") {
			return nil, fmt.Errorf("the key %q is no setting: the keys are %s", key, strings.Join(keys(), ", "))
		}
		switch value.(type) {
		case string, bool, json.Number:
			values[key] = fmt.Sprint(value)
		default:
			return nil, fmt.Errorf("the value of %q must be text, a number, true or false", key)
		}
	}
	return values, nil
}

// Variable is the environment variable of a flag: AGCRM_DATA_DIR of data-dir.
func Variable(flag string) string {
	return "AGCRM_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// Names are the flags of all settings, without the dashes before them.
func Names() []string {
	fields := reflect.VisibleFields(reflect.TypeFor[Config]())
	var names []string
	for _, field := range fields {
		if name := field.Tag.Get("name"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// isSetting tells a setting from a flag of one command (--user), which the
// environment and the file must not set.
func isSetting(flag string) bool { return slices.Contains(Names(), flag) }

// keys are the names as the JSON file writes them.
func keys() []string {
	names := Names()
	for i, name := range names {
		names[i] = strings.ReplaceAll(name, "-", "_")
	}
	return names
}
