// Package throttle makes whoever does something too often wait: so many times within a window, and then not before the
// oldest of them is out of it (a sliding window log).
//
// RFC 6585 §4 (429 Too Many Requests) and RFC 9110 §10.2.3 (Retry-After) are how an answer says so.
package throttle

import (
	"slices"
	"sync"
	"time"

	"pollwire/rest/problem"
)

// maxKeys is how many keys a Window remembers. When somebody comes with more, it starts anew rather than grow.
const maxKeys = 100_000

// Limit is how often something may happen.
type Limit struct {
	Max  int           // times within Per; 0: as often as one likes
	Per  time.Duration // the length of the window
	What string        // it is, for the words of Take
}

// Window remembers when something happened, by who did it. Set its Limit before the first call; all methods may be
// called from any goroutine.
type Window[K comparable] struct {
	Limit

	mu    sync.Mutex // guards times
	times map[K][]time.Time
}

// Wait returns how long k has to wait at this moment, 0 if it need not.
func (w *Window[K]) Wait(k K, at time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.waitLocked(k, at)
}

// Count notes that it happened once more, unless k has to wait; it returns what Wait would have.
func (w *Window[K]) Count(k K, at time.Time) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	if wait := w.waitLocked(k, at); wait > 0 || w.Max == 0 {
		return wait
	}
	if w.times == nil || len(w.times) >= maxKeys {
		w.times = map[K][]time.Time{}
	}
	w.times[k] = append(w.times[k], at)
	return 0
}

// Take is Count as a refusal, problem.TooMany, that says how long to wait.
func (w *Window[K]) Take(k K, at time.Time) error {
	wait := w.Count(k, at)
	if wait == 0 {
		return nil
	}
	return problem.RetryLater(problem.TooMany, wait, "too many %s: one person may make %d in %v; wait %v", w.What, w.Max,
		w.Per, wait.Truncate(time.Second)+time.Second).Coded("too_often")
}

func (w *Window[K]) waitLocked(k K, at time.Time) time.Duration {
	if w.Max == 0 {
		return 0
	}
	recent := slices.DeleteFunc(w.times[k], func(t time.Time) bool { return at.Sub(t) >= w.Per })
	if len(recent) == 0 {
		delete(w.times, k)
		return 0
	}
	w.times[k] = recent
	if len(recent) < w.Max {
		return 0
	}
	return recent[len(recent)-w.Max].Add(w.Per).Sub(at)
}
