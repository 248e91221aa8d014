package views

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
