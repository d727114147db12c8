package pcapng

import (
	"encoding/binary"
	"errors"
	"math"
	"time"
)

// Packet is one of a file.
type Packet struct {
	Interface string // its name
	LinkType  uint16
	At        time.Time
	Data      []byte // a part of the file
	Comments  []string
}

// ErrFormat is that of bytes which are no file of pcapng, or not a whole one.
var ErrFormat = errors.New("pcapng: this is no whole file")

// Read returns the packets of a file. If the file ends within a block, as that of a program which was killed may, the
// packets before it come with ErrFormat. Packets of other blocks than the usual one (§4.3) are left out.
func Read(file []byte) ([]Packet, error) {
	r := reader{order: little}
	for len(file) > 0 {
		size, err := r.block(file)
		if err != nil {
			return r.packets, err
		}
		file = file[size:]
	}
	return r.packets, nil
}

type reader struct {
	order      binary.ByteOrder
	interfaces []iface // of this section
	packets    []Packet
}

type iface struct {
	name     string
	linkType uint16
	unit     float64 // of its times, in nanoseconds
}

// block reads one and returns its length.
func (r *reader) block(file []byte) (size int, err error) {
	if len(file) < 12 {
		return 0, ErrFormat
	}
	if little.Uint32(file) == blockSection { // the same in both byte orders; which one it is, its third word tells
		if r.order, r.interfaces = little, nil; little.Uint32(file[8:]) != byteOrderMagic {
			r.order = binary.BigEndian
		}
	}
	length := r.order.Uint32(file[4:])
	if length < 12 || length%4 != 0 || int64(length) > int64(len(file)) {
		return 0, ErrFormat
	}
	body := file[8 : length-4]
	switch r.order.Uint32(file) {
	case blockSection:
		if len(body) < 16 || r.order.Uint32(body) != byteOrderMagic {
			return 0, ErrFormat
		}
	case blockInterface:
		return int(length), r.iface(body)
	case blockPacket:
		return int(length), r.packet(body)
	}
	return int(length), nil
}

func (r *reader) iface(body []byte) error {
	if len(body) < 8 {
		return ErrFormat
	}
	i := iface{linkType: r.order.Uint16(body), unit: 1000}
	err := r.options(body[8:], func(code uint16, value []byte) {
		switch {
		case code == optionName:
			i.name = string(value)
		case code == optionResolution && len(value) == 1: // the highest bit: a power of two instead of ten
			base := 10.0
			if value[0]&0x80 != 0 {
				base = 2
			}
			i.unit = 1e9 / math.Pow(base, float64(value[0]&0x7f))
		}
	})
	r.interfaces = append(r.interfaces, i)
	return err
}

func (r *reader) packet(body []byte) error {
	if len(body) < 20 {
		return ErrFormat
	}
	number, size := r.order.Uint32(body), r.order.Uint32(body[12:])
	if int64(number) >= int64(len(r.interfaces)) || int64(size) > int64(len(body)-20) {
		return ErrFormat
	}
	i := r.interfaces[number]
	at := uint64(r.order.Uint32(body[4:]))<<32 | uint64(r.order.Uint32(body[8:]))
	p := Packet{Interface: i.name, LinkType: i.linkType, At: time.Unix(0, nanoseconds(at, i.unit)),
		Data: body[20 : 20+size]}
	err := r.options(body[min(20+(int(size)+3)&^3, len(body)):], func(code uint16, value []byte) {
		if code == optionComment {
			p.Comments = append(p.Comments, string(value))
		}
	})
	r.packets = append(r.packets, p)
	return err
}

// nanoseconds must not go by way of a float where that is not needed: it has no room for all of the digits.
func nanoseconds(at uint64, unit float64) int64 {
	if unit >= 1 && unit == math.Trunc(unit) {
		return int64(at) * int64(unit)
	}
	return int64(float64(at) * unit)
}

func (r *reader) options(b []byte, f func(code uint16, value []byte)) error {
	for len(b) >= 4 {
		code, length := r.order.Uint16(b), int(r.order.Uint16(b[2:]))
		if code == optionEnd {
			return nil
		}
		if 4+length > len(b) {
			return ErrFormat
		}
		f(code, b[4:4+length])
		b = b[min(4+(length+3)&^3, len(b)):]
	}
	return nil
}
