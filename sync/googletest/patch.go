package googletest

import (
	"encoding/json"
	"net/http"

	"google.golang.org/api/calendar/v3"
)

// patchEvent is events.patch: the body is merged into the event, then the
// whole is checked.
func patchEvent(q *request) (*result, error) {
	return q.change(func(old *calendar.Event) (*calendar.Event, error) {
		var patch map[string]any
		if err := q.decode(&patch); err != nil {
			return nil, err
		}
		return merged(old, patch)
	})
}

// updateEvent is events.update: what the body leaves out is reset.
func updateEvent(q *request) (*result, error) {
	return q.change(func(*calendar.Event) (*calendar.Event, error) {
		var ev calendar.Event
		return &ev, q.decode(&ev)
	})
}

func (q *request) change(next func(old *calendar.Event) (*calendar.Event, error)) (*result, error) {
	if err := q.countSilence(); err != nil {
		return nil, err
	}
	entry, old, err := q.target(rolePartialWriter)
	if err != nil {
		return nil, err
	}
	if err := q.checkMatch(old); err != nil {
		return nil, err
	}
	ev, err := next(old.event)
	if err != nil {
		return nil, err
	}
	if ev.EventType != "" && ev.EventType != old.event.EventType {
		return nil, invalid("Event type cannot be changed.")
	}
	ev.Locked = old.event.Locked
	q.settleBody(ev, old.event)
	rec, err := q.edit(entry).change(old, ev)
	if err != nil {
		return nil, err
	}
	return q.answerEvent(entry, rec)
}

// merged is the event after an RFC 7396 merge patch.
func merged(old *calendar.Event, patch map[string]any) (*calendar.Event, error) {
	text, err := json.Marshal(mergePatch(entity(old, nil), patch))
	if err != nil {
		return nil, invalid("Invalid value.")
	}
	var ev calendar.Event
	if err := json.Unmarshal(text, &ev); err != nil {
		return nil, &apiError{status: http.StatusBadRequest, domain: "global", reason: "badRequest", message: "Bad Request"}
	}
	return &ev, nil
}

func mergePatch(target any, patch map[string]any) map[string]any {
	object, ok := target.(map[string]any)
	if !ok {
		object = map[string]any{}
	}
	for name, value := range patch {
		switch value := value.(type) {
		case nil:
			delete(object, name)
		case map[string]any:
			object[name] = mergePatch(object[name], value)
		default:
			object[name] = value
		}
	}
	return object
}
