package alarm

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pollwire/live/wake"
)

// list is what a clock has to do: at each of these moments something.
type list struct {
	began time.Time

	mu     sync.Mutex // guards what follows
	at     []time.Time
	done   []time.Duration // since began
	broken int             // how many calls of Due fail
	failed []error
}

func (l *list) clock(bell wake.Bell) Clock {
	l.began = time.Now()
	return Clock{
		Changed: bell,
		Next: func(context.Context) (time.Time, error) {
			l.mu.Lock()
			defer l.mu.Unlock()
			if len(l.at) == 0 {
				return time.Time{}, nil
			}
			return slices.MinFunc(l.at, time.Time.Compare), nil
		},
		Due: func(_ context.Context, now time.Time) error {
			l.mu.Lock()
			defer l.mu.Unlock()
			if l.broken--; l.broken >= 0 {
				return errors.New("broken")
			}
			l.at = slices.DeleteFunc(l.at, func(at time.Time) bool { return !at.After(now) })
			l.done = append(l.done, now.Sub(l.began))
			return nil
		},
		Failed: func(err error) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.failed = append(l.failed, err)
		},
	}
}

func TestWhatIsDueIsDoneAtItsMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		bell, l := wake.NewBell(), &list{}
		clock := l.clock(bell)
		go clock.Run(ctx)
		in := func(d time.Duration) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.at = append(l.at, l.began.Add(d))
			bell.Ring()
		}
		in(90 * time.Minute)
		synctest.Wait()
		in(1500 * time.Millisecond) // earlier than what it waits for
		in(1500 * time.Millisecond)
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		in(time.Hour) // past already
		synctest.Wait()
		due := []time.Duration{1500 * time.Millisecond, 90 * time.Minute, 2 * time.Hour}
		if !slices.Equal(l.done, due) || len(l.failed) > 0 {
			t.Errorf("done after %v, want %v; errors %v", l.done, due, l.failed)
		}
		stop()
	})
}

func TestWhatFailsIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		l := &list{broken: 2}
		clock := l.clock(wake.NewBell())
		l.at = []time.Time{l.began.Add(time.Minute)}
		go clock.Run(ctx)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if want := []time.Duration{time.Minute + 2*nap}; !slices.Equal(l.done, want) || len(l.failed) != 2 {
			t.Errorf("done after %v with errors %v, want %v and two", l.done, l.failed, want)
		}
		stop()
		synctest.Wait() // it ends, or the test would say so
	})
}
