package coalesce

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestMarksMergeAndTheLastIsNeverMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New()
		var mu sync.Mutex
		done := map[int64]int{}
		var all sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		all.Go(func() {
			m.Run(ctx, func() time.Duration { return time.Second }, func(id int64) {
				mu.Lock()
				defer mu.Unlock()
				done[id]++
			})
		})
		want := func(when string, one, two int) {
			t.Helper()
			synctest.Wait()
			mu.Lock()
			defer mu.Unlock()
			if done[1] != one || done[2] != two {
				t.Errorf("%s: done %v, want %d and %d times", when, done, one, two)
			}
		}
		want("at first", 0, 0)
		m.Touch(1)
		want("at once", 1, 0)
		for range 100 {
			m.Touch(1)
			m.Touch(2)
		}
		want("during the rest", 1, 0)
		time.Sleep(time.Second)
		want("after the rest", 2, 1)
		time.Sleep(time.Minute)
		want("nothing new", 2, 1)
		m.Touch(2)
		m.Touch(1)
		want("at once again, all that is there by then", 3, 2)
		m.Touch(2)
		stop()
		all.Wait()
		want("at the end", 3, 3)
	})
}
