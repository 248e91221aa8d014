package googletest

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// reply is a finished answer.
type reply struct {
	status int
	header http.Header
	body   []byte
	drop   bool // close the connection instead of answering
}

// jsonReply answers with a JSON document.
func jsonReply(status int, body any) *reply {
	text, err := json.Marshal(body)
	if err != nil {
		panic("googletest: " + err.Error())
	}
	return &reply{status: status, header: http.Header{"Content-Type": {"application/json; charset=UTF-8"}}, body: text}
}

// errorReply answers with an error of the Calendar API.
func errorReply(err error) *reply {
	var refused *apiError
	if !errors.As(err, &refused) {
		panic("googletest: not an API error: " + err.Error())
	}
	answer := jsonReply(refused.status, refused.body())
	if refused.retryAfter > 0 {
		answer.header.Set("Retry-After", strconv.Itoa(refused.retryAfter))
	}
	if refused.authenticates {
		answer.header.Set("WWW-Authenticate", `Bearer realm="https://accounts.google.com/", error="invalid_token"`)
	}
	return answer
}

// htmlReply is the page of a front end that knows nothing of the API.
func htmlReply(status int) *reply {
	return &reply{
		status: status,
		header: http.Header{"Content-Type": {"text/html; charset=UTF-8"}},
		body: []byte("<!DOCTYPE html>\n<html lang=en><title>Error " + strconv.Itoa(status) + " (" + http.StatusText(status) +
			")</title>\n<p><b>" + strconv.Itoa(status) + ".</b> <ins>That’s an error.</ins>\n"),
	}
}

func writeHTMLError(w http.ResponseWriter, status int) { htmlReply(status).write(w, nil) }

// write sends the reply, compressed where the client asks for it the way
// Google wants to be asked.
func (a *reply) write(w http.ResponseWriter, r *http.Request) {
	if a.drop {
		panic(http.ErrAbortHandler)
	}
	for name, values := range a.header {
		w.Header()[name] = values
	}
	if len(a.body) == 0 || r == nil || !wantsGzip(r) {
		w.WriteHeader(a.status)
		w.Write(a.body)
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	w.WriteHeader(a.status)
	compressed, _ := gzip.NewWriterLevel(w, gzip.BestSpeed)
	compressed.Write(a.body)
	compressed.Close()
}

// wantsGzip needs both the header and the word in the client's name.
func wantsGzip(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") && strings.Contains(r.UserAgent(), "gzip")
}
