package handlers

import (
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	loginBurst  = 10              // wrong passwords before waiting begins
	loginEvery  = 6 * time.Second // one more try
	loginMemory = 10_000          // pairs of login and address that are remembered
)

// throttle slows down who guesses passwords: for each login and address some
// tries are free, then they come slowly. Its memory is bounded: when it is
// full it forgets whoever has waited long enough anyway, or else everybody.
type throttle struct {
	mu    sync.Mutex
	tries map[string]*rate.Limiter
}

func newThrottle() *throttle { return &throttle{tries: make(map[string]*rate.Limiter)} }

func throttleKey(login, address string) string { return strings.ToLower(login) + "\x00" + address }

// allow takes one try; false means that the next one must wait.
func (t *throttle) allow(login, address string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	key := throttleKey(login, address)
	limiter := t.tries[key]
	if limiter == nil {
		t.makeRoom(now)
		limiter = rate.NewLimiter(rate.Every(loginEvery), loginBurst)
		t.tries[key] = limiter
	}
	return limiter.AllowN(now, 1)
}

// forgive forgets the tries of who has proved to know the password.
func (t *throttle) forgive(login, address string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.tries, throttleKey(login, address))
}

func (t *throttle) makeRoom(now time.Time) {
	if len(t.tries) < loginMemory {
		return
	}
	for key, limiter := range t.tries {
		if limiter.TokensAt(now) >= loginBurst {
			delete(t.tries, key)
		}
	}
	if len(t.tries) >= loginMemory {
		clear(t.tries)
	}
}
