package health

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var takes atomic.Int64 // a time.Duration
		var fails atomic.Bool
		var running atomic.Int64
		oops := errors.New("disk on fire")
		p := NewProbe(func(context.Context) error {
			if n := running.Add(1); n > 1 {
				t.Errorf("%d probes run at once", n)
			}
			defer running.Add(-1)
			time.Sleep(time.Duration(takes.Load()))
			if fails.Load() {
				return oops
			}
			return nil
		})
		if err := p.Check(t.Context(), time.Second); err != nil {
			t.Errorf("Check = %v, want nil", err)
		}
		fails.Store(true)
		if err := p.Check(t.Context(), time.Second); err != oops {
			t.Errorf("Check = %v, want %v", err, oops)
		}
		fails.Store(false)
		takes.Store(int64(100 * time.Millisecond))
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if err := p.Check(t.Context(), time.Second); err != nil {
					t.Errorf("Check, one of five at once = %v, want nil", err)
				}
			})
		}
		all.Wait()
		takes.Store(int64(time.Minute))
		for range 3 {
			if err := p.Check(t.Context(), time.Second); !errors.Is(err, ErrNoAnswer) {
				t.Errorf("Check of what hangs = %v, want ErrNoAnswer", err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := p.Check(ctx, time.Second); !errors.Is(err, context.Canceled) {
			t.Errorf("Check for one who has gone = %v, want context.Canceled", err)
		}
		time.Sleep(2 * time.Minute)
		takes.Store(0)
		if err := p.Check(t.Context(), time.Second); err != nil {
			t.Errorf("Check after it went on = %v, want nil", err)
		}
	})
}
