package calsync

import (
	"testing"

	"agcrm-google/models"
)

// Errors are told apart also where Google has no part in them.
func TestSpecErrorsKeepTheirMessage(t *testing.T) {
	w := specWorld(t)
	w.settings(func(s *models.Settings) { s.Enabled = false })
	if _, err := w.try(); problemKey(err) != "sync.disabled" {
		t.Errorf("%v", err)
	}
}
