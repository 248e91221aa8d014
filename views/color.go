package views

import "strconv"

// colorValue is the form value of an event colour; none is the empty string.
func colorValue(id int) string {
	if id == 0 {
		return ""
	}
	return strconv.Itoa(id)
}

// colorClass is the class that carries an event colour's hue.
func colorClass(id int) string {
	if id < 0 || id > 11 {
		id = 0
	}
	return "color-" + strconv.Itoa(id)
}
