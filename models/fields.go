package models

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Fields are the parts of an appointment that are merged one by one, as text:
// what a pair remembers as agreed, and what the history shows.
type Fields map[string]string

// The names of the fields. Start, end, all-day flag, zone and rule move
// together; the occurrences removed from a series are a set of their own.
const (
	FieldSubject  = "subject"
	FieldLocation = "location"
	FieldBody     = "body"
	FieldTime     = "time"
	FieldPrivate  = "private"
	FieldBusy     = "busy"
	FieldColor    = "color"
	FieldRemoved  = "removed"
)

// Parts of a row that a Change can write and no merge looks at: whose it is, and
// which occurrence of a series it replaces.
const (
	FieldOwner  = "owner"
	FieldSeries = "series"
)

// FieldNames is every field, in the order in which people read them.
var FieldNames = []string{FieldSubject, FieldTime, FieldLocation, FieldBody, FieldPrivate, FieldBusy, FieldColor, FieldRemoved}

// fieldColumns are the columns of the schedule table behind each field.
var fieldColumns = map[string][]string{
	FieldSubject:  {"subject"},
	FieldLocation: {"location"},
	FieldBody:     {"body"},
	FieldTime:     {"start_at", "end_at", "all_day", "time_zone", "recurrence"},
	FieldPrivate:  {"private"},
	FieldBusy:     {"busy"},
	FieldColor:    {"color_id"},
	FieldRemoved:  {"recurrence"},
	FieldOwner:    {"owner_id"},
	FieldSeries:   {"series_id", "original_start_at"},
}

// Fields is the row as fields. Times are START/END/ZONE as clock readings with
// an empty zone for the default one, all-day rows FIRST/LAST as dates; the rule's
// lines follow. Removed occurrences are the EXDATE lines.
func (s Schedule) Fields() Fields {
	rules, exdates := SplitRecurrence(s.Recurrence)
	return Fields{
		FieldSubject:  s.Subject,
		FieldLocation: s.Location,
		FieldBody:     s.Body,
		FieldTime:     strings.Join(append([]string{s.timeField()}, rules...), "\n"),
		FieldPrivate:  flag(s.Private),
		FieldBusy:     flag(s.Busy),
		FieldColor:    strconv.Itoa(s.ColorID),
		FieldRemoved:  strings.Join(exdates, "\n"),
	}
}

func (s Schedule) timeField() string {
	if s.AllDay {
		return s.StartAt.Format("2006-01-02") + "/" + s.EndAt.Format("2006-01-02")
	}
	return s.StartAt.String() + "/" + s.EndAt.String() + "/" + s.TimeZone
}

// SetField writes one field into the row; value is as Fields gives it.
func (s *Schedule) SetField(name, value string) error {
	switch name {
	case FieldSubject:
		s.Subject = value
	case FieldLocation:
		s.Location = value
	case FieldBody:
		s.Body = value
	case FieldTime:
		times, rules, _ := strings.Cut(value, "\n")
		_, exdates := SplitRecurrence(s.Recurrence)
		if rules == "" {
			exdates = nil // a single appointment has no occurrences to remove
		}
		lines, _ := SplitRecurrence(rules)
		s.Recurrence = joinRecurrence(lines, exdates)
		return s.setTime(times)
	case FieldPrivate:
		s.Private = value == "1"
	case FieldBusy:
		s.Busy = value == "1"
	case FieldColor:
		n, err := strconv.Atoi(value)
		s.ColorID = n
		return err
	case FieldRemoved:
		rules, _ := SplitRecurrence(s.Recurrence)
		_, exdates := SplitRecurrence(value)
		s.Recurrence = joinRecurrence(rules, exdates)
	default:
		return fmt.Errorf("an appointment has no field %q", name)
	}
	return nil
}

func (s *Schedule) setTime(value string) error {
	parts := strings.SplitN(value, "/", 3)
	if len(parts) < 2 {
		return fmt.Errorf("%q is not START/END", value)
	}
	start, err := ParseWall(parts[0])
	if err != nil {
		return err
	}
	end, err := ParseWall(parts[1])
	if err != nil {
		return err
	}
	s.StartAt, s.EndAt, s.AllDay, s.TimeZone = start, end, len(parts) == 2, ""
	if len(parts) == 3 {
		s.TimeZone = parts[2]
	}
	return nil
}

func flag(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

// FieldUpdated is kept in a pair's agreed row beside the fields: the row's
// updated_at, to tell whether whoever wrote the row moved it.
const FieldUpdated = "updated_at"

func stampText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// AgreedFields is the row as a pair remembers it: its fields and updated_at.
func (s Schedule) AgreedFields() Fields {
	f := s.Fields()
	f[FieldUpdated] = stampText(s.UpdatedAt)
	return f
}

// Value keeps fields as JSON text, none as "".
func (f Fields) Value() (driver.Value, error) { return encodeArgs(f), nil }

// Scan is the inverse of Value.
func (f *Fields) Scan(value any) error {
	*f = nil
	text, ok := value.(string)
	if raw, isBytes := value.([]byte); isBytes {
		text, ok = string(raw), true
	}
	if !ok {
		return fmt.Errorf("fields cannot be read from %T", value)
	}
	if text == "" {
		return nil
	}
	return json.Unmarshal([]byte(text), f)
}

// GormDataType implements gorm's interface for column types.
func (Fields) GormDataType() string { return "string" }
