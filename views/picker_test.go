package views

import (
	"fmt"
	"testing"

	"agcrm-google/models"
)

func TestPick(t *testing.T) {
	var all []models.User
	for i := range int64(60) {
		all = append(all, models.User{ID: i, Login: fmt.Sprintf("e%02d", i), Name: fmt.Sprintf("社員 %d号", i)})
	}
	all[57].Name = "田中 花子"
	ticked := func(id int64) bool { return id == 59 }
	for find, want := range map[string][2]int{"": {50, 59}, "田中花子": {2, 1}, " E5 ": {10, 9}, "nobody": {1, 0}, "社員4": {12, 11}} {
		p := pick(all, ticked, find)
		if got := [2]int{len(p.Offered), p.Found}; got != want {
			t.Errorf("%q offers and finds %v, want %v", find, got, want)
		}
		if p.Offered[0].ID != 59 || !p.Searchable() {
			t.Errorf("%q: those ticked are not first: %v", find, p.Offered[0])
		}
	}
	if p := pick(all[:50], ticked, ""); p.Searchable() || len(p.Offered) != 50 || p.said(Page{Locale: "ja"}) != "" {
		t.Errorf("fifty people are not simply offered: %d, %q", len(p.Offered), p.said(Page{Locale: "ja"}))
	}
}
