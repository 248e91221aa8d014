package googletest

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// issuer is how Google names itself in id tokens and redirects.
const issuer = "https://accounts.google.com"

// authRequest is what a client asked for at the authorisation endpoint.
type authRequest struct {
	client          *Client
	redirectURI     string
	state           string
	scopes          []string
	offline         bool
	prompt          []string
	includeGranted  bool
	loginHint       string
	nonce           string
	challenge       string
	challengeMethod string
}

// pageError is shown on Google's own page; the client never hears of it.
type pageError struct {
	status     int
	code, text string
}

// Error implements error.
func (e *pageError) Error() string {
	return fmt.Sprintf("Error %d: %s: %s", e.status, e.code, e.text)
}

// Consent does what a person does who opens authURL, chooses the account and
// allows these scopes (nil: all that are asked for). It returns the address
// that Google redirects to, or the error that Google's page shows.
func (s *Server) Consent(authURL, email string, scopes []string) (redirect string, err error) {
	return s.decide(authURL, email, func(req *authRequest, account *Account) (string, error) {
		if scopes == nil {
			scopes = req.scopes
		}
		return s.allow(req, account, scopes)
	})
}

// Deny does what a person does who opens authURL, chooses the account and
// cancels.
func (s *Server) Deny(authURL, email string) (redirect string, err error) {
	return s.decide(authURL, email, func(req *authRequest, _ *Account) (string, error) {
		return req.failure("access_denied"), nil
	})
}

func (s *Server) decide(authURL, email string, decision func(*authRequest, *Account) (string, error)) (string, error) {
	address, err := url.Parse(authURL)
	if err != nil {
		return "", fmt.Errorf("authorisation address: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	req, err := s.parseAuthRequest(address.Query())
	if err != nil {
		return "", err
	}
	account, err := s.chooseAccount(req, email)
	if err != nil {
		return "", err
	}
	return decision(req, account)
}

// parseAuthRequest checks an authorisation request in Google's order. Its
// errors are of type *pageError.
func (s *Server) parseAuthRequest(q url.Values) (*authRequest, error) {
	req := &authRequest{
		client:          s.clients[q.Get("client_id")],
		redirectURI:     q.Get("redirect_uri"),
		state:           q.Get("state"),
		scopes:          strings.Fields(q.Get("scope")),
		offline:         q.Get("access_type") == "offline",
		prompt:          strings.Fields(q.Get("prompt")),
		includeGranted:  q.Get("include_granted_scopes") == "true",
		loginHint:       q.Get("login_hint"),
		nonce:           q.Get("nonce"),
		challenge:       q.Get("code_challenge"),
		challengeMethod: q.Get("code_challenge_method"),
	}
	switch {
	case q.Get("client_id") == "":
		return nil, invalidRequest("Missing required parameter: client_id")
	case req.client == nil:
		return nil, &pageError{http.StatusUnauthorized, "invalid_client", "The OAuth client was not found."}
	case req.redirectURI == "":
		return nil, invalidRequest("Missing required parameter: redirect_uri")
	case !slices.Contains(req.client.RedirectURIs, req.redirectURI):
		return nil, &pageError{http.StatusBadRequest, "redirect_uri_mismatch",
			"The redirect URI in the request, " + req.redirectURI + ", does not match the ones authorized for the OAuth client."}
	case q.Get("response_type") != "code":
		return nil, invalidRequest("Invalid or missing parameter: response_type")
	case len(req.scopes) == 0:
		return nil, invalidRequest("Missing required parameter: scope")
	}
	return req, req.checkDetails(q.Get("access_type"))
}

func (req *authRequest) checkDetails(accessType string) error {
	for _, scope := range req.scopes {
		if !knownScope(scope) {
			return &pageError{http.StatusBadRequest, "invalid_scope", "Some requested scopes were invalid: " + scope}
		}
	}
	if accessType != "" && accessType != "online" && accessType != "offline" {
		return invalidRequest("Invalid parameter value for access_type: " + accessType)
	}
	for _, word := range req.prompt {
		if word != "none" && word != "consent" && word != "select_account" {
			return invalidRequest("Invalid parameter value for prompt: " + word)
		}
	}
	switch req.challengeMethod {
	case "", "plain", "S256":
	default:
		return invalidRequest("Invalid parameter value for code_challenge_method: " + req.challengeMethod)
	}
	if req.challengeMethod != "" && req.challenge == "" {
		return invalidRequest("Missing required parameter: code_challenge")
	}
	return nil
}

func invalidRequest(text string) error {
	return &pageError{http.StatusBadRequest, "invalid_request", text}
}

// chooseAccount is the account chooser: only accounts that exist and that the
// client's consent screen admits.
func (s *Server) chooseAccount(req *authRequest, email string) (*Account, error) {
	account := s.account(email)
	if account == nil || account.closed {
		return nil, &pageError{http.StatusBadRequest, "unknown_account", "Couldn't find your Google Account: " + email}
	}
	named := func(user string) bool { return strings.EqualFold(user, email) }
	if req.client.Testing && !slices.ContainsFunc(req.client.TestUsers, named) {
		return nil, &pageError{http.StatusForbidden, "access_denied",
			"Access blocked: " + req.client.ProjectID + " has not completed the Google verification process. " +
				"The app is currently being tested, and can only be accessed by developer-approved testers."}
	}
	return account, nil
}

// allow records the consent and answers with the redirect that carries the
// code. Sign-in scopes cannot be refused singly, nor can a lone other one.
func (s *Server) allow(req *authRequest, account *Account, ticked []string) (string, error) {
	boxes := consentScopes(req.scopes)
	var granted []string
	for _, scope := range req.scopes {
		if isSignIn(scope) || len(boxes) == 1 || slices.Contains(ticked, scope) {
			granted = append(granted, scope)
		}
	}
	if len(granted) == 0 {
		return req.failure("access_denied"), nil
	}
	g, first := s.tokens.open(req.client.ID, account, granted)
	scopes := canonicalScopes(granted)
	if req.includeGranted {
		scopes = slices.Clone(g.scopes)
	}
	code := s.tokens.issueCode(&authCode{
		grant:       g,
		request:     *req,
		scopes:      scopes,
		withRefresh: req.offline && (first || slices.Contains(req.prompt, "consent")),
		created:     s.now(),
	})
	return req.answer(url.Values{
		"code":     {code},
		"scope":    {strings.Join(scopes, " ")},
		"authuser": {"0"},
		"prompt":   {"consent"},
	}), nil
}

// failure is the redirect that tells the client of an error.
func (req *authRequest) failure(code string) string { return req.answer(url.Values{"error": {code}}) }

func (req *authRequest) answer(values url.Values) string {
	if req.state != "" {
		values.Set("state", req.state)
	}
	values.Set("iss", issuer)
	separator := "?"
	if strings.Contains(req.redirectURI, "?") {
		separator = "&"
	}
	return req.redirectURI + separator + values.Encode()
}
