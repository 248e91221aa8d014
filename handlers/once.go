package handlers

import (
	"crypto/rand"
	"sync"
	"time"
)

// onceAge is how long a form that was carried out is remembered.
const onceAge = time.Hour

// once remembers which forms were carried out, so that a double click or a
// reload of the answer does nothing twice. Each form brings a random name of
// its own. It is remembered by this process: two clicks within a moment come by
// the same way.
type once struct {
	mu   sync.Mutex
	done map[string]time.Time
}

// newForm is the name of a fresh form.
func newForm() string { return rand.Text() }

// claim says whether a form may be carried out. Forms without a name always may.
func (o *once) claim(form string, now time.Time) bool {
	if form == "" {
		return true
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for name, at := range o.done {
		if now.Sub(at) > onceAge {
			delete(o.done, name)
		}
	}
	if _, taken := o.done[form]; taken {
		return false
	}
	if o.done == nil {
		o.done = map[string]time.Time{}
	}
	o.done[form] = now
	return true
}

// release lets a form be sent again, as after a fault in it.
func (o *once) release(form string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.done, form)
}
