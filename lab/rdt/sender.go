package rdt

import (
	"errors"
	"slices"
	"time"
)

// Config is what both sides have agreed on.
type Config struct {
	Variant Variant
	Window  int // packets; stop-and-wait has 1 whatever this says
	Timeout time.Duration
	Chunk   int    // bytes of data in a packet
	First   uint16 // the number of the first packet
	// Space is how many numbers there are: behind the last one comes 0 again. 0 stands for all that fit into 16 bits.
	// With fewer, an old packet may be taken for a new one: Go-Back-N needs one number more than its window, selective
	// repeat twice its window.
	Space int
}

// ErrConfig: such a transfer can't work.
var ErrConfig = errors.New("rdt: a window of 1 to 255, packets of 1 to 1024 bytes, and enough numbers")

func (c *Config) check() error {
	if c.Space == 0 {
		c.Space = 1 << 16
	}
	if c.Variant == StopAndWait {
		c.Window = 1
	}
	needed := c.Window + 1
	if c.Variant == SelectiveRepeat {
		needed = 2 * c.Window
	}
	if c.Window < 1 || c.Window > 255 || c.Chunk < 1 || c.Chunk > maxData || c.Timeout <= 0 ||
		c.Space > 1<<16 || needed > c.Space || int(c.First) >= c.Space || c.Variant > SelectiveRepeat {
		return ErrConfig
	}
	return nil
}

// number is that of the nth packet.
func (c *Config) number(n int) uint16 { return uint16((int(c.First) + n) % c.Space) }

// ahead is by how many numbers one is ahead of the nth packet's, from 0: behind the last number comes the first again.
func (c *Config) ahead(number uint16, n int) int {
	return (int(number) - int(c.number(n)) + c.Space) % c.Space
}

// Sent is what a sender has done.
type Sent struct {
	Packets  int // all that were sent
	Again    int // of these, how many were sent before
	Timeouts int // how often a timer has run out
	ACKs     int // heard
	Useless  int // of these, how many said nothing new
	Damaged  int // thrown away
}

// Sender has what is to be sent. Packets base to next-1 are under way: sent, and not all acknowledged.
//
//	acknowledged | under way     | may be sent now | not yet
//	-------------+---------------+-----------------+--------
//	             ^base           ^next             ^base + window
type Sender struct {
	Config
	Sent
	chunks     [][]byte
	base, next int
	acked      []bool      // selective repeat: which of them one has heard of
	due        []time.Time // when the timer of each runs out; Go-Back-N has one alone, that of base
}

// NewSender cuts data into packets. No data at all is one packet without any.
func NewSender(c Config, data []byte) (*Sender, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	chunks := slices.Collect(slices.Chunk(data, c.Chunk))
	if len(chunks) == 0 {
		chunks = [][]byte{nil}
	}
	return &Sender{Config: c, chunks: chunks, acked: make([]bool, len(chunks)), due: make([]time.Time, len(chunks))}, nil
}

// Done: everything was acknowledged.
func (s *Sender) Done() bool { return s.base == len(s.chunks) }

// Fill sends as much as the window allows.
func (s *Sender) Fill(now time.Time) (out []Packet) {
	for s.next < min(s.base+s.Window, len(s.chunks)) {
		if s.Variant == SelectiveRepeat || s.next == s.base {
			s.due[s.next] = now.Add(s.Timeout)
		}
		out = append(out, s.packet(s.next))
		s.next++
	}
	return out
}

// packet is the nth, to be sent now.
func (s *Sender) packet(n int) Packet {
	s.Packets++
	return Packet{Data, s.Variant, s.number(n), byte(s.Window), n == len(s.chunks)-1, s.chunks[n]}
}

// Hear is told of an ACK, and sends what the window then allows.
func (s *Sender) Hear(p Packet, now time.Time) []Packet {
	if p.Type != ACK || p.Variant != s.Variant || int(p.Number) >= s.Space {
		return nil
	}
	s.ACKs++
	ahead := s.ahead(p.Number, s.base)
	if ahead >= s.next-s.base { // not under way: of something older
		s.Useless++
		return nil
	}
	if s.Variant == SelectiveRepeat {
		s.hearOne(s.base + ahead)
	} else {
		s.base += ahead + 1 // cumulative: this one, and all before
		if s.base < s.next {
			s.due[s.base] = now.Add(s.Timeout) // the one timer begins again, now for what is the oldest
		}
	}
	return s.Fill(now)
}

// hearOne: the nth has come, and says nothing of any other.
func (s *Sender) hearOne(n int) {
	if s.acked[n] {
		s.Useless++
	}
	s.acked[n] = true
	for s.base < s.next && s.acked[s.base] {
		s.base++
	}
}

// Due is when the next timer runs out.
func (s *Sender) Due() (at time.Time) {
	if s.Variant != SelectiveRepeat {
		return s.due[s.base]
	}
	for n := s.base; n < s.next; n++ {
		if !s.acked[n] && (at.IsZero() || s.due[n].Before(at)) {
			at = s.due[n]
		}
	}
	return at
}

// Expire sends again what has waited too long: selective repeat those whose timer has run out, Go-Back-N everything
// that is under way, as its receiver has kept nothing behind the gap.
func (s *Sender) Expire(now time.Time) (out []Packet) {
	if s.Done() || now.Before(s.Due()) {
		return nil
	}
	for n := s.base; n < s.next; n++ {
		if s.Variant == SelectiveRepeat {
			if s.acked[n] || now.Before(s.due[n]) {
				continue
			}
			s.Timeouts++
		}
		s.Again++
		s.due[n] = now.Add(s.Timeout)
		out = append(out, s.packet(n))
	}
	if s.Variant != SelectiveRepeat {
		s.Timeouts++
	}
	return out
}
