// Package coalesce merges marks on things that come faster than they can be worked off, or are worth it: a thing that is
// marked a thousand times while the last round runs is worked off once. There is no queue that could grow, and the state
// in which a thing was left is never missed.
//
//	Touch(7) Touch(7) Touch(8)        -> do(7) do(8), rest
//	Touch(7) while that goes on       -> do(7), rest
package coalesce

import (
	"context"
	"sync"
	"time"
)

// Marks is a set of ids that are to be worked off. Make one with New.
type Marks struct {
	mu     sync.Mutex // guards marked
	marked map[int64]bool
	wake   chan struct{}
}

// New makes an empty set.
func New() *Marks { return &Marks{marked: map[int64]bool{}, wake: make(chan struct{}, 1)} }

// Touch marks id. It never waits.
func (m *Marks) Touch(id int64) {
	m.mu.Lock()
	m.marked[id] = true
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// take returns the marked ids and forgets the marks.
func (m *Marks) take() map[int64]bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	marked := m.marked
	m.marked = map[int64]bool{}
	return marked
}

// Run calls do for each marked id, in no order, and then rests for rest() before it does so again. When ctx ends it works
// off what is still marked and returns.
func (m *Marks) Run(ctx context.Context, rest func() time.Duration, do func(id int64)) {
	for {
		select {
		case <-m.wake:
		case <-ctx.Done():
			m.workOff(do)
			return
		}
		m.workOff(do)
		select {
		case <-time.After(rest()):
		case <-ctx.Done():
		}
	}
}

// Shortest is the rest that nobody notices: people don't see it.
const Shortest = 50 * time.Millisecond

// Rest is how long to rest between two rounds of what n others are told, while each takes its share of time. Where they are
// many it is longer, so that telling them leaves time for something else.
func Rest(n int, each time.Duration) time.Duration { return max(Shortest, time.Duration(n)*each) }

func (m *Marks) workOff(do func(id int64)) {
	for id := range m.take() {
		do(id)
	}
}
