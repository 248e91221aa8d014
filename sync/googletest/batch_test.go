package googletest_test

import (
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
)

func TestBatch(t *testing.T) {
	w := newWorld(t)
	token := w.link("tanaka@example.com", eventsScope)
	ev := w.tanaka.Insert("primary", meeting("x"))
	body := "--b\r\nContent-Type: application/http\r\nContent-ID: <one>\r\n\r\n" +
		"GET /calendar/v3/calendars/primary/events/" + ev.Id + "\r\n\r\n" +
		"--b\r\nContent-Type: application/http\r\nContent-ID: <two>\r\n\r\n" +
		"PATCH /calendar/v3/calendars/primary/events/neverthere?sendUpdates=none HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}\r\n--b--\r\n"
	body = strings.Replace(body, ev.Id+"\r\n", ev.Id+" HTTP/1.1\r\n", 1)
	r := got(http.NewRequest(http.MethodPost, w.web.URL+"/batch/calendar/v3", strings.NewReader(body))).must(t)
	r.Header.Set("Content-Type", "multipart/mixed; boundary=b")
	r.Header.Set("Authorization", "Bearer "+token.AccessToken)
	answer := got(http.DefaultClient.Do(r)).must(t)
	defer answer.Body.Close()
	_, parameters, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	if err != nil || answer.StatusCode != 200 {
		t.Fatal(answer.StatusCode, err)
	}
	parts := multipart.NewReader(answer.Body, parameters["boundary"])
	for _, want := range []struct{ id, status, text string }{
		{"<response-one>", "200", `"summary":"x"`}, {"<response-two>", "404", `"reason":"notFound"`},
	} {
		part := got(parts.NextPart()).must(t)
		text := string(got(io.ReadAll(part)).must(t))
		if part.Header.Get("Content-ID") != want.id || !strings.HasPrefix(text, "HTTP/1.1 "+want.status) || !strings.Contains(text, want.text) {
			t.Errorf("%v %s", part.Header, text)
		}
	}
	if w.google.CallCount() != 2 || w.google.WriteCount() != 1 {
		t.Errorf("%d calls, %d writes", w.google.CallCount(), w.google.WriteCount())
	}
}
