package googletest

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"unicode/utf8"

	"google.golang.org/api/calendar/v3"
)

// Google's limits on events.
const (
	maxSummary       = 1024
	maxDescription   = 8192
	maxReminders     = 5
	maxReminderLead  = 40320 // minutes: four weeks
	maxPropertyKey   = 44    // longer keys are dropped
	maxPropertyValue = 1024  // longer values are cut
	maxProperties    = 300
	maxPropertyBytes = 32 << 10
	maxAttachments   = 25
	maxGuests        = 200
)

// normalize checks an event as a whole and gives it the form in which it is
// stored: canonical times, defaults left out.
func (cal *calendarData) normalize(ev *calendar.Event) error {
	checks := []func(*calendar.Event) error{
		cal.normalizeTimes, normalizeRecurrence, normalizeWords, normalizeReminders, normalizeProperties,
		cal.normalizeGuests, checkLinks, cal.checkEventType,
	}
	for _, check := range checks {
		if err := check(ev); err != nil {
			return err
		}
	}
	return nil
}

func (cal *calendarData) normalizeTimes(ev *calendar.Event) (err error) {
	if ev.Start, err = canonicalTime(ev.Start, "start"); err != nil {
		return err
	}
	if ev.End, err = canonicalTime(ev.End, "end"); err != nil {
		return err
	}
	if ev.OriginalStartTime != nil {
		if ev.OriginalStartTime, err = canonicalTime(ev.OriginalStartTime, "original start"); err != nil {
			return err
		}
	}
	ev.EndTimeUnspecified = false
	if (ev.Start.Date == "") != (ev.End.Date == "") {
		return invalid("Start and end times must either both be date or both be dateTime.")
	}
	start, end := instantOf(ev.Start, cal.zone), instantOf(ev.End, cal.zone)
	if end.Before(start) || ev.Start.Date != "" && !end.After(start) {
		return timeRangeEmpty()
	}
	return nil
}

// normalizeWords checks the texts and enumerations; a default is the same as
// nothing.
func normalizeWords(ev *calendar.Event) error {
	if utf8.RuneCountInString(ev.Summary) > maxSummary {
		return invalid("Invalid value for summary: too long.")
	}
	if utf8.RuneCountInString(ev.Description) > maxDescription {
		return invalid("Invalid value for description: too long.")
	}
	words := []struct {
		field    *string
		standard string
		allowed  []string
	}{
		{&ev.Status, "", []string{confirmed, tentative, cancelled}},
		{&ev.Transparency, "opaque", []string{"opaque", "transparent"}},
		{&ev.Visibility, "default", []string{"default", "public", "private", "confidential"}},
	}
	if ev.Status == "" {
		ev.Status = confirmed
	}
	for _, word := range words {
		if *word.field != "" && !slices.Contains(word.allowed, *word.field) {
			return invalid("Invalid value for: %s", *word.field)
		}
		if *word.field == word.standard {
			*word.field = ""
		}
	}
	if ev.ColorId != "" && eventColor(ev.ColorId) == 0 {
		return invalid("Invalid color id: %s", ev.ColorId)
	}
	ev.GuestsCanInviteOthers = unlessTrue(ev.GuestsCanInviteOthers)
	ev.GuestsCanSeeOtherGuests = unlessTrue(ev.GuestsCanSeeOtherGuests)
	return nil
}

// unlessTrue leaves out a permission that has its default.
func unlessTrue(flag *bool) *bool {
	if flag != nil && *flag {
		return nil
	}
	return flag
}

func normalizeReminders(ev *calendar.Event) error {
	given := ev.Reminders
	if given == nil {
		return nil
	}
	switch {
	case given.UseDefault && len(given.Overrides) > 0:
		return &apiError{status: 400, domain: "calendar", reason: "cannotUseDefaultRemindersAndSpecifyOverride",
			message: "Cannot specify both default reminders and overrides at the same time."}
	case len(given.Overrides) > maxReminders:
		return invalid("Too many override reminders.")
	}
	stored := &calendar.EventReminders{UseDefault: given.UseDefault, ForceSendFields: []string{"UseDefault"}}
	for _, override := range given.Overrides {
		if override == nil {
			return invalid("Invalid reminder.")
		}
		if override.Method != "email" && override.Method != "popup" {
			return invalid("Invalid reminder method: %s", override.Method)
		}
		if override.Minutes < 0 || override.Minutes > maxReminderLead {
			return invalid("Invalid reminder minutes: %d", override.Minutes)
		}
		stored.Overrides = append(stored.Overrides, &calendar.EventReminder{
			Method: override.Method, Minutes: override.Minutes, ForceSendFields: []string{"Minutes"}})
	}
	ev.Reminders = stored
	return nil
}

func normalizeProperties(ev *calendar.Event) error {
	given := ev.ExtendedProperties
	if given == nil {
		return nil
	}
	stored := &calendar.EventExtendedProperties{Private: fitting(given.Private), Shared: fitting(given.Shared)}
	for _, properties := range []map[string]string{stored.Private, stored.Shared} {
		size := 0
		for key, value := range properties {
			size += len(key) + len(value)
		}
		if len(properties) > maxProperties || size > maxPropertyBytes {
			return invalid("Extended properties exceed the size limit.")
		}
	}
	ev.ExtendedProperties = stored
	if len(stored.Private) == 0 && len(stored.Shared) == 0 {
		ev.ExtendedProperties = nil
	}
	return nil
}

// fitting drops keys that are too long and cuts values that are.
func fitting(properties map[string]string) map[string]string {
	kept := map[string]string{}
	for key, value := range properties {
		if utf8.RuneCountInString(key) > maxPropertyKey {
			continue
		}
		if runes := []rune(value); len(runes) > maxPropertyValue {
			value = string(runes[:maxPropertyValue])
		}
		kept[key] = value
	}
	return kept
}

func checkLinks(ev *calendar.Event) error {
	if len(ev.Attachments) > maxAttachments {
		return invalid("Too many attachments.")
	}
	if ev.Source == nil {
		return nil
	}
	if address, err := url.Parse(ev.Source.Url); err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https" {
		return invalid("Invalid source URL: %s", ev.Source.Url)
	}
	return nil
}

func (cal *calendarData) checkEventType(ev *calendar.Event) error {
	busy := ev.EventType == "focusTime" || ev.EventType == "outOfOffice"
	switch {
	case ev.EventType != "" && !slices.Contains(eventTypes, ev.EventType):
		return invalid("Invalid event type: %s", ev.EventType)
	case ev.EventType == "birthday" && (ev.Start.Date == "" || len(ev.Attendees) > 0):
		return invalid("A birthday event must be all-day and without guests.")
	case busy && (ev.Start.Date != "" || len(ev.Attendees) > 0):
		return invalid("Events of type %s must be timed and without guests.", ev.EventType)
	case ev.EventType != "" && ev.EventType != "default" && !cal.primary:
		return invalid("Events of type %s are in primary calendars only.", ev.EventType)
	}
	return nil
}

// sameJSON compares two structures by what Google would send of them.
func sameJSON(a, b any) bool {
	left, err := json.Marshal(a)
	if err != nil {
		panic("googletest: " + err.Error())
	}
	right, err := json.Marshal(b)
	if err != nil {
		panic("googletest: " + err.Error())
	}
	return bytes.Equal(left, right)
}
