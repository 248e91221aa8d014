package googletest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// calendarRoot is where the Calendar API begins.
const calendarRoot = "/calendar/v3/"

// request is one Calendar API request on its way through the checks.
type request struct {
	server  *Server
	http    *http.Request
	body    []byte
	method  *method
	path    map[string]string // unescaped path parameters
	query   url.Values
	token   *accessToken
	account *Account
	mask    fieldMask
}

// result is what a method answers: a document and its entity tag, if it has
// one. A nil document is 204.
type result struct {
	document any
	etag     string
	masked   bool // the field mask was applied already
}

// serveCalendar answers one Calendar API request.
func (s *Server) serveCalendar(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client went away: nothing was asked
	}
	s.call(r, body).write(w, r)
}

// call is the way of every Calendar API request: fault, effect, journal.
func (s *Server) call(r *http.Request, body []byte) *reply {
	fault := s.takeFault(r, body, false)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.journal.note(r)
	email := ""
	if token := s.bearer(r); token != nil {
		email = token.grant.account.Email
	}
	var answer *reply
	if fault == nil || fault.After {
		answer = s.answer(&request{server: s, http: r, body: body})
	}
	if fault != nil {
		answer = fault.reply()
	}
	s.journal.add(Call{
		Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Header: r.Header.Clone(),
		Body: body, Status: answer.status, At: s.now(), Account: email,
	})
	return answer
}

// answer runs the checks in Google's order, then the method.
func (s *Server) answer(q *request) *reply {
	if err := q.route(); err != nil {
		return errorReply(err)
	}
	if q.method == nil {
		return htmlReply(http.StatusNotFound)
	}
	for _, check := range []func() error{q.authenticate, q.checkAPI, q.checkQuota, q.parseQuery, q.checkScope} {
		if err := check(); err != nil {
			return errorReply(err)
		}
	}
	outcome, err := q.method.serve(q)
	if err != nil {
		return errorReply(err)
	}
	return q.finish(outcome)
}

// finish applies If-None-Match and the field mask.
func (q *request) finish(outcome *result) *reply {
	if outcome.document == nil {
		return &reply{status: http.StatusNoContent, header: http.Header{}}
	}
	known := q.http.Header.Get("If-None-Match")
	if q.http.Method == http.MethodGet && outcome.etag != "" && known == outcome.etag {
		return &reply{status: http.StatusNotModified, header: http.Header{"Etag": {known}}}
	}
	document := outcome.document
	if !outcome.masked {
		document = q.mask.apply(document)
	}
	answer := jsonReply(http.StatusOK, document)
	if outcome.etag != "" {
		answer.header.Set("ETag", outcome.etag)
	}
	return answer
}

// route finds the method and the path parameters. It works on the escaped
// path: ids may hold slashes.
func (q *request) route() error {
	segments := strings.Split(strings.TrimPrefix(q.http.URL.EscapedPath(), calendarRoot), "/")
	for i := range methods {
		m := &methods[i]
		if m.verb != q.http.Method || !m.matches(segments) {
			continue
		}
		q.method, q.path = m, map[string]string{}
		for n, part := range m.segments() {
			if !strings.HasPrefix(part, "{") {
				continue
			}
			value, err := url.PathUnescape(segments[n])
			if err != nil || value == "" {
				return notFound()
			}
			q.path[strings.Trim(part, "{}")] = value
		}
		return nil
	}
	return nil
}

func (q *request) authenticate() error {
	if q.http.Header.Get("Authorization") == "" {
		return &apiError{status: http.StatusUnauthorized, domain: "global", reason: "required", message: "Login Required",
			locationType: "header", location: "Authorization", authenticates: true}
	}
	q.token = q.server.bearer(q.http)
	if q.token == nil {
		return invalidCredentials()
	}
	q.account = q.token.grant.account
	return nil
}

func (q *request) checkAPI() error {
	client := q.server.clients[q.token.grant.clientID]
	if client == nil || client.APIDisabled {
		project := "unknown"
		if client != nil {
			project = client.ProjectID
		}
		return accessNotConfigured(project)
	}
	return nil
}

func (q *request) checkQuota() error {
	now, status := q.server.now(), q.server.switches.quotaStatus
	if err := q.server.quota.spend(q.token.grant.clientID, q.account.Email, now, status); err != nil {
		return err
	}
	if id := q.path["calendarId"]; id != "" && q.http.Method != http.MethodGet {
		return q.server.quota.write(q.account.resolve(id), now, status)
	}
	return nil
}

// commonParameters are understood by every method, with their types.
var commonParameters = []string{"alt", "fields", "key", "oauth_token", "prettyPrint:b", "quotaUser", "userIp", "$.xgafv", "access_token", "callback", "uploadType", "upload_protocol"}

// parseQuery refuses parameters that the method does not have and values
// that are not of their type.
func (q *request) parseQuery() error {
	values, err := url.ParseQuery(q.http.URL.RawQuery)
	if err != nil {
		return invalidParameter("", "Malformed query string.")
	}
	q.query = values
	for name, given := range values {
		if err := q.checkParameter(name, given); err != nil {
			return err
		}
	}
	if alt := values.Get("alt"); alt != "" && alt != "json" {
		return invalidParameter("alt", "Invalid value for alt: "+alt)
	}
	q.mask, err = parseFields(values.Get("fields"), q.method.answer)
	return err
}

func (q *request) checkParameter(name string, given []string) error {
	kind, known := parameterKind(q.method.query, name)
	if !known {
		kind, known = parameterKind(commonParameters, name)
	}
	if !known {
		return invalidParameter(name, "Unknown name \""+name+"\": Cannot bind query parameter.")
	}
	if len(given) > 1 && kind != "*" {
		return invalidParameter(name, "Parameter "+name+" may be given only once.")
	}
	switch kind {
	case "b":
		if given[0] != "true" && given[0] != "false" {
			return invalidParameter(name, "Invalid boolean value: '"+given[0]+"'.")
		}
	case "i":
		if n, err := strconv.ParseInt(given[0], 10, 32); err != nil || n < 0 || (n == 0 && name == "maxResults") {
			return invalidParameter(name, "Invalid integer value: '"+given[0]+"'.")
		}
	}
	return nil
}

// parameterKind looks a name up in a list like "maxResults:i": b is a
// boolean, i an integer, * repeatable.
func parameterKind(list []string, name string) (kind string, known bool) {
	for _, entry := range list {
		if bare, kind, _ := strings.Cut(entry, ":"); bare == name {
			return kind, true
		}
	}
	return "", false
}

// checkScope asks whether any scope of the token opens this method.
func (q *request) checkScope() error {
	if len(q.usableScopes()) == 0 {
		return insufficientScope(q.method.name)
	}
	return nil
}

// usableScopes are the token's scopes, without prefix, that the method accepts.
func (q *request) usableScopes() []string {
	var usable []string
	for _, scope := range q.token.scopes {
		if short := strings.TrimPrefix(scope, scopePrefix); slices.Contains(q.method.scopes, short) {
			usable = append(usable, short)
		}
	}
	return usable
}

// flag is a boolean parameter; absent is false.
func (q *request) flag(name string) bool { return q.query.Get(name) == "true" }

// number is an integer parameter, or its default.
func (q *request) number(name string, otherwise int) int {
	if n, err := strconv.Atoi(q.query.Get(name)); err == nil {
		return n
	}
	return otherwise
}

// decode reads the JSON body into a struct of the calendar package.
func (q *request) decode(into any) error {
	if kind, _, _ := strings.Cut(q.http.Header.Get("Content-Type"), ";"); kind != "application/json" {
		return &apiError{status: http.StatusBadRequest, domain: "global", reason: "badContent", message: "Unsupported content with type: " + kind}
	}
	return decodeJSON(q.body, into)
}

func decodeJSON(text []byte, into any) error {
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(into); err != nil {
		return &apiError{status: http.StatusBadRequest, domain: "global", reason: "parseError", message: "Parse Error"}
	}
	return nil
}
