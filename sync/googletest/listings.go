package googletest

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

// maxListings is how many listings stay open for their next pages; the
// oldest is forgotten first.
const maxListings = 200

// listing is what a list request found, frozen, so that its pages fit
// together whatever changes meanwhile. Google promises no more than that such
// changes come with the next sync token.
type listing struct {
	key   string // whose listing it is, with which parameters
	items []any
	seq   int64 // up to where the change log was read
	syncs bool  // the last page carries a sync token
	token syncToken
}

type listings struct {
	open  map[string]*listing
	order []string
	count int
}

func newListings() listings { return listings{open: map[string]*listing{}} }

func (l *listings) add(found *listing) string {
	l.count++
	id := "Cj" + strconv.FormatInt(int64(l.count), 36)
	l.open[id] = found
	l.order = append(l.order, id)
	if len(l.order) > maxListings {
		delete(l.open, l.order[0])
		l.order = l.order[1:]
	}
	return id
}

// page is one answer's part of a listing.
type page struct {
	listing         *listing
	items           []any
	nextPage, token string
}

// pageToken names a place in a listing.
type pageToken struct {
	listing string
	offset  int
	number  int // of the page, from 0
}

func (t pageToken) String() string { return fmt.Sprintf("%s.%d.%d", t.listing, t.offset, t.number) }

func parsePageToken(text string) (pageToken, bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return pageToken{}, false
	}
	offset, err := strconv.Atoi(parts[1])
	number, err2 := strconv.Atoi(parts[2])
	return pageToken{parts[0], offset, number}, err == nil && err2 == nil && offset >= 0
}

// openListing answers a list request's page: of a new listing, or, with a
// page token, of the one that the token belongs to.
func (q *request) openListing(what string, standard, most int, find func() (*listing, error)) (*page, error) {
	var at pageToken
	var found *listing
	if text := q.query.Get("pageToken"); text != "" {
		var ok bool
		if at, ok = parsePageToken(text); ok {
			found = q.server.lists.open[at.listing]
		}
		if found == nil || found.key != q.listingKey(what) || at.offset > len(found.items) {
			return nil, invalidParameter("pageToken", "Invalid page token value.")
		}
		if q.query.Get("syncToken") != "" && found.token.Epoch != q.server.switches.tokenEpoch {
			return nil, fullSyncRequired()
		}
	} else {
		var err error
		if found, err = find(); err != nil {
			return nil, err
		}
		found.key = q.listingKey(what)
		found.token.Seq, found.token.Account, found.token.Epoch = found.seq, q.account.Sub, q.server.switches.tokenEpoch
		at.listing = q.server.lists.add(found)
	}
	size := min(q.number("maxResults", standard), most)
	return q.cutPage(found, at, size), nil
}

func (q *request) cutPage(found *listing, at pageToken, size int) *page {
	if limit := q.server.switches.pageSize; limit > 0 {
		size = min(size, limit)
	}
	if q.server.switches.emptyPages && at.number%2 == 0 {
		size = 0
	}
	end := min(at.offset+size, len(found.items))
	cut := &page{listing: found, items: found.items[at.offset:end]}
	switch {
	case end < len(found.items) || size == 0:
		cut.nextPage = pageToken{at.listing, end, at.number + 1}.String()
	case found.syncs:
		cut.token = found.token.String()
	}
	return cut
}

// addTokens puts the tokens into the answer's document.
func (p *page) addTokens(document map[string]any) {
	if p.nextPage != "" {
		document["nextPageToken"] = p.nextPage
	}
	if p.token != "" {
		document["nextSyncToken"] = p.token
	}
}

// listingKey is what must be the same from page to page.
func (q *request) listingKey(what string) string {
	fixed := url.Values{}
	for name, values := range q.query {
		switch name {
		case "pageToken", "maxResults", "fields", "alt", "prettyPrint", "key", "quotaUser", "userIp":
		default:
			fixed[name] = values
		}
	}
	return q.account.Sub + " " + what + "?" + fixed.Encode()
}
