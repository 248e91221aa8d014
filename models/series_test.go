package models

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func wallAt(t interface{ Fatal(...any) }, text string) Wall {
	w, err := ParseWall(text)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// stamps are starts as MM-DD HH:MM.
func stamps(starts []Wall) string {
	var list []string
	for _, w := range starts {
		list = append(list, w.Format("01-02 15:04"))
	}
	return strings.Join(list, ", ")
}

var tokyo = func() *time.Location {
	zone, err := time.LoadLocation("Asia/Tokyo")
	if err != nil {
		panic(err)
	}
	return zone
}()

func TestSeriesBetween(t *testing.T) {
	for name, c := range map[string]struct {
		start, zone, recurrence, want string
		allDay                        bool
	}{
		"weekly":                {"2026-11-02T09:00", "", "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=4", "11-02 09:00, 11-04 09:00, 11-09 09:00, 11-11 09:00", false},
		"crlf and lower case":   {"2026-11-02T09:00", "", "rrule:freq=weekly;count=2\r\n", "11-02 09:00, 11-09 09:00", false},
		"until a date":          {"2026-11-02T09:00", "", "RRULE:FREQ=DAILY;UNTIL=20261104", "11-02 09:00, 11-03 09:00, 11-04 09:00", false},
		"until in utc":          {"2026-11-02T09:00", "", "RRULE:FREQ=DAILY;UNTIL=20261104T000000Z", "11-02 09:00, 11-03 09:00, 11-04 09:00", false},
		"until just before":     {"2026-11-02T09:00", "", "RRULE:FREQ=DAILY;UNTIL=20261103T235959Z", "11-02 09:00, 11-03 09:00", false},
		"all-day until":         {"2026-11-02", "", "RRULE:FREQ=DAILY;UNTIL=20261104", "11-02 00:00, 11-03 00:00, 11-04 00:00", true},
		"all-day until in utc":  {"2026-11-02", "", "RRULE:FREQ=DAILY;UNTIL=20261104T000000Z", "11-02 00:00, 11-03 00:00, 11-04 00:00", true},
		"exdate with zone":      {"2026-11-02T09:00", "", "RRULE:FREQ=DAILY;COUNT=3\nEXDATE;TZID=Asia/Tokyo:20261103T090000", "11-02 09:00, 11-04 09:00", false},
		"exdate of elsewhere":   {"2026-11-02T09:00", "", "RRULE:FREQ=DAILY;COUNT=3\nEXDATE;TZID=Europe/Paris:20261103T010000", "11-02 09:00, 11-04 09:00", false},
		"exdate in utc":         {"2026-11-02T09:00", "", "RRULE:FREQ=DAILY;COUNT=3\nEXDATE:20261103T000000Z,20261104T000000Z", "11-02 09:00", false},
		"exdate floating":       {"2026-11-02T09:00", "", "RRULE:FREQ=DAILY;COUNT=3\nEXDATE:20261103T090000", "11-02 09:00, 11-04 09:00", false},
		"date for a timed one":  {"2026-11-02T09:00", "", "RRULE:FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20261103", "11-02 09:00, 11-04 09:00", false},
		"all-day exdate":        {"2026-11-02", "", "RRULE:FREQ=DAILY;COUNT=3\nEXDATE;VALUE=DATE:20261103", "11-02 00:00, 11-04 00:00", true},
		"unreadable exdate":     {"2026-11-02T09:00", "", "RRULE:FREQ=DAILY;COUNT=2\nEXDATE:soon", "11-02 09:00, 11-03 09:00", false},
		"rdate":                 {"2026-11-02T09:00", "", "RRULE:FREQ=WEEKLY;COUNT=2\nRDATE;TZID=Asia/Tokyo:20261104T150000", "11-02 09:00, 11-04 15:00, 11-09 09:00", false},
		"rdate alone":           {"2026-11-02T09:00", "", "RDATE:20261105T090000", "11-02 09:00, 11-05 09:00", false},
		"two rules":             {"2026-11-02T09:00", "", "RRULE:FREQ=DAILY;COUNT=2\nRRULE:FREQ=WEEKLY;COUNT=2", "11-02 09:00, 11-03 09:00, 11-09 09:00", false},
		"exrule":                {"2026-11-02T09:00", "", "RRULE:FREQ=DAILY;COUNT=3\nEXRULE:FREQ=WEEKLY;BYDAY=TU", "11-02 09:00, 11-04 09:00", false},
		"over the end of dst":   {"2026-10-31T09:00", "America/New_York", "RRULE:FREQ=DAILY;COUNT=3", "10-31 09:00, 11-01 09:00, 11-02 09:00", false},
		"monthly 31st":          {"2026-10-31T09:00", "", "RRULE:FREQ=MONTHLY;COUNT=2", "10-31 09:00, 12-31 09:00", false},
		"last friday":           {"2026-10-30", "", "RRULE:FREQ=MONTHLY;BYDAY=-1FR;COUNT=2", "10-30 00:00, 11-27 00:00", true},
		"never, but it returns": {"2026-11-02T09:00", "", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "", false},
		"hourly":                {"2026-11-02T09:00", "", "RRULE:FREQ=HOURLY;COUNT=4", "cannot", false},
		"period":                {"2026-11-02T09:00", "", "RDATE;VALUE=PERIOD:20261105T090000Z/PT1H", "cannot", false},
		"unknown part":          {"2026-11-02T09:00", "", "RRULE:FREQ=DAILY;X-ODD=1", "cannot", false},
		"unknown line":          {"2026-11-02T09:00", "", "X-RULE:FREQ=DAILY", "cannot", false},
		"unknown zone":          {"2026-11-02T09:00", "Mars/Base", "RRULE:FREQ=DAILY", "cannot", false},
		"no series":             {"2026-11-02T09:00", "", "", "cannot", false},
	} {
		row := Schedule{StartAt: wallAt(t, c.start), AllDay: c.allDay, TimeZone: c.zone, Recurrence: c.recurrence}
		series, ok := SeriesOf(row, tokyo)
		got := "cannot"
		if ok {
			got = stamps(series.Between(WallDate(2026, 1, 1), WallDate(2027, 1, 1)))
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// The expansion agrees with counting days one by one, whatever window is asked
// for.
func TestSeriesAgainstCounting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := WallDate(2026, 1, 1).AddDays(rapid.IntRange(0, 400).Draw(t, "start"))
		start = Wall{start.Add(time.Duration(rapid.IntRange(0, 1439).Draw(t, "minute")) * time.Minute)}
		days := rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}), 1, 7, rapid.ID).Draw(t, "days")
		count := rapid.IntRange(1, 30).Draw(t, "count")
		interval := rapid.IntRange(1, 3).Draw(t, "interval")
		zone := rapid.SampledFrom([]string{"", "America/New_York", "Australia/Lord_Howe"}).Draw(t, "zone")
		row := Schedule{StartAt: start, TimeZone: zone, Recurrence: fmt.Sprintf("RRULE:FREQ=WEEKLY;BYDAY=%s;COUNT=%d;INTERVAL=%d", strings.Join(days, ","), count, interval)}
		var want []Wall
		monday := start.Date().AddDays(-(int(start.Weekday()) + 6) % 7)
		for day := start; len(want) < count; day = day.AddDays(1) {
			week := int(day.Date().Sub(monday.Time).Hours()) / 24 / 7
			if week%interval == 0 && slices.Contains(days, strings.ToUpper(day.Weekday().String()[:2])) {
				want = append(want, day)
			}
		}
		from := start.AddDays(rapid.IntRange(-10, 100).Draw(t, "from"))
		to := from.AddDays(rapid.IntRange(0, 100).Draw(t, "length"))
		want = slices.DeleteFunc(want, func(w Wall) bool { return w.Before(from.Time) || !w.Before(to.Time) })
		series, ok := SeriesOf(row, tokyo)
		if got := series.Between(from, to); !ok || stamps(got) != stamps(want) {
			t.Fatalf("%s from %s: %s, want %s", row.Recurrence, from, stamps(got), stamps(want))
		}
	})
}

// TestSkippedHourIsOneMoment: clocks in Paris skip 2:30 on 28 March 2027, and
// Google calls that occurrence 3:30.
func TestSkippedHourIsOneMoment(t *testing.T) {
	row := Schedule{StartAt: wallAt(t, "2027-03-26T02:30"), TimeZone: "Europe/Paris", Recurrence: "RRULE:FREQ=DAILY;COUNT=4"}
	whole, _ := SeriesOf(row, tokyo)
	for at, want := range map[string]bool{"2027-03-28T02:30": true, "2027-03-28T03:30": true, "2027-03-28T04:30": false, "2027-03-27T03:30": false} {
		if got := whole.Occurs(wallAt(t, at)); got != want || whole.Has(wallAt(t, at)) != want {
			t.Errorf("%s: %v", at, got)
		}
	}
	for _, gone := range []string{"20270328T023000", "20270328T033000"} {
		row.Recurrence = "RRULE:FREQ=DAILY;COUNT=4\nEXDATE;TZID=Europe/Paris:" + gone
		series, _ := SeriesOf(row, tokyo)
		left := series.Between(WallDate(2027, 3, 1), WallDate(2027, 4, 1))
		if len(left) != 3 || series.Has(wallAt(t, "2027-03-28T02:30")) || !series.Occurs(wallAt(t, "2027-03-28T03:30")) {
			t.Errorf("without %s: %s", gone, stamps(left))
		}
	}
}

func FuzzSeries(f *testing.F) {
	for _, text := range []string{"RRULE:FREQ=WEEKLY;BYDAY=MO", "EXDATE;TZID=Asia/Tokyo:20261103T090000", "RDATE;VALUE=DATE:20261103", "RRULE:FREQ=YEARLY;BYSETPOS=-1;UNTIL=20270101"} {
		f.Add(text, false)
	}
	f.Fuzz(func(t *testing.T, text string, allDay bool) {
		series, ok := SeriesOf(Schedule{StartAt: wallAt(t, "2026-11-02T09:00"), AllDay: allDay, Recurrence: text}, tokyo)
		if !ok {
			return
		}
		from, to := WallDate(2026, 11, 1), WallDate(2026, 12, 1)
		for _, w := range series.Between(from, to) {
			if w.Before(from.Time) || !w.Before(to.Time) {
				t.Fatalf("%q gives %s, outside of the window", text, w)
			}
		}
	})
}
