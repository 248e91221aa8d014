package calsync

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"
)

func jwt(claims string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"RS256"}`)) + "." + encode([]byte(claims)) + ".c2ln"
}

func TestParseIDToken(t *testing.T) {
	now := time.Unix(1_000_000, 0)
	for name, claims := range map[string]string{
		"as Google writes":  `{"aud":"me","sub":"117","email":"a@example.com","exp":1003600}`,
		"several audiences": `{"aud":["other","me"],"sub":"117","email":"a@example.com","exp":1003600}`,
		"clock a bit fast":  `{"aud":"me","sub":"117","email":"a@example.com","exp":999999}`,
		"exponent":          `{"aud":"me","sub":"117","email":"a@example.com","exp":1.0036e6}`,
	} {
		got, err := parseIDToken(jwt(claims), "me", now)
		if err != nil || got != (identity{Sub: "117", Email: "a@example.com"}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if got, err := parseIDToken(jwt(`{"aud":"me","sub":"117","exp":1003600}`), "me", now); err != nil || got.Email != "" {
		t.Errorf("without address: %+v, %v", got, err)
	}
	for name, token := range map[string]string{
		"none":             "",
		"two parts":        "a.b",
		"four parts":       "a.b.c.d",
		"no base64":        "a.!.c",
		"no JSON":          "a.YQ.c",
		"another client":   jwt(`{"aud":"other","sub":"117","exp":1003600}`),
		"no audience":      jwt(`{"sub":"117","exp":1003600}`),
		"audience, number": jwt(`{"aud":1,"sub":"117","exp":1003600}`),
		"expired":          jwt(`{"aud":"me","sub":"117","exp":999600}`),
		"no expiry":        jwt(`{"aud":"me","sub":"117"}`),
		"no account":       jwt(`{"aud":"me","exp":1003600}`),
		"long account":     jwt(`{"aud":"me","exp":1003600,"sub":"` + strings.Repeat("1", 300) + `"}`),
	} {
		if got, err := parseIDToken(token, "me", now); !errors.Is(err, errIDToken) {
			t.Errorf("%s: %+v, %v, want a refusal", name, got, err)
		}
	}
}

func FuzzParseIDToken(f *testing.F) {
	f.Add(jwt(`{"aud":"me","sub":"117","email":"a@example.com","exp":1003600}`))
	f.Add("a.e30.c")
	f.Fuzz(func(t *testing.T, token string) {
		who, err := parseIDToken(token, "me", time.Unix(1_000_000, 0))
		if (err == nil) != (who.Sub != "") {
			t.Errorf("%+v, %v", who, err)
		}
	})
}

func TestEnoughScopes(t *testing.T) {
	const p = scopePrefix
	for granted, want := range map[string]bool{
		p + "calendar.events.owned " + p + "calendar.calendarlist.readonly openid": true,
		p + "calendar": true,
		p + "calendar.events " + p + "calendar.readonly":                       true,
		p + "calendar.events.owned " + p + "calendar.calendarlist":             true,
		p + "calendar.events.owned":                                            false,
		p + "calendar.calendarlist.readonly":                                   false,
		p + "calendar.readonly":                                                false,
		p + "calendar.events.readonly " + p + "calendar.calendarlist.readonly": false,
		p + "calendar.app.created " + p + "calendar.calendarlist.readonly":     false,
		"calendar openid email":                                                false,
		"":                                                                     false,
	} {
		if enough(granted) != want {
			t.Errorf("%q is enough: %t, want %t", granted, !want, want)
		}
	}
}
