package googletest

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"google.golang.org/api/calendar/v3"
)

// The people's page: a simulated person's calendars, to look at and to edit
// by hand. It is the stand-in for Google's own web page, in the demo and in
// browser tests.

// How far back the page lists events, and how far ahead series.
const (
	shownPast   = 7 * 24 * time.Hour
	shownFuture = 92 * 24 * time.Hour
)

// calendarPage is what the page's template shows.
type calendarPage struct {
	Email     string
	Path      string // of the page itself
	Calendars []calendarChoice
	Days      []dayGroup
	Colors    []int
	Form      *eventForm // while adding or editing; the page then stands still
}

type calendarChoice struct{ ID, Name string }

type dayGroup struct {
	Heading string
	Today   bool
	Events  []eventRow
}

// eventRow is one line of the list.
type eventRow struct {
	CalendarID, Calendar, ID string
	Summary, Location, Time  string
	Color                    int // 0: the calendar's own
	Free, Repeats, Guest     bool
	start                    time.Time
}

// servePages routes the people's pages.
func (s *Server) servePages(w http.ResponseWriter, r *http.Request) {
	email, action, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/ui/"), "/")
	switch {
	case email == "style.css":
		http.ServeFileFS(w, r, pageFiles, "pages/style.css")
		return
	case email == "" && r.Method == http.MethodGet:
		writePage(w, http.StatusOK, "people.html", s.people())
		return
	}
	account := s.Account(email)
	if account == nil {
		writeHTMLError(w, http.StatusNotFound)
		return
	}
	switch r.Method + " " + action {
	case "GET ":
		account.showPage(w, r)
	case "POST add", "POST edit", "POST delete":
		account.postPage(w, r, action)
	default:
		writeHTMLError(w, http.StatusNotFound)
	}
}

// people are the addresses of all open accounts.
func (s *Server) people() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var emails []string
	for _, account := range s.accounts {
		if !account.closed {
			emails = append(emails, account.Email)
		}
	}
	slices.Sort(emails)
	return emails
}

// showPage is the list, with a form on top of it after "new" or "edit".
func (a *Account) showPage(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	a.server.mu.Lock()
	page := a.page()
	switch {
	case query.Has("new"):
		page.Form = a.newForm()
	case query.Has("edit"):
		page.Form = a.editForm(query.Get("calendar"), query.Get("edit"))
	}
	a.server.mu.Unlock()
	writePage(w, http.StatusOK, "calendar.html", page)
}

// pagePath is where an account's page is.
func (a *Account) pagePath() string { return "/ui/" + url.PathEscape(a.Email) }

func (a *Account) page() *calendarPage {
	page := &calendarPage{Email: a.Email, Path: a.pagePath(), Colors: []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}}
	var rows []eventRow
	for _, entry := range a.ordered {
		if entry.removed {
			continue
		}
		page.Calendars = append(page.Calendars, calendarChoice{entry.calendar.id, entry.calendar.summary})
		rows = append(rows, a.rows(entry.calendar)...)
	}
	slices.SortStableFunc(rows, func(x, y eventRow) int {
		return cmp.Or(x.start.Compare(y.start), strings.Compare(x.Summary, y.Summary))
	})
	today := a.server.now().In(a.list[a.Email].calendar.zone).Format(dateLayout)
	for _, row := range rows {
		heading := row.start.Format("Monday, 2 January 2006")
		if len(page.Days) == 0 || page.Days[len(page.Days)-1].Heading != heading {
			page.Days = append(page.Days, dayGroup{Heading: heading, Today: row.start.Format(dateLayout) == today})
		}
		day := &page.Days[len(page.Days)-1]
		day.Events = append(day.Events, row)
	}
	return page
}

// rows are a calendar's events from last week on, series expanded.
func (a *Account) rows(cal *calendarData) []eventRow {
	now := a.server.now()
	filter := &eventFilter{cal: cal, single: true, timeMin: now.Add(-shownPast), now: now}
	expand := *filter
	expand.timeMax = now.Add(shownFuture)
	var rows []eventRow
	for _, rec := range cal.since(0) {
		one := filter
		if len(rec.event.Recurrence) > 0 {
			one = &expand
		}
		for _, found := range one.matching([]*record{rec}) {
			rows = append(rows, cal.row(found.event))
		}
	}
	return rows
}

func (cal *calendarData) row(ev *calendar.Event) eventRow {
	row := eventRow{
		CalendarID: cal.id, ID: ev.Id, Summary: cmp.Or(ev.Summary, "(No title)"), Location: ev.Location,
		Free: ev.Transparency == "transparent", Repeats: ev.RecurringEventId != "", Guest: !ev.Organizer.Self,
		Color: eventColor(ev.ColorId),
		start: instantOf(ev.Start, cal.zone).In(cal.zone),
	}
	if !cal.primary {
		row.Calendar = cal.summary
	}
	end := instantOf(ev.End, cal.zone).In(cal.zone)
	switch {
	case ev.Start.Date != "" && end.Sub(row.start) > 25*time.Hour:
		row.Time = "until " + end.AddDate(0, 0, -1).Format("2 Jan")
	case ev.Start.Date != "":
		row.Time = "All day"
	case row.start.Format(dateLayout) == end.Format(dateLayout):
		row.Time = row.start.Format("15:04") + " – " + end.Format("15:04")
	default:
		row.Time = row.start.Format("15:04") + " – " + end.Format("2 Jan 15:04")
	}
	return row
}
