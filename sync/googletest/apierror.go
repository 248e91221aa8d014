package googletest

import (
	"fmt"
	"net/http"
)

// apiError is a refusal by the Calendar API, in Google's shape.
type apiError struct {
	status        int
	domain        string
	reason        string
	message       string
	locationType  string
	location      string
	info          string // ErrorInfo reason: the newer, infrastructure shape
	rpcStatus     string // its status, such as PERMISSION_DENIED
	topMessage    string // where it differs from the item's message
	infoMetadata  map[string]string
	retryAfter    int
	authenticates bool // carries WWW-Authenticate
}

// Error implements error.
func (e *apiError) Error() string { return fmt.Sprintf("%d %s: %s", e.status, e.reason, e.message) }

// body is the JSON document of the error.
func (e *apiError) body() map[string]any {
	item := map[string]any{"domain": e.domain, "reason": e.reason, "message": e.message}
	if e.location != "" {
		item["locationType"], item["location"] = e.locationType, e.location
	}
	inner := map[string]any{"errors": []any{item}, "code": e.status, "message": e.message}
	if e.topMessage != "" {
		inner["message"] = e.topMessage
	}
	if e.info != "" {
		metadata := map[string]string{"service": "calendar-json.googleapis.com"}
		for key, value := range e.infoMetadata {
			metadata[key] = value
		}
		inner["status"] = e.rpcStatus
		inner["details"] = []any{map[string]any{
			"@type":    "type.googleapis.com/google.rpc.ErrorInfo",
			"reason":   e.info,
			"domain":   "googleapis.com",
			"metadata": metadata,
		}}
	}
	return map[string]any{"error": inner}
}

// invalid is a value that makes no sense.
func invalid(format string, args ...any) error {
	return &apiError{status: http.StatusBadRequest, domain: "global", reason: "invalid", message: fmt.Sprintf(format, args...)}
}

// required is a value that is missing.
func required(message string) error {
	return &apiError{status: http.StatusBadRequest, domain: "global", reason: "required", message: message}
}

// invalidParameter is a query parameter that is unknown or out of range.
func invalidParameter(name, message string) error {
	return &apiError{status: http.StatusBadRequest, domain: "global", reason: "invalidParameter",
		message: message, locationType: "parameter", location: name}
}

func timeRangeEmpty() error {
	return &apiError{status: http.StatusBadRequest, domain: "calendar", reason: "timeRangeEmpty",
		message: "The specified time range is empty.", locationType: "parameter", location: "timeMax"}
}

func notFound() error {
	return &apiError{status: http.StatusNotFound, domain: "global", reason: "notFound", message: "Not Found"}
}

func duplicate() error {
	return &apiError{status: http.StatusConflict, domain: "global", reason: "duplicate",
		message: "The requested identifier already exists."}
}

func alreadyDeleted() error {
	return &apiError{status: http.StatusGone, domain: "global", reason: "deleted", message: "Resource has been deleted"}
}

func forbidden(message string) error {
	return &apiError{status: http.StatusForbidden, domain: "global", reason: "forbidden", message: message}
}

func forbiddenForNonOrganizer() error {
	return &apiError{status: http.StatusForbidden, domain: "calendar", reason: "forbiddenForNonOrganizer",
		message: "Shared properties can only be changed by the organizer of the event."}
}

func requiredAccessLevel() error {
	return &apiError{status: http.StatusForbidden, domain: "calendar", reason: "requiredAccessLevel",
		message: "You need to have writer access to this calendar."}
}

func conditionNotMet() error {
	return &apiError{status: http.StatusPreconditionFailed, domain: "global", reason: "conditionNotMet",
		message: "Precondition Failed", locationType: "header", location: "If-Match"}
}

func invalidCredentials() error {
	return &apiError{status: http.StatusUnauthorized, domain: "global", reason: "authError",
		message: "Invalid Credentials", locationType: "header", location: "Authorization", authenticates: true}
}

func insufficientScope(method string) error {
	return &apiError{status: http.StatusForbidden, domain: "global", reason: "insufficientPermissions",
		message: "Insufficient Permission", topMessage: "Request had insufficient authentication scopes.",
		rpcStatus: "PERMISSION_DENIED", info: "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
		infoMetadata: map[string]string{"method": method}}
}

func accessNotConfigured(project string) error {
	message := "Google Calendar API has not been used in project " + project +
		" before or it is disabled. Enable it by visiting https://console.developers.google.com/apis/api/calendar-json.googleapis.com/overview?project=" +
		project + " then retry."
	return &apiError{status: http.StatusForbidden, domain: "usageLimits", reason: "accessNotConfigured",
		message: message, rpcStatus: "PERMISSION_DENIED", info: "SERVICE_DISABLED",
		infoMetadata: map[string]string{"consumer": "projects/" + project}}
}

func fullSyncRequired() error {
	return &apiError{status: http.StatusGone, domain: "calendar", reason: "fullSyncRequired",
		message:      "Sync token is no longer valid, a full sync is required.",
		locationType: "parameter", location: "syncToken"}
}
