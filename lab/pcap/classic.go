package pcap

import (
	"encoding/binary"
	"time"
)

const (
	magicMicro = 0xa1b2c3d4 // times are seconds and microseconds
	magicNano  = 0xa1b23c4d // seconds and nanoseconds

	classicHead = 24 // bytes of the head of a file
	recordHead  = 16 // and of a record's: seconds, fraction, bytes that are here, bytes that were on the wire
)

// classic is a file of pcap.
type classic struct {
	order binary.ByteOrder
	nano  bool
	iface Interface
	rest  []byte
}

func openClassic(file []byte, order binary.ByteOrder, magic uint32) (reader, error) {
	if len(file) < classicHead {
		return nil, fail(NoCapture, "the file ends within its head")
	}
	if major := order.Uint16(file[4:]); major != 2 {
		return nil, fail(NoCapture, "the file is of version %d of pcap: only 2 is known", major)
	}
	return &classic{order: order, nano: magic == magicNano, rest: file[classicHead:], iface: Interface{
		Snap:     int(order.Uint32(file[16:])),
		LinkType: uint16(order.Uint32(file[20:])), // the upper half has flags: the length of an FCS
	}}, nil
}

func (c *classic) next() (*Packet, error) {
	if len(c.rest) == 0 {
		return nil, nil
	}
	if len(c.rest) < recordHead {
		return nil, fail(CutOff, "the file ends within its head")
	}
	size := c.order.Uint32(c.rest[8:])
	if err := captured(size, len(c.rest)-recordHead); err != nil {
		return nil, err
	}
	nanoseconds := int64(c.order.Uint32(c.rest[4:]))
	if !c.nano {
		nanoseconds *= 1000
	}
	p := &Packet{Interface: &c.iface, Time: time.Unix(int64(c.order.Uint32(c.rest)), nanoseconds),
		Length: int(c.order.Uint32(c.rest[12:])), Data: c.rest[recordHead : recordHead+size : recordHead+size]}
	c.rest = c.rest[recordHead+size:]
	return p, nil
}
