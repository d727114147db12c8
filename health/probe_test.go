package health

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var takes time.Duration
		var says error
		running := 0
		p := NewProbe(func(context.Context) error {
			if running++; running > 1 {
				t.Errorf("%d probes run at once", running)
			}
			time.Sleep(takes)
			running--
			return says
		})
		if err := p.Check(t.Context(), time.Second); err != nil {
			t.Errorf("Check = %v, want nil", err)
		}
		says = errors.New("disk on fire")
		if err := p.Check(t.Context(), time.Second); err != says {
			t.Errorf("Check = %v, want %v", err, says)
		}
		says, takes = nil, 100*time.Millisecond
		var all sync.WaitGroup
		for range 5 {
			all.Go(func() {
				if err := p.Check(t.Context(), time.Second); err != nil {
					t.Errorf("Check, one of five at once = %v, want nil", err)
				}
			})
		}
		all.Wait()
		takes = time.Minute
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
		takes = 0
		if err := p.Check(t.Context(), time.Second); err != nil {
			t.Errorf("Check after it went on = %v, want nil", err)
		}
	})
}
