package dissect

import (
	"encoding/binary"
	"fmt"

	"pollwire/lab/pcap"
)

// Link types that mean Raw on some systems: their number of it stands in old files.
const (
	rawBSD     = 12
	rawOpenBSD = 14
)

// EtherTypes (IEEE 802.3, https://www.iana.org/assignments/ieee-802-numbers).
const (
	TypeIPv4 = 0x0800
	TypeARP  = 0x0806
	TypeVLAN = 0x8100
	TypeQinQ = 0x88a8
	TypeIPv6 = 0x86dd

	leastType = 0x0600 // what is less is not a type but a length (802.2 LLC)
)

// MAC is the address of a network card.
type MAC [6]byte

func (m MAC) String() string {
	return fmt.Sprintf("%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5])
}

// Group reports whether a frame to m is for many: broadcast or multicast.
func (m MAC) Group() bool { return m[0]&1 != 0 }

// VLAN is a tag of IEEE 802.1Q.
type VLAN struct {
	ID       uint16
	Priority uint8
}

// Ethernet is the header of a frame, tags included.
type Ethernet struct {
	Span
	Destination, Source MAC
	Type                uint16 // of what is inside, behind all tags; a length if less than 0x600
	Tags                []VLAN
}

// LLC reports whether the frame has a length where others have a type (IEEE 802.2).
func (e *Ethernet) LLC() bool { return e.Type < leastType }

func (d *decoder) ethernet(at int) {
	to := len(d.b)
	if !d.has(14, at, to, "an Ethernet header") {
		return
	}
	e := &Ethernet{Span: Span{at, at + 14, to}, Destination: MAC(d.b[at : at+6]), Source: MAC(d.b[at+6 : at+12]),
		Type: d.u16(at + 12)}
	d.add(e)
	for e.Type == TypeVLAN || e.Type == TypeQinQ {
		if !d.has(4, e.Body, to, "a VLAN tag") {
			return
		}
		tag := d.u16(e.Body)
		e.Tags = append(e.Tags, VLAN{ID: tag & 0x0fff, Priority: uint8(tag >> 13)})
		e.Type, e.Body = d.u16(e.Body+2), e.Body+4
	}
	d.byType(e.Type, e.Body, to)
}

// byType goes on with what the EtherType says.
func (d *decoder) byType(kind uint16, at, to int) {
	switch kind {
	case TypeIPv4, TypeIPv6:
		d.ip(at, to)
	case TypeARP:
		d.arp(at, to)
	}
}

// Loopback is the header of a BSD's or of macOS's lo0: four bytes with the family of addresses.
type Loopback struct {
	Span
	Family uint32
}

// loopback. Null has the family in the order of the machine that captured, which may be another than this one, or the
// file's; a family is a small number, so the order shows. IPv6 has a number of its own on each system.
func (d *decoder) loopback(linkType uint16) {
	if !d.has(4, 0, len(d.b), "a loopback header") {
		return
	}
	l := &Loopback{Span: Span{0, 4, len(d.b)}, Family: d.u32(0)}
	if linkType == pcap.Null && l.Family > 0xffff {
		l.Family = binary.LittleEndian.Uint32(d.b)
	}
	d.add(l)
	switch l.Family {
	case 2, 10, 23, 24, 28, 30: // AF_INET; AF_INET6 of Linux, Windows, NetBSD and OpenBSD, FreeBSD, macOS
		d.ip(4, len(d.b))
	}
}

// Cooked is what Linux puts in front of packets that are captured on "any", instead of the header of their links.
type Cooked struct {
	Span
	Version   int    // 1 or 2
	Interface uint32 // its number; version 2
	Direction uint16 // 0: to us, 1: broadcast, 2: multicast, 3: of others to others, 4: sent by us
	Hardware  uint16 // 1: Ethernet, 772: loopback
	Address   []byte // of who sent it, on the link
	Type      uint16
}

// cooked is LINKTYPE_LINUX_SLL.
func (d *decoder) cooked() {
	if !d.has(16, 0, len(d.b), "a cooked header") {
		return
	}
	c := &Cooked{Span: Span{0, 16, len(d.b)}, Version: 1, Direction: d.u16(0), Hardware: d.u16(2), Type: d.u16(14)}
	c.Address = d.b[6 : 6+min(d.u16(4), 8)]
	d.add(c)
	d.byType(c.Type, 16, len(d.b))
}

// cooked2 is LINKTYPE_LINUX_SLL2.
func (d *decoder) cooked2() {
	if !d.has(20, 0, len(d.b), "a cooked header") {
		return
	}
	c := &Cooked{Span: Span{0, 20, len(d.b)}, Version: 2, Type: d.u16(0), Interface: d.u32(4), Hardware: d.u16(8),
		Direction: uint16(d.b[10])}
	c.Address = d.b[12 : 12+min(d.b[11], 8)]
	d.add(c)
	d.byType(c.Type, 20, len(d.b))
}
