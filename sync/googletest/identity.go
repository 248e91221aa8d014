package googletest

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// keyID names the one key that signs id tokens.
const keyID = "googletest-1"

// signingKey is made once for all servers of a process: making one takes a
// good part of a second.
var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic("googletest: " + err.Error())
	}
	return key
})

// idToken is the signed statement of who consented, empty unless openid was
// granted. The address is in it only if the e-mail scope was.
func idToken(client *Client, account *Account, scopes []string, nonce string, now time.Time) string {
	if !slices.Contains(scopes, "openid") {
		return ""
	}
	claims := map[string]any{
		"iss": issuer,
		"aud": client.ID,
		"azp": client.ID,
		"sub": account.Sub,
		"iat": now.Unix(),
		"exp": now.Add(time.Hour).Unix(),
	}
	if slices.Contains(scopes, emailScope) {
		claims["email"], claims["email_verified"] = account.Email, true
	}
	if nonce != "" {
		claims["nonce"] = nonce
	}
	return sign(map[string]any{"alg": "RS256", "kid": keyID, "typ": "JWT"}, claims)
}

func sign(header, claims map[string]any) string {
	encode := func(part map[string]any) string {
		text, err := json.Marshal(part)
		if err != nil {
			panic("googletest: " + err.Error())
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	signed := encode(header) + "." + encode(claims)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, signingKey(), crypto.SHA256, digest[:])
	if err != nil {
		panic("googletest: " + err.Error())
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// serveCerts publishes the key in JWK form.
func serveCerts(w http.ResponseWriter) {
	public := signingKey().PublicKey
	exponent := binary.BigEndian.AppendUint32(nil, uint32(public.E))
	writeJSON(w, http.StatusOK, map[string]any{"keys": []map[string]string{{
		"kty": "RSA", "alg": "RS256", "use": "sig", "kid": keyID,
		"n": base64.RawURLEncoding.EncodeToString(public.N.Bytes()),
		"e": base64.RawURLEncoding.EncodeToString(exponent[1:]),
	}}})
}

// serveUserinfo tells who an access token belongs to.
func (s *Server) serveUserinfo(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token := s.bearer(r)
	if token == nil || !slices.Contains(token.scopes, "openid") {
		writeJSON(w, http.StatusUnauthorized, map[string]string{
			"error": "invalid_request", "error_description": "Invalid Credentials"})
		return
	}
	claims := map[string]any{"sub": token.grant.account.Sub}
	if slices.Contains(token.scopes, emailScope) {
		claims["email"], claims["email_verified"] = token.grant.account.Email, true
	}
	writeJSON(w, http.StatusOK, claims)
}

// bearer is the living access token of a request, nil if it has none.
func (s *Server) bearer(r *http.Request) *accessToken {
	kind, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(kind, "Bearer") {
		return nil
	}
	token := s.tokens.access[value]
	if token == nil || token.grant.revoked || token.grant.account.closed || !s.now().Before(token.expires) {
		return nil
	}
	return token
}
