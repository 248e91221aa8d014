// Package agcrm_test holds the rules of the repository that a compiler does
// not know: which package may use which, where a library may be used at all,
// and that what is exported says what it promises.
package agcrm_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "agcrm-google"

// arrows are the imports within the module that each folder may have, besides
// those of its tests.
var arrows = map[string][]string{
	"cmd/agcrm-google": {"handlers", "sync", "models", "config", "assets"},
	"cmd/demo":         {"handlers", "sync", "sync/googletest", "models", "config", "assets"},
	"handlers":         {"views", "sync", "models", "config", "assets"},
	"views":            {"models", "assets"},
	"sync":             {"models"},
	"sync/googletest":  {},
	"models":           {},
	"config":           {},
	"assets":           {},
}

// fences are the folders in which a library may be used; a test may go further
// where the library is its tool, see isTool.
var fences = map[string][]string{
	"github.com/labstack/echo":        {"handlers", "cmd/agcrm-google", "cmd/demo"},
	"github.com/a-h/templ":            {"views", "handlers"},
	"gorm.io/":                        {"models"},
	"github.com/glebarez/":            {"models"},
	"modernc.org/":                    {"models"},
	"github.com/microsoft/go-mssqldb": {"models"},
	"github.com/pressly/goose":        {"models"},
	"github.com/tink-crypto/":         {"models"},
	"google.golang.org/api/":          {"sync", "sync/googletest"},
	"golang.org/x/oauth2":             {"sync", "sync/googletest"},
	"github.com/alecthomas/kong":      {"config", "cmd/agcrm-google", "cmd/demo"},
	"github.com/kardianos/service":    {"cmd/agcrm-google"},
	"github.com/nicksnyder/go-i18n":   {"assets"},
	"github.com/alexedwards/scs":      {"handlers", "models"},
	"github.com/prometheus/":          {"handlers"},
	"github.com/chromedp/":            {},
	"pgregory.net/rapid":              {},
}

// isTool names the libraries with which a test may look at the service from
// outside: a browser, generated histories, Google's own client, plain SQL beside
// the store.
func isTool(library string) bool {
	for _, tool := range []string{"github.com/chromedp/", "pgregory.net/rapid", "google.golang.org/api/", "golang.org/x/oauth2", "github.com/glebarez/", "github.com/microsoft/go-mssqldb"} {
		if strings.HasPrefix(library, tool) {
			return true
		}
	}
	return false
}

// source is one parsed Go file of the repository.
type source struct {
	path, folder    string // slash-separated, from the root
	test, generated bool
	text            []byte
	file            *ast.File
	positions       *token.FileSet
}

// sources parses every Go file of the repository.
func sources(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata") {
			return fs.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		s := source{path: filepath.ToSlash(name), text: text, positions: token.NewFileSet()}
		s.folder, s.test = path.Dir(s.path), strings.HasSuffix(s.path, "_test.go")
		s.file, err = parser.ParseFile(s.positions, s.path, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		s.generated = ast.IsGenerated(s.file) || strings.HasSuffix(s.path, "_templ.go")
		all = append(all, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("only %d Go files found: the rules look in the wrong place", len(all))
	}
	return all
}

func TestArrows(t *testing.T) {
	for _, s := range sources(t) {
		allowed, known := arrows[s.folder]
		if !known && s.folder != "." {
			t.Errorf("%s: the folder has no place among the arrows of this test", s.path)
		}
		for _, spec := range s.file.Imports {
			library, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			if own, ok := strings.CutPrefix(library, module+"/"); ok && !s.test && !slices.Contains(allowed, own) {
				t.Errorf("%s imports %s, against the arrows", s.path, own)
			}
			for fence, behind := range fences {
				if !strings.HasPrefix(library, fence) || slices.Contains(behind, s.folder) || (s.test && isTool(library)) {
					continue
				}
				t.Errorf("%s imports %s, which stays behind its fence (%v)", s.path, library, behind)
			}
		}
	}
}

func TestPackagesAreDocumented(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range sources(t) {
		if !s.test {
			documented[s.folder] = documented[s.folder] || len(s.file.Doc.Text()) > 80
		}
	}
	for folder, ok := range documented {
		if !ok {
			t.Errorf("%s: the package comment is missing, or says next to nothing", folder)
		}
	}
}

func TestExportedNamesAreDocumented(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || s.generated {
			continue
		}
		for _, declaration := range s.file.Decls {
			for _, name := range undocumented(declaration) {
				t.Errorf("%s: %s is exported without a comment", s.positions.Position(name.Pos()), name.Name)
			}
		}
	}
}

// undocumented are the exported names that a declaration brings without a
// comment on them, on their line or on their group.
func undocumented(declaration ast.Decl) []*ast.Ident {
	var names []*ast.Ident
	switch d := declaration.(type) {
	case *ast.FuncDecl:
		if d.Doc.Text() == "" && d.Name.IsExported() && (d.Recv == nil || exportedReceiver(d.Recv)) {
			names = append(names, d.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if d.Doc.Text()+s.Doc.Text() == "" && s.Name.IsExported() {
					names = append(names, s.Name)
				}
			case *ast.ValueSpec:
				if d.Doc.Text()+s.Doc.Text()+s.Comment.Text() != "" {
					continue
				}
				for _, name := range s.Names {
					if name.IsExported() {
						names = append(names, name)
					}
				}
			}
		}
	}
	return names
}

// exportedReceiver tells whether a method can be reached from outside.
func exportedReceiver(receiver *ast.FieldList) bool {
	kind := receiver.List[0].Type
	if star, ok := kind.(*ast.StarExpr); ok {
		kind = star.X
	}
	if generic, ok := kind.(*ast.IndexExpr); ok {
		kind = generic.X
	}
	name, ok := kind.(*ast.Ident)
	return ok && name.IsExported()
}

const (
	maxLines         = 350 // of a file
	maxFunctionLines = 80
)

func TestNothingIsTooLong(t *testing.T) {
	for _, s := range sources(t) {
		if s.generated {
			continue
		}
		if lines := strings.Count(string(s.text), "\n"); lines > maxLines {
			t.Errorf("%s has %d lines, more than %d", s.path, lines, maxLines)
		}
		for _, declaration := range s.file.Decls {
			function, ok := declaration.(*ast.FuncDecl)
			if !ok {
				continue
			}
			from, to := s.positions.Position(function.Pos()).Line, s.positions.Position(function.End()).Line
			if lines := to - from + 1; lines > maxFunctionLines {
				t.Errorf("%s: %s has %d lines, more than %d", s.positions.Position(function.Pos()), function.Name.Name, lines, maxFunctionLines)
			}
		}
	}
}
