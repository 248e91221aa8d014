package calsync

import (
	"context"
	"fmt"
	"net/http"

	"google.golang.org/api/calendar/v3"
	"google.golang.org/api/option"

	"agcrm-google/models"
)

// listCalendars reads the calendars that an account owns, over all pages. Hidden
// ones are among them: hiding a calendar in Google's web page does not end its
// synchronisation.
func (s *Service) listCalendars(ctx context.Context, client *http.Client) ([]models.Calendar, error) {
	api, err := calendar.NewService(ctx, option.WithHTTPClient(client), option.WithEndpoint(s.calendarRoot()))
	if err != nil {
		return nil, fmt.Errorf("open the Calendar API: %w", err)
	}
	var owned []models.Calendar
	err = api.CalendarList.List().MaxResults(250).ShowHidden(true).Pages(ctx, func(page *calendar.CalendarList) error {
		for _, entry := range page.Items {
			if entry.AccessRole == "owner" && !entry.Deleted {
				owned = append(owned, ownedCalendar(entry))
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list the calendars: %w", err)
	}
	return owned, nil
}

// ownedCalendar is a calendar as people see it: with the name that they gave it.
func ownedCalendar(entry *calendar.CalendarListEntry) models.Calendar {
	name := entry.SummaryOverride
	if name == "" {
		name = entry.Summary
	}
	return models.Calendar{CalendarID: entry.Id, Summary: name, TimeZone: entry.TimeZone,
		Color: entry.BackgroundColor, IsPrimary: entry.Primary}
}
