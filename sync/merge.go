package calsync

import (
	"agcrm-google/models"
)

// mergeInput is one appointment as both sides have it now and as they last
// agreed on it. An absent agreement (nil) makes every field look changed on both
// sides: equal ones then agree, different ones are a conflict.
type mergeInput struct {
	Row, AgreedRow     models.Fields
	Event, AgreedEvent models.Fields
	EventAsRow         models.Fields // Event in the row's terms
	Policy             string
	RowNewer           bool
	Direction          string
}

// merged is the outcome: what to write into the row, and what is left for Google.
type merged struct {
	Set       models.Fields // row fields that take Google's value
	Pending   []string      // fields that Google is to take from the row
	Event     models.Fields // the agreed event from now on
	Conflicts []conflict
}

// conflict is a field that both sides changed differently.
type conflict struct {
	Field    string
	RowWins  bool
	Row, Own string // the row's value and the event's in the row's terms
}

// mergeFields is the three-way merge, field by field. It only decides. The set
// of removed occurrences is merged apart, by mergeSets.
func mergeFields(in mergeInput) merged {
	out := merged{Set: models.Fields{}, Event: models.Fields{}}
	for _, name := range models.FieldNames {
		if name == models.FieldRemoved {
			continue
		}
		rowChanged := in.AgreedRow == nil || in.Row[name] != in.AgreedRow[name]
		eventChanged := in.AgreedEvent == nil || in.Event[name] != in.AgreedEvent[name]
		if eventChanged && in.AgreedEvent != nil && in.Direction == models.ToGoogle {
			// Not carried and not undone: the agreement stays behind, so that the
			// change is found again when the direction becomes both.
			out.Event[name] = in.AgreedEvent[name]
			if rowChanged {
				out.Pending = append(out.Pending, name)
			}
			if rowChanged && in.Row[name] != in.EventAsRow[name] {
				out.Conflicts = append(out.Conflicts, conflict{Field: name, RowWins: true, Row: in.Row[name], Own: in.EventAsRow[name]})
			}
			continue
		}
		out.Event[name] = in.Event[name]
		switch {
		case !rowChanged && !eventChanged:
		case !rowChanged:
			out.take(in, name)
		case in.Row[name] == in.EventAsRow[name]:
		case !eventChanged:
			out.Pending = append(out.Pending, name)
		case in.AgreedRow == nil && isEmpty(in.Row[name]): // two that look alike: the filled one
			out.take(in, name)
		case in.AgreedRow == nil && isEmpty(in.EventAsRow[name]):
			out.Pending = append(out.Pending, name)
		default:
			c := conflict{Field: name, RowWins: in.rowWins(), Row: in.Row[name], Own: in.EventAsRow[name]}
			out.Conflicts = append(out.Conflicts, c)
			if c.RowWins {
				out.Pending = append(out.Pending, name)
			} else {
				out.take(in, name)
			}
		}
	}
	return out
}

func (m *merged) take(in mergeInput, name string) {
	if in.Row[name] != in.EventAsRow[name] {
		m.Set[name] = in.EventAsRow[name]
	}
}

func (in mergeInput) rowWins() bool {
	switch {
	case in.Direction == models.FromGoogle:
		return false
	case in.Direction == models.ToGoogle:
		return true
	case in.Policy == models.PolicyCRM:
		return true
	case in.Policy == models.PolicyGoogle:
		return false
	}
	return in.RowNewer
}

// mergeSets carries what one side added to a set or took out of it into the
// other's: removed occurrences never conflict.
func mergeSets(other, before, now []string) []string {
	return append(without(other, without(before, now)), without(without(now, before), other)...)
}

// isEmpty tells whether a field says nothing: no text, or no colour.
func isEmpty(value string) bool { return value == "" || value == "0" }
