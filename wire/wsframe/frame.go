package wsframe

import "encoding/binary"

// What a frame carries (RFC 6455 §5.2, §11.8). 0x3-0x7 and 0xB-0xF are reserved for versions of
// the protocol that were never written. The highest bit of the four marks a control frame (§5.5).
const (
	OpContinuation = 0x0 // a further fragment of the message that has begun
	OpText         = 0x1 // UTF-8
	OpBinary       = 0x2
	OpClose        = 0x8
	OpPing         = 0x9
	OpPong         = 0xA
)

// maxControlPayload is the most a control frame may carry (§5.5): its length always fits in the 7 bits.
const maxControlPayload = 125

// A frame header as it stands on the wire (§5.2):
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+-+-+-+-+-------+-+-------------+-------------------------------+
//	|F|R|R|R| opcode|M| Payload len |    Extended payload length    |
//	|I|S|S|S|  (4)  |A|     (7)     |             (16/64)           |
//	|N|V|V|V|       |S|             |   (if payload len==126/127)   |
//	| |1|2|3|       |K|             |                               |
//	+-+-+-+-+-------+-+-------------+ - - - - - - - - - - - - - - - +
//	|     Extended payload length continued, if payload len == 127  |
//	+ - - - - - - - - - - - - - - - +-------------------------------+
//	|                               |Masking-key, if MASK set to 1  |
//	+-------------------------------+-------------------------------+
//	| Masking-key (continued)       |          Payload Data         |
//	+-------------------------------- - - - - - - - - - - - - - - - +
const (
	finBit  = 0x80 // first byte: the last fragment of a message
	rsvBits = 0x70 // first byte: meaningful only to extensions, of which we have none
	maskBit = 0x80 // second byte: four bytes of masking key follow the length

	length16 = 126 // in the 7 bits: the length is in the next 2 bytes
	length64 = 127 // in the 7 bits: the length is in the next 8 bytes

	maxHeader = 2 + 8 + 4 // first two bytes, longest length, masking key
)

// header is a frame header taken apart.
type header struct {
	fin     bool
	rsv     byte
	opcode  byte
	masked  bool
	length  uint64
	minimal bool // the length is written in its shortest form, as §5.2 demands
}

func (h header) isControl() bool { return h.opcode&0x8 != 0 }

// parseHeader takes a whole header apart. It judges nothing: that is checkHeader's.
func parseHeader(b []byte) header {
	h := header{
		fin:     b[0]&finBit != 0,
		rsv:     b[0] & rsvBits,
		opcode:  b[0] & 0x0F,
		masked:  b[1]&maskBit != 0,
		length:  uint64(b[1] &^ maskBit),
		minimal: true,
	}
	switch h.length {
	case length16:
		h.length = uint64(binary.BigEndian.Uint16(b[2:]))
		h.minimal = h.length > 125
	case length64:
		h.length = binary.BigEndian.Uint64(b[2:])
		h.minimal = h.length > 0xFFFF
	}
	return h
}

// AppendFrame appends one whole frame to dst: unfragmented, and unmasked, as everything from
// server to client has to be (§5.1).
func AppendFrame(dst []byte, opcode byte, payload []byte) []byte {
	return append(AppendHeader(dst, opcode, len(payload)), payload...)
}

// AppendHeader appends the header of such a frame alone. Exactly length bytes of payload must follow.
func AppendHeader(dst []byte, opcode byte, length int) []byte {
	dst = append(dst, finBit|opcode)
	switch {
	case length <= 125:
		return append(dst, byte(length))
	case length <= 0xFFFF:
		return binary.BigEndian.AppendUint16(append(dst, length16), uint16(length))
	default:
		return binary.BigEndian.AppendUint64(append(dst, length64), uint64(length))
	}
}
