package views

import (
	"slices"
	"strings"

	"agcrm-google/models"
)

// mostOffered is how many people a list to tick offers at once. A larger company
// is searched by name.
const mostOffered = 50

// Picker is a list of people to tick.
type Picker struct {
	Offered []models.User // those ticked first
	Find    string        // what was searched for
	All     int           // how many there are to choose from
	Found   int           // how many of them match; those ticked not counted
}

// pick offers those of the people that are ticked and those that match what is
// searched for, as many as fit. Blanks and case do not matter: 田中花子 finds
// 田中 花子.
func pick(all []models.User, ticked func(id int64) bool, find string) Picker {
	p := Picker{Find: strings.TrimSpace(find), All: len(all)}
	plain := func(text string) string {
		return strings.ToLower(strings.Join(strings.Fields(text), ""))
	}
	wanted := plain(find)
	var others []models.User
	for _, u := range all {
		switch {
		case ticked(u.ID):
			p.Offered = append(p.Offered, u)
		case wanted == "" || slices.ContainsFunc([]string{u.Name, u.Login, u.Email}, func(text string) bool { return strings.Contains(plain(text), wanted) }):
			others = append(others, u)
		}
	}
	p.Found = len(others)
	p.Offered = append(p.Offered, others[:min(len(others), max(0, mostOffered-len(p.Offered)))]...)
	return p
}

// Searchable says whether there are more people than are offered without a
// search.
func (p Picker) Searchable() bool { return p.All > mostOffered }

// said tells how many of how many are offered, where not all are.
func (p Picker) said(page Page) string {
	switch {
	case p.Find != "" && p.Found == 0:
		return page.T("people.none", "find", p.Find)
	case len(p.Offered) < p.All:
		return page.T("people.some", "shown", page.Number(int64(len(p.Offered))), "all", page.Number(int64(p.All)))
	}
	return ""
}
