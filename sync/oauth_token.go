package calsync

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"golang.org/x/oauth2"
	"google.golang.org/api/googleapi"

	"agcrm-google/models"
)

// client is an HTTP client that acts for an employee. It refreshes the access
// token when it has to and stores what it got. ctx must live as long as the
// client is used: its end ends a refresh under way. It takes one SQL statement. An
// employee without link is models.ErrNotFound.
func (s *Service) client(ctx context.Context, userID int64) (*http.Client, error) {
	grant, err := s.db.StoredGrant(ctx, userID)
	if err != nil {
		return nil, err
	}
	return s.clientOf(ctx, userID, grant)
}

// clientOf is client for a grant that was read already.
func (s *Service) clientOf(ctx context.Context, userID int64, grant models.StoredGrant) (*http.Client, error) {
	token, err := decodeToken(userID, grant.Token)
	if err != nil {
		return nil, err
	}
	if grant.ClientSecrets == nil {
		return nil, errNoClient
	}
	cs, err := decodeClientSecrets(grant.ClientSecrets)
	if err != nil {
		return nil, err
	}
	source := &grantSource{ctx: ctx, service: s, cfg: s.oauthConfig(cs), userID: userID, sub: grant.Sub, token: token.Token}
	next := s.opt.HTTP.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	return s.httpClient(&grantTransport{source: source, next: next}), nil
}

// grantSource gives access tokens of one link. It is safe for concurrent use:
// whoever comes while a refresh is under way waits for its result.
type grantSource struct {
	ctx     context.Context // of the run that the source belongs to; RoundTrip has none to offer
	service *Service
	cfg     *oauth2.Config
	userID  int64
	sub     string

	mu    sync.Mutex
	token oauth2.Token
}

// Token gives a token that is valid as far as is known. Errors are those of
// grantFault.
func (g *grantSource) Token() (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.token.Valid() {
		return g.token.AccessToken, nil
	}
	began := g.token.RefreshToken
	fresh, err := g.refresh(began)
	if kind, _ := grantFault(err); kind == faultLinkAgain {
		// The employee may have linked again since this source was made.
		_, stored, readErr := g.service.storedGrant(g.ctx, g.userID)
		if readErr == nil && stored.RefreshToken != began {
			began = stored.RefreshToken
			fresh, err = g.refresh(began)
		}
	}
	if err != nil {
		return "", err
	}
	g.token = *fresh
	return fresh.AccessToken, g.save(began)
}

// refused tells that Google did not take an access token before its time.
func (g *grantSource) refused(accessToken string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.token.AccessToken == accessToken {
		g.token.AccessToken = ""
	}
}

func (g *grantSource) refresh(refreshToken string) (*oauth2.Token, error) {
	ctx, cancel := context.WithTimeout(g.service.speak(g.ctx), exchangeTime)
	defer cancel()
	return g.cfg.TokenSource(ctx, &oauth2.Token{RefreshToken: refreshToken}).Token()
}

// save stores the refreshed token, unless the one it was made from is no longer
// the link's. It also does so when the run has just been told to stop: Google
// may have given a new refresh token, and it gives each only once.
func (g *grantSource) save(began string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(g.ctx), saveTime)
	defer cancel()
	err := g.service.db.RenewToken(ctx, g.userID, g.sub, func(present []byte) ([]byte, error) {
		var stored storedToken
		if err := json.Unmarshal(present, &stored); err != nil {
			return nil, err
		}
		if stored.RefreshToken != began {
			return present, nil
		}
		stored.Token = g.token
		return json.Marshal(stored)
	})
	if err != nil {
		return fmt.Errorf("keep the refreshed token: %w", err)
	}
	return nil
}

// grantTransport signs requests with the link's access token. A 401 means that
// the token ended early and that nothing was done, so the request is sent once
// more with a refreshed one.
type grantTransport struct {
	source *grantSource
	next   http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (t *grantTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, token, err := t.send(r, r.Body)
	if err != nil || answer.StatusCode != http.StatusUnauthorized || r.Body != nil && r.GetBody == nil {
		return answer, err
	}
	t.source.refused(token)
	again, err := bodyAgain(r)
	if err != nil {
		return answer, nil // the 401 then says what is to be said
	}
	io.Copy(io.Discard, io.LimitReader(answer.Body, 64<<10)) // so that the connection can be used again
	answer.Body.Close()
	answer, _, err = t.send(r, again)
	return answer, err
}

// send sends a signed copy of the request; a RoundTripper must not change its own.
func (t *grantTransport) send(r *http.Request, body io.ReadCloser) (*http.Response, string, error) {
	token, err := t.source.Token()
	if err != nil {
		if body != nil {
			err = errors.Join(err, body.Close())
		}
		return nil, "", err
	}
	signed := r.Clone(r.Context())
	signed.Body = body
	signed.Header.Set("Authorization", "Bearer "+token)
	answer, err := t.next.RoundTrip(signed)
	return answer, token, err
}

func bodyAgain(r *http.Request) (io.ReadCloser, error) {
	if r.Body == nil {
		return nil, nil
	}
	return r.GetBody()
}

// Revoke withdraws a grant at Google; token is a link's as the store keeps it.
// One that Google no longer knows counts as revoked. It ends every token that the
// account gave to this client.
func (s *Service) Revoke(ctx context.Context, token []byte) error {
	var stored storedToken
	if err := json.Unmarshal(token, &stored); err != nil {
		return fmt.Errorf("revoke: %w", err)
	}
	value := stored.RefreshToken
	if value == "" {
		value = stored.AccessToken
	}
	if value == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, exchangeTime)
	defer cancel()
	return s.postRevoke(ctx, value)
}

// asProblem makes a Problem for people of what Google or its token endpoint
// answered; other errors stay as they are.
func asProblem(err error) error {
	var answer *googleapi.Error
	kind, _ := grantFault(err)
	if asFault(err) == nil && (kind != faultNone || errors.As(err, &answer)) {
		err = classify(err)
	}
	f := asFault(err)
	if f == nil {
		return err
	}
	return errors.Join(&models.Problem{Kind: models.ErrConflict, Message: f.msg}, err)
}
