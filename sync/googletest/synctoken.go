package googletest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// syncToken says up to where a client has read a list. It belongs to one
// user, one list and one set of parameters.
type syncToken struct {
	Account, List, Parameters string
	Seq                       int64
	Epoch                     int
	TimeMin, TimeMax          string // of a windowed token
}

// String is the token as clients see it.
func (t syncToken) String() string {
	text, err := json.Marshal(t)
	if err != nil {
		panic("googletest: " + err.Error())
	}
	return "CP" + base64.RawURLEncoding.EncodeToString(text) + "=="
}

func parseSyncToken(text string) (*syncToken, bool) {
	encoded, marked := strings.CutPrefix(strings.TrimSuffix(text, "=="), "CP")
	decoded, err := base64.RawURLEncoding.DecodeString(encoded)
	if !marked || err != nil {
		return nil, false
	}
	var token syncToken
	return &token, json.Unmarshal(decoded, &token) == nil
}

// readSyncToken checks the request's sync token for a list; nil without one.
// forbidden are the parameters that it may not be combined with.
func (q *request) readSyncToken(list string, forbidden []string) (*syncToken, error) {
	text := q.query.Get("syncToken")
	if text == "" {
		return nil, nil
	}
	for _, name := range forbidden {
		if q.query.Has(name) {
			return nil, &apiError{status: http.StatusBadRequest, domain: "global", reason: "badRequest",
				message:      "Sync token cannot be combined with the parameter " + name + ".",
				locationType: "parameter", location: "syncToken"}
		}
	}
	if q.query.Get("showDeleted") == "false" {
		return nil, invalidParameter("showDeleted", "Deleted entries cannot be excluded when a sync token is used.")
	}
	token, ok := parseSyncToken(text)
	switch {
	case !ok || token.List != list || token.Account != q.account.Sub:
		return nil, q.malformedSyncToken()
	case token.Epoch != q.server.switches.tokenEpoch:
		return nil, fullSyncRequired()
	case token.Parameters != q.boundParameters():
		return nil, &apiError{status: http.StatusBadRequest, domain: "global", reason: "invalid",
			message:      "The parameters differ from those of the request that gave the sync token.",
			locationType: "parameter", location: "syncToken"}
	}
	return token, nil
}

func (q *request) malformedSyncToken() error {
	if q.server.switches.malformedStatus == http.StatusGone {
		return fullSyncRequired()
	}
	return &apiError{status: http.StatusBadRequest, domain: "global", reason: "invalid",
		message: "Invalid sync token value.", locationType: "parameter", location: "syncToken"}
}

// boundParameters are those that a sync token remembers, in one text.
func (q *request) boundParameters() string {
	types := slices.Sorted(slices.Values(q.query["eventTypes"]))
	bound := []string{strings.Join(types, ","), q.query.Get("maxAttendees")}
	for _, name := range []string{"singleEvents", "showDeleted", "showHiddenInvitations"} {
		if q.flag(name) {
			bound = append(bound, name)
		}
	}
	return strings.Join(bound, ";")
}
