package models

import (
	"regexp"
	"strings"
	"testing"
)

// TestScriptCarriesTheSchema: every place of a table is qualified, no name of a
// constraint or index is.
func TestScriptCarriesTheSchema(t *testing.T) {
	plain, err := MigrationScript("sqlserver://svc@127.0.0.1:1?database=crm")
	must(t, err)
	script := qualify(plain, "my]schema")
	if unqualified := regexp.MustCompile(`(TABLE|INTO|UPDATE|FROM|ON) (agcrm_google_\w+|users|schedules|schedule_participants)\b`).FindString(script); unqualified != "" {
		t.Errorf("%q is not qualified", unqualified)
	}
	for _, want := range []string{"CREATE TABLE [my]]schema].agcrm_google_links (", "ON [my]]schema].schedules (row_version)", "QUOTENAME(N'my]schema')",
		"GRANT SELECT, INSERT, UPDATE ON [my]]schema].users TO [svc];", "CONSTRAINT agcrm_google_links_pk"} {
		if !strings.Contains(script, want) {
			t.Errorf("the script lacks %s", want)
		}
	}
	if strings.Contains(script, "SCHEMA_NAME()") || strings.Contains(plain, "[]") {
		t.Error("the schema is asked for when the script runs")
	}
	names, err := tableNames()
	must(t, err)
	if got := strings.Count(script, "GRANT "); got != len(names)+1 { // one more for a view
		t.Errorf("%d grants for %d tables", got, len(names))
	}
}
