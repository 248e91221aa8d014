package googletest

import (
	"net/http"
	"sync"
)

type channelStore struct {
	senders *sync.WaitGroup
}

func newChannelStore() channelStore { return channelStore{senders: &sync.WaitGroup{}} }

func (c *channelStore) stopAll()              {}
func (c *channelStore) changed(*calendarData) {}

func watchEvents(q *request) (*result, error) { return nil, notFound() }
func stopChannel(q *request) (*result, error) { return nil, notFound() }

func (s *Server) servePages(w http.ResponseWriter, r *http.Request) {
	writeHTMLError(w, http.StatusNotFound)
}
