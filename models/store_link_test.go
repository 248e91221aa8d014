package models

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestLinkKeepsItsTokenSealed(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		s.linked(t)
		ctx := t.Context()
		must(t, s.SaveClientSecrets(ctx, "", "project", []byte(`{"web":1}`)))
		g, set, err := s.GrantAndSettings(ctx, 7)
		must(t, err)
		if string(g.Token) != `{"a":1}` || string(g.ClientSecrets) != `{"web":1}` || set.WindowPast != 30 || set.InstallationID == "" {
			t.Errorf("%+v %+v", g, set)
		}
		must(t, s.RenewToken(ctx, 7, "sub", func([]byte) ([]byte, error) { return []byte(strings.Repeat("x", 9000)), nil }))
		if g, err = s.StoredGrant(ctx, 7); err != nil || len(g.Token) != 9000 {
			t.Errorf("renewed: %d bytes, %v", len(g.Token), err)
		}
		err = s.SaveGrant(ctx, Grant{UserID: 8, Sub: "sub", Email: "x@example.com", Token: []byte("{}")})
		if !errors.Is(err, ErrConflict) {
			t.Errorf("one account, two employees: %v", err)
		}
		must(t, s.SaveGrant(ctx, Grant{UserID: 8, Sub: "SUB", Email: "x@example.com", Token: []byte("{}")}))
		must(t, s.ResetSecrets(ctx))
		if n, err := s.CountLinks(ctx); n != 0 || err != nil {
			t.Errorf("%d links, %v", n, err)
		}
	})
}

func TestProfileAndCalendars(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		s.linked(t)
		ctx := t.Context()
		list, err := s.Calendars(ctx, 7)
		must(t, err)
		if len(list) != 2 || list[0].CalendarID != "cal" || !list[0].Selected || list[1].CalendarID != "Cal" || list[1].Selected {
			t.Fatalf("%+v", list)
		}
		must(t, s.SaveGrant(ctx, Grant{UserID: 8, Sub: "other", Email: "x@example.com", Token: []byte("{}")}))
		_, err = s.ReplaceCalendars(ctx, 8, []Calendar{{CalendarID: "cal", IsPrimary: true}})
		must(t, err)
		err = s.SaveProfile(ctx, 8, Profile{Calendars: []string{"cal"}, Target: "cal", Interval: 5, Direction: DirectionBoth})
		if !errors.Is(err, ErrConflict) {
			t.Errorf("one calendar, two employees: %v", err)
		}
		lost, err := s.ReplaceCalendars(ctx, 7, []Calendar{{CalendarID: "Cal"}})
		must(t, err)
		if len(lost) != 1 || lost[0].CalendarID != "cal" {
			t.Errorf("lost %+v", lost)
		}
		rows, total, err := s.LinkRows(ctx, LinkFilter{Query: "tan", Limit: 10})
		must(t, err)
		if total != 1 || len(rows) != 1 || rows[0].Link == nil || rows[0].Link.Email != "tanaka@example.com" {
			t.Errorf("%d rows, %+v", total, rows)
		}
		for _, pattern := range []string{"%", "t_naka", "[t]anaka", `\`} {
			if _, total, err := s.LinkRows(ctx, LinkFilter{Query: pattern, Limit: 10}); total != 0 || err != nil {
				t.Errorf("%q is read as a pattern: %d, %v", pattern, total, err)
			}
		}
	})
}

func TestJournalAndRetention(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		l := s.linked(t)
		ctx := t.Context()
		entry := HistoryEntry{UserID: 7, Side: SideTable, Action: ActionUpdate, Subject: "会議", Before: Fields{FieldSubject: "会議"}, After: Fields{FieldSubject: "集会"}}
		s.apply(t, l, &Change{Base: NoBase, History: []HistoryEntry{entry, entry}})
		var lines []LogLine
		for i := range 1200 {
			lines = append(lines, NewLogLine(7, "info", fmt.Sprintf("予定 %d", i), Say("log.created", "n", "1")))
		}
		must(t, s.AddLog(ctx, lines...))
		must(t, s.SessionStore().CommitCtx(ctx, "old", []byte("data"), s.clock.Add(time.Hour)))
		history, err := s.History(ctx, HistoryFilter{UserID: 7, Limit: 1})
		must(t, err)
		if len(history) != 1 || history[0].After[FieldSubject] != "集会" || !history[0].At().Equal(s.clock) {
			t.Fatalf("%+v", history)
		}
		must(t, s.MarkRestored(ctx, history[0].ID))
		before, err := s.History(ctx, HistoryFilter{Before: history[0].ID, Limit: 10})
		must(t, err)
		if len(before) != 1 || !before[0].RestoredAt().IsZero() {
			t.Errorf("%+v", before)
		}
		s.clock = s.clock.AddDate(0, 0, 181)
		must(t, s.Retain(ctx))
		counts := s.ask(t, "SELECT COUNT(*) FROM agcrm_google_history") + " " + s.ask(t, "SELECT COUNT(*) FROM agcrm_google_log") + " " + s.ask(t, "SELECT COUNT(*) FROM agcrm_google_sessions")
		if counts != "0 1000 0" {
			t.Errorf("history, log and sessions after half a year: %s", counts)
		}
		newest, err := s.LogLines(ctx, 7, 50)
		must(t, err)
		if len(newest) != 50 || newest[0].Subject != "予定 1199" {
			t.Errorf("%d lines, the newest %q", len(newest), newest[0].Subject)
		}
	})
}

func TestLeftAsideIsReplaced(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		l := s.linked(t)
		ctx := t.Context()
		for _, version := range []string{"1", "2"} {
			note := NewLeftAside(7, SideGoogle, "ref", version, "会議", Say("skip.series", "n", version))
			other := NewLeftAside(7, SideGoogle, "REF", version, "another", Say("skip.series"))
			s.apply(t, l, &Change{Base: NoBase, Aside: &note}, &Change{Base: NoBase, Aside: &other})
		}
		list, err := s.LeftAside(ctx, 7, 10)
		must(t, err)
		n, err := s.CountLeftAside(ctx, 7)
		must(t, err)
		if len(list) != 2 || n != 2 || list[0].Version != "2" {
			t.Errorf("%d, %+v", n, list)
		}
		s.apply(t, l, &Change{Base: NoBase, DropAside: list[:1]})
		if n, err = s.CountLeftAside(ctx, 7); n != 1 || err != nil {
			t.Errorf("%d left, %v", n, err)
		}
	})
}

func TestSessionsOnEveryStore(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		sessions, ctx := s.SessionStore(), t.Context()
		for _, data := range []string{"first", "第二"} {
			must(t, sessions.CommitCtx(ctx, "token", []byte(data), s.clock.Add(time.Hour)))
		}
		got, found, err := sessions.FindCtx(ctx, "token")
		must(t, err)
		if !found || string(got) != "第二" {
			t.Errorf("%q %v", got, found)
		}
		if err := sessions.insert(ctx, sessionRow{TokenHash: hashToken("token"), Data: []byte("x"), ExpiresMs: 1}); err == nil {
			t.Error("one token is in the table twice")
		}
		must(t, sessions.DeleteCtx(ctx, "token"))
		if _, found, err = sessions.FindCtx(ctx, "token"); found || err != nil {
			t.Errorf("%v %v", found, err)
		}
	})
}

func TestUsersOnEveryStore(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		s.linked(t)
		ctx := t.Context()
		if got := faults(s.AddUser(ctx, User{ID: 9, Login: "TANAKA", Role: RoleEmployee}, "correct horse")); got != "login user.login_taken" {
			t.Errorf("a login in other letters: %s", got)
		}
		must(t, s.UpdateUser(ctx, User{ID: 7, Name: "髙橋 𠮷", Role: RoleAdmin, Email: "t@example.jp", Locale: "ja"}))
		u, err := s.Authenticate(ctx, "Tanaka", "correct horse")
		must(t, err)
		if u.Name != "髙橋 𠮷" || !u.IsAdmin() || u.TimeZone != "" {
			t.Errorf("%+v", u)
		}
		_, err = s.ImportUsers(ctx, strings.NewReader("login,id,name,email,role\ntanaka,7,田中,,employee\nsuzuki,8,鈴木,s@example.jp,admin\n"))
		must(t, err)
		must(t, s.SetDisabled(ctx, 7, true))
		runnable, err := s.RunnableLinks(ctx)
		must(t, err)
		next, err := s.NextUserID(ctx)
		must(t, err)
		if len(runnable) != 0 || next != 9 {
			t.Errorf("runnable %v, next user %d", runnable, next)
		}
	})
}

// TestLongTextOfGoogleFitsItsColumns: it fails no run: a column of SQL Server has a width.
func TestLongTextOfGoogleFitsItsColumns(t *testing.T) {
	eachStore(t, func(t *testing.T, s *store) {
		l := s.linked(t)
		ctx := t.Context()
		long := strings.Repeat("あ", 1023) + "🎌" + strings.Repeat("x", 4000)
		c := born(appointment(t, "会議", "2026-11-23T09:00", "2026-11-23T10:00"), "event")
		s.apply(t, l, c)
		note := NewLeftAside(7, SideGoogle, "ref", "etag", long, Say("skip.series", "what", long))
		s.apply(t, l, &Change{Base: NoBase, Aside: &note, Log: []LogLine{NewLogLine(7, "info", long, Say("log.created", "what", long))},
			Hold:    &Held{UserID: 7, PairID: c.Pair.ID, Side: SideGoogle, Subject: long, Starts: long},
			History: []HistoryEntry{{UserID: 7, Side: SideTable, Action: ActionUpdate, Subject: long, After: Fields{FieldBody: long}}}})
		_, err := s.ReplaceCalendars(ctx, 7, []Calendar{{CalendarID: "cal", Summary: long, TimeZone: long}, {CalendarID: "new", Summary: long}})
		must(t, err)
		list, err := s.LogLines(ctx, 7, 1)
		must(t, err)
		if got := list[0].Subject; got != strings.Repeat("あ", 1023) || list[0].Message().Args["what"] != long {
			t.Errorf("%d bytes of the subject", len(got))
		}
	})
}
