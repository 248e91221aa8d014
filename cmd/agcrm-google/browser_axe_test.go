package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// axeVersion is the release of axe-core that judges the pages.
const axeVersion = "4.14.1"

// axeSource is axe-core, which npm brings into the user's cache, outside the
// tree. Where npm is not there the test is skipped, except where everything is
// to be tested.
func axeSource(t *testing.T) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(cache, "agcrm-google", "axe-core-"+axeVersion)
	file := filepath.Join(folder, "node_modules", "axe-core", "axe.min.js")
	if _, err := os.Stat(file); err != nil {
		if err := installAxe(t.Context(), folder); err != nil && os.Getenv("AGCRM_TEST_FULL") == "" {
			t.Skipf("no axe-core on this machine, and npm does not bring it (%v): accessibility is not tested", err)
		} else if err != nil {
			t.Fatalf("axe-core %s: %v", axeVersion, err)
		}
	}
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

func installAxe(ctx context.Context, folder string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	install := exec.CommandContext(ctx, "npm", "install", "--prefix", folder, "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "axe-core@"+axeVersion)
	if output, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, strings.TrimSpace(string(output)))
	}
	return nil
}

// axeRun names the violations of a page: rule, what it asks, and where.
const axeRun = `axe.run(document, %s).then(function (found) {
  return found.violations.map(function (v) {
    return v.id + " (" + v.help + "): " + v.nodes.slice(0, 3).map(function (n) {
      return n.html.slice(0, 160) + " " + n.any.concat(n.all).map(function (c) { return c.message; }).join("; ");
    }).join(" | ");
  });
})`

// judge runs axe-core on the page that the window shows: all rules in the light
// scheme and, where both are asked for, in the dark one too; else there those
// about colours, which are all that the stylesheet changes in the dark.
func (c clicker) judge(page, axe string, both bool) {
	c.t.Helper()
	limited, cancel := context.WithTimeout(c.window, 90*time.Second)
	defer cancel()
	if err := chromedp.Do(limited, chromedp.Evaluate[chromedp.Void](axe)); err != nil {
		c.t.Fatalf("load axe-core into %s: %v", page, err)
	}
	all, colours := `{resultTypes: ["violations"]}`, `{resultTypes: ["violations"], runOnly: ["color-contrast", "link-in-text-block"]}`
	dark := colours
	if both {
		dark = all
	}
	for _, look := range []struct{ scheme, options string }{{"dark", dark}, {"light", all}} {
		c.scheme(limited, look.scheme)
		found, err := chromedp.Run(limited, chromedp.Evaluate[[]string](fmt.Sprintf(axeRun, look.options), chromedp.EvalAwaitPromise))
		if err != nil {
			c.t.Fatalf("judge %s: %v", page, err)
		}
		for _, violation := range found {
			c.t.Errorf("%s, %s: %s", page, look.scheme, violation)
		}
	}
}

// scheme makes the window light or dark.
func (c clicker) scheme(ctx context.Context, scheme string) {
	c.t.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}, // a colour on its way is judged as it is
	}}
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, media); err != nil {
		c.t.Fatal(err)
	}
}
