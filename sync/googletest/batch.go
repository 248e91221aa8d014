package googletest

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
)

// batchPath is the Calendar API's own batch endpoint.
const (
	batchPath = "/batch/calendar/v3"
	maxBatch  = 1000
)

// serveBatch carries out many Calendar API requests that came as one. Each
// part is a request of its own: it is checked, counted and refused singly,
// while the whole answers 200.
func (s *Server) serveBatch(w http.ResponseWriter, r *http.Request) {
	kind, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/mixed" || parameters["boundary"] == "" || r.Method != http.MethodPost {
		writeHTMLError(w, http.StatusBadRequest)
		return
	}
	var answers bytes.Buffer
	writer := multipart.NewWriter(&answers)
	parts := multipart.NewReader(r.Body, parameters["boundary"])
	for n := 0; ; n++ {
		part, err := parts.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil || n == maxBatch {
			writeHTMLError(w, http.StatusBadRequest)
			return
		}
		if err := s.servePart(writer, part, r); err != nil {
			writeHTMLError(w, http.StatusBadRequest)
			return
		}
	}
	writer.Close()
	w.Header().Set("Content-Type", "multipart/mixed; boundary="+writer.Boundary())
	w.Write(answers.Bytes())
}

// servePart answers one part. The outer authorisation holds where the part
// has none.
func (s *Server) servePart(writer *multipart.Writer, part *multipart.Part, outer *http.Request) error {
	inner, err := http.ReadRequest(bufio.NewReader(io.MultiReader(part, strings.NewReader("\r\n\r\n"))))
	if err != nil {
		return fmt.Errorf("part of a batch: %w", err)
	}
	body, err := io.ReadAll(inner.Body)
	if err != nil {
		return fmt.Errorf("part of a batch: %w", err)
	}
	if inner.Header.Get("Authorization") == "" {
		inner.Header.Set("Authorization", outer.Header.Get("Authorization"))
	}
	answer := htmlReply(http.StatusNotFound)
	if strings.HasPrefix(inner.URL.EscapedPath(), calendarRoot) {
		answer = s.call(inner.WithContext(outer.Context()), body)
	}
	if answer.drop {
		answer = htmlReply(http.StatusServiceUnavailable)
	}
	header := textproto.MIMEHeader{"Content-Type": {"application/http"}}
	if id := part.Header.Get("Content-Id"); id != "" {
		header.Set("Content-Id", strings.Replace(id, "<", "<response-", 1))
		if !strings.HasPrefix(id, "<") {
			header.Set("Content-Id", "response-"+id)
		}
	}
	out, err := writer.CreatePart(header)
	if err != nil {
		return fmt.Errorf("answer to a part of a batch: %w", err)
	}
	response := http.Response{StatusCode: answer.status, ProtoMajor: 1, ProtoMinor: 1, Header: answer.header,
		ContentLength: int64(len(answer.body)), Body: io.NopCloser(bytes.NewReader(answer.body))}
	return response.Write(out)
}
