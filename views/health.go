package views

import (
	"net/url"
	"strconv"
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

// page is the address of another page of the list of links.
func (v LinksView) page(offset int) string {
	query := url.Values{"offset": {strconv.Itoa(max(0, offset))}}
	if v.Query != "" {
		query.Set("q", v.Query)
	}
	if v.Broken {
		query.Set("state", models.LinkBroken)
	}
	return href("/settings/links?" + query.Encode())
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
