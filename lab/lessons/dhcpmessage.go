package lessons

import (
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// DHCP, written to be read: RFC 2131, with the options of RFC 2132. A message is that of BOOTP (RFC 951), 236 bytes and
// a magic number, and behind it the options, each with its number and its length.

// Types of messages (RFC 2132 §9.6).
const (
	dhcpDiscover = 1
	dhcpOffer    = 2
	dhcpRequest  = 3
	dhcpAck      = 5
	dhcpNak      = 6
)

// Options (RFC 2132).
const (
	optionMask      = 1
	optionRequested = 50 // the address that a client wants
	optionLease     = 51 // for how many seconds
	optionType      = 53
	optionServer    = 54 // which server is meant, or speaks
	optionEnd       = 255
)

var dhcpMagic = [4]byte{99, 130, 83, 99}

// dhcpMessage is what of a message is used here.
type dhcpMessage struct {
	question bool       // of a client
	id       uint32     // the same in a question and its answer
	client   netip.Addr // the address that a client has: only if it may use it
	yours    netip.Addr // the one that a server gives it
	mac      net.HardwareAddr
	options  map[byte][]byte
}

// kind is the type of the message.
func (m *dhcpMessage) kind() byte {
	if t := m.options[optionType]; len(t) == 1 {
		return t[0]
	}
	return 0
}

// bytes are the message as it is sent: RFC 2131 §2.
func (m *dhcpMessage) bytes() []byte {
	b := make([]byte, 240, 300)
	b[0], b[1], b[2] = 2, 1, 6 // an answer; Ethernet, whose addresses have 6 bytes
	if m.question {
		b[0] = 1
	}
	binary.BigEndian.PutUint32(b[4:], m.id)
	if !m.client.IsValid() {
		b[10] = 0x80 // answer to all: without an address I can't be found
	}
	putAddr(b[12:], m.client)
	putAddr(b[16:], m.yours)
	copy(b[28:], m.mac)
	copy(b[236:], dhcpMagic[:])
	for _, n := range []byte{optionType, optionServer, optionRequested, optionLease, optionMask} {
		if value := m.options[n]; value != nil {
			b = append(append(b, n, byte(len(value))), value...)
		}
	}
	b = append(b, optionEnd)
	return append(b, make([]byte, max(0, 300-len(b)))...) // RFC 1542 §2.1: 300 bytes at least
}

func putAddr(b []byte, a netip.Addr) {
	if a.IsValid() {
		copy(b, a.AsSlice())
	}
}

var errDHCP = errors.New("no message of DHCP")

// readDHCP reads one.
func readDHCP(b []byte) (*dhcpMessage, error) {
	if len(b) < 240 || [4]byte(b[236:]) != dhcpMagic || b[2] != 6 {
		return nil, errDHCP
	}
	m := &dhcpMessage{question: b[0] == 1, id: binary.BigEndian.Uint32(b[4:]), client: readAddr(b[12:]),
		yours: readAddr(b[16:]), mac: net.HardwareAddr(b[28:34]), options: map[byte][]byte{}}
	for b = b[240:]; len(b) > 0 && b[0] != optionEnd; {
		if b[0] == 0 { // padding has no length
			b = b[1:]
			continue
		}
		if len(b) < 2 || len(b) < 2+int(b[1]) {
			return nil, errDHCP
		}
		m.options[b[0]] = b[2 : 2+int(b[1])]
		b = b[2+int(b[1]):]
	}
	return m, nil
}

// readAddr is an address, or none: 0.0.0.0 says that there is none.
func readAddr(b []byte) netip.Addr {
	if a := netip.AddrFrom4([4]byte(b)); !a.IsUnspecified() {
		return a
	}
	return netip.Addr{}
}

// option is the address that an option has.
func (m *dhcpMessage) option(n byte) netip.Addr {
	a, _ := netip.AddrFromSlice(m.options[n])
	return a
}

// dhcpServer gives one address.
type dhcpServer struct {
	own, gives netip.Addr
	lease      time.Duration
	conn       net.PacketConn
	serving    sync.WaitGroup
}

// serve answers until the socket is closed.
func (s *dhcpServer) serve() {
	buf := make([]byte, 1500)
	for {
		n, _, err := s.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		if m, err := readDHCP(buf[:n]); err == nil && m.question {
			s.answer(m)
		}
	}
}

// answer is RFC 2131 §4.3.
func (s *dhcpServer) answer(m *dhcpMessage) {
	switch wanted := m.option(optionRequested); {
	case m.kind() == dhcpDiscover:
		s.send(m, dhcpOffer, s.gives)
	case m.kind() != dhcpRequest:
	case m.options[optionServer] != nil && m.option(optionServer) != s.own:
		// The client has taken the offer of another server: the address is free again.
	case m.client == s.gives || wanted == s.gives: // a renewal, or what was offered
		s.send(m, dhcpAck, s.gives)
	case m.options[optionServer] == nil: // an address that does not belong to this network
		s.send(m, dhcpNak, netip.Addr{})
	}
}

// send answers to all, or to a client that has an address, to that (RFC 2131 §4.1).
func (s *dhcpServer) send(m *dhcpMessage, kind byte, yours netip.Addr) {
	to := &net.UDPAddr{IP: net.IPv4bcast, Port: 68}
	if m.client.IsValid() && kind != dhcpNak {
		to.IP = m.client.AsSlice()
	}
	a := &dhcpMessage{id: m.id, client: m.client, yours: yours, mac: m.mac,
		options: map[byte][]byte{optionType: {kind}, optionServer: s.own.AsSlice()}}
	if kind != dhcpNak {
		a.options[optionMask] = []byte{255, 255, 255, 0}
		a.options[optionLease] = binary.BigEndian.AppendUint32(nil, uint32(s.lease.Seconds()))
	}
	s.conn.WriteTo(a.bytes(), to)
}
