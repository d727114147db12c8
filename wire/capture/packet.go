package capture

import (
	"encoding/binary"
	"math/bits"
	"net/netip"

	"pollwire/wire/pcapng"
)

// Protocol numbers of IPv4 and IPv6.
const (
	protocolTCP = 6
	protocolUDP = 17
)

const (
	hops     = 64
	tcpBytes = 20 // of a TCP header without options
	udpBytes = 8
)

// ipBytes is the length of the IP header of a packet to a.
func ipBytes(a netip.Addr) int {
	if a.Is4() {
		return 20
	}
	return 40
}

// appendIP appends an IP header for length bytes of protocol: of version 4 (RFC 791 §3.1) or 6 (RFC 8200 §3). id
// tells the packets of an IPv4 sender apart.
func appendIP(dst []byte, from, to netip.Addr, protocol byte, length int, id uint16) []byte {
	start, big := len(dst), binary.BigEndian
	if !to.Is4() {
		dst = big.AppendUint32(dst, 6<<28)
		dst = big.AppendUint16(dst, uint16(length))
		dst = append(dst, protocol, hops)
		dst = append(dst, from.AsSlice()...)
		return append(dst, to.AsSlice()...)
	}
	dst = append(dst, 4<<4|5, 0) // the header is 5 words of 4 bytes
	dst = big.AppendUint16(dst, uint16(20+length))
	dst = big.AppendUint16(dst, id)
	dst = append(dst, 1<<6, 0, hops, protocol, 0, 0) // don't fragment
	dst = append(dst, from.AsSlice()...)
	dst = append(dst, to.AsSlice()...)
	big.PutUint16(dst[start+10:], fold(sum(0, dst[start:])))
	return dst
}

// sum adds b to a sum of 16-bit words in ones' complement (RFC 1071 §2), eight bytes at a time: it is the same.
func sum(acc uint64, b []byte) uint64 {
	var carry uint64
	for ; len(b) >= 8; b = b[8:] {
		acc, carry = bits.Add64(acc, binary.BigEndian.Uint64(b), carry)
	}
	var rest [8]byte
	copy(rest[:], b)
	acc, carry = bits.Add64(acc, binary.BigEndian.Uint64(rest[:]), carry)
	acc, carry = bits.Add64(acc, 0, carry)
	return acc + carry
}

// fold makes a checksum of a sum.
func fold(acc uint64) uint16 {
	for acc>>16 != 0 {
		acc = acc>>16 + acc&0xffff
	}
	return ^uint16(acc)
}

// checksum is that of TCP or UDP: over what they carry and a header that is not sent, with the addresses (RFC 9293
// §3.1, RFC 768, RFC 8200 §8.1).
func checksum(from, to netip.Addr, protocol byte, b []byte) uint16 {
	acc := sum(0, from.AsSlice())
	acc = sum(acc, to.AsSlice())
	var rest [8]byte // the protocol and the length, of which IPv4 has shorter fields: their sum is the same
	binary.BigEndian.PutUint32(rest[:], uint32(len(b)))
	rest[7] = protocol
	return fold(sum(sum(acc, rest[:]), b))
}

// Flags of TCP (RFC 9293 §3.1).
const (
	flagFIN = 1 << iota
	flagSYN
	flagRST
	flagPSH
	flagACK
)

// segment is a TCP segment. The window is always the largest without an option.
type segment struct {
	iface    uint32 // seen or rebuilt
	from, to netip.AddrPort
	id       uint16
	seq, ack uint32
	flags    byte
	options  []byte // a multiple of 4 bytes
	payload  []byte
	comments []string
}

const window = 1<<16 - 1

// append appends the segment as a block of pcapng.
func (s *segment) append(dst []byte) []byte {
	start, big := len(dst), binary.BigEndian
	length := tcpBytes + len(s.options) + len(s.payload)
	dst = pcapng.BeginPacket(dst, s.iface, ipBytes(s.to.Addr())+length)
	dst = appendIP(dst, s.from.Addr(), s.to.Addr(), protocolTCP, length, s.id)
	tcp := len(dst)
	dst = big.AppendUint16(dst, s.from.Port())
	dst = big.AppendUint16(dst, s.to.Port())
	dst = big.AppendUint32(dst, s.seq)
	dst = big.AppendUint32(dst, s.ack)
	dst = append(dst, byte((tcpBytes+len(s.options))/4)<<4, s.flags)
	dst = big.AppendUint16(dst, window)
	dst = append(dst, 0, 0, 0, 0) // the checksum; no urgent data
	dst = append(dst, s.options...)
	dst = append(dst, s.payload...)
	big.PutUint16(dst[tcp+16:], checksum(s.from.Addr(), s.to.Addr(), protocolTCP, dst[tcp:]))
	return pcapng.EndPacket(dst, start, s.comments)
}

// appendDatagram appends a UDP datagram as a block of pcapng.
func appendDatagram(dst []byte, from, to netip.AddrPort, id uint16, payload []byte, comments []string) []byte {
	start, big := len(dst), binary.BigEndian
	length := udpBytes + len(payload)
	dst = pcapng.BeginPacket(dst, seen, ipBytes(to.Addr())+length)
	dst = appendIP(dst, from.Addr(), to.Addr(), protocolUDP, length, id)
	udp := len(dst)
	dst = big.AppendUint16(dst, from.Port())
	dst = big.AppendUint16(dst, to.Port())
	dst = big.AppendUint16(dst, uint16(length))
	dst = append(dst, 0, 0)
	dst = append(dst, payload...)
	c := checksum(from.Addr(), to.Addr(), protocolUDP, dst[udp:])
	if c == 0 {
		c = 0xffff // RFC 768: 0 would say that there is none
	}
	big.PutUint16(dst[udp+6:], c)
	return pcapng.EndPacket(dst, start, comments)
}
