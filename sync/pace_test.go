package calsync

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Point 21: budgets for any minute, and an adaptive pace, on a clock of their own.

// busiest is the largest number of times within one sliding minute.
func busiest(times []time.Time) (most int) {
	from := 0
	for i, t := range times {
		for t.Sub(times[from]) >= time.Minute {
			from++
		}
		most = max(most, i-from+1)
	}
	return most
}

// hammer asks for as many requests as it is let, for so long, and gives their times.
func hammer(p *pacer, users int, span time.Duration) []time.Time {
	ctx, cancel := context.WithTimeout(context.Background(), span)
	defer cancel()
	var mu sync.Mutex
	var times []time.Time
	var all sync.WaitGroup
	for id := range users {
		all.Go(func() {
			for p.wait(ctx, int64(id), "") == nil {
				mu.Lock()
				times = append(times, time.Now())
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return times
}

func TestPaceOfAUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		times := hammer(newPacer(false), 1, 3*time.Minute)
		if most := busiest(times); most > 600 || len(times) < 1500 {
			t.Errorf("%d requests within a minute, %d in three", most, len(times))
		}
	})
}

func TestPaceOfTheProject(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(false)
		times := hammer(p, 60, 2*time.Minute)
		if most := busiest(times); most > 10_000 || len(times) < 16_000 {
			t.Errorf("%d requests within a minute, %d in two", most, len(times))
		}
		p.share(4)
		if most := busiest(hammer(p, 60, 2*time.Minute)); most > 10_000/4+4 || most < 2000 {
			t.Errorf("%d requests within a minute by one instance of four", most)
		}
	})
}

func TestPaceOfWrites(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(false)
		took := func(writes int, calendar string, after func(int64, string)) time.Duration {
			began := time.Now()
			for range writes {
				if err := p.wait(t.Context(), 1, calendar); err != nil {
					t.Fatal(err)
				}
				after(1, calendar)
			}
			return time.Since(began)
		}
		quick := took(50, "a", p.accepted)
		for range 2 {
			time.Sleep(oneRefusal)
			p.refused(1, "a")
			p.refused(1, "a") // of the same burst
		}
		slow := took(20, "a", func(int64, string) {})
		other := took(20, "b", p.accepted)
		took(60, "a", p.accepted)
		again := took(20, "a", p.accepted)
		if quick > 5*time.Second || slow < 9*time.Second || other > 3*time.Second || again > 3*time.Second || again < 2*time.Second {
			t.Errorf("50 writes took %v; 20 after two refusals %v, to another calendar %v, and after 60 that were accepted %v", quick, slow, other, again)
		}
		for range 20 {
			time.Sleep(oneRefusal)
			p.refused(1, "a")
		}
		if took(2, "a", p.accepted) > 30*time.Second {
			t.Error("a calendar is never given up")
		}
	})
}

// A read that Google refuses slows its user, and nobody else.
func TestPaceOfReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(false)
		for range 2 {
			time.Sleep(oneRefusal)
			p.refused(1, "")
		}
		reads := func(user int64) time.Duration {
			began := time.Now()
			for range 20 {
				if err := p.wait(t.Context(), user, ""); err != nil {
					t.Fatal(err)
				}
				p.accepted(user, "")
			}
			return time.Since(began)
		}
		if slow, other := reads(1), reads(2); slow < 4*time.Second || other > time.Second {
			t.Errorf("20 reads took %v, those of another user %v", slow, other)
		}
	})
}
