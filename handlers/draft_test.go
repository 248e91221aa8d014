package handlers_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"agcrm-google/models"
)

var authorField = regexp.MustCompile(`name="author" value="([^"]+)"`)

// forget ends the session at the browser's side, as a closed window does.
func (b *browser) forget() {
	b.site.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		b.site.t.Fatal(err)
	}
	b.client.Jar = jar
}

// authorOf is the field that says whom a page's forms were made for.
func (r reply) authorOf() string {
	r.t.Helper()
	found := authorField.FindStringSubmatch(r.raw)
	if found == nil {
		r.t.Fatalf("no form of this page names its reader:\n%s", r.body)
	}
	return found[1]
}

// signIn signs in on the page that a redirect led to, and gives where that leads.
func (b *browser) signIn(login string, away reply) string {
	b.site.t.Helper()
	address := away.want(http.StatusSeeOther).header.Get("Location")
	next, err := url.Parse(address)
	if err != nil || next.Path != "/agcrm_google/login" {
		b.site.t.Fatalf("leads to %q", address)
	}
	form := url.Values{"login": {login}, "password": {password}, "next": {next.Query().Get("next")}}
	return strings.TrimPrefix(b.post("/login", form).want(http.StatusSeeOther).header.Get("Location"), "/agcrm_google")
}

// typedForm is a form that somebody filled in, and what must come back of it.
type typedForm struct {
	page, action string
	values       url.Values
	back         string // the page that the login leads to
	kept         []string
	lost         []string
	secret       bool
}

func typedForms(row models.Schedule, series int64) []typedForm {
	appointment := url.Values{"subject": {"来期の計画 <b>"}, "start_at": {"2026-02-31T25:00"}, "end_at": {"2026-11-24T11:00"}, "body": {"一行目\n二行目"},
		"participants": {"3"}, "private": {"on"}, "row_version": {fmt.Sprint(row.RowVersion)}}
	kept := []string{`value="来期の計画 <b>"`, `value="2026-02-31T25:00"`, "一行目\n二行目", `name="private" value="on" checked`, `value="3" checked`}
	one := fmt.Sprintf("/schedule/%d", row.ID)
	occurrence := url.Values{"subject": {"特別回"}, "start_at": {"2026-11-11T10:00"}, "end_at": {"2026-11-11T11:00"}, "occurrence": {"2026-11-11T10:00"}, "scope": {"following"}}
	every := fmt.Sprintf("/schedule/%d", series)
	return []typedForm{
		{page: "/schedule/new", action: "/schedule", values: appointment, back: "/schedule/new?", kept: kept},
		{page: one, action: one, values: appointment, back: one + "?", kept: append(kept, fmt.Sprintf(`name="row_version" value="%d"`, row.RowVersion))},
		{page: one, action: one + "/delete", values: appointment, back: one + "?", kept: kept},
		{page: every + "?occurrence=2026-11-11T10:00", action: every, values: occurrence, back: every + "?occurrence=2026-11-11T10%3A00&",
			kept: []string{`value="特別回"`, `value="following" checked`}},
		{page: "/profile", action: "/profile", values: url.Values{"time_zone": {"Europe/Nowhere"}, "locale": {""}}, back: "/profile?", kept: []string{`value="Europe/Nowhere"`}},
		{page: "/profile", action: "/profile/password", values: url.Values{"current": {"old secret 1"}, "password": {"new secret 2"}}, back: "/profile?",
			lost: []string{"old secret 1", "new secret 2"}, secret: true},
		{page: "/settings/groupware", action: "/settings/groupware", back: "/settings/groupware?", secret: true,
			values: url.Values{"client_id": {"4711.apps.googleusercontent.com"}, "client_secret": {"GOCSPX-typed"}, "window_past": {"many"}, "conflict_policy": {"crm"}},
			kept:   []string{`value="4711.apps.googleusercontent.com"`, `value="many"`, `value="crm" selected`}, lost: []string{"GOCSPX-typed"}},
	}
}

// What was typed into a form whose session has ended is not carried out, waits
// at the login, and is back in the form for the same employee only.
func TestTypedOutlivesTheSession(t *testing.T) {
	s := newSite(t)
	s.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at) VALUES (1, 'own', '2026-11-24 10:00:00', '2026-11-24 11:00:00')")
	s.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, recurrence) VALUES (1, 'weekly', '2026-11-04 10:00:00', '2026-11-04 11:00:00', 'RRULE:FREQ=WEEKLY')")
	row, err := s.db.Schedule(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, locale := range []string{"ja", "en", "fr"} {
		for _, f := range typedForms(row, 2) {
			b := s.as(admin, locale)
			f.values.Set("author", b.get(f.page).want(http.StatusOK).authorOf())
			b.forget()
			away := b.post(f.action, f.values)
			b.get(strings.TrimPrefix(away.header.Get("Location"), "/agcrm_google")).want(http.StatusOK, text(locale, "login.ended")).without(f.lost...)
			back := b.signIn("admin", away)
			if !strings.HasPrefix(back, f.back) || !strings.Contains(back, "typed=") {
				t.Fatalf("%s: the login leads to %s", f.action, back)
			}
			said := "form.restored"
			if f.secret {
				said = "form.restored_but_secrets"
			}
			for range 2 { // a reload loses nothing either
				b.get(back).want(http.StatusOK, append(f.kept, text(locale, said))...).without(f.lost...)
			}
			b.get(f.page).want(http.StatusOK).without(text(locale, said))
		}
	}
	if again, err := s.db.Schedule(t.Context(), 1); err != nil || again != row {
		t.Errorf("the row is %+v, %v", again, err)
	}
}

// Somebody else who signs in at the same browser sees nothing of it.
func TestTypedIsNobodyElses(t *testing.T) {
	s := newSite(t)
	b := s.as(tanaka, "en")
	form := url.Values{"subject": {"my secret plan"}, "start_at": {"2026-11-24T10:00"}, "end_at": {"2026-11-24T11:00"}, "author": {b.get("/schedule/new").authorOf()}}
	b.post("/logout", nil).want(http.StatusSeeOther)
	away := b.post("/schedule", form)
	back := b.signIn("suzuki", away)
	b.get(back).want(http.StatusOK).without("my secret plan", text("en", "form.restored"))
	b.post("/logout", nil).want(http.StatusSeeOther)
	if again := b.signIn("tanaka", b.get(back)); again != back {
		t.Errorf("leads to %s", again)
	}
	b.get(back).want(http.StatusOK).without("my secret plan")
}

// A form of somebody who was signed in before is not carried out for who is now.
func TestFormOfWhoWasSignedInBefore(t *testing.T) {
	s := newSite(t)
	b := s.as(tanaka, "fr")
	form := url.Values{"subject": {"plan"}, "start_at": {"2026-11-24T10:00"}, "end_at": {"2026-11-24T11:00"}, "author": {b.get("/schedule/new").authorOf()}}
	b.post("/login", url.Values{"login": {"suzuki"}, "password": {password}}).want(http.StatusSeeOther)
	b.post("/schedule", form).want(http.StatusForbidden, text("fr", "form.other_user"))
	b.get("/schedule?view=list&date=2026-11-24").want(http.StatusOK).without("plan</a>")
}

// Once it was sent again, what was typed is forgotten.
func TestTypedIsForgottenOnceSent(t *testing.T) {
	s := newSite(t)
	b := s.as(tanaka, "ja")
	form := url.Values{"subject": {"展示会"}, "start_at": {"2026-11-24T10:00"}, "end_at": {"2026-11-24T11:00"}, "author": {b.get("/schedule/new").authorOf()}}
	b.forget()
	back := b.signIn("tanaka", b.post("/schedule", form))
	page := b.get(back).want(http.StatusOK, `value="展示会"`)
	form.Set("author", page.authorOf())
	b.post("/schedule", form).want(http.StatusSeeOther)
	b.get(back).want(http.StatusOK).without(`value="展示会"`, text("ja", "form.restored"))
}

// Who never had a session fills no table: neither without the field that names
// the reader nor with a made-up one is anything kept.
func TestStrangersKeepNothing(t *testing.T) {
	s := newSite(t)
	for _, author := range []string{"", "2", "not sealed", "AAAA"} {
		b := s.browser("en")
		away := b.post("/schedule", url.Values{"subject": {"spam"}, "author": {author}}).want(http.StatusSeeOther)
		if cookie := sessionCookie(t, away.header); cookie != nil || strings.Contains(away.header.Get("Location"), "typed") {
			t.Errorf("author %q: cookie %v, leads to %s", author, cookie, away.header.Get("Location"))
		}
	}
}

// A form is kept for the last few only.
func TestFewDraftsWait(t *testing.T) {
	s := newSite(t)
	b := s.as(tanaka, "en")
	form := url.Values{"author": {b.get("/schedule/new").authorOf()}}
	b.forget()
	var away []reply
	for i := range 5 {
		form.Set("subject", fmt.Sprintf("draft %d", i))
		away = append(away, b.post("/schedule", form))
	}
	b.signIn("tanaka", away[4])
	for i, r := range away {
		next, _ := url.Parse(r.header.Get("Location"))
		page := b.get(strings.TrimPrefix(next.Query().Get("next"), "/agcrm_google")).want(http.StatusOK)
		if shown := strings.Contains(page.body, fmt.Sprintf(`value="draft %d"`, i)); shown != (i >= 2) {
			t.Errorf("draft %d of 5 is shown: %t", i, shown)
		}
	}
}

// Somebody deletes the appointment that another one edits: what was typed stays,
// to be saved as a new one.
func TestEditOfWhatIsGone(t *testing.T) {
	s := newSite(t)
	for _, locale := range []string{"ja", "en", "fr"} {
		s.exec("INSERT INTO schedules (id, owner_id, subject, start_at, end_at) VALUES (70, 2, 'gone', '2026-11-24 10:00:00', '2026-11-24 11:00:00')")
		b := s.as(tanaka, locale)
		form := url.Values{"subject": {"kept " + locale}, "start_at": {"2026-11-24T13:00"}, "end_at": {"2026-11-24T14:00"}, "row_version": {"1"}, "author": {b.get("/schedule/70").authorOf()}}
		s.exec("DELETE FROM schedules WHERE id = 70")
		b.post("/schedule/70", form).want(http.StatusNotFound, text(locale, "schedule.gone"), `value="kept `+locale+`"`, `action="/agcrm_google/schedule"`).without(`name="row_version"`)
		b.forget()
		away := b.post("/schedule/70", form)
		b.get(b.signIn("tanaka", away)).want(http.StatusNotFound, text(locale, "schedule.gone"), text(locale, "form.restored"), `value="kept `+locale+`"`)
	}
}
