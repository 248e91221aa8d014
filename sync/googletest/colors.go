package googletest

import "strconv"

// eventColors are the backgrounds of the event colours 1 to 11, as colors.get
// answers them. (Google's web page shows others.)
var eventColors = []string{"#a4bdfc", "#7ae7bf", "#dbadff", "#ff887c", "#fbd75b", "#ffb878", "#46d6db", "#e1e1e1",
	"#5484ed", "#51b749", "#dc2127"}

// colorNames are what Google's web page calls them.
var colorNames = []string{"Lavender", "Sage", "Grape", "Flamingo", "Banana", "Tangerine", "Peacock", "Graphite",
	"Blueberry", "Basil", "Tomato"}

// calendarColors are the backgrounds of the calendar colours 1 to 24.
var calendarColors = []string{"#ac725e", "#d06b64", "#f83a22", "#fa573c", "#ff7537", "#ffad46", "#42d692", "#16a765",
	"#7bd148", "#b3dc6c", "#fbe983", "#fad165", "#92e1c0", "#9fe1e7", "#9fc6e7", "#4986e7", "#9a9cff", "#b99aff",
	"#c2c2c2", "#cabdbf", "#cca6ac", "#f691b2", "#cd74e6", "#a47ae2"}

func palette(colors []string) map[string]any {
	byID := map[string]any{}
	for i, background := range colors {
		byID[strconv.Itoa(i+1)] = map[string]string{"background": background, "foreground": "#1d1d1d"}
	}
	return byID
}

// eventColor is the number of an event's colour, 0 if it has none.
func eventColor(colorID string) int {
	n, err := strconv.Atoi(colorID)
	if err != nil || n < 1 || n > len(eventColors) || strconv.Itoa(n) != colorID {
		return 0
	}
	return n
}
