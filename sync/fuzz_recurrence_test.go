package calsync

import (
	"slices"
	"strings"
	"testing"
	"time"

	"agcrm-google/models"
)

// FuzzRecurrenceLines feeds any rule line of a row to the mapping: what goes to
// Google means the same there, comes back as the same rule, and is then nothing
// that would be written again.
func FuzzRecurrenceLines(f *testing.F) {
	for _, seed := range []string{
		"RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10", "RRULE:FREQ=DAILY;UNTIL=20270330T100000", "RRULE:FREQ=DAILY;UNTIL=20270330T080000Z",
		"RRULE:FREQ=DAILY;UNTIL=20270330", "rrule:freq=monthly;byday=-1fr;count=3", "RRULE:FREQ=MONTHLY;BYDAY=MO,TU;BYSETPOS=-1",
		"RRULE:FREQ=YEARLY;BYMONTH=3;WKST=SU", "RDATE:20270401T100000,20270402T100000", "RDATE;TZID=Asia/Tokyo:20270401T100000",
		"RDATE;VALUE=DATE:20270401", "RRULE:FREQ=DAILY;COUNT=3\nRDATE:20270401T080000Z", "RRULE:FREQ=DAILY;UNTIL=", "RRULE", "EXRULE:FREQ=WEEKLY;COUNT=2", "RRULE:FREQ=DAILY;COUNT=2\r\n\r\n",
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	zone, err := time.LoadLocation("Europe/Paris")
	check(f, err)
	conv := converter{zone: zone}
	f.Fuzz(func(t *testing.T, lines string, allDay bool) {
		start := models.Wall{Time: time.Date(2027, 3, 25, 10, 0, 0, 0, time.UTC)}
		rules, _ := models.SplitRecurrence(lines) // removed occurrences are FuzzRemovedOccurrences'
		row := models.Schedule{StartAt: start, EndAt: models.Wall{Time: start.Add(time.Hour)}, AllDay: allDay, Recurrence: strings.Join(rules, "\n")}
		if allDay {
			row.StartAt, row.EndAt = start.Date(), start.Date()
		}
		value := row.Fields()[models.FieldTime]
		there, err := conv.timeToEvent(value, "", "")
		check(t, err)
		back, err := conv.timeToRow(there, row)
		check(t, err)
		again, err := conv.timeToEvent(back, "", "")
		check(t, err)
		if again != there {
			t.Errorf("%q is in Google\n%s\nand came back and went again as\n%s", lines, there, again)
		}
		var asBack models.Schedule
		check(t, asBack.SetField(models.FieldTime, back))
		before, ok := models.SeriesOf(row, zone)
		if !ok {
			return // carried as it is; nobody here can tell what it means
		}
		after, ok := models.SeriesOf(asBack, zone)
		if !ok {
			t.Fatalf("%q can be expanded, and not as it comes back: %q", lines, asBack.Recurrence)
		}
		from, to := row.StartAt.AddDays(-2), row.StartAt.AddDays(100)
		if a, b := before.Between(from, to), after.Between(from, to); !slices.Equal(a, b) {
			t.Errorf("%q means %v, and as it comes back, %q, %v", lines, a, asBack.Recurrence, b)
		}
	})
}
