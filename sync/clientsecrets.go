package calsync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"agcrm-google/models"
)

// ClientSecrets are the credentials under which the whole company's links are
// made: one OAuth client of the type "web application" in Google's console.
type ClientSecrets struct {
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	ProjectID    string `json:"project_id,omitempty"`
	AuthURI      string `json:"auth_uri,omitempty"`
	TokenURI     string `json:"token_uri,omitempty"`
	// RedirectURIs are those that the file says are registered.
	RedirectURIs []string `json:"redirect_uris,omitempty"`
	// Typed tells that there was no file: what is registered is not known.
	Typed bool `json:"typed,omitempty"`
}

// clientIDSuffix ends every client id of Google's.
const clientIDSuffix = ".apps.googleusercontent.com"

// maxCredential is the longest client id, secret or project that is taken.
const maxCredential = 255

// ParseClientSecrets reads an uploaded client_secrets.json. What is wrong with
// it is told as a *models.Problem of the field client_secrets: secrets.too_large,
// .not_json, .service_account, .desktop, .not_client, .malformed (arg name),
// .no_id, .no_secret, .foreign_host (args name, address), .redirect or, where Google
// itself would not take the public URL, .redirect_local (arg uri: the exact
// string to register in the console).
func (s *Service) ParseClientSecrets(data []byte) (ClientSecrets, error) {
	cs, problem := readClientSecrets(data)
	if problem == nil {
		problem = s.checkEndpoints(cs)
	}
	if problem == nil {
		problem = s.checkRedirect(cs)
	}
	if problem != nil {
		return ClientSecrets{}, problem
	}
	return cs, nil
}

// TypedClientSecrets takes a client id and secret that were typed or pasted by
// hand. Faults are models.Problems of the fields client_id and client_secret.
// Such credentials use the public URL and the first callback path.
func (s *Service) TypedClientSecrets(id, secret string) (ClientSecrets, error) {
	var ps models.Problems
	id, secret = strings.TrimSpace(id), strings.TrimSpace(secret)
	switch {
	case id == "":
		ps = append(ps, models.Invalid("client_id", "secrets.id_missing"))
	case !oneWord(id), s.opt.GoogleURL == "" && !strings.HasSuffix(id, clientIDSuffix):
		ps = append(ps, models.Invalid("client_id", "secrets.id_form", "suffix", clientIDSuffix))
	}
	switch {
	case secret == "":
		ps = append(ps, models.Invalid("client_secret", "secrets.secret_missing"))
	case !oneWord(secret), strings.HasSuffix(secret, clientIDSuffix):
		ps = append(ps, models.Invalid("client_secret", "secrets.secret_form"))
	}
	if len(ps) > 0 {
		return ClientSecrets{}, ps
	}
	return ClientSecrets{ClientID: id, ClientSecret: secret, Typed: true}, nil
}

// oneWord tells whether a credential is free of blanks, control characters and
// excess.
func oneWord(s string) bool {
	return len(s) <= maxCredential && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	})
}

// InstallClientSecrets stores the credentials, sealed. Another client id than
// before ends every link, because Google takes no token from a client that it
// was not given to; while there are links it is therefore refused with the
// models.ErrConflict Problem "groupware.replace" (arg links: how many) unless
// replace says that this was understood. The links' pairs are kept.
func (s *Service) InstallClientSecrets(ctx context.Context, cs ClientSecrets, replace bool) error {
	settings, err := s.db.Settings(ctx)
	if err != nil {
		return err
	}
	if settings.ClientID != cs.ClientID && !replace {
		links, err := s.db.CountLinks(ctx)
		if err != nil {
			return err
		}
		if links > 0 {
			return &models.Problem{Kind: models.ErrConflict, Field: "replace",
				Message: models.Say("groupware.replace", "links", strconv.FormatInt(links, 10))}
		}
	}
	text, err := json.Marshal(cs)
	if err != nil {
		return fmt.Errorf("store client secrets: %w", err)
	}
	return s.db.SaveClientSecrets(ctx, cs.ClientID, cs.ProjectID, text)
}

// ClientSecrets gives the installed credentials, or models.ErrNotFound.
func (s *Service) ClientSecrets(ctx context.Context) (ClientSecrets, error) {
	text, err := s.db.ClientSecrets(ctx)
	if err != nil {
		return ClientSecrets{}, err
	}
	return decodeClientSecrets(text)
}

// decodeClientSecrets is the inverse of what InstallClientSecrets stores.
func decodeClientSecrets(text []byte) (cs ClientSecrets, err error) {
	if err := json.Unmarshal(text, &cs); err != nil {
		return ClientSecrets{}, fmt.Errorf("stored client secrets: %w", err)
	}
	return cs, nil
}

// errNoClient tells people that nothing can be linked yet.
var errNoClient = &models.Problem{Kind: models.ErrConflict, Message: models.Say("groupware.no_client")}

// installed is ClientSecrets for whoever needs them now: where there are none,
// that is told to people as the Problem "groupware.no_client".
func (s *Service) installed(ctx context.Context) (ClientSecrets, error) {
	cs, err := s.ClientSecrets(ctx)
	if errors.Is(err, models.ErrNotFound) {
		return cs, errNoClient
	}
	return cs, err
}
