package views

import (
	"net/url"

	"agcrm-google/models"
)

// user is the value of the field user: everybody, a number, or the reader's own.
func (v HeldView) user() string {
	switch {
	case v.All:
		return "all"
	case v.Others:
		return number(v.Of.ID)
	default:
		return ""
	}
}

func (v HeldView) intro() string {
	if v.Others {
		return "held.intro_admin"
	}
	return "held.intro"
}

// path is the page that lists all of it.
func (v HeldView) path() string {
	switch {
	case v.All:
		return "/settings/held"
	case v.Others:
		return "/settings/held?user=" + number(v.Of.ID)
	default:
		return "/held"
	}
}

// back is the page from which people come here.
func (v HeldView) back() string {
	if v.Others {
		return "/settings/links"
	}
	return "/profile"
}

func (v HeldView) pages() Pages {
	pages := Pages{Path: "/held", Offset: v.Offset, Limit: v.Limit, Total: v.Page.Total, Query: url.Values{}}
	if v.Others {
		pages.Path = "/settings/held"
	}
	if v.Others && !v.All {
		pages.Query.Set("user", number(v.Of.ID))
	}
	return pages
}

// confirmPath is the address of the page that asks once more.
func confirmPath(user, decision string) string {
	query := url.Values{"decision": {decision}}
	if user != "" {
		query.Set("user", user)
	}
	return href("/held/confirm?" + query.Encode())
}

// countWord is a decision on so many: one alone is not "all".
func (p Page) countWord(key string, n int64) string {
	if n == 1 {
		return p.T(key)
	}
	return p.T(key+"_all", "count", p.Number(n))
}

func confirmClass(decision string) string {
	if decision == models.Approve {
		return "danger"
	}
	return "primary"
}

func nameOf(name, login string) string {
	if name == "" {
		return login
	}
	return name
}

// heldSubject is what the appointment is called, for whom it may be read.
func (p Page) heldSubject(h models.HeldRow) string {
	if h.Private && h.UserID != p.User.ID {
		return p.T("schedule.masked")
	}
	return p.Subject(h.Subject)
}
