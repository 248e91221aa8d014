package assets_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"agcrm-google/assets"
)

func catalogue(t *testing.T, locale string) map[string]string {
	t.Helper()
	data, err := os.ReadFile("locales/" + locale + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var texts map[string]string
	if err := json.Unmarshal(data, &texts); err != nil {
		t.Fatalf("%s: %v", locale, err)
	}
	return texts
}

var placeholder = regexp.MustCompile(`\{\{[^}]*\}\}`)

// Every key stands in every language, says something, and has the same
// arguments everywhere (a date's parts are each language's own choice).
func TestLanguagesAgree(t *testing.T) {
	first := catalogue(t, assets.Locales[0])
	for _, locale := range assets.Locales {
		other := catalogue(t, locale)
		for key, text := range first {
			translated, ok := other[key]
			switch {
			case !ok:
				t.Errorf("%s has no %q", locale, key)
			case strings.TrimSpace(translated) == "":
				t.Errorf("%s: %q is empty", locale, key)
			case !strings.HasPrefix(key, "format.") && !slices.Equal(arguments(text), arguments(translated)):
				t.Errorf("%s: %q has the arguments %v, not %v", locale, key, arguments(translated), arguments(text))
			}
		}
		for key := range other {
			if _, ok := first[key]; !ok {
				t.Errorf("%s has %q, which %s has not", locale, key, assets.Locales[0])
			}
		}
	}
}

func arguments(text string) []string {
	found := placeholder.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// usage is what the program's sources say about keys.
type usage struct {
	keys     map[string]string   // key given to a function that takes one, and where
	prefixes map[string]string   // beginning of a key that is put together
	literals map[string]struct{} // every string
}

// keyArgument tells which argument of a function is a key.
var keyArgument = map[string]int{"T": 0, "Say": 0, "Invalid": 1, "Word": 0, "conflict": 1,
	"logLine": 2, "written": 4, "refused": 0, "linkProblem": 0, "onLink": 1, "saved": 1}

func usedKeys(t *testing.T) usage {
	t.Helper()
	u := usage{keys: map[string]string{}, prefixes: map[string]string{}, literals: map[string]struct{}{}}
	for _, folder := range []string{"views", "handlers", "models", "sync", "config", "cmd"} {
		err := filepath.WalkDir("../"+folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool { u.visit(path, n); return true })
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return u
}

func (u usage) visit(path string, n ast.Node) {
	switch n := n.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
			u.literals[text] = struct{}{}
		}
	case *ast.CallExpr:
		name := ""
		switch fun := n.Fun.(type) {
		case *ast.SelectorExpr:
			name = fun.Sel.Name
		case *ast.Ident:
			name = fun.Name
		}
		at, ok := keyArgument[name]
		if !ok || at >= len(n.Args) {
			return
		}
		switch arg := n.Args[at].(type) {
		case *ast.BasicLit:
			key, err := strconv.Unquote(arg.Value)
			switch {
			case err != nil || arg.Kind != token.STRING:
			case name == "Word":
				u.prefixes[key] = path
			default:
				u.keys[key] = path
			}
		case *ast.BinaryExpr:
			if left, ok := arg.X.(*ast.BasicLit); ok && left.Kind == token.STRING {
				prefix, _ := strconv.Unquote(left.Value)
				u.prefixes[prefix] = path
			}
		}
	}
}

// What the program says exists, and the catalogues hold nothing that it never
// says.
func TestCataloguesFitTheProgram(t *testing.T) {
	texts, used := catalogue(t, "ja"), usedKeys(t)
	for key, path := range used.keys {
		if _, ok := texts[key]; !ok {
			t.Errorf("%s says %q, which no catalogue knows", path, key)
		}
	}
	for prefix, path := range used.prefixes {
		if !hasPrefix(texts, prefix) {
			t.Errorf("%s puts keys together from %q, but none begins so", path, prefix)
		}
	}
	for key := range texts {
		if !used.says(key) {
			t.Errorf("nobody says %q", key)
		}
	}
}

func hasPrefix(texts map[string]string, prefix string) bool {
	for key := range texts {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// says reports whether a key is used as it is or by its beginning.
func (u usage) says(key string) bool {
	if _, ok := u.literals[key]; ok {
		return true
	}
	for prefix := range u.prefixes {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	// hint.<field> belongs to field.<field>; <field>.<value> names its choices.
	if field, ok := strings.CutPrefix(key, "hint."); ok {
		_, ok := u.literals[field]
		return ok
	}
	if field, value, ok := strings.Cut(key, "."); ok {
		_, isField := u.literals[field]
		_, isValue := u.literals[value]
		return isField && isValue
	}
	return false
}

func TestText(t *testing.T) {
	if got := assets.Text("en", "format.span", map[string]string{"start": "10:00", "end": "11:00"}); got != "10:00 – 11:00" {
		t.Errorf("arguments are not filled in: %q", got)
	}
	if got := assets.Text("fr", "log.from_another_version", nil); got != "log.from_another_version" {
		t.Errorf("an unknown key is shown as %q", got)
	}
	if got := assets.Text("de", "word.yes", nil); got != assets.Text("ja", "word.yes", nil) {
		t.Errorf("an unknown language gives %q", got)
	}
}

func TestPreferred(t *testing.T) {
	for header, want := range map[string]string{
		"": "ja", "en-GB,en;q=0.9": "en", "fr-CA": "fr", "de-DE,de;q=0.9": "ja", "de,fr;q=0.5": "fr",
		"ja-JP": "ja", "*": "ja", "no such header;;;": "ja", "en;q=0.1,fr;q=0.9": "fr",
	} {
		if got := assets.Preferred(header, "ja"); got != want {
			t.Errorf("Accept-Language %q gives %s, want %s", header, got, want)
		}
	}
	if got := assets.Preferred("de", "fr"); got != "fr" {
		t.Errorf("fallback gives %s", got)
	}
}
