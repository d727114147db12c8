package pcap

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strings"
	"time"
)

// Blocks of pcapng (§4, §11.1).
const (
	blockSection   = 0x0a0d0d0a // §4.1: the same in both byte orders
	blockInterface = 1          // §4.2
	blockOldPacket = 2          // §A: obsolete
	blockSimple    = 3          // §4.4
	blockPacket    = 6          // §4.3: enhanced
	blockCustom    = 0x0bad     // §4.8: of somebody's program; with the highest bit but one, not to be copied

	byteOrderMagic = 0x1a2b3c4d // §4.1: which order it is, the reader sees from this

	blockFrame = 12 // bytes of a block around its body: type, length, and the length again
)

// Options of blocks (§3.5, §4.2).
const (
	optionEnd         = 0
	optionComment     = 1
	optionName        = 2
	optionDescription = 3
	optionResolution  = 9
	optionOffset      = 14
)

// sections is a file of pcapng: a row of sections, each of which begins with a block that tells its byte order.
type sections struct {
	order      binary.ByteOrder
	interfaces []*Interface // of this section
	all        int          // interfaces of all sections
	rest       []byte
}

// next goes to the next packet.
func (s *sections) next() (*Packet, error) {
	for len(s.rest) > 0 {
		kind, body, err := s.block()
		if err != nil {
			return nil, err
		}
		if p, err := s.take(kind, body); p != nil || err != nil {
			return p, err
		}
	}
	return nil, nil
}

// block takes a block from the file (§3.1): type, length, body, and the length again.
func (s *sections) block() (kind uint32, body []byte, err error) {
	if len(s.rest) < blockFrame {
		return 0, nil, fail(CutOff, "the file ends within the head of a block")
	}
	if binary.LittleEndian.Uint32(s.rest) == blockSection {
		if err := s.beginSection(); err != nil {
			return 0, nil, err
		}
	}
	kind, length := s.order.Uint32(s.rest), s.order.Uint32(s.rest[4:])
	switch {
	case length < blockFrame || length%4 != 0:
		return 0, nil, fail(Broken, "a block says that it has %d bytes, which no block can have", length)
	case int64(length) > int64(len(s.rest)):
		return 0, nil, fail(CutOff, "a block has %d bytes, of which the file has %d", length, len(s.rest))
	case s.order.Uint32(s.rest[length-4:]) != length:
		return 0, nil, fail(Broken, "a block begins with the length %d and ends with %d", length,
			s.order.Uint32(s.rest[length-4:]))
	}
	body, s.rest = s.rest[8:length-4], s.rest[length:]
	return kind, body, nil
}

// beginSection finds out the byte order, by which the length must be read. The interfaces of the last section are gone.
func (s *sections) beginSection() error {
	s.interfaces = nil
	switch uint32(byteOrderMagic) {
	case binary.LittleEndian.Uint32(s.rest[8:]):
		s.order = binary.LittleEndian
	case binary.BigEndian.Uint32(s.rest[8:]):
		s.order = binary.BigEndian
	default:
		return fail(Broken, "a section has % x where its byte order stands", s.rest[8:12])
	}
	return nil
}

// take looks into a block. Those of unknown kinds are skipped, as §3.1 wants it.
func (s *sections) take(kind uint32, body []byte) (*Packet, error) {
	switch kind {
	case blockSection:
		if len(body) < 16 || s.order.Uint16(body[4:]) != 1 {
			return nil, fail(Broken, "a section is of a version that is not known, or too short")
		}
	case blockInterface:
		return nil, s.takeInterface(body)
	case blockPacket:
		return s.enhanced(body)
	case blockSimple:
		return s.simple(body)
	case blockOldPacket:
		return s.old(body)
	case blockCustom, blockCustom | 0x40000000:
		if len(body) < 4 {
			return nil, fail(Broken, "its block has %d bytes", len(body))
		}
		return &Packet{Interface: &Interface{LinkType: NoLink}, Data: body[4:], Length: len(body) - 4}, nil
	}
	return nil, nil
}

func (s *sections) takeInterface(body []byte) error {
	if len(body) < 8 {
		return fail(Broken, "an interface is described by %d bytes", len(body))
	}
	if s.all == maxInterfaces {
		return fail(Broken, "there are more than %d interfaces", maxInterfaces)
	}
	i := &Interface{Number: s.all, LinkType: s.order.Uint16(body), Snap: int(s.order.Uint32(body[4:])), unit: 6}
	s.interfaces, s.all = append(s.interfaces, i), s.all+1
	return s.options(body[8:], func(code uint16, value []byte) {
		switch {
		case code == optionName:
			i.Name = text(value)
		case code == optionDescription:
			i.Description = text(value)
		case code == optionResolution && len(value) == 1:
			i.unit = unit(value[0])
		case code == optionOffset && len(value) == 8:
			i.offset = int64(s.order.Uint64(value))
		}
	})
}

// enhanced is §4.3: interface, time, bytes that are here, bytes that were on the wire, packet, options.
func (s *sections) enhanced(body []byte) (*Packet, error) {
	if len(body) < 20 {
		return nil, fail(Broken, "its block has %d bytes", len(body))
	}
	return s.packet(s.order.Uint32(body), body[4:])
}

// old is §A: the same, with two bytes for the interface and two for the packets that were dropped before it.
func (s *sections) old(body []byte) (*Packet, error) {
	if len(body) < 20 {
		return nil, fail(Broken, "its block has %d bytes", len(body))
	}
	return s.packet(uint32(s.order.Uint16(body)), body[4:])
}

// packet is what both have behind the interface.
func (s *sections) packet(iface uint32, body []byte) (*Packet, error) {
	i, err := s.iface(iface)
	if err != nil {
		return nil, err
	}
	size, there := s.order.Uint32(body[8:]), len(body)-16
	if err := captured(size, there); err != nil {
		return nil, err
	}
	p := &Packet{Interface: i, Length: int(s.order.Uint32(body[12:])), Data: body[16 : 16+size : 16+size]}
	p.Time = i.time(uint64(s.order.Uint32(body))<<32 | uint64(s.order.Uint32(body[4:])))
	err = s.options(body[16+min(padded(int(size)), there):], func(code uint16, value []byte) {
		if code == optionComment && len(p.Comments) < maxComments {
			p.Comments = append(p.Comments, text(value))
		}
	})
	return p, err
}

// simple is §4.4: the length on the wire, and the packet. It is of the first interface, which says how much is kept.
func (s *sections) simple(body []byte) (*Packet, error) {
	i, err := s.iface(0)
	if err != nil {
		return nil, err
	}
	if len(body) < 4 {
		return nil, fail(Broken, "its block has %d bytes", len(body))
	}
	length := s.order.Uint32(body)
	size := length
	if i.Snap > 0 {
		size = min(size, uint32(i.Snap))
	}
	if err := captured(size, len(body)-4); err != nil {
		return nil, err
	}
	return &Packet{Interface: i, Length: int(length), Data: body[4 : 4+size : 4+size]}, nil
}

func (s *sections) iface(number uint32) (*Interface, error) {
	if int64(number) >= int64(len(s.interfaces)) {
		return nil, fail(Broken, "it is of interface %d, and its section describes %d", number, len(s.interfaces))
	}
	return s.interfaces[number], nil
}

// options goes through a list of code, length, value (§3.5). What is behind the last whole one is left out.
func (s *sections) options(b []byte, f func(code uint16, value []byte)) error {
	for len(b) >= 4 {
		code, length := s.order.Uint16(b), int(s.order.Uint16(b[2:]))
		if code == optionEnd {
			return nil
		}
		if 4+length > len(b) {
			return fail(Broken, "an option of its block says that it has %d bytes; there are %d", length, len(b)-4)
		}
		f(code, b[4:4+length])
		b = b[min(4+padded(length), len(b)):]
	}
	return nil
}

func padded(n int) int { return (n + 3) &^ 3 }

func text(b []byte) string {
	return strings.ToValidUTF8(strings.TrimRight(string(b), "\x00"), "\uFFFD")
}

// unit is if_tsresol (§4.2): a negative power of ten of a second, or with the highest bit set, of two.
type unit byte

// time makes a time of a count of units. Bits that a double has no room for must not be lost: integers do it.
func (i *Interface) time(count uint64) time.Time {
	perSecond := uint64(1)
	switch power := i.unit & 0x7f; {
	case i.unit&0x80 != 0 && power < 64:
		perSecond = 1 << power
	case i.unit&0x80 == 0 && power < 20:
		for range power {
			perSecond *= 10
		}
	default: // finer than 64 bits can count a second
		return time.Unix(i.offset, 0)
	}
	hi, lo := bits.Mul64(count%perSecond, 1e9)
	nanoseconds, _ := bits.Div64(hi, lo, perSecond)
	seconds := min(count/perSecond, math.MaxInt64/4)
	return time.Unix(int64(seconds)+i.offset, int64(nanoseconds))
}
