package googletest

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// oauthError is an error of the token endpoint, in its own JSON shape.
type oauthError struct {
	status            int
	code, description string
}

// Error implements error.
func (e *oauthError) Error() string { return e.code + ": " + e.description }

func invalidGrant(description string) error {
	return &oauthError{http.StatusBadRequest, "invalid_grant", description}
}

// tokenAnswer is a success of the token endpoint.
type tokenAnswer struct {
	AccessToken  string `json:"access_token"`
	ExpiresIn    int    `json:"expires_in"`
	RefreshToken string `json:"refresh_token,omitempty"`
	Scope        string `json:"scope"`
	TokenType    string `json:"token_type"`
	IDToken      string `json:"id_token,omitempty"`
}

// serveTokenEndpoint serves /token and /revoke: a form in, JSON out.
func (s *Server) serveTokenEndpoint(w http.ResponseWriter, r *http.Request, serve func(*http.Request) (any, error)) {
	if r.Method != http.MethodPost {
		writeHTMLError(w, http.StatusNotFound)
		return
	}
	if err := r.ParseForm(); err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]string{"error": "invalid_request"})
		return
	}
	fault := s.takeFault(r, nil, true)
	var answer any
	var err error
	if s.noteTokenCall(); fault == nil || fault.After {
		answer, err = s.locked(r, serve)
	}
	var refused *oauthError
	switch {
	case fault != nil:
		fault.oauthReply().write(w, r)
	case errors.As(err, &refused):
		writeJSON(w, refused.status, map[string]string{"error": refused.code, "error_description": refused.description})
	default:
		writeJSON(w, http.StatusOK, answer)
	}
}

func (s *Server) noteTokenCall() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.journal.tokenCalls++
}

func (s *Server) locked(r *http.Request, serve func(*http.Request) (any, error)) (any, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return serve(r)
}

// exchange is the token endpoint.
func (s *Server) exchange(r *http.Request) (any, error) {
	client, err := s.authenticateClient(r)
	if err != nil {
		return nil, err
	}
	switch grantType := r.PostForm.Get("grant_type"); grantType {
	case "authorization_code":
		return s.exchangeCode(client, r.PostForm)
	case "refresh_token":
		return s.exchangeRefresh(client, r.PostForm)
	case "":
		return nil, &oauthError{http.StatusBadRequest, "invalid_request", "Required parameter is missing: grant_type"}
	default:
		return nil, &oauthError{http.StatusBadRequest, "unsupported_grant_type", "Invalid grant_type: " + grantType}
	}
}

// authenticateClient accepts HTTP Basic and form parameters alike.
func (s *Server) authenticateClient(r *http.Request) (*Client, error) {
	id, secret := r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	if user, password, ok := r.BasicAuth(); ok {
		id, secret = formDecoded(user), formDecoded(password)
	}
	client := s.clients[id]
	switch {
	case id == "":
		return nil, &oauthError{http.StatusBadRequest, "invalid_request", "Could not determine client ID from request."}
	case client == nil:
		return nil, &oauthError{http.StatusUnauthorized, "invalid_client", "The OAuth client was not found."}
	case secret == "":
		return nil, &oauthError{http.StatusBadRequest, "invalid_request", "client_secret is missing."}
	case subtle.ConstantTimeCompare([]byte(secret), []byte(client.Secret)) != 1:
		return nil, &oauthError{http.StatusUnauthorized, "invalid_client", "The provided client secret is invalid."}
	}
	return client, nil
}

func formDecoded(text string) string {
	if decoded, err := url.QueryUnescape(text); err == nil {
		return decoded
	}
	return text
}

func (s *Server) exchangeCode(client *Client, form url.Values) (any, error) {
	code := s.tokens.codes[form.Get("code")]
	if code == nil {
		return nil, invalidGrant("Malformed auth code.")
	}
	now := s.now()
	if code.used || code.request.client.ID != client.ID || now.Sub(code.created) > codeLife ||
		code.grant.revoked || code.grant.account.closed {
		return nil, invalidGrant("Bad Request")
	}
	code.used = true
	if form.Get("redirect_uri") != code.request.redirectURI {
		return nil, &oauthError{http.StatusBadRequest, "redirect_uri_mismatch", "Bad Request"}
	}
	if err := code.request.checkVerifier(form.Get("code_verifier")); err != nil {
		return nil, err
	}
	answer := s.tokenAnswer(client, code.grant, code.scopes, code.request.nonce)
	if code.withRefresh {
		answer.RefreshToken = s.tokens.issueRefresh(code.grant, code.scopes, now)
	}
	return answer, nil
}

// checkVerifier is PKCE: a verifier exactly where a challenge was.
func (req *authRequest) checkVerifier(verifier string) error {
	switch {
	case req.challenge == "" && verifier == "":
		return nil
	case req.challenge == "":
		return invalidGrant("code_verifier or verifier is not needed.")
	case verifier == "":
		return invalidGrant("Missing code verifier.")
	}
	given := verifier
	if req.challengeMethod == "S256" {
		sum := sha256.Sum256([]byte(verifier))
		given = base64.RawURLEncoding.EncodeToString(sum[:])
	}
	if given != req.challenge {
		return invalidGrant("Invalid code verifier.")
	}
	return nil
}

func (s *Server) exchangeRefresh(client *Client, form url.Values) (any, error) {
	token := s.tokens.refresh[form.Get("refresh_token")]
	if token == nil {
		return nil, invalidGrant("Bad Request")
	}
	if token.grant.clientID != client.ID {
		return nil, &oauthError{http.StatusUnauthorized, "unauthorized_client", "Unauthorized"}
	}
	now := s.now()
	if !token.alive(client, now) {
		return nil, invalidGrant("Token has been expired or revoked.")
	}
	token.used = now
	return s.tokenAnswer(client, token.grant, token.scopes, ""), nil
}

func (s *Server) tokenAnswer(client *Client, g *grant, scopes []string, nonce string) *tokenAnswer {
	now := s.now()
	return &tokenAnswer{
		AccessToken: s.tokens.issueAccess(g, scopes, now),
		ExpiresIn:   int(accessTokenLife.Seconds()),
		Scope:       strings.Join(scopes, " "),
		TokenType:   "Bearer",
		IDToken:     idToken(client, g.account, scopes, nonce, now),
	}
}

// revoke is the revocation endpoint: an access or a refresh token ends the
// whole grant.
func (s *Server) revoke(r *http.Request) (any, error) {
	value := r.Form.Get("token")
	var g *grant
	if token := s.tokens.refresh[value]; token != nil && !token.dead {
		g = token.grant
	}
	if token := s.tokens.access[value]; token != nil {
		g = token.grant
	}
	if g == nil || g.revoked {
		return nil, &oauthError{http.StatusBadRequest, "invalid_token", "Token expired or revoked"}
	}
	s.tokens.revoke(g)
	return struct{}{}, nil
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		panic("googletest: " + err.Error())
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(text)
}
