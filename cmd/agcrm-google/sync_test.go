package main

import (
	"strings"
	"testing"
)

func TestSyncWhileSwitchedOff(t *testing.T) {
	env := installation(t)
	if got := command(t, "", env, "user", "add", "tanaka", "--id", "1"); got.code != exitOK {
		t.Fatalf("add: %+v", got)
	}
	got := command(t, "", env, "sync", "--json", "--user", "tanaka", "--user", "nobody")
	want := `{"user":"tanaka","pulled":0,"pushed":0,"deleted":0,"conflicts":0,"held":0,"skipped":0,"google_calls":0,"error":"synchronisation is switched off on the Groupware tab"}
{"user":"nobody","pulled":0,"pushed":0,"deleted":0,"conflicts":0,"held":0,"skipped":0,"google_calls":0,"error":"synchronisation is switched off on the Groupware tab"}
`
	if got.out != want || got.code != exitFailed {
		t.Errorf("got %+v", got)
	}
	if everybody := command(t, "", env, "sync", "--json"); everybody.code != exitFailed || everybody.out != "" {
		t.Errorf("without names: %+v", everybody)
	}
	if people := command(t, "", env, "sync", "--user", "tanaka"); !strings.HasPrefix(people.out, "tanaka: failed: ") {
		t.Errorf("for people: %+v", people)
	}
}

// TestSyncTellsProblemsInWords: a withdrawn grant is told as a sentence, at
// once and again, and never with addresses, tokens or codes of Google.
func TestSyncTellsProblemsInWords(t *testing.T) {
	needsSignals(t)
	w := newWorld(t)
	service := startService(t, w.env)
	w.staff()
	w.switchOn()
	w.link()
	service.stop()
	w.google.Account(tanakaEmail).RevokeGrants()
	w.google.Account(tanakaEmail).ExpireAccessTokens()
	for range 2 {
		got := command(t, "", w.env, "sync", "--json", "--user", "tanaka")
		if got.code != exitFailed || strings.Contains(got.out, `"error":""`) || strings.Contains(got.out, "http") || strings.Contains(got.out, "invalid_grant") {
			t.Errorf("got %+v", got)
		}
	}
}

func TestDryRunWritesNothing(t *testing.T) {
	needsSignals(t)
	w := newWorld(t)
	service := startService(t, w.env)
	w.staff()
	w.switchOn()
	w.link()
	service.stop()
	w.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at) VALUES (101, '営業会議', ?, ?)", day(1)+" 10:00:00", day(1)+" 11:00:00")
	w.person("add", "summary", "休暇", "start", day(5), "end", day(5), "all_day", "on")
	writes := w.google.WriteCount()
	plan := command(t, "", w.env, "sync", "--dry-run")
	if plan.code != exitOK || !strings.Contains(plan.out, "google create: ") || !strings.Contains(plan.out, "営業会議") ||
		!strings.Contains(plan.out, "table create: ") || !strings.Contains(plan.out, "休暇") {
		t.Errorf("the plan: %+v", plan)
	}
	script := command(t, "", w.env, "sync", "--dry-run", "--json")
	for _, part := range []string{`"pulled":1,"pushed":1,"deleted":0`, `"error":"","plan":[{`, `"side":"google","action":"create","subject":"営業会議"`, `"side":"table","action":"create","subject":"休暇"`} {
		if !strings.Contains(script.out, part) {
			t.Errorf("the plan for scripts lacks %s: %+v", part, script)
		}
	}
	if rows, events := w.inTable(), w.inGoogle(); len(rows) != 1 || len(events) != 1 || w.google.WriteCount() != writes {
		t.Errorf("a dry run wrote: %q, %q", rows, events)
	}
}
