package calsync

import (
	"context"
	"errors"

	"golang.org/x/oauth2"

	"agcrm-google/models"
)

// The states of a Check.
const (
	CheckOK       = "ok"
	CheckBad      = "bad"
	CheckWarning  = "warning"
	CheckUntested = "untested"
)

// Check is one line of the answer to "Test": what was looked at, how it is, and
// what to do. Name is a message key: check.client, check.redirect or check.api.
type Check struct {
	Name    string
	State   string // one of the Check constants
	Message models.Message
}

// nonsenseCode is no code that Google ever gave. That Google finds fault with it,
// and not with the client, shows that client id and secret are good.
const nonsenseCode = "agcrm-google-credentials-test"

// TestCredentials tests the installed client secrets as far as that goes without
// a person's consent: client id and secret at Google's token endpoint. What only
// a token can show, the redirect URI and whether the Calendar API is switched on,
// is tested with the administrator's own link where there is one, and named as
// untested otherwise. It changes nothing. The error is an internal one.
func (s *Service) TestCredentials(ctx context.Context, adminID int64) ([]Check, error) {
	cs, err := s.ClientSecrets(ctx)
	if errors.Is(err, models.ErrNotFound) {
		return []Check{{"check.client", CheckBad, models.Say("groupware.no_client")}}, nil
	}
	if err != nil {
		return nil, err
	}
	client := s.checkClient(ctx, cs)
	linked, api, err := s.checkAPI(ctx, adminID)
	if err != nil {
		return nil, err
	}
	return []Check{client, s.redirectCheck(cs, linked), api}, nil
}

// checkClient exchanges the nonsense code.
func (s *Service) checkClient(ctx context.Context, cs ClientSecrets) Check {
	ctx, cancel := context.WithTimeout(s.speak(ctx), exchangeTime)
	defer cancel()
	cfg := s.oauthConfig(cs)
	if cfg.RedirectURL == "" {
		cfg.RedirectURL = s.RegisterURIs()[0] // the redirect URI has a line of its own
	}
	_, err := cfg.Exchange(ctx, nonsenseCode, oauth2.VerifierOption(oauth2.GenerateVerifier()))
	check := Check{Name: "check.client", State: CheckBad}
	switch kind, msg := grantFault(err); kind {
	case faultLinkAgain: // invalid_grant: the code is what Google does not like
		check.State, check.Message = CheckOK, models.Say("check.client_ok")
	case faultAdministrator:
		check.Message = msg
	case faultTemporary:
		check.Message = models.Say("check.unreachable", "address", cfg.Endpoint.TokenURL)
	default:
		check.State, check.Message = CheckWarning, models.Say("check.client_unclear", "address", cfg.Endpoint.TokenURL)
	}
	return check
}

// redirectCheck judges the redirect URI by the file, and by a link if there is
// one: Google would not have come back otherwise.
func (s *Service) redirectCheck(cs ClientSecrets, linked bool) Check {
	uri, local := s.RedirectURI(cs)
	switch {
	case uri == "":
		return Check{"check.redirect", CheckBad, s.checkRedirect(cs).Message}
	case linked:
		return Check{"check.redirect", CheckOK, models.Say("check.redirect_ok", "uri", uri)}
	case !registrable(uri):
		return Check{"check.redirect", CheckWarning, models.Say("check.redirect_unregistrable", "uri", uri)}
	case local:
		return Check{"check.redirect", CheckWarning, models.Say("check.redirect_local", "uri", uri)}
	}
	return Check{"check.redirect", CheckUntested, models.Say("check.redirect_untested", "uri", uri)}
}

// checkAPI calls the Calendar API with the administrator's own link; linked tells
// that there is one.
func (s *Service) checkAPI(ctx context.Context, adminID int64) (linked bool, check Check, err error) {
	check = Check{"check.api", CheckUntested, models.Say("check.api_untested")}
	client, err := s.client(ctx, adminID)
	if errors.Is(err, models.ErrNotFound) {
		return false, check, nil
	}
	if err != nil {
		return false, check, err
	}
	_, err = s.listCalendars(ctx, client)
	if err == nil {
		return true, Check{"check.api", CheckOK, models.Say("check.api_ok")}, nil
	}
	fault := asFault(classify(err))
	check.Message = fault.msg
	switch fault.kind {
	case apiAdmin:
		check.State = CheckBad
	case apiLinkAgain:
		check.Message = models.Say("check.api_link_dead")
	default:
		check.State = CheckWarning
	}
	return true, check, nil
}
