package calsync

import (
	"testing"

	"agcrm-google/sync/googletest"
)

// Point 3: an edit reached Google, its answer did not, and the CRM takes the edit
// back, or edits on: Google follows, whatever was listed in between.
func TestSpecTakenBackAfterALostAnswer(t *testing.T) {
	edits := map[string]string{"taken back": "private = 0, busy = 1", "and something else": "private = 0, busy = 1, subject = 'b'", "edited on": "subject = 'b'"}
	for name, edit := range edits {
		for _, between := range []string{"nothing", "listed", "failed again"} {
			t.Run(name+", "+between, func(t *testing.T) {
				w := specWorld(t)
				id, _ := w.shared("a")
				w.editRow(id, "private = 1, busy = 0")
				w.google.AddFault(googletest.Fault{Match: onMethod("PATCH"), After: true, Times: 1})
				w.google.AddFault(googletest.Fault{})
				_, _ = w.try()
				w.google.ClearFaults()
				if got := w.events()[0].Visibility; got != "private" {
					t.Fatalf("the event is %q", got)
				}
				switch between {
				case "listed":
					w.google.ExpireSyncTokens()
				case "failed again":
					w.editRow(id, edit)
					w.google.AddFault(googletest.Fault{Match: onMethod("PATCH")})
					_, _ = w.try()
					w.google.ClearFaults()
				}
				w.editRow(id, edit)
				w.sync()
				row, e := w.rows()[0], w.events()[0]
				if private := name == "edited on"; row.Private != private || row.Busy == private {
					t.Errorf("the row: %+v", row)
				}
				if row.Private != (e.Visibility == "private") || row.Busy != (e.Transparency != "transparent") || row.Subject != e.Summary {
					t.Errorf("%+v is %q %q %q in Google", row, e.Summary, e.Visibility, e.Transparency)
				}
				w.quiet()
			})
		}
	}
}
