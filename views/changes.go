package views

import (
	"maps"
	"slices"

	"agcrm-google/models"
)

// change is one field of an appointment before and after.
type change struct {
	Field, Before, After string
}

// changesOf lists the fields that differ, in a stable order.
func changesOf(e models.HistoryEntry) []change {
	fields := make(map[string]bool)
	for field := range e.Before {
		fields[field] = true
	}
	for field := range e.After {
		fields[field] = true
	}
	var list []change
	for _, field := range slices.Sorted(maps.Keys(fields)) {
		if before, after := e.Before[field], e.After[field]; before != after {
			list = append(list, change{Field: field, Before: before, After: after})
		}
	}
	return list
}

// restorable says whether there is something to bring back: an entry that
// only created something overwrote nothing.
func restorable(e models.HistoryEntry) bool {
	return len(e.Before) > 0 && e.Action != "restore"
}
