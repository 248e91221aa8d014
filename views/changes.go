package views

import (
	"maps"
	"slices"
	"strings"
	"time"

	"agcrm-google/models"
)

// change is one field of an appointment before and after.
type change struct {
	Field, Before, After string
}

// changesOf lists the fields that differ, in the order in which people read
// them; names that an older version left come last.
func changesOf(e models.HistoryEntry) []change {
	names := slices.Clone(models.FieldNames)
	for _, values := range []models.Fields{e.Before, e.After} {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			if name != models.FieldUpdated && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	var list []change
	for _, name := range names {
		before, after := e.Before[name], e.After[name]
		if before == after || (len(e.Before) == 0 || len(e.After) == 0) && ordinary(name, before+after) {
			continue
		}
		list = append(list, change{Field: name, Before: before, After: after})
	}
	return list
}

// ordinary says whether a field of an appointment that came or went as a whole
// is not worth a line: what most have alike, and the subject, which stands
// beside the list.
func ordinary(field, value string) bool {
	switch field {
	case models.FieldSubject:
		return true
	case models.FieldPrivate, models.FieldColor:
		return value == "0"
	case models.FieldBusy:
		return value == "1"
	}
	return false
}

// fieldText is the value of a models field in words.
func (p Page) fieldText(field, value string) string {
	switch field {
	case models.FieldTime:
		return p.timeText(value)
	case models.FieldRemoved:
		return p.removedText(strings.Split(value, "\n"))
	case models.FieldPrivate, models.FieldBusy:
		if value == "1" {
			return p.T("word.yes")
		}
		return p.T("word.no")
	case models.FieldColor:
		if value == "0" {
			return p.T("color.default")
		}
		return p.Word("color.", value)
	}
	return value
}

// timeText is a time field, START/END/ZONE or FIRST/LAST and the lines of a
// rule, as people read it; what is neither is shown as it is.
func (p Page) timeText(value string) string {
	times, rule, _ := strings.Cut(value, "\n")
	parts := strings.SplitN(times, "/", 3) // names of zones hold a slash too
	if len(parts) < 2 {
		return value
	}
	start, startErr := models.ParseWall(parts[0])
	end, endErr := models.ParseWall(parts[1])
	if startErr != nil || endErr != nil || start.IsZero() || end.IsZero() {
		return value
	}
	text := p.Span(models.Schedule{StartAt: start, EndAt: end, AllDay: len(parts) == 2})
	zone := p.Zone
	if len(parts) == 3 && parts[2] != "" {
		text += " " + parts[2]
		if named, err := time.LoadLocation(parts[2]); err == nil {
			zone = named
		}
	}
	if rule != "" {
		text += p.T("rule.comma") + p.RuleText(rule, start, zone)
	}
	return text
}

// hidden says whether an entry of the administrators' history is somebody
// else's private appointment, of which others see the time only.
func (p Page) hidden(e models.HistoryEntry) bool {
	return e.UserID != p.User.ID && (e.Before[models.FieldPrivate] == "1" || e.After[models.FieldPrivate] == "1")
}

// restorable says whether there is something to bring back: an entry that
// only created something overwrote nothing.
func restorable(e models.HistoryEntry) bool {
	return len(e.Before) > 0 && e.Action != models.ActionRestore
}
