package handlers

import (
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"agcrm-google/models"
	"agcrm-google/views"
)

// span is what a schedule page asks for: whose appointments on which days.
type span struct {
	people []int64
	users  []models.User // all, for their names
	from   time.Time
	days   int
	link   *models.Link // the reader's, nil where there is none
}

// edges are clock readings that surely lie outside of the span: clocks in the
// world differ by up to 26 hours from each other.
func (s span) edges() (from, to models.Wall) {
	return models.Wall{Time: s.from}.AddDays(-2), models.Wall{Time: s.from}.AddDays(s.days + 2)
}

// entries are the appointments of some people on some days, as the reader may
// see them and by the reader's clock.
func (s *server) entries(c echo.Context, want span) ([]views.Entry, error) {
	ctx, page := c.Request().Context(), pageOf(c)
	from, to := want.edges()
	rows, err := s.db.SchedulesBetween(ctx, want.people, from, to)
	if err != nil {
		return nil, err
	}
	participants, err := s.db.Participants(ctx, idsOf(rows))
	if err != nil {
		return nil, err
	}
	replaced, err := s.db.ReplacedStarts(ctx, slices.DeleteFunc(slices.Clone(rows), func(r models.Schedule) bool { return r.Recurrence == "" }))
	if err != nil {
		return nil, err
	}
	badges, err := s.badges(ctx, want.link, rows)
	if err != nil {
		return nil, err
	}
	names := make(map[int64]string, len(want.users))
	for _, u := range want.users {
		names[u.ID] = u.DisplayName()
	}
	var entries []views.Entry
	for _, row := range rows {
		open := maySee(row, page.User.ID, participants[row.ID])
		with := namesOf(participants[row.ID], names)
		for _, one := range s.occurrences(row, replaced[row.ID], from, to) {
			e := s.entry(one, page, open, names)
			if open {
				e.With = with
			}
			e.Badge = badges[row.ID]
			e.People = peopleOf(row, participants[row.ID], want.people)
			entries = append(entries, e)
		}
	}
	return entries, nil
}

func idsOf(rows []models.Schedule) []int64 {
	ids := make([]int64, len(rows))
	for i, row := range rows {
		ids[i] = row.ID
	}
	return ids
}

// namesOf are the names of those who take part in a row besides its owner, and
// have not declined.
func namesOf(participants []models.Participant, names map[int64]string) []string {
	var list []string
	for _, p := range participants {
		if name := names[p.UserID]; name != "" && p.Response != "declined" {
			list = append(list, name)
		}
	}
	return list
}

// peopleOf are those of the people shown whose appointment a row is.
func peopleOf(row models.Schedule, participants []models.Participant, shown []int64) []int64 {
	if len(shown) == 1 {
		return shown
	}
	var people []int64
	for _, id := range shown {
		takesPart := func(p models.Participant) bool { return p.UserID == id && p.Response != "declined" }
		if row.OwnerID == id || slices.ContainsFunc(participants, takesPart) {
			people = append(people, id)
		}
	}
	return people
}

// occurrences are a row as often as it takes place between two clock readings.
// A series that cannot be expanded takes place at its first date. The row's
// OriginalStartAt names the occurrence.
func (s *server) occurrences(row models.Schedule, replaced []models.Wall, from, to models.Wall) []models.Schedule {
	series, ok := models.SeriesOf(row, s.config.Location())
	if !ok {
		return []models.Schedule{row}
	}
	var list []models.Schedule
	length := max(0, row.EndAt.Sub(row.StartAt.Time))
	for _, start := range series.Between(models.Wall{Time: from.Add(-length)}, to) {
		if !slices.ContainsFunc(replaced, func(w models.Wall) bool { return series.Same(w, start) }) {
			list = append(list, occurrence(row, start))
		}
	}
	return list
}

// occurrence is one occurrence of a series as a row.
func occurrence(row models.Schedule, start models.Wall) models.Schedule {
	length := row.EndAt.Sub(row.StartAt.Time)
	row.OriginalStartAt = start
	row.StartAt, row.EndAt = start, models.Wall{Time: start.Add(length)}
	return row
}

// entry is a row by the reader's clock. All-day rows stand on the same dates
// everywhere.
func (s *server) entry(row models.Schedule, page views.Page, open bool, names map[int64]string) views.Entry {
	e := views.Entry{ID: row.ID, OwnerID: row.OwnerID, Start: row.StartAt.Time, End: row.EndAt.Time, AllDay: row.AllDay}
	if !row.AllDay {
		if zone, err := row.Zone(s.config.Location()); err == nil {
			e.Start = models.WallClock(row.StartAt.In(zone).In(page.Zone)).Time
			e.End = models.WallClock(row.EndAt.In(zone).In(page.Zone)).Time
		}
	}
	if row.OwnerID != page.User.ID {
		e.Owner = names[row.OwnerID]
	}
	if !open {
		e.Masked = true
		return e
	}
	e.Subject, e.Location, e.Color, e.Repeats = row.Subject, row.Location, row.ColorID, row.Recurrence != ""
	e.Private, e.Free, e.Own, e.Version = row.Private, !row.Busy, row.OwnerID == page.User.ID, row.RowVersion
	if e.Repeats {
		e.Occurrence = row.OriginalStartAt
	}
	return e
}

// maySee says whether a reader sees more of a row than its time: a private one
// is open to its owner and to those who take part in it.
func maySee(row models.Schedule, reader int64, participants []models.Participant) bool {
	return !row.Private || row.OwnerID == reader ||
		slices.ContainsFunc(participants, func(p models.Participant) bool { return p.UserID == reader })
}
