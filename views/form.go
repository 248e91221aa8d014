package views

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"agcrm-google/models"
)

// Form is a form as it was typed, or as it stands in the database, and what is
// wrong with it.
type Form struct {
	Values   url.Values
	Problems models.Problems
}

// Get is the first value of a field.
func (f Form) Get(name string) string { return f.Values.Get(name) }

// Has says whether a value, of several, is chosen in a field.
func (f Form) Has(name, value string) bool { return slices.Contains(f.Values[name], value) }

// On says whether a tick box is ticked.
func (f Form) On(name string) bool { return f.Get(name) == "on" }

// Faults are the problems of one field; the name "" stands for the whole form.
func (f Form) Faults(name string) models.Problems {
	var faults models.Problems
	for _, p := range f.Problems {
		if p.Field == name {
			faults = append(faults, p)
		}
	}
	return faults
}

// Stray are the problems that belong beside none of the named fields.
func (f Form) Stray(fields ...string) models.Problems {
	var stray models.Problems
	for _, p := range f.Problems {
		if !slices.Contains(fields, p.Field) {
			stray = append(stray, p)
		}
	}
	return stray
}

// invalid is the value of aria-invalid for a field.
func (f Form) invalid(name string) string {
	if len(f.Faults(name)) > 0 {
		return "true"
	}
	return "false"
}

// describedBy names the elements that explain a field.
func (f Form) describedBy(name string) string {
	if len(f.Faults(name)) > 0 {
		return name + "-error " + name + "-hint"
	}
	return name + "-hint"
}

// ProblemsOf takes the sentences for people out of an error; nil if it has none.
func ProblemsOf(err error) models.Problems {
	switch e := err.(type) {
	case nil:
		return nil
	case models.Problems:
		return e
	case *models.Problem:
		return models.Problems{e}
	case interface{ Unwrap() error }:
		return ProblemsOf(e.Unwrap())
	case interface{ Unwrap() []error }:
		var all models.Problems
		for _, part := range e.Unwrap() {
			all = append(all, ProblemsOf(part)...)
		}
		return all
	}
	return nil
}

// A browser shows an input of type number, date or datetime-local empty when
// its value does not parse. What was typed must come back, so such a value is
// shown in a plain text input.

// numberType is the input type that shows a typed number.
func numberType(value string) string {
	if _, err := strconv.Atoi(value); err != nil && value != "" {
		return "text"
	}
	return "number"
}

// timeType is the input type that shows a typed date or time.
func timeType(value string, allDay bool) string {
	kind, layouts := "datetime-local", []string{"2006-01-02T15:04", "2006-01-02T15:04:05"}
	if allDay {
		kind, layouts = "date", []string{time.DateOnly}
	}
	if value == "" {
		return kind
	}
	for _, layout := range layouts {
		if _, err := time.Parse(layout, value); err == nil {
			return kind
		}
	}
	return "text"
}
