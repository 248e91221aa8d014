package views

import (
	"agcrm-google/assets"
	"agcrm-google/models"
)

var progressScript = assets.URL("progress.js")

// Progress is how far a first synchronisation is. Google is read before anything
// is taken up, and how much it holds is known only when it has been read: until
// then there is a count and no share of a whole.
type Progress struct {
	models.Progress
	Read      int64 // appointments read in Google so far
	Calendar  int64 // which calendar is being read; 0 = this process does not know
	Calendars int64
	AllRead   bool // everything in Google has been read
}

// sentence says where the work stands.
func (v Progress) sentence(p Page) models.Message {
	switch {
	case !v.Running && v.Done == 0:
		return models.Say("progress.waiting")
	case !v.Running:
		return models.Say("progress.between", "done", p.Number(v.Done))
	case v.Unread == 0:
		return models.Say("progress.writing", "done", p.Number(v.Done), "total", p.Number(v.Done+v.Left))
	case v.Calendar == 0:
		return models.Say("progress.reading", "done", p.Number(v.Done))
	case !v.AllRead:
		return models.Say("progress.reading_google", "calendar", p.Number(v.Calendar), "calendars", p.Number(v.Calendars), "read", p.Number(v.Read))
	default:
		return models.Say("progress.taking", "read", p.Number(v.Read), "done", p.Number(min(v.Done, v.Read)))
	}
}

// share is what is done of how much, where both are known. Some of what was read
// is left aside, so the last part of taking up is skipped rather than counted.
func (v Progress) share() (all, done int64, known bool) {
	switch {
	case v.Running && v.Unread > 0 && v.AllRead:
		return v.Read, min(v.Done, v.Read), v.Read > 0
	case v.Unread == 0:
		return v.Done + v.Left, v.Done, v.Done+v.Left > 0
	}
	return 0, 0, false
}
