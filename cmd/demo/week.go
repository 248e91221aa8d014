package main

import (
	"context"
	"time"

	"agcrm-google/models"
)

// weekStart is the Monday of the week that the schedule shows on that day, as a
// clock reading; where weeks begin with Sunday, a Sunday belongs to the Monday
// after it.
func weekStart(day time.Time, fromSunday bool) time.Time {
	back := (int(day.Weekday()) + 6) % 7
	if fromSunday && day.Weekday() == time.Sunday {
		back = -1
	}
	return time.Date(day.Year(), day.Month(), day.Day()-back, 0, 0, 0, 0, time.UTC)
}

// entry is a row of the schedule table and who takes part besides its owner.
type entry struct {
	models.Schedule
	with []person
}

// calendarOf makes rows of one owner, in the weeks around a Monday.
type calendarOf struct {
	owner  person
	monday time.Time
}

func (c calendarOf) wall(day, hour, minute int) models.Wall {
	return models.Wall{Time: c.monday.AddDate(0, 0, day).Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute)}
}

// at is an appointment on a day counted from the Monday, of so many minutes.
func (c calendarOf) at(day, hour, minute, minutes int, subject, location string, color int, with ...person) entry {
	start := c.wall(day, hour, minute)
	return entry{models.Schedule{OwnerID: c.owner.id, Subject: subject, Location: location, StartAt: start,
		EndAt: models.Wall{Time: start.Add(time.Duration(minutes) * time.Minute)}, Busy: true, ColorID: color}, with}
}

// days is an all-day appointment, its last day included.
func (c calendarOf) days(first, last int, subject, location string, color int, with ...person) entry {
	return entry{models.Schedule{OwnerID: c.owner.id, Subject: subject, Location: location, AllDay: true,
		StartAt: c.wall(first, 0, 0), EndAt: c.wall(last, 0, 0), Busy: true, ColorID: color}, with}
}

func (e entry) private() entry            { e.Private = true; return e }
func (e entry) free() entry               { e.Busy = false; return e }
func (e entry) saying(body string) entry  { e.Body = body; return e }
func (e entry) repeats(rule string) entry { e.Recurrence = "RRULE:" + rule; return e }

// The subjects that the story comes back to.
const (
	weeklySubject = "営業部 定例"
	visitSubject  = "株式会社山本商事 訪問"
)

// tableWeek is what the CRM knows of the employees' weeks.
func tableWeek(monday time.Time) []entry {
	t, s := calendarOf{tanaka, monday}, calendarOf{sato, monday}
	z, h := calendarOf{suzuki, monday}, calendarOf{takahashi, monday}
	return []entry{
		t.at(0, 10, 0, 60, "営業会議", "第1会議室", 0, sato, suzuki),
		t.at(1, 14, 0, 90, visitSubject, "大阪市北区梅田2-4-9", 9, sato).saying("見積書（第2版）を持参。佐藤さん同行"),
		t.at(2-28, 13, 30, 60, weeklySubject, "第2会議室", 7, sato, takahashi).saying("議題は前日までに共有フォルダへ").repeats("FREQ=WEEKLY;BYDAY=WE"),
		t.at(2, 9, 30, 120, "見積書作成", "", 5).free(),
		t.at(2, 10, 30, 90, "提案資料レビュー", "会議室A", 3, suzuki),
		t.days(3, 4, "新製品発表会", "東京国際フォーラム", 11, suzuki),
		t.at(4, 16, 0, 30, "面談", "", 0).private(),
		t.at(7, 13, 0, 60, "見込み客フォロー電話", "", 2),
		t.days(8, 10, "大阪出張", "大阪支社", 6),
		t.at(11, 15, 0, 60, "月次報告会", "第1会議室", 10, sato, suzuki, takahashi).repeats("FREQ=MONTHLY;BYDAY=-1FR;COUNT=12"),
		t.days(14, 14, "有給休暇", "", 8).private(),
		s.at(0, 13, 0, 120, "得意先訪問（川崎方面）", "川崎", 2),
		s.at(1, 10, 0, 60, "通院", "市民病院", 0).private(),
		s.at(3, 9, 0, 60, "在庫確認", "川崎倉庫", 0),
		s.days(4, 4, "棚卸", "川崎倉庫", 8),
		z.days(0, 2, "展示会準備", "幕張メッセ", 6),
		z.at(1, 16, 0, 60, "技術打ち合わせ", "オンライン", 1),
		h.at(2, 15, 0, 60, "採用面接", "応接室", 3).private(),
		h.at(4, 10, 0, 30, "経費精算", "", 0).free(),
	}
}

// enter adds a row and who takes part.
func (c *company) enter(ctx context.Context, row entry) error {
	id, err := c.db.CreateSchedule(ctx, row.Schedule)
	if err != nil || len(row.with) == 0 {
		return err
	}
	var with []int64
	for _, p := range row.with {
		with = append(with, p.id)
	}
	return c.db.SetParticipants(ctx, id, with)
}

// row is tanaka's row of that subject.
func (c *company) row(ctx context.Context, subject string) (models.Schedule, error) {
	rows, err := c.db.SchedulesBetween(ctx, []int64{tanaka.id}, models.WallDate(2000, 1, 1), models.WallDate(2100, 1, 1))
	if err != nil {
		return models.Schedule{}, err
	}
	for _, row := range rows {
		if row.Subject == subject {
			return row, nil
		}
	}
	return models.Schedule{}, models.ErrNotFound
}

// except moves next week's occurrence of the weekly series to the next day, and
// takes the one after it out.
func (c *company) except(ctx context.Context, monday time.Time) error {
	series, err := c.row(ctx, weeklySubject)
	if err != nil {
		return err
	}
	week := calendarOf{tanaka, monday}
	moved := series
	moved.Subject, moved.StartAt, moved.EndAt = weeklySubject+"（日程変更）", week.wall(10, 10, 0), week.wall(10, 11, 0)
	if _, err := c.db.ReplaceOccurrence(ctx, models.Occurrence{SeriesID: series.ID, Version: series.RowVersion, At: week.wall(9, 13, 30)},
		models.Edit{Row: moved, Participants: []int64{sato.id}}); err != nil {
		return err
	}
	if series, err = c.row(ctx, weeklySubject); err != nil {
		return err
	}
	return c.db.RemoveOccurrence(ctx, models.Occurrence{SeriesID: series.ID, Version: series.RowVersion, At: week.wall(16, 13, 30)})
}
