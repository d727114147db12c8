package dissect

import (
	"net/netip"
)

// Types of ICMP (RFC 792) and of ICMPv6 (RFC 4443, RFC 4861).
const (
	EchoReply    = 0
	Unreachable  = 3
	Redirect     = 5
	EchoRequest  = 8
	TimeExceeded = 11

	Unreachable6           = 1
	PacketTooBig6          = 2
	TimeExceeded6          = 3
	ParameterProblem6      = 4
	EchoRequest6           = 128
	EchoReply6             = 129
	RouterSolicitation     = 133
	RouterAdvertisement    = 134
	NeighbourSolicitation  = 135
	NeighbourAdvertisement = 136
	Redirect6              = 137
)

// Codes of an ICMP Unreachable that are talked of.
const (
	PortUnreachable     = 3
	FragmentationNeeded = 4 // RFC 1191: with the MTU
	PortUnreachable6    = 4
	neighbourSourceLink = 1 // RFC 4861 §4.6.1
	neighbourTargetLink = 2
	neighbourMTU        = 5
)

// ICMP is a message of ICMP, or of ICMPv6.
type ICMP struct {
	Span
	Version    int // 4 or 6: of IP
	Type, Code uint8
	Checksum   uint16
	ID, Seq    uint16     // of an echo
	MTU        uint32     // of what does not fit
	Gateway    netip.Addr // of a redirect
	Target     netip.Addr // of neighbour discovery: whose address is asked for or told
	Link       []byte     // its address on the link, of whom there is one
	// Quoted is the datagram that an error is about, as much of it as came with it.
	Quoted []Layer
}

// Echo reports whether it is a request or a reply.
func (m *ICMP) Echo() bool {
	if m.Version == 6 {
		return m.Type == EchoRequest6 || m.Type == EchoReply6
	}
	return m.Type == EchoRequest || m.Type == EchoReply
}

func (d *decoder) icmp(at, to int) {
	if !d.has(8, at, to, "an ICMP message") {
		return
	}
	m := &ICMP{Span: Span{at, at + 8, to}, Version: 4, Type: d.b[at], Code: d.b[at+1], Checksum: d.u16(at + 2)}
	d.add(m)
	switch m.Type {
	case EchoRequest, EchoReply:
		m.ID, m.Seq = d.u16(at+4), d.u16(at+6)
	case Redirect:
		m.Gateway = d.addr4(at + 4)
		d.quote(m)
	case Unreachable:
		if m.Code == FragmentationNeeded {
			m.MTU = uint32(d.u16(at + 6))
		}
		d.quote(m)
	case TimeExceeded, 4, 12: // source quench, parameter problem
		d.quote(m)
	}
}

func (d *decoder) icmpv6(at, to int) {
	if !d.has(8, at, to, "an ICMPv6 message") {
		return
	}
	m := &ICMP{Span: Span{at, at + 8, to}, Version: 6, Type: d.b[at], Code: d.b[at+1], Checksum: d.u16(at + 2)}
	d.add(m)
	switch m.Type {
	case EchoRequest6, EchoReply6:
		m.ID, m.Seq = d.u16(at+4), d.u16(at+6)
	case PacketTooBig6:
		m.MTU = d.u32(at + 4)
		d.quote(m)
	case Unreachable6, TimeExceeded6, ParameterProblem6:
		d.quote(m)
	case RouterSolicitation:
		d.neighbour(m, at+8)
	case RouterAdvertisement:
		d.neighbour(m, at+16)
	case NeighbourSolicitation, NeighbourAdvertisement, Redirect6:
		if d.has(24, at, to, "neighbour discovery") {
			m.Target, m.Body = d.addr6(at+8), at+24
			d.neighbour(m, at+24)
		}
	}
}

// neighbour reads the options of neighbour discovery (RFC 4861 §4.6), which are counted in eights of bytes.
func (d *decoder) neighbour(m *ICMP, at int) {
	for at+8 <= m.To {
		length := int(d.b[at+1]) * 8
		if length == 0 || at+length > m.To {
			return
		}
		switch d.b[at] {
		case neighbourSourceLink, neighbourTargetLink:
			m.Link = d.b[at+2 : at+8]
		case neighbourMTU:
			m.MTU = d.u32(at + 4)
		}
		at += length
	}
}

// quote takes apart the datagram in an error. Its layers lie in the same packet.
func (d *decoder) quote(m *ICMP) {
	if m.Carried() < 20 {
		return
	}
	inner := decoder{b: d.b[:m.To], depth: d.depth, quoted: true}
	inner.ip(m.Body, m.To)
	m.Quoted = inner.layers
}
