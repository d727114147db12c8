package wake

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
)

// Rung by many at once, with one who waits or none: nobody is held up, and what was put before a Ring is always found.
func TestNothingIsLeftLying(t *testing.T) {
	const ringers, each = 8, 1000
	bell, done := NewBell(), make(chan int64)
	var put atomic.Int64
	var ringing sync.WaitGroup
	for range ringers {
		ringing.Go(func() {
			for range each {
				put.Add(1)
				bell.Ring()
			}
		})
	}
	go func() {
		found := int64(0)
		for range bell {
			if found = put.Load(); found == ringers*each {
				done <- found
				return
			}
		}
	}()
	ringing.Wait()
	<-done // or the last Ring was lost
}

func Example() {
	bell, work := NewBell(), make(chan string, 10) // any queue will do
	var all sync.WaitGroup
	all.Go(func() {
		<-bell
		for len(work) > 0 {
			fmt.Println(<-work)
		}
	})
	work <- "sweep the floor"
	work <- "feed the cat"
	bell.Ring()
	bell.Ring() // nobody waits for this one, and it does not wait either
	all.Wait()
	// Output:
	// sweep the floor
	// feed the cat
}
