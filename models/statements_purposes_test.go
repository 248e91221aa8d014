package models

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"time"
)

var (
	goldenLink = Link{UserID: 7, Sub: "sub", Direction: DirectionBoth, Epoch: 3}
	goldenRow  = Schedule{OwnerID: 7, Subject: "会議", StartAt: WallDate(2026, 11, 23), EndAt: WallDate(2026, 11, 23), AllDay: true, Busy: true}
)

// second drops what a method answers beside its error.
func second[T any](_ T, err error) error { return err }

// viewColumns are the columns of a view over a CRM's table, as far as they are others than ours.
var viewColumns = map[string]column{"start_at": {TypeName: "datetime"}, "end_at": {TypeName: "datetime"},
	"subject": {TypeName: "nvarchar", MaxLength: 200}, "location": {TypeName: "varchar", MaxLength: 100, CollationName: "Japanese_CI_AS"},
	"body": {TypeName: "nvarchar", MaxLength: -1}}

// goldenChanges are one change of each kind.
func goldenChanges() []*Change {
	note := NewLeftAside(7, SideGoogle, "ref", "etag", "会議", Say("skip.series"))
	pair := func(id, schedule int64) *Pair {
		return &Pair{ID: id, UserID: 7, Sub: "sub", CalendarID: "cal", EventID: "event", ScheduleID: schedule, State: PairLive}
	}
	line := NewLogLine(7, "info", "会議", Say("log.created"))
	entry := HistoryEntry{UserID: 7, Side: SideTable, Action: ActionCreate, Subject: "会議", After: Fields{FieldSubject: "会議"}}
	row := goldenRow
	row.ID = 10
	return []*Change{
		{Action: ActionCreate, Row: goldenRow, Base: NoBase, Pair: pair(0, 0), DropAside: []LeftAside{note}, History: []HistoryEntry{entry}, Log: []LogLine{line}},
		{Action: ActionUpdate, Row: row, Base: 2001, Fields: []string{FieldSubject, FieldTime}, Pair: pair(1, 10)},
		{Action: ActionDelete, Row: Schedule{ID: 12}, Base: 2002, Pair: pair(3, 12), DropPair: true, DropHeld: true},
		{Base: NoBase, Aside: &note},
		{Base: NoBase, Hold: &Held{UserID: 7, PairID: 1, Side: SideTable, Subject: "会議"}},
	}
}

var purposes = []purpose{
	{"At the start: what stands in the login's own schema, and what the shared names mean there", func(ctx context.Context, db *DB, w *wire) error {
		w.say("sys.objects", "name")
		err := db.checkNames(ctx) // the stand-in has no tables: the error is right
		if err == nil {
			return errors.New("missing tables were not told")
		}
		return errors.Join(db.checkShared(ctx), second(db.inspect(ctx)), second(db.isMigrated(ctx)), second(db.columnsOf(ctx, "schedules")))
	}},
	{"At the start, where schedules is a view: how it is written, and what it is made of", func(ctx context.Context, db *DB, w *wire) error {
		w.say("QUOTENAME(SCHEMA_NAME()) + N'.schedules' AS", "name", []driver.Value{"[agcrm_google].schedules"})
		db.viewInserts(ctx)
		return second(db.foreignCounter(ctx))
	}},
	{"agcrm-google doctor: whose schema it is, and what the login may do", func(ctx context.Context, db *DB, w *wire) error {
		w.say("SCHEMA_NAME() AS name", "name", []driver.Value{"agcrm_google"})
		_, _, err := db.OtherSchemas(ctx)
		return errors.Join(err, second(db.MissingRights(ctx)))
	}},
	{"Twice a second: due links are taken, many at a time; only where there are any, four statements read what their runs need", func(ctx context.Context, db *DB, w *wire) error {
		w.say("WHERE l.user_id IN", "user_id", []driver.Value{int64(7)})
		return second(db.ClaimDue(ctx, "instance", ClaimMost))
	}},
	{"Runs that found nothing new are recorded, many at a time; runs that did not begin are given back at the stop", func(ctx context.Context, db *DB, _ *wire) error {
		again := db.Now().Add(time.Minute)
		return errors.Join(db.RecordIdle(ctx, []Idle{{Link: goldenLink, NextRun: again}, {Link: goldenLink, NextRun: again}}),
			db.ReturnLinks(ctx, "instance", []int64{7, 8}))
	}},
	{"Twice a second, for all employees at once: whose rows changed since the last look", func(ctx context.Context, db *DB, _ *wire) error {
		owners, _, err := db.ChangedOwners(ctx, 2000)
		return errors.Join(err, db.WakeOwners(ctx, owners))
	}},
	{"Every second, every five where schedules is a view: whose rows are gone, and who has no copy yet", func(ctx context.Context, db *DB, w *wire) error {
		w.say("lost GROUP BY", "user_id items total", []driver.Value{int64(7), int64(1), int64(10)})
		return second(db.LostOwners(ctx))
	}},
	{"Now and then: whether a long transaction holds the mark back, and whose it is", func(ctx context.Context, db *DB, w *wire) error {
		w.say("@@DBTS", "held", []driver.Value{true})
		w.say("dm_exec_sessions", "id host program account", []driver.Value{int64(57), "CRM01", nil, "batch"})
		held, by, err := db.MarkHeldBack(ctx)
		if !held || by != "session 57 batch CRM01" {
			return fmt.Errorf("held %v by %q, %w", held, by, err)
		}
		return err
	}},
	{"Every minute: how many instances run links, which share Google's budget", func(ctx context.Context, db *DB, w *wire) error {
		w.say("DISTINCT lease_owner", "n", []driver.Value{int64(2)})
		return second(db.CountInstances(ctx))
	}},
	{"Every ten minutes: how many polls all links ask for in a day", func(ctx context.Context, db *DB, w *wire) error {
		w.say("polled GROUP BY", "interval quiet calendars", []driver.Value{int64(5), int64(1), int64(40)})
		return second(db.PollGroups(ctx, []time.Duration{time.Hour, 24 * time.Hour}, 30))
	}},
	{"Notification channels: opened, heard, doubted, ended", func(ctx context.Context, db *DB, w *wire) error {
		w.say(`FROM "agcrm_google_channels" WHERE channel_id`, "channel_id user_id token_hash", []driver.Value{"channel", int64(7), TokenDigest("token")})
		return errors.Join(db.AddChannel(ctx, Channel{ChannelID: "channel"}), db.OpenedChannel(ctx, "channel", "resource", db.Now()),
			db.HearChannel(ctx, "channel", "token", true), db.DoubtChannel(ctx, "channel"), second(db.Channels(ctx, []int64{7})),
			db.DropChannel(ctx, "channel"), db.DropExpiredChannels(ctx))
	}},
	{"A run takes a link, keeps it, and gives it back", func(ctx context.Context, db *DB, _ *wire) error {
		l, err := db.ClaimLink(ctx, 7, "instance")
		return errors.Join(err, db.RenewLeases(ctx, "instance", []int64{7}), db.ReleaseLink(ctx, l, Outcome{}),
			db.ReleaseLink(ctx, l, Outcome{Err: Say("google.down"), Fatal: true}), db.ReturnLink(ctx, l, db.Now()))
	}},
	{"A run begins: grant and settings, calendars, open questions", func(ctx context.Context, db *DB, w *wire) error {
		_, _, err := db.GrantAndSettings(ctx, 7)
		if !errors.Is(err, ErrNotFound) { // the stand-in's link has no token
			return err
		}
		return errors.Join(second(db.Calendars(ctx, 7)), second(db.HeldOf(ctx, 7)))
	}},
	{"A run looks for what the table side asks for", func(ctx context.Context, db *DB, _ *wire) error {
		return second(db.Candidates(ctx, goldenLink, WallDate(2026, 10, 22)))
	}},
	{"A run that failed notes since when it knows what it could not carry", func(ctx context.Context, db *DB, _ *wire) error {
		return db.MarkSeen(ctx, []int64{1, 2})
	}},
	{"The same in direction from Google only", func(ctx context.Context, db *DB, _ *wire) error {
		l := goldenLink
		l.Direction = FromGoogle
		return second(db.Candidates(ctx, l, WallDate(2026, 10, 22)))
	}},
	{"A run reads pairs and rows", func(ctx context.Context, db *DB, _ *wire) error {
		return errors.Join(second(db.PairsByEvent(ctx, 7, "sub", []string{"event"})), second(db.PairsBySchedule(ctx, 7, "sub", []int64{10})),
			second(db.PairsByID(ctx, []int64{1, 2})), second(db.PairsInCalendar(ctx, 7, "sub", "cal")), second(db.PairsOf(ctx, 7, "sub")),
			second(db.Schedules(ctx, []int64{10, 12})), second(db.Participants(ctx, []int64{10})))
	}},
	{"The brake weighs deletions", func(ctx context.Context, db *DB, _ *wire) error {
		_, _, err := db.TableLoad(ctx)
		return errors.Join(err, second(db.LinkLoad(ctx, 7, SideGoogle)))
	}},
	{"A run writes: one transaction of at most 200 changes, fenced by the lease, that yields to the CRM", func(ctx context.Context, db *DB, _ *wire) error {
		return second(db.Apply(ctx, Lease{UserID: 7, Epoch: 3}, goldenChanges(), []Cursor{{CalendarID: "cal", SyncToken: "token"}}))
	}},
	{"A run looks at meetings, which several employees share, and at what it does not write", func(ctx context.Context, db *DB, w *wire) error {
		return errors.Join(second(db.Addresses(ctx)), second(db.Meetings(ctx, []string{"key"})), second(db.MeetingsOf(ctx, []int64{10})),
			second(db.PairsByUID(ctx, []string{"uid"})), second(db.Holders(ctx, 10)), second(db.GivenUp(ctx, 7, "sub")),
			second(db.AsideVersions(ctx, 7)), second(db.Replacements(ctx, 10)))
	}},
	{"A run writes a meeting: its row, who takes part, and what its owner should know", func(ctx context.Context, db *DB, w *wire) error {
		row := goldenRow
		row.ID = 10
		w.say("FROM \"schedule_participants\"", "schedule_id user_id response", []driver.Value{int64(10), int64(8), "needsAction"}, []driver.Value{int64(10), int64(9), "accepted"})
		return second(db.Apply(ctx, Lease{UserID: 7, Epoch: 3}, []*Change{
			{Row: row, Base: 2001, Meeting: &Meeting{Key: "key", Organizer: "t@example.com"}, Notice: &Notice{UserID: 7, ScheduleID: 10, Subject: "会議"},
				Roster: []RosterChange{{UserID: 8, Response: "accepted"}, {UserID: 9}, {UserID: 11, Response: "needsAction", Join: true}}},
			{Row: Schedule{ID: 12}, Base: 2002, DropMeeting: true},
			{Row: row, Base: NoBase, Decline: true},
		}, nil))
	}},
	{"The same where schedules is a view with an INSTEAD OF trigger: how the new row's key is found", func(ctx context.Context, db *DB, w *wire) error {
		db.found.Store(&tableShape{view: true, filler: []string{"id", "row_version"},
			columns: viewColumns})
		w.say("SELECT TOP", "id", []driver.Value{int64(11)})
		return errors.Join(second(db.CreateSchedule(ctx, goldenRow)), second(db.CreateSchedule(ctx, timed())))
	}},
	{"The same where schedules is a view without a row version: contents are compared", func(ctx context.Context, db *DB, w *wire) error {
		db.found.Store(&tableShape{view: true, unversioned: "no column"})
		w.say("MAX(s.id)", "next", []driver.Value{int64(100)})
		_, _, err := db.ChangedOwners(ctx, 50)
		return errors.Join(err, second(db.Candidates(ctx, goldenLink, WallDate(2026, 10, 22))), second(db.Schedules(ctx, []int64{10})))
	}},
	{"Schedule pages", func(ctx context.Context, db *DB, _ *wire) error {
		row := timed()
		row.ID, row.RowVersion = 10, 2001
		return errors.Join(second(db.SchedulesBetween(ctx, []int64{7, 8}, WallDate(2026, 11, 1), WallDate(2026, 12, 1))),
			second(db.ReplacedStarts(ctx, []Schedule{row})), second(db.SyncStates(ctx, goldenLink, []int64{10})),
			second(db.CreateSchedule(ctx, timed())), db.UpdateSchedule(ctx, row), db.DeleteSchedule(ctx, 10, 2001), db.SetParticipants(ctx, 10, []int64{8}))
	}},
	{"Series pages: an occurrence, the following ones, all", func(ctx context.Context, db *DB, w *wire) error {
		master := []driver.Value{int64(10), int64(7), "会議", goldenRow.StartAt.Time, goldenRow.EndAt.Time, true, false, true, "RRULE:FREQ=DAILY", int64(2001)}
		replaced := []driver.Value{int64(12), int64(7), "例外", goldenRow.StartAt.Time, goldenRow.EndAt.Time, true, false, true, nil, int64(2002)}
		const columns = "id owner_id subject start_at end_at all_day private busy recurrence row_version"
		w.say("FROM schedules s WITH", columns, master)
		w.say("s.series_id = ", columns, replaced)
		third := Occurrence{SeriesID: 10, Version: 2001, At: goldenRow.StartAt.AddDays(2)}
		edit := Edit{Row: goldenRow, Participants: []int64{8}}
		return errors.Join(second(db.ReplaceOccurrence(ctx, third, edit)), db.RemoveOccurrence(ctx, third), second(db.ChangeFollowing(ctx, third, edit)),
			db.RemoveFollowing(ctx, third), db.ChangeSeries(ctx, third, edit), db.DeleteAppointment(ctx, 10, 2001))
	}},
	{"The employee's link", func(ctx context.Context, db *DB, w *wire) error {
		_, lost := db.ReplaceCalendars(ctx, 7, []Calendar{{CalendarID: "cal", IsPrimary: true}, {CalendarID: "new"}})
		fresh := Grant{UserID: 7, Sub: "other", Email: "t@example.com", Token: []byte("{}")}
		again := fresh
		again.Sub = "sub"
		return errors.Join(lost, db.SaveGrant(ctx, again), db.SaveGrant(ctx, fresh), db.RenewToken(ctx, 7, "sub", nil),
			db.SaveProfile(ctx, 7, Profile{Calendars: []string{"cal"}, Target: "cal", Interval: 5, Direction: DirectionBoth}),
			db.BreakLink(ctx, 7, Say("link.grant_dead")), db.SetPaused(ctx, 7, true), db.WakeLink(ctx, 7, true),
			db.StartUnlink(ctx, 7, "keep", "keep"), db.DropLink(ctx, 7), db.ForgetSyncTokens(ctx, 7))
	}},
	{"Log, history, what waits and what is left aside", func(ctx context.Context, db *DB, _ *wire) error {
		return errors.Join(second(db.LogLines(ctx, 7, 50)), db.AddLog(ctx, NewLogLine(7, "info", "会議", Say("log.created"))),
			second(db.History(ctx, HistoryFilter{UserID: 7, Before: 100, Limit: 50})), db.MarkRestored(ctx, 1), db.UnmarkRestored(ctx, 1), second(db.Notices(ctx, 7)),
			second(db.HeldDeletions(ctx, 7)), second(db.HeldPage(ctx, HeldFilter{UserID: 7, Offset: 100, Limit: 100})), second(db.HeldOwners(ctx, 20)),
			second(db.DecideAllHeld(ctx, 7, 100, 1, true)), second(db.Progress(ctx, goldenLink, WallDate(2026, 10, 22))), db.DecideHeld(ctx, 1, 7, true), second(db.LeftAside(ctx, 7, 50)), second(db.CountLeftAside(ctx, 7)))
	}},
	{"Administrators: links, settings, client secrets", func(ctx context.Context, db *DB, _ *wire) error {
		_, _, err := db.LinkRows(ctx, LinkFilter{Query: "tan", State: StateHeld, Offset: 50, Limit: 50})
		err = errors.Join(err, db.EachLink(ctx, LinkFilter{Query: "tan"}, func([]LinkRow) error { return nil }), second(db.linksBehind(ctx, LinkFilter{}, User{ID: 7, Login: "tanaka"})))
		err = errors.Join(err, second(db.LinkOverview(ctx)), second(db.UserNames(ctx, []int64{7})), second(db.SevenDayLinks(ctx)), second(db.CountBrokenLinks(ctx)), second(db.LinkCounts(ctx)))
		return errors.Join(err, second(db.RunnableLinks(ctx)), second(db.CountLinks(ctx)), db.SaveSettings(ctx, Settings{Enabled: true, ConflictPolicy: PolicyNewest, WindowPast: 30}),
			db.SaveClientSecrets(ctx, "client", "project", []byte("{}")), second(db.HasSealedSecrets(ctx)), db.ResetSecrets(ctx))
	}},
	{"Sessions", func(ctx context.Context, db *DB, _ *wire) error {
		store := db.SessionStore()
		_, _, err := store.FindCtx(ctx, "token")
		return errors.Join(err, store.CommitCtx(ctx, "token", []byte("data"), db.Now()), store.insert(ctx, sessionRow{TokenHash: "hash", Data: []byte("data")}), store.DeleteCtx(ctx, "token"))
	}},
	{"Users", func(ctx context.Context, db *DB, _ *wire) error {
		u := User{ID: 9, Login: "suzuki", Name: "鈴木", Role: RoleEmployee}
		tanaka := u
		tanaka.ID = 7
		if _, err := db.UserByLogin(ctx, "suzuki"); !errors.Is(err, ErrNotFound) {
			return err
		}
		return errors.Join(second(db.User(ctx, 7)), second(db.Users(ctx)), second(db.NextUserID(ctx)), db.AddUser(ctx, u, "long enough word"),
			db.UpdateUser(ctx, tanaka), db.SetPassword(ctx, 7, "another long word"), db.SetDisabled(ctx, 7, true))
	}},
	{"Once a day: what is too old to keep, in small steps", func(ctx context.Context, db *DB, w *wire) error {
		w.say("HAVING COUNT", "user_id lines", []driver.Value{int64(7), int64(1200)})
		w.say(`FROM "agcrm_google_sessions"`, "token_hash", []driver.Value{"hash"})
		w.say(`FROM "agcrm_google_log"`, "id", []driver.Value{int64(200)})
		return db.Retain(ctx)
	}},
}

// timed is an appointment with a time of day, in a zone of its own.
func timed() Schedule {
	s := goldenRow
	s.AllDay, s.TimeZone, s.StartAt.Time = false, "Europe/Paris", s.StartAt.Add(9*time.Hour)
	s.EndAt.Time = s.EndAt.Add(10 * time.Hour)
	return s
}
