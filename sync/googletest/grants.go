package googletest

import (
	"crypto/rand"
	"encoding/base64"
	"slices"
	"time"
)

// Google's limits on tokens.
const (
	accessTokenLife     = 3599 * time.Second
	codeLife            = 10 * time.Minute
	testingRefreshLife  = 7 * 24 * time.Hour
	idleRefreshLife     = 182 * 24 * time.Hour
	maxRefreshTokens    = 100
	authCodePrefix      = "4/0A"
	accessTokenPrefix   = "ya29.a0"
	refreshTokenPrefix  = "1//0"
	randomBytesPerToken = 24
)

// grant is one person's consent to one client, with everything that was
// issued under it. It dies as a whole.
type grant struct {
	clientID string
	account  *Account
	scopes   []string
	refresh  []*refreshToken // oldest first
	revoked  bool
}

type refreshToken struct {
	grant         *grant
	scopes        []string
	created, used time.Time
	dead          bool
}

type accessToken struct {
	grant   *grant
	scopes  []string
	expires time.Time
}

// authCode is what the consent page hands to the client.
type authCode struct {
	grant       *grant
	request     authRequest
	scopes      []string
	withRefresh bool
	created     time.Time
	used        bool
}

type tokenStore struct {
	grants  []*grant
	codes   map[string]*authCode
	access  map[string]*accessToken
	refresh map[string]*refreshToken
}

func newTokenStore() tokenStore {
	return tokenStore{
		codes:   map[string]*authCode{},
		access:  map[string]*accessToken{},
		refresh: map[string]*refreshToken{},
	}
}

// live is the present grant of an account to a client, nil if there is none.
func (t *tokenStore) live(clientID string, account *Account) *grant {
	for _, g := range t.grants {
		if g.clientID == clientID && g.account == account && !g.revoked {
			return g
		}
	}
	return nil
}

// open finds or makes the grant and adds scopes to it; first says that it
// was made.
func (t *tokenStore) open(clientID string, account *Account, scopes []string) (g *grant, first bool) {
	g = t.live(clientID, account)
	if g == nil {
		g, first = &grant{clientID: clientID, account: account}, true
		t.grants = append(t.grants, g)
	}
	g.scopes = canonicalScopes(slices.Concat(g.scopes, scopes))
	return g, first
}

func (t *tokenStore) issueCode(code *authCode) string {
	value := authCodePrefix + randomText()
	t.codes[value] = code
	return value
}

func (t *tokenStore) issueAccess(g *grant, scopes []string, now time.Time) string {
	value := accessTokenPrefix + randomText()
	t.access[value] = &accessToken{grant: g, scopes: scopes, expires: now.Add(accessTokenLife)}
	return value
}

// issueRefresh adds a refresh token; beyond a hundred the oldest dies without
// a word.
func (t *tokenStore) issueRefresh(g *grant, scopes []string, now time.Time) string {
	value := refreshTokenPrefix + randomText()
	token := &refreshToken{grant: g, scopes: scopes, created: now, used: now}
	t.refresh[value] = token
	g.refresh = append(g.refresh, token)
	if len(g.refresh) > maxRefreshTokens {
		g.refresh[0].dead = true
		g.refresh = slices.Delete(g.refresh, 0, 1)
	}
	return value
}

// revoke ends a grant with all its tokens.
func (t *tokenStore) revoke(g *grant) {
	g.revoked = true
	for value, token := range t.access {
		if token.grant == g {
			delete(t.access, value)
		}
	}
}

func (t *tokenStore) revokeAccount(a *Account) {
	for _, g := range t.grants {
		if g.account == a && !g.revoked {
			t.revoke(g)
		}
	}
}

// alive says whether a refresh token still works for a client at that time.
func (r *refreshToken) alive(client *Client, now time.Time) bool {
	if r.dead || r.grant.revoked || r.grant.account.closed {
		return false
	}
	if now.Sub(r.used) > idleRefreshLife {
		return false
	}
	identityOnly := len(consentScopes(r.scopes)) == 0
	return !client.Testing || identityOnly || now.Sub(r.created) <= testingRefreshLife
}

func randomText() string {
	random := make([]byte, randomBytesPerToken)
	rand.Read(random)
	return base64.RawURLEncoding.EncodeToString(random)
}
