// Package views turns plain values into pages. Each page is a pure function:
// the same values give the same HTML, in the language of the Page. Nothing
// here reads a request, a database or a clock, and no sentence stands here:
// all text comes from the catalogues in assets.
package views

//go:generate go tool templ generate

import (
	"maps"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"agcrm-google/assets"
	"agcrm-google/models"
)

// Root is the path below which all pages live.
const Root = "/agcrm_google"

// Page is what every page knows besides its own values.
type Page struct {
	Locale string         // one of assets.Locales
	Zone   *time.Location // in which moments are shown
	Now    time.Time
	User   models.User // zero where nobody is signed in
	Path   string      // of the request, below Root, such as /schedule
	Notes  []Note      // shown above the page
	Author string      // names the user in forms, so that a login finds whose they were
}

// Note is a message above a page. Its Tone is ok, warn or bad. Action, where
// it is not empty, is the path below Root that helps, and Label its name's key.
type Note struct {
	Tone   string
	Text   models.Message
	Action string
	Label  string
}

// SignedIn says whether somebody is signed in.
func (p Page) SignedIn() bool { return p.User.ID != 0 }

// T is the text for a key, with arguments as name, value, name, value...
func (p Page) T(key string, pairs ...string) string {
	return p.Say(models.Say(key, pairs...))
}

// Say is the text of a message. An argument that names a field of an
// appointment, as lines of the log have it, is put into words too.
func (p Page) Say(m models.Message) string {
	args := m.Args
	if field, ok := args["field"]; ok {
		args = maps.Clone(args)
		args["field"] = p.Word("field.", field)
	}
	return assets.Text(p.Locale, m.Key, args)
}

// Word is the text for a key made of a prefix and a value from the database,
// such as "history.action." and "create"; a value without a text is shown as
// it is.
func (p Page) Word(prefix, value string) string {
	if text, ok := assets.Lookup(p.Locale, prefix+value, nil); ok {
		return text
	}
	return value
}

// Subject is how an appointment is called: an empty subject has a name too.
func (p Page) Subject(subject string) string {
	if subject == "" {
		return p.T("schedule.no_subject")
	}
	return subject
}

// href is the address of a path below Root.
func href(path string) string { return Root + path }

// number is an id as text, for addresses and field values.
func number(n int64) string { return strconv.FormatInt(n, 10) }

// current marks the tab or menu entry of the page that is shown.
func current(shown bool) templ.Attributes {
	if !shown {
		return nil
	}
	return templ.Attributes{"aria-current": "page"}
}

// hintText is the explanation of a field, empty where it needs none.
func (p Page) hintText(name string) string {
	text, _ := assets.Lookup(p.Locale, "hint."+name, nil)
	return text
}

// today marks the day that it is.
func today(is bool) templ.Attributes {
	if !is {
		return nil
	}
	return templ.Attributes{"aria-current": "date"}
}
