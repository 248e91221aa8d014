package calsync

import (
	"net/http"
	"testing"

	"agcrm-google/sync/googletest"
)

// Point 8: once a participant is the owner of a row and has synchronised, what was
// his copy is the owner's event: his deletion deletes the row.
func TestSpecOwnerWhoTookPart(t *testing.T) {
	for _, kind := range []string{"single", "series"} {
		for _, confirmed := range []bool{true, false} {
			name := map[bool]string{true: "", false: " unconfirmed"}[confirmed]
			t.Run(kind+name, func(t *testing.T) {
				w := company(t, testUser, otherUser)
				id := w.insertRow("m", at10, at11)
				if kind == "series" {
					w.exec("UPDATE schedules SET recurrence = 'RRULE:FREQ=DAILY;COUNT=4' WHERE id = ?", id)
					w.instead(id, "2026-11-26 10:00:00", "x", "2026-11-26 13:00:00", "2026-11-26 14:00:00")
				}
				w.exec("INSERT INTO schedule_participants (schedule_id, user_id) VALUES (?, ?)", id, otherUser)
				w.syncOf(testUser)
				if !confirmed { // Google's answers to his first insert are lost
					w.google.AddFault(googletest.Fault{After: true, Drop: true, Match: func(r *http.Request) bool { return r.Method == "POST" }})
				}
				_, err := w.svc.SyncUser(t.Context(), otherUser, RunOptions{})
				if (err == nil) != confirmed {
					t.Fatal(err)
				}
				w.google.ClearFaults()
				w.exec("UPDATE schedules SET owner_id = ? WHERE id = ? OR series_id = ?", otherUser, id, id)
				w.exec("DELETE FROM schedule_participants WHERE schedule_id = ?", id)
				w.settle(testUser, otherUser)
				w.settle(testUser, otherUser)
				w.still()
				event := w.of(otherUser).Events("primary")[0].Id
				w.of(otherUser).Delete("primary", event)
				w.settle(otherUser, testUser)
				if n, a, b := len(w.everyRow()), len(w.of(testUser).Events("primary")), len(w.of(otherUser).Events("primary")); n+a+b != 0 {
					t.Errorf("%d rows and %d + %d events are left:\n%s", n, a, b, w.tables())
				}
				w.still()
			})
		}
	}
}
