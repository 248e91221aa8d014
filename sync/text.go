package calsync

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// What Google's fields hold at the most, in characters; longer texts are cut on
// Google's side only and never come back cut.
const (
	maxSummary     = 1024
	maxDescription = 8192
)

// cleanText is a row's text fit for Google: LF for line ends, no control
// characters, valid UTF-8.
func cleanText(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	return strings.Map(func(r rune) rune {
		if (r < ' ' && r != '\n' && r != '\t') || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
}

// plainLine is a one-line text of Google's, fit for a row.
func plainLine(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(cleanText(s), "\n", " "))
}

// cutText cuts to at most max UTF-16 units, as SQL Server counts, never within
// a character.
func cutText(s string, max int) string {
	units := 0
	for i, r := range s {
		size := 1
		if r > 0xffff {
			size = 2
		}
		if units+size > max {
			return s[:i]
		}
		units += size
	}
	return s
}

// markup finds what Google's editor puts into a description; other angle
// brackets are a person's own.
var markup = regexp.MustCompile(`(?i)</?(a|b|i|u|s|p|br|ul|ol|li|div|span|em|strong|h[1-6]|html-blob|font|table|tr|td)(\s[^>]*)?/?>`)

var blankLines = regexp.MustCompile(`\n{3,}`)

// plainText is a description as plain text; one without markup stays as it is.
func plainText(s string) string {
	if !strings.Contains(s, "<") || !markup.MatchString(s) {
		return cleanText(s)
	}
	var b strings.Builder
	tokens := html.NewTokenizer(strings.NewReader(s))
	for {
		switch tokens.Next() {
		case html.ErrorToken:
			text := strings.ReplaceAll(b.String(), "\u00a0", " ")
			return strings.TrimSpace(blankLines.ReplaceAllString(cleanText(text), "\n\n"))
		case html.TextToken:
			b.Write(tokens.Text())
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := tokens.TagName()
			b.WriteString(opening[string(name)])
		case html.EndTagToken:
			name, _ := tokens.TagName()
			b.WriteString(closing[string(name)])
		}
	}
}

var (
	opening = map[string]string{"br": "\n", "li": "\n- ", "tr": "\n"}
	closing = map[string]string{"p": "\n", "div": "\n", "ul": "\n", "ol": "\n", "td": "\t",
		"h1": "\n", "h2": "\n", "h3": "\n", "h4": "\n", "h5": "\n", "h6": "\n"}
)
