package calsync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"agcrm-google/models"
)

// exchangeTime bounds one request to the token or revocation endpoint.
const exchangeTime = 20 * time.Second

// saveTime bounds the storing of a refreshed token, which outlives its run.
const saveTime = 15 * time.Second

// storedToken is a link's token as it is sealed in the database.
type storedToken struct {
	oauth2.Token
	// AskConsent notes that Google gave no refresh token to an account that was
	// chosen instead of the linked one: the next attempt asks for consent anew.
	AskConsent bool `json:"ask_consent,omitempty"`
}

// oauthConfig is the client for one conversation with Google. The secret goes
// into the form, not into a header: left to find out for itself, the library
// would send each failing request twice, and a code is good for one.
func (s *Service) oauthConfig(cs ClientSecrets) *oauth2.Config {
	e := s.endpoints(cs)
	uri, _ := s.RedirectURI(cs)
	return &oauth2.Config{
		ClientID: cs.ClientID, ClientSecret: cs.ClientSecret, RedirectURL: uri, Scopes: askedScopes,
		Endpoint: oauth2.Endpoint{AuthURL: e.auth, TokenURL: e.token, AuthStyle: oauth2.AuthStyleInParams},
	}
}

// speak is ctx with the HTTP client that the oauth2 library shall use.
func (s *Service) speak(ctx context.Context) context.Context {
	return context.WithValue(ctx, oauth2.HTTPClient, s.opt.HTTP)
}

// usable gives the installed credentials together with the client made of them,
// or a Problem where no link could be made with them.
func (s *Service) usable(ctx context.Context) (*oauth2.Config, error) {
	cs, err := s.installed(ctx)
	if err != nil {
		return nil, err
	}
	if problem := s.checkRedirect(cs); problem != nil {
		return nil, problem
	}
	return s.oauthConfig(cs), nil
}

// AuthCodeURL is where the employee's browser is sent to allow access. state and
// verifier are random texts that the session keeps until Google's answer.
//
// Consent is asked for only while there is no refresh token at hand: Google gives
// one with each consent, and silently ends the oldest of a hundred. An employee
// whose link works gets the account chooser instead, since what he is most
// likely to want is another account.
func (s *Service) AuthCodeURL(ctx context.Context, user models.User, state, verifier string) (string, error) {
	if state == "" || verifier == "" {
		return "", errors.New("authorisation without state or verifier")
	}
	cfg, err := s.usable(ctx)
	if err != nil {
		return "", err
	}
	grant, token, err := s.storedGrant(ctx, user.ID)
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return "", err
	}
	if grant.State == models.LinkUnlinking {
		return "", &models.Problem{Kind: models.ErrConflict, Message: models.Say("link.unlinking")}
	}
	prompt := "consent"
	if canRefresh(grant, token) && !token.AskConsent {
		prompt = "select_account"
	}
	options := []oauth2.AuthCodeOption{oauth2.AccessTypeOffline,
		oauth2.S256ChallengeOption(verifier), oauth2.SetAuthURLParam("prompt", prompt)}
	if grant.Email != "" && !token.AskConsent {
		options = append(options, oauth2.SetAuthURLParam("login_hint", grant.Email))
	}
	return cfg.AuthCodeURL(state, options...), nil
}

// storedGrant reads an employee's grant and its token.
func (s *Service) storedGrant(ctx context.Context, userID int64) (models.StoredGrant, storedToken, error) {
	grant, err := s.db.StoredGrant(ctx, userID)
	if err != nil {
		return models.StoredGrant{}, storedToken{}, err
	}
	token, err := decodeToken(userID, grant.Token)
	return grant, token, err
}

func decodeToken(userID int64, text []byte) (token storedToken, err error) {
	if err := json.Unmarshal(text, &token); err != nil {
		return storedToken{}, fmt.Errorf("stored token of user %d: %w", userID, err)
	}
	return token, nil
}

// canRefresh tells whether a stored grant is alive as far as is known.
func canRefresh(grant models.StoredGrant, token storedToken) bool {
	return grant.State != models.LinkBroken && token.RefreshToken != ""
}

// Link completes what AuthCodeURL began: it exchanges the code, checks what was
// granted, stores the link and reads the account's calendars. Its Problems:
// link.code_used, link.scope_missing, link.identity, link.no_refresh (the next
// attempt asks for consent and gets one), link.taken (models.ErrConflict: the
// account is another employee's), and the administrator's or Google's faults.
// Whatever is refused is dropped and never revoked: revoking ends every token
// that the account gave this client, another employee's link included.
//
// If only the calendars cannot be read the link stands, and the Problem says why.
func (s *Service) Link(ctx context.Context, userID int64, code, verifier string) error {
	cfg, err := s.usable(ctx)
	if err != nil {
		return err
	}
	token, err := s.exchange(ctx, cfg, code, verifier)
	if err != nil {
		return err
	}
	grant, err := s.grantOf(ctx, cfg, userID, token)
	if err != nil {
		return err
	}
	if err := s.db.SaveGrant(ctx, grant); err != nil {
		return err
	}
	client, err := s.client(ctx, userID)
	if err != nil {
		return err
	}
	calendars, err := s.listCalendars(ctx, client)
	if err != nil {
		return asProblem(err)
	}
	_, err = s.db.ReplaceCalendars(ctx, userID, calendars)
	return err
}

func (s *Service) exchange(ctx context.Context, cfg *oauth2.Config, code, verifier string) (*oauth2.Token, error) {
	if code == "" || verifier == "" {
		return nil, linkProblem("link.code_used")
	}
	ctx, cancel := context.WithTimeout(s.speak(ctx), exchangeTime)
	defer cancel()
	token, err := cfg.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	switch kind, msg := grantFault(err); {
	case err == nil:
		return token, nil
	case kind == faultLinkAgain:
		return nil, errors.Join(linkProblem("link.code_used"), err)
	case kind != faultNone:
		return nil, errors.Join(&models.Problem{Kind: models.ErrConflict, Message: msg}, err)
	}
	return nil, fmt.Errorf("exchange the code: %w", err)
}

// grantOf checks what Google answered and makes the grant to be stored of it.
func (s *Service) grantOf(ctx context.Context, cfg *oauth2.Config, userID int64, token *oauth2.Token) (models.Grant, error) {
	scopes, _ := token.Extra("scope").(string)
	if scopes == "" {
		scopes = strings.Join(cfg.Scopes, " ") // RFC 6749, 5.1: left out where they are what was asked for
	}
	if !enough(scopes) {
		return models.Grant{}, errors.Join(linkProblem("link.scope_missing"), s.askConsent(ctx, userID))
	}
	raw, _ := token.Extra("id_token").(string)
	who, err := parseIDToken(raw, cfg.ClientID, s.opt.Now())
	if err != nil {
		return models.Grant{}, errors.Join(linkProblem("link.identity"), err)
	}
	if token.RefreshToken == "" {
		old, stored, err := s.storedGrant(ctx, userID)
		if err != nil && !errors.Is(err, models.ErrNotFound) {
			return models.Grant{}, err
		}
		if old.Sub != who.Sub || !canRefresh(old, stored) {
			return models.Grant{}, errors.Join(linkProblem("link.no_refresh"), s.askConsent(ctx, userID))
		}
		token.RefreshToken = stored.RefreshToken
	}
	text, err := json.Marshal(storedToken{Token: *token})
	if err != nil {
		return models.Grant{}, fmt.Errorf("store the token: %w", err)
	}
	return models.Grant{UserID: userID, Sub: who.Sub, Email: who.Email, Scopes: scopes, Token: text}, nil
}

// askConsent notes on an existing link that the next attempt must ask for
// consent. Without a link it does so anyway.
func (s *Service) askConsent(ctx context.Context, userID int64) error {
	grant, _, err := s.storedGrant(ctx, userID)
	if errors.Is(err, models.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.db.RenewToken(ctx, userID, grant.Sub, func(present []byte) ([]byte, error) {
		var token storedToken
		if err := json.Unmarshal(present, &token); err != nil {
			return nil, fmt.Errorf("stored token of user %d: %w", userID, err)
		}
		token.AskConsent = true
		return json.Marshal(token)
	})
}

// linkProblem is a Problem of linking.
func linkProblem(key string) *models.Problem {
	return &models.Problem{Kind: models.ErrInvalid, Message: models.Say(key)}
}

// calendarRoot is the root of the Calendar API, with a slash at its end.
func (s *Service) calendarRoot() string { return s.endpoints(ClientSecrets{}).calendar }

// httpClient is the plain HTTP client with another transport.
func (s *Service) httpClient(transport http.RoundTripper) *http.Client {
	client := *s.opt.HTTP
	client.Transport = transport
	return &client
}
