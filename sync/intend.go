package calsync

import (
	"context"
	"crypto/rand"
	"fmt"
	"maps"
	"strconv"

	"agcrm-google/models"
)

// intend chooses the id of the event that a row is to have and fixes what will
// be sent, before anything is: a repeat sends the same, so that an answer that
// was lost can be told from a stranger's event.
func (r *run) intend(ctx context.Context, p *models.Pair, row models.Schedule) error {
	agreedRow, agreedEvent, err := r.lastHad(ctx, p, row)
	if err != nil {
		return err
	}
	p.AgreedRow, p.AgreedEvent, p.ICalUID = row.AgreedFields(), models.Fields{}, ""
	if row.SeriesID != 0 {
		if err := r.intendOccurrence(ctx, p, row); err != nil {
			return err
		}
	} else {
		p.Nonce = rand.Text()
		p.EventID = eventID(r.settings.InstallationID, p.UserID, row.ID, p.Nonce)
		p.ICalUID = p.EventID + "@google.com" // as Google will have it: guests may see it before its insert is confirmed
	}
	p.State, p.ETag, p.MissingMS = models.PairInserting, "", 0
	p.ParkedKey, p.ParkedArgs, p.ParkedAt = "", "", ""
	p.RowVersion = 0
	return r.intendFields(p, row, agreedRow, agreedEvent)
}

// intendFields fixes the fields: those in which the row is as it last was stay as
// they were in Google, which may hold more than the table can.
func (r *run) intendFields(p *models.Pair, row models.Schedule, agreedRow, agreedEvent models.Fields) error {
	fields := row.Fields()
	for _, name := range models.FieldNames {
		if agreedRow != nil && fields[name] == agreedRow[name] {
			p.AgreedEvent[name] = agreedEvent[name]
			continue
		}
		value, err := r.conv.toEvent(name, fields[name], agreedRow, agreedEvent)
		if err != nil {
			return fmt.Errorf("map schedule %d: %w", row.ID, err)
		}
		p.AgreedEvent[name] = value
	}
	p.AgreedEvent[models.FieldRemoved] = keyList(r.conv.removedKeys(row))
	if row.OwnerID != r.link.UserID { // a copy, whose colour is the participant's own
		p.AgreedEvent[factCopy], p.AgreedEvent[models.FieldColor] = "1", agreedEvent[models.FieldColor]
	}
	if agreedRow == nil && p.AgreedEvent[models.FieldColor] == "" {
		p.AgreedEvent[models.FieldColor] = r.defaultColor()
	}
	return nil
}

// lastHad is what both sides last had of what a row is to become in Google: the
// pair's own agreement, or, for an occurrence that has none, what its series makes
// of it. nil: the event is a new one.
func (r *run) lastHad(ctx context.Context, p *models.Pair, row models.Schedule) (agreedRow, agreedEvent models.Fields, err error) {
	if p.AgreedRow != nil && p.AgreedEvent[models.FieldTime] != "" {
		return p.AgreedRow, p.AgreedEvent, nil
	}
	if row.SeriesID == 0 {
		return nil, nil, nil
	}
	master, series, err := r.seriesOf(ctx, row)
	if err != nil || master == nil || master.AgreedRow == nil {
		return nil, nil, err
	}
	plain, ok := asOccurrence(master.AgreedEvent, r.keyOfRow(row, series))
	if !ok || series.SetField(models.FieldTime, master.AgreedRow[models.FieldTime]) != nil {
		return nil, nil, nil
	}
	length := series.EndAt.Sub(series.StartAt.Time)
	series.StartAt, series.EndAt, series.Recurrence = row.OriginalStartAt, models.Wall{Time: row.OriginalStartAt.Add(length)}, ""
	agreedRow = maps.Clone(master.AgreedRow)
	agreedRow[models.FieldTime] = series.Fields()[models.FieldTime]
	return agreedRow, plain, nil
}

// defaultColor is the profile's colour, else the company's, else none.
func (r *run) defaultColor() string {
	for _, color := range []int{r.link.Color, r.settings.DefaultColor} {
		if color != 0 {
			return strconv.Itoa(color)
		}
	}
	return ""
}
