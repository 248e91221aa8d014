package main

import (
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// tour are the pages that axe-core judges, by who looks at them.
var tour = map[string][]string{
	"": {"/login", "/AuthCallback?state=x&code=y"},
	"tanaka": {"/profile", "/profile/preview", "/profile/unlink?google_events=delete&schedules=delete", "/history", "/held", "/held/confirm?decision=approve", "/no/such/page",
		"/schedule?date=2026-11-18", "/schedule?view=week&date=2026-11-18", "/schedule?view=day&date=2026-11-18&user=101&user=102",
		"/schedule?view=list&date=2026-11-18", "/schedule/new?date=2026-11-18", "/schedule/501?occurrence=2026-11-25T10:00"},
	"sato": {"/profile"},
	"mori": {"/profile", "/profile/progress", "/schedule/502"},
	"admin": {"/profile", "/settings/groupware", "/settings/links", "/settings/links?state=broken", "/settings/links?offset=50", "/settings/held?user=206",
		"/held/confirm?decision=reject&user=all", "/settings/users", "/settings/history", "/settings/system"},
}

// TestPagesAreAccessible lets axe-core find what hinders people, on every page
// and in both colour schemes with all rules in one of the languages; where
// everything is to be tested, in the other two languages too, with all rules in
// the light scheme. Beside it, nothing scrolls sideways on a telephone, and no
// private appointment of another is named.
func TestPagesAreAccessible(t *testing.T) {
	axe := axeSource(t)
	o := newOffice(t)
	everything := os.Getenv("AGCRM_TEST_FULL") != ""
	for turn, locale := range []string{"ja", "en", "fr"} {
		o.speak(locale)
		for name, pages := range tour {
			o.as(name)
			for i, path := range pages {
				if i%3 != turn && !everything {
					continue
				}
				o.do("open "+path, o.open(path), chromedp.WaitReady(chromedp.CSS("main")))
				o.judge(locale+" "+name+" "+path, axe, i%3 == turn)
				o.fits(locale + " " + path)
				if strings.Contains(o.text("body"), "秘密") {
					t.Errorf("%s %s names a private appointment", name, path)
				}
			}
		}
		o.judgeRefusals(axe, turn)
	}
}

// refusal is a form that comes back with a fault, or, where nothing is typed, a
// page that says no or that there is nothing.
type refusal struct {
	who, path string
	typed     []string // selectors and values, in turn
	shows     string   // the selector of the fault, or the key of the sentence
}

var refusals = []refusal{
	{"nobody", "/login", []string{"#login", "tanaka", "#password", "wrong"}, "[role=alert]"},
	{"tanaka", "/profile", []string{"#interval", "99"}, "#interval-error"},
	{"tanaka", "/profile", []string{"#current", "wrong", "#new-password", "short"}, "#password-error"},
	{"tanaka", "/profile", []string{"#url", "http://example.com/"}, "#url-error"},
	{"tanaka", "/schedule/new?date=2026-11-18", []string{"#start_at", "2026-11-18T10:00", "#end_at", "2026-11-18T09:00"}, "#end_at-error"},
	{"admin", "/settings/groupware", []string{"#window_past", "99999", "#client_id", "x y"}, "#client_id-error"},
	{"tanaka", "/settings/links", nil, "error.title_forbidden"},
	{"admin", "/profile/preview", nil, "link.none"},
	{"sato", "/history", nil, "history.empty"},
	{"sato", "/held", nil, "held.none"},
	{"admin", "/settings/links?q=nobody+at+all", nil, "links.empty"},
	{"admin", "/settings/users?q=nobody+at+all", nil, "links.empty"},
}

const openAll = `document.querySelectorAll("details").forEach(function (d) { d.open = true; })`

// judgeRefusals looks at a third of them, and at the page of an internal error.
func (o *office) judgeRefusals(axe string, turn int) {
	o.t.Helper()
	for i, r := range refusals {
		if i%3 != turn {
			continue
		}
		o.as(r.who)
		acts := []act{o.open(r.path), chromedp.WaitReady(chromedp.CSS("main")), chromedp.Evaluate[chromedp.Void](openAll)}
		for j := 0; j < len(r.typed); j += 2 {
			acts = append(acts, fill(chromedp.CSS(r.typed[j]), r.typed[j+1]))
		}
		if len(r.typed) > 0 {
			acts = append(acts, chromedp.Submit(chromedp.CSS(r.typed[0])), chromedp.WaitVisible(chromedp.CSS(r.shows)))
		}
		o.do("come to "+r.shows, acts...)
		if len(r.typed) == 0 {
			o.says(r.shows)
		}
		o.judge(o.locale+" "+r.path+" with "+r.shows, axe, true)
	}
	o.as("tanaka")
	o.world.exec("ALTER TABLE agcrm_google_left_aside RENAME TO away")
	o.do("meet an internal error", o.open("/profile"), chromedp.WaitReady(chromedp.CSS("main")))
	o.world.exec("ALTER TABLE away RENAME TO agcrm_google_left_aside")
	o.says("error.title_internal")
	o.judge(o.locale+" an internal error", axe, turn == 0)
}

// fits says whether the page can be read on a telephone without scrolling
// sideways.
func (o *office) fits(page string) {
	o.t.Helper()
	for _, width := range []int64{390, 1280} {
		if err := chromedp.Do(o.window, chromedp.EmulateViewport(width, 900)); err != nil {
			o.t.Fatal(err)
		}
		wide, err := chromedp.Run(o.window, chromedp.Evaluate[int64]("document.documentElement.scrollWidth"))
		if err != nil || wide > width {
			o.t.Errorf("%s is %d wide on a window of %d, %v", page, wide, width, err)
		}
	}
}
