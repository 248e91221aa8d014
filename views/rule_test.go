package views_test

import (
	"testing"
	"time"

	"agcrm-google/models"
)

func TestRulesInWords(t *testing.T) {
	start := models.Wall{Time: time.Date(2026, 11, 10, 9, 0, 0, 0, time.UTC)} // the second Tuesday
	for rule, want := range map[string][3]string{
		"RRULE:FREQ=DAILY":                             {"毎日", "every day", "tous les jours"},
		"RRULE:FREQ=DAILY;INTERVAL=2;COUNT=5":          {"2日ごと、5回", "every 2 days, 5 times", "tous les 2 jours, 5 fois"},
		"RRULE:FREQ=WEEKLY;BYDAY=MO,WE":                {"毎週 月・水", "every week on Mon, Wed", "toutes les semaines, lun., mer."},
		"rrule:freq=weekly;wkst=MO":                    {"毎週 火", "every week on Tue", "toutes les semaines, mar."},
		"RRULE:FREQ=MONTHLY;BYDAY=2TU":                 {"毎月 第2火曜日", "every month on the second Tuesday", "tous les mois, le deuxième mardi"},
		"RRULE:FREQ=MONTHLY;BYDAY=-1FR":                {"毎月 最終金曜日", "every month on the last Friday", "tous les mois, le dernier vendredi"},
		"RRULE:FREQ=MONTHLY":                           {"毎月 10日", "every month on day 10", "tous les mois, le 10"},
		"RRULE:FREQ=YEARLY":                            {"毎年 11月10日", "every year on 10 November", "tous les ans, le 10 novembre"},
		"RRULE:FREQ=WEEKLY;UNTIL=20261201T000000Z":     {"毎週 火、2026年12月1日(火)まで", "every week on Tue, until 1 December 2026", "toutes les semaines, mar., jusqu’au 1er décembre 2026"},
		"RRULE:FREQ=DAILY\nEXDATE;VALUE=DATE:20261112": {"毎日（2026年11月12日(木)を除く）", "every day (except 12 November 2026)", "tous les jours (sauf 12 novembre 2026)"},
		"RRULE:FREQ=HOURLY":                            {"繰り返し", "Repeats", "Se répète"},
		"RRULE:FREQ=NEVER":                             {"繰り返し", "Repeats", "Se répète"},

		"RRULE:FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1":                     {"毎月 最終月曜日", "every month on the last Monday", "tous les mois, le dernier lundi"},
		"RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1":         {"毎月 最終平日", "every month on the last weekday", "tous les mois, le dernier jour de semaine"},
		"RRULE:FREQ=MONTHLY;INTERVAL=2;BYDAY=2TU,-1TU":                {"2か月ごと 第2火曜日・最終火曜日", "every 2 months on the second Tuesday, the last Tuesday", "tous les 2 mois, le deuxième mardi, le dernier mardi"},
		"RRULE:FREQ=MONTHLY;BYMONTHDAY=-1":                            {"毎月 月末日", "every month on the last day", "tous les mois, le dernier jour"},
		"RRULE:FREQ=MONTHLY;BYMONTHDAY=10,20\nEXDATE:20261120T090000": {"2026年11月10日(火)・2026年12月10日(木)・2026年12月20日(日)・… に繰り返し", "on 10 November 2026, 10 December 2026, 20 December 2026, …", "le 10 novembre 2026, 10 décembre 2026, 20 décembre 2026, …"},
		"RDATE:20261112T090000":                                       {"2026年11月10日(火)・2026年11月12日(木) に繰り返し", "on 10 November 2026, 12 November 2026", "le 10 novembre 2026, 12 novembre 2026"},
	} {
		for i, locale := range []string{"ja", "en", "fr"} {
			p := page(locale)
			if got := p.RuleText(rule, start, p.Zone); got != want[i] {
				t.Errorf("%s: %q is %q, want %q", locale, rule, got, want[i])
			}
		}
	}
}
