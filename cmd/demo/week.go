package main

import (
	"net/url"
	"time"

	"agcrm-google/models"
)

// weekStart is the Monday of that day's week, as a clock reading.
func weekStart(day time.Time) time.Time {
	back := (int(day.Weekday()) + 6) % 7
	return time.Date(day.Year(), day.Month(), day.Day()-back, 0, 0, 0, 0, time.UTC)
}

// entry is a row of the schedule table and who takes part besides its owner.
type entry struct {
	models.Schedule
	with []int64
}

// tableWeek is what the CRM knows of the employees' week: single appointments,
// one of them with a colleague, and a weekly series that has run for a month.
func tableWeek(monday time.Time) []entry {
	at := func(day, hour, minute int) models.Wall {
		return models.Wall{Time: monday.AddDate(0, 0, day).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)}
	}
	own := func(s models.Schedule) entry { s.OwnerID = employeeID; return entry{Schedule: s} }
	visit := own(models.Schedule{Subject: "株式会社山本商事 訪問", Location: "大阪市北区梅田2-4-9", Body: "見積書（第2版）を持参。佐藤さん同行",
		StartAt: at(1, 14, 0), EndAt: at(1, 15, 30), Busy: true, ColorID: 9})
	visit.with = []int64{colleagueID}
	weekly := own(models.Schedule{Subject: "営業部 定例", Location: "第2会議室", Body: "議題は前日までに共有フォルダへ",
		StartAt: at(2-28, 13, 30), EndAt: at(2-28, 14, 30), Busy: true, ColorID: 7, Recurrence: "RRULE:FREQ=WEEKLY;BYDAY=WE"})
	weekly.with = []int64{colleagueID}
	return []entry{
		own(models.Schedule{Subject: "営業会議", Location: "第1会議室", StartAt: at(0, 10, 0), EndAt: at(0, 11, 0), Busy: true}),
		visit,
		weekly,
		own(models.Schedule{Subject: "見積書作成", StartAt: at(2, 9, 30), EndAt: at(2, 11, 30), Busy: false, ColorID: 5}),
		own(models.Schedule{Subject: "新製品発表会", Location: "東京国際フォーラム", StartAt: at(3, 0, 0), EndAt: at(4, 0, 0), AllDay: true, Busy: true, ColorID: 11}),
		own(models.Schedule{Subject: "面談", StartAt: at(4, 16, 0), EndAt: at(4, 16, 30), Private: true, Busy: true}),
		own(models.Schedule{Subject: "見込み客フォロー電話", StartAt: at(7, 13, 0), EndAt: at(7, 14, 0), Busy: true, ColorID: 2}),
		{Schedule: models.Schedule{OwnerID: colleagueID, Subject: "在庫確認", Location: "川崎倉庫", StartAt: at(3, 9, 0), EndAt: at(3, 10, 0), Busy: true}},
	}
}

// googleWeek is what the employee has entered in Google, as the calendar
// page's form.
func googleWeek(monday time.Time) []url.Values {
	event := func(summary, location string, start, end time.Time, color string) url.Values {
		const layout = "2006-01-02T15:04"
		return url.Values{"summary": {summary}, "location": {location}, "color": {color}, "start": {start.Format(layout)}, "end": {end.Format(layout)}}
	}
	day := func(n, hour int) time.Time { return monday.AddDate(0, 0, n).Add(time.Duration(hour) * time.Hour) }
	sports := event("小学校の運動会", "市立第三小学校", day(5, 0), day(5, 0), "10")
	sports.Set("all_day", "on")
	return []url.Values{
		event("佐藤さんとランチ", "丸の内", day(1, 12), day(1, 13), "4"),
		event("英会話レッスン", "オンライン", day(3, 19), day(3, 20), "7"),
		sports,
	}
}
