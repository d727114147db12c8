package graded

import (
	"context"
	"sync"
	"time"

	"pollwire/class"
	"pollwire/rest/problem"
)

// turns lets one person have a few captures under way at a time. Somebody who sends many at once, and slowly, would
// else keep all of the room and have the others sent away.
type turns struct {
	mu sync.Mutex
	of map[int64]*places
}

// places are those of one person.
type places struct {
	taken chan struct{}
	users int // who has one, or waits; guarded by mu
}

const (
	maxUnderWay = 2
	turnWait    = 20 * time.Second // as long as captures wait for room
)

// turn waits until u may send another capture. There is no limit for a teacher.
func (e *Exercises) turn(ctx context.Context, u class.User) (leave func(), err error) {
	if !e.Limits || u.Teaches() {
		return func() {}, nil
	}
	p := e.turns.come(u.ID)
	patience := time.NewTimer(turnWait)
	defer patience.Stop()
	select {
	case p.taken <- struct{}{}:
		return func() { <-p.taken; e.turns.part(u.ID) }, nil
	case <-ctx.Done():
		err = ctx.Err()
	case <-patience.C:
		err = problem.RetryLater(problem.TooMany, 5*time.Second, "you have %d captures under way: wait for one to end",
			maxUnderWay).Coded("busy")
	}
	e.turns.part(u.ID)
	return nil, err
}

func (t *turns) come(person int64) *places {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.of[person]
	if p == nil {
		p = &places{taken: make(chan struct{}, maxUnderWay)}
		if t.of == nil {
			t.of = map[int64]*places{}
		}
		t.of[person] = p
	}
	p.users++
	return p
}

func (t *turns) part(person int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of[person].users--; t.of[person].users == 0 {
		delete(t.of, person)
	}
}
