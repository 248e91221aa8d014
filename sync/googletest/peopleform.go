package googletest

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"time"

	"google.golang.org/api/calendar/v3"
)

// formLayout is how a browser writes a date and time into a form.
const formLayout = "2006-01-02T15:04"

// eventForm is the form for one event as it was typed. The end of an all-day
// event is its last day.
type eventForm struct {
	Action             string // add or edit
	CalendarID, ID     string
	Summary, Location  string
	Description, Color string
	Start, End         string
	AllDay             bool
	Error              string
}

// newForm proposes the next full hour.
func (a *Account) newForm() *eventForm {
	start := a.server.now().In(a.list[a.Email].calendar.zone).Truncate(time.Hour).Add(time.Hour)
	return &eventForm{Action: "add", CalendarID: a.Email,
		Start: start.Format(formLayout), End: start.Add(time.Hour).Format(formLayout)}
}

// editForm shows an event as it is, nil if it is gone.
func (a *Account) editForm(calendarID, eventID string) *eventForm {
	entry := a.entry(calendarID)
	if entry == nil {
		return nil
	}
	cal := entry.calendar
	rec := cal.find(eventID)
	if rec == nil || rec.cancelled() {
		return nil
	}
	ev := rec.event
	form := &eventForm{
		Action: "edit", CalendarID: cal.id, ID: ev.Id, Summary: ev.Summary, Location: ev.Location,
		Description: ev.Description, Color: ev.ColorId, AllDay: ev.Start.Date != "",
	}
	start, end := instantOf(ev.Start, cal.zone).In(cal.zone), instantOf(ev.End, cal.zone).In(cal.zone)
	if form.AllDay {
		end = end.AddDate(0, 0, -1)
	}
	form.Start, form.End = start.Format(formLayout), end.Format(formLayout)
	return form
}

func readForm(action string, values url.Values) *eventForm {
	return &eventForm{
		Action: action, CalendarID: values.Get("calendar"), ID: values.Get("event"),
		Summary: values.Get("summary"), Location: values.Get("location"), Description: values.Get("description"),
		Color: values.Get("color"), Start: values.Get("start"), End: values.Get("end"), AllDay: values.Get("all_day") != "",
	}
}

// postPage carries out what a person did on the page. A form that makes no
// sense comes back as it was typed.
func (a *Account) postPage(w http.ResponseWriter, r *http.Request, action string) {
	if err := r.ParseForm(); err != nil {
		writeHTMLError(w, http.StatusBadRequest)
		return
	}
	form := readForm(action, r.PostForm)
	a.server.mu.Lock()
	err := a.carryOut(form)
	var page *calendarPage
	if err != nil {
		form.Error = readable(err)
		page = a.page()
		page.Form = form
	}
	a.server.mu.Unlock()
	if err != nil {
		writePage(w, http.StatusUnprocessableEntity, "calendar.html", page)
		return
	}
	http.Redirect(w, r, a.pagePath(), http.StatusSeeOther)
}

// readable is an error without its number and reason.
func readable(err error) string {
	var refused *apiError
	if errors.As(err, &refused) {
		return refused.message
	}
	return err.Error()
}

func (a *Account) carryOut(form *eventForm) error {
	form.CalendarID = cmp.Or(form.CalendarID, a.Email)
	if a.entry(form.CalendarID) == nil {
		return notFound()
	}
	e := a.byHand(form.CalendarID)
	switch form.Action {
	case "add":
		ev := &calendar.Event{}
		if err := form.fill(ev, e.cal.zone); err != nil {
			return err
		}
		_, err := e.insert(ev)
		return err
	case "edit":
		_, err := e.editByHand(form.ID, func(ev *calendar.Event) error { return form.fill(ev, e.cal.zone) })
		return err
	}
	rec := e.cal.find(form.ID)
	if rec == nil {
		return notFound()
	}
	if !rec.cancelled() {
		e.remove(rec)
	}
	return nil
}

// fill writes the form into an event.
func (f *eventForm) fill(ev *calendar.Event, zone *time.Location) error {
	start, err := parseFormTime(f.Start, zone)
	if err != nil {
		return err
	}
	end, err := parseFormTime(f.End, zone)
	if err != nil {
		return err
	}
	ev.Summary, ev.Location, ev.Description, ev.ColorId = f.Summary, f.Location, f.Description, f.Color
	if f.AllDay {
		ev.Start = &calendar.EventDateTime{Date: start.Format(dateLayout)}
		ev.End = &calendar.EventDateTime{Date: end.AddDate(0, 0, 1).Format(dateLayout)}
		return nil
	}
	ev.Start, ev.End = retimed(ev.Start, start), retimed(ev.End, end)
	return nil
}

// retimed is a new time in the zone that the event has.
func retimed(old *calendar.EventDateTime, instant time.Time) *calendar.EventDateTime {
	zone := ""
	if old != nil {
		zone = old.TimeZone
	}
	return &calendar.EventDateTime{DateTime: instant.Format(time.RFC3339), TimeZone: zone}
}

// parseFormTime reads a date and time, or a date alone.
func parseFormTime(text string, zone *time.Location) (time.Time, error) {
	for _, layout := range []string{formLayout, wallLayout, dateLayout} {
		if t, err := time.ParseInLocation(layout, text, zone); err == nil {
			return t, nil
		}
	}
	return time.Time{}, invalid("Not a date and time: %q", text)
}
