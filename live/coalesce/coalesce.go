// Package coalesce merges changes that come faster than somebody can be told, or needs to be: a thing that is marked as
// changed a thousand times while the last round runs is handled once. There is no queue that could grow, and the state
// in which a thing was left is never missed.
//
//	Touch(7) Touch(7) Touch(8)        -> do(7) do(8), rest
//	Touch(7) while that goes on       -> do(7), rest
//
// The rest is what makes room for merging. Rest says how long it should be for a crowd.
package coalesce

import (
	"context"
	"sync"
	"time"

	"pollwire/live/wake"
)

// Marks is a set of ids that are to be handled. Make one with New.
type Marks struct {
	mu     sync.Mutex // guards marked
	marked map[int64]bool
	news   wake.Bell // something is marked
}

// New makes an empty set.
func New() *Marks { return &Marks{marked: map[int64]bool{}, news: wake.NewBell()} }

// Touch marks id. It never waits.
func (m *Marks) Touch(id int64) {
	m.mu.Lock()
	m.marked[id] = true
	m.mu.Unlock()
	m.news.Ring()
}

// take returns the marked ids and forgets the marks.
func (m *Marks) take() map[int64]bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	marked := m.marked
	m.marked = map[int64]bool{}
	return marked
}

// Run calls do for each marked id, in no order, and then rests for rest() before it does so again. When ctx ends it
// handles what is still marked and returns.
func (m *Marks) Run(ctx context.Context, rest func() time.Duration, do func(id int64)) {
	for {
		select {
		case <-m.news:
		case <-ctx.Done():
			m.handle(do)
			return
		}
		m.handle(do)
		select {
		case <-time.After(rest()):
		case <-ctx.Done():
		}
	}
}

func (m *Marks) handle(do func(id int64)) {
	for id := range m.take() {
		do(id)
	}
}

// Shortest is the least that Rest returns. People don't notice so short a delay.
const Shortest = 50 * time.Millisecond

// Rest returns how long to rest between two rounds in which n listeners are told something: the time each for each of
// them, but at least Shortest. So a crowd is told less often, and some time is left for other work.
func Rest(n int, each time.Duration) time.Duration { return max(Shortest, time.Duration(n)*each) }
