package calsync

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"agcrm-google/models"
)

// push carries the table's changes to Google. What there is to do is a query
// over rows and pairs, so that work left by an earlier run is found again.
func (r *run) push(ctx context.Context) error {
	list, err := r.db.Candidates(ctx, r.link, r.since.AddDays(-2))
	if err != nil || len(list) == 0 {
		return err
	}
	var fresh, paired []int64
	for _, c := range list {
		if c.PairID == 0 {
			fresh = append(fresh, c.ScheduleID)
		} else {
			paired = append(paired, c.PairID)
		}
	}
	if _, _, err := r.heldOf(ctx, 0); err != nil {
		return err
	}
	if err := r.decideDeletions(ctx, paired); err != nil {
		return err
	}
	for _, id := range paired {
		if err := r.settle(ctx, id); err != nil {
			return err
		}
	}
	for len(r.rewrites) > 0 { // after the series that Google reset them with
		id := r.rewrites[0]
		r.rewrites = r.rewrites[1:]
		if err := r.settle(ctx, id); err != nil {
			return err
		}
	}
	for len(fresh) > 0 {
		part := fresh[:min(len(fresh), r.db.BatchSize())]
		fresh = fresh[len(part):]
		if err := r.pushFresh(ctx, part); err != nil {
			return err
		}
	}
	return r.pushReplacements(ctx)
}

// pushFresh gives rows without a pair their event: first all intents are stored,
// then each event is inserted.
func (r *run) pushFresh(ctx context.Context, ids []int64) error {
	rows, err := r.db.Schedules(ctx, ids)
	if err != nil {
		return err
	}
	rosters, err := r.db.Participants(ctx, ids)
	if err != nil {
		return err
	}
	if _, there := r.calendars[r.link.TargetCalendar]; !there {
		r.failed = &models.Problem{Kind: models.ErrConflict, Message: models.Say("sync.target_lost")}
		return nil
	}
	meetings, err := r.db.MeetingsOf(ctx, ids)
	if err != nil {
		return err
	}
	var changes []*models.Change
	for _, id := range ids {
		row, there := rows[id]
		if mine := row.OwnerID == r.link.UserID || row.SeriesID != 0 || models.TakesPart(rosters[id], r.link.UserID); !there || !mine || !r.inWindow(row.Fields()) {
			continue
		}
		if m, is := meetings[id]; is {
			c, done, err := r.freshMeeting(ctx, m, row)
			if err != nil {
				return err
			}
			if c != nil {
				changes = append(changes, c)
			}
			if done {
				continue
			}
		}
		if row.SeriesID != 0 {
			r.replacing = append(r.replacing, row) // after all masters
			continue
		}
		c, err := r.decideFresh(ctx, row)
		if err != nil {
			return err
		}
		changes = append(changes, c)
	}
	return r.insertIntended(ctx, changes)
}

// insertIntended stores intents and then inserts their events one by one.
func (r *run) insertIntended(ctx context.Context, changes []*models.Change) error {
	if r.dry {
		r.planPush(changes)
		return nil
	}
	stale, err := r.apply(ctx, changes, nil)
	if err != nil {
		return err
	}
	for _, c := range changes {
		if c.Pair == nil || slices.Contains(stale, c) {
			continue // left aside, or changed by somebody just now: the next run finds it again
		}
		if err := r.settle(ctx, c.Pair.ID); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) planPush(changes []*models.Change) {
	for _, c := range changes {
		if c.Pair == nil || c.Action != "" {
			r.planTable(c)
		} else {
			r.plan(models.SideGoogle, models.ActionCreate, c.Row.ID, c.Row.Fields(), models.Message{})
			r.db.over.inserted(r, c)
		}
	}
}

// decideFresh is the intent to insert a row's event, or the note why not.
func (r *run) decideFresh(ctx context.Context, row models.Schedule) (*models.Change, error) {
	if why, fit := r.rowFit(row); !fit {
		return r.noteRow(row, why), nil
	}
	note := models.LeftAside{UserID: r.link.UserID, Side: models.SideTable, Ref: strconv.FormatInt(row.ID, 10)}
	p := &models.Pair{UserID: r.link.UserID, Sub: r.link.Sub, CalendarID: r.link.TargetCalendar, ScheduleID: row.ID, Origin: models.OriginCRM}
	if err := r.intend(ctx, p, row); err != nil {
		return nil, err
	}
	return &models.Change{Row: row, Base: row.RowVersion, Pair: p, DropAside: []models.LeftAside{note}}, nil
}

// noteRow leaves a row aside in its present version.
func (r *run) noteRow(row models.Schedule, why models.Message) *models.Change {
	note := models.NewLeftAside(r.link.UserID, models.SideTable, strconv.FormatInt(row.ID, 10),
		strconv.FormatInt(row.RowVersion, 10), row.Subject, why)
	return &models.Change{Base: models.NoBase, Aside: &note,
		Log: []models.LogLine{models.NewLogLine(r.link.UserID, "warn", row.Subject, why)}}
}

// rowFit says why a row is left aside.
func (r *run) rowFit(row models.Schedule) (why models.Message, fit bool) {
	switch {
	case row.StartAt.IsZero() || row.EndAt.IsZero():
		return models.Say("aside.no_time"), false
	case row.EndAt.Before(row.StartAt.Time) && (!row.AllDay || row.EndAt.Date().Before(row.StartAt.Date().Time)):
		return models.Say("aside.end_before_start"), false
	}
	if _, err := row.Zone(r.s.opt.Zone); err != nil {
		return models.Say("aside.zone_unknown"), false
	}
	return models.Message{}, true
}

// eventID is a hash in the letters that Google takes (base32hex, lower case).
func eventID(installation string, link, row int64, nonce string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d/%d/%s", installation, link, row, nonce))
	return strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:20]))
}
