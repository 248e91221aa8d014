package calsync

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"google.golang.org/api/googleapi"

	"agcrm-google/models"
)

// apiKind tells errors of the Calendar API apart by what to do about them.
type apiKind int

const (
	apiTemporary    apiKind = iota // 5xx, network: try again; the effect may have happened
	apiRate                        // too fast: slower
	apiQuota                       // the user rests for hours
	apiLinkAgain                   // the grant is dead or lacks a scope
	apiAdmin                       // the administrator must act: API switched off, client deleted
	apiFullSync                    // the sync token is no longer valid
	apiNotFound                    // never existed, purged, or no access
	apiDeleted                     // deleted before
	apiPrecondition                // the ETag is no longer that
	apiDuplicate                   // the id is taken
	apiPermanent                   // this item will never be accepted as it is
)

// apiFault is an error of Google with its kind and a sentence for people.
type apiFault struct {
	kind       apiKind
	msg        models.Message
	retryAfter time.Duration
	err        error
}

func (f *apiFault) Error() string { return f.err.Error() }
func (f *apiFault) Unwrap() error { return f.err }

// kindOf is the kind of a Google error; other errors are temporary.
func kindOf(err error) apiKind {
	if f := asFault(err); f != nil {
		return f.kind
	}
	return apiTemporary
}

// isGone tells whether Google answered that there is no such event, or no more.
func isGone(err error) bool {
	f := asFault(err)
	return f != nil && (f.kind == apiNotFound || f.kind == apiDeleted)
}

func asFault(err error) *apiFault {
	var f *apiFault
	if errors.As(err, &f) {
		return f
	}
	return nil
}

// classify turns what the API client returned into an apiFault.
func classify(err error) error {
	if err == nil || asFault(err) != nil {
		return err
	}
	var answer *googleapi.Error
	if errors.As(err, &answer) {
		return classifyAnswer(answer)
	}
	switch kind, msg := grantFault(err); kind {
	case faultLinkAgain:
		return &apiFault{kind: apiLinkAgain, msg: msg, err: err}
	case faultAdministrator:
		return &apiFault{kind: apiAdmin, msg: msg, err: err}
	}
	return &apiFault{kind: apiTemporary, msg: models.Say("google.unreachable"), err: err}
}

func classifyAnswer(e *googleapi.Error) *apiFault {
	reasons := reasonsOf(e)
	has := func(names ...string) bool {
		return slices.ContainsFunc(reasons, func(r string) bool { return slices.Contains(names, r) })
	}
	f := &apiFault{kind: apiPermanent, err: e, retryAfter: retryAfter(e.Header)}
	f.msg = models.Say("google.refused", "code", strconv.Itoa(e.Code), "reason", strings.Join(reasons, ", "))
	switch {
	case has("quotaExceeded", "dailyLimitExceeded"):
		f.kind, f.msg = apiQuota, models.Say("google.quota")
	case e.Code == http.StatusTooManyRequests || has("rateLimitExceeded", "userRateLimitExceeded", "RATE_LIMIT_EXCEEDED"):
		f.kind, f.msg = apiRate, models.Say("google.rate")
	case e.Code >= 500 || e.Code == http.StatusRequestTimeout:
		f.kind, f.msg = apiTemporary, models.Say("google.unreachable")
	case has("accessNotConfigured", "SERVICE_DISABLED"):
		f.kind, f.msg = apiAdmin, models.Say("google.api_off")
	case e.Code == http.StatusUnauthorized:
		f.kind, f.msg = apiLinkAgain, models.Say("link.grant_dead")
	case has("accountDeleted", "accountDisabled", "accountUnverified"):
		f.kind, f.msg = apiLinkAgain, models.Say("link.grant_dead")
	case has("insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"):
		f.kind, f.msg = apiLinkAgain, models.Say("link.scope_missing")
	case has("fullSyncRequired", "updatedMinTooLongAgo"):
		f.kind = apiFullSync
	case e.Code == http.StatusGone:
		f.kind = apiDeleted
	case e.Code == http.StatusNotFound:
		f.kind = apiNotFound
	case e.Code == http.StatusPreconditionFailed:
		f.kind = apiPrecondition
	case e.Code == http.StatusConflict:
		f.kind = apiDuplicate
	}
	return f
}

// reasonsOf gathers the reasons of both shapes of Google's error body.
func reasonsOf(e *googleapi.Error) []string {
	var reasons []string
	for _, item := range e.Errors {
		if item.Reason != "" {
			reasons = append(reasons, item.Reason)
		}
	}
	var body struct {
		Error struct {
			Details []struct{ Reason string }
		}
	}
	if json.Unmarshal([]byte(e.Body), &body) == nil {
		for _, d := range body.Error.Details {
			if d.Reason != "" && !slices.Contains(reasons, d.Reason) {
				reasons = append(reasons, d.Reason)
			}
		}
	}
	return reasons
}

// retryAfter reads the header in both its forms; 0 if there is none.
func retryAfter(h http.Header) time.Duration {
	text := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}

// ignoreKind is err unless it is of that kind.
func ignoreKind(err error, kind apiKind) error {
	if asFault(err) != nil && kindOf(err) == kind {
		return nil
	}
	return err
}
