package calsync

import (
	"context"
	"slices"

	"agcrm-google/models"
)

// replacementStays tells whether a row stays whose occurrence Google removed before
// this employee had it: one that the CRM has just made or edited, if its side wins;
// not one that a guest's run made of what the organiser has now removed.
func (r *run) replacementStays(ctx context.Context, series models.Schedule, key string) (bool, error) {
	if r.settings.ConflictPolicy == models.PolicyGoogle || !r.link.CarriesToGoogle() || slices.Contains(r.conv.removedKeys(series), key) {
		return false, nil
	}
	row, err := r.unpairedReplacement(ctx, series, key)
	if err != nil || row == nil {
		return true, err
	}
	holders, err := r.db.Holders(ctx, row.ID)
	return !slices.ContainsFunc(holders, func(q models.Pair) bool {
		return q.ReadOnly && sameFields(row.Fields(), q.AgreedRow)
	}), err
}

// dropLosing deletes the rows of occurrences that Google removed before this
// employee had them, where Google's side wins.
func (r *run) dropLosing(ctx context.Context, master *models.Pair, series models.Schedule, removed []*event) error {
	var changes []*models.Change
	for _, e := range removed {
		row, err := r.unpairedReplacement(ctx, series, e.Original)
		if err != nil {
			return err
		}
		if row == nil || !r.link.CarriesFromGoogle() {
			continue
		}
		at := &models.Pair{CalendarID: master.CalendarID, EventID: e.ID}
		changes = append(changes, &models.Change{Action: models.ActionDelete, Row: *row, Base: row.RowVersion,
			History: []models.HistoryEntry{r.entry(at, models.SideTable, models.ActionDelete, *row, row.AgreedFields(), nil)},
			Log:     []models.LogLine{r.logLine("info", row.Subject, "log.deleted_in_table")}})
	}
	_, err := r.apply(ctx, changes, nil)
	return err
}
