package calsync

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"agcrm-google/sync/googletest"
)

// bubble plays a test with time of its own, which passes only while everything
// waits: to wait costs nothing, and however loaded the machine is, what takes time
// in the test is what the service or Google chooses to wait. The world's clock,
// which dates rows and makes links due, is moved by the test as in every world.
func bubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, test)
}

// bubbleWorld is a linked world that fits into a bubble: Google is asked without
// sockets, since for an answer that may come from outside no time would pass.
func bubbleWorld(t *testing.T) *world {
	t.Helper()
	google := googletest.New()
	t.Cleanup(google.Close)
	w := worldOf(t, google, "http://127.0.0.1:1", within{google})
	w.employee(testUser, "tanaka@example.com")
	return w
}

// within asks a handler of this process.
type within struct{ handler http.Handler }

func (to within) RoundTrip(r *http.Request) (*http.Response, error) {
	asked := r.Clone(r.Context())
	asked.RequestURI = r.URL.RequestURI()
	if asked.Body == nil {
		asked.Body = http.NoBody
	}
	answer, done := httptest.NewRecorder(), make(chan any, 1)
	go func() {
		defer func() { done <- recover() }()
		to.handler.ServeHTTP(answer, asked)
	}()
	select {
	case broken := <-done:
		if broken == any(http.ErrAbortHandler) {
			return nil, errors.New("the connection was closed")
		}
		if broken != nil {
			panic(broken)
		}
		return answer.Result(), nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}
