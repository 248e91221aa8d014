package views

import (
	"sync"
	"time"

	"github.com/rickar/cal/v2"
	"github.com/rickar/cal/v2/jp"
)

// The years in which Japan's public holidays are marked: before 2020 some had
// other names and days, and after 2099 the equinoxes are not calculated well
// enough.
const (
	firstHolidays = 2020
	lastHolidays  = 2099
)

// holidayKeys are the holidays of the library and how the catalogues call them.
// The names are the Cabinet Office's, not the library's.
var holidayKeys = map[*cal.Holiday]string{
	jp.NewYear:                 "holiday.new_year",
	jp.ComingOfAgeDay:          "holiday.coming_of_age",
	jp.NationalFoundationDay:   "holiday.foundation",
	jp.TheEmperorsBirthday:     "holiday.emperor",
	jp.VernalEquinoxDay:        "holiday.vernal_equinox",
	jp.ShowaDay:                "holiday.showa",
	jp.ConstitutionMemorialDay: "holiday.constitution",
	jp.GreeneryDay:             "holiday.greenery",
	jp.ChildrensDay:            "holiday.children",
	jp.MarineDay:               "holiday.marine",
	jp.MountainDay:             "holiday.mountain",
	jp.RespectForTheAgedDay:    "holiday.aged",
	jp.AutumnalEquinoxDay:      "holiday.autumnal_equinox",
	jp.SportsDay:               "holiday.sports",
	jp.CultureDay:              "holiday.culture",
	jp.LaborThanksgivingDay:    "holiday.labour",
}

// holidays are the holidays of the years that were asked for, by day of the
// year. The library writes to its own tables while it calculates, so one year
// at a time is asked for.
var holidays = struct {
	sync.Mutex
	years map[int]map[int]string
}{years: map[int]map[int]string{}}

// holidayOn is the key of the name of Japan's public holiday on a day; empty on
// any other day.
func holidayOn(day time.Time) string {
	year := day.Year()
	if year < firstHolidays || year > lastHolidays {
		return ""
	}
	holidays.Lock()
	defer holidays.Unlock()
	names, known := holidays.years[year]
	if !known {
		names = holidaysOf(year)
		holidays.years[year] = names
	}
	return names[day.YearDay()]
}

// holidaysOf are a year's holidays by day of the year: those of the law; for
// each on a Sunday the next day that is none (振替休日); and the weekday between
// two of them (国民の休日).
func holidaysOf(year int) map[int]string {
	names := map[int]string{}
	for holiday, key := range holidayKeys {
		if actual, _ := holiday.Calc(year); actual.Year() == year {
			names[actual.YearDay()] = key
		}
	}
	for holiday := range holidayKeys {
		actual, observed := holiday.Calc(year)
		if actual.Year() == year && !observed.Equal(actual) {
			names[observed.YearDay()] = "holiday.substitute"
		}
	}
	between := jp.NationalHolidayBetweenRespectForTheAgedDayAndAutumnalEquinoxDay
	if actual, _ := between.Calc(year); actual.Year() == year {
		names[actual.YearDay()] = "holiday.between"
	}
	return names
}
