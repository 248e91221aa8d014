package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// In a large company people are searched for; what was typed and ticked stays,
// and searching saves nothing.
func TestSearchForPeople(t *testing.T) {
	s := newSite(t)
	s.crowd(smallCompany)
	b := s.as(tanaka, "ja")
	before := len(s.rows(tanaka))
	if n := strings.Count(b.get("/schedule/new").want(http.StatusOK, text("ja", "people.some", "shown", "50", "all", "119")).body, `name="participants"`); n != 50 {
		t.Errorf("%d people are offered at once", n)
	}
	form := full()
	form.Set("find", "社員77号")
	form.Set("search", "on")
	b.post("/schedule", form).want(http.StatusOK, "社員 77 号", `value="3" checked`, `value="打ち合わせ"`, `value="社員77号"`).without("社員 78 号")
	row := s.rows(tanaka)[0]
	b.post(fmt.Sprintf("/schedule/%d", row.ID), form).want(http.StatusOK, "社員 77 号", `value="打ち合わせ"`)
	form.Set("find", "nobody")
	b.post("/schedule", form).want(http.StatusOK, text("ja", "people.none", "find", "nobody"))
	if now, err := s.db.Schedule(t.Context(), row.ID); err != nil || now.RowVersion != row.RowVersion || len(s.rows(tanaka)) != before {
		t.Error("searching saved something")
	}
	page := b.get("/schedule?find=e0077&user=2&user=3").want(http.StatusOK, "社員 77 号", `<details class="no-print" open>`, `value="3" checked`)
	if n := strings.Count(page.body, `name="user"`); n != 3 {
		t.Errorf("%d people are offered, want the two shown and the one found", n)
	}
}

// However many people an address names, a page shows a bounded number of them.
func TestManyPeopleAtOnce(t *testing.T) {
	s := newSite(t)
	s.crowd(smallCompany)
	b := s.as(tanaka, "ja")
	query := url.Values{"view": {"week"}}
	for i := range 100 {
		query.Add("user", fmt.Sprint(crowdStart+1+i))
	}
	before := s.db.Statements()
	page := b.get("/schedule?" + query.Encode()).want(http.StatusOK)
	if n := strings.Count(page.body, `<th scope="row">`); n != 30 {
		t.Errorf("%d people are shown", n)
	}
	if n := s.db.Statements() - before; n > scheduleStatements {
		t.Errorf("%d statements", n)
	}
}
