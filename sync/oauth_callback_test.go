package calsync

import (
	"net/url"
	"strings"
	"testing"
)

func TestParseCallbackURL(t *testing.T) {
	s := secretsService(t, Options{})
	local := "http://localhost:80" + indexPath
	if _, _, _, err := s.ParseCallbackURL(t.Context(), local); problem(err) != "groupware.no_client" {
		t.Errorf("without client secrets: %v", err)
	}
	cs := ClientSecrets{ClientID: goodID, ClientSecret: "s", RedirectURIs: []string{local}}
	if err := s.InstallClientSecrets(t.Context(), cs, false); err != nil {
		t.Fatal(err)
	}
	for name, pasted := range map[string]string{
		"as registered":      local + "?state=st&code=4/0Ab_c&scope=a%20b&authuser=0&prompt=consent",
		"as browsers show":   "  http://localhost" + indexPath + "?code=4%2F0Ab_c&state=st#\n",
		"scheme hidden":      "localhost" + indexPath + "?code=4%2F0Ab_c&state=st",
		"capitals":           "HTTP://LocalHost" + indexPath + "?code=4%2F0Ab_c&state=st",
		"on the public URL":  publicURL + "/agcrm_google/AuthCallback?code=4%2F0Ab_c&state=st",
		"public, with a 443": publicURL + ":443" + indexPath + "?code=4%2F0Ab_c&state=st",
	} {
		code, state, refusal, err := s.ParseCallbackURL(t.Context(), pasted)
		if err != nil || code != "4/0Ab_c" || state != "st" || refusal != "" {
			t.Errorf("%s: %q, %q, %q, %v", name, code, state, refusal, err)
		}
	}
	if code, state, refusal, err := s.ParseCallbackURL(t.Context(), local+"?error=access_denied&state=st"); err != nil || code != "" || state != "st" || refusal != "access_denied" {
		t.Errorf("denied: %q, %q, %q, %v", code, state, refusal, err)
	}
	for name, c := range map[string]struct{ pasted, want string }{
		"nothing":       {" ", "unreadable"},
		"words":         {"%zz", "unreadable"},
		"very long":     {local + "?code=" + strings.Repeat("x", 9000), "unreadable"},
		"bad query":     {local + "?code=%zz&state=st", "unreadable"},
		"another site":  {"https://evil.example" + indexPath + "?code=c&state=st", "other_site"},
		"another port":  {"http://localhost:8080" + indexPath + "?code=c&state=st", "other_site"},
		"another path":  {"http://localhost/agcrm_google/profile?code=c&state=st", "other_site"},
		"path's case":   {"http://localhost" + strings.ToLower(indexPath) + "?code=c&state=st", "other_site"},
		"with a user":   {"http://localhost@evil.example" + indexPath + "?code=c&state=st", "other_site"},
		"user of ours":  {"http://me:pw@localhost" + indexPath + "?code=c&state=st", "other_site"},
		"Google's page": {"https://accounts.google.com/o/oauth2/auth?state=st&code=c", "other_site"},
		"a script":      {"javascript://localhost" + indexPath + "?code=c&state=st", "other_site"},
		"no query":      {local, "no_code"},
		"no state":      {local + "?code=c", "no_code"},
		"empty code":    {local + "?code=&state=st", "no_code"},
		"two codes":     {local + "?code=a&code=b&state=st", "no_code"},
		"two states":    {local + "?code=a&state=a&state=b", "no_code"},
		"both answers":  {local + "?code=a&error=access_denied&state=a", "no_code"},
	} {
		if code, _, _, err := s.ParseCallbackURL(t.Context(), c.pasted); problem(err) != "url link.paste_"+c.want {
			t.Errorf("%s: code %q, %v, want %s", name, code, err, c.want)
		}
	}
}

func FuzzParseCallback(f *testing.F) {
	allowed := []string{"http://localhost" + indexPath, publicURL + indexPath}
	f.Add("http://localhost" + indexPath + "?code=4/0A&state=s")
	f.Add("crm.example.co.jp" + indexPath + "?error=access_denied&state=s")
	f.Add("https://evil.example\\@localhost" + indexPath + "?code=a&state=b")
	f.Fuzz(func(t *testing.T, pasted string) {
		code, state, refusal, err := parseCallback(pasted, allowed)
		if err != nil {
			if code+state+refusal != "" || !strings.HasPrefix(problem(err), "url link.paste_") {
				t.Errorf("refused with %q, %q, %q, %v", code, state, refusal, err)
			}
			return
		}
		if state == "" || (code == "") == (refusal == "") {
			t.Errorf("accepted code %q, state %q, error %q", code, state, refusal)
		}
		trimmed := strings.TrimSpace(pasted)
		if !strings.Contains(trimmed, "://") {
			trimmed = "http://" + trimmed
		}
		u, err := url.Parse(trimmed)
		if err != nil || u.User != nil || !strings.EqualFold(u.Hostname(), "localhost") && !strings.EqualFold(u.Hostname(), "crm.example.co.jp") {
			t.Errorf("accepted the site of %q (%v)", pasted, err)
		}
	})
}
