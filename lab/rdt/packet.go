// Package rdt is reliable data transfer by hand, over anything that loses, doubles, breaks and overtakes packets: UDP,
// say. It is written to be read beside the chapter on its principles (Kurose and Ross, Computer Networking, 3.4), and
// has the three protocols of that chapter:
//
//	stop-and-wait      one packet, then wait for its acknowledgement       (rdt 3.0; here with more numbers than 0 and 1)
//	Go-Back-N          a window of packets, one timer, cumulative ACKs; what comes out of order is thrown away
//	selective repeat   a window of packets, a timer and an ACK for each; what comes out of order is kept
//
// Sender and Receiver are state machines, as in the book: something happens (data is there, a packet comes, a timer
// runs out), and they say what has to be sent. They know neither sockets nor clocks. Send and Receive drive them over
// a real network, Simulate drives them without one: what a transfer will cost is known before it has begun.
//
// No RFC rules here: the format is the package's own, and has no name but "pwrdt" in the kit for Wireshark. The
// checksum is that of RFC 1071. All numbers are big-endian.
//
//	 0       1       2       3
//	+-------+-------+-------+-------+
//	| 'R'     'D'   | type  |variant|   type: 1 data, 2 ACK; variant: 1, 2, 3 as above
//	+-------+-------+-------+-------+
//	| number        |window | flags |   which packet this is, or is acknowledged; flags: 1, the last of all
//	+-------+-------+-------+-------+
//	| length        | checksum      |   of the data; of all
//	+-------+-------+-------+-------+
//	| data ...
package rdt

import (
	"encoding/binary"
	"errors"
)

// Type is the kind of a packet.
type Type byte

// What a packet is.
const (
	Data Type = 1 + iota
	ACK
)

// Variant is one of the three protocols.
type Variant byte

// The protocols.
const (
	StopAndWait Variant = 1 + iota
	GoBackN
	SelectiveRepeat
)

// Header is how many bytes stand before the data.
const Header = 12

const (
	maxData = 1 << 10 // of a packet
	last    = 1       // the one flag
)

var big = binary.BigEndian

// Packet is what travels.
type Packet struct {
	Type    Type
	Variant Variant
	Number  uint16
	Window  byte // how many packets its sender may have under way, or its receiver keeps
	Last    bool // no data follows
	Data    []byte
}

// Append writes the packet behind b.
func (p Packet) Append(b []byte) []byte {
	start := len(b)
	b = append(b, 'R', 'D', byte(p.Type), byte(p.Variant))
	b = big.AppendUint16(b, p.Number)
	b = append(b, p.Window, 0)
	if p.Last {
		b[start+7] = last
	}
	b = big.AppendUint16(b, uint16(len(p.Data)))
	b = append(append(b, 0, 0), p.Data...)
	big.PutUint16(b[start+10:], checksum(b[start:]))
	return b
}

// Errors of Parse. A receiver throws such a packet away and says nothing: the sender's timer will do the rest.
var (
	ErrForeign = errors.New("rdt: no packet of this protocol")
	ErrDamaged = errors.New("rdt: the checksum does not fit")
)

// Parse reads a packet. Its data is a part of b.
func Parse(b []byte) (p Packet, err error) {
	if len(b) < Header || b[0] != 'R' || b[1] != 'D' {
		return p, ErrForeign
	}
	if checksum(b) != 0 {
		return p, ErrDamaged
	}
	p = Packet{Type: Type(b[2]), Variant: Variant(b[3]), Number: big.Uint16(b[4:]), Window: b[6], Last: b[7] == last,
		Data: b[Header:]}
	switch {
	case int(big.Uint16(b[8:])) != len(p.Data), len(p.Data) > maxData, b[7] > last:
		return p, ErrForeign
	case p.Type != Data && (p.Type != ACK || len(p.Data) > 0 || p.Last):
		return p, ErrForeign
	case p.Variant < StopAndWait || p.Variant > SelectiveRepeat:
		return p, ErrForeign
	}
	return p, nil
}

// checksum is that of the internet (RFC 1071): the sum of all 16-bit words in ones' complement, turned over. Of what
// has its own checksum in it, it is 0.
func checksum(b []byte) uint16 {
	sum := uint32(0)
	for i := range b {
		sum += uint32(b[i]) << (8 * (1 - i%2))
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}
