package handlers_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"agcrm-google/assets"
)

// read is what people read of a page: its text, without what they may copy and
// what stands in fields.
func read(t *testing.T, page string) string {
	t.Helper()
	tokens := html.NewTokenizer(strings.NewReader(page))
	var text strings.Builder
	skip := ""
	for tokens.Next() != html.ErrorToken {
		piece := tokens.Token()
		switch {
		case piece.Type == html.EndTagToken && piece.Data == skip:
			skip = ""
		case piece.Type == html.StartTagToken && skip == "" && (piece.Data == "code" || piece.Data == "textarea" || piece.Data == "script"):
			skip = piece.Data
		case piece.Type == html.TextToken && skip == "":
			text.WriteString(piece.Data + "\n")
		}
	}
	return text.String()
}

var (
	machineDate = regexp.MustCompile(`\d{4}-\d{2}-\d{2}|\d{2}T\d{2}:`)
	keyLike     = regexp.MustCompile(`\b[a-z]+(\.[a-z_]+)+\b`)
	placeholder = regexp.MustCompile(`\{\{|<no value>|%!|<nil>`)
)

// Every page is in words: no key of the catalogues, no date of a machine, no
// argument that was forgotten.
func TestPagesAreInWords(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.crowd(smallCompany)
	s.hold(tanaka, 3)
	pages := map[int64][]string{
		tanaka: {"/profile", "/history", "/held", "/held/confirm?decision=approve", "/schedule", "/schedule?view=week", "/schedule?view=day", "/schedule?view=list", "/nowhere"},
		admin: {"/settings/groupware", "/settings/links", "/settings/links?state=held", "/settings/links?offset=50", "/settings/held", "/settings/users",
			"/settings/history", "/settings/system", "/held/confirm?decision=reject&user=all"},
	}
	for _, locale := range assets.Locales {
		for who, paths := range pages {
			b := s.as(who, locale)
			for _, path := range paths {
				r := b.get(path)
				if r.status != http.StatusOK && path != "/nowhere" {
					t.Errorf("%s: status %d", path, r.status)
				}
				text := read(t, r.raw)
				for _, fault := range []string{machineDate.FindString(text), placeholder.FindString(text)} {
					if fault != "" {
						t.Errorf("%s %s shows %q", locale, path, fault)
					}
				}
				for _, word := range keyLike.FindAllString(text, -1) {
					if _, isKey := assets.Lookup("ja", word, nil); isKey || strings.HasPrefix(word, "log.") || strings.HasPrefix(word, "health.") {
						t.Errorf("%s %s shows the key %q", locale, path, word)
					}
				}
			}
		}
	}
}
