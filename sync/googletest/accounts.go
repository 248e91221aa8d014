package googletest

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"
)

const defaultZone = "Asia/Tokyo"

// Account is a person's Google account. Its primary calendar has the e-mail
// address as id.
type Account struct {
	// Email is the account's address, Sub the number that Google knows it by.
	Email, Sub string

	server  *Server
	closed  bool
	list    map[string]*listEntry // by calendar id
	ordered []*listEntry          // as Google lists them: in order of addition
}

// listEntry is one calendar in an account's list.
type listEntry struct {
	calendar   *calendarData
	accessRole string
	removed    bool
	seq        int64
	etag       string
}

// AddAccount opens an account with its primary calendar, in Asia/Tokyo. An
// account that exists already is returned as it is, reopened if need be.
func (s *Server) AddAccount(email string) *Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	if account := s.accounts[strings.ToLower(email)]; account != nil {
		account.closed = false
		return account
	}
	account := &Account{Email: email, Sub: subject(email), server: s, list: map[string]*listEntry{}}
	s.accounts[strings.ToLower(email)] = account
	primary := s.newCalendar(email, email, defaultZone)
	primary.owner, primary.primary = account, true
	account.enlist(primary, roleOwner)
	return account
}

// subject is a stable number of 21 digits, as Google's are.
func subject(email string) string {
	hash := fnv.New64a()
	hash.Write([]byte(strings.ToLower(email)))
	return fmt.Sprintf("1%020d", hash.Sum64())
}

// Account is the account of that address, nil if there is none.
func (s *Server) Account(email string) *Account {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.account(email)
}

func (s *Server) account(email string) *Account { return s.accounts[strings.ToLower(email)] }

// AddCalendar puts a secondary calendar into the account's list. The role
// owner creates the calendar; with another role (freeBusyReader, reader,
// writerWithoutPrivateAccess, writer) it is one that exists, or one that
// belongs to nobody here. Without a time zone it has Asia/Tokyo.
func (a *Account) AddCalendar(id, summary, accessRole, timeZone string) {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	cal := a.server.calendars[id]
	if cal == nil {
		cal = a.server.newCalendar(id, summary, cmp.Or(timeZone, defaultZone))
	}
	if accessRole == roleOwner && cal.owner == nil {
		cal.owner = a
	}
	a.enlist(cal, accessRole)
}

// enlist adds a calendar to the account's list or changes its role there.
func (a *Account) enlist(cal *calendarData, accessRole string) {
	entry := a.list[cal.id]
	if entry == nil {
		entry = &listEntry{calendar: cal}
		a.list[cal.id] = entry
		a.ordered = append(a.ordered, entry)
	}
	entry.accessRole, entry.removed = accessRole, false
	a.server.stampEntry(entry)
}

// stampEntry gives a changed entry its new entity tag and place in the log.
func (s *Server) stampEntry(entry *listEntry) {
	entry.seq = s.nextSeq()
	entry.etag = s.nextEtag()
}

// RemoveCalendar takes a calendar out of the account's list; its events
// answer 404 from then on.
func (a *Account) RemoveCalendar(id string) {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	if entry := a.list[a.resolve(id)]; entry != nil && !entry.removed {
		entry.removed = true
		a.server.stampEntry(entry)
	}
}

// SetTimeZone changes the zone of the primary calendar.
func (a *Account) SetTimeZone(zone string) {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	location, err := loadZone(zone)
	if err != nil {
		panic("googletest: " + err.Error())
	}
	entry := a.list[a.Email]
	entry.calendar.zone = location
	a.server.stampEntry(entry)
}

// resolve turns the alias primary into the calendar's id.
func (a *Account) resolve(calendarID string) string {
	if calendarID == "primary" {
		return a.Email
	}
	return calendarID
}

// entry is the account's list entry of a calendar, nil if it has none.
func (a *Account) entry(calendarID string) *listEntry {
	entry := a.list[a.resolve(calendarID)]
	if entry == nil || entry.removed {
		return nil
	}
	return entry
}

// Close closes the account: its tokens are dead and it cannot consent.
func (a *Account) Close() {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	a.closed = true
	a.server.tokens.revokeAccount(a)
}

// RevokeGrants withdraws every client's access, as the person does in the
// Google account page: refresh tokens answer invalid_grant, access tokens 401.
func (a *Account) RevokeGrants() {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	a.server.tokens.revokeAccount(a)
}

// ExpireAccessTokens ends all access tokens before their time; refreshing
// works.
func (a *Account) ExpireAccessTokens() {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	for _, token := range a.server.tokens.access {
		if token.grant.account == a {
			token.expires = time.Time{}
		}
	}
}

// DropScope takes one scope away from all living tokens: calls that need it
// answer 403 ACCESS_TOKEN_SCOPE_INSUFFICIENT.
func (a *Account) DropScope(scope string) {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	store := &a.server.tokens
	drop := func(scopes []string) []string {
		return slices.DeleteFunc(slices.Clone(scopes), func(s string) bool { return s == scope })
	}
	for _, g := range store.grants {
		if g.account != a {
			continue
		}
		g.scopes = drop(g.scopes)
		for _, token := range g.refresh {
			token.scopes = drop(token.scopes)
		}
	}
	for _, token := range store.access {
		if token.grant.account == a {
			token.scopes = drop(token.scopes)
		}
	}
}

// Grants counts the clients that the account lets in at present.
func (a *Account) Grants() int {
	a.server.mu.Lock()
	defer a.server.mu.Unlock()
	n := 0
	for _, g := range a.server.tokens.grants {
		if g.account == a && !g.revoked {
			n++
		}
	}
	return n
}
