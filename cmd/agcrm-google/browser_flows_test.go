package main

import (
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestFlows does what people do on the pages beside the schedule, in each
// language, with the pages' scripts and without; where not everything is to be
// tested, one way in each language.
func TestFlows(t *testing.T) {
	o := newOffice(t)
	for i, locale := range []string{"ja", "en", "fr"} {
		for _, script := range []bool{true, false} {
			if script == (i == 1) && os.Getenv("AGCRM_TEST_FULL") == "" {
				continue
			}
			name := locale + " without scripts"
			if script {
				name = locale + " with scripts"
			}
			t.Run(name, func(t *testing.T) {
				o.t, o.world.t = t, t
				o.speak(locale)
				o.scripts(script)
				o.reset()
				o.signIn()
				o.employee()
				o.administrator()
				o.sessionEnds()
				if script && i == 0 {
					o.progress()
				}
			})
		}
	}
	o.t, o.world.t = t, t
}

// scripts switches the pages' own scripts on or off.
func (o *office) scripts(on bool) {
	o.t.Helper()
	if _, err := chromedp.Call(o.window, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on}); err != nil {
		o.t.Fatal(err)
	}
}

// reset makes the office what it was.
func (o *office) reset() {
	o.world.exec(`UPDATE agcrm_google_held SET decision = '', decided_by = 0`)
	o.world.exec(`UPDATE agcrm_google_links SET interval_minutes = 5 WHERE user_id = 101`)
	o.world.exec(`UPDATE agcrm_google_links SET paused = 0 WHERE user_id = 204`)
	o.world.exec(`UPDATE users SET time_zone = NULL WHERE id = 101`)
	o.world.exec(`INSERT INTO agcrm_google_notices (user_id, schedule_id, subject, event_link, created_ms)
 SELECT 101, 2, '商談', '', 1795300000000 WHERE NOT EXISTS (SELECT 1 FROM agcrm_google_notices WHERE subject = '商談')`)
	o.world.exec(`UPDATE agcrm_google_settings SET window_past = 30`)
}

// signIn comes to the page that was asked for, over a wrong password.
func (o *office) signIn() {
	o.t.Helper()
	o.as("nobody")
	o.do("ask for the profile", o.open("/profile"), chromedp.WaitVisible(chromedp.CSS("#password")),
		fill("#login", "tanaka"), fill("#password", "a wrong one"), submit("/login", "[role=alert]"))
	o.says("login.wrong")
	if kept := o.value("#login"); kept != "tanaka" {
		o.t.Errorf("the login came back as %q", kept)
	}
	o.do("sign in", fill("#password", testPassword), submit("/login", "#waits"))
	if at := o.at(); at != "/profile" {
		o.t.Errorf("the login leads to %s", at)
	}
}

// value is what stands in a field.
func (o *office) value(selector chromedp.CSS) string {
	o.t.Helper()
	value, err := chromedp.Run(o.window, chromedp.Value(selector))
	if err != nil {
		o.t.Fatalf("read %s: %v", selector, err)
	}
	return value
}

// employee changes the profile and decides what waits.
func (o *office) employee() {
	o.t.Helper()
	o.do("type a wrong interval", fill("#interval", "90"), chromedp.Submit(chromedp.CSS("#interval")), chromedp.WaitVisible(chromedp.CSS("#interval-error")))
	o.says("profile.interval_range")
	if kept := o.value("#interval"); kept != "90" {
		o.t.Errorf("the interval came back as %q", kept)
	}
	o.do("type a right one", fill("#interval", "15"), submit("/profile", ".note.ok"))
	o.says("profile.saved")
	if n := o.count("SELECT interval_minutes FROM agcrm_google_links WHERE user_id = 101"); n != 15 {
		o.t.Errorf("the interval is %d", n)
	}
	o.says("schedule.no_subject") // a line of the log about an appointment without a name
	o.do("dismiss a notice, twice", chromedp.DoubleClick(chromedp.CSS(`form[action$="/dismiss"] button`)))
	o.world.until(soon, "a single notice", func() bool { return o.count("SELECT COUNT(*) FROM agcrm_google_notices WHERE user_id = 101") == 1 })
	o.do("keep one", o.open("/profile"), chromedp.Click(chromedp.CSS(`#held button[value=reject]`)), chromedp.WaitVisible(chromedp.CSS(".note.ok")))
	o.says("held.note_reject")
	o.do("decide on all others", chromedp.Click(chromedp.CSS(`#held a.danger`)), submit("/held", ".note.ok"))
	o.says("held.note_all_approve", "count", "6")
	if n := o.count("SELECT COUNT(*) FROM agcrm_google_held WHERE user_id = 101 AND decision = 'approve' AND decided_by = 101"); n != 6 {
		o.t.Errorf("%d deletions are approved", n)
	}
	o.do("look ahead", o.open("/profile/preview"), chromedp.WaitVisible(chromedp.CSS(`form[action$="/profile/sync"]`)))
	o.says("preview.title")
	o.do("look back", o.open("/history"), chromedp.WaitVisible(chromedp.CSS("ins")))
	o.says("history.bring_back")
	o.do("sign out", submit("/logout", "#password"))
}

// administrator finds a link that fails, pauses it and lets it go on, decides for
// somebody else, and saves the company's settings.
func (o *office) administrator() {
	o.t.Helper()
	o.as("admin")
	o.do("find failing links", o.open("/settings/links"), chromedp.Click(chromedp.CSS(`.chips a[href$="state=failing"]`)),
		chromedp.WaitVisible(chromedp.CSS(`.chips a[href$="state=failing"][aria-current]`)))
	o.says("health.failing")
	if shown := o.text("main"); !strings.Contains(shown, "社員204") || strings.Contains(shown, "社員205") {
		o.t.Errorf("the filter shows:\n%s", shown)
	}
	o.do("pause it, with a double click", chromedp.DoubleClick(chromedp.CSS(`form[action$="/204/pause"] button`)), chromedp.WaitVisible(chromedp.CSS(`form[action$="/204/resume"]`)))
	o.says("health.paused")
	o.do("let it go on", submit("/204/resume", `form[action$="/204/pause"]`))
	o.do("search", o.open("/settings/links"), fill("#q", "社員210"), chromedp.Submit(chromedp.CSS("#q")), chromedp.WaitNotPresent(chromedp.CSS(`form[action$="/205/pause"]`)))
	if shown := o.text("main"); !strings.Contains(shown, "社員210") {
		o.t.Errorf("the search shows:\n%s", shown)
	}
	o.do("keep all that waits for an employee", o.open("/settings/links?state=held"), chromedp.Click(chromedp.CSS(`a[href$="/settings/held?user=206"]`)),
		chromedp.Click(chromedp.CSS(`a[href*="decision=reject"][href$="user=206"]`)),
		submit("/held", ".note.ok"))
	if n := o.count("SELECT COUNT(*) FROM agcrm_google_held WHERE user_id <> 206 AND decided_by = 1"); n != 0 {
		o.t.Errorf("%d decisions on what is others'", n)
	}
	o.do("type a wrong window", o.open("/settings/groupware"), fill("#window_past", "99999"), chromedp.Submit(chromedp.CSS("#window_past")),
		chromedp.WaitVisible(chromedp.CSS("#window_past-error")))
	if kept := o.value("#window_past"); kept != "99999" {
		o.t.Errorf("the window came back as %q", kept)
	}
	o.do("type a right one", fill("#window_past", "45"), submit("/settings/groupware", ".note.ok"))
	o.do("test the connection", submit("/settings/groupware/test", "#checks"))
	o.says("check.client_ok")
	o.do("look at the users", o.open("/settings/users?q=e250"), chromedp.WaitVisible(chromedp.CSS("table")))
	o.do("look at the system", o.open("/settings/system"), chromedp.WaitVisible(chromedp.CSS(".facts")))
}

// sessionEnds while somebody types: the login leads back to the form and to what
// was typed.
func (o *office) sessionEnds() {
	o.t.Helper()
	o.as("nobody")
	o.do("sign in", o.open("/profile"), chromedp.WaitVisible(chromedp.CSS("#password")), fill("#login", "tanaka"), fill("#password", testPassword), submit("/login", "#time_zone"))
	o.do("type", fill("#time_zone", "Europe/Paris"))
	o.as("nobody") // the session is gone
	o.do("save", submit("/profile", "#password"))
	o.do("sign in again", fill("#login", "tanaka"), fill("#password", testPassword), submit("/login", "#time_zone"))
	if at := o.at(); !strings.HasPrefix(at, "/profile?") {
		o.t.Errorf("the login leads to %s", at)
	}
	o.says("form.restored")
	if got := o.value("#time_zone"); got != "Europe/Paris" {
		o.t.Errorf("%q stands in the form", got)
	}
	o.do("save at last", submit("/profile", ".note.ok"))
	if got := o.value("#time_zone"); got != "Europe/Paris" || strings.Contains(o.text("main"), o.word("form.restored")) {
		o.t.Errorf("after saving, %q stands there", got)
	}
}

// progress is told while somebody looks, without a reload, and gives way to the
// profile when it is done.
func (o *office) progress() {
	o.t.Helper()
	o.as("mori")
	o.do("see a first synchronisation", o.open("/profile"), chromedp.WaitVisible(chromedp.CSS("#progress")))
	o.says("progress.waiting")
	o.world.exec(`INSERT INTO agcrm_google_pairs (user_id, sub, calendar_id, event_id, event_key, schedule_id, state, origin, created_ms, updated_ms)
 VALUES (103, 's103', 'c103', 'm1', 'm1', -901, 'live', 'google', 1, 1), (103, 's103', 'c103', 'm2', 'm2', -902, 'live', 'google', 1, 1)`)
	o.world.until(soon, "the progress", func() bool { return strings.Contains(o.text("#progress"), o.word("progress.between", "done", "2")) })
	o.world.exec(`UPDATE agcrm_google_links SET last_success_ms = 1795300000000 WHERE user_id = 103`)
	o.do("see that it is done", chromedp.WaitNotPresent(chromedp.CSS("#progress")), chromedp.WaitVisible(chromedp.CSS("#waits")))
	if at := o.at(); at != "/profile" {
		o.t.Errorf("it ends at %s", at)
	}
}
