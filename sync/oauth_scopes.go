package calsync

import (
	"slices"
	"strings"
)

const scopePrefix = "https://www.googleapis.com/auth/"

// askedScopes are what the employee is asked for: who it is, and the least that
// lets the own calendars be listed and their events be read and written.
var askedScopes = []string{
	"openid", "email",
	scopePrefix + "calendar.events.owned",
	scopePrefix + "calendar.calendarlist.readonly",
}

// needs are the two things that a link must be allowed to do, each with every
// scope that allows it according to Google's description of the API: events.list,
// get, insert, patch and delete; calendarList.list. A read-only scope does for
// the second and never for the first.
var needs = [][]string{
	{"calendar.events.owned", "calendar.events", "calendar"},
	{"calendar.calendarlist.readonly", "calendar.calendarlist", "calendar.readonly", "calendar"},
}

// enough tells whether granted, separated by blanks, covers what a link needs.
// People may leave boxes unticked on Google's page; the consent succeeds then too.
func enough(granted string) bool {
	have := strings.Fields(granted)
	for _, any := range needs {
		if !slices.ContainsFunc(any, func(scope string) bool { return slices.Contains(have, scopePrefix+scope) }) {
			return false
		}
	}
	return true
}
