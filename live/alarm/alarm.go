// Package alarm does what is due at moments that are known beforehand and may change: a bell says that there may be an
// earlier one.
package alarm

import (
	"context"
	"time"

	"pollwire/live/wake"
)

// nap is how long it sleeps at most before it looks at the time of day again: a computer that was asleep, or whose
// clock was set, is found out by then. It is also the pause after an error.
const nap = time.Second

// Clock says what is due and when.
type Clock struct {
	Changed wake.Bell // rung when next may answer something else

	// Next returns when something is due, the zero time if nothing is. Due does what is due at a moment.
	Next func(context.Context) (time.Time, error)
	Due  func(ctx context.Context, at time.Time) error

	Failed func(error) // hears what went wrong in either; it will be tried again
}

// Run waits and calls Due, until ctx ends.
func (c Clock) Run(ctx context.Context) {
	for ctx.Err() == nil {
		next, err := c.Next(ctx)
		if err == nil && !next.IsZero() && !next.After(time.Now()) {
			err = c.Due(ctx, time.Now())
			if err == nil {
				continue
			}
		}
		wait := nap
		switch {
		case err != nil && ctx.Err() == nil:
			c.Failed(err)
		case err == nil && next.IsZero():
			wait = time.Hour
		case err == nil:
			wait = min(nap, time.Until(next))
		}
		select {
		case <-time.After(wait):
		case <-c.Changed:
		case <-ctx.Done():
		}
	}
}
