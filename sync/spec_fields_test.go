package calsync

import (
	"strings"
	"testing"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// Colour (13), privacy, transparency and text: what each column means.

// At insert: color_id, else the profile's, else the company's, else none.
func TestSpecColourAtInsert(t *testing.T) {
	for _, c := range []struct {
		row              any
		profile, company int
		want             string
	}{{9, 8, 7, "9"}, {nil, 8, 7, "8"}, {nil, 0, 7, "7"}, {nil, 0, 0, ""}} {
		w := linkedWorld(t)
		w.settings(func(s *models.Settings) { s.DefaultColor = c.company })
		w.profile(func(p *models.Profile) { p.Color = c.profile })
		id := w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, color_id) VALUES (?, 'a', ?, ?, ?)", testUser, at10, at11, c.row)
		w.sync()
		if e := w.eventNamed("a"); e.ColorId != c.want {
			t.Errorf("%+v: %q", c, e.ColorId)
		}
		// A default that was applied is not written into the row.
		if row := w.row(id); (row.ColorID == 9) != (c.row == 9) || c.row == nil && row.ColorID != 0 {
			t.Errorf("%+v: row has %d", c, row.ColorID)
		}
		w.quiet()
	}
}

// Changing a default recolours nothing that exists; events born in Google keep theirs.
func TestSpecColourDefaultsRecolourNothing(t *testing.T) {
	w := specWorld(t)
	w.settings(func(s *models.Settings) { s.DefaultColor = 5 })
	id, event := w.shared("a")
	born := w.account().Insert("primary", lunch("b")).Id
	w.sync()
	w.settings(func(s *models.Settings) { s.DefaultColor = 6 })
	w.profile(func(p *models.Profile) { p.Color = 7 })
	w.google.ExpireSyncTokens()
	w.quiet()
	w.exec("UPDATE schedules SET location = 'x'")
	w.sync()
	if a, b := w.account().Event("primary", event).ColorId, w.account().Event("primary", born).ColorId; a != "5" || b != "" {
		t.Errorf("%q %q", a, b)
	}
	if row := w.row(id); row.ColorID != 0 {
		t.Errorf("%d", row.ColorID)
	}
	w.quiet()
}

// Afterwards a merged field, both ways; cleared too.
func TestSpecColourTravels(t *testing.T) {
	w := specWorld(t)
	w.settings(func(s *models.Settings) { s.DefaultColor = 5 })
	id, event := w.shared("a")
	w.editRow(id, "color_id = 3")
	w.sync()
	if c := w.account().Event("primary", event).ColorId; c != "3" {
		t.Errorf("%q", c)
	}
	w.editRow(id, "color_id = NULL")
	w.sync()
	if c := w.account().Event("primary", event).ColorId; c != "" {
		t.Errorf("a cleared colour became %q", c)
	}
	w.editEvent(event, func(e *calendar.Event) { e.ColorId = "11" })
	w.sync()
	if c := w.row(id).ColorID; c != 11 {
		t.Errorf("%d", c)
	}
	w.editEvent(event, func(e *calendar.Event) { e.ColorId = "" })
	w.sync()
	if c := w.row(id).ColorID; c != 0 {
		t.Errorf("%d", c)
	}
	var null bool
	check(t, w.raw.QueryRow("SELECT color_id IS NULL FROM schedules").Scan(&null))
	if !null {
		t.Error("no colour is NULL")
	}
	w.quiet()
}

// private: 0 = Google's default/public, 1 = private/confidential; Google's exact
// value is kept unless the flag changes.
func TestSpecPrivate(t *testing.T) {
	for visibility, private := range map[string]bool{"public": false, "": false, "private": true, "confidential": true} {
		w := linkedWorld(t)
		e := lunch("a")
		e.Visibility = visibility
		event := w.account().Insert("primary", e).Id
		w.sync()
		row := w.rows()[0]
		if row.Private != private {
			t.Errorf("%q: private %v", visibility, row.Private)
		}
		w.editRow(row.ID, "subject = 'b', private = private")
		w.sync()
		if got := w.account().Event("primary", event).Visibility; got != visibility {
			t.Errorf("%q became %q", visibility, got)
		}
		w.editRow(row.ID, "private = 1 - private")
		w.sync()
		if got := w.account().Event("primary", event).Visibility; (got == "private") == private || got == visibility {
			t.Errorf("%q became %q", visibility, got)
		}
		w.quiet()
	}
}

func TestSpecBusy(t *testing.T) {
	w := specWorld(t)
	id, event := w.shared("a")
	w.editRow(id, "busy = 0")
	w.sync()
	if e := w.account().Event("primary", event); e.Transparency != "transparent" {
		t.Errorf("%q", e.Transparency)
	}
	w.editEvent(event, func(e *calendar.Event) { e.Transparency = "opaque" })
	w.sync()
	if !w.row(id).Busy {
		t.Error("not busy")
	}
	w.quiet()
}

// Tentative is no deletion and nothing that the CRM models.
func TestSpecTentative(t *testing.T) {
	w := specWorld(t)
	_, event := w.shared("a")
	w.editEvent(event, func(e *calendar.Event) { e.Status = "tentative" })
	w.sync()
	w.both("a")
	w.exec("UPDATE schedules SET subject = 'b'")
	w.sync()
	if e := w.account().Event("primary", event); e.Status != "tentative" || e.Summary != "b" {
		t.Errorf("%s %s", e.Status, e.Summary)
	}
	w.quiet()
}

// Text arrives as it was written, both ways.
func TestSpecTextFidelity(t *testing.T) {
	texts := []string{"会議 👩‍👩‍👧‍👦 𠮷野家", "e\u0301 vs é", "a < b & c > d", "<tag> of a person's own", "&amp; stays", "\u200fשלום", "100 %s %d ?", "'; DROP TABLE schedules; --", "line\nline\n\nline", "tab\there"}
	w := specWorld(t)
	for _, s := range texts {
		w.exec("INSERT INTO schedules (owner_id, subject, location, body, start_at, end_at) VALUES (?, ?, ?, ?, ?, ?)",
			testUser, strings.ReplaceAll(s, "\n", " "), strings.ReplaceAll(s, "\n", " "), s, at10, at11)
		e := lunch(strings.ReplaceAll(s, "\n", " "))
		e.Location, e.Description = e.Summary, s
		w.account().Insert("primary", e)
	}
	w.sync()
	for _, s := range texts {
		line := strings.ReplaceAll(s, "\n", " ")
		n := 0
		for _, row := range w.rows() {
			if row.Subject == line && row.Location == line && row.Body == s {
				n++
			}
		}
		for _, e := range w.events() {
			if e.Summary == line && e.Location == line && e.Description == s {
				n++
			}
		}
		if n != 4 {
			t.Errorf("%q stands %d times as it was written, not 4", s, n)
		}
	}
	w.quiet()
}

// HTML descriptions become plain text and are never written back unless the body was edited.
func TestSpecHTMLDescription(t *testing.T) {
	w := specWorld(t)
	const description = `<p>Agenda:</p><ul><li>one &amp; two</li><li><a href="https://example.com/">three</a></li></ul><br>end`
	e := lunch("a")
	e.Description = description
	event := w.account().Insert("primary", e).Id
	w.sync()
	row := w.rows()[0]
	if strings.ContainsAny(row.Body, "<>") || !strings.Contains(row.Body, "one & two") || !strings.Contains(row.Body, "three") || !strings.Contains(row.Body, "\n") {
		t.Errorf("%q", row.Body)
	}
	w.editRow(row.ID, "subject = 'b', start_at = '2026-11-25 09:00:00'")
	w.sync()
	if got := w.account().Event("primary", event).Description; got != description {
		t.Errorf("written back: %q", got)
	}
	w.google.ExpireSyncTokens()
	w.quiet()
	w.editRow(row.ID, "body = 'plain'")
	w.sync()
	if got := w.account().Event("primary", event).Description; got != "plain" {
		t.Errorf("%q", got)
	}
	w.quiet()
}

// Over-long texts are cut on one side only and never come back cut.
func TestSpecLongTexts(t *testing.T) {
	long := strings.Repeat("長", 1500)
	emoji := strings.Repeat("x", 254) + "👍👍" // the cut falls into the surrogate pair
	w := specWorld(t)
	id := w.exec("INSERT INTO schedules (owner_id, subject, body, start_at, end_at) VALUES (?, ?, ?, ?, ?)",
		testUser, long, strings.Repeat("本文", 6000), at10, at11)
	e := lunch(emoji)
	e.Description, e.Location = strings.Repeat("d", 8000), strings.Repeat("l", 900)
	event := w.account().Insert("primary", e).Id
	w.sync()
	w.quiet()
	var born models.Schedule
	for _, row := range w.rows() {
		if row.ID != id {
			born = row
		}
	}
	if born.Subject != emoji[:254] || born.Location != strings.Repeat("l", 255) || len(born.Body) != 8000 {
		t.Errorf("%q %d %d", born.Subject, len(born.Location), len(born.Body))
	}
	w.exec("UPDATE schedules SET busy = 0")
	w.sync()
	if got := w.account().Event("primary", event); got.Summary != emoji || len(got.Location) != 900 {
		t.Errorf("written back cut: %q", got.Summary)
	}
	for _, e := range w.events() {
		w.editEvent(e.Id, func(e *calendar.Event) { e.ColorId = "4" })
	}
	w.sync()
	if row := w.row(id); row.Subject != long || len(row.Body) != 6*6000 || row.ColorID != 4 {
		t.Errorf("the row's subject has %d bytes", len(row.Subject))
	}
	w.google.ExpireSyncTokens()
	w.quiet()
	w.editRow(born.ID, "subject = 'short'")
	w.sync()
	if got := w.account().Event("primary", event); got.Summary != "short" {
		t.Errorf("%q", got.Summary)
	}
	w.quiet()
}

// CRLF of the CRM stays in the table; Google gets LF.
func TestSpecLineEnds(t *testing.T) {
	w := specWorld(t)
	id := w.exec("INSERT INTO schedules (owner_id, subject, body, start_at, end_at) VALUES (?, 'a', ?, ?, ?)", testUser, "one\r\ntwo\rthree", at10, at11)
	w.sync()
	if e := w.eventNamed("a"); e.Description != "one\ntwo\nthree" {
		t.Errorf("%q", e.Description)
	}
	w.editEvent(w.eventNamed("a").Id, func(e *calendar.Event) { e.Location = "x" })
	w.sync()
	if row := w.row(id); row.Body != "one\r\ntwo\rthree" {
		t.Errorf("%q", row.Body)
	}
	w.quiet()
}

// Empty subjects stay empty on both sides.
func TestSpecEmptySubject(t *testing.T) {
	w := specWorld(t)
	w.insertRow("", at10, at11)
	w.account().Insert("primary", lunch(""))
	w.sync()
	for _, row := range w.rows() {
		if row.Subject != "" {
			t.Errorf("%q", row.Subject)
		}
	}
	for _, e := range w.events() {
		if e.Summary != "" {
			t.Errorf("%q", e.Summary)
		}
	}
	w.quiet()
	id := w.insertRow("x", at10, at11)
	w.sync()
	w.editRow(id, "subject = '', location = ''")
	w.sync()
	if n := len(w.events()); n != 3 {
		t.Errorf("%d", n)
	}
	w.quiet()
}

// Clearing a text in Google clears it here.
func TestSpecClearedTexts(t *testing.T) {
	w := specWorld(t)
	id := w.exec("INSERT INTO schedules (owner_id, subject, location, body, start_at, end_at) VALUES (?, 'a', 'l', 'b', ?, ?)", testUser, at10, at11)
	w.sync()
	w.editEvent(w.eventNamed("a").Id, func(e *calendar.Event) { e.Summary, e.Location, e.Description = "", "", "" })
	w.sync()
	if row := w.row(id); row.Subject+row.Location+row.Body != "" {
		t.Errorf("%+v", row)
	}
	var nulls int
	check(t, w.raw.QueryRow("SELECT (location IS NULL) + (body IS NULL) + (subject = '') FROM schedules").Scan(&nulls))
	if nulls != 3 {
		t.Error("empty location and body are NULL, an empty subject is ''")
	}
	w.quiet()
}
