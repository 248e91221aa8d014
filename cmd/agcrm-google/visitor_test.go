package main

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"
)

// visitor is a browser without JavaScript: it keeps cookies, sends forms and
// says where it comes from. It does not follow redirects by itself.
type visitor struct {
	t      *testing.T
	public string // scheme, host and port of the service
	client *http.Client
}

// page is an answer as a visitor sees it.
type page struct {
	status   int
	body     string
	location string
	header   http.Header
}

func newVisitor(t *testing.T, public string) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, public: public, client: &http.Client{
		Jar: jar, Timeout: 30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// get opens a path of the service, or a whole address.
func (v *visitor) get(path string) page {
	v.t.Helper()
	request, err := http.NewRequest(http.MethodGet, v.address(path), nil)
	if err != nil {
		v.t.Fatal(err)
	}
	return v.send(request)
}

// post sends a form; pairs are name, value, name, value...
func (v *visitor) post(path string, pairs ...string) page {
	v.t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	request, err := http.NewRequest(http.MethodPost, v.address(path), strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", v.public)
	return v.send(request)
}

// upload sends the Groupware form with a file.
func (v *visitor) upload(file []byte, pairs ...string) page {
	v.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		if err := form.WriteField(pairs[i], pairs[i+1]); err != nil {
			v.t.Fatal(err)
		}
	}
	part, err := form.CreateFormFile("client_secrets", "client_secrets.json")
	if err == nil {
		_, err = part.Write(file)
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		v.t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodPost, v.address("/settings/groupware"), &body)
	if err != nil {
		v.t.Fatal(err)
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Origin", v.public)
	return v.send(request)
}

func (v *visitor) address(path string) string {
	if strings.HasPrefix(path, "http") {
		return path
	}
	return v.public + "/agcrm_google" + path
}

func (v *visitor) send(request *http.Request) page {
	v.t.Helper()
	answer, err := v.client.Do(request)
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return page{status: answer.StatusCode, body: string(body), location: answer.Header.Get("Location"), header: answer.Header}
}

// login signs in.
func (v *visitor) login(name, password string) {
	v.t.Helper()
	if got := v.post("/login", "login", name, "password", password); got.status != http.StatusSeeOther {
		v.t.Fatalf("login of %s: status %d\n%s", name, got.status, got.body)
	}
}

// want is one expectation of a page: its status and words that it shows.
func (v *visitor) want(got page, status int, words ...string) page {
	v.t.Helper()
	if got.status != status {
		v.t.Fatalf("status %d, want %d (to %s)\n%s", got.status, status, got.location, got.body)
	}
	for _, word := range words {
		if !strings.Contains(got.body, word) {
			v.t.Errorf("the page does not show %q:\n%s", word, got.body)
		}
	}
	return got
}
