// Package trace reads a whole capture: its packets, the datagrams that came in fragments, and the streams of TCP with
// what Wireshark's analysis says of their segments.
//
//	t, err := trace.Read(ctx, file)                    // err names the packet that could not be read
//	for _, s := range t.Streams {                      // numbered as tcp.stream is
//		sent := s.Sent(trace.Client)
//		place, ok := sent.At(3)                        // where the fourth byte came: packet, byte of the packet
//		for _, chunk := range sent.Chunks() { ... }    // what is there without a gap
//		for p := range s.Packets() { ... }             // its segments in the order of the capture
//	}
//
//	RFC 815   datagrams put together          RFC 9293  TCP: sequence numbers, and how they wrap around (§3.4)
//	RFC 7323  windows that are scaled         RFC 6298, 5681  why something is sent again
//
// It is made for files from strangers: memory grows with the file and not with what numbers in it say, and what is
// decoded is not kept, for it can be decoded again: Packet.Layers. 300,000 packets are about 100 MB.
package trace

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"pollwire/lab/dissect"
	"pollwire/lab/pcap"
)

// Trace is a capture.
type Trace struct {
	Packets []Packet
	Streams []*Stream

	streams   map[key]*Stream
	fragments map[fragmentKey]*partial
	once      analysis // of a stream's first packet
}

// Packet is one of a capture, with its place in what is made of several.
type Packet struct {
	pcap.Packet
	Datagram *Datagram // that this packet completed, the last of its fragments to come
	Stream   *Stream   // of TCP
	Side     Side      // who sent it
	Analysis Analysis  // what it is in its stream

	Offset   int64 // of its first byte in what Side sent
	body, to int32 // its payload, in the packet or in the datagram
	next     int32 // the next packet of the stream, by its index; 0: none
}

// Layers takes the packet apart. Behind the header of a datagram's last fragment come the layers of the whole datagram:
// those lie in Datagram.Payload.
func (p *Packet) Layers() []dissect.Layer {
	layers := dissect.Decode(p.Interface.LinkType, p.Data)
	if d := p.Datagram; d != nil {
		layers = append(layers, dissect.Carried(d.Protocol, d.Source, d.Destination, d.Payload)...)
	}
	return layers
}

// Payload is what a segment of TCP carries.
func (p *Packet) Payload() []byte {
	if p.Datagram != nil {
		return p.Datagram.Payload[p.body:p.to]
	}
	return p.Data[p.body:p.to]
}

// Since is how long after the first packet of the capture it came.
func (t *Trace) Since(p *Packet) time.Duration { return p.Time.Sub(t.Packets[0].Time) }

// Packet returns a packet by its number, which counts from 1.
func (t *Trace) Packet(number int) *Packet { return &t.Packets[number-1] }

// Read reads a capture. It ends early with ctx. With an error of the file, a *pcap.Error, comes what is before it.
func Read(ctx context.Context, file []byte) (*Trace, error) {
	t := &Trace{streams: map[key]*Stream{}, fragments: map[fragmentKey]*partial{}}
	t.Packets = make([]Packet, 0, count(file)) // exactly, or growing would take the memory twice
	for p, err := range pcap.Packets(file) {
		if err != nil {
			return t.end(), err
		}
		if p.Number%1024 == 0 && ctx.Err() != nil {
			return t.end(), ctx.Err()
		}
		t.Packets = append(t.Packets, Packet{Packet: *p})
		t.take(&t.Packets[len(t.Packets)-1])
	}
	return t.end(), nil
}

func count(file []byte) (n int) {
	for range pcap.Packets(file) {
		n++
	}
	return n
}

// end forgets what only reading needs.
func (t *Trace) end() *Trace {
	t.streams, t.fragments = nil, nil
	for _, s := range t.Streams {
		s.analysis = nil
	}
	t.Streams = slices.Clip(t.Streams)
	return t
}

// take finds out what a packet is a part of.
func (t *Trace) take(p *Packet) {
	layers := dissect.Decode(p.Interface.LinkType, p.Data)
	last := lastIP(layers)
	switch ip := last.(type) {
	case *dissect.IPv4:
		if ip.Fragment() {
			layers = t.fragment4(p, ip)
		}
	case *dissect.IPv6:
		if ip.Fragment != nil && !ip.Fragment.Whole() {
			layers = t.fragment6(p, ip)
		}
	}
	if tcp, ok := dissect.Find[*dissect.TCP](layers); ok {
		from, to := Ends(last)
		t.segment(p, tcp, from, to)
	}
}

// lastIP is the innermost header of IP: the one whose datagram carries the rest.
func lastIP(layers []dissect.Layer) (last dissect.Layer) {
	for _, l := range layers {
		switch l.(type) {
		case *dissect.IPv4, *dissect.IPv6:
			last = l
		}
	}
	return last
}

// Ends are the addresses of a header of IP.
func Ends(ip dissect.Layer) (from, to netip.Addr) {
	switch ip := ip.(type) {
	case *dissect.IPv4:
		return ip.Source, ip.Destination
	case *dissect.IPv6:
		return ip.Source, ip.Destination
	}
	return from, to
}
