package calsync

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
)

// identity is who gave the consent.
type identity struct {
	Sub   string // Google's number of the account: what a link is keyed by
	Email string // only to show, and to find guests by; it may change
}

// clockLeeway is how far this server's clock may go wrong before an identity is
// taken for expired.
const clockLeeway = 5 * time.Minute

// errIDToken is an id_token that does not say what it should.
var errIDToken = errors.New("id_token")

// audience is the claim aud: one string or several.
type audience []string

// UnmarshalJSON takes both of the forms that the standard allows.
func (a *audience) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*a = audience{one}
		return nil
	}
	var many []string
	err := json.Unmarshal(text, &many)
	*a = many
	return err
}

// parseIDToken reads the identity out of an id_token that came straight from the
// token endpoint. The connection vouches for it, so neither signature nor issuer
// are looked at; that it was made for this client, and now, is.
func parseIDToken(token, clientID string, now time.Time) (identity, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return identity{}, errors.Join(errIDToken, errors.New("it is missing or has not three parts"))
	}
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return identity{}, errors.Join(errIDToken, err)
	}
	var claims struct {
		Sub   string   `json:"sub"`
		Email string   `json:"email"`
		Aud   audience `json:"aud"`
		Exp   float64  `json:"exp"`
	}
	if err := json.Unmarshal(text, &claims); err != nil {
		return identity{}, errors.Join(errIDToken, err)
	}
	switch {
	case !slices.Contains(claims.Aud, clientID):
		return identity{}, errors.Join(errIDToken, errors.New("it was made for another client"))
	case now.Add(-clockLeeway).Unix() >= int64(claims.Exp):
		return identity{}, errors.Join(errIDToken, errors.New("it has expired, by this server's clock"))
	case claims.Sub == "" || len(claims.Sub) > maxCredential || len(claims.Email) > maxCredential:
		return identity{}, errors.Join(errIDToken, errors.New("it names no account"))
	}
	return identity{Sub: claims.Sub, Email: claims.Email}, nil
}
