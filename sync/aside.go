package calsync

import (
	"context"

	"agcrm-google/models"
)

// Events that are not carried are noted with the reason, by their id and ETag: a
// reason is told once, and an event that changed is looked at again.

// asideRef names an event in the notes of what is left aside.
func asideRef(calendarID, eventID string) string {
	return models.EventKey(calendarID + "\n" + eventID)
}

// toldAside tells whether the log has said already why an event is left aside.
func (r *run) toldAside(ctx context.Context, ref, etag string) (bool, error) {
	if r.aside == nil {
		versions, err := r.db.AsideVersions(ctx, r.link.UserID)
		if err != nil {
			return false, err
		}
		r.aside = versions
	}
	version, noted := r.aside[ref]
	return noted && version == etag, nil
}

// leaveAside notes an event that is not carried, and says so once.
func (r *run) leaveAside(ctx context.Context, calendarID string, e *event, why models.Message) (*models.Change, error) {
	ref := asideRef(calendarID, e.ID)
	if told, err := r.toldAside(ctx, ref, e.ETag); told || err != nil {
		return nil, err
	}
	aside := models.NewLeftAside(r.link.UserID, models.SideGoogle, ref, e.ETag, e.Fields[models.FieldSubject], why)
	aside.CalendarID, aside.EventID = calendarID, e.ID
	return &models.Change{Base: models.NoBase, Aside: &aside,
		Log: []models.LogLine{models.NewLogLine(r.link.UserID, "warn", aside.Subject, why)}}, nil
}

func (r *run) asideNote(calendarID string, e *event) models.LeftAside {
	return models.LeftAside{UserID: r.link.UserID, Side: models.SideGoogle, Ref: asideRef(calendarID, e.ID)}
}
