package googletest

import "time"

// quota limits the requests of every minute, by project and by user. A limit
// of 0 is none.
type quota struct {
	perProject, perUser int
	project             map[string][]time.Time // by client id
	user                map[string][]time.Time // by client id and e-mail

	perCalendar int                    // writes in one second
	writes      map[string][]time.Time // by calendar id
}

// SetQuota limits Calendar API requests per sliding minute, for each client's
// project and for each user of it; 0 is no limit.
func (s *Server) SetQuota(perMinuteProject, perMinuteUser int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.quota.perProject, s.quota.perUser = perMinuteProject, perMinuteUser
	s.quota.project, s.quota.user = map[string][]time.Time{}, map[string][]time.Time{}
}

// SetCalendarWrites limits the writes to one calendar in any second, which
// Google does apart from its quotas; 0 is no limit.
func (s *Server) SetCalendarWrites(perSecond int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.quota.perCalendar, s.quota.writes = perSecond, map[string][]time.Time{}
}

// write counts one write to a calendar or refuses it.
func (q *quota) write(calendarID string, now time.Time, status int) error {
	if q.perCalendar == 0 {
		return nil
	}
	recent := latest(q.writes[calendarID], now, time.Second)
	if len(recent) >= q.perCalendar {
		return overQuota("rateLimitExceeded", "writesPerCalendar", status)
	}
	q.writes[calendarID] = append(recent, now)
	return nil
}

// spend counts one request or refuses it.
func (q *quota) spend(clientID, email string, now time.Time, status int) error {
	if q.perProject == 0 && q.perUser == 0 {
		return nil
	}
	user := clientID + " " + email
	q.project[clientID] = latest(q.project[clientID], now, time.Minute)
	q.user[user] = latest(q.user[user], now, time.Minute)
	if q.perProject > 0 && len(q.project[clientID]) >= q.perProject {
		return overQuota("rateLimitExceeded", "perMinutePerProject", status)
	}
	if q.perUser > 0 && len(q.user[user]) >= q.perUser {
		return overQuota("userRateLimitExceeded", "perMinutePerUser", status)
	}
	q.project[clientID] = append(q.project[clientID], now)
	q.user[user] = append(q.user[user], now)
	return nil
}

// overQuota is the newer shape of the error. With status 429 both limits
// have the same reason.
func overQuota(reason, limit string, status int) error {
	if status == 429 {
		reason = "rateLimitExceeded"
	}
	kind := faultKinds[reason]
	return &apiError{status: status, domain: kind.domain, reason: reason, message: kind.message,
		rpcStatus: kind.rpcStatus, info: kind.info, infoMetadata: map[string]string{"quota_limit": limit}}
}

// latest are the times within a span before now.
func latest(times []time.Time, now time.Time, span time.Duration) []time.Time {
	keep := times[:0]
	for _, t := range times {
		if now.Sub(t) < span {
			keep = append(keep, t)
		}
	}
	return keep
}
