package dissect

import (
	"encoding/binary"
	"net/netip"
)

// Protocol numbers (https://www.iana.org/assignments/protocol-numbers).
const (
	ProtocolICMP   = 1
	ProtocolIPv4   = 4 // a datagram in a datagram
	ProtocolTCP    = 6
	ProtocolUDP    = 17
	ProtocolIPv6   = 41
	ProtocolICMPv6 = 58
)

// IPv4 is a datagram's header (RFC 791 §3.1).
type IPv4 struct {
	Span
	DSCP, ECN           uint8 // the type of service, as RFC 2474 and RFC 3168 divide it
	Length              int   // of the datagram, as it says itself; 0 if the network card cut it up behind the capture
	ID                  uint16
	Reserved            bool
	DontFragment        bool
	MoreFragments       bool
	Offset              int // of a fragment, in bytes
	TTL                 uint8
	Protocol            uint8
	Checksum            uint16
	Source, Destination netip.Addr
	Options             []Option
}

// Option is one of IPv4's, of IPv6's, of TCP's or of DHCP's.
type Option struct {
	Kind  uint8
	Value []byte
}

// Fragment reports whether the datagram is a part of another.
func (ip *IPv4) Fragment() bool { return ip.MoreFragments || ip.Offset > 0 }

// ip goes by the version, the first four bits of both headers.
func (d *decoder) ip(at, to int) {
	if !d.has(1, at, to, "an IP header") {
		return
	}
	if d.depth++; d.depth > maxDepth {
		return
	}
	switch d.b[at] >> 4 {
	case 4:
		d.ipv4(at, to)
	case 6:
		d.ipv6(at, to)
	default:
		d.malformed(at, to, "IP of version %d", d.b[at]>>4)
	}
}

func (d *decoder) ipv4(at, to int) {
	if !d.has(20, at, to, "an IPv4 header") {
		return
	}
	flags := d.u16(at + 6)
	ip := &IPv4{Span: Span{at, at + int(d.b[at]&15)*4, to}, DSCP: d.b[at+1] >> 2, ECN: d.b[at+1] & 3,
		Length: int(d.u16(at + 2)), ID: d.u16(at + 4), Reserved: flags&0x8000 != 0, DontFragment: flags&0x4000 != 0,
		MoreFragments: flags&0x2000 != 0, Offset: int(flags&0x1fff) * 8, TTL: d.b[at+8], Protocol: d.b[at+9],
		Checksum: d.u16(at + 10), Source: d.addr4(at + 12), Destination: d.addr4(at + 16)}
	switch {
	case ip.Header() < 20 || ip.Body > to:
		d.malformed(at, to, "an IPv4 header of %d bytes", ip.Header())
		return
	case ip.Length != 0 && ip.Length < ip.Header():
		d.malformed(at, to, "an IPv4 datagram of %d bytes with a header of %d", ip.Length, ip.Header())
		return
	case ip.Length != 0: // what is behind it is padding, to the least length of a frame
		ip.To = min(to, at+ip.Length)
	}
	ip.Options, _ = options(d.b[at+20:ip.Body], 0, 1)
	d.add(ip)
	d.source, d.destination = ip.Source, ip.Destination
	if ip.Offset == 0 && !ip.MoreFragments || ip.Offset == 0 && d.quoted {
		d.transport(ip.Protocol, ip.Body, ip.To)
	}
}

// options reads a list of kind, length, value, as IPv4 (RFC 791 §3.1) and TCP (RFC 9293 §3.1) have it. The length
// counts the first two, but kinds end and nop have none. whole is false where a length can't be.
func options(b []byte, end, nop uint8) (list []Option, whole bool) {
	for len(b) > 0 {
		kind := b[0]
		switch {
		case kind == end:
			return append(list, Option{Kind: kind}), true
		case kind == nop:
			list, b = append(list, Option{Kind: kind}), b[1:]
		case len(b) < 2 || b[1] < 2 || int(b[1]) > len(b):
			return list, false
		default:
			list, b = append(list, Option{kind, b[2:b[1]]}), b[b[1]:]
		}
	}
	return list, true
}

// ChecksumOK reports whether the header, whose bytes these are, came as it was sent (RFC 1071: all of it adds up to
// ones).
func (ip *IPv4) ChecksumOK(packet []byte) bool { return Sum(packet[ip.From:ip.Body]) == 0xffff }

// Sum is the sum of 16-bit words in ones' complement (RFC 1071). Parts but the last must have an even length.
func Sum(parts ...[]byte) uint16 {
	sum := uint64(0)
	for _, b := range parts {
		for ; len(b) >= 2; b = b[2:] {
			sum += uint64(binary.BigEndian.Uint16(b))
		}
		if len(b) == 1 {
			sum += uint64(b[0]) << 8
		}
	}
	for sum>>16 != 0 {
		sum = sum>>16 + sum&0xffff
	}
	return uint16(sum)
}

// transport goes on with what IP carries.
func (d *decoder) transport(protocol uint8, at, to int) {
	switch protocol {
	case ProtocolTCP:
		d.tcp(at, to)
	case ProtocolUDP:
		d.udp(at, to)
	case ProtocolICMP:
		d.icmp(at, to)
	case ProtocolICMPv6:
		d.icmpv6(at, to)
	case ProtocolIPv4, ProtocolIPv6:
		d.ip(at, to)
	}
}
