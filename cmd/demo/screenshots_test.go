package main

import (
	"bytes"
	"cmp"
	"context"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// pictures is where the README's pictures are, from this folder.
const pictures = "../../assets/screenshots"

// shot is one picture: who looks at what, in which language, window and colours.
// A path of the service begins with a slash; google is the simulated page.
type shot struct {
	name, locale  string
	who           person
	path          string
	width, height int64
	dark          bool
	script        string // before the picture is taken
}

// wide and narrow are the windows.
const (
	wide, wideHeight     = 1280, 900
	narrow, narrowHeight = 390, 844
)

var shots = []shot{
	{name: "schedule-month-ja", locale: "ja", who: tanaka, path: "/schedule?view=month"},
	{name: "schedule-week-en", locale: "en", who: tanaka, path: "/schedule?view=week"},
	{name: "schedule-colleagues-ja", locale: "ja", who: tanaka, path: "/schedule?view=week&user=101&user=102&user=103&user=104", height: 620},
	{name: "schedule-month-dark-en", locale: "en", who: tanaka, path: "/schedule?view=month", dark: true},
	{name: "appointment-en", locale: "en", who: tanaka, path: "/schedule/new?date=2026-11-18", script: `
		document.querySelector("#subject").value = "企画会議";
		document.querySelector("#repeat").value = "weekly";
		document.querySelectorAll("[name=repeat_days]").forEach(function (box) { box.checked = box.value === "MO" || box.value === "WE"; });
		document.querySelector("#repeat").dispatchEvent(new Event("input", { bubbles: true }))`},
	{name: "profile-ja", locale: "ja", who: tanaka, path: "/profile"},
	{name: "first-visit-en", locale: "en", who: takahashi, path: "/profile", height: 720},
	{name: "links-ja", locale: "ja", who: kanri, path: "/settings/links", height: 1180},
	{name: "groupware-en", locale: "en", who: kanri, path: "/settings/groupware"},
	{name: "history-en", locale: "en", who: tanaka, path: "/history"},
	{name: "phone-month-ja", locale: "ja", who: tanaka, path: "/schedule?view=month", width: narrow, height: narrowHeight},
	{name: "phone-week-ja", locale: "ja", who: tanaka, path: "/schedule?view=week", width: narrow, height: narrowHeight},
	{name: "google", locale: "ja", who: tanaka, path: "google"},
}

// TestScreenshots takes the README's pictures anew:
//
//	AGCRM_SCREENSHOTS=1 go test ./cmd/demo -run TestScreenshots
func TestScreenshots(t *testing.T) {
	if os.Getenv("AGCRM_SCREENSHOTS") == "" {
		t.Skip("AGCRM_SCREENSHOTS=1 takes the pictures anew")
	}
	_, g, service := newStage(t)
	if err := os.MkdirAll(pictures, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, s := range shots {
		window := windowOf(t, service, s)
		address := service + "/agcrm_google" + s.path
		if s.path == "google" {
			address = g.page(s.who)
		}
		savePicture(t, filepath.Join(pictures, s.name+".png"), take(t, window, s, address))
	}
}

// windows are the open browsers, one for each person and language.
var windows = map[string]context.Context{}

// windowOf is a browser in which a picture's person is signed in.
func windowOf(t *testing.T, service string, s shot) context.Context {
	t.Helper()
	if window := windows[s.locale+s.who.login]; window != nil {
		return window
	}
	window, closeWindow := chromedp.NewContext(context.Background(), chromedp.WithAllocatorOptions(chromedp.Flag("no-sandbox", true),
		chromedp.Flag("lang", s.locale), chromedp.Flag("accept-lang", s.locale), chromedp.Env("LANGUAGE="+s.locale), chromedp.Flag("hide-scrollbars", true)))
	t.Cleanup(closeWindow)
	err := chromedp.Do(window, chromedp.Navigate(service+"/agcrm_google/login"), chromedp.WaitVisible(chromedp.CSS("#password")),
		chromedp.SetValue(chromedp.CSS("#login"), s.who.login), chromedp.SetValue(chromedp.CSS("#password"), s.who.password),
		chromedp.Click(chromedp.CSS("main button")), chromedp.WaitVisible(chromedp.CSS("nav.nav")))
	if err != nil {
		t.Fatalf("sign in as %s: %v", s.who.login, err)
	}
	windows[s.locale+s.who.login] = window
	return window
}

// take is one picture, at the size of the window.
func take(t *testing.T, window context.Context, s shot, address string) []byte {
	t.Helper()
	scheme := "light"
	if s.dark {
		scheme = "dark"
	}
	colours := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}
	if _, err := chromedp.Call(window, emulation.SetEmulatedMedia, colours); err != nil {
		t.Fatal(err)
	}
	script := cmp.Or(s.script, `""`)
	err := chromedp.Do(window, chromedp.EmulateViewport(cmp.Or(s.width, wide), cmp.Or(s.height, wideHeight)), chromedp.Navigate(address),
		chromedp.WaitReady(chromedp.CSS("main")), chromedp.Evaluate[chromedp.Void](script), chromedp.Sleep(time.Second))
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	picture, err := chromedp.Run(window, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	return picture
}

// savePicture writes a picture with at most 256 colours, which is a third of
// its size: those seen most that differ visibly, and for each other the nearest.
func savePicture(t *testing.T, file string, picture []byte) {
	t.Helper()
	full, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[color.RGBA]int{}
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(full.At(x, y)).(color.RGBA) }
	for y := range full.Bounds().Dy() {
		for x := range full.Bounds().Dx() {
			seen[at(x, y)]++
		}
	}
	most := slices.SortedFunc(maps.Keys(seen), func(a, b color.RGBA) int {
		return cmp.Or(cmp.Compare(seen[b], seen[a]), cmp.Compare(a.R, b.R), cmp.Compare(a.G, b.G), cmp.Compare(a.B, b.B))
	})
	var palette color.Palette
	for _, c := range most {
		if len(palette) < 256 && (len(palette) == 0 || apart(c, palette[palette.Index(c)].(color.RGBA)) > 4) {
			palette = append(palette, c)
		}
	}
	index := make(map[color.RGBA]uint8, len(seen))
	for c := range seen {
		index[c] = uint8(palette.Index(c))
	}
	small := image.NewPaletted(full.Bounds(), palette)
	for y := range full.Bounds().Dy() {
		for x := range full.Bounds().Dx() {
			small.SetColorIndex(x, y, index[at(x, y)])
		}
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&out, small); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// apart is how much two colours differ, in the part in which they differ most.
func apart(a, b color.RGBA) int {
	difference := func(x, y uint8) int { return max(int(x)-int(y), int(y)-int(x)) }
	return max(difference(a.R, b.R), difference(a.G, b.G), difference(a.B, b.B))
}

// The README links every picture, and no other; together they stay below a
// megabyte.
func TestPicturesAreLinked(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var linked []string
	for _, link := range regexp.MustCompile(`assets/screenshots/([a-z-]+)\.png`).FindAllStringSubmatch(string(readme), -1) {
		if !slices.Contains(linked, link[1]) {
			linked = append(linked, link[1])
		}
	}
	var taken []string
	for _, s := range shots {
		taken = append(taken, s.name)
	}
	slices.Sort(linked)
	slices.Sort(taken)
	if !slices.Equal(linked, taken) {
		t.Errorf("the README links %q, taken are %q", linked, taken)
	}
	files, err := os.ReadDir(pictures)
	if err != nil {
		t.Fatal(err)
	}
	total := int64(0)
	for _, file := range files {
		info, err := file.Info()
		if err != nil {
			t.Fatal(err)
		}
		if total += info.Size(); !slices.Contains(taken, strings.TrimSuffix(file.Name(), ".png")) {
			t.Errorf("%s is no picture of ours", file.Name())
		}
	}
	if len(files) != len(taken) || total > 1<<20 {
		t.Errorf("%d pictures, %d bytes", len(files), total)
	}
}
