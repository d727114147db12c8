package health

import (
	"context"
	"errors"
	"time"
)

// ErrNoAnswer says that what was probed did not answer in time.
var ErrNoAnswer = errors.New("no answer in time")

// A Probe finds out whether a part of the program is well, by using it. Probes run one at a time: of a disk that hangs
// there would otherwise be as many stuck goroutines as questions.
type Probe struct {
	use  func(context.Context) error
	turn chan struct{}
}

// NewProbe makes a probe of use, which may take as long as it likes.
func NewProbe(use func(context.Context) error) *Probe {
	return &Probe{use: use, turn: make(chan struct{}, 1)}
}

// Check returns what use says, or ErrNoAnswer after patience.
func (p *Probe) Check(ctx context.Context, patience time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, ErrNoAnswer)
	defer cancel()
	result := make(chan error, 1)
	select {
	case p.turn <- struct{}{}:
		go func() {
			defer func() { <-p.turn }()
			result <- p.use(context.WithoutCancel(ctx))
		}()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
