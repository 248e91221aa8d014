package calsync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/oauth2"

	"agcrm-google/models"
)

// faultKind tells errors of the token endpoint apart by whose they are to mend.
type faultKind int

const (
	faultNone          faultKind = iota // no error, or none of the token endpoint
	faultLinkAgain                      // the grant is dead: the employee links again
	faultAdministrator                  // client id, secret, redirect URI or policy
	faultTemporary                      // Google or the way to it: later again
)

// grantFault tells what an error of the token endpoint means, with a sentence for
// people. Only a grant that Google itself calls invalid is dead: after an outage
// every link must still be there.
func grantFault(err error) (faultKind, models.Message) {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) {
		return refusalFault(refused)
	}
	var network net.Error
	var address *url.Error
	if errors.As(err, &network) || errors.As(err, &address) || errors.Is(err, context.DeadlineExceeded) {
		return faultTemporary, models.Say("google.unreachable")
	}
	return faultNone, models.Message{}
}

func refusalFault(e *oauth2.RetrieveError) (faultKind, models.Message) {
	if e.Response != nil && (e.Response.StatusCode >= 500 || e.Response.StatusCode == http.StatusTooManyRequests) {
		return faultTemporary, models.Say("google.unreachable")
	}
	switch e.ErrorCode {
	case "invalid_grant":
		return faultLinkAgain, models.Say("link.grant_dead")
	case "invalid_client", "unauthorized_client":
		return faultAdministrator, models.Say("google.client_refused")
	case "deleted_client", "disabled_client":
		return faultAdministrator, models.Say("google.client_deleted")
	case "redirect_uri_mismatch":
		return faultAdministrator, models.Say("google.redirect_mismatch")
	case "admin_policy_enforced", "org_internal", "access_denied":
		return faultAdministrator, models.Say("google.policy")
	case "", "rate_limit_exceeded", "internal_failure", "temporarily_unavailable", "server_error":
		return faultTemporary, models.Say("google.unreachable") // no code: a proxy's page, not Google's answer
	}
	return faultAdministrator, models.Say("google.token_refused", "code", shorten(e.ErrorCode))
}

// postRevoke sends one token to the revocation endpoint.
func (s *Service) postRevoke(ctx context.Context, token string) error {
	address := s.endpoints(ClientSecrets{}).revoke
	form := strings.NewReader(url.Values{"token": {token}}.Encode())
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, form)
	if err != nil {
		return fmt.Errorf("revoke: %w", err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := s.opt.HTTP.Do(request)
	if err != nil {
		return fmt.Errorf("revoke: %w", err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if answer.StatusCode == http.StatusOK {
		return nil
	}
	var body struct {
		Error string `json:"error"`
	}
	if answer.StatusCode == http.StatusBadRequest && json.Unmarshal(text, &body) == nil && body.Error == "invalid_token" {
		return nil // it was gone already
	}
	return errors.Join(fmt.Errorf("revoke: Google answered %s", answer.Status), err)
}
