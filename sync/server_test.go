package calsync

import (
	"strings"
	"testing"

	"google.golang.org/api/calendar/v3"
)

// TestOnSQLServer runs what the engine does from end to end on the server that
// AGCRM_TEST_SQLSERVER names: the same tests as on SQLite, less those that write
// SQLite's own SQL or count statements.
func TestOnSQLServer(t *testing.T) {
	makeServerDatabases(t)
	for name, test := range map[string]func(*testing.T){
		"over a CRM":                  testOverACRM,
		"row becomes event":           TestRowBecomesEvent,
		"event becomes row":           TestEventBecomesRow,
		"edits travel":                TestEditsTravel,
		"both sides, other fields":    TestBothSidesEditDifferentFields,
		"deletions travel":            TestDeletionsTravel,
		"all-day":                     TestAllDay,
		"many deletions are held":     TestBrakeHoldsManyDeletions,
		"sync token expires":          TestExpiredSyncTokenLosesNothing,
		"expired token, idle":         TestSpecExpiredTokenWritesNothing,
		"a failed run's backlog":      TestBacklogIsToldAfterAFailure,
		"when a change was seen":      TestTheTimeAtWhichAChangeWasSeenDecides,
		"look-alikes":                 TestLookAlikesArePairedOneToOne,
		"conflict policies":           TestSpecConflictPolicies,
		"edit against deletion":       TestSpecEditAgainstDeletion,
		"deleted on both sides":       TestSpecDeletedOnBothSides,
		"to Google only":              TestSpecToGoogleEdits,
		"from Google only":            TestSpecFromGoogleEdits,
		"lease fence":                 TestSpecLeaseFence,
		"row version guards":          TestSpecRowVersionGuardsOurWrites,
		"participants get copies":     TestParticipantsGetCopies,
		"participant declines":        TestParticipantDeclinesByDeleting,
		"new owner":                   TestNewOwnerTakesTheEvent,
		"owner's deletion":            TestOwnersDeletionTakesTheCopies,
		"one occurrence left":         TestParticipantLeavesOneOccurrence,
		"series to Google":            TestSeriesToGoogle,
		"series from Google":          TestSeriesFromGoogle,
		"series moved":                TestSeriesTimeChangeKeepsReplacements,
		"single to series and back":   TestSingleBecomesSeriesAndBack,
		"all-day series":              TestAllDaySeries,
		"meeting is one row":          TestSpecSharedIsOneRow,
		"meeting from outside":        TestSpecSharedFromOutside,
		"meeting, runs at once":       TestSpecSharedConcurrentRuns,
		"meeting, responses":          TestSpecSharedResponses,
		"meeting that repeats":        TestSpecSharedSeries,
		"guest copies come in":        TestSpecGuestCopiesComeIn,
		"guest copies are taken back": TestSpecGuestCopyEditsAreTakenBack,
		"guests not told":             TestSpecNoticeOfAMove,
		"deletion with guests":        TestSpecNoticeDeletionIsHeld,
		"unlink":                      TestSpecUnlinkChoices,
		"unlink, keep, link again":    TestSpecUnlinkKeepMergesLater,
		"moved into the window":       TestSpecWindowMovedIn,
		"zone of events":              TestSpecZoneInGoogleIsKept,
		"timed to all-day and back":   TestSpecAllDayTurns,
		"token is refreshed":          TestTokenIsRefreshedAndKept,
		"grant is dead":               TestDeadGrantIsTold,
	} {
		t.Run(name, test)
	}
}

// testOverACRM lays the service over a CRM's table with other columns, shorter
// texts and a trigger, through the views of install.md.
func testOverACRM(t *testing.T) {
	w := newWorld(t)
	w.exec("INSERT INTO dbo.T_SCHEDULE (SYAIN_NO, KENMEI, KAISHI, SHURYO) VALUES (?, ?, '2026-11-25T10:00:00', '2026-11-25T11:00:00')", testUser, "会議")
	long := strings.Repeat("長", 150)
	w.account().Insert("primary", timed(long, "2026-11-26T09:00:00+09:00", "2026-11-26T10:00:00+09:00"))
	w.account().Insert("primary", &calendar.Event{Summary: "休暇", Start: &calendar.EventDateTime{Date: "2026-11-27"}, End: &calendar.EventDateTime{Date: "2026-11-29"}})
	w.sync()
	if e := w.events(); len(e) != 3 || len(w.rows()) != 3 {
		t.Fatalf("%d events, %d rows", len(e), len(w.rows()))
	}
	w.quiet()
	w.exec("UPDATE dbo.T_SCHEDULE SET KENMEI = ? WHERE KENMEI = ?", "集会", "会議")
	w.exec("UPDATE dbo.T_SCHEDULE SET SHURYO = '2026-11-28T00:00:00' WHERE SHUJITSU_FLG = '1' AND SHURYO = '2026-11-28T00:00:00'") // nothing but the row version
	for _, e := range w.events() {
		if e.Summary == long {
			w.account().Edit("primary", e.Id, func(e *calendar.Event) { e.Location = "本社" })
		}
	}
	w.sync()
	w.quiet()
	var place, cut string
	check(t, w.raw.QueryRow("SELECT BASHO, KENMEI FROM dbo.T_SCHEDULE WHERE BASHO IS NOT NULL").Scan(&place, &cut))
	if place != "本社" || cut != strings.Repeat("長", 100) {
		t.Errorf("the CRM reads %q at %q", cut, place)
	}
	w.exec("DELETE FROM dbo.T_SCHEDULE WHERE KENMEI = ?", "集会")
	w.sync()
	for _, e := range w.events() {
		if e.Summary == "集会" || e.Location == "本社" && e.Summary != long {
			t.Errorf("%+v", e)
		}
	}
	if n := len(w.events()); n != 2 {
		t.Errorf("%d events", n)
	}
	w.quiet()
}
