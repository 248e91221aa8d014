package views

import (
	"net/url"
	"strings"
	"time"

	"github.com/a-h/templ"

	"agcrm-google/models"
)

// firstVisit says whether the employee is still on the way to the first
// synchronisation.
func (v ProfileView) firstVisit() bool {
	return v.Link == nil && v.Ready || v.Link != nil && !v.Link.Saved && v.Link.State == models.LinkActive
}

// step is where a newcomer is: 1 to link, 2 to choose.
func (v ProfileView) step() int {
	if v.Link == nil {
		return 1
	}
	return 2
}

// currentStep marks the step that is to be done now.
func currentStep(is bool) templ.Attributes {
	if !is {
		return nil
	}
	return templ.Attributes{"aria-current": "step"}
}

// standstill is the key of why a link does nothing though nothing is wrong with
// it; empty where it runs.
func (v ProfileView) standstill() string {
	switch {
	case v.Link.State == models.LinkUnlinking:
		return "profile.unlinking"
	case v.Link.State == models.LinkActive && v.Link.Paused:
		return "profile.paused"
	}
	return ""
}

// anythingWaits says whether the list of what waits has a line.
func (v ProfileView) anythingWaits(p Page) bool { return len(v.waits(p))+len(v.Notices) > 0 }

// waiting is one line of what waits for an employee.
type waitingItem struct {
	tone, word  string // colour and key of the badge
	text        models.Message
	link, label string // where it is dealt with, and the key of what that is called
}

// conflictsFor is how long a conflict is worth a line.
const conflictsFor = 7 * 24 * time.Hour

// waits lists what waits for the employee besides notices, the gravest first.
func (v ProfileView) waits(p Page) []waitingItem {
	var list []waitingItem
	if v.Link.State == models.LinkBroken {
		list = append(list, waitingItem{"bad", "waits.decide", models.Say("waits.broken"), "#link", "profile.link_button"})
	}
	if v.Link.State == models.LinkActive && !v.Link.Paused && v.Link.Failures > 0 {
		list = append(list, waitingItem{"warn", "waits.know", models.Say("waits.failing"), "#log", "waits.log"})
	}
	for _, c := range v.Calendars {
		if c.Lost && c.Selected {
			list = append(list, waitingItem{"warn", "waits.decide", models.Say("waits.lost", "calendar", c.Summary), "#settings", "waits.choose"})
		}
	}
	if n := v.Held.Total; n > 0 {
		list = append(list, waitingItem{"warn", "waits.decide", models.Say("waits.held", "count", p.Number(n)), "#held", "waits.decide_now"})
	}
	conflicts := int64(0)
	for _, l := range v.Log {
		if strings.HasPrefix(l.Key, "log.conflict_") && p.Now.Sub(l.At()) < conflictsFor {
			conflicts++
		}
	}
	if conflicts > 0 {
		list = append(list, waitingItem{"warn", "waits.know", models.Say("waits.conflicts", "count", p.Number(conflicts)), href("/history"), "waits.history"})
	}
	if n := len(v.LeftAside); n > 0 {
		list = append(list, waitingItem{"warn", "waits.know", models.Say("waits.aside", "count", p.Number(int64(n))), "#left-aside", "waits.why"})
	}
	return list
}

// aboutLink are the lines of a log that speak of the link as a whole and not of
// an appointment.
var aboutLink = map[string]bool{"log.calendar_lost": true, "log.unlinked": true, "log.unlink_grant_dead": true}

// logSubject is the appointment that a line speaks of, by name; empty where it
// speaks of none.
func (p Page) logSubject(l models.LogLine) string {
	if l.Subject != "" {
		return l.Subject
	}
	about := strings.HasPrefix(l.Key, "log.") || strings.HasPrefix(l.Key, "aside.")
	if !about || aboutLink[l.Key] {
		return ""
	}
	return p.Subject("")
}

// logText is a line of the log in one sentence.
func (p Page) logText(l models.LogLine) string {
	if name := p.logSubject(l); name != "" {
		return p.T("log.line", "subject", name, "text", p.Say(l.Message()))
	}
	return p.Say(l.Message())
}

// googleLink is an address that may be offered: Google's pages are https, and
// what stands in a database could be anything.
func googleLink(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	return address
}
