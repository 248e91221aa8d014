package calsync

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"
	"testing"

	"agcrm-google/sync/googletest"
)

// Helpers about calls: what was asked of Google, and what goes wrong on the way.

// writes are the write calls to Google since ResetCalls.
func (w *world) writes() []googletest.Call {
	return slices.DeleteFunc(w.google.Calls(), func(c googletest.Call) bool { return c.Method == http.MethodGet })
}

// keys are the names in a call's body, sorted.
func keys(t *testing.T, c googletest.Call) string {
	t.Helper()
	var body map[string]any
	check(t, json.Unmarshal(c.Body, &body))
	var names []string
	for name := range body {
		names = append(names, name)
	}
	sort.Strings(names)
	return strings.Join(names, " ")
}

func query(t *testing.T, c googletest.Call, name string) string {
	t.Helper()
	values, err := url.ParseQuery(c.Query)
	check(t, err)
	return values.Get(name)
}

func onMethod(method string) func(*http.Request) bool {
	return func(r *http.Request) bool { return r.Method == method }
}

// writing matches writes whose body holds a text.
func writing(text string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		if r.Method == http.MethodGet || r.Body == nil {
			return false
		}
		var b strings.Builder
		buf := make([]byte, 32<<10)
		for {
			n, err := r.Body.Read(buf)
			b.Write(buf[:n])
			if err != nil {
				break
			}
		}
		return strings.Contains(b.String(), text)
	}
}

// listOf matches the list calls of one calendar.
func listOf(calendarID string) func(*http.Request) bool {
	return func(r *http.Request) bool {
		return r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, calendarID+"/events")
	}
}

// mangle is a transport that may change what the service reads.
type mangle struct {
	next http.RoundTripper
	do   func(*http.Request, http.RoundTripper) (*http.Response, error)
}

func (m mangle) RoundTrip(r *http.Request) (*http.Response, error) { return m.do(r, m.next) }

func (w *world) between(do func(*http.Request, http.RoundTripper) (*http.Response, error)) {
	w.chaos.next = mangle{http.DefaultTransport, do}
}

func (w *world) undisturbed() { w.chaos.next = http.DefaultTransport }

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	check(t, err)
	return string(text)
}

// idIn is the event id that an insert asked for.
func idIn(t *testing.T, c googletest.Call) string {
	t.Helper()
	var body struct{ ID string }
	check(t, json.Unmarshal(c.Body, &body))
	return body.ID
}
