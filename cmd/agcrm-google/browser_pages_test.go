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
	"admin": {"/profile", "/settings/groupware", "/settings/links", "/settings/links?state=broken", "/settings/held?user=206",
		"/held/confirm?decision=reject&user=all", "/settings/users", "/settings/history", "/settings/system"},
}

// TestPagesAreAccessible lets axe-core find what hinders people, on every page,
// in each language and both colour schemes. Beside it, nothing scrolls sideways
// on a telephone, and no private appointment of another is named. Where not
// everything is to be tested, each page is looked at in one of the languages.
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
				o.judge(locale+" "+name+" "+path, axe)
				o.fits(locale + " " + path)
				if strings.Contains(o.text("body"), "秘密") {
					t.Errorf("%s %s names a private appointment", name, path)
				}
			}
		}
		o.judgeRefusals(axe)
	}
}

// judgeRefusals looks at forms that came back.
func (o *office) judgeRefusals(axe string) {
	o.t.Helper()
	o.as("tanaka")
	o.do("a wrong interval", o.open("/profile"), fill("#interval", "99"), chromedp.Submit(chromedp.CSS("#interval")), chromedp.WaitVisible(chromedp.CSS("#interval-error")))
	o.judge(o.locale+" a wrong profile", axe)
	o.as("admin")
	o.do("a wrong window", o.open("/settings/groupware"), fill("#window_past", "99999"), chromedp.Submit(chromedp.CSS("#window_past")), chromedp.WaitVisible(chromedp.CSS("#window_past-error")))
	o.judge(o.locale+" wrong Groupware settings", axe)
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
