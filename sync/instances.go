package calsync

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/api/calendar/v3"

	"agcrm-google/models"
)

// instance finds an occurrence of a series by its original start, changed or
// not; with deleted also a removed one. nil: the series has none there, or is none
// any more.
func (r *run) instance(ctx context.Context, series *models.Pair, key string, deleted bool) (found *calendar.Event, err error) {
	_, date, err := keyTime(key)
	s, err2 := parseSpan(series.AgreedEvent[models.FieldTime])
	if err != nil || err2 != nil || len(s.rules) == 0 || date != s.allDay {
		return nil, nil // Google refuses the question
	}
	err = r.api.do(ctx, "", func() error {
		list, err := r.api.svc.Events.Instances(series.CalendarID, series.EventID).OriginalStart(originalStart(key)).ShowDeleted(deleted).Context(ctx).Do()
		if err != nil {
			return err
		}
		if found = nil; len(list.Items) > 0 {
			found = list.Items[0]
		}
		return nil
	})
	return found, err
}

// gives tells whether a series, as it stands in Google, has an occurrence with
// this original start, removed or not. Google lists occurrences of a former time or
// rule as cancelled, which nobody removed. When in doubt it has.
func (r *run) gives(series *models.Pair, key string) bool {
	var row models.Schedule
	text, err := r.conv.toRow(models.FieldTime, series.AgreedEvent[models.FieldTime], row)
	at, date, err2 := keyTime(key)
	if err != nil || err2 != nil || row.SetField(models.FieldTime, text) != nil {
		return true
	}
	if row.Recurrence == "" || row.AllDay != date {
		return false
	}
	zone, err := row.Zone(r.conv.zone)
	s, ok := models.SeriesOf(row, r.conv.zone)
	return err != nil || !ok || s.Occurs(originalWall(at, date, zone))
}

// endless is a series without the end of its rule: what was removed after it stays
// removed, should the end move again.
func endless(series models.Fields) models.Fields {
	lines := strings.Split(series[models.FieldTime], "\n")
	for i, line := range lines {
		head, value, found := strings.Cut(line, ":")
		if i == 0 || !found {
			continue
		}
		parts := slices.DeleteFunc(strings.Split(value, ";"), func(part string) bool {
			return strings.HasPrefix(part, "UNTIL=") || strings.HasPrefix(part, "COUNT=")
		})
		lines[i] = head + ":" + strings.Join(parts, ";")
	}
	return models.Fields{models.FieldTime: strings.Join(lines, "\n")}
}

// withoutRemoved takes out of the row of a new series what was removed one by one.
func (r *run) withoutRemoved(e *event, row models.Schedule) (models.Schedule, error) {
	lines := keySet(e.Fields[models.FieldRemoved])
	series := &models.Pair{AgreedEvent: e.Fields}
	var keys []string
	for _, key := range r.removed[e.ID] {
		if !slices.Contains(lines, key) && r.gives(series, key) {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return row, nil
	}
	e.Fields[factCancelled], e.Fields[models.FieldRemoved] = keyList(keys), keyList(append(lines, keys...))
	text, err := r.conv.setRemoved(row, keySet(e.Fields[models.FieldRemoved]))
	if err != nil {
		return row, err
	}
	return row, row.SetField(models.FieldRemoved, text)
}
