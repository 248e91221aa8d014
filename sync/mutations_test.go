package calsync

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mutations are faults that were put into the engine by hand, one at a time, each
// in a copy of the tree: which function of which file got which fault, the test
// that failed then, and what it said. Whoever rewrites one of these functions puts
// its fault in again and looks. A fault of the first round that no test caught
// (sets of removed occurrences, UNTIL, the rewriting of replacement rows, the rows
// of a series deleted in Google) is why its scenario exists.
var mutations = []struct{ file, function, fault, test, said string }{
	{"pull.go", "listAgain", "the other calendars are not listed once more", "TestSpecMoveBetweenListings", "row 1 is gone"},
	{"pull.go", "cursors", "the token of a listing is stored although its cancellations were postponed", "TestSpecUnlistedCalendarPostponesCancellations", "rows \"a b c\": the deletion is never seen again"},
	{"gone.go", "takeDeletions", "deletions are concluded although a calendar could not be listed", "TestSpecUnlistedCalendarPostponesCancellations", "row 1 is gone"},
	{"gone.go", "ask", "the first 404 is believed", "TestSpecOneNotFoundIsNoDeletion", "one 404 deleted a row"},
	{"gone.go", "missingPairs", "what a full listing does not name is gone, and nobody is asked", "TestSpecMissingInFullListingIsAsked", "rows/events 0/3, want 3/3"},
	{"gone.go", "decideOneGone", "an event's deletion wins against the row's edit", "TestSpecEditAgainstDeletion", "rows \"\", events \"\"; want \"edited\", \"edited\""},
	{"gone.go", "settleGone", "a series that goes leaves its changed occurrences behind", "TestScenarios/series_deleted_on_either_side", "定例A（別室）, instead of nothing, is left"},
	{"gone.go", "tooManyOfLink", "the brake holds from 1,000 deletions on", "TestBrakeHoldsManyDeletions", "Deleted:11 Held:0"},
	{"series.go", "takeOccurrences", "occurrences removed in Google are forgotten", "TestSeriesFromGoogle", "no EXDATE in the row"},
	{"copies.go", "decline", "a participant's deletion is no decline", "TestParticipantDeclinesByDeleting", "response \"needsAction\""},
	{"settle.go", "taken", "a stranger's event under our id is taken for ours", "TestSpecTakenID", "no event \"b\": rows a stranger; events a stranger"},
	{"settle.go", "taken", "our own event under our id is taken for a stranger's", "TestSpecInsertAnswerLost", "rows \"a a\", events \"a a\"; want \"a\", \"a\""},
	{"intend.go", "intend", "an insert is noted as done before it was sent", "TestRowBecomesEvent", "Pushed:0"},
	{"google.go", "patch", "a PATCH without If-Match", "TestSpecPreconditionFailed", "Google's edit is overwritten"},
	{"google.go", "delete", "a DELETE without If-Match", "TestSpecPreconditionFailedOnDelete", "rows \"\", events \"\"; want \"b\", \"b\""},
	{"google.go", "insert", "an insert without sendUpdates=none", "TestSpecInsertAndDeleteCalls", "POST: alt=json&prettyPrint=false"},
	{"patch.go", "stepPatch", "what is sent is not noted before it is", "TestSpecPatchAnswerLost", "Conflicts:1; rows \"b\", want \"c\""},
	{"pushseries.go", "rewriteChildren", "replacement rows are not written again after their series' rule", "TestScenarios/rule_and_time_of_a_series_change", "2 and 23 December are as the series says"},
	{"recurrence.go", "untilToGoogle", "UNTIL is sent as the clock reads, with a Z", "TestScenarios/ends_of_series", "UNTIL=20261127T100000Z in Paris"},
	{"merge.go", "mergeFields", "a field that only the row changed is not left for Google", "TestBothSidesEditDifferentFields", "Pushed:0"},
	{"merge.go", "mergeFields", "the value that loses is not kept", "TestSpecConflictLoserComesBack", "[]: no conflict in the history"},
	{"merge.go", "mergeFields", "the same change on both sides is a conflict", "TestSpecSameChangeIsNoConflict", "Conflicts:1"},
	{"merge.go", "rowWins", "the policy crm lets Google win", "TestSpecConflictPolicies", "row \"E\" event \"E\", want [\"R\" \"R\"]"},
	{"merge.go", "rowWins", "the older edit wins", "TestSpecNewerIsUpdatedAt", "rows \"row\", want \"event\""},
	{"merge.go", "mergeSets", "Google's removed occurrences replace the row's", "TestScenarios/occurrences_removed_on_both_sides", "2 December is back"},
	{"reconcile.go", "rowNewer", "updated_at does not count", "TestSpecNewerIsUpdatedAt", "rows \"row\", want \"event\""},
	{"decide.go", "believed", "the mark of a copied event is believed", "TestSpecMarkBelievedOnOriginalOnly", "save pairs: duplicated key"},
	{"decide.go", "acknowledge", "our own lost PATCH counts as Google's edit", "TestSpecPatchAnswerLost", "Conflicts:1; rows \"b\", want \"c\""},
}

// TestMutationsAreUpToDate keeps the list from naming what is no more.
func TestMutationsAreUpToDate(t *testing.T) {
	functions := map[string]bool{} // as file name, blank, function
	files, err := filepath.Glob("*.go")
	check(t, err)
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		check(t, err)
		for _, decl := range parsed.Decls {
			if f, is := decl.(*ast.FuncDecl); is {
				functions[file+" "+f.Name.Name] = true
				if strings.HasSuffix(file, "_test.go") {
					functions[f.Name.Name] = true
				}
			}
		}
	}
	if len(mutations) < 10 {
		t.Errorf("only %d mutations", len(mutations))
	}
	for _, m := range mutations {
		test, scenario, _ := strings.Cut(m.test, "/")
		if !functions[m.file+" "+m.function] {
			t.Errorf("there is no %s in %s: where is %q now?", m.function, m.file, m.fault)
		}
		if !functions[test] {
			t.Errorf("there is no %s: what catches %q now?", test, m.fault)
		}
		if _, err := os.Stat(filepath.Join("testdata/scenarios", scenario)); err != nil {
			t.Errorf("there is no scenario %s: what catches %q now?", scenario, m.fault)
		}
	}
}
