package views

import (
	"net/url"
	"strconv"
)

// Pages is where a reader is in a list that is shown page by page.
type Pages struct {
	Path          string     // below Root
	Query         url.Values // what else the address holds
	Offset, Limit int
	Total         int64 // 0 where it is not known, as beyond the end
}

// at is the address of another page of the list.
func (v Pages) at(offset int) string {
	query := url.Values{}
	for name, values := range v.Query {
		query[name] = values
	}
	query.Del("offset")
	if offset > 0 {
		query.Set("offset", strconv.Itoa(offset))
	}
	if len(query) == 0 {
		return href(v.Path)
	}
	return href(v.Path + "?" + query.Encode())
}

// first and last are the numbers of the rows that are shown.
func (v Pages) first() int64 { return int64(v.Offset) + 1 }
func (v Pages) last() int64  { return min(int64(v.Offset+v.Limit), v.Total) }

// previous is where the page before begins; from beyond the end, the last page.
func (v Pages) previous() int {
	if int64(v.Offset) >= v.Total+int64(v.Limit) && v.Limit > 0 && v.Total > 0 {
		return int((v.Total - 1) / int64(v.Limit) * int64(v.Limit))
	}
	return max(0, v.Offset-v.Limit)
}
