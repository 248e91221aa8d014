package models

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// PollGroup counts the ticked calendars that are polled alike.
type PollGroup struct {
	Interval  int // minutes between two polls
	Quiet     int // how many of the thresholds their link has been quiet for
	Calendars int
}

// PollGroups counts, in one statement, the calendars of all links that are
// polled, by interval and by how long their link has found nothing new in Google.
// quiet are thresholds of that, rising. Where Google tells of changes by itself
// the interval is at least pushed minutes.
func (db *DB) PollGroups(ctx context.Context, quiet []time.Duration, pushed int) ([]PollGroup, error) {
	now := db.Now()
	var steps strings.Builder
	args := []any{pushed, millis(now), pushed}
	for i, q := range quiet {
		fmt.Fprintf(&steps, " WHEN l.changed_ms > ? THEN %d", i)
		args = append(args, millis(now.Add(-q)))
	}
	var groups []PollGroup
	err := db.with(ctx).Raw(`SELECT minutes AS "interval", quiet, COUNT(*) AS calendars FROM (
SELECT CASE WHEN l.interval_minutes < ? AND EXISTS (SELECT 1 FROM agcrm_google_channels h WHERE h.user_id = c.user_id
AND h.calendar_id = c.calendar_id AND h.heard_ms > 0 AND h.expires_ms > ?) THEN ? ELSE l.interval_minutes END AS minutes,
CASE`+steps.String()+` ELSE `+strconv.Itoa(len(quiet))+` END AS quiet
FROM agcrm_google_links l JOIN agcrm_google_calendars c ON c.user_id = l.user_id
WHERE l.state = 'active' AND l.saved = 1 AND l.paused = 0 AND c.selected = 1 AND c.lost = 0) polled GROUP BY minutes, quiet`, args...).Scan(&groups).Error
	if err != nil {
		return nil, fmt.Errorf("count the calendars that are polled: %w", err)
	}
	return groups, nil
}

// Stretched tells, in words for the profile, that the link is polled less often
// than its interval says, so that the company stays within what Google allows in
// a day; false where it is not.
func (l Link) Stretched() (Message, bool) {
	if l.EffectiveInterval() == l.Interval {
		return Message{}, false
	}
	return Say("profile.stretched", "minutes", strconv.Itoa(l.EffectiveInterval())), true
}

// EffectiveInterval is the number of minutes between two polls as they are now:
// the chosen interval, or more where Google's daily budget asks for it.
func (l Link) EffectiveInterval() int { return max(l.Interval, l.PollMinutes) }
