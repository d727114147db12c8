// Package pcapng writes the blocks of pcapng, the format in which Wireshark keeps packets
// (draft-ietf-opsawg-pcapng). Each function appends a block, or a part of one, to bytes that there are:
//
//	file := pcapng.AppendSection(nil, "what this is", "program 1.0")
//	file = pcapng.AppendInterface(file, pcapng.Ethernet, "eth0", "the card of host a")
//	start := len(file)
//	file = pcapng.BeginPacket(file, 0, len(frame))
//	file = pcapng.EndPacket(append(file, frame...), start, []string{"a comment"})
//	pcapng.Stamp(file[start:], time.Now().UnixNano())
//
// A file is a row of blocks (§3.1), each with its length in front and behind:
//
//	type, length, body padded to 4 bytes, length
//
// Numbers are little-endian: the file says so in its first block, and every reader takes both.
package pcapng

import (
	"encoding/binary"
	"strings"
)

const (
	blockSection   = 0x0a0d0d0a // §4.1: what begins a file, a palindrome that survives no conversion of line ends
	blockInterface = 1          // §4.2: where the packets come from
	blockPacket    = 6          // §4.3: one packet
	blockSecrets   = 10         // §4.7: what decrypts the packets behind it

	byteOrderMagic = 0x1a2b3c4d // §4.1
	secretsTLS     = 0x544c534b // §4.7: "TLSK", lines of a key log (RFC 9850)

	optionEnd         = 0
	optionComment     = 1 // in every block
	optionApplication = 4 // of the section: the program that wrote it
	optionName        = 2 // of the interface
	optionDescription = 3
	optionResolution  = 9 // negative power of ten of a second
)

// What a packet begins with (https://www.tcpdump.org/linktypes.html).
const (
	Ethernet = 1   // the two MAC addresses and the type
	Raw      = 101 // the header of IPv4 or IPv6, whose first four bits tell which
)

var little = binary.LittleEndian

// beginBlock appends the head of a block. endBlock, which is told where the block began, completes it.
func beginBlock(dst []byte, kind uint32) []byte {
	dst = little.AppendUint32(dst, kind)
	return append(dst, 0, 0, 0, 0)
}

func endBlock(dst []byte, start int) []byte {
	dst = pad(dst, start)
	length := uint32(len(dst) - start + 4)
	little.PutUint32(dst[start+4:], length)
	return little.AppendUint32(dst, length)
}

// pad fills up to four bytes. All that is padded begins at a multiple of four behind start.
func pad(dst []byte, start int) []byte {
	for (len(dst)-start)%4 != 0 {
		dst = append(dst, 0)
	}
	return dst
}

const maxOption = 1<<16 - 1 // what the length of an option can say (§3.5)

func appendOption(dst []byte, start int, code uint16, value string) []byte {
	value = strings.ToValidUTF8(value[:min(len(value), maxOption)], "?") // also where a character was cut through
	dst = little.AppendUint16(dst, code)
	dst = little.AppendUint16(dst, uint16(len(value)))
	return pad(append(dst, value...), start)
}

func endOptions(dst []byte) []byte { return append(dst, optionEnd, 0, 0, 0) }

// AppendSection appends the block that a file begins with. application is the program that writes it.
func AppendSection(dst []byte, comment, application string) []byte {
	start := len(dst)
	dst = beginBlock(dst, blockSection)
	dst = little.AppendUint32(dst, byteOrderMagic)
	dst = little.AppendUint16(dst, 1) // version 1.0
	dst = little.AppendUint16(dst, 0)
	dst = little.AppendUint64(dst, 1<<64-1) // the length of the section is not known
	dst = appendOption(dst, start, optionComment, comment)
	dst = appendOption(dst, start, optionApplication, application)
	return endBlock(endOptions(dst), start)
}

// AppendInterface appends an interface. Packets name it by its number: the first of a file is 0.
func AppendInterface(dst []byte, linkType uint16, name, description string) []byte {
	start := len(dst)
	dst = beginBlock(dst, blockInterface)
	dst = little.AppendUint16(dst, linkType)
	dst = little.AppendUint16(dst, 0) // reserved
	dst = little.AppendUint32(dst, 0) // no packet is cut off
	dst = appendOption(dst, start, optionName, name)
	dst = appendOption(dst, start, optionDescription, description)
	dst = appendOption(dst, start, optionResolution, "\x09") // nanoseconds
	return endBlock(endOptions(dst), start)
}

// AppendSecrets appends lines of a key log of TLS. They decrypt the packets behind them.
func AppendSecrets(dst, lines []byte) []byte {
	start := len(dst)
	dst = beginBlock(dst, blockSecrets)
	dst = little.AppendUint32(dst, secretsTLS)
	dst = little.AppendUint32(dst, uint32(len(lines)))
	return endBlock(append(dst, lines...), start)
}

// PacketHead is how many bytes of a packet's block stand before the packet.
const PacketHead = 28

// BeginPacket appends the head of a packet's block; the packet follows, and then EndPacket. The time is set by Stamp.
func BeginPacket(dst []byte, iface uint32, length int) []byte {
	dst = beginBlock(dst, blockPacket)
	dst = little.AppendUint32(dst, iface)
	dst = append(dst, make([]byte, 8)...) // the time
	dst = little.AppendUint32(dst, uint32(length))
	return little.AppendUint32(dst, uint32(length)) // all of it is here
}

// EndPacket completes the block that begins at start.
func EndPacket(dst []byte, start int, comments []string) []byte {
	if len(comments) == 0 {
		return endBlock(dst, start)
	}
	dst = pad(dst, start)
	for _, c := range comments {
		dst = appendOption(dst, start, optionComment, c)
	}
	return endBlock(endOptions(dst), start)
}

// EachPacket calls f with the block of each packet in blocks, and with how many bytes of blocks end with it, until f
// returns false.
func EachPacket(blocks []byte, f func(block []byte, end int) bool) {
	for at := 0; at+12 <= len(blocks); {
		length := int(little.Uint32(blocks[at+4:]))
		if little.Uint32(blocks[at:]) == blockPacket && !f(blocks[at:at+length], at+length) {
			return
		}
		at += length
	}
}

// Stamp gives the packets in blocks their time, each a nanosecond later than the one before, and returns that of the
// last. at is in nanoseconds since 1970.
func Stamp(blocks []byte, at int64) int64 {
	EachPacket(blocks, func(block []byte, _ int) bool {
		little.PutUint32(block[12:], uint32(uint64(at)>>32)) // §4.3: the upper half first, whatever the byte order
		little.PutUint32(block[16:], uint32(at))
		at++
		return true
	})
	return at - 1
}

// FirstPacket returns a copy of the first packet in blocks, with a comment, or nil if there is none.
func FirstPacket(blocks []byte, comment string) (copied []byte) {
	EachPacket(blocks, func(block []byte, _ int) bool {
		length := int(little.Uint32(block[20:]))
		copied = append(copied, block[:PacketHead+length]...)
		copied = EndPacket(copied, 0, []string{comment})
		return false
	})
	return copied
}
