package dissect

import "encoding/binary"

// Flags of TCP (RFC 9293 §3.1, RFC 3168, RFC 8311 for the ninth).
const (
	FIN = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
	AE
)

// Kinds of options (https://www.iana.org/assignments/tcp-parameters).
const (
	OptionEnd           = 0
	OptionNop           = 1
	OptionMSS           = 2
	OptionWindowScale   = 3
	OptionSACKPermitted = 4
	OptionSACK          = 5
	OptionTimestamps    = 8
)

// TCP is a segment's header (RFC 9293 §3.1).
type TCP struct {
	Span
	Source, Destination uint16
	Seq, Ack            uint32 // as they travel; Wireshark shows them relative to the first ones, unless told otherwise
	Flags               uint16
	Window              uint16 // as it travels; times 2 to the power of the window scale of the handshake
	Checksum, Urgent    uint16
	Options             []Option
}

// Has reports whether all of these flags are set.
func (t *TCP) Has(flags uint16) bool { return t.Flags&flags == flags }

// Next is the number of what comes behind the segment: SYN and FIN count as a byte each (RFC 9293 §3.4).
func (t *TCP) Next() uint32 {
	next := t.Seq + uint32(t.Carried())
	if t.Flags&SYN != 0 {
		next++
	}
	if t.Flags&FIN != 0 {
		next++
	}
	return next
}

// Option returns the value of the first option of a kind.
func (t *TCP) Option(kind uint8) ([]byte, bool) {
	for _, o := range t.Options {
		if o.Kind == kind {
			return o.Value, true
		}
	}
	return nil, false
}

// MSS is the most that the sender takes in one segment (RFC 9293 §3.7.1).
func (t *TCP) MSS() (uint16, bool) {
	v, _ := t.Option(OptionMSS)
	if len(v) != 2 {
		return 0, false
	}
	return binary.BigEndian.Uint16(v), true
}

// WindowScale is the power of two by which the sender's windows count (RFC 7323 §2), in its SYN alone.
func (t *TCP) WindowScale() (uint8, bool) {
	v, _ := t.Option(OptionWindowScale)
	if len(v) != 1 {
		return 0, false
	}
	return v[0], true
}

// Timestamps are the sender's clock, and the other's as it was heard last (RFC 7323 §3).
func (t *TCP) Timestamps() (value, echo uint32, ok bool) {
	v, _ := t.Option(OptionTimestamps)
	if len(v) != 8 {
		return 0, 0, false
	}
	return binary.BigEndian.Uint32(v), binary.BigEndian.Uint32(v[4:]), true
}

// SACK are the blocks that came behind a hole: first number, and the one behind the last (RFC 2018 §3).
func (t *TCP) SACK() (blocks [][2]uint32) {
	v, _ := t.Option(OptionSACK)
	for ; len(v) >= 8; v = v[8:] {
		blocks = append(blocks, [2]uint32{binary.BigEndian.Uint32(v), binary.BigEndian.Uint32(v[4:])})
	}
	return blocks
}

func (d *decoder) tcp(at, to int) {
	least := 20
	if d.quoted { // RFC 792: an error may have eight bytes of it, which are the ports and the number
		least = 8
	}
	if !d.has(least, at, to, "a TCP header") {
		return
	}
	t := &TCP{Span: Span{at, to, to}, Source: d.u16(at), Destination: d.u16(at + 2), Seq: d.u32(at + 4)}
	if to-at < 20 {
		d.add(t)
		return
	}
	t.Body = at + int(d.b[at+12]>>4)*4
	if t.Header() < 20 || t.Body > to && !d.quoted {
		d.malformed(at, to, "a TCP header of %d bytes; %d are there", t.Header(), to-at)
		return
	}
	t.Body = min(t.Body, to)
	t.Ack, t.Flags, t.Window = d.u32(at+8), d.u16(at+12)&0x1ff, d.u16(at+14)
	t.Checksum, t.Urgent = d.u16(at+16), d.u16(at+18)
	t.Options, _ = options(d.b[at+20:t.Body], OptionEnd, OptionNop)
	d.add(t)
}
