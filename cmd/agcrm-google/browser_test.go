package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	cdp "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// chromium is the one browser of all tests, started by the first that needs it.
var chromium struct {
	sync.Mutex
	window context.Context
	close  context.CancelFunc
}

// closeChromium ends the browser, if there was one, after all tests.
func closeChromium() {
	if chromium.close != nil {
		chromium.close()
	}
}

// startChromium gives the browser's first window, which stays empty.
func startChromium(t *testing.T) context.Context {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			program = found
			break
		}
	}
	if program == "" && os.Getenv("AGCRM_TEST_FULL") != "" {
		t.Fatal("no Chromium, and AGCRM_TEST_FULL skips no browser test")
	}
	if program == "" {
		t.Skip("no Chromium on this machine: the browser test is not run")
	}
	chromium.Lock()
	defer chromium.Unlock()
	if chromium.window == nil {
		window, cancel := chromedp.NewContext(context.Background(), chromedp.WithAllocatorOptions(chromedp.ExecPath(program),
			chromedp.Flag("no-sandbox", true), chromedp.Flag("lang", "en"), chromedp.WindowSize(1280, 900)))
		if err := chromedp.Do(window, chromedp.Navigate("about:blank")); err != nil {
			cancel()
			t.Fatalf("start %s: %v", program, err)
		}
		chromium.window, chromium.close = window, cancel
	}
	return chromium.window
}

// newBrowser opens a window of the system's Chromium with cookies of its own,
// which says yes to every question. Without Chromium the test is skipped, except
// where everything is to be tested.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	window, closeWindow := chromedp.NewContext(startChromium(t), chromedp.WithNewBrowserContext())
	t.Cleanup(closeWindow)
	if err := chromedp.Do(window, chromedp.EmulateViewport(1280, 900)); err != nil {
		t.Fatal(err)
	}
	questions := chromedp.Events(window, cdp.JavascriptDialogOpening)
	go func() {
		for _, err := range questions {
			if err != nil {
				return // the window is closed
			}
			yes := cdp.HandleJavaScriptDialogParams{Accept: true}
			if _, err := chromedp.Call(window, cdp.HandleJavaScriptDialog, yes); err != nil {
				t.Errorf("answer a question of the page: %v", err)
			}
		}
	}()
	return window
}

// act is one thing done in a browser.
type act = chromedp.Action[chromedp.Void]

// clicker is a person at a browser; each step fails the test with its name and
// what the window shows.
type clicker struct {
	t      *testing.T
	window context.Context
	public string
}

func (c clicker) do(step string, actions ...act) {
	c.t.Helper()
	limited, cancel := context.WithTimeout(c.window, 2*time.Minute)
	defer cancel()
	if err := chromedp.Do(limited, actions...); err != nil {
		address, _ := chromedp.Run(c.window, chromedp.Location())
		c.t.Fatalf("%s: %v\nat %s\n%s", step, err, address, c.text("body"))
	}
}

// text is what an element shows.
func (c clicker) text(selector chromedp.CSS) string {
	c.t.Helper()
	limited, cancel := context.WithTimeout(c.window, time.Minute)
	defer cancel()
	text, err := chromedp.Run(limited, chromedp.Text(selector))
	if err != nil {
		c.t.Fatalf("read %s: %v", selector, err)
	}
	return text
}

// open goes to a page. A click before may still be on its way somewhere, and two
// ways at once end both: the second try is alone.
func (c clicker) open(path string) act {
	there := chromedp.Navigate(c.public + "/agcrm_google" + path)
	return func(ctx context.Context, window *chromedp.Target) (chromedp.Void, error) {
		done, err := there(ctx, window)
		if err != nil && strings.Contains(err.Error(), "ERR_ABORTED") {
			return there(ctx, window)
		}
		return done, err
	}
}

// submit presses the first button that can be seen of the form with that action,
// and waits for what the next page shows; that the page before shows the same is no
// answer.
func submit(action string, next chromedp.CSS) act {
	button := chromedp.CSS(`form[action$="` + action + `"] button:not(.unseen)`)
	return chromedp.Steps(chromedp.WaitReady(button), chromedp.Evaluate[chromedp.Void](`document.documentElement.dataset.left = ""`),
		chromedp.Click(button), chromedp.WaitVisible("html:not([data-left]) "+next))
}

func fill(selector chromedp.CSS, value string) act { return chromedp.SetValue(selector, value) }

func (c clicker) login(name string) {
	c.t.Helper()
	c.do("log in as "+name, c.open("/"), chromedp.WaitVisible(chromedp.CSS("#password")),
		fill("#login", name), fill("#password", testPassword), submit("/login", "nav.nav"))
}

// TestClickThrough does in a real browser what an administrator and an
// employee do on their first day.
func TestClickThrough(t *testing.T) {
	needsSignals(t)
	window := newBrowser(t)
	w := newWorld(t)
	service := startService(t, w.env)
	w.staff()
	c := clicker{t: t, window: window, public: w.public}
	file := filepath.Join(t.TempDir(), "client_secrets.json")
	if err := os.WriteFile(file, w.google.ClientSecretsJSON(testClient, w.googleURL), 0o600); err != nil {
		t.Fatal(err)
	}
	c.login("admin")
	c.do("upload client_secrets.json", c.open("/settings/groupware"),
		chromedp.Click(chromedp.CSS(`input[name="enabled"]`)),
		chromedp.SetUploadFiles(chromedp.CSS("#client_secrets"), []string{file}),
		submit("/settings/groupware", `form[action$="/groupware/test"]`))
	if shown := c.text("main"); !strings.Contains(shown, testClient) || strings.Contains(shown, testSecret) {
		t.Errorf("after the upload:\n%s", shown)
	}
	c.do("log out", submit("/logout", "#password"))

	c.login("tanaka")
	c.do("link on first use of the schedule's button", c.open("/schedule"), submit("/profile/link", "#allow"),
		fill("#account", tanakaEmail), chromedp.Click(chromedp.CSS("#allow")), chromedp.WaitVisible(chromedp.CSS("#log")))
	c.do("choose the calendars", c.open("/profile"), submit("/profile", `form[action$="/profile/sync"]`))
	if shown := c.text("main"); len(w.inGoogle())+len(w.inTable()) != 0 || !strings.Contains(shown, "Begin") {
		t.Errorf("the preview shows:\n%s", shown)
	}
	c.do("begin", submit("/profile/sync", ".note.ok"))
	clickAppointments(t, w, c)
	clickUnlink(t, w, c)
	service.stop()
}

// clickAppointments adds one appointment on each side and sees both arrive.
func clickAppointments(t *testing.T, w *world, c clicker) {
	c.do("add an appointment", c.open("/schedule/new?date="+day(2)),
		fill("#subject", "面談"), fill("#start_at", day(2)+"T10:00"), fill("#end_at", day(2)+"T11:00"),
		submit("/schedule", ".note.ok"))
	w.until(soon, "the appointment in Google", func() bool { return strings.Contains(strings.Join(w.inGoogle(), "\n"), "面談") })

	c.do("add an event in Google", chromedp.Navigate(w.googleURL+"/ui/"+tanakaEmail), chromedp.Click(chromedp.CSS("#new")),
		chromedp.WaitVisible(chromedp.CSS("#summary")), fill("#summary", "歯医者"),
		fill("#start", day(2)+"T18:00"), fill("#end", day(2)+"T18:30"), chromedp.Click(chromedp.CSS("#add")),
		chromedp.WaitVisible(chromedp.CSS("#new")))
	c.do("synchronise", c.open("/schedule"), submit("/profile/sync", ".note.ok"))
	w.until(soon, "the event in the table", func() bool { return strings.Contains(strings.Join(w.inTable(), "\n"), "歯医者") })
	c.do("look at the list", c.open("/schedule?view=list&date="+day(2)))
	if shown := c.text("main"); !strings.Contains(shown, "面談") || !strings.Contains(shown, "歯医者") {
		t.Errorf("the list shows:\n%s", shown)
	}
}

// clickUnlink removes the credentials and keeps everything else.
func clickUnlink(t *testing.T, w *world, c clicker) {
	c.do("see what unlinking would do", c.open("/profile"),
		chromedp.Click(chromedp.CSS(`details:has(form[action$="/profile/unlink"]) summary`)),
		chromedp.Click(chromedp.CSS(`form[action$="/profile/unlink"] button`)), chromedp.WaitReady(chromedp.CSS("input[type=hidden][name=schedules]")))
	c.do("unlink", submit("/profile/unlink", ".note.ok"))
	w.untilUnlinked()
	c.do("see that it is gone", c.open("/profile"), chromedp.WaitVisible(chromedp.CSS(`form[action$="/profile/link"]`)))
	if rows, events := w.inTable(), w.inGoogle(); len(rows) != 2 || len(events) != 2 {
		t.Errorf("unlinking with keep and keep left %q and %q", rows, events)
	}
}
