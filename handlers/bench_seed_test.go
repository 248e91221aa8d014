package handlers_test

import (
	"database/sql"
	"path/filepath"
	"time"

	"agcrm-google/models"
)

// crowded is how many of what a company of that size has.
type crowded struct{ employees, rows int }

// The company of the benchmarks, and one small enough for every test run. What
// one employee sees is the same in both: 50 rows each.
var (
	bigCompany   = crowded{employees: 2000, rows: 100_000}
	smallCompany = crowded{employees: 120, rows: 6_000}
)

// crowdStart is the first id of the crowd; the rig's own people are before it.
const crowdStart = 1000

// crowd fills a site with employees, links in all states, appointments of all
// kinds from 60 days before the site's clock to 60 days after, pairs, history,
// logs and questions, by plain SQL: nothing of it came from Google. The rig's own
// people are among the employees; admin, tanaka and suzuki are linked and in good
// health. Nobody of the crowd can sign in.
func (s *site) crowd(size crowded) {
	s.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(s.file)+"?_pragma=busy_timeout(15000)")
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		s.t.Fatal(err)
	}
	monday := s.db.Now().UTC().Truncate(24 * time.Hour)
	for monday.Weekday() != time.Monday {
		monday = monday.AddDate(0, 0, -1)
	}
	here, err := s.db.CountUsers(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	args := []any{
		sql.Named("first", crowdStart), sql.Named("suzuki", suzuki), sql.Named("employees", int64(size.employees)-here), sql.Named("rows", size.rows), sql.Named("each", size.rows/size.employees),
		sql.Named("monday", monday.Format(time.DateOnly)), sql.Named("now", s.db.Now().UnixMilli()),
	}
	for _, statement := range crowdSQL {
		if _, err := tx.Exec(statement, args...); err != nil {
			s.t.Fatalf("%v\n%s", err, statement)
		}
	}
	if err := tx.Commit(); err != nil {
		s.t.Fatal(err)
	}
	if _, err := db.Exec("ANALYZE"); err != nil {
		s.t.Fatal(err)
	}
	if n, err := s.db.CountUsers(s.t.Context()); err != nil || n != int64(size.employees) {
		s.t.Fatalf("%d employees, %v", n, err)
	}
	if rows, err := s.db.SchedulesBetween(s.t.Context(), []int64{tanaka}, models.WallDate(2000, 1, 1), models.WallDate(2100, 1, 1)); err != nil || len(rows) < size.rows/size.employees {
		s.t.Fatalf("%d rows of tanaka, %v", len(rows), err)
	}
}

// crowdSQL makes the crowd. n counts; who gives the employees numbers without
// gaps from 0 on.
var crowdSQL = []string{
	`INSERT INTO users (id, login, name, email)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :employees)
SELECT :first + i, printf('e%04d', i), '社員 ' || i || ' 号', printf('e%04d@example.co.jp', i) FROM n`,

	`CREATE TEMP TABLE who AS SELECT ROW_NUMBER() OVER (ORDER BY id) - 1 AS i, id FROM users`,

	// One in ten never linked; of the others some are broken, paused, failing,
	// not yet saved or behind with their work.
	`INSERT INTO agcrm_google_links (user_id, sub, email, scopes, state, saved, paused, target_calendar,
  last_run_ms, last_success_ms, next_run_ms, failures, error_key, backlog, created_ms)
SELECT id, 'sub-' || id, 'u' || id || '@example.com', 'x', CASE WHEN i % 97 = 50 THEN 'broken' ELSE 'active' END,
  i % 89 <> 41, i % 83 = 42, 'u' || id || '@example.com', :now - 60000, :now - 60000, :now + 240000,
  CASE WHEN i % 71 = 43 THEN 3 ELSE 0 END, CASE WHEN i % 97 = 50 THEN 'link.grant_dead' WHEN i % 71 = 43 THEN 'google.unreachable' ELSE '' END,
  CASE WHEN i % 31 = 30 THEN i % 7 ELSE 0 END, :now FROM who WHERE (i % 10 <> 9 AND id > :first OR id <= :suzuki) AND id NOT IN (SELECT user_id FROM agcrm_google_links)`,

	`INSERT INTO agcrm_google_calendars (user_id, calendar_id, summary, time_zone, is_primary, selected)
SELECT user_id, email, email, 'Asia/Tokyo', 1, 1 FROM agcrm_google_links WHERE sub LIKE 'sub-%' UNION ALL
SELECT user_id, 'team-' || user_id, '営業部', 'Asia/Tokyo', 0, 0 FROM agcrm_google_links WHERE sub LIKE 'sub-%'`,

	// Row number k of an employee: a working day and an hour, one in twelve
	// all-day, one in twenty a weekly series, one in fifteen private.
	`INSERT INTO schedules (owner_id, subject, location, start_at, end_at, all_day, private, color_id, recurrence)
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :rows - 1),
  place(i, k, day) AS (SELECT i, i % :each, date(:monday, printf('%+d days', (i * 7) % 120 - 60)) FROM n)
SELECT who.id, '打ち合わせ ' || p.i, CASE WHEN p.i % 3 = 0 THEN '第1会議室' END,
  p.day || CASE WHEN p.i % 12 = 5 THEN ' 00:00:00' ELSE printf(' %02d:00:00', 9 + p.i % 8) END,
  p.day || CASE WHEN p.i % 12 = 5 THEN ' 00:00:00' ELSE printf(' %02d:30:00', 9 + p.i % 8) END,
  p.i % 12 = 5, p.i % 15 = 7, CASE WHEN p.i % 4 = 0 THEN 1 + p.i % 11 END,
  CASE WHEN p.i % 20 = 3 THEN 'RRULE:FREQ=WEEKLY;COUNT=20' END
FROM place p JOIN who ON who.i = p.i / :each`,

	`INSERT INTO schedule_participants (schedule_id, user_id, response)
SELECT s.id, w.id, CASE WHEN s.id % 3 = 0 THEN 'accepted' ELSE 'needsAction' END
FROM schedules s JOIN who w ON w.i = (s.id * 13) % (SELECT COUNT(*) FROM who) WHERE s.id % 5 = 0 AND w.id <> s.owner_id`,

	`INSERT INTO agcrm_google_pairs (user_id, sub, calendar_id, event_id, event_key, schedule_id, state, origin, row_version, agreed_row, agreed_event,
  parked_key, created_ms, updated_ms)
SELECT s.owner_id, l.sub, l.target_calendar, 'ev' || s.id, 'k' || s.id, s.id, 'live', 'table', s.row_version,
  json_object('subject', s.subject), json_object('subject', s.subject), CASE WHEN s.id % 400 = 0 THEN 'aside.no_time' ELSE '' END, :now, :now
FROM schedules s JOIN agcrm_google_links l ON l.user_id = s.owner_id WHERE s.id % 25 <> 0`,

	`INSERT INTO agcrm_google_held (user_id, pair_id, side, subject, starts, created_ms)
SELECT p.user_id, p.id, 'google', '打ち合わせ', '2026-11-21T10:00:00/2026-11-21T11:00:00/', :now FROM agcrm_google_pairs p WHERE p.id % 400 = 1`,

	`INSERT INTO agcrm_google_left_aside (user_id, side, ref, subject, reason_key, seen_ms)
SELECT s.owner_id, 'table', s.id, s.subject, 'aside.no_time', :now FROM schedules s WHERE s.id % 250 = 0`,

	`INSERT INTO agcrm_google_history (user_id, schedule_id, calendar_id, event_id, side, action, subject, before_json, after_json, created_ms)
SELECT user_id, schedule_id, calendar_id, event_id, 'google', 'update', '打ち合わせ',
  '{"subject":"打ち合わせ","time":"2026-11-21T10:00:00/2026-11-21T11:00:00/"}', '{"subject":"打合せ","time":"2026-11-21T10:00:00/2026-11-21T11:00:00/"}', :now
FROM agcrm_google_pairs WHERE id % 2 = 0`,

	`INSERT INTO agcrm_google_log (user_id, level, message, subject, created_ms)
SELECT user_id, 'info', 'log.created_in_google', '打ち合わせ', created_ms FROM agcrm_google_history`,

	`DROP TABLE who`,
}
