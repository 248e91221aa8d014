package calsync

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// FuzzReadEvent feeds whatever Google might answer to the mapping: nothing may
// panic, and what becomes a row goes back as the same event.
func FuzzReadEvent(f *testing.F) {
	for _, seed := range []string{
		`{"id":"a","summary":"会議","start":{"dateTime":"2026-11-25T10:00:00+09:00","timeZone":"Asia/Tokyo"},"end":{"dateTime":"2026-11-25T11:00:00+09:00"}}`,
		`{"start":{"date":"2026-11-25"},"end":{"date":"2026-11-27"},"visibility":"confidential","transparency":"transparent","colorId":"11"}`,
		`{"start":{"dateTime":"2026-10-25T02:30:00+01:00","timeZone":"Europe/Paris"},"end":{"dateTime":"2026-10-25T03:30:00+01:00","timeZone":"Europe/Paris"},"recurrence":["RRULE:FREQ=WEEKLY;COUNT=3","EXDATE;TZID=Europe/Paris:20261101T023000"]}`,
		`{"id":"x_20261125","recurringEventId":"x","originalStartTime":{"date":"2026-11-25"},"status":"cancelled"}`,
		`{"description":"<b>a</b><br>&amp; b\u0000","start":{"date":"x"},"end":null,"attendees":[{"self":true},{}],"organizer":{}}`,
	} {
		f.Add(seed)
	}
	zone, err := time.LoadLocation("Asia/Tokyo")
	check(f, err)
	conv := converter{zone: zone}
	r := &run{conv: conv, s: &Service{opt: Options{Zone: zone}}, link: models.Link{UserID: testUser}}
	f.Fuzz(func(t *testing.T, text string) {
		var g calendar.Event
		if json.Unmarshal([]byte(text), &g) != nil {
			return
		}
		e := readEvent(&g)
		if _, fit := r.unfit(e, nil); !fit {
			return
		}
		row, err := r.rowFrom(e, models.Schedule{})
		if err != nil {
			return
		}
		agreed := row.AgreedFields()
		for _, name := range []string{models.FieldPrivate, models.FieldBusy, models.FieldColor} {
			back, err := conv.toEvent(name, agreed[name], agreed, e.Fields)
			if again, _ := conv.toRow(name, back, row); err != nil || again != agreed[name] {
				t.Errorf("%s: %q became %q in Google and %q again in the row (%v)", name, agreed[name], back, again, err)
			}
		}
		back, err := conv.toEvent(models.FieldTime, agreed[models.FieldTime], agreed, e.Fields)
		if err != nil {
			t.Fatalf("%q does not go back: %v", agreed[models.FieldTime], err)
		}
		was, _ := parseSpan(e.Fields[models.FieldTime])
		is, err := parseSpan(back)
		if err != nil || !was.start.Truncate(time.Second).Equal(is.start.Truncate(time.Second)) || was.allDay != is.allDay {
			t.Errorf("%q went back as %q (%v)", e.Fields[models.FieldTime], back, err)
		}
	})
}

// FuzzRemovedOccurrences feeds any EXDATE line: what is understood is written
// again so that it means the same, and the set can be taken out and put back.
func FuzzRemovedOccurrences(f *testing.F) {
	for _, seed := range []string{
		"EXDATE;TZID=Asia/Tokyo:20261202T100000", "EXDATE:20261202T010000Z,20261209T010000Z", "EXDATE;VALUE=DATE:20261202",
		"EXDATE:20261202T100000", "exdate;tzid=\"Europe/Paris\":20261025T023000", "EXDATE", "EXDATE;X=:,,", "EXDATE:99999999T999999Z",
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	zone, err := time.LoadLocation("Europe/Paris")
	check(f, err)
	conv := converter{zone: zone}
	f.Fuzz(func(t *testing.T, line string, allDay bool) {
		row := models.Schedule{StartAt: models.WallDate(2026, 11, 25), EndAt: models.WallDate(2026, 11, 25), AllDay: allDay,
			Recurrence: "RRULE:FREQ=WEEKLY\n" + line}
		keys := keySet(keyList(conv.removedKeys(row)))
		for _, key := range keys {
			if _, date, err := keyTime(key); err != nil || date != allDay {
				t.Errorf("%q of %q is no key of such a series: %v", key, line, err)
			}
		}
		bare := row
		bare.Recurrence = "RRULE:FREQ=WEEKLY"
		text, err := conv.setRemoved(bare, keys)
		check(t, err)
		check(t, bare.SetField(models.FieldRemoved, text))
		if again := keySet(keyList(conv.removedKeys(bare))); !slices.Equal(again, keys) {
			t.Errorf("%q means %v, written again it means %v", line, keys, again)
		}
	})
}
