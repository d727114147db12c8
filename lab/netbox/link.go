package netbox

import (
	"fmt"
	"maps"
	"time"
)

// conditions are those of one direction of a link.
type conditions struct {
	delay, jitter, late               time.Duration
	rate                              float64 // bits a second; 0: no limit
	queue                             int     // frames; 0: no limit
	loss, double, disorder, breakages float64
	lose                              map[uint32]int           // segments, by relative sequence number: how often
	hold                              map[uint32]time.Duration // the same: for how long
	numberedLoss                      float64                  // of datagrams that have a number
	number                            func([]byte) (uint32, bool)
}

// Option is how a link behaves, there and back.
type Option func(forth, back *conditions)

func both(set func(*conditions)) Option {
	return func(forth, back *conditions) { set(forth); set(back) }
}

// Delay is how long a frame is under way, in each direction.
func Delay(d time.Duration) Option { return both(func(c *conditions) { c.delay = d }) }

// Jitter adds up to d to the delay of each frame. They arrive in the order in which they left.
func Jitter(d time.Duration) Option { return both(func(c *conditions) { c.jitter = d }) }

// Rate is how many bits a second pass. What comes faster waits in the queue.
func Rate(bits float64) Option { return both(func(c *conditions) { c.rate = bits }) }

// Queue is how many frames may wait for a link with a Rate. The next one is lost, and that hangs on the moment: where
// all losses are to be the seed's the queue has no end, which is 0.
func Queue(frames int) Option { return both(func(c *conditions) { c.queue = frames }) }

// Loss is the part of all frames that gets lost: 0.01 is one in a hundred. Which these are the seed decides, see Lost.
func Loss(part float64) Option { return both(func(c *conditions) { c.loss = part }) }

// LoseNumbered loses a part of the datagrams (UDP) in which number finds one, and of nothing else: a protocol of one's
// own numbers its packets. Which ones the seed decides, see LosesNumbered.
func LoseNumbered(part float64, number func(payload []byte) (n uint32, ok bool)) Option {
	return both(func(c *conditions) { c.numberedLoss, c.number = part, number })
}

// LoseSegment loses the TCP segment that begins with this relative sequence number, the first so many times that it is
// sent, in all connections. 0 takes that back.
func LoseSegment(seq uint32, times int) Option {
	return both(func(c *conditions) {
		c.lose = maps.Clone(c.lose)
		if c.lose == nil {
			c.lose = map[uint32]int{}
		}
		c.lose[seq] = times
	})
}

// HoldSegment lets the TCP segment that begins with this relative sequence number come later than others, when it is
// sent for the first time, in all connections. 0 takes that back.
func HoldSegment(seq uint32, later time.Duration) Option {
	return both(func(c *conditions) {
		c.hold = maps.Clone(c.hold)
		if c.hold == nil {
			c.hold = map[uint32]time.Duration{}
		}
		c.hold[seq] = later
	})
}

// Double delivers a part of all frames twice.
func Double(part float64) Option { return both(func(c *conditions) { c.double = part }) }

// Reorder lets a part of all frames come later than others do, so that some which left after them come before.
func Reorder(part float64, later time.Duration) Option {
	return both(func(c *conditions) { c.disorder, c.late = part, later })
}

// Break turns one bit of a part of all frames, behind the Ethernet header. A checksum should notice.
func Break(part float64) Option { return both(func(c *conditions) { c.breakages = part }) }

// Forth are options of the way from the first card to the second alone.
func Forth(options ...Option) Option {
	return func(forth, _ *conditions) { apply(options, forth, &conditions{}) }
}

// Back are options of the way from the second card to the first alone.
func Back(options ...Option) Option {
	return func(_, back *conditions) { apply(options, &conditions{}, back) }
}

func apply(options []Option, forth, back *conditions) {
	for _, set := range options {
		set(forth, back)
	}
}

// Link is a cable between two cards, or between a card and a switch.
type Link struct {
	net         *Net
	forth, back *way
	cards       []*Card // at its ends
}

// Link lays a cable between two cards.
func (n *Net) Link(a, b *Card, options ...Option) *Link {
	return n.link(a.host.Name, b.host.Name, a, b, []*Card{a, b}, options)
}

// link lays a cable between two ends. Its directions are called by the names of the hosts: "a>b". If there is one
// already, it is the second one: "a>b 2".
func (n *Net) link(nameA, nameB string, a, b end, cards []*Card, options []Option) *Link {
	l := &Link{net: n, cards: cards}
	l.forth, l.back = newWay(n, b), newWay(n, a)
	apply(options, &l.forth.conditions, &l.back.conditions)
	if n.fail("link", n.enlist(nameA, nameB, l)) {
		return l
	}
	n.running.Go(l.forth.road.run)
	n.running.Go(l.back.road.run)
	return l
}

// enlist gives the link its names, and its cards a way out.
func (n *Net) enlist(nameA, nameB string, l *Link) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.err != nil {
		return n.err
	}
	for i, c := range l.cards {
		if c.way != nil {
			return fmt.Errorf("%s has a cable already", c)
		}
		c.way = []*way{l.forth, l.back}[i]
	}
	suffix := ""
	for i := 2; n.ways[nameA+">"+nameB+suffix] != nil; i++ {
		suffix = fmt.Sprint(" ", i)
	}
	l.forth.name, l.back.name = nameA+">"+nameB+suffix, nameB+">"+nameA+suffix
	n.ways[l.forth.name], n.ways[l.back.name] = l.forth, l.back
	for _, w := range []*way{l.forth, l.back} {
		if err := w.road.open(); err != nil {
			return err
		}
	}
	return nil
}

// Set changes how the link behaves from now on.
func (l *Link) Set(options ...Option) {
	l.forth.mu.Lock()
	l.back.mu.Lock()
	defer l.forth.mu.Unlock()
	defer l.back.mu.Unlock()
	apply(options, &l.forth.conditions, &l.back.conditions)
}

// Down pulls the cable out: both hosts notice, and what is under way is lost.
func (l *Link) Down() { l.plug(false) }

// Up plugs it in again.
func (l *Link) Up() { l.plug(true) }

func (l *Link) plug(in bool) {
	for _, w := range []*way{l.forth, l.back} {
		w.mu.Lock()
		w.cut = !in
		w.mu.Unlock()
		if !in {
			w.road.clear()
		}
	}
	l.carrier(in)
}

func (l *Link) carrier(plugged bool) {
	for _, c := range l.cards {
		if c.tap != nil {
			l.net.fail("cable of "+c.String(), c.carrier(plugged))
		}
	}
}
