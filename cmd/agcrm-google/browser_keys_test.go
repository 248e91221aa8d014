package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestKeyboard signs in, changes the profile and decides what waits without a
// mouse; wherever the keyboard is, one sees it.
func TestKeyboard(t *testing.T) {
	o := newOffice(t)
	o.speak("ja")
	o.as("nobody")
	o.do("sign in", o.open("/profile"), chromedp.WaitVisible(chromedp.CSS("#login")),
		chromedp.KeyEvent("tanaka"+kb.Tab+testPassword+kb.Enter), chromedp.WaitVisible(chromedp.CSS("#waits")))
	o.do("skip to the page", o.open("/profile"), chromedp.WaitReady(chromedp.CSS("main")), chromedp.KeyEvent(kb.Tab+kb.Enter))
	if at := o.at(); !strings.HasSuffix(at, "#main") {
		t.Errorf("the first Tab and Enter lead to %s", at)
	}
	o.tabTo(`form[action$="/dismiss"] button`)
	o.do("dismiss", chromedp.KeyEvent(kb.Enter))
	o.world.until(soon, "no notice", func() bool { return o.count("SELECT COUNT(*) FROM agcrm_google_notices WHERE user_id = 101") == 0 })
	o.do("open the profile", o.open("/profile"), chromedp.WaitReady(chromedp.CSS("main")))
	o.tabTo("#held a.danger")
	o.do("decide on all", chromedp.KeyEvent(kb.Enter), chromedp.WaitReady(chromedp.CSS("input[name=through]")))
	o.tabTo("button.danger")
	o.do("say yes", chromedp.KeyEvent(kb.Enter), chromedp.WaitVisible(chromedp.CSS(".note.ok")))
	if n := o.count("SELECT COUNT(*) FROM agcrm_google_held WHERE user_id = 101 AND decision = 'approve'"); n != 7 {
		t.Errorf("%d deletions are approved", n)
	}
	o.tabTo("#interval")
	o.do("type an interval", chromedp.KeyEvent(kb.Backspace+"25"+kb.Enter))
	o.world.until(soon, "the new interval", func() bool {
		return o.count("SELECT interval_minutes FROM agcrm_google_links WHERE user_id = 101") == 25
	})
}

// focus tells of the element that has the keyboard whether it is the one that is
// looked for, and whether something around it shows that it has it.
const focus = `(function () {
  var here = document.activeElement, look = here;
  for (var i = 0; i < 3 && look; i++, look = look.parentElement) {
    var style = getComputedStyle(look);
    if (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) break;
    if (i === 2) look = null;
  }
  return [here.matches(SELECTOR) ? "here" : "", look ? "seen" : "", here.outerHTML.slice(0, 120)];
})()`

// tabTo presses Tab until an element has the keyboard.
func (o *office) tabTo(selector string) {
	o.t.Helper()
	asked := strings.Replace(focus, "SELECTOR", "`"+selector+"`", 1)
	for range 80 {
		o.do("press Tab", chromedp.KeyEvent(kb.Tab))
		found, err := chromedp.Run(o.window, chromedp.Evaluate[[]string](asked))
		if err != nil {
			o.t.Fatalf("ask for the focus: %v", err)
		}
		if found[1] == "" && !strings.HasPrefix(found[2], "<body") {
			o.t.Errorf("nothing shows that the keyboard is at %s", found[2])
		}
		if found[0] != "" {
			return
		}
	}
	o.t.Fatalf("80 times Tab do not lead to %s", selector)
}
