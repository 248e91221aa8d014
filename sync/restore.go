package calsync

import (
	"context"
	"errors"
	"slices"
	"time"

	"agcrm-google/models"
)

// Restore brings back the values of a history entry: fields that were
// overwritten, or an appointment that was deleted. It writes the table, as a
// person would; the next run carries it to Google.
func (s *Service) Restore(ctx context.Context, historyID int64) error {
	h, err := s.db.HistoryByID(ctx, historyID)
	if err != nil {
		return err
	}
	if len(h.Before) == 0 {
		return &models.Problem{Kind: models.ErrInvalid, Message: models.Say("history.nothing_to_restore")}
	}
	row, err := s.db.Schedule(ctx, h.ScheduleID)
	there := err == nil
	if err != nil && !errors.Is(err, models.ErrNotFound) {
		return err
	}
	if !there && h.Action != models.ActionDelete {
		return &models.Problem{Kind: models.ErrConflict, Message: models.Say("history.row_gone")}
	}
	if !there {
		row = models.Schedule{OwnerID: h.UserID}
	}
	for _, name := range models.FieldNames {
		if value, kept := h.Before[name]; kept {
			if err := row.SetField(name, value); err != nil {
				return err
			}
		}
	}
	whole, err := h.Before.Whole()
	if err != nil {
		return err
	}
	if there {
		holders, err := s.db.Holders(ctx, row.ID)
		if err != nil {
			return err
		}
		if len(holders) > 0 && !slices.ContainsFunc(holders, changeable) {
			return &models.Problem{Kind: models.ErrConflict, Message: models.Say("history.read_only")}
		}
	}
	if err := s.db.MarkRestored(ctx, historyID); err != nil {
		return err
	}
	if there {
		err = s.db.UpdateSchedule(ctx, row)
	} else {
		_, err = s.db.CreateWhole(ctx, row, whole)
	}
	if err != nil {
		return errors.Join(err, s.db.UnmarkRestored(ctx, historyID))
	}
	s.nudge()
	return nil
}

// previewWait is how long a preview waits for a run in progress.
const previewWait = 5 * time.Second

// Preview tells what the next run would do, without writing anything.
func (s *Service) Preview(ctx context.Context, userID int64) ([]Step, error) {
	res, err := s.SyncUser(ctx, userID, RunOptions{DryRun: true, Wait: previewWait})
	return res.Plan, err
}
