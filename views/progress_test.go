package views_test

import (
	"bytes"
	"html"
	"strings"
	"testing"

	"agcrm-google/assets"
	"agcrm-google/models"
	"agcrm-google/views"
)

// A share of the whole is shown only where the whole is known.
func TestProgress(t *testing.T) {
	for name, c := range map[string]struct {
		v    views.Progress
		key  string
		args map[string]string
		bar  string // attributes of the bar; empty = it shows no share
	}{
		"about to begin":       {views.Progress{Progress: models.Progress{Unread: 2}}, "progress.waiting", nil, ""},
		"between two runs":     {views.Progress{Progress: models.Progress{Unread: 1, Done: 40}}, "progress.between", map[string]string{"done": "40"}, ""},
		"read elsewhere":       {views.Progress{Progress: models.Progress{Running: true, Unread: 2, Done: 3}}, "progress.reading", map[string]string{"done": "3"}, ""},
		"Google is read":       {views.Progress{Progress: models.Progress{Running: true, Unread: 2}, Read: 2500, Calendar: 1, Calendars: 2}, "progress.reading_google", map[string]string{"calendar": "1", "calendars": "2", "read": "2,500"}, ""},
		"it is taken up":       {views.Progress{Progress: models.Progress{Running: true, Unread: 2, Done: 500}, Read: 2600, Calendar: 2, Calendars: 2, AllRead: true}, "progress.taking", map[string]string{"done": "500", "read": "2,600"}, `max="2600" value="500"`},
		"Google was empty":     {views.Progress{Progress: models.Progress{Running: true, Unread: 1}, Calendar: 1, Calendars: 1, AllRead: true}, "progress.taking", map[string]string{"done": "0", "read": "0"}, ""},
		"the rows are written": {views.Progress{Progress: models.Progress{Running: true, Done: 500, Left: 1500}, Read: 100, Calendar: 2, Calendars: 2, AllRead: true}, "progress.writing", map[string]string{"done": "500", "total": "2,000"}, `max="2000" value="500"`},
	} {
		var out bytes.Buffer
		if err := views.ProgressPage(page("en"), c.v).Render(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		if text := html.UnescapeString(out.String()); !strings.Contains(text, assets.Text("en", c.key, c.args)) || strings.Contains(text, " max=") != (c.bar != "") || !strings.Contains(text, c.bar) {
			t.Errorf("%s: want %s %s:\n%s", name, c.key, c.bar, text)
		}
	}
}
