package main

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"agcrm-google/assets"
)

// office is an installation with something on every page, and a window to look
// at it: an administrator, tanaka, who is linked and has things to decide, sato,
// who is between linking and beginning, and mori, whose first synchronisation
// goes on and on.
type office struct {
	clicker
	world    *world
	sessions map[string]string
	locale   string
}

// newOffice starts the service and furnishes it.
func newOffice(t *testing.T) *office {
	t.Helper()
	needsSignals(t)
	window := newBrowser(t)
	w := newWorld(t)
	startService(t, w.env)
	w.staff()
	w.switchOn()
	w.link()
	w.until(soon, "the end of the first synchronisation", func() bool {
		var done int
		err := w.crm.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM agcrm_google_links WHERE last_success_ms > 0").Scan(&done)
		return err == nil && done == 1
	})
	o := &office{world: w, clicker: clicker{t: t, window: window, public: w.public}, sessions: map[string]string{}}
	for _, statement := range officeSQL {
		w.exec(statement)
	}
	for _, name := range []string{"admin", "tanaka", "sato", "mori"} {
		v := newVisitor(t, w.public)
		v.login(name, testPassword)
		address, err := url.Parse(w.public + "/agcrm_google")
		if err != nil {
			t.Fatal(err)
		}
		o.sessions[name] = v.client.Jar.Cookies(address)[0].Value
	}
	return o
}

// speak sets everybody's language, and that of the browser for who has not
// signed in.
func (o *office) speak(locale string) {
	o.t.Helper()
	o.locale = locale
	headers := network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": locale}}
	if _, err := chromedp.Call(o.window, network.SetExtraHTTPHeaders, headers); err != nil {
		o.t.Fatal(err)
	}
	o.world.exec("UPDATE users SET locale = ?", locale)
}

// as makes the window that of somebody who signed in; "" is nobody.
func (o *office) as(name string) {
	o.t.Helper()
	_, err := chromedp.Call(o.window, network.SetCookie, network.SetCookieParams{Name: "agcrm_google_session", Value: o.sessions[name],
		URL: o.public + "/agcrm_google/", Path: "/agcrm_google", SameSite: network.CookieSameSiteLax})
	if err != nil {
		o.t.Fatal(err)
	}
}

// says fails unless the window shows a text of the catalogues.
func (o *office) says(key string, pairs ...string) {
	o.t.Helper()
	want := o.word(key, pairs...)
	if shown := o.text("body"); !strings.Contains(shown, want) {
		o.t.Errorf("%s: the page lacks %q:\n%s", o.at(), want, shown)
	}
}

// word is a text of the catalogues in the office's language.
func (o *office) word(key string, pairs ...string) string {
	args := map[string]string{}
	for i := 0; i+1 < len(pairs); i += 2 {
		args[pairs[i]] = pairs[i+1]
	}
	return assets.Text(o.locale, key, args)
}

// at is where the window is, below the pages' root.
func (o *office) at() string {
	o.t.Helper()
	address, err := chromedp.Run(o.window, chromedp.Location())
	if err != nil {
		o.t.Fatal(err)
	}
	return strings.TrimPrefix(address, o.public+"/agcrm_google")
}

// count asks the database for a number.
func (o *office) count(query string, args ...any) int {
	o.t.Helper()
	var n int
	if err := o.world.crm.QueryRowContext(context.Background(), query, args...).Scan(&n); err != nil {
		o.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// officeSQL furnishes the office. All links but tanaka's rest until 2100, so
// nothing that is told of them changes while somebody looks.
var officeSQL = []string{
	`INSERT INTO users (id, login, name, email, password_hash) SELECT 102, 'sato', '佐藤 健', 'sato@example.com', password_hash FROM users WHERE id = 101`,
	`INSERT INTO users (id, login, name, email, password_hash) SELECT 103, 'mori', '森 さくら', 'mori@example.com', password_hash FROM users WHERE id = 101`,
	`UPDATE users SET name = '田中 花子' WHERE id = 101`,
	`UPDATE users SET name = '管理 太郎' WHERE id = 1`,
	`INSERT INTO agcrm_google_links (user_id, sub, email, state, saved, target_calendar, pause_until_ms, error_key) VALUES
 (102, 's102', 'sato@example.com', 'active', 0, 'c102', 4102444800000, ''), (103, 's103', 'mori@example.com', 'active', 1, 'c103', 4102444800000, '')`,
	`INSERT INTO agcrm_google_calendars (user_id, calendar_id, summary, is_primary, selected) VALUES (102, 'c102', '佐藤', 1, 1), (103, 'c103', '森', 1, 1), (102, 'lost', '旧部署', 0, 0)`,
	`UPDATE agcrm_google_calendars SET lost = 1 WHERE calendar_id = 'lost'`,
	`INSERT INTO users (id, login, name) WITH RECURSIVE n(i) AS (SELECT 200 UNION ALL SELECT i + 1 FROM n WHERE i < 290) SELECT i, 'e' || i, '社員' || i FROM n`,
	`INSERT INTO agcrm_google_links (user_id, sub, email, state, saved, paused, last_success_ms, failures, error_key, backlog, pause_until_ms)
 SELECT id, 's' || id, login || '@example.com', CASE WHEN id = 201 THEN 'broken' ELSE 'active' END, id <> 202, id = 203, 1795300000000,
 CASE id WHEN 204 THEN 2 ELSE 0 END, CASE id WHEN 201 THEN 'link.grant_dead' WHEN 204 THEN 'google.unreachable' ELSE '' END,
 CASE id WHEN 205 THEN 9 ELSE 0 END, 4102444800000 FROM users WHERE id BETWEEN 201 AND 210`,
	// Questions of tanaka's and of somebody else's, whose appointment is private.
	`INSERT INTO agcrm_google_pairs (user_id, sub, calendar_id, event_id, event_key, schedule_id, state, origin, agreed_row, created_ms, updated_ms)
 WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 14)
 SELECT CASE WHEN i < 12 THEN 206 ELSE 207 END, 'x', 'gone', 'gone' || i, 'gone' || i, -i, 'ended', 'table', json_object('subject', '人事面談', 'private', CASE WHEN i >= 12 THEN '1' ELSE '0' END), 1, 1 FROM n`,
	`INSERT INTO agcrm_google_held (user_id, pair_id, side, subject, starts, created_ms)
 SELECT CASE WHEN id % 2 = 0 THEN 101 ELSE user_id END, id, 'google', CASE WHEN user_id = 207 AND id % 2 = 1 THEN '秘密の面談' ELSE '打ち合わせ' END, '2026-11-21T10:00:00/2026-11-21T11:00:00/', 1795300000000 FROM agcrm_google_pairs WHERE sub = 'x'`,
	`INSERT INTO agcrm_google_notices (user_id, schedule_id, subject, event_link, created_ms) VALUES (101, 1, '新製品説明会', 'https://calendar.google.com/calendar/event?eid=abc', 1795300000000)`,
	`INSERT INTO agcrm_google_log (user_id, level, message, args, subject, created_ms) VALUES
 (101, 'warn', 'log.conflict_google_won', '{"field":"subject"}', '定例会議', 4102444800000), (101, 'info', 'log.created_in_table', '', '', 1795300000000), (101, 'error', 'google.unreachable', '', '', 1795300000000)`,
	`INSERT INTO agcrm_google_left_aside (user_id, side, ref, subject, reason_key, seen_ms) VALUES (101, 'table', '77', '時刻なし', 'aside.no_time', 1795300000000)`,
	`INSERT INTO schedules (id, owner_id, subject, location, start_at, end_at, private, color_id, recurrence) VALUES
 (501, 101, '定例会議', '第1会議室', '2026-11-18 10:00:00', '2026-11-18 11:00:00', 0, 7, 'RRULE:FREQ=WEEKLY;COUNT=6'), (502, 101, '通院', '', '2026-11-19 15:00:00', '2026-11-19 16:00:00', 1, NULL, NULL),
 (503, 101, '展示会', '幕張', '2026-11-17 00:00:00', '2026-11-19 00:00:00', 0, 3, NULL)`,
	`UPDATE schedules SET all_day = 1 WHERE id = 503`,
	`INSERT INTO agcrm_google_history (user_id, schedule_id, side, action, subject, before_json, after_json, created_ms) VALUES
 (101, 501, 'table', 'update', '定例会議', '{"subject":"定例会議","location":"第2会議室","time":"2026-11-18T10:00:00/2026-11-18T11:00:00/"}', '{"subject":"定例会議","location":"第1会議室","time":"2026-11-18T10:00:00/2026-11-18T11:00:00/"}', 1795300000000),
 (101, 501, 'google', 'delete', '', '{"subject":"","private":"0","time":"2026-11-20/2026-11-20"}', '', 1795300000000)`,
}
