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
