package handlers_test

import (
	"encoding/csv"
	"io"
	"net/http"
	"strings"
	"testing"

	"agcrm-google/models"
)

// exported reads the list of links as a spreadsheet does.
func exported(t *testing.T, r reply) map[string][]string {
	t.Helper()
	r.want(http.StatusOK)
	// Excel takes the text for UTF-8 only with the mark at its beginning.
	if r.header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.HasPrefix(r.raw, "\ufeff") || strings.Count(r.raw, "\ufeff") != 1 ||
		!strings.Contains(r.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("headers are %v", r.header)
	}
	lines, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(r.raw, "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(r.raw, "\r\n") != len(lines) {
		t.Errorf("%d lines end in CRLF, of %d", strings.Count(r.raw, "\r\n"), len(lines))
	}
	found := map[string][]string{}
	for _, line := range lines[1:] {
		if _, twice := found[line[1]]; twice {
			t.Errorf("%s is there twice", line[1])
		}
		found[line[1]] = line
	}
	return found
}

func TestCSV(t *testing.T) {
	s := newSite(t)
	s.enable()
	s.as(tanaka, "ja").link("tanaka@example.com")
	names := map[string]string{ // what a cell holds that came from a person
		"=HYPERLINK(1)": "'=HYPERLINK(1)", "+81 3 1234": "'+81 3 1234", "-1": "'-1", "@SUM(1)": "'@SUM(1)", "＝１＋１": "'＝１＋１",
		"　＠x": "'　＠x", "a=b": "a=b", "山田, \"太郎\"": "山田, \"太郎\"",
	}
	id := int64(20)
	logins := map[string]string{}
	for name := range names {
		id++
		logins[name] = "formula" + string(rune('a'+id-20))
		if err := s.db.AddUser(t.Context(), models.User{ID: id, Login: logins[name], Name: "x"}, password); err != nil {
			t.Fatal(err)
		}
		s.exec(`UPDATE users SET name = ? WHERE id = ?`, name, id) // the CRM's own table checks nothing
	}
	found := exported(t, s.as(admin, "ja").get("/settings/links.csv"))
	if len(found) != 3+len(names) {
		t.Fatalf("%d employees", len(found))
	}
	for name, want := range names {
		if got := found[logins[name]][2]; got != want {
			t.Errorf("%q is written as %q, want %q", name, got, want)
		}
	}
	if found["tanaka"][5] != "tanaka@example.com" || found["suzuki"][4] != "未設定" || found["suzuki"][13] != text("ja", "remedy.none") {
		t.Errorf("lines are %v", found)
	}
	if found := exported(t, s.as(admin, "fr").get("/settings/links.csv?q=tanaka")); len(found) != 1 || found["tanaka"][4] != text("fr", "health.unsaved") {
		t.Errorf("the search exports %v", found)
	}
	if found := exported(t, s.as(admin, "en").get("/settings/links.csv?q=nobody")); len(found) != 0 {
		t.Errorf("an empty list exports %v", found)
	}
}

// Half a list must not look like a whole one: where the rest cannot be read, the
// download fails.
func TestCSVThatBreaksOff(t *testing.T) {
	s := newSite(t)
	s.exec(`INSERT INTO users (id, login, name) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) SELECT 100 + i, printf('v%04d', i), '社員' FROM n`)
	b := s.as(admin, "ja")
	if n := len(exported(t, b.get("/settings/links.csv"))); n != 1503 {
		t.Fatalf("%d employees", n)
	}
	s.exec(`INSERT INTO agcrm_google_links (user_id, sub, state, failures) VALUES (1600, 's', 'active', 'no number')`) // v1500 cannot be read
	r, err := b.client.Get(s.url + "/agcrm_google/settings/links.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if text, err := io.ReadAll(r.Body); err == nil {
		t.Errorf("%d bytes pass for the whole list", len(text))
	}
	if !strings.Contains(s.log.String(), "broke off") {
		t.Error("the log says nothing")
	}
	// Where nothing was sent yet, there is a page.
	s.exec(`INSERT INTO agcrm_google_links (user_id, sub, state, failures) VALUES (1, 's1', 'active', 'no number')`)
	b.get("/settings/links.csv?q=v1500").want(http.StatusInternalServerError, text("ja", "error.title_internal"))
}
