package views

import (
	"net/url"
	"time"

	"agcrm-google/models"
)

// title is the key of the page's name.
func (v AppointmentView) title() string {
	if v.ID == 0 {
		return "schedule.new"
	}
	return "schedule.edit"
}

// action is the address that the form is sent to.
func (v AppointmentView) action() string {
	if v.ID == 0 {
		return href("/schedule")
	}
	return href("/schedule/" + number(v.ID))
}

// back leads to the schedule that the form was opened from.
func (v AppointmentView) back() string {
	start, err := models.ParseWall(v.Form.Get("start_at"))
	if err != nil {
		start = models.Wall{}
	}
	return backTo(v.Form.Get("back"), start)
}

// backTo is the address of the schedule with that query, on a day.
func backTo(query string, day models.Wall) string {
	board, err := url.ParseQuery(query)
	if err != nil {
		board = url.Values{}
	}
	if !day.IsZero() {
		board.Set("date", day.Format(time.DateOnly))
	}
	return href("/schedule?" + board.Encode())
}

// deleteQuestion is the key of what is asked before the delete button acts.
func (v AppointmentView) deleteQuestion() string {
	switch {
	case v.Occurrence != "":
		return "schedule.delete_scope_confirm"
	case v.Series:
		return "schedule.delete_series_confirm"
	}
	return "schedule.delete_confirm"
}

// fields are those that the form shows reasons beside.
func (v AppointmentView) fields() []string {
	fields := []string{"subject", "location", "body", "start_at", "end_at", "all_day", "time_zone", "color_id", "recurrence", "participants", "repeat"}
	if v.Occurrence != "" {
		fields = append(fields, "scope")
	}
	return fields
}

// ruleText tells the typed recurrence in words; empty where there is none.
func (v AppointmentView) ruleText(p Page) string {
	start, err := models.ParseWall(v.Form.Get("start_at"))
	if err != nil || v.Form.Get("recurrence") == "" {
		return ""
	}
	return p.RuleText(v.Form.Get("recurrence"), start, v.zone(p))
}

// zone is where the form's clock readings are meant.
func (v AppointmentView) zone(p Page) *time.Location {
	name := v.Form.Get("time_zone")
	if name == "" {
		name = v.DefaultZone
	}
	if zone, err := time.LoadLocation(name); err == nil && name != "" {
		return zone
	}
	return p.Zone
}
