package calsync

import "testing"

// An event whose deletion is held and that Google lists as it was is no question
// any more: nobody can approve the deletion of what lives.
func TestSpecHeldEventComesBack(t *testing.T) {
	w := specWorld(t)
	w.shared("a")
	// As if Google had listed it as gone for a while.
	w.exec("INSERT INTO agcrm_google_held (user_id, pair_id, side, subject, created_ms) SELECT user_id, id, 'google', 'a', 1 FROM agcrm_google_pairs")
	w.google.ExpireSyncTokens()
	w.sync()
	if held := w.heldNow(); len(held) != 0 {
		t.Errorf("still asked: %v", held)
	}
	w.both("a")
	w.quiet()
}
