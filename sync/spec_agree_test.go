package calsync

// Helpers that compare what both sides show, each expanded by itself.

import (
	"slices"
	"strings"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// tableShows are the occurrences of the employee's rows, START-END SUBJECT.
func (w *world) tableShows() []string {
	w.t.Helper()
	from, to := models.WallDate(2026, 1, 1), models.WallDate(2028, 1, 1)
	say := func(row models.Schedule, at models.Wall) string {
		if row.AllDay {
			end := row.EndAt.AddDays(int(at.Sub(row.StartAt.Date().Time).Hours() / 24)).AddDays(1)
			return at.Format(time.DateOnly) + " " + end.Format(time.DateOnly) + " " + row.Subject
		}
		zone, err := row.Zone(w.svc.opt.Zone)
		check(w.t, err)
		length := row.EndAt.In(zone).Sub(row.StartAt.In(zone))
		start := at.In(zone).UTC()
		return start.Format(time.RFC3339) + " " + start.Add(length).Format(time.RFC3339) + " " + row.Subject
	}
	var out []string
	rows := w.rows()
	for _, row := range rows {
		if row.SeriesID != 0 {
			if !slices.ContainsFunc(rows, func(m models.Schedule) bool { return m.ID == row.SeriesID }) {
				w.t.Errorf("row %d replaces an occurrence of no series", row.ID)
			}
			continue
		}
		if row.Recurrence == "" {
			out = append(out, say(row, row.StartAt))
			continue
		}
		s, ok := models.SeriesOf(row, w.svc.opt.Zone)
		if !ok {
			w.t.Fatalf("cannot expand %q", row.Recurrence)
		}
		zone, err := row.Zone(w.svc.opt.Zone)
		check(w.t, err)
		used := 0
		list := s.Between(from, to)
		reps := slices.DeleteFunc(slices.Clone(rows), func(r models.Schedule) bool { return r.SeriesID != row.ID })
		for _, at := range list {
			i := slices.IndexFunc(reps, func(r models.Schedule) bool {
				return r.OriginalStartAt.In(zone).Equal(at.In(zone)) || row.AllDay && r.OriginalStartAt.Date() == at
			})
			if i >= 0 {
				used++
				out = append(out, say(reps[i], reps[i].StartAt))
			} else {
				out = append(out, say(row, at))
			}
		}
		if used != len(reps) {
			w.t.Errorf("series %d has %d replacement rows, of which %d replace something", row.ID, len(reps), used)
		}
	}
	slices.Sort(out)
	return out
}

// googleShows is the same of the primary calendar, expanded by Google.
func (w *world) googleShows() []string {
	w.t.Helper()
	grant, err := w.db.StoredGrant(w.t.Context(), testUser)
	check(w.t, err)
	a, err := w.svc.apiFor(w.t.Context(), testUser, grant)
	check(w.t, err)
	list, err := a.svc.Events.List("primary").SingleEvents(true).MaxResults(2500).TimeMin("2026-01-01T00:00:00Z").TimeMax("2028-01-01T00:00:00Z").Do()
	check(w.t, err)
	var out []string
	when := func(d *calendar.EventDateTime) string {
		if d.Date != "" {
			return d.Date
		}
		at, err := time.Parse(time.RFC3339, d.DateTime)
		check(w.t, err)
		return at.UTC().Format(time.RFC3339)
	}
	for _, e := range list.Items {
		out = append(out, when(e.Start)+" "+when(e.End)+" "+e.Summary)
	}
	slices.Sort(out)
	return out
}

// agree asserts that both sides show the same, n occurrences, and that a further run is idle.
func (w *world) agree(n int) {
	w.t.Helper()
	table, google := w.tableShows(), w.googleShows()
	if !slices.Equal(table, google) || len(table) != n {
		w.t.Errorf("want %d; the table shows\n%s\nGoogle\n%s\nrows\n%s", n, strings.Join(table, "\n"), strings.Join(google, "\n"), w.tables())
	}
	w.quiet()
	w.google.ExpireSyncTokens()
	w.quiet()
	if again := w.googleShows(); !slices.Equal(google, again) {
		w.t.Errorf("after a full listing Google shows\n%s", strings.Join(again, "\n"))
	}
}

func (w *world) series(subject, start, end, zone, lines string) int64 {
	var z any
	if zone != "" {
		z = zone
	}
	allDay := 0
	if len(start) == 10 {
		allDay, start, end = 1, start+" 00:00:00", end+" 00:00:00"
	}
	return w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, all_day, time_zone, recurrence, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
		testUser, subject, start, end, allDay, z, lines, w.stamp())
}

func (w *world) instead(series int64, original, subject, start, end string) int64 {
	allDay := 0
	if len(start) == 10 {
		allDay, start, end, original = 1, start+" 00:00:00", end+" 00:00:00", original+" 00:00:00"
	}
	return w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at, all_day, time_zone, series_id, original_start_at, updated_at) SELECT owner_id, ?, ?, ?, ?, time_zone, id, ?, ? FROM schedules WHERE id = ?",
		subject, start, end, allDay, original, w.stamp(), series)
}

// instanceOn is the id of the occurrence whose original start is on a day in Paris.
func (w *world) instanceOn(day string) string {
	w.t.Helper()
	grant, err := w.db.StoredGrant(w.t.Context(), testUser)
	check(w.t, err)
	a, err := w.svc.apiFor(w.t.Context(), testUser, grant)
	check(w.t, err)
	list, err := a.svc.Events.Instances("primary", w.master().Id).Do()
	check(w.t, err)
	paris, err := time.LoadLocation("Europe/Paris")
	check(w.t, err)
	for _, e := range list.Items {
		at, err := time.Parse(time.RFC3339, e.OriginalStartTime.DateTime)
		check(w.t, err)
		if at.In(paris).Format(time.DateOnly) == day {
			return e.Id
		}
	}
	w.t.Fatalf("nothing on %s", day)
	return ""
}
