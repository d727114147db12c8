package capture

import (
	"encoding/binary"
	"strings"
)

// A pcapng file is a row of blocks (draft-ietf-opsawg-pcapng §3.1), each with its length in front and behind:
//
//	type, length, body padded to 4 bytes, length
//
// Numbers are little-endian: the file says so in its first block, and every reader takes both.
const (
	blockSection   = 0x0a0d0d0a // §4.1: what begins a file, a palindrome that survives no conversion of line ends
	blockInterface = 1          // §4.2: where the packets come from
	blockPacket    = 6          // §4.3: one packet
	blockSecrets   = 10         // §4.7: what decrypts the packets behind it

	byteOrderMagic = 0x1a2b3c4d // §4.1
	secretsTLS     = 0x544c534b // §4.7: "TLSK", lines of a key log (RFC 9850)
	linkTypeRaw    = 101        // a packet begins with its IPv4 or IPv6 header, whose first four bits tell which

	optionEnd         = 0
	optionComment     = 1 // in every block
	optionApplication = 4 // of the section: the program that wrote it
	optionName        = 2 // of the interface
	optionDescription = 3
	optionResolution  = 9 // negative power of ten of a second
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

// Info is what a file says of itself.
type Info struct {
	Application string // and its version
	Interface   string // the name under which packets are listed that something was read or written for
	Description string // of the interface
	Comment     string // on the whole file
}

// The interfaces of a file, in the order of their blocks. What no call of the server told of is on one of its own, so
// that a display filter hides it: frame.interface_name != "rebuilt".
const (
	seen    = 0 // data, FIN, RST, datagrams
	rebuilt = 1 // handshakes, acknowledgements, an end that is assumed
)

// rebuiltName is the name of the second interface.
const rebuiltName = "rebuilt"

// appendHeader appends the blocks that a file begins with: one section and its two interfaces.
func appendHeader(dst []byte, info Info) []byte {
	start := len(dst)
	dst = beginBlock(dst, blockSection)
	dst = little.AppendUint32(dst, byteOrderMagic)
	dst = little.AppendUint16(dst, 1) // version 1.0
	dst = little.AppendUint16(dst, 0)
	dst = little.AppendUint64(dst, 1<<64-1) // the length of the section is not known
	dst = appendOption(dst, start, optionComment, info.Comment)
	dst = appendOption(dst, start, optionApplication, info.Application)
	dst = endBlock(endOptions(dst), start)
	dst = appendInterface(dst, info.Interface, info.Description)
	return appendInterface(dst, rebuiltName, "Handshakes, acknowledgements and assumed ends: their times are invented.")
}

func appendInterface(dst []byte, name, description string) []byte {
	start := len(dst)
	dst = beginBlock(dst, blockInterface)
	dst = little.AppendUint16(dst, linkTypeRaw)
	dst = little.AppendUint16(dst, 0) // reserved
	dst = little.AppendUint32(dst, 0) // no packet is cut off
	dst = appendOption(dst, start, optionName, name)
	dst = appendOption(dst, start, optionDescription, description)
	dst = appendOption(dst, start, optionResolution, "\x09") // nanoseconds
	return endBlock(endOptions(dst), start)
}

// appendSecrets appends lines of a key log.
func appendSecrets(dst, lines []byte) []byte {
	start := len(dst)
	dst = beginBlock(dst, blockSecrets)
	dst = little.AppendUint32(dst, secretsTLS)
	dst = little.AppendUint32(dst, uint32(len(lines)))
	return endBlock(append(dst, lines...), start)
}

// packetHead is how many bytes of a packet's block stand before the packet.
const packetHead = 28

// beginPacket appends the head of a packet's block; the packet follows, and then endPacket. The time is set by stamp.
func beginPacket(dst []byte, iface uint32, length int) []byte {
	dst = beginBlock(dst, blockPacket)
	dst = little.AppendUint32(dst, iface)
	dst = append(dst, make([]byte, 8)...) // the time
	dst = little.AppendUint32(dst, uint32(length))
	return little.AppendUint32(dst, uint32(length)) // all of it is here
}

func endPacket(dst []byte, start int, comments []string) []byte {
	if len(comments) == 0 {
		return endBlock(dst, start)
	}
	dst = pad(dst, start)
	for _, c := range comments {
		dst = appendOption(dst, start, optionComment, c)
	}
	return endBlock(endOptions(dst), start)
}

// eachPacket calls f with the block of each packet in blocks, and with how many bytes of blocks end with it, until f
// returns false.
func eachPacket(blocks []byte, f func(block []byte, end int) bool) {
	for at := 0; at+12 <= len(blocks); {
		length := int(little.Uint32(blocks[at+4:]))
		if little.Uint32(blocks[at:]) == blockPacket && !f(blocks[at:at+length], at+length) {
			return
		}
		at += length
	}
}

// stamp gives the packets in blocks their time, each a nanosecond later than the one before, and returns that of the
// last. at is in nanoseconds since 1970.
func stamp(blocks []byte, at int64) int64 {
	eachPacket(blocks, func(block []byte, _ int) bool {
		little.PutUint32(block[12:], uint32(uint64(at)>>32)) // §4.3: the upper half first, whatever the byte order
		little.PutUint32(block[16:], uint32(at))
		at++
		return true
	})
	return at - 1
}

// firstPacket returns a copy of the first packet in blocks, with a comment, or nil if there is none.
func firstPacket(blocks []byte, comment string) (copied []byte) {
	eachPacket(blocks, func(block []byte, _ int) bool {
		length := int(little.Uint32(block[20:]))
		copied = append(copied, block[:packetHead+length]...)
		copied = endPacket(copied, 0, []string{comment})
		return false
	})
	return copied
}
