package calsync

import (
	"net/http"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
	"agcrm-google/sync/googletest"
)

// leftOut are links that the scheduler leaves out.
func leftOut() map[string]func(w *world) {
	return map[string]func(w *world){
		"never saved": func(w *world) { w.exec("UPDATE agcrm_google_links SET saved = 0"); w.insertRow("x", at10, at11) },
		"paused": func(w *world) {
			check(w.t, w.db.SetPaused(w.t.Context(), testUser, true))
			w.insertRow("x", at10, at11)
		},
		"user disabled": func(w *world) {
			check(w.t, w.db.SetDisabled(w.t.Context(), testUser, true))
			w.insertRow("x", at10, at11)
		},
		"not enabled": func(w *world) {
			w.settings(func(s *models.Settings) { s.Enabled = false })
			w.insertRow("x", at10, at11)
		},
		"dead grant": func(w *world) {
			w.account().RevokeGrants()
			w.try()
			w.insertRow("x", at10, at11)
		},
		"quota": func(w *world) {
			w.google.AddFault(googletest.Fault{Status: 403, Reason: "quotaExceeded", Times: 4})
			w.insertRow("y", at10, at11)
			w.try()
			w.google.ClearFaults()
			w.insertRow("x", at10, at11)
		},
		"failing": func(w *world) {
			w.google.AddFault(googletest.Fault{Status: 503})
			w.insertRow("x", at10, at11)
			w.try()
		},
	}
}

// waiting are links with something that is not carried.
func waiting() map[string]func(w *world) {
	return map[string]func(w *world){
		"from google": func(w *world) {
			w.direction(models.FromGoogle)
			w.insertRow("new", at10, at11)
			w.exec("UPDATE schedules SET subject = 'edited' WHERE subject = 'a'")
			w.exec("DELETE FROM schedules WHERE subject = 'b'")
		},
		"to google": func(w *world) {
			w.direction(models.ToGoogle)
			w.account().Delete("primary", w.eventNamed("a").Id)
			w.exec("UPDATE schedules SET location = 'x'")
		},
		"left aside": func(w *world) { w.insertRow("x", at11, at10) },
		"refused": func(w *world) {
			w.google.AddFault(googletest.Fault{Match: writing("refused"), Status: 400, Reason: "invalid"})
			w.exec("UPDATE schedules SET subject = 'refused' WHERE subject = 'a'")
			w.insertRow("refused", at10, at11)
		},
		"old rows":         func(w *world) { w.insertRow("x", "2020-01-01 10:00:00", "2020-01-01 11:00:00") },
		"owner not linked": func(w *world) { w.exec("UPDATE schedules SET owner_id = 99 WHERE subject = 'a'") },
	}
}

// deletedSides are links with a deletion that is not carried.
func deletedSides() map[string]func(w *world) {
	return map[string]func(w *world){
		"unticked, row deleted": func(w *world) {
			w.addCalendar(calZ)
			w.account().Insert(calZ, lunch("z"))
			w.sync()
			w.profile(func(p *models.Profile) { p.Calendars = []string{"tanaka@example.com"} })
			w.exec("DELETE FROM schedules WHERE subject = 'z'")
		},
		"held": func(w *world) {
			w.addRows(11)
			w.sync()
			w.rest()
			w.deleteSome(models.SideTable, 12)
		},
		"refused, row deleted": func(w *world) {
			w.google.AddFault(googletest.Fault{Match: func(r *http.Request) bool { return r.Method == "DELETE" }, Status: 403, Reason: "forbidden"})
			w.exec("DELETE FROM schedules WHERE subject = 'a'")
		},
		"event turned foreign, row deleted": func(w *world) {
			w.editEvent(w.eventNamed("a").Id, func(e *calendar.Event) {
				e.Organizer = &calendar.EventOrganizer{Email: "boss@elsewhere.example"}
			})
			w.sync()
			w.exec("DELETE FROM schedules WHERE subject = 'a'")
		},
		"guests, row deleted": func(w *world) {
			w.editEvent(w.eventNamed("a").Id, func(e *calendar.Event) { e.Attendees = []*calendar.EventAttendee{{Email: "g@elsewhere.example"}} })
			w.sync()
			w.exec("DELETE FROM schedules WHERE subject = 'a'")
		},
		"out of the window, deleted": func(w *world) {
			w.advance(90 * 24 * time.Hour)
			w.exec("DELETE FROM schedules WHERE subject = 'a'")
			w.account().Delete("primary", w.eventNamed("b").Id)
		},
		"another account's sleeping pairs": func(w *world) {
			w.unlink(Keep, Keep)
			w.link(testUser, "private@example.com")
			w.saveProfile()
			w.sync()
			w.exec("DELETE FROM schedules WHERE subject = 'a'")
		},
		"purged event": func(w *world) {
			e := w.eventNamed("a").Id
			w.account().Delete("primary", e)
			w.account().Purge("primary", e)
			w.exec("UPDATE schedules SET location = 'x'")
		},
	}
}

// Who is left out, and what makes no link run again and again.
func TestSpecServeRests(t *testing.T) {
	bubble(t, func(t *testing.T) {
		worlds := map[string]*world{}
		for _, setups := range []map[string]func(w *world){leftOut(), waiting(), deletedSides()} {
			for name, setup := range setups {
				w := bubbleWorld(t)
				w.saveProfile()
				w.insertRow("a", at10, at11)
				w.insertRow("b", at12, at13)
				w.sync()
				w.rest()
				setup(w)
				w.serving()
				worlds[name] = w
			}
		}
		time.Sleep(1000 * time.Millisecond)
		before := map[string]int64{}
		for name, w := range worlds {
			w.google.ResetCalls()
			before[name] = w.svc.Totals().Runs
		}
		worlds["failing"].insertRow("not yet", at10, at11) // a link that rests after a failure goes on resting
		time.Sleep(1300 * time.Millisecond)
		for name, w := range worlds {
			if n, runs := w.google.CallCount(), w.svc.Totals().Runs-before[name]; n != 0 || runs != 0 {
				t.Errorf("%s: %d runs and %d calls while nothing changes", name, runs, n)
			}
		}
		for _, name := range []string{"never saved", "paused", "user disabled", "not enabled", "dead grant", "quota"} {
			for _, e := range worlds[name].events() {
				if e.Summary == "x" {
					t.Errorf("%s: was synchronised all the same", name)
				}
			}
		}
		w := worlds["quota"]
		w.advance(4 * time.Hour) // hours later it goes on
		w.soon("the run after the pause", w.eventsAre("a b x y"))
	})
}
