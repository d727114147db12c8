package rdt

import (
	"container/heap"
	"errors"
	"time"
)

// Way is a direction.
type Way int

// The directions: of data, and of ACKs.
const (
	Forth Way = iota
	Back
)

// Arrival is how a packet comes: after which time, and with which bytes.
type Arrival struct {
	After time.Duration
	Bytes []byte
}

// Channel is a network: what becomes of a packet that is sent for the nth time in a direction. No arrival is a loss,
// two are a duplicate.
type Channel func(way Way, packet []byte, nth int) []Arrival

// Outcome is what a transfer was like. What is still under way when the sender has finished belongs to it.
type Outcome struct {
	Sent Sent
	Got  Got
	Lost [2]int // packets, by direction
	Took time.Duration
	Data []byte // what the receiver has
}

// ErrEndless: so much was sent in vain that the transfer will not end.
var ErrEndless = errors.New("rdt: the transfer does not end")

// Simulate is a transfer without a network, in no time. Where packets keep their order and no timer runs out too early,
// a real transfer over the same channel sends and receives the very same packets: in Go-Back-N every timeout finds the
// network empty, and the counts of selective repeat hang on the losses of each packet alone.
func Simulate(c Config, data []byte, ch Channel) (Outcome, error) {
	s, err := NewSender(c, data)
	if err != nil {
		return Outcome{}, err
	}
	r, err := NewReceiver(c)
	if err != nil {
		return Outcome{}, err
	}
	sim := &simulation{ch: ch, sent: [2]counter{{}, {}}}
	begun := sim.now
	sim.send(Forth, s.Fill(sim.now)...)
	for steps := 0; !s.Done(); steps++ {
		if steps > 1000*len(s.chunks)+100_000 {
			return Outcome{}, ErrEndless
		}
		sim.step(s, r)
	}
	took := sim.now.Sub(begun)
	for len(sim.flying) > 0 {
		sim.arrive(nil, r)
	}
	return Outcome{s.Sent, r.Got, sim.lost, took, r.data}, nil
}

// simulation has a clock of its own, and what is under way.
type simulation struct {
	ch     Channel
	now    time.Time
	sent   [2]counter
	lost   [2]int
	flying flights
	count  int
}

// step is what happens next: a packet arrives, or a timer runs out.
func (sim *simulation) step(s *Sender, r *Receiver) {
	due := s.Due()
	if len(sim.flying) == 0 || sim.flying[0].at.After(due) {
		sim.now = due
		sim.send(Forth, s.Expire(due)...)
		return
	}
	sim.arrive(s, r)
}

// arrive is what happens to the next packet under way. A sender that has finished, nil, hears nothing any more.
func (sim *simulation) arrive(s *Sender, r *Receiver) {
	f := heap.Pop(&sim.flying).(flight)
	sim.now = f.at
	if f.way == Forth {
		if ack, answer := r.take(f.b); answer {
			sim.send(Back, ack)
		}
	} else if s != nil {
		sim.send(Forth, s.take(f.b, sim.now)...)
	}
}

func (sim *simulation) send(way Way, all ...Packet) {
	for _, p := range all {
		b := p.Append(nil)
		arrivals := sim.ch(way, b, sim.sent[way].nth(b))
		if len(arrivals) == 0 {
			sim.lost[way]++
		}
		for _, a := range arrivals {
			sim.count++
			heap.Push(&sim.flying, flight{way, a.Bytes, sim.now.Add(a.After), sim.count})
		}
	}
}

// flight is a packet under way. Of those that arrive at the same time, who left first comes first.
type flight struct {
	way Way
	b   []byte
	at  time.Time
	n   int
}

type flights []flight

func (f flights) Len() int      { return len(f) }
func (f flights) Swap(i, j int) { f[i], f[j] = f[j], f[i] }
func (f flights) Less(i, j int) bool {
	return f[i].at.Before(f[j].at) || f[i].at.Equal(f[j].at) && f[i].n < f[j].n
}
func (f *flights) Push(x any) { *f = append(*f, x.(flight)) }

func (f *flights) Pop() any {
	end := (*f)[len(*f)-1]
	*f = (*f)[:len(*f)-1]
	return end
}
