package models

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// Calendar is one of the calendars that a linked account owns.
type Calendar struct {
	UserID     int64  `gorm:"primaryKey;autoIncrement:false"`
	CalendarID string `gorm:"primaryKey"`
	Summary    string
	TimeZone   string
	Color      string // background, #rrggbb
	IsPrimary  bool
	Selected   bool // ticked in the profile: 連携対象
	Lost       bool // the calendar list no longer names it as owned
	SyncToken  string
	TokenMS    int64 // when the sync token was stored; moves too when it is dropped
}

// TableName implements gorm's interface.
func (Calendar) TableName() string { return "agcrm_google_calendars" }

// Calendars reads a link's calendars, the primary one first, then by name.
func (db *DB) Calendars(ctx context.Context, userID int64) ([]Calendar, error) {
	return readCalendars(db.with(ctx), userID)
}

func readCalendars(tx *gorm.DB, userID int64) ([]Calendar, error) {
	var list []Calendar
	if err := tx.Where("user_id = ?", userID).Find(&list).Error; err != nil {
		return nil, fmt.Errorf("read the calendars of user %d: %w", userID, err)
	}
	slices.SortFunc(list, func(a, b Calendar) int {
		if a.IsPrimary != b.IsPrimary {
			if a.IsPrimary {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Summary+a.CalendarID, b.Summary+b.CalendarID)
	})
	return list, nil
}

// ReplaceCalendars notes what the account's calendar list names as owned now.
// On a link without calendars the primary one is ticked and becomes the target,
// unless another employee already synchronises it. A calendar that vanished is
// lost; its rows stay. It returns the ticked calendars that were lost just now.
func (db *DB) ReplaceCalendars(ctx context.Context, userID int64, now []Calendar) (lost []Calendar, err error) {
	err = db.tx(ctx, func(tx *gorm.DB) error {
		lost = nil
		old, err := readCalendars(tx, userID)
		if err != nil {
			return err
		}
		known := map[string]Calendar{}
		for _, c := range old {
			known[c.CalendarID] = c
		}
		for _, c := range now {
			before, there := known[c.CalendarID]
			delete(known, c.CalendarID)
			if err := db.saveCalendar(tx, userID, c, before, there, len(old) == 0); err != nil {
				return err
			}
		}
		for _, c := range known {
			if c.Lost {
				continue
			}
			if err := tx.Model(&c).Updates(map[string]any{"lost": true, "sync_token": "", "token_ms": c.TokenMS + 1}).Error; err != nil {
				return err
			}
			if c.Selected {
				lost = append(lost, c)
			}
		}
		return nil
	})
	return lost, err
}

func (db *DB) saveCalendar(tx *gorm.DB, userID int64, c, before Calendar, there, fresh bool) error {
	c.Summary, c.TimeZone = clip(c.Summary, widthSubject), clip(c.TimeZone, widthZone)
	if there {
		return tx.Model(&before).Updates(map[string]any{
			"summary": c.Summary, "time_zone": c.TimeZone, "color": c.Color, "is_primary": c.IsPrimary, "lost": false,
		}).Error
	}
	c.UserID = userID
	if fresh && c.IsPrimary {
		taken, err := takenCalendars(tx, userID, []string{c.CalendarID})
		if err != nil {
			return err
		}
		if len(taken) == 0 {
			c.Selected = true
			if err := tx.Model(&Link{}).Where("user_id = ?", userID).Update("target_calendar", c.CalendarID).Error; err != nil {
				return err
			}
		}
	}
	return tx.Create(&c).Error
}

// takenCalendars are those of ids that another employee synchronises.
func takenCalendars(tx *gorm.DB, userID int64, ids []string) ([]Calendar, error) {
	var taken []Calendar
	err := tx.Where("selected = ? AND user_id <> ? AND calendar_id IN ?", true, userID, ids).Find(&taken).Error
	return taken, err
}

// Profile is what an employee chooses for the own link.
type Profile struct {
	Calendars []string // ids, ticked
	Target    string   // the one that new appointments go to
	Interval  int      // minutes, 1 to 60
	Direction string
	Color     int // 1 to 11; 0 is the company's default

	// Draft keeps the choices of a first visit, to look at a preview with, and
	// does not count the profile as saved: nothing is synchronised yet.
	Draft bool
}

// SaveProfile checks and stores the choices, counts the profile as saved, unless
// it is a draft, and makes the link due. Faults are Problems beside the fields calendars,
// target_calendar, interval, direction and color; a calendar that another
// employee synchronises is ErrConflict.
func (db *DB) SaveProfile(ctx context.Context, userID int64, p Profile) error {
	return db.tx(ctx, func(tx *gorm.DB) error {
		var link Link
		if err := tx.Where("user_id = ?", userID).Take(&link).Error; err != nil {
			return fmt.Errorf("link of user %d: %w", userID, ErrNotFound)
		}
		list, err := readCalendars(tx, userID)
		if err != nil {
			return err
		}
		if err := p.check(list); err != nil {
			return err
		}
		taken, err := takenCalendars(tx, userID, p.Calendars)
		if err != nil {
			return err
		}
		if len(taken) > 0 {
			return &Problem{Kind: ErrConflict, Field: "calendars", Message: Say("profile.calendar_taken", "calendar", taken[0].Summary)}
		}
		for _, c := range list {
			selected := slices.Contains(p.Calendars, c.CalendarID)
			set := map[string]any{"selected": selected}
			if selected != c.Selected || p.Direction != link.Direction {
				set["sync_token"], set["token_ms"] = "", c.TokenMS+1 // the next run lists and compares everything
			}
			if err := tx.Model(&c).Updates(set).Error; err != nil {
				return err
			}
		}
		return tx.Model(&link).Updates(map[string]any{
			"saved": link.Saved || !p.Draft, "target_calendar": p.Target, "interval_minutes": p.Interval,
			"direction": p.Direction, "color": p.Color, "next_run_ms": 0,
		}).Error
	})
}

// CheckProfile finds the faults that SaveProfile would refuse, but for calendars
// that others synchronise, and stores nothing.
func (db *DB) CheckProfile(ctx context.Context, userID int64, p Profile) error {
	list, err := db.Calendars(ctx, userID)
	if err != nil {
		return err
	}
	return p.check(list)
}

func (p Profile) check(list []Calendar) error {
	var faults Problems
	add := func(field, key string) { faults = append(faults, Invalid(field, key)) }
	for _, id := range p.Calendars {
		if !slices.ContainsFunc(list, func(c Calendar) bool { return c.CalendarID == id && !c.Lost }) {
			add("calendars", "profile.calendar_unknown")
		}
	}
	switch {
	case len(p.Calendars) == 0:
		add("calendars", "profile.calendars_none")
	case !slices.Contains(p.Calendars, p.Target):
		add("target_calendar", "profile.target_unticked")
	}
	if p.Interval < 1 || p.Interval > 60 {
		add("interval", "profile.interval_range")
	}
	if p.Direction != DirectionBoth && p.Direction != ToGoogle && p.Direction != FromGoogle {
		add("direction", "profile.direction_unknown")
	}
	if p.Color < 0 || p.Color > 11 {
		add("color", "profile.color_unknown")
	}
	if len(faults) == 0 {
		return nil
	}
	return faults
}

// ForgetSyncTokens makes the next run of a link, or of all with user 0, list
// and compare everything.
func (db *DB) ForgetSyncTokens(ctx context.Context, userID int64) error {
	q := db.with(ctx).Model(&Calendar{}).Where("1 = 1")
	if userID != 0 {
		q = q.Where("user_id = ?", userID)
	}
	return q.Updates(map[string]any{"sync_token": "", "token_ms": gorm.Expr("token_ms + 1")}).Error
}
