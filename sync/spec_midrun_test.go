package calsync

import (
	"slices"
	"testing"

	"agcrm-google/models"
	"agcrm-google/sync/googletest"
)

// Point 5: what asks for everything to be listed again does so also while a run
// is in progress, the first included, which then stores its sync token later.
func TestSpecListAgainAskedMidRun(t *testing.T) {
	for name, ask := range map[string]func(w *world){
		"direction": func(w *world) { w.direction(models.ToGoogle) },
		"window":    func(w *world) { w.settings(func(s *models.Settings) { s.WindowPast = 90 }) },
	} {
		for _, run := range []string{"the first run", "a later run"} {
			t.Run(name+" "+run, func(t *testing.T) {
				w := specWorld(t)
				if run == "a later run" {
					w.shared("a")
				}
				w.account().Insert("primary", lunch("b"))
				w.meanwhile(1, func() { ask(w) })
				w.sync()
				w.google.ResetCalls()
				w.sync()
				full := slices.IndexFunc(w.google.Calls(), func(c googletest.Call) bool { return listing1(c) && query(t, c, "syncToken") == "" })
				if full < 0 {
					t.Error("the next run did not list everything")
				}
				w.google.ResetCalls()
				w.sync()
				if full := slices.IndexFunc(w.google.Calls(), func(c googletest.Call) bool { return listing1(c) && query(t, c, "syncToken") == "" }); full >= 0 {
					t.Error("the run after that listed everything again")
				}
			})
		}
	}
}

// listing1 tells list calls of the primary calendar from others.
func listing1(c googletest.Call) bool {
	return c.Method == "GET" && len(c.Path) > 7 && c.Path[len(c.Path)-7:] == "/events"
}
