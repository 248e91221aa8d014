package calsync

import (
	"context"
	"slices"
	"strconv"

	"agcrm-google/models"
)

// planTable notes what a change would do to the table.
func (r *run) planTable(c *models.Change) {
	fields, fresh := c.Row.Fields(), c.Pair != nil && c.Pair.ID == 0
	r.db.over.note(r, c)
	switch {
	case c.Hold != nil:
		r.plan(c.Hold.Side, stepHold, 0, models.Fields{models.FieldSubject: c.Hold.Subject, models.FieldTime: c.Hold.Starts}, models.Message{})
	case c.Aside != nil:
		r.plan(c.Aside.Side, stepSkip, 0, models.Fields{models.FieldSubject: c.Aside.Subject}, c.Aside.Reason())
	case fresh && c.Action != models.ActionCreate:
		r.plan(models.SideTable, stepAdopt, c.Row.ID, fields, models.Message{})
	case c.Action != "":
		r.plan(models.SideTable, c.Action, c.Row.ID, fields, models.Message{})
	}
}

// plan names one thing that a run would do; of what it does to one row on one side
// the first. Of row 0 all is named.
func (r *run) plan(side, action string, rowID int64, fields models.Fields, why models.Message) {
	item := side + strconv.FormatInt(rowID, 10)
	if rowID != 0 && r.named[item] {
		return
	}
	if r.named == nil {
		r.named = map[string]bool{}
	}
	r.named[item] = true
	r.res.Plan = append(r.res.Plan, Step{Side: side, Action: action, Subject: fields[models.FieldSubject], When: fields[models.FieldTime], Reason: why})
}

// planPair notes what a dry run would do in Google for a pair.
func (r *run) planPair(ctx context.Context, p *models.Pair, row models.Schedule, there, concerns bool) error {
	held, asked := r.held[p.ID]
	switch {
	case !r.link.CarriesToGoogle() || p.State == models.PairEnded || (asked && held.Decision == ""):
	case p.ParkedAt == parkedByEvent || there && p.ParkedKey != "" && p.RowVersion == row.RowVersion:
	case there && p.Kept && !concerns:
	case !there && p.AgreedEvent[factSeries] != "":
		return r.planGivenBack(ctx, p)
	case !concerns && p.AgreedEvent[factOutside] != "":
		r.plan(models.SideTable, stepHold, p.ScheduleID, p.AgreedRow, models.Message{})
	case !concerns && r.inWindow(p.AgreedRow):
		r.plan(models.SideGoogle, models.ActionDelete, p.ScheduleID, p.AgreedRow, models.Message{})
	case !concerns:
	case p.State == models.PairInserting:
		r.plan(models.SideGoogle, models.ActionCreate, row.ID, row.Fields(), models.Message{})
		r.db.over.inserted(r, &models.Change{Row: row, Base: models.NoBase, Pair: p})
	default:
		return r.planPatch(ctx, p, row)
	}
	return nil
}

// planPatch is planPair for a living pair. With the time or the rule of a series
// its changed occurrences are written again.
func (r *run) planPatch(ctx context.Context, p *models.Pair, row models.Schedule) error {
	changed := r.changedFields(p, row)
	if len(changed) == 0 && p.AgreedEvent[factUndo] == "" {
		return nil
	}
	r.plan(models.SideGoogle, models.ActionUpdate, row.ID, row.Fields(), models.Message{})
	if !slices.Contains(changed, models.FieldTime) {
		return nil
	}
	children, err := r.db.Replacements(ctx, row.ID)
	for _, child := range children {
		r.plan(models.SideGoogle, models.ActionCreate, child.ID, child.Fields(), models.Message{})
	}
	return err
}

// planGivenBack is planPair for a changed occurrence whose row is gone. What goes
// with its series, or with what is written to that, is no item of its own.
func (r *run) planGivenBack(ctx context.Context, p *models.Pair) error {
	master, series, err := r.masterOf(ctx, p.CalendarID, p.AgreedEvent[factSeries], false)
	if err != nil || master == nil || series == nil {
		return err
	}
	removed := slices.Contains(r.conv.removedKeys(*series), p.AgreedEvent[factOriginal])
	switch {
	case !removed:
		r.plan(models.SideGoogle, models.ActionUpdate, p.ScheduleID, p.AgreedRow, models.Message{})
	case !slices.Contains(r.changedFields(master, *series), models.FieldRemoved):
		r.plan(models.SideGoogle, models.ActionDelete, p.ScheduleID, p.AgreedRow, models.Message{})
	}
	return nil
}
