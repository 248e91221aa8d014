package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// saveButton saves an appointment's form.
const saveButton = chromedp.CSS(`#appointment button.primary`)

// TestScheduleFlows adds, repeats, changes and deletes appointments as people
// do, in each language, with the pages' scripts and without; where not
// everything is to be tested, one way in each language.
func TestScheduleFlows(t *testing.T) {
	o := newOffice(t)
	for i, locale := range []string{"ja", "en", "fr"} {
		for _, script := range []bool{true, false} {
			if script == (i == 1) && os.Getenv("AGCRM_TEST_FULL") == "" {
				continue
			}
			t.Run(fmt.Sprintf("%s, scripts %t", locale, script), func(t *testing.T) {
				o.t, o.world.t = t, t
				o.speak(locale)
				o.scripts(script)
				o.world.exec("DELETE FROM schedules WHERE subject LIKE '企画%'")
				o.as("tanaka")
				o.addSeries(script)
				o.changeOccurrences()
				o.meetAnother()
			})
		}
	}
	o.t, o.world.t = t, t
}

// addSeries clicks on a day of the month, is told what is wrong, and adds a
// series.
func (o *office) addSeries(script bool) {
	o.t.Helper()
	o.do("click on a day", o.open("/schedule?view=month&date=2026-12-01"), chromedp.Click(chromedp.CSS(`td[data-day="2026-12-08"] .add`)), chromedp.WaitVisible(chromedp.CSS("#subject")))
	o.do("end before it begins", fill("#subject", "企画会議"), fill("#start_at", "2026-12-08T10:00"), fill("#end_at", "2026-12-08T09:00"),
		chromedp.Click(saveButton), chromedp.WaitVisible(chromedp.CSS("#end_at-error")))
	o.says("form.invalid")
	if typed, err := chromedp.Run(o.window, chromedp.Value(chromedp.CSS("#subject"))); err != nil || typed != "企画会議" {
		o.t.Errorf("of the subject %q came back, %v", typed, err)
	}
	o.do("choose every second Tuesday", fill("#end_at", "2026-12-08T11:00"), fill("#repeat", "ordinal"), fill(`[name="repeat_count"]`, "3"))
	if script {
		o.do("read what it means", chromedp.Evaluate[chromedp.Void](`document.querySelector("#repeat").dispatchEvent(new Event("input", { bubbles: true }))`),
			chromedp.WaitVisible(chromedp.CSS("#repeat-hint:not(:empty)")))
		if said := o.text("#repeat-hint"); !strings.Contains(said, "3") || !strings.Contains(said, o.word("format.weekday_name.2")) {
			o.t.Errorf("the rule means %q", said)
		}
	}
	o.do("save", chromedp.Click(saveButton), chromedp.WaitVisible(chromedp.CSS(".note.ok")))
	o.says("schedule.saved", "subject", "企画会議")
	if n := o.count("SELECT COUNT(*) FROM schedules WHERE subject = '企画会議' AND recurrence = 'RRULE:FREQ=MONTHLY;BYDAY=2TU;COUNT=3'"); n != 1 {
		o.t.Errorf("%d such series in the table", n)
	}
}

// changeOccurrences renames the second occurrence and deletes what follows.
func (o *office) changeOccurrences() {
	o.t.Helper()
	id := o.count("SELECT id FROM schedules WHERE subject = '企画会議'")
	second := fmt.Sprintf("/schedule/%d?occurrence=2027-01-12T10:00", id)
	o.do("open the second", o.open("/schedule?date=2027-01-01"), chromedp.Click(chromedp.CSS(fmt.Sprintf(`td[data-day="2027-01-12"] a[href*="/schedule/%d"]`, id))),
		chromedp.WaitVisible(chromedp.CSS(".scope")), fill("#subject", "企画会議（拡大）"), chromedp.Click(saveButton), chromedp.WaitVisible(chromedp.CSS(".note.ok")))
	if n := o.count("SELECT COUNT(*) FROM schedules WHERE series_id = ? AND subject = '企画会議（拡大）'", id); n != 1 {
		o.t.Errorf("%d occurrences were renamed", n)
	}
	o.do("delete the third and what follows", o.open(strings.Replace(second, "2027-01-12", "2027-02-09", 1)), chromedp.WaitVisible(chromedp.CSS(".scope")),
		chromedp.Click(chromedp.CSS(`[name="scope"][value="following"]`)), chromedp.Click(chromedp.CSS(`#appointment button.danger`)), chromedp.WaitVisible(chromedp.CSS(".note.ok")))
	o.says("schedule.deleted", "subject", "企画会議")
	o.do("look at February", o.open("/schedule?view=list&date=2027-02-01"))
	if shown := o.text("main"); strings.Contains(shown, "企画会議") {
		o.t.Errorf("the third occurrence is still there:\n%s", shown)
	}
	o.says("holiday.emperor")
}

// meetAnother saves what somebody else has changed meanwhile: both versions are
// shown, and the other one is taken.
func (o *office) meetAnother() {
	o.t.Helper()
	o.world.exec("INSERT INTO schedules (owner_id, subject, start_at, end_at) VALUES (101, '企画書', '2026-12-10 10:00:00', '2026-12-10 11:00:00')")
	id := o.count("SELECT id FROM schedules WHERE subject = '企画書'")
	o.do("open it", o.open(fmt.Sprintf("/schedule/%d", id)), chromedp.WaitVisible(chromedp.CSS("#subject")))
	o.world.exec("UPDATE schedules SET location = '本社' WHERE id = ?", id)
	o.do("save too late", fill("#location", "支社"), chromedp.Click(saveButton), chromedp.WaitVisible(chromedp.CSS("#versions")))
	o.says("schedule.changed_meanwhile")
	if shown := o.text("#versions"); !strings.Contains(shown, "本社") || !strings.Contains(shown, "支社") {
		o.t.Errorf("both versions are to be seen:\n%s", shown)
	}
	o.do("take theirs", chromedp.Click(chromedp.CSS("#versions a.button")), chromedp.WaitVisible(chromedp.CSS("#location")))
	if typed, err := chromedp.Run(o.window, chromedp.Value(chromedp.CSS("#location"))); err != nil || typed != "本社" {
		o.t.Errorf("taken is %q, %v", typed, err)
	}
}
