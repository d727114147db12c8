package lessons

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"
	"sync"

	"pollwire/lab/netbox"
)

// natSide is one of the two sides of the box: a card, and what takes packets out of its frames and puts them into such
// (RFC 894). The MAC addresses of its neighbours the box asks by ARP (RFC 826), as hosts do, but it never asks again.
type natSide struct {
	card    *netbox.Card
	own     netip.Addr
	network netip.Prefix

	mu      sync.Mutex // guards what follows
	known   map[netip.Addr]net.HardwareAddr
	waiting map[netip.Addr][][]byte // packets, until it is known where to
}

func newNATSide(card *netbox.Card) *natSide {
	return &natSide{card: card, own: card.Addr(), network: card.Addrs[0].Masked(),
		known: map[netip.Addr]net.HardwareAddr{}, waiting: map[netip.Addr][][]byte{}}
}

// What stands in a frame (IEEE 802.3 §3.2.6) and in a message of ARP.
const (
	ethernetHeader     = 14
	typeIPv4, typeARP  = 0x0800, 0x0806
	arpAsks, arpAnswer = 1, 2
)

// toAll is the address of all cards, or of nobody in particular.
var toAll = net.HardwareAddr{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}

// receive takes a frame that came to the card. A packet that is to go on it returns, as a copy of our own.
func (s *natSide) receive(frame []byte) (packet []byte) {
	if len(frame) < ethernetHeader {
		return nil
	}
	switch kind := binary.BigEndian.Uint16(frame[12:]); {
	case kind == typeARP && len(frame) >= ethernetHeader+28:
		s.hear(frame[ethernetHeader:])
	case kind == typeIPv4 && bytes.Equal(frame[:6], s.card.MAC): // others are flooded to us
		return bytes.Clone(frame[ethernetHeader:])
	}
	return nil
}

// hear learns who asks or answers us, and answers.
func (s *natSide) hear(arp []byte) {
	mac, from := net.HardwareAddr(bytes.Clone(arp[8:14])), netip.AddrFrom4([4]byte(arp[14:]))
	if netip.AddrFrom4([4]byte(arp[24:])) != s.own {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known[from] = mac
	if binary.BigEndian.Uint16(arp[6:]) == arpAsks {
		s.card.Send(s.frame(mac, typeARP, s.arp(arpAnswer, mac, from)))
	}
	for _, packet := range s.waiting[from] {
		s.card.Send(s.frame(mac, typeIPv4, packet))
	}
	delete(s.waiting, from)
}

// send puts a packet into a frame to a neighbour. If it has to be asked for first, the last packets wait.
func (s *natSide) send(to netip.Addr, packet []byte) {
	const most = 16
	s.mu.Lock()
	defer s.mu.Unlock()
	if mac := s.known[to]; mac != nil {
		s.card.Send(s.frame(mac, typeIPv4, packet))
		return
	}
	queue := append(s.waiting[to], packet)
	s.waiting[to] = queue[max(0, len(queue)-most):]
	s.card.Send(s.frame(toAll, typeARP, s.arp(arpAsks, make(net.HardwareAddr, 6), to)))
}

// frame is one of this card.
func (s *natSide) frame(to net.HardwareAddr, kind uint16, body []byte) []byte {
	f := append(bytes.Clone(to), s.card.MAC...)
	return append(binary.BigEndian.AppendUint16(f, kind), body...)
}

// arp is a message of ours.
func (s *natSide) arp(kind uint16, mac net.HardwareAddr, ip netip.Addr) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0, 1, 8, 0, 6, 4}, kind) // Ethernet, IPv4, and how long their addresses are
	b = append(append(b, s.card.MAC...), s.own.AsSlice()...)
	return append(append(b, mac...), ip.AsSlice()...)
}
