// Package wake is the bell by which one goroutine wakes another that waits for work. It says that there is something,
// and not what, so it never has to wait: what was rung for ten times is looked at once.
//
//	queue.put(work)      // first the work, then the bell
//	bell.Ring()          // returns at once
//
//	for range bell {     // or a case of a select
//		queue.handleAll() // several Rings may have become one
//	}
package wake

// Bell is rung by whoever has something for one who waits. It is a channel, so that one can wait for it beside other
// things. Make one with NewBell.
type Bell chan struct{}

// NewBell makes a bell that nobody has rung.
func NewBell() Bell { return make(Bell, 1) }

// Ring wakes whoever waits for the bell, or is the next to wait for it. It never waits itself.
func (b Bell) Ring() {
	select {
	case b <- struct{}{}:
	default: // it has been rung, and nobody has come yet: who comes will find this, too
	}
}
