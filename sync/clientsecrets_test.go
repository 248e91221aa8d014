package calsync

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/text/encoding/unicode"

	"agcrm-google/models"
)

const (
	publicURL = "https://crm.example.co.jp"
	indexPath = "/agcrm_google/AuthCallback/IndexAsync"
	goodID    = "123-abc.apps.googleusercontent.com"
)

// webFile is a client_secrets.json as the console offers it, with changes to the
// inner object; a nil value removes a key.
func webFile(changes map[string]any) string {
	web := map[string]any{
		"client_id": goodID, "project_id": "crm-calendar", "client_secret": "GOCSPX-secret",
		"auth_uri": "https://accounts.google.com/o/oauth2/auth", "token_uri": "https://oauth2.googleapis.com/token",
		"auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
		"redirect_uris":               []string{publicURL + indexPath},
	}
	for name, value := range changes {
		if web[name] = value; value == nil {
			delete(web, name)
		}
	}
	text, err := json.Marshal(map[string]any{"web": web})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// secretsService is a service with a database and a key, and no Google.
func secretsService(t *testing.T, o Options) *Service {
	t.Helper()
	if o.PublicURL == "" {
		o.PublicURL = publicURL
	}
	if o.DB == nil {
		db, err := models.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "crm.db"), models.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		if err := errors.Join(db.Migrate(t.Context()), db.UseKeyFile(t.Context(), filepath.Join(t.TempDir(), "k"))); err != nil {
			t.Fatal(err)
		}
		o.DB = db
	}
	return New(o)
}

// problem gives the first Problem within err as "field key".
func problem(err error) string {
	var p *models.Problem
	if errors.As(err, &p) {
		return strings.TrimSpace(p.Field + " " + p.Key)
	}
	if err != nil {
		return "no problem but " + err.Error()
	}
	return ""
}

// argument gives one argument of the Problem within err.
func argument(err error, name string) string {
	var p *models.Problem
	errors.As(err, &p)
	if p == nil {
		return ""
	}
	return p.Args[name]
}

func TestParseClientSecrets(t *testing.T) {
	s := New(Options{PublicURL: publicURL})
	want := ClientSecrets{ClientID: goodID, ClientSecret: "GOCSPX-secret", ProjectID: "crm-calendar",
		AuthURI: "https://accounts.google.com/o/oauth2/auth", TokenURI: "https://oauth2.googleapis.com/token",
		RedirectURIs: []string{publicURL + indexPath}}
	wide := func(e unicode.Endianness, mark unicode.BOMPolicy) string {
		text, err := unicode.UTF16(e, mark).NewEncoder().String(webFile(nil))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	for name, file := range map[string]string{
		"as downloaded":      webFile(nil),
		"with mark":          "\ufeff" + webFile(nil),
		"UTF-16LE with mark": wide(unicode.LittleEndian, unicode.UseBOM),
		"UTF-16BE with mark": wide(unicode.BigEndian, unicode.UseBOM),
		"UTF-16LE":           wide(unicode.LittleEndian, unicode.IgnoreBOM),
		"UTF-16BE":           wide(unicode.BigEndian, unicode.IgnoreBOM),
		"more keys, blanks":  webFile(map[string]any{"javascript_origins": []string{"x"}, "client_id": " " + goodID + "\n"}),
		"web and installed":  strings.Replace(webFile(nil), "{", `{"installed":{},`, 1),
	} {
		got, err := s.ParseClientSecrets([]byte(file))
		if err != nil || got.ClientID != want.ClientID || got.ClientSecret != want.ClientSecret || got.ProjectID != want.ProjectID ||
			got.AuthURI != want.AuthURI || got.TokenURI != want.TokenURI || len(got.RedirectURIs) != 1 || got.RedirectURIs[0] != want.RedirectURIs[0] {
			t.Errorf("%s: read %+v, %v", name, got, err)
		}
	}
}

func TestParseClientSecretsRefuses(t *testing.T) {
	s := New(Options{PublicURL: publicURL})
	web := func(name string, value any) string { return webFile(map[string]any{name: value}) }
	for name, c := range map[string]struct{ file, want string }{
		"nothing":               {"", "not_json"},
		"a page":                {"<!doctype html><title>Google</title>", "not_json"},
		"two objects":           {webFile(nil) + webFile(nil), "not_json"},
		"cut off":               {webFile(nil)[:100], "not_json"},
		"a picture":             {"\x89PNG\r\n\x1a\n\x00\x00", "not_json"},
		"half of UTF-16":        {"{\x00\"", "not_json"},
		"10 MB":                 {strings.Repeat(" ", 10<<20), "too_large"},
		"64 KiB and a byte":     {webFile(nil) + strings.Repeat(" ", 64<<10+1-len(webFile(nil))), "too_large"},
		"a list":                {"[1]", "not_client"},
		"null":                  {"null", "not_client"},
		"another object":        {`{"name":"package"}`, "not_client"},
		"desktop":               {`{"installed":{"client_id":"x","redirect_uris":["http://localhost"]}}`, "desktop"},
		"service account":       {`{"type":"service_account","private_key":"x","client_id":"1"}`, "service_account"},
		"web in capitals":       {strings.Replace(webFile(nil), `"web"`, `"Web"`, 1), "not_client"},
		"web is text":           {`{"web":"x"}`, "malformed"},
		"web is null":           {`{"web":null}`, "malformed"},
		"id is a number":        {web("client_id", 1), "malformed"},
		"no id":                 {web("client_id", nil), "no_id"},
		"empty id":              {web("client_id", " "), "no_id"},
		"id of two words":       {web("client_id", "a b"), "malformed"},
		"no secret":             {web("client_secret", nil), "no_secret"},
		"empty secret":          {web("client_secret", ""), "no_secret"},
		"long secret":           {web("client_secret", strings.Repeat("x", 300)), "malformed"},
		"redirect URI as text":  {web("redirect_uris", "https://crm.example.co.jp"), "malformed"},
		"foreign auth_uri":      {web("auth_uri", "https://accounts.google.com.evil.example/o/oauth2/auth"), "foreign_host"},
		"foreign token_uri":     {web("token_uri", "https://evil.example/token"), "foreign_host"},
		"token_uri in clear":    {web("token_uri", "http://oauth2.googleapis.com/token"), "foreign_host"},
		"token_uri, port":       {web("token_uri", "https://oauth2.googleapis.com:8443/token"), "foreign_host"},
		"token_uri, user":       {web("token_uri", "https://oauth2.googleapis.com@evil.example/token"), "foreign_host"},
		"no redirect URI":       {web("redirect_uris", nil), "redirect"},
		"empty list of them":    {web("redirect_uris", []string{}), "redirect"},
		"slash at the end":      {web("redirect_uris", []string{publicURL + indexPath + "/"}), "redirect"},
		"other case":            {web("redirect_uris", []string{publicURL + strings.ToLower(indexPath)}), "redirect"},
		"other host":            {web("redirect_uris", []string{"https://www.example.co.jp" + indexPath}), "redirect"},
		"public URL in clear":   {web("redirect_uris", []string{"http://crm.example.co.jp" + indexPath}), "redirect"},
		"localhost, other path": {web("redirect_uris", []string{"http://localhost/", "http://localhost"}), "redirect"},
		"localhost, bad port":   {web("redirect_uris", []string{"http://localhost:99999" + indexPath, "http://localhost:" + indexPath}), "redirect"},
		"localhost's namesake":  {web("redirect_uris", []string{"http://localhost.evil.example" + indexPath, "http://localhost@evil.example" + indexPath}), "redirect"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := s.ParseClientSecrets([]byte(c.file))
			if problem(err) != "client_secrets secrets."+c.want || !errors.Is(err, models.ErrInvalid) {
				t.Errorf("read %+v, %v, want secrets.%s", got, err, c.want)
			}
			if c.want == "redirect" && argument(err, "uri") != publicURL+indexPath {
				t.Errorf("the string to register is %q", argument(err, "uri"))
			}
		})
	}
}

func TestRegisterWhatGoogleTakes(t *testing.T) {
	for public, uri := range map[string]string{
		"http://crmserver:8080":  "http://localhost" + indexPath, // no public name, and in clear
		"https://crm.local":      "http://localhost" + indexPath,
		"https://192.168.1.10":   "http://localhost" + indexPath,
		"http://crm.example.com": "http://localhost" + indexPath,
		"https://crm.example.fr": "https://crm.example.fr" + indexPath,
		"http://127.0.0.1:8080":  "http://127.0.0.1:8080" + indexPath,
		"http://localhost:8080/": "http://localhost:8080" + indexPath,
	} {
		_, err := New(Options{PublicURL: public}).ParseClientSecrets([]byte(webFile(map[string]any{"redirect_uris": nil})))
		if argument(err, "uri") != uri {
			t.Errorf("%s: %v names %q, want %q", public, err, argument(err, "uri"), uri)
		}
	}
}

func TestRedirectURIIsChosenInOrder(t *testing.T) {
	const callback = "/agcrm_google/AuthCallback"
	s := New(Options{PublicURL: publicURL})
	for _, c := range []struct {
		registered []string
		want       string
		local      bool
	}{
		{nil, "", false},
		{[]string{"http://localhost" + indexPath, publicURL + callback, publicURL + indexPath}, publicURL + indexPath, false},
		{[]string{"http://localhost" + indexPath, publicURL + callback}, publicURL + callback, false},
		{[]string{"http://127.0.0.1:5000" + callback, "http://localhost:8080" + callback, "http://127.0.0.1" + indexPath}, "http://127.0.0.1" + indexPath, true},
		{[]string{"http://127.0.0.1" + indexPath, "http://localhost:8080" + indexPath}, "http://localhost:8080" + indexPath, true},
		{[]string{"https://localhost" + indexPath}, "", false},
	} {
		uri, local := s.RedirectURI(ClientSecrets{RedirectURIs: c.registered})
		if uri != c.want || local != c.local {
			t.Errorf("%q: chose %q, local %t, want %q, %t", c.registered, uri, local, c.want, c.local)
		}
	}
	if uri, local := s.RedirectURI(ClientSecrets{Typed: true}); uri != publicURL+indexPath || local {
		t.Errorf("typed by hand: %q, local %t", uri, local)
	}
	here := New(Options{PublicURL: "http://localhost:8080"})
	if uri, local := here.RedirectURI(ClientSecrets{RedirectURIs: []string{"http://localhost:8080" + indexPath}}); local || uri == "" {
		t.Errorf("the public URL itself: %q, local %t", uri, local)
	}
}

func TestTypedClientSecrets(t *testing.T) {
	s := New(Options{PublicURL: publicURL})
	cs, err := s.TypedClientSecrets(" "+goodID+"\t", " GOCSPX-secret\n")
	if err != nil || cs.ClientID != goodID || cs.ClientSecret != "GOCSPX-secret" {
		t.Errorf("typed: %+v, %v", cs, err)
	}
	for _, c := range []struct{ id, secret, want string }{
		{"", "GOCSPX-secret", "client_id secrets.id_missing"},
		{"me@example.com", "GOCSPX-secret", "client_id secrets.id_form"},
		{"1 2" + clientIDSuffix, "GOCSPX-secret", "client_id secrets.id_form"},
		{goodID, "  ", "client_secret secrets.secret_missing"},
		{goodID, goodID, "client_secret secrets.secret_form"},
		{goodID, "two words", "client_secret secrets.secret_form"},
	} {
		if _, err := s.TypedClientSecrets(c.id, c.secret); problem(err) != c.want {
			t.Errorf("%q, %q: %v, want %s", c.id, c.secret, err, c.want)
		}
	}
	_, err = s.TypedClientSecrets("", "")
	var ps models.Problems
	if !errors.As(err, &ps) || len(ps) != 2 {
		t.Errorf("two empty fields: %v, want both told", err)
	}
	if _, err := New(Options{GoogleURL: "http://127.0.0.1:9000"}).TypedClientSecrets("test-client", "s"); err != nil {
		t.Errorf("with a stand-in for Google: %v", err)
	}
}

func TestInstallClientSecrets(t *testing.T) {
	s := secretsService(t, Options{})
	if _, err := s.ClientSecrets(t.Context()); !errors.Is(err, models.ErrNotFound) {
		t.Errorf("none installed: %v", err)
	}
	first := ClientSecrets{ClientID: "one", ClientSecret: "s1", ProjectID: "p", RedirectURIs: []string{"u"}}
	install := func(cs ClientSecrets, replace bool, want string) {
		t.Helper()
		if err := s.InstallClientSecrets(t.Context(), cs, replace); problem(err) != want {
			t.Fatalf("InstallClientSecrets(%s, %t): %v, want %q", cs.ClientID, replace, err, want)
		}
	}
	install(first, false, "")
	if err := s.db.SaveGrant(t.Context(), models.Grant{UserID: 1, Sub: "s", Token: []byte("{}")}); err != nil {
		t.Fatal(err)
	}
	first.ClientSecret = "s2"
	install(first, false, "") // a new secret of the same client
	install(ClientSecrets{ClientID: "two"}, false, "replace groupware.replace")
	got, err := s.ClientSecrets(t.Context())
	if links, _ := s.db.CountLinks(t.Context()); err != nil || got.ClientID != "one" || got.ClientSecret != "s2" || links != 1 {
		t.Errorf("after the refusal: %+v, %v, %d links", got, err, links)
	}
	install(ClientSecrets{ClientID: "two"}, true, "")
	settings, _ := s.db.Settings(t.Context())
	if links, _ := s.db.CountLinks(t.Context()); links != 0 || settings.ClientID != "two" {
		t.Errorf("after the replacement: %d links, client %q", links, settings.ClientID)
	}
}

func TestEndpoints(t *testing.T) {
	const root = "http://127.0.0.1:9000"
	for name, c := range map[string]struct {
		google    string
		cs        ClientSecrets
		auth, tok string
	}{
		"Google, typed by hand":     {"", ClientSecrets{}, googleAuth, googleToken},
		"Google, as the file says":  {"", ClientSecrets{AuthURI: "https://accounts.google.com/o/oauth2/v2/auth", TokenURI: "https://www.googleapis.com/oauth2/v3/token"}, "https://accounts.google.com/o/oauth2/v2/auth", "https://www.googleapis.com/oauth2/v3/token"},
		"Google, file of the demo":  {"", ClientSecrets{AuthURI: root + "/a", TokenURI: root + "/t"}, googleAuth, googleToken},
		"stand-in, its own file":    {root + "/", ClientSecrets{AuthURI: root + "/a", TokenURI: root + "/t"}, root + "/a", root + "/t"},
		"stand-in, Google's file":   {root, ClientSecrets{AuthURI: googleAuth, TokenURI: googleToken}, root + "/o/oauth2/auth", root + "/token"},
		"stand-in on another port":  {root, ClientSecrets{AuthURI: root + "1/a", TokenURI: "http://127.0.0.1:900/t"}, root + "/o/oauth2/auth", root + "/token"},
		"stand-in, typed by hand":   {root, ClientSecrets{}, root + "/o/oauth2/auth", root + "/token"},
		"stand-in below some path":  {root + "/g", ClientSecrets{AuthURI: root + "/a"}, root + "/a", root + "/g/token"},
		"stand-in, other scheme":    {root, ClientSecrets{TokenURI: "https://127.0.0.1:9000/t"}, root + "/o/oauth2/auth", root + "/token"},
		"stand-in, user in address": {root, ClientSecrets{TokenURI: "http://x@127.0.0.1:9000/t"}, root + "/o/oauth2/auth", root + "/token"},
	} {
		e := New(Options{GoogleURL: c.google}).endpoints(c.cs)
		if e.auth != c.auth || e.token != c.tok {
			t.Errorf("%s: %s and %s, want %s and %s", name, e.auth, e.token, c.auth, c.tok)
		}
		if c.google == "" && (e.revoke != googleRevoke || e.calendar != googleCalendar) ||
			c.google == root && (e.revoke != root+"/revoke" || e.calendar != root+"/calendar/v3/") {
			t.Errorf("%s: revocation at %s, calendar at %s", name, e.revoke, e.calendar)
		}
	}
}

func TestAuthOrigin(t *testing.T) {
	s := secretsService(t, Options{})
	if got := s.AuthOrigin(t.Context()); got != "https://accounts.google.com" {
		t.Errorf("without client secrets: %q", got)
	}
	s.opt.GoogleURL = "http://127.0.0.1:9000/g"
	if got := s.AuthOrigin(t.Context()); got != "http://127.0.0.1:9000" {
		t.Errorf("with a stand-in: %q", got)
	}
}

func FuzzParseClientSecrets(f *testing.F) {
	f.Add([]byte(webFile(nil)))
	f.Add([]byte("\xff\xfe{\x00}\x00"))
	f.Add([]byte(`{"web":{"client_id":"a","client_secret":"b","redirect_uris":["http://localhost:1/agcrm_google/AuthCallback"]}}`))
	f.Add([]byte(`{"installed":{}}`))
	s := New(Options{PublicURL: publicURL})
	f.Fuzz(func(t *testing.T, file []byte) {
		cs, err := s.ParseClientSecrets(file)
		if err != nil {
			if !strings.HasPrefix(problem(err), "client_secrets secrets.") {
				t.Errorf("refused without a reason for people: %v", err)
			}
			return
		}
		if cs.ClientID == "" || cs.ClientSecret == "" || len(cs.ClientID) > maxCredential {
			t.Errorf("accepted %+v", cs)
		}
		if uri, _ := s.RedirectURI(cs); !strings.HasSuffix(uri, indexPath) && !strings.HasSuffix(uri, "/agcrm_google/AuthCallback") {
			t.Errorf("accepted redirect URI %q", uri)
		}
		for _, address := range []string{s.endpoints(cs).auth, s.endpoints(cs).token} {
			if !s.trusts(address) {
				t.Errorf("would speak to %q", address)
			}
		}
	})
}
