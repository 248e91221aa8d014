package googletest

import (
	"bytes"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"slices"
	"strings"
)

//go:embed pages/*.html pages/style.css
var pageFiles embed.FS

var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"colorName": func(n int) string { return colorNames[n-1] },
}).ParseFS(pageFiles, "pages/*.html"))

// consentPage is what the consent page's template shows.
type consentPage struct {
	Project  string
	Action   string // the authorisation request, posted back unchanged
	Accounts []accountChoice
	Boxes    []scopeBox
	Ticks    bool // more than one box: each may be left unticked
}

type accountChoice struct {
	Email    string
	Selected bool
}

type scopeBox struct{ Scope, Text string }

// serveConsent shows the consent page (GET) or carries out what was decided
// on it (POST).
func (s *Server) serveConsent(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodPost {
		writeHTMLError(w, http.StatusMethodNotAllowed)
		return
	}
	if err := r.ParseForm(); err != nil {
		writeHTMLError(w, http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	req, err := s.parseAuthRequest(r.URL.Query())
	switch {
	case err != nil:
	case r.Method == http.MethodPost:
		var redirect string
		if redirect, err = s.decided(req, r); err == nil {
			http.Redirect(w, r, redirect, http.StatusFound)
			return
		}
	case slices.Contains(req.prompt, "none"):
		http.Redirect(w, r, req.failure("interaction_required"), http.StatusFound)
		return
	}
	if err != nil {
		showPageError(w, err)
		return
	}
	writePage(w, http.StatusOK, "consent.html", s.consentPage(req, r))
}

// decided reads the consent page's form.
func (s *Server) decided(req *authRequest, r *http.Request) (string, error) {
	account, err := s.chooseAccount(req, r.PostForm.Get("account"))
	if err != nil {
		return "", err
	}
	if r.PostForm.Get("decision") != "allow" {
		return req.failure("access_denied"), nil
	}
	return s.allow(req, account, r.PostForm["scope"])
}

func (s *Server) consentPage(req *authRequest, r *http.Request) consentPage {
	page := consentPage{Project: req.client.ProjectID, Action: r.URL.RequestURI()}
	for _, account := range s.accounts {
		if !account.closed {
			hinted := strings.EqualFold(req.loginHint, account.Email) || req.loginHint == account.Sub
			page.Accounts = append(page.Accounts, accountChoice{account.Email, hinted})
		}
	}
	slices.SortFunc(page.Accounts, func(a, b accountChoice) int { return strings.Compare(a.Email, b.Email) })
	for _, scope := range consentScopes(req.scopes) {
		page.Boxes = append(page.Boxes, scopeBox{scope, describeScope(scope)})
	}
	page.Ticks = len(page.Boxes) > 1
	return page
}

// showPageError is Google's own error page.
func showPageError(w http.ResponseWriter, err error) {
	var page *pageError
	if !errors.As(err, &page) {
		writeHTMLError(w, http.StatusInternalServerError)
		return
	}
	writePage(w, page.status, "error.html", map[string]any{"Status": page.status, "Code": page.code, "Text": page.text})
}

func writePage(w http.ResponseWriter, status int, name string, data any) {
	var page bytes.Buffer
	if err := pages.ExecuteTemplate(&page, name, data); err != nil {
		panic("googletest: " + err.Error())
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(page.Bytes())
}
