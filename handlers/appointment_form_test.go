package handlers

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"agcrm-google/models"
)

func TestWholeNumber(t *testing.T) {
	for text, want := range map[string]int{"5": 5, " 60 ": 60, "１５": 15, "": -1, "five": -1, "1.5": -1, "99999999999999999999": -1} {
		if got := wholeNumber(text); got != want {
			t.Errorf("%q is %d, want %d", text, got, want)
		}
	}
}

// Whatever is typed as a time is refused with a reason or means exactly what
// it says: written out again it is the same text.
func FuzzFormTime(f *testing.F) {
	for _, text := range []string{"", "2026-11-21T10:00", "2026-11-21T10:00:30", "2026-11-21", "2026-02-30", "21/11/2026", "2026-11-21 10:00", "0001-01-01", "2026年11月21日"} {
		f.Add(text, true)
		f.Add(text, false)
	}
	f.Fuzz(func(t *testing.T, text string, allDay bool) {
		wall, err := parseClock(text, allDay)
		text = strings.TrimSpace(text)
		switch {
		case err != nil:
			if !wall.IsZero() || !strings.HasPrefix(err.Error(), "schedule.") {
				t.Errorf("%q is refused with %q and means %v", text, err, wall)
			}
		case text == "":
			if !wall.IsZero() {
				t.Errorf("nothing means %v", wall)
			}
		case allDay:
			if !strings.HasPrefix(text, wall.Format("2006-01-02")) || wall != wall.Date() {
				t.Errorf("%q means the day %v", text, wall)
			}
		default:
			if !strings.HasPrefix(wall.String(), text) {
				t.Errorf("%q means %v", text, wall)
			}
		}
	})
}

// What passes the form's check of a rule consists of lines that the table may
// hold, and a second look changes nothing.
func FuzzFormRecurrence(f *testing.F) {
	f.Add("RRULE:FREQ=WEEKLY;BYDAY=MO\r\nEXDATE;TZID=Asia/Tokyo:20261123T090000\r\n")
	f.Add("every Monday")
	f.Add("\n\nRDATE:20260101\n")
	f.Fuzz(func(t *testing.T, text string) {
		read := func(text string) (string, int) {
			a := readAppointment(url.Values{"recurrence": {text}, "start_at": {"2026-11-21T10:00"}, "end_at": {"2026-11-21T11:00"}}, models.Schedule{}, nil, time.UTC)
			return a.row.Recurrence, len(a.problems)
		}
		rule, faults := read(text)
		if faults > 0 {
			if rule != "" {
				t.Errorf("%q is refused and stored as %q", text, rule)
			}
			return
		}
		if again, faults := read(rule); again != rule || faults > 0 {
			t.Errorf("%q becomes %q becomes %q", text, rule, again)
		}
		for line := range strings.SplitSeq(rule, "\n") {
			if rule != "" && !recurrenceLine.MatchString(line) {
				t.Errorf("%q holds the line %q", text, line)
			}
		}
	})
}

// The memory of the throttle has an end.
func TestThrottleForgets(t *testing.T) {
	th, now := newThrottle(), models.WallDate(2026, 11, 21).Time
	for i := range loginMemory + 5 {
		th.allow(strings.Repeat("x", i%50)+url.PathEscape(string(rune(i))), "192.0.2.1", now)
	}
	if len(th.tries) > loginMemory {
		t.Errorf("%d pairs are remembered", len(th.tries))
	}
	for range loginBurst {
		th.allow("tanaka", "192.0.2.1", now)
	}
	if th.allow("tanaka", "192.0.2.1", now) {
		t.Error("guessing is not slowed down")
	}
	if !th.allow("tanaka", "192.0.2.2", now) {
		t.Error("somebody else at another address is")
	}
	if !th.allow("tanaka", "192.0.2.1", now.Add(loginEvery)) {
		t.Error("waiting does not help")
	}
}
