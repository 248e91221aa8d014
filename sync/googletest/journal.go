package googletest

import (
	"net/http"
	"slices"
	"time"
)

// maxCalls is how many calls the journal keeps; the counters go on.
const maxCalls = 4_000

// Call is one request to the Calendar API and how it was answered. Status is
// 0 where the connection was closed without an answer.
type Call struct {
	Method, Path, Query string
	Header              http.Header
	Body                []byte
	Status              int
	At                  time.Time
	Account             string // e-mail of the token's account, if it had one
}

// journal is what the tests ask about afterwards.
type journal struct {
	calls              []Call
	callCount          int
	writeCount         int
	tokenCalls         int
	mails              int
	missingSendUpdates int
}

// Calls are the latest Calendar API requests since ResetCalls, oldest first.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.journal.calls)
}

// CallCount is the number of Calendar API requests since ResetCalls.
func (s *Server) CallCount() int { return s.count(&s.journal.callCount) }

// WriteCount is the number of POST, PUT, PATCH and DELETE requests to the
// Calendar API since ResetCalls.
func (s *Server) WriteCount() int { return s.count(&s.journal.writeCount) }

// TokenCalls is the number of requests to the token and revocation endpoints
// since ResetCalls.
func (s *Server) TokenCalls() int { return s.count(&s.journal.tokenCalls) }

// Mails is the number of guests that Google would have mailed, ever: a test that
// counts calls anew must not forget them.
func (s *Server) Mails() int { return s.count(&s.journal.mails) }

// MissingSendUpdates is the number of event writes, ever, that did not say
// sendUpdates=none.
func (s *Server) MissingSendUpdates() int { return s.count(&s.journal.missingSendUpdates) }

// ResetCalls sets the counters of calls back to zero and forgets the calls.
func (s *Server) ResetCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.journal = journal{mails: s.journal.mails, missingSendUpdates: s.journal.missingSendUpdates}
}

func (s *Server) count(counter *int) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *counter
}

// note counts a request when it arrives.
func (j *journal) note(r *http.Request) {
	j.callCount++
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		j.writeCount++
	}
}

// add keeps a call when it is answered.
func (j *journal) add(c Call) {
	if len(j.calls) >= maxCalls {
		j.calls = slices.Delete(j.calls, 0, maxCalls/10)
	}
	j.calls = append(j.calls, c)
}
