package netbox

import (
	"fmt"
	"hash/fnv"
	"math"
	"slices"
)

// What a wire does to a frame is decided by what the frame is, not by how many came before it: then a program that does
// the same again loses the same, although acknowledgements come between now here and now there. A segment of TCP is
// known by its connection (the first, the second, ... on this wire), its relative sequence number, its length, and how
// often it was sent. Anything else is the first, second, ... of its kind.

// segment is the kind of what takes numbers of TCP: bytes, SYN, FIN. An acknowledgement alone is of another kind.
const segment = "tcp"

// datagram is the kind of a UDP datagram that has a number: see LoseNumbered.
const datagram = "numbered"

// identity is what a frame is known by.
type identity struct {
	kind       string
	connection int // from 1
	seq        uint32
	length     int
	nth        int // from 1: how often it was sent, or which of its kind it is
}

// draw is a number from 0 to below 1 that looks like one by chance, and is the same for the same arguments: a hash
// (FNV-1a), whose bits are mixed once more, as those of short texts that are much alike are too.
func draw(seed uint64, way, what string, id identity) float64 {
	h := fnv.New64a()
	fmt.Fprintf(h, "%d %s %s %s %d %d %d %d", seed, way, what, id.kind, id.connection, id.seq, id.length, id.nth)
	x := h.Sum64()
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9 // the last steps of SplitMix64
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	return float64(x>>11) / (1 << 53)
}

// Limits of what is remembered.
const (
	maxConnections = 1024
	maxSegments    = 1 << 15 // of a connection: more than one window
)

// tracker knows the frames of a wire again. It is not safe for use by several goroutines.
type tracker struct {
	kinds       map[string]int
	datagrams   map[flowed]int // how often each was sent
	connections map[[2]string]*connection
	opened      int // connections so far
}

// connection is one direction of TCP.
type connection struct {
	number  int
	first   uint32 // the sequence number of its SYN
	highest uint32 // relative
	acks    int
	sent    map[[2]uint32]int // how often, by relative sequence number and length
}

// flowed is a datagram of a flow, which is known by its number and length.
type flowed struct {
	from, to string
	number   uint32
	length   int
}

// numbered counts a datagram in which number finds one. Flows are counted apart and lose alike: what is sent once more
// from another port has the same luck.
func (t *tracker) numbered(frame []byte, number func([]byte) (uint32, bool)) (id identity, ok bool) {
	p := read(frame)
	n, ok := number(p.payload)
	if p.kind != "udp" || !ok {
		return id, false
	}
	if t.datagrams == nil || len(t.datagrams) == 2*maxSegments {
		t.datagrams = map[flowed]int{}
	}
	key := flowed{p.from, p.to, n, len(p.payload)}
	t.datagrams[key]++
	return identity{kind: datagram, seq: n, length: len(p.payload), nth: t.datagrams[key]}, true
}

// identify counts a frame and says what it is known by. number finds the numbers of datagrams, if they have some.
func (t *tracker) identify(frame []byte) identity {
	p := read(frame)
	if p.kind != segment {
		if t.kinds == nil {
			t.kinds = map[string]int{}
		}
		t.kinds[p.kind]++
		return identity{kind: p.kind, nth: t.kinds[p.kind]}
	}
	c := t.connection(p)
	if p.length == 0 && !p.syn && !p.fin {
		c.acks++
		return identity{kind: "ack", connection: c.number, nth: c.acks}
	}
	seq := p.seq - c.first
	return identity{segment, c.number, seq, p.length, c.count(seq, p.length)}
}

// connection is that of a segment. A SYN with another number than the last one begins the next.
func (t *tracker) connection(p parts) *connection {
	key := [2]string{p.from, p.to}
	c := t.connections[key]
	if c != nil && (!p.syn || c.first == p.seq) {
		return c
	}
	if t.connections == nil || len(t.connections) == maxConnections {
		t.connections = map[[2]string]*connection{}
	}
	t.opened++
	c = &connection{number: t.opened, first: p.seq, sent: map[[2]uint32]int{}}
	if !p.syn {
		c.first-- // its beginning was not seen
	}
	t.connections[key] = c
	return c
}

// count counts a segment. Those that no window reaches back to are forgotten when there are many.
func (c *connection) count(seq uint32, length int) int {
	if ahead := int32(seq - c.highest); ahead > 0 {
		c.highest = seq
	}
	if len(c.sent) >= maxSegments {
		const window = 4 << 20
		for key := range c.sent {
			if c.highest-key[0] > window {
				delete(c.sent, key)
			}
		}
	}
	if len(c.sent) >= 2*maxSegments {
		clear(c.sent)
	}
	c.sent[[2]uint32{seq, uint32(length)}]++
	return c.sent[[2]uint32{seq, uint32(length)}]
}

// Missing is a segment that a wire loses.
type Missing struct {
	Seq    uint32 // relative, as Wireshark shows it: the first byte is 1
	Length int
	Times  int // so many of its transmissions are lost before one arrives
}

// Lost tells, without a network, which segments of bytes that are sent in one direction, "a>b", get lost. connection
// counts those of this direction from 1, mss is how many bytes each segment has but the last. It holds where the sender
// always has more to send, so that all segments are full, and the queue has no end.
func Lost(seed uint64, direction string, part float64, connection, bytes, mss int) (lost []Missing) {
	for at := 0; at < bytes; at += mss {
		id := identity{segment, connection, uint32(1 + at), min(mss, bytes-at), 1}
		for draw(seed, direction, "loss", id) < part && id.nth < math.MaxInt16 {
			id.nth++
		}
		if id.nth > 1 {
			lost = append(lost, Missing{id.seq, id.length, id.nth - 1})
		}
	}
	return lost
}

// Lost is what Lost tells of the first connection in a direction of this network, with segments of 1448 bytes: those of
// a link with an MTU of 1500, less the headers of IPv4 (20) and TCP (20), and a time stamp (12).
func (n *Net) Lost(direction string, bytes int) []Missing {
	n.mu.Lock()
	w := n.ways[direction]
	n.mu.Unlock()
	if w == nil {
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return Lost(n.seed, direction, w.loss, 1, bytes, 1448)
}

// LostOf tells which of the first count frames of a kind get lost, counted from 1: "udp", "icmp", "arp", "fragment".
func LostOf(seed uint64, direction string, part float64, kind string, count int) (lost []int) {
	for nth := 1; nth <= count; nth++ {
		if draw(seed, direction, "loss", identity{kind: kind, nth: nth}) < part {
			lost = append(lost, nth)
		}
	}
	return lost
}

// LosesNumbered tells whether a link with LoseNumbered(part, ...) loses the datagram of this number and length when it
// is sent for the nth time in a flow, from 1.
func LosesNumbered(seed uint64, direction string, part float64, number uint32, length, nth int) bool {
	return draw(seed, direction, "loss", identity{kind: datagram, seq: number, length: length, nth: nth}) < part
}

// Ways are the names of all directions.
func (n *Net) Ways() (names []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for name := range n.ways {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
