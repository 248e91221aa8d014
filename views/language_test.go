package views_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"
)

// parsed are the Go files of this folder that are no tests.
func parsed(t *testing.T, pattern string) map[string]*ast.File {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = file
	}
	if len(files) < 5 {
		t.Fatalf("only %d files: the test looks in the wrong place", len(files))
	}
	return files
}

// hole stands in a template's text where an expression is written.
const hole = "\x00"

// templateText is what the templates of a generated file write themselves, the
// expressions left out.
func templateText(file *ast.File) string {
	var text strings.Builder
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if fun, ok := call.Fun.(*ast.SelectorExpr); !ok || fun.Sel.Name != "WriteString" {
			return true
		}
		if literal, ok := call.Args[len(call.Args)-1].(*ast.BasicLit); ok {
			written, err := strconv.Unquote(literal.Value)
			if err == nil {
				text.WriteString(written)
			}
		}
		text.WriteString(hole)
		return true
	})
	return text.String()
}

// told are the attributes that people hear or see.
var told = []string{"aria-label", "alt", "title", "placeholder", "data-confirm", "data-copied"}

// examples are the words that are alike in every language.
var examples = []string{"Asia/Tokyo"}

func isText(s string) bool {
	return strings.ContainsFunc(s, unicode.IsLetter) && !slices.Contains(examples, strings.Trim(s, hole+" \n"))
}

// No page holds text, or a name for who cannot see, that does not come from the
// catalogues.
func TestNoTextOutsideTheCatalogues(t *testing.T) {
	for name, file := range parsed(t, "*_templ.go") {
		page := html.NewTokenizer(strings.NewReader(templateText(file)))
		for page.Next() != html.ErrorToken {
			piece := page.Token()
			if piece.Type == html.TextToken && isText(piece.Data) {
				t.Errorf("%s: %q stands in the page", name, piece.Data)
			}
			for _, a := range piece.Attr {
				if slices.Contains(told, a.Key) && isText(a.Val) {
					t.Errorf("%s: %s=%q stands in the page", name, a.Key, a.Val)
				}
			}
		}
	}
}

// No Go file of the pages holds a sentence: what has a blank between two words,
// or is Japanese, belongs into the catalogues.
func TestNoSentencesInCode(t *testing.T) {
	sentence := regexp.MustCompile(`\p{L}{3,} \p{L}{2,}`)
	command := regexp.MustCompile(`^agcrm-google `)
	for name, file := range parsed(t, "*.go") {
		if strings.HasSuffix(name, "_templ.go") {
			continue // TestNoTextOutsideTheCatalogues
		}
		ast.Inspect(file, func(n ast.Node) bool {
			literal, ok := n.(*ast.BasicLit)
			if !ok || literal.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			japanese := strings.ContainsFunc(text, func(r rune) bool { return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) })
			if err == nil && (japanese || sentence.MatchString(text)) && !command.MatchString(text) {
				t.Errorf("%s: %q", name, text)
			}
			return true
		})
	}
}

// machineLayouts are how machines read a time: in addresses, in the values of
// inputs, in <time>. People read times that format.go wrote.
var machineLayouts = []string{"time.DateOnly", "time.RFC3339", `"2006-01-02T15:04"`}

// Dates, times and numbers are written in the language's way, which only
// format.go knows.
func TestOnlyFormatWritesDatesAndNumbers(t *testing.T) {
	for name, file := range parsed(t, "*.go") {
		if name == "format.go" {
			continue
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			fun, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			if of, ok := fun.X.(*ast.Ident); ok && of.Name == "fmt" && strings.HasPrefix(fun.Sel.Name, "Sprint") {
				t.Errorf("%s: fmt.%s writes numbers in no language", name, fun.Sel.Name)
			}
			if layout := textOf(call.Args[0]); fun.Sel.Name == "Format" && !slices.Contains(machineLayouts, layout) && layout != `"15:04"` {
				t.Errorf("%s: a time is written as %s", name, layout)
			}
			return true
		})
	}
	for locale, want := range map[string][2]string{"ja": {"1,234,567", "0"}, "en": {"1,234,567", "0"}, "fr": {"1 234 567", "0"}} {
		got := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(page(locale).Number(1234567))
		if got != want[0] || page(locale).Number(0) != want[1] {
			t.Errorf("%s: %q", locale, got)
		}
	}
}

// textOf is an argument as it stands in the source: a literal, or a name of a
// package.
func textOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		return e.Value
	case *ast.SelectorExpr:
		if of, ok := e.X.(*ast.Ident); ok {
			return of.Name + "." + e.Sel.Name
		}
	}
	return ""
}
