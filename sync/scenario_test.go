package calsync

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"agcrm-google/models"
	"agcrm-google/sync/googletest"
)

// update writes what each scenario ends with to its then.txt; read the difference
// before it is committed.
var update = flag.Bool("update", false, "write then.txt of the scenarios")

// TestScenarios plays the cases of testdata/scenarios, one folder each: given.txt
// is how things stand, when.txt what happens, then.txt what both sides hold in the
// end. The verbs are in scenario_verbs_test.go. The clock stands at 2026-11-21
// 09:00 in Tokyo when a scenario begins. Besides, for every scenario: no mail is
// sent, and after the last line another synchronisation writes nothing.
func TestScenarios(t *testing.T) {
	folders, err := filepath.Glob("testdata/scenarios/*")
	check(t, err)
	if len(folders) < 15 {
		t.Fatalf("only %d scenarios", len(folders))
	}
	for _, folder := range folders {
		t.Run(filepath.Base(folder), func(t *testing.T) {
			t.Parallel()
			s := &scenario{world: bareWorld(t), people: map[string]*person{}}
			s.join("tanaka")
			s.play(filepath.Join(folder, "given.txt"))
			s.play(filepath.Join(folder, "when.txt"))
			s.noMail()
			got := s.show()
			s.idle()
			golden := filepath.Join(folder, "then.txt")
			if *update {
				check(t, os.WriteFile(golden, []byte(got), 0o644))
			}
			want, err := os.ReadFile(golden)
			check(t, err)
			if !bytes.Equal([]byte(got), want) {
				t.Errorf("%s ends with\n%s\nwant\n%s", folder, got, want)
			}
		})
	}
}

// scenario is a world whose people have names.
type scenario struct {
	*world
	people map[string]*person
	order  []string
	line   string // at hand, for messages
}

// person is an employee, with the account that the link is to have.
type person struct {
	id      int64
	account *googletest.Account
	linked  bool
	listed  []string // the own calendars, the primary first
}

// join adds an employee and links an account of the same name. Their numbers count
// from testUser.
func (s *scenario) join(name string) {
	s.t.Helper()
	p := &person{id: testUser + int64(len(s.order)), linked: true, listed: []string{"primary"}}
	s.people[name], s.order = p, append(s.order, name)
	p.account = s.employee(p.id, name+"@example.com")
}

func (s *scenario) who(name string) *person {
	s.t.Helper()
	p := s.people[name]
	if p == nil {
		s.t.Fatalf("%s: who is %q?", s.line, name)
	}
	return p
}

// play does what a file says, line by line; # begins a comment.
func (s *scenario) play(file string) {
	s.t.Helper()
	text, err := os.ReadFile(file)
	check(s.t, err)
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		s.line = filepath.Base(filepath.Dir(file)) + ": " + line
		s.advance(time.Minute)
		s.do(line)
	}
}

// syncAll runs the links of these people, or of all, until none has anything to do.
func (s *scenario) syncAll(names []string) {
	s.t.Helper()
	if len(names) == 0 {
		names = s.order
	}
	for range 6 {
		work := 0
		for _, name := range names {
			if p := s.who(name); p.linked {
				res, err := s.svc.SyncUser(context.Background(), p.id, RunOptions{})
				if err != nil {
					s.t.Fatalf("%s: %s: %v", s.line, name, err)
				}
				work += res.Pulled + res.Pushed
			}
		}
		s.advance(10 * time.Second)
		if work == 0 {
			return
		}
	}
	s.t.Fatalf("%s: it never comes to rest", s.line)
}

// idle asserts that another synchronisation writes nothing, and that everything
// listed anew changes nothing either.
func (s *scenario) idle() {
	s.t.Helper()
	for _, what := range []string{"another run", "a full listing"} {
		s.google.ResetCalls()
		for name, p := range s.people {
			if !p.linked {
				continue
			}
			res, err := s.svc.SyncUser(context.Background(), p.id, RunOptions{})
			if err != nil || res.Pulled+res.Pushed+res.Conflicts != 0 || s.google.WriteCount() != 0 {
				s.t.Errorf("%s of %s was not idle: %+v %v", what, name, res, err)
			}
		}
		s.google.ExpireSyncTokens()
	}
	s.noMail()
}

// rowNamed is the row of that subject, but for replacement rows.
func (s *scenario) rowNamed(subject string) models.Schedule {
	s.t.Helper()
	for _, row := range s.allRows() {
		if row.Subject == subject && row.SeriesID == 0 {
			return row
		}
	}
	s.t.Fatalf("%s: no row %q\n%s", s.line, subject, s.show())
	return models.Schedule{}
}

func (s *scenario) allRows() []models.Schedule {
	var rows []models.Schedule
	for _, name := range s.order {
		rows = append(rows, s.rowsOf(s.people[name].id)...)
	}
	return rows
}
