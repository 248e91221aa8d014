package views

import (
	"strings"
	"testing"
	"time"
)

// officialHolidays are the days that the Cabinet Office published
// (https://www8.cao.go.jp/chosei/shukujitsu/gaiyou.html).
var officialHolidays = map[int]string{
	2021: "0101 0111 0211 0223 0320 0429 0503 0504 0505 0722 0723 0808 0809 0920 0923 1103 1123",
	2024: "0101 0108 0211 0212 0223 0320 0429 0503 0504 0505 0506 0715 0811 0812 0916 0922 0923 1014 1103 1104 1123",
	2025: "0101 0113 0211 0223 0224 0320 0429 0503 0504 0505 0506 0721 0811 0915 0923 1013 1103 1123 1124",
	2026: "0101 0112 0211 0223 0320 0429 0503 0504 0505 0506 0720 0811 0921 0922 0923 1012 1103 1123",
	2027: "0101 0111 0211 0223 0321 0322 0429 0503 0504 0505 0719 0811 0920 0923 1011 1103 1123",
}

func TestHolidays(t *testing.T) {
	for year, want := range officialHolidays {
		var got []string
		for day := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); day.Year() == year; day = day.AddDate(0, 0, 1) {
			if holidayOn(day) != "" {
				got = append(got, day.Format("0102"))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%d has %s, want %s", year, got, want)
		}
	}
}

func TestHolidayNames(t *testing.T) {
	p := Page{Locale: "ja"}
	for day, want := range map[string]string{
		"2026-01-01": "元日", "2026-03-20": "春分の日", "2026-05-03": "憲法記念日", "2026-05-06": "振替休日", "2026-09-21": "敬老の日",
		"2026-09-22": "国民の休日", "2026-09-23": "秋分の日", "2026-10-12": "スポーツの日", "2026-11-23": "勤労感謝の日",
	} {
		at, err := time.Parse(time.DateOnly, day)
		if err != nil {
			t.Fatal(err)
		}
		if got := p.T(holidayOn(at)); got != want {
			t.Errorf("%s is %q, want %q", day, got, want)
		}
	}
	for _, day := range []time.Time{{}, time.Date(2019, 11, 4, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if key := holidayOn(day); key != "" {
			t.Errorf("%s is %s", day, key)
		}
	}
}
