package googletest

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// Server is one simulated Google. It is an http.Handler; its methods change
// what it holds and how it behaves.
type Server struct {
	latency latency

	mu        sync.Mutex // guards everything below
	now       func() time.Time
	clients   map[string]*Client
	accounts  map[string]*Account // by e-mail in lower case
	calendars map[string]*calendarData

	tokens   tokenStore
	lists    listings
	channels channelStore
	switches switches
	faults   []*Fault
	quota    quota
	journal  journal

	lastEtag int64
	lastSeq  int64 // the change log's clock, over all calendars
}

// switches are the behaviours in which Google varies, or is not known.
type switches struct {
	pageSize        int
	emptyPages      bool
	tokenEpoch      int // sync tokens of earlier epochs are expired
	malformedStatus int
	reviveDeleted   bool
	bareCancelled   bool
	windowedSync    bool
	quotaStatus     int

	localGuestWrites bool
}

// New returns a simulated Google without clients and accounts.
func New() *Server {
	return &Server{
		now:       time.Now,
		clients:   map[string]*Client{},
		accounts:  map[string]*Account{},
		calendars: map[string]*calendarData{},
		tokens:    newTokenStore(),
		lists:     newListings(),
		channels:  newChannelStore(),
		switches: switches{
			malformedStatus: http.StatusBadRequest,
			reviveDeleted:   true,
			bareCancelled:   true,
			quotaStatus:     http.StatusForbidden,
		},
	}
}

// ServeHTTP answers as the Google host that the path belongs to would.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.latency.wait(r.Context()) {
		return
	}
	path := r.URL.EscapedPath()
	switch {
	case strings.HasPrefix(path, calendarRoot):
		s.serveCalendar(w, r)
	case path == batchPath:
		s.serveBatch(w, r)
	case path == "/o/oauth2/auth" || path == "/o/oauth2/v2/auth":
		s.serveConsent(w, r)
	case path == "/token":
		s.serveTokenEndpoint(w, r, s.exchange)
	case path == "/revoke":
		s.serveTokenEndpoint(w, r, s.revoke)
	case path == "/userinfo":
		s.serveUserinfo(w, r)
	case path == "/certs":
		serveCerts(w)
	case strings.HasPrefix(path, "/ui/"):
		s.servePages(w, r)
	default:
		writeHTMLError(w, http.StatusNotFound)
	}
}

// Close ends all notification channels and waits for their senders. The
// server itself goes on answering.
func (s *Server) Close() {
	s.mu.Lock()
	s.channels.stopAll()
	s.mu.Unlock()
	s.channels.senders.Wait()
}

// SetNow replaces the clock, by which tokens expire and events are stamped;
// nil means time.Now.
func (s *Server) SetNow(now func() time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now == nil {
		now = time.Now
	}
	s.now = now
}

// SetLatency delays every answer by d.
func (s *Server) SetLatency(d time.Duration) { s.latency.set(d) }

// SetPageSize limits every page of a list to n items, whatever maxResults
// asks for; 0 leaves it to maxResults.
func (s *Server) SetPageSize(n int) { s.set(func(b *switches) { b.pageSize = n }) }

// SetEmptyPages puts an empty page, which only points to the next one, before
// every page of a list, as Google is free to do.
func (s *Server) SetEmptyPages(on bool) { s.set(func(b *switches) { b.emptyPages = on }) }

// ExpireSyncTokens makes all sync tokens given out so far answer 410
// fullSyncRequired.
func (s *Server) ExpireSyncTokens() { s.set(func(b *switches) { b.tokenEpoch++ }) }

// SetMalformedTokenStatus chooses how a sync token that this server never
// gave out for the calendar is refused: 400 (the default) or 410.
func (s *Server) SetMalformedTokenStatus(status int) {
	s.set(func(b *switches) { b.malformedStatus = status })
}

// SetReviveDeleted chooses whether writing to a deleted event brings it back
// (the default, as documented) or answers 403 (as some report).
func (s *Server) SetReviveDeleted(on bool) { s.set(func(b *switches) { b.reviveDeleted = on }) }

// SetBareCancelled chooses whether a deleted event is answered with nothing
// but its identity (the default: Google guarantees no more) or with all the
// fields it had.
func (s *Server) SetBareCancelled(on bool) { s.set(func(b *switches) { b.bareCancelled = on }) }

// SetWindowedSync chooses whether the sync token of a list with timeMin or
// timeMax leaves out later changes to events outside that window; by default
// they are returned.
func (s *Server) SetWindowedSync(on bool) { s.set(func(b *switches) { b.windowedSync = on }) }

// SetQuotaStatus chooses the status of an exceeded quota: 403 (the default)
// or 429.
func (s *Server) SetQuotaStatus(status int) { s.set(func(b *switches) { b.quotaStatus = status }) }

// SetLocalGuestWrites chooses what becomes of a guest's write to what is the
// organiser's, where guests may not modify the event: it is refused with 403
// forbiddenForNonOrganizer (the default), or taken into the guest's own copy,
// where it stays until the organiser's next change.
func (s *Server) SetLocalGuestWrites(on bool) {
	s.set(func(b *switches) { b.localGuestWrites = on })
}

func (s *Server) set(change func(*switches)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.switches)
}
