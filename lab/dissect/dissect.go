// Package dissect takes packets apart, one at a time: from the bytes on the link to what TCP, UDP or ICMP carry. Each
// protocol has a file of its own, which reads like its RFC.
//
//	layers := dissect.Decode(packet.Interface.LinkType, packet.Data)
//	if ip, ok := dissect.Find[*dissect.IPv4](layers); ok {
//		fmt.Println(ip.Source, "->", ip.Destination, "at byte", ip.From, "of the packet")
//	}
//
//	RFC 826   ARP         RFC 791, 815       IPv4, fragments        RFC 792   ICMP      RFC 768         UDP
//	RFC 2131  DHCP        RFC 8200           IPv6                   RFC 4443  ICMPv6    RFC 9293, 7323  TCP, its options
//	RFC 1035  DNS         RFC 4861           neighbour discovery    RFC 9000  QUIC      RFC 2018        SACK
//
// A packet is a row of layers, each within the one before. A layer knows where it lies, so that a byte that is asked
// for can be shown. Packets come from strangers: nothing is read that is not there. Where one ends too early, or says
// what can't be, a layer Malformed is the last, and the layers before it hold.
//
// What needs more than one packet (fragments, streams) is in package trace; what travels in streams, in package apps.
package dissect

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"pollwire/lab/pcap"
)

// Span is where a layer lies in its packet, in bytes: its header from From to Body, what it carries from Body to To.
type Span struct{ From, Body, To int }

// Where returns the span itself. It makes a layer of each type that has one.
func (s *Span) Where() Span { return *s }

// Header is how many bytes the header has, and Carried how many it carries.
func (s *Span) Header() int  { return s.Body - s.From }
func (s *Span) Carried() int { return s.To - s.Body }

// Layer is one protocol's part of a packet: *Ethernet, *IPv4, *TCP, ...
type Layer interface{ Where() Span }

// Malformed is where a packet can't be read further.
type Malformed struct {
	Span
	What string
}

// Find returns the first layer of a type.
func Find[T Layer](layers []Layer) (found T, ok bool) {
	for _, l := range layers {
		if found, ok = l.(T); ok {
			return found, true
		}
	}
	return found, false
}

// Decode takes a packet apart.
func Decode(linkType uint16, data []byte) []Layer {
	d := decoder{b: data}
	switch linkType {
	case pcap.Ethernet:
		d.ethernet(0)
	case pcap.Null, pcap.Loop:
		d.loopback(linkType)
	case pcap.SLL:
		d.cooked()
	case pcap.SLL2:
		d.cooked2()
	case pcap.Raw, rawBSD, rawOpenBSD, pcap.IPv4, pcap.IPv6:
		d.ip(0, len(data))
	}
	return d.layers
}

// Carried takes apart what a datagram carries, of which the fragments were put together.
func Carried(protocol uint8, from, to netip.Addr, payload []byte) []Layer {
	d := decoder{b: payload, source: from, destination: to}
	d.transport(protocol, 0, len(payload))
	return d.layers
}

// decoder goes through one packet.
type decoder struct {
	b      []byte
	layers []Layer
	depth  int // of IP in IP, and in ICMP

	source, destination netip.Addr // of the last IP header: TCP and UDP have them in their checksum

	quoted bool // the packet stands in an ICMP message, which may have cut it off
}

// maxDepth is how deep datagrams may lie in datagrams.
const maxDepth = 4

func (d *decoder) add(l Layer) { d.layers = append(d.layers, l) }

// malformed ends it, at a byte.
func (d *decoder) malformed(at, to int, what string, args ...any) {
	at = min(at, to)
	d.add(&Malformed{Span{at, to, to}, fmt.Sprintf(what, args...)})
}

// has reports whether there are n bytes from at on, before to, and ends it otherwise.
func (d *decoder) has(n, at, to int, what string) bool {
	if to-at >= n {
		return true
	}
	d.malformed(at, to, "%s has at least %d bytes; %d are there", what, n, to-at)
	return false
}

func (d *decoder) u16(at int) uint16 { return binary.BigEndian.Uint16(d.b[at:]) }
func (d *decoder) u32(at int) uint32 { return binary.BigEndian.Uint32(d.b[at:]) }

func (d *decoder) addr4(at int) netip.Addr { return netip.AddrFrom4([4]byte(d.b[at : at+4])) }
func (d *decoder) addr6(at int) netip.Addr { return netip.AddrFrom16([16]byte(d.b[at : at+16])) }
