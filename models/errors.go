package models

import (
	"errors"
	"strings"
)

// The one vocabulary of errors. Every error that a person can do something
// about is one of these kinds (test with errors.Is); all else is internal.
var (
	ErrNotFound  = errors.New("not found")
	ErrConflict  = errors.New("conflict")
	ErrInvalid   = errors.New("invalid")
	ErrForbidden = errors.New("forbidden")
)

// Message is a sentence for people: a key of the catalogues in assets/locales
// and its arguments. It never holds a secret.
type Message struct {
	Key  string
	Args map[string]string
}

// Say makes a Message from a key and name, value, name, value...
func Say(key string, pairs ...string) Message {
	m := Message{Key: key}
	for i := 0; i+1 < len(pairs); i += 2 {
		if m.Args == nil {
			m.Args = make(map[string]string, len(pairs)/2)
		}
		m.Args[pairs[i]] = pairs[i+1]
	}
	return m
}

// Problem is an error of a known kind with a sentence for people. Field names
// the form field it belongs to, or is empty.
type Problem struct {
	Kind  error // one of the Err values above
	Field string
	Message
}

// Error names kind, field and key; people read the translated Message instead.
func (p *Problem) Error() string {
	return strings.TrimSpace(p.Kind.Error() + ": " + strings.TrimSpace(p.Field+" "+p.Key))
}

// Unwrap gives the kind, for errors.Is.
func (p *Problem) Unwrap() error { return p.Kind }

// Problems are all the faults of one form.
type Problems []*Problem

// Error joins the single errors.
func (ps Problems) Error() string {
	texts := make([]string, len(ps))
	for i, p := range ps {
		texts[i] = p.Error()
	}
	return strings.Join(texts, "; ")
}

// Unwrap gives the single problems, for errors.Is and errors.As.
func (ps Problems) Unwrap() []error {
	errs := make([]error, len(ps))
	for i, p := range ps {
		errs[i] = p
	}
	return errs
}

// Invalid makes the Problem of one form field.
func Invalid(field, key string, pairs ...string) *Problem {
	return &Problem{Kind: ErrInvalid, Field: field, Message: Say(key, pairs...)}
}
