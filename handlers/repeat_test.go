package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"agcrm-google/models"
)

// The repeat editor writes rules, shows them again, and leaves alone what was
// not changed in it.
func TestRepeatEditor(t *testing.T) {
	s := newSite(t)
	b := s.as(tanaka, "ja")
	for want, c := range map[string]struct{ fields, told string }{
		"":                                    {"repeat=", ""},
		"RRULE:FREQ=DAILY;INTERVAL=2;COUNT=5": {"repeat=daily&repeat_every=2&repeat_count=5", "2日ごと、5回"},
		"RRULE:FREQ=WEEKLY;BYDAY=MO,WE":       {"repeat=weekly&repeat_every=1&repeat_days=WE&repeat_days=MO", "毎週 月・水"},
		"RRULE:FREQ=WEEKLY;UNTIL=20261231T145959Z":                {"repeat=weekly&repeat_every=1&repeat_until=2026-12-31", "毎週 土、2026年12月31日(木)まで"},
		"RRULE:FREQ=MONTHLY;BYDAY=3SA":                            {"repeat=ordinal&repeat_every=1", "毎月 第3土曜日"},
		"RRULE:FREQ=MONTHLY;BYDAY=-1SA":                           {"repeat=last&repeat_every=", "毎月 最終土曜日"},
		"RRULE:FREQ=MONTHLY":                                      {"repeat=monthly&repeat_every=１", "毎月 21日"},
		"RRULE:FREQ=YEARLY":                                       {"repeat=yearly&repeat_every=1", "毎年 11月21日"},
		"RRULE:FREQ=MONTHLY;BYSETPOS=-1;BYDAY=MO,TU,WE,TH,FR":     {"repeat=&recurrence=RRULE:FREQ%3DMONTHLY%3BBYSETPOS%3D-1%3BBYDAY%3DMO,TU,WE,TH,FR", "毎月 最終平日"},
		"RRULE:FREQ=WEEKLY\nEXDATE;TZID=Asia/Tokyo:20261128T1000": {"repeat=raw&recurrence=RRULE:FREQ%3DWEEKLY%0AEXDATE%3BTZID%3DAsia/Tokyo:20261128T1000", "毎週 土"},
	} {
		form := full()
		more, err := url.ParseQuery(c.fields)
		if err != nil {
			t.Fatal(err)
		}
		for name, values := range more {
			form[name] = values
		}
		b.post("/schedule", form).want(http.StatusSeeOther)
		row := s.rows(tanaka)[0]
		if row.Recurrence != want {
			t.Errorf("%s writes %q, want %q", c.fields, row.Recurrence, want)
		}
		page := b.get(fmt.Sprintf("/schedule/%d", row.ID)).want(http.StatusOK, c.told)
		if unit := more.Get("repeat"); unit != "" && unit != "raw" {
			page.want(http.StatusOK, `<option value="`+unit+`" selected>`)
		}
		s.deleteAll(tanaka)
	}
}

// Saving a series without touching the editor keeps its lines to the letter.
func TestRepeatEditorLeavesLinesAlone(t *testing.T) {
	s := newSite(t)
	b := s.as(tanaka, "ja")
	lines := "RRULE:FREQ=WEEKLY;WKST=SU;BYDAY=SA;COUNT=9\nEXDATE;TZID=Asia/Tokyo:20261128T100000"
	row := s.add(models.Schedule{OwnerID: tanaka, Subject: "会", StartAt: wall("2026-11-21T10:00"), EndAt: wall("2026-11-21T11:00"), Recurrence: lines})
	form := full()
	form.Set("recurrence", strings.ReplaceAll(lines, "\n", "\r\n"))
	for name, value := range map[string]string{"repeat": "weekly", "repeat_every": "1", "repeat_days": "SA", "repeat_count": "9", "repeat_until": ""} {
		form.Set(name, value)
	}
	path := fmt.Sprintf("/schedule/%d", row.ID)
	b.post(path, form).want(http.StatusSeeOther)
	if got := s.rows(tanaka)[0]; got.Recurrence != lines || got.Subject != "打ち合わせ" {
		t.Errorf("the row is %+v", got)
	}
	form.Set("repeat_count", "4")
	b.post(path, form).want(http.StatusSeeOther)
	if got := s.rows(tanaka)[0].Recurrence; got != "RRULE:FREQ=WEEKLY;BYDAY=SA;COUNT=4\nEXDATE;TZID=Asia/Tokyo:20261128T100000" {
		t.Errorf("the rule is %q", got)
	}
}

func TestBadRepeats(t *testing.T) {
	s := newSite(t)
	for _, locale := range []string{"ja", "en", "fr"} {
		b := s.as(tanaka, locale)
		for fields, want := range map[string]string{
			"repeat=sometimes":                                    text(locale, "repeat.unknown"),
			"repeat=daily&repeat_every=0":                         text(locale, "repeat.every_range", "max", "99"),
			"repeat=daily&repeat_every=often":                     text(locale, "repeat.every_range", "max", "99"),
			"repeat=daily&repeat_count=1000":                      text(locale, "repeat.count_range", "max", "999"),
			"repeat=daily&repeat_count=3&repeat_until=2026-12-01": text(locale, "repeat.one_end"),
			"repeat=daily&repeat_until=2026-11-20":                text(locale, "repeat.until_before_start"),
			"repeat=daily&repeat_until=Christmas":                 text(locale, "schedule.date_form"),
		} {
			form := full()
			more, err := url.ParseQuery(fields)
			if err != nil {
				t.Fatal(err)
			}
			for name, values := range more {
				form[name] = values
			}
			b.post("/schedule", form).want(http.StatusUnprocessableEntity, want, `id="repeat-error"`)
		}
	}
	if rows := s.rows(tanaka); len(rows) != 0 {
		t.Errorf("rows are %+v", rows)
	}
}

// A series begins with the first day that its rule names, as the sentence says.
func TestSeriesBeginsWithItsFirstDay(t *testing.T) {
	s := newSite(t)
	b := s.as(tanaka, "ja")
	for fields, want := range map[string]string{
		"repeat=weekly&repeat_days=MO&repeat_days=WE":                   "2026-11-23T10:00",
		"repeat=last&start_at=2026-11-14T23:30&end_at=2026-11-15T01:00": "2026-11-28T23:30",
		"repeat=weekly&repeat_days=SA":                                  "2026-11-21T10:00",
		"repeat=daily":                                                  "2026-11-21T10:00",
	} {
		form := full()
		more, err := url.ParseQuery(fields)
		if err != nil {
			t.Fatal(err)
		}
		for name, values := range more {
			form[name] = values
		}
		length := wall(form.Get("end_at")).Sub(wall(form.Get("start_at")).Time)
		b.post("/schedule", form).want(http.StatusSeeOther)
		row := s.rows(tanaka)[0]
		if row.StartAt != wall(want) || row.EndAt.Sub(row.StartAt.Time) != length {
			t.Errorf("%s: from %s to %s, want %s", fields, row.StartAt, row.EndAt, want)
		}
		told := b.get("/schedule/rule?" + form.Encode()).want(http.StatusOK)
		if moved := want[:10] != form.Get("start_at")[:10]; strings.Contains(told.body, "初回は") != moved {
			t.Errorf("%s is told as %q", fields, told.body)
		}
		s.deleteAll(tanaka)
	}
}
