package views

import (
	"net/url"
	"time"

	"agcrm-google/models"
)

// Health is the state of a link in words: Key names the sentence, Tone its
// colour and sign.
type Health struct {
	Key  string
	Tone string
}

// HealthOf judges a link as it stands at a moment; nil is an employee who has
// not linked. The words for the ordinary states are All Gather CRM's own.
func HealthOf(l *models.Link, now time.Time) Health {
	switch {
	case l == nil:
		return Health{"health.none", ""}
	case l.State == models.LinkBroken:
		return Health{"health.broken", "bad"}
	case l.State == models.LinkUnlinking:
		return Health{"health.unlinking", "warn"}
	case l.Paused:
		return Health{"health.paused", "warn"}
	case !l.Saved:
		return Health{"health.unsaved", "warn"}
	case l.Failures > 0:
		return Health{"health.failing", "bad"}
	case now.Before(l.PauseUntil()):
		return Health{"health.waiting", "warn"}
	case l.LastSuccess().IsZero():
		return Health{"health.set", ""}
	default:
		return Health{"health.ok", "ok"}
	}
}

// filter is the address of the list with another filter, the search kept.
func (v LinksView) filter(state string) string {
	query := url.Values{}
	if v.Query != "" {
		query.Set("q", v.Query)
	}
	if state != "" {
		query.Set("state", state)
	}
	return Pages{Path: "/settings/links", Query: query}.at(0)
}

// csv is the address of the list as it is filtered, for a spreadsheet.
func (v LinksView) csv() string {
	return Pages{Path: "/settings/links.csv", Query: v.Pages.Query}.at(0)
}

// stateTone is the colour of a filter; its word stands beside it.
func stateTone(state string) string {
	switch state {
	case models.StateBroken, models.StateFailing:
		return "bad"
	case models.StateHeld, models.StateBehind, models.StatePaused, models.StateUnsaved:
		return "warn"
	case models.StateOK:
		return "ok"
	}
	return ""
}

// remedyOf is the key of what an administrator can do about a link; empty where
// there is nothing to do.
func remedyOf(r models.LinkRow, now time.Time) string {
	health := HealthOf(r.Link, now)
	switch {
	case r.User.Disabled || health.Key == "health.unlinking":
		return ""
	case r.Held > 0 && health.Tone == "ok":
		return "remedy.held"
	}
	switch health.Key {
	case "health.none":
		return "remedy.none"
	case "health.broken":
		return "remedy.broken"
	case "health.paused":
		return "remedy.paused"
	case "health.unsaved":
		return "remedy.unsaved"
	case "health.failing", "health.waiting":
		return "remedy.failing"
	}
	return ""
}

// nothingWaits says whether a link has nothing left to do.
func nothingWaits(r models.LinkRow) bool {
	return r.Link == nil || int64(r.Link.Backlog)+r.Held+r.LeftAside == 0
}

// Remedy is what an administrator can do about a link, in words.
func (p Page) Remedy(r models.LinkRow) string {
	if key := remedyOf(r, p.Now); key != "" {
		return p.T(key)
	}
	return ""
}

// nextRun is when a link is tried next: a dash where nothing would run.
func (p Page) nextRun(l *models.Link) string {
	if l == nil || !l.Saved || l.Paused || l.State != models.LinkActive {
		return "–"
	}
	next := l.NextRun()
	if next.Before(l.PauseUntil()) {
		next = l.PauseUntil()
	}
	if !next.After(p.Now) {
		return p.T("links.due_now")
	}
	return p.Moment(next)
}

// levelTone is the colour of a log line.
func levelTone(level string) string {
	switch level {
	case "error":
		return "bad"
	case "warn":
		return "warn"
	default:
		return ""
	}
}

// usualZones are offered where a zone is typed; any IANA name is taken.
var usualZones = []string{
	"Asia/Tokyo", "Asia/Seoul", "Asia/Shanghai", "Asia/Taipei", "Asia/Singapore", "Asia/Bangkok",
	"Asia/Kolkata", "Australia/Sydney", "Europe/London", "Europe/Paris", "Europe/Berlin",
	"America/New_York", "America/Chicago", "America/Los_Angeles", "America/Sao_Paulo", "Pacific/Honolulu", "UTC",
}

// linkIntro is the key of what is said beside the link button.
func (v ProfileView) linkIntro() string {
	switch {
	case v.Link == nil:
		return "profile.link_intro"
	case v.Link.State == models.LinkBroken:
		return "profile.link_again"
	default:
		return "profile.relink_intro"
	}
}
