// Package pcap reads files of packets: pcap (draft-ietf-opsawg-pcap), pcapng (draft-ietf-opsawg-pcapng), and both in
// gzip (RFC 1952). Package wire/pcapng writes.
//
//	file, err := pcap.Load(reader)                     // at most MaxBytes, unpacked
//	for p, err := range pcap.Packets(file) {           // err is that of what stands behind the last good packet
//		fmt.Println(p.Number, p.Time, p.Interface.LinkType, len(p.Data))
//	}
//
// Both formats are a row of records, each with its length in front, so that a reader can go from one to the next
// without knowing what is inside. Files come from strangers: a length is believed after it was compared with what is
// there, never before, and nothing is copied. What is wrong is said with the number of the packet, as Wireshark counts.
//
// Read: both byte orders; times in micro- and nanoseconds, and in pcapng in any unit, with an offset; several
// sections, each with its interfaces; enhanced, simple and the old packet blocks; comments. Blocks of other kinds are
// skipped. Left out: what programs other than these write (snoop, ERF, modified pcap), names, statistics, secrets.
package pcap

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"slices"
	"time"
)

// The limits of a file.
const (
	MaxBytes   = 32 << 20 // unpacked, too
	MaxPackets = 300_000

	maxPacket     = 262_144 // bytes; the largest that libpcap and Wireshark believe
	maxInterfaces = 10_000
	maxComments   = 100 // of a packet; what is more is left out
)

// Link types (https://www.tcpdump.org/linktypes.html) that others than this package look at.
const (
	Null     = 0   // BSD loopback: four bytes in the order of the machine
	Ethernet = 1   // the two MAC addresses and the type
	Raw      = 101 // the header of IPv4 or IPv6, whose first four bits tell which
	Loop     = 108 // OpenBSD loopback: as Null, in network byte order
	SLL      = 113 // Linux cooked, "any"
	IPv4     = 228
	IPv6     = 229
	SLL2     = 276 // Linux cooked, with the number of the interface

	NoLink = 0xffff // no packet but a custom block of pcapng: Wireshark counts it among them
)

// Interface is where packets come from. A file of pcap has one, without a name.
type Interface struct {
	Number      int // from 0, over all sections
	LinkType    uint16
	Snap        int // bytes that are kept of a packet at most; 0: all
	Name        string
	Description string

	unit   unit
	offset int64 // seconds
}

// Packet is one of a file.
type Packet struct {
	Number    int // from 1
	Interface *Interface
	Time      time.Time // zero where the file keeps none (simple packet blocks)
	Length    int       // on the wire: more than len(Data) if the end was cut off
	Data      []byte    // a part of the file: not to be written to
	Comments  []string
}

// Cut reports whether the end of the packet was not captured.
func (p *Packet) Cut() bool { return p.Length > len(p.Data) }

// Error says what a file has wrong, and where.
type Error struct {
	Packet int    // that could not be read; 0: nothing of the file could
	Code   string // one of those below
	What   string // in English
}

// Codes of errors.
const (
	NoCapture = "capture_unknown" // neither pcap nor pcapng
	TooLarge  = "capture_large"   // more than MaxBytes
	TooMany   = "capture_packets" // more than MaxPackets
	CutOff    = "capture_cut"     // the file ends within a packet
	Broken    = "capture_broken"  // a number in it is impossible
)

func (e *Error) Error() string {
	if e.Packet == 0 {
		return e.What
	}
	return fmt.Sprintf("packet %d: %s", e.Packet, e.What)
}

func fail(code, what string, args ...any) *Error {
	return &Error{Code: code, What: fmt.Sprintf(what, args...)}
}

// Load reads a file and unpacks it.
func Load(r io.Reader) ([]byte, error) {
	file, err := all(r)
	if err != nil {
		return file, err
	}
	return Unpack(file)
}

// Unpack returns what is in a file: the file itself, unless it is gzip.
func Unpack(file []byte) ([]byte, error) {
	if len(file) < 2 || file[0] != 0x1f || file[1] != 0x8b {
		return file, nil
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		return nil, fail(NoCapture, "this is no whole gzip: %v", err)
	}
	file, err = all(unpacked)
	if _, ours := err.(*Error); err != nil && !ours {
		return file, fail(CutOff, "this is no whole gzip: %v", err)
	}
	return file, err
}

// all reads at most MaxBytes, however much there is.
func all(r io.Reader) ([]byte, error) {
	var parts [][]byte // io.ReadAll would copy what it has again and again, and leave the copies behind
	for size := 0; ; {
		part := make([]byte, 1<<20)
		n, err := fill(r, part)
		if size += n; size > MaxBytes {
			return nil, fail(TooLarge, "the file has more than %d MiB", MaxBytes>>20)
		}
		parts = append(parts, part[:n])
		if err == io.EOF {
			return slices.Concat(parts...), nil
		}
		if err != nil {
			return slices.Concat(parts...), err
		}
	}
}

// fill is io.ReadFull that tells the end of r from r's own errors.
func fill(r io.Reader, b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		var more int
		more, err = r.Read(b[n:])
		n += more
	}
	return n, err
}

// Packets goes through a file. If it can't be read to its end, the last pair has no packet and an *Error.
func Packets(file []byte) iter.Seq2[*Packet, error] {
	return func(yield func(*Packet, error) bool) {
		r, err := open(file)
		for n := 1; err == nil; n++ {
			var p *Packet
			if p, err = r.next(); err != nil || p == nil {
				err = at(n, err)
				break
			}
			if n > MaxPackets {
				err = fail(TooMany, "the file has more than %d packets", MaxPackets)
				break
			}
			if p.Number = n; !yield(p, nil) {
				return
			}
		}
		if err != nil {
			yield(nil, err)
		}
	}
}

// ReadAll returns all packets before the first error.
func ReadAll(file []byte) (list []*Packet, err error) {
	for p, err := range Packets(file) {
		if err != nil {
			return list, err
		}
		list = append(list, p)
	}
	return list, nil
}

// at gives an error the number of its packet.
func at(n int, err error) error {
	if e, ok := err.(*Error); ok {
		e.Packet = n
	}
	return err
}

// reader is one of the two formats. next returns nil at the end of the file.
type reader interface{ next() (*Packet, error) }

// open goes by the first four bytes of a file.
func open(file []byte) (reader, error) {
	if len(file) < 4 {
		return nil, fail(NoCapture, "the file has %d bytes: that is no capture", len(file))
	}
	switch magic := binary.BigEndian.Uint32(file); magic {
	case blockSection:
		return &sections{rest: file}, nil
	case magicMicro, magicNano:
		return openClassic(file, binary.BigEndian, magic)
	default:
		magic = binary.LittleEndian.Uint32(file)
		if magic == magicMicro || magic == magicNano {
			return openClassic(file, binary.LittleEndian, magic)
		}
	}
	return nil, fail(NoCapture, "the file begins with % x: that is neither pcap nor pcapng", file[:4])
}

// captured checks what a record says of its packet against what is there.
func captured(size uint32, there int) error {
	switch {
	case size > maxPacket:
		return fail(Broken, "it says that it has %d bytes; more than %d are never captured", size, maxPacket)
	case int64(size) > int64(there):
		return fail(CutOff, "%d of its %d bytes are there", there, size)
	}
	return nil
}
