package rdt

import (
	"context"
	"sync"
	"time"
)

// Number is by which a wire knows a packet again when it is sent once more, besides its length.
func Number(b []byte) (n uint32, ok bool) {
	p, err := Parse(b)
	return uint32(p.Number), err == nil
}

// counter counts how often each packet was sent in one direction.
type counter map[[2]uint32]int

// nth counts a packet, from 1.
func (c counter) nth(b []byte) int {
	n, _ := Number(b)
	key := [2]uint32{n, uint32(len(b))}
	c[key]++
	return c[key]
}

// Wire is one direction of a lossy network: what it does not lose it delivers after a delay, in order.
type Wire struct {
	Delay time.Duration
	Lose  func(number uint32, length, nth int) bool
}

// underWay is a packet between both sides.
type underWay struct {
	b  []byte
	at time.Time
}

// Run passes on what comes until ctx ends.
func (w Wire) Run(ctx context.Context, in <-chan []byte, deliver func([]byte) error) {
	flying := make(chan underWay, 1024)
	var passing sync.WaitGroup
	passing.Go(func() {
		for f := range flying {
			time.Sleep(time.Until(f.at))
			deliver(f.b) // what a closed socket does not take is lost, as anything may be
		}
	})
	defer passing.Wait()
	defer close(flying)
	for sent := (counter{}); ; {
		select {
		case b, open := <-in:
			if !open {
				return
			}
			n, ok := Number(b)
			if nth := sent.nth(b); !ok || !w.Lose(n, len(b), nth) {
				flying <- underWay{b, time.Now().Add(w.Delay)}
			}
		case <-ctx.Done():
			return
		}
	}
}
