// Package plot draws what a TCP connection does over time, from a capture: as SVG 1.1, and in small for a terminal.
//
//	s := plot.Of(stream)              // stream is a *trace.Stream
//	s.SVG(w, "ko")                    // four pictures, one below the other
//	s.Braille(w, "ko", 72)            // the first of them
//
//	sequence    each segment where it lies in what is sent, crossed where it is sent again; the line below is what was
//	            acknowledged, grey bars what SACK tells (RFC 2018)
//	flight      what was sent and not yet acknowledged: the congestion window as far as it is used (RFC 5681)
//	round trip  from a segment to its ACK, only of those that were sent once (Karn's algorithm, RFC 6298 §3)
//	throughput  what was acknowledged in each piece of time, also by SACK
//
// Who drew such pictures first was Van Jacobson, Congestion Avoidance and Control (1988). They are black on white, so
// that they can be printed.
package plot

import (
	"cmp"
	"slices"
	"time"

	"pollwire/lab/dissect"
	"pollwire/lab/trace"
)

// Series is what there is to be drawn of a connection: of the side that sent more. Times are seconds since its first
// packet, places are bytes behind the SYN.
type Series struct {
	Name       string // the ends of the connection
	Seconds    float64
	Bytes      float64
	Segments   []Segment
	Acked      []Point
	Delivered  []Point // acknowledged, also by SACK
	Selective  []Bar
	Flight     []Point
	RTT        []Point // in milliseconds
	Throughput []Point // in Mbit/s
}

// Segment is one that was sent.
type Segment struct {
	At       float64
	From, To float64
	Again    bool
}

// Point is a value at a time.
type Point struct{ At, Value float64 }

// Bar is a block of SACK at the time at which it was told.
type Bar struct{ At, From, To float64 }

// Of looks at a connection.
func Of(s *trace.Stream) *Series {
	l := look{stream: s, sender: sender(s), sent: map[int64]flown{}}
	l.out.Name = s.Ends[l.sender].String() + " -> " + s.Ends[l.sender.Other()].String()
	for p := range s.Packets() {
		tcp, ok := dissect.Find[*dissect.TCP](p.Layers())
		if !ok {
			continue
		}
		if l.begin.IsZero() {
			l.begin = p.Time
		}
		l.out.Seconds = p.Time.Sub(l.begin).Seconds()
		if p.Side == l.sender {
			l.segment(p)
		} else if tcp.Has(dissect.ACK) {
			l.ack(tcp)
		}
	}
	l.out.Bytes = l.top
	l.out.Throughput = throughput(l.out.Delivered, l.out.Seconds)
	return &l.out
}

// sender is the side that sent more.
func sender(s *trace.Stream) trace.Side {
	var n [2]int
	for p := range s.Packets() {
		n[p.Side] += len(p.Payload())
	}
	if n[trace.Server] > n[trace.Client] {
		return trace.Server
	}
	return trace.Client
}

// look goes through a connection.
type look struct {
	out       Series
	stream    *trace.Stream
	sender    trace.Side
	begin     time.Time
	top, done float64         // highest byte that was sent, and that was acknowledged
	sent      map[int64]flown // by the byte behind the segment
	beyond    []Bar           // what SACK has told behind a hole: apart, in order; At has no meaning
}

// flown is a segment that is under way.
type flown struct {
	at   float64
	once bool
}

func (l *look) segment(p *trace.Packet) {
	size := len(p.Payload())
	if size == 0 {
		return
	}
	end := p.Offset + int64(size)
	s := Segment{l.out.Seconds, float64(p.Offset), float64(end), false}
	_, s.Again = l.sent[end]
	s.Again = s.Again || s.To <= l.top && p.Analysis&(trace.Retransmission|trace.OutOfOrder) != 0
	l.out.Segments = append(l.out.Segments, s)
	l.sent[end] = flown{s.At, !s.Again}
	l.top = max(l.top, s.To)
	l.flight()
}

func (l *look) ack(tcp *dissect.TCP) {
	place := func(seq uint32) float64 { return float64(l.stream.Relative(l.sender, seq)) - 1 }
	told := false
	for _, b := range tcp.SACK() {
		if from, to := place(b[0]), place(b[1]); from >= 0 && from < to && to <= l.top {
			l.out.Selective = append(l.out.Selective, Bar{l.out.Seconds, from, to})
			l.keep(from, to)
			told = true
		}
	}
	upTo := place(tcp.Ack)
	if upTo > l.top+1 || upTo < 0 {
		return
	}
	if upTo = min(upTo, l.top); upTo > l.done { // the FIN counts as one
		// What SACK has told before was there before: its ACK measures how long a hole was open.
		f, there := l.sent[int64(upTo)]
		if there && f.once && !l.kept(upTo) {
			l.out.RTT = append(l.out.RTT, Point{l.out.Seconds, (l.out.Seconds - f.at) * 1000})
		}
		l.done = upTo
		l.out.Acked = append(l.out.Acked, Point{l.out.Seconds, upTo})
		l.flight()
	} else if !told {
		return
	}
	l.out.Delivered = append(l.out.Delivered, Point{l.out.Seconds, l.delivered()})
}

// keep adds a block to what lies beyond holes.
func (l *look) keep(from, to float64) {
	var apart []Bar
	for _, b := range l.beyond {
		if b.To < from || b.From > to {
			apart = append(apart, b)
		} else {
			from, to = min(from, b.From), max(to, b.To)
		}
	}
	l.beyond = append(apart, Bar{From: from, To: to})
	slices.SortFunc(l.beyond, func(a, b Bar) int { return cmp.Compare(a.From, b.From) })
}

// kept tells whether the byte before a place was told by SACK.
func (l *look) kept(upTo float64) bool {
	return slices.ContainsFunc(l.beyond, func(b Bar) bool { return b.From < upTo && upTo <= b.To })
}

// delivered is how much the other side has, and forgets what is no longer beyond a hole.
func (l *look) delivered() float64 {
	l.beyond = slices.DeleteFunc(l.beyond, func(b Bar) bool { return b.To <= l.done })
	n := l.done
	for _, b := range l.beyond {
		n += b.To - max(b.From, l.done)
	}
	return n
}

func (l *look) flight() {
	l.out.Flight = append(l.out.Flight, Point{l.out.Seconds, max(0, l.top-l.done)})
}

// pieces is into how many pieces of time the throughput is cut.
const pieces = 60

func throughput(delivered []Point, seconds float64) (all []Point) {
	if seconds == 0 || len(delivered) == 0 {
		return nil
	}
	each, i, before := seconds/pieces, 0, 0.0
	for n := 1; n <= pieces; n++ {
		now := before
		for ; i < len(delivered) && delivered[i].At <= float64(n)*each; i++ {
			now = max(now, delivered[i].Value)
		}
		all = append(all, Point{(float64(n) - 0.5) * each, (now - before) * 8 / each / 1e6})
		before = now
	}
	return all
}
