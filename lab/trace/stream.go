package trace

import (
	"cmp"
	"container/heap"
	"iter"
	"net/netip"
	"slices"
	"time"

	"pollwire/lab/dissect"
)

// Side is one of the two ends of a stream.
type Side uint8

// Client sent the first SYN, or has the higher port where no SYN is there.
const (
	Client Side = 0
	Server Side = 1
)

// Other is the other end.
func (s Side) Other() Side { return 1 - s }

// Stream is a connection of TCP.
type Stream struct {
	Number int               // from 0, as tcp.stream
	Ends   [2]netip.AddrPort // of the client and of the server
	Count  int               // packets

	trace       *Trace
	first, last int32 // packets, by their index
	opening     [2]opening
	rtt         time.Duration // as the handshake shows it
	analysis    *analysis     // while the capture is read
}

// opening is what is known of a side from its first segment.
type opening struct {
	begun, syn bool
	base       uint32 // the number of offset 0
	scale      int8
}

// analysis is what judging the next segment needs.
type analysis struct {
	sides   [2]state
	synTime int64
}

// key is a connection, whichever way a packet goes: the lower end comes first.
type key struct {
	low, high         [16]byte
	lowPort, highPort uint16
	six               bool
}

func newKey(from, to netip.AddrPort) key {
	if from.Compare(to) > 0 {
		from, to = to, from
	}
	return key{from.Addr().As16(), to.Addr().As16(), from.Port(), to.Port(), from.Addr().Is6()}
}

// segment gives a packet its place in a stream.
func (t *Trace) segment(p *Packet, tcp *dissect.TCP, from, to netip.Addr) {
	source, destination := netip.AddrPortFrom(from, tcp.Source), netip.AddrPortFrom(to, tcp.Destination)
	k := newKey(source, destination)
	s := t.streams[k]
	if s == nil || s.anew(tcp, source) {
		reused := s != nil
		s = t.open(tcp, source, destination, int32(p.Number-1))
		t.streams[k] = s
		if reused {
			p.Analysis |= ReusedPorts
		}
	} else {
		t.Packets[s.last].next = int32(p.Number - 1)
	}
	s.last, s.Count = int32(p.Number-1), s.Count+1
	p.Stream, p.Side = s, s.side(source)
	p.body, p.to = int32(tcp.Body), int32(tcp.To)
	t.judge(s, p, tcp)
}

// judge analyses a segment. What that needs is kept for streams of two packets and more only, since a file may be
// nothing but first packets: then the first one is gone through once more.
func (t *Trace) judge(s *Stream, p *Packet, tcp *dissect.TCP) {
	switch {
	case s.Count == 1:
		t.once = analysis{}
		s.analysis = &t.once
		defer func() { s.analysis = nil }()
	case s.analysis == nil:
		s.analysis = &analysis{}
		first := t.Packets[s.first]
		if tcp, ok := dissect.Find[*dissect.TCP](first.Layers()); ok {
			s.unroll(first.Side, tcp)
			s.analyse(&first, tcp)
		}
	}
	p.Offset = s.unroll(p.Side, tcp)
	s.analyse(p, tcp)
}

// anew reports whether a SYN begins another connection with the ports of this one: it has another number.
func (s *Stream) anew(tcp *dissect.TCP, source netip.AddrPort) bool {
	side := &s.opening[s.side(source)]
	return tcp.Flags&(dissect.SYN|dissect.ACK) == dissect.SYN && side.begun && side.base != tcp.Seq+1
}

func (t *Trace) open(tcp *dissect.TCP, source, destination netip.AddrPort, first int32) *Stream {
	client := source.Port() >= destination.Port()
	if tcp.Flags&dissect.SYN != 0 {
		client = tcp.Flags&dissect.ACK == 0
	}
	s := &Stream{Number: len(t.Streams), Ends: [2]netip.AddrPort{source, destination}, trace: t, first: first}
	if !client {
		s.Ends[0], s.Ends[1] = s.Ends[1], s.Ends[0]
	}
	s.opening[0].scale, s.opening[1].scale = scaleUnknown, scaleUnknown
	s.analysis = &analysis{}
	t.Streams = append(t.Streams, s)
	return s
}

func (s *Stream) side(source netip.AddrPort) Side {
	if source == s.Ends[Client] {
		return Client
	}
	return Server
}

// unroll makes an offset of a sequence number, which starts again from 0 behind 2^32-1 (RFC 9293 §3.4): the nearest to
// the highest so far. The byte behind the SYN has offset 0, or the first one that is there.
func (s *Stream) unroll(side Side, tcp *dissect.TCP) int64 {
	o, high, seq := &s.opening[side], &s.analysis.sides[side].high, tcp.Seq
	if tcp.Flags&dissect.SYN != 0 {
		seq++ // what a SYN carries (RFC 7413) comes behind it
	}
	if !o.begun {
		o.begun, o.base, o.syn = true, seq, tcp.Flags&dissect.SYN != 0
	}
	offset := *high + int64(int32(seq-o.base-uint32(*high)))
	*high = max(*high, offset+int64(tcp.Carried()))
	return offset
}

// Initial returns the sequence number of a side's SYN. Without a SYN in the capture, ok is false.
func (s *Stream) Initial(side Side) (isn uint32, ok bool) {
	return s.opening[side].base - 1, s.opening[side].syn
}

// Relative makes a sequence number of a side relative, as Wireshark shows it: the SYN has 0.
func (s *Stream) Relative(side Side, seq uint32) uint32 { return seq - (s.opening[side].base - 1) }

// Packets goes through the packets of the stream.
func (s *Stream) Packets() iter.Seq[*Packet] {
	return func(yield func(*Packet) bool) {
		for i := s.first; yield(&s.trace.Packets[i]); {
			if i = s.trace.Packets[i].next; i == 0 {
				return
			}
		}
	}
}

// Piece is what one packet brought of what a side sent.
type Piece struct {
	From, To int64 // offsets
	Packet   *Packet
}

func (p Piece) data() []byte {
	return p.Packet.Payload()[p.From-p.Packet.Offset : p.To-p.Packet.Offset]
}

// Sent is what a side sent, put together: pieces in their order, none over another. Of bytes that came twice the first
// count, as they do for a receiver.
type Sent []Piece

// Sent puts together what a side sent. It is made anew each time.
func (s *Stream) Sent(side Side) Sent {
	var all []Piece
	for p := range s.Packets() {
		if p.Side == side && p.to > p.body {
			all = append(all, Piece{p.Offset, p.Offset + int64(p.to-p.body), p})
		}
	}
	sorted := func(a, b Piece) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Packet.Number, b.Packet.Number))
	}
	if apart(all) {
		return all
	}
	slices.SortFunc(all, sorted)
	return overlaid(all)
}

// apart reports whether pieces are in order as they came, none over another: so most streams are.
func apart(all []Piece) bool {
	for i := 1; i < len(all); i++ {
		if all[i].From < all[i-1].To {
			return false
		}
	}
	return true
}

// waiting is a heap of pieces that reach over the same place, the first to come on top.
type waiting []Piece

func (w waiting) Len() int           { return len(w) }
func (w waiting) Less(i, j int) bool { return w[i].Packet.Number < w[j].Packet.Number }
func (w waiting) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w *waiting) Push(x any)        { *w = append(*w, x.(Piece)) }
func (w *waiting) Pop() any {
	last := (*w)[len(*w)-1]
	*w = (*w)[:len(*w)-1]
	return last
}

// overlaid goes from one place where a piece begins to the next. Between two of them the piece that came first has the
// word.
func overlaid(all []Piece) (sent Sent) {
	var w waiting
	for i, at := 0, int64(0); i < len(all) || len(w) > 0; {
		if len(w) == 0 {
			at = all[i].From
		}
		for ; i < len(all) && all[i].From <= at; i++ {
			heap.Push(&w, all[i])
		}
		if w[0].To <= at {
			heap.Pop(&w)
			continue
		}
		until := w[0].To
		if i < len(all) {
			until = min(until, all[i].From)
		}
		sent = sent.with(Piece{at, until, w[0].Packet})
		at = until
	}
	return sent
}

// with appends a piece, or makes the last one longer.
func (s Sent) with(p Piece) Sent {
	if n := len(s) - 1; n >= 0 && s[n].Packet == p.Packet && s[n].To == p.From {
		s[n].To = p.To
		return s
	}
	return append(s, p)
}

// Chunk is what was sent without a gap. Where a capture lacks a packet, another begins behind it.
type Chunk struct {
	From int64
	Data []byte
}

// Chunks joins pieces.
func (s Sent) Chunks() (chunks []Chunk) {
	for i := 0; i < len(s); {
		end, size := i+1, s[i].To-s[i].From
		for end < len(s) && s[end].From == s[end-1].To {
			size += s[end].To - s[end].From
			end++
		}
		c := Chunk{From: s[i].From, Data: s[i].data()}
		if end > i+1 {
			c.Data = make([]byte, 0, size)
			for _, p := range s[i:end] {
				c.Data = append(c.Data, p.data()...)
			}
		}
		chunks, i = append(chunks, c), end
	}
	return chunks
}

// index finds the piece with an offset.
func (s Sent) index(offset int64) (int, bool) {
	i, _ := slices.BinarySearchFunc(s, offset, func(p Piece, offset int64) int { return cmp.Compare(p.To, offset+1) })
	return i, i < len(s) && s[i].From <= offset
}

// Place is where a byte is to be seen.
type Place struct {
	Packet int // its number
	Byte   int // of the packet, from 0; of its datagram, if that came in fragments
}

// At says where a byte came.
func (s Sent) At(offset int64) (Place, bool) {
	i, ok := s.index(offset)
	if !ok {
		return Place{}, false
	}
	p := s[i].Packet
	return Place{p.Number, int(p.body) + int(offset-p.Offset)}, true
}

// PacketsOf are the numbers of the packets that brought the bytes from an offset to the one before another.
func (s Sent) PacketsOf(from, to int64) (numbers []int) {
	i, _ := s.index(from)
	for ; i < len(s) && s[i].From < to; i++ {
		numbers = append(numbers, s[i].Packet.Number)
	}
	return numbers
}

// Complete is the number of the packet with which all of these bytes were there; 0 if they never were.
func (s Sent) Complete(from, to int64) (number int) {
	i, ok := s.index(from)
	if !ok && from < to {
		return 0
	}
	for ; i < len(s) && s[i].From < to; i++ {
		number = max(number, s[i].Packet.Number)
	}
	return number
}
