package googletest

import (
	"bytes"
	"io"
	"net/http"
)

// Fault is something that goes wrong between the service and Google.
type Fault struct {
	// Match chooses the requests it befalls; nil means all. It is called
	// without any lock held and may read the body; at the token endpoint it
	// finds PostForm filled instead.
	Match func(r *http.Request) bool
	// Times is how often it happens, 0 until ClearFaults.
	Times int
	// After carries out the request first, then loses its answer.
	After bool
	// Drop closes the connection without an answer.
	Drop bool
	// Status, Reason and RetryAfter (in seconds) make up the error that is
	// answered; without a status it is 503 backendError.
	Status     int
	Reason     string
	RetryAfter int
	// HTML answers with a front end's page instead of JSON.
	HTML bool
	// Infrastructure adds status and details to the error, as the layers in
	// front of the Calendar API do.
	Infrastructure bool
	// Token makes it a fault of the token and revocation endpoints instead
	// of the Calendar API.
	Token bool
}

// faultKind is what a reason's errors look like.
type faultKind struct {
	domain, message, info, rpcStatus string
}

var faultKinds = map[string]faultKind{
	"rateLimitExceeded":       {"usageLimits", "Rate Limit Exceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"},
	"userRateLimitExceeded":   {"usageLimits", "User Rate Limit Exceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"},
	"quotaExceeded":           {"usageLimits", "Calendar usage limits exceeded.", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"},
	"dailyLimitExceeded":      {"usageLimits", "Daily Limit Exceeded", "RATE_LIMIT_EXCEEDED", "RESOURCE_EXHAUSTED"},
	"accessNotConfigured":     {"usageLimits", "Access Not Configured", "SERVICE_DISABLED", "PERMISSION_DENIED"},
	"insufficientPermissions": {"global", "Insufficient Permission", "ACCESS_TOKEN_SCOPE_INSUFFICIENT", "PERMISSION_DENIED"},
	"backendError":            {"global", "Backend Error", "", "UNAVAILABLE"},
	"authError":               {"global", "Invalid Credentials", "ACCESS_TOKEN_EXPIRED", "UNAUTHENTICATED"},
	"fullSyncRequired":        {"calendar", "Sync token is no longer valid, a full sync is required.", "", ""},
	"timeRangeEmpty":          {"calendar", "The specified time range is empty.", "", ""},
}

// AddFault lets something go wrong. Faults are tried in the order of their
// addition; one request meets one fault at most.
func (s *Server) AddFault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// ClearFaults ends all faults.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// takeFault is the fault that this request meets, nil if none. Match runs
// outside the lock, so that a test's function may ask the server things.
func (s *Server) takeFault(r *http.Request, body []byte, token bool) *Fault {
	s.mu.Lock()
	candidates := append([]*Fault(nil), s.faults...)
	s.mu.Unlock()
	for _, f := range candidates {
		if f.Token != token {
			continue
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		if (f.Match == nil || f.Match(r)) && s.claimFault(f) {
			return f
		}
	}
	return nil
}

// claimFault uses a fault up by one; it reports false if it is gone.
func (s *Server) claimFault(f *Fault) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, present := range s.faults {
		if present != f {
			continue
		}
		if f.Times == 1 {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
		}
		f.Times = max(f.Times-1, 0)
		return true
	}
	return false
}

// reply is what the client gets to see of the fault.
func (f *Fault) reply() *reply {
	if f.Drop {
		return &reply{drop: true}
	}
	status, reason := f.status(), f.Reason
	if f.HTML {
		return htmlReply(status)
	}
	if reason == "" {
		reason = "backendError"
	}
	kind, known := faultKinds[reason]
	if !known {
		kind = faultKind{domain: "global", message: http.StatusText(status)}
	}
	refused := &apiError{status: status, domain: kind.domain, reason: reason, message: kind.message, retryAfter: f.RetryAfter}
	if f.Infrastructure {
		refused.info, refused.rpcStatus = kind.info, kind.rpcStatus
	}
	return errorReply(refused)
}

// oauthReply is the same at the token endpoint, whose errors look otherwise.
func (f *Fault) oauthReply() *reply {
	if f.Drop || f.HTML {
		return f.reply()
	}
	reason := f.Reason
	if reason == "" {
		reason = "internal_failure"
	}
	return jsonReply(f.status(), map[string]string{"error": reason, "error_description": http.StatusText(f.status())})
}

func (f *Fault) status() int {
	if f.Status == 0 {
		return http.StatusServiceUnavailable
	}
	return f.Status
}
