package models

import (
	"context"
	"database/sql/driver"
	flags "flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var updateGolden = flags.Bool("update", false, "write the golden files anew")

const goldenStatements = "testdata/statements.sqlserver.sql"

const goldenHead = `-- Every statement that agcrm-google sends to SQL Server in a normal cycle, by purpose, as it goes over the
-- wire. Parameters are listed before each statement with the types they are declared as; statements with
-- parameters go through sp_executesql, the others as plain batches. Lists (IN, VALUES) are shown with one or two
-- members; at most 200 members and 2,000 parameters go into one statement.
--
-- Generated: go test ./models -run TestStatements -update
`

// purpose is one chapter of the golden file: why the statements are sent, and
// the calls that send them.
type purpose struct {
	why string
	do  func(ctx context.Context, db *DB, w *wire) error
}

func TestStatements(t *testing.T) {
	var b strings.Builder
	b.WriteString(goldenHead)
	for _, p := range purposes {
		db, w := wireDB(t)
		answerOneLink(w)
		if err := p.do(t.Context(), db, w); err != nil {
			t.Fatalf("%s: %v", p.why, err)
		}
		fmt.Fprintf(&b, "\n\n-- ==== %s\n", p.why)
		var shown []string
		for _, s := range w.take() {
			checkRules(t, s)
			text := strings.TrimRight(s.text, "; \n") + ";\n"
			if len(s.types) > 0 {
				text = parameters(s.types) + text
			}
			if !slices.Contains(shown, text) || strings.HasSuffix(text, "TRANSACTION;\n") {
				b.WriteString("\n" + text)
			}
			shown = append(shown, text)
		}
	}
	if *updateGolden {
		if err := os.WriteFile(goldenStatements, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(goldenStatements)
	if err != nil {
		t.Fatal(err)
	}
	if b.String() != string(want) {
		t.Errorf("the statements are others than %s shows; run with -update and read what changed:\n%s", goldenStatements, firstDifference(string(want), b.String()))
	}
}

// parameters is the comment that lists a statement's parameters.
func parameters(types []string) string {
	var parts []string
	for i, typ := range types {
		parts = append(parts, fmt.Sprintf("@p%d %s", i+1, typ))
	}
	return "-- " + strings.Join(parts, ", ") + "\n"
}

func firstDifference(want, got string) string {
	old, now := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(old), len(now)) {
		if old[i] != now[i] {
			return fmt.Sprintf("line %d\nwas: %s\nnow: %s", i+1, old[i], now[i])
		}
	}
	return fmt.Sprintf("%d lines before, %d now", len(old), len(now))
}

// checkRules are FACTS of SQL Server that no statement may offend.
func checkRules(t *testing.T, s statement) {
	t.Helper()
	text := strings.ToUpper(s.text)
	for word, why := range map[string]string{
		"MERGE":           "races without HOLDLOCK",
		"FOR UPDATE":      "is no T-SQL",
		" LIMIT ":         "is no T-SQL",
		"RETURNING":       "is no T-SQL",
		"IDENTITY_INSERT": "needs ALTER on the table",
		"@@IDENTITY":      "sees a trigger's inserts",
		"NOLOCK":          "reads what was never committed",
		"?":               "is a parameter that was not bound",
		"DECLARE @P":      "would hide a parameter",
	} {
		if strings.Contains(text, word) {
			t.Errorf("%s %s:\n%s", word, why, s.text)
		}
	}
	checkAge(t, s.text)
	if strings.Contains(text, "READPAST") && (!strings.Contains(text, "ROWLOCK") || !strings.Contains(text, "READCOMMITTEDLOCK")) {
		t.Errorf("READPAST passes over rows only, and is refused under READ_COMMITTED_SNAPSHOT without READCOMMITTEDLOCK:\n%s", s.text)
	}
	if strings.ContainsFunc(s.text, func(r rune) bool { return r > 126 }) {
		t.Errorf("text that is no parameter and not N'' goes through the code page:\n%s", s.text)
	}
	if strings.Contains(text, "OUTPUT ") && !strings.Contains(text, " INTO @") {
		t.Errorf("OUTPUT without INTO fails on a table with triggers (334):\n%s", s.text)
	}
	if len(s.types) > 2000 {
		t.Errorf("%d parameters:\n%.200s", len(s.types), s.text)
	}
	for i, typ := range s.types {
		if strings.HasPrefix(typ, "UNKNOWN") {
			t.Errorf("@p%d: %s:\n%s", i+1, typ, s.text)
		}
		// A datetimeoffset is harmless only where it is assigned to updated_at.
		if typ == "datetimeoffset" && !strings.Contains(text, fmt.Sprintf("UPDATED_AT = @P%d", i+1)) && !strings.Contains(text, "UPDATED_AT) VALUES") && !strings.Contains(text, "UPDATED_AT, ID, ROW_VERSION) VALUES") {
			t.Errorf("@p%d goes as datetimeoffset and would be compared with an offset:\n%s", i+1, s.text)
		}
	}
}

// younger is what SQL Server 2016 does not know yet.
var younger = regexp.MustCompile(`(?i)\b(STRING_AGG|CONCAT_WS|TRIM|TRANSLATE|GREATEST|LEAST|DATE_BUCKET|DATETRUNC|GENERATE_SERIES|APPROX_COUNT_DISTINCT)\s*\(|IS (NOT )?DISTINCT FROM|ADD COLUMN|IF NOT EXISTS \w+ \(`)

func checkAge(t *testing.T, text string) {
	t.Helper()
	if word := younger.FindString(text); word != "" {
		t.Errorf("SQL Server 2016 does not know %s:\n%s", word, text)
	}
}

// TestScriptsSuitSQLServer2016 reads what a database administrator runs, as the
// golden file's test reads what the service sends.
func TestScriptsSuitSQLServer2016(t *testing.T) {
	files, err := migrationFiles(SQLServer)
	must(t, err)
	for _, file := range files {
		text, err := migrations.ReadFile(file)
		must(t, err)
		checkAge(t, string(text))
	}
	example, err := os.ReadFile("testdata/crm.sqlserver.sql")
	must(t, err)
	checkAge(t, string(example))
	script, err := MigrationScript("sqlserver://agcrm@127.0.0.1:1?database=crm&dial+timeout=1")
	must(t, err)
	checkAge(t, script)
	if strings.Contains(script, "\nGO\n") {
		t.Error("the script is meant to be one batch in one transaction")
	}
}

// answerOneLink puts ready what a database with one link, one pair (1), one row
// (10) and one user (7) answers.
func answerOneLink(w *wire) {
	at := func(hour int) time.Time { return time.Date(2026, 11, 23, hour, 0, 0, 0, time.UTC) }
	w.say("FROM agcrm_google_settings", "installation_id enabled default_color conflict_policy window_past client_id project_id",
		[]driver.Value{"INSTALLATION", true, int64(0), "newest", int64(30), "client", "project"})
	w.say("SELECT client_id FROM", "client_id", []driver.Value{"another"})
	link := []driver.Value{int64(7), "sub", "t@example.com", "active", true, "cal", int64(5), "both", int64(3)}
	w.say("agcrm_google_links", "user_id sub email state saved target_calendar interval_minutes direction epoch", link)
	w.say("l.saved = 1", "user_id", []driver.Value{int64(7)})
	w.say("count(*)", "n", []driver.Value{int64(0)})
	w.say("sub = @p1 AND user_id <> @p2", "n", []driver.Value{int64(0)})
	w.say("SELECT epoch", "epoch", []driver.Value{int64(3)})
	w.say("FROM schedules s ", "id owner_id subject start_at end_at all_day private busy updated_at row_version",
		[]driver.Value{int64(10), int64(7), "会議", at(9), at(10), false, false, true, at(0), int64(2001)},
		[]driver.Value{int64(11), int64(7), "会議", at(9), at(10), true, false, true, at(0), int64(2003)},
		[]driver.Value{int64(12), int64(7), "会議", at(9), at(10), false, false, true, at(0), int64(2002)})
	w.say("SCOPE_IDENTITY", "id", []driver.Value{int64(11)})
	w.say("MIN_ACTIVE_ROWVERSION", "next", []driver.Value{int64(3000)})
	w.say(`SELECT "id","schedule_id" FROM "agcrm_google_pairs"`, "id schedule_id", []driver.Value{int64(2), int64(11)})
	w.say(`FROM "agcrm_google_calendars"`, "user_id calendar_id summary is_primary selected",
		[]driver.Value{int64(7), "cal", "田中", true, true}, []driver.Value{int64(7), "old", "以前", false, true})
	w.say("selected = @p1 AND user_id <> @p2", "user_id calendar_id")
	w.say(`FROM "users" WHERE id = @p1`, "id login name role", []driver.Value{int64(7), "tanaka", "田中", "employee"})
	w.say("OR LOWER(login)", "id")
	w.say("FROM agcrm_google_held WITH", "id user_id pair_id decision", []driver.Value{int64(1), int64(7), int64(1), ""})
	w.say("SELECT count(*) FROM agcrm_google_held WITH", "n", []driver.Value{int64(1)})
	w.say("FROM agcrm_google_history WITH", "id restored_ms", []driver.Value{int64(1), int64(0)})
	w.say("SELECT s.owner_id", "owner_id", []driver.Value{int64(7)})
}
