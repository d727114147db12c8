package lessons

import (
	"encoding/binary"
	"net/netip"
	"sync"
	"time"
)

// A NAT, written to be read. It translates addresses and ports (NAPT, RFC 3022 §2.2), so that many hosts with private
// addresses (RFC 1918) share one that the others know. In the words of RFC 4787:
//
//   - Mapping is endpoint-independent (REQ-1): an address and port inside have one port outside, whoever is spoken to.
//   - The port is the host's own where that is free (port preservation, §4.2.1), else the next free one from 61000 on.
//     Better ones draw lots, as strangers should not be able to guess it (RFC 6056).
//   - Filtering is endpoint-independent (REQ-8): who knows the port outside may come in. Others are not even answered.
//   - A mapping ends when nothing has left by it for a time (REQ-5, REQ-6).
//   - Hairpinning (REQ-9): what is for a port outside comes back in, with address and port of outside as its source.
//   - An error of ICMP is translated with the packet that it quotes (RFC 5508 §4.2).
//
// Left out: fragments (REQ-14), the end of a TCP connection (RFC 5382 §5: a mapping of TCP too ends by being idle),
// ICMP that the box itself would send, and protocols which have addresses in what they carry, as FTP and SIP do.

// Protocols of IP.
const (
	protocolICMP = 1
	protocolTCP  = 6
	protocolUDP  = 17
)

// natEnd is one end of traffic: an address, and a port of TCP or UDP. An echo of ICMP has an identifier in its place
// (RFC 5508 §3.1).
type natEnd struct {
	protocol byte
	netip.AddrPort
}

// mapping is a line in the table of the box.
type mapping struct {
	inside natEnd
	port   uint16    // outside
	used   time.Time // when something has left by it
	kept   bool      // a port forward: it does not end
}

// nat is the box.
type nat struct {
	in, out *natSide
	idle    map[byte]time.Duration // by protocol: after so long a mapping ends

	mu       sync.Mutex // guards what follows
	byInside map[natEnd]*mapping
	byPort   map[natEnd]*mapping // by the end outside
}

// newNAT makes a box between two sides. RFC 4787 REQ-5 wants 2 minutes at least, RFC 5382 REQ-5 2 hours and 4 minutes
// for TCP, RFC 5508 REQ-2 1 minute.
func newNAT(in, out *natSide) *nat {
	return &nat{in: in, out: out, byInside: map[natEnd]*mapping{}, byPort: map[natEnd]*mapping{},
		idle: map[byte]time.Duration{protocolUDP: 2 * time.Minute, protocolTCP: 124 * time.Minute,
			protocolICMP: time.Minute}}
}

// start lets the box have what comes to its cards.
func (n *nat) start() {
	n.in.card.Take(func(frame []byte) { n.passes(n.in.receive(frame), n.leave) })
	n.out.card.Take(func(frame []byte) { n.passes(n.out.receive(frame), n.enter) })
}

// passes takes one off the TTL, as any router does (RFC 1812 §5.3.1), and lets a packet be translated.
func (n *nat) passes(packet []byte, translate func(natPacket) (ok bool)) {
	p, ok := readNATPacket(packet)
	if !ok || packet[8] <= 1 {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if !translate(p) {
		return
	}
	p.put(8, []byte{p.b[8] - 1, p.b[9]}, ipChecksum)
	to := p.end(destination).Addr()
	if n.in.network.Contains(to) {
		n.in.send(to, p.b)
		return
	}
	n.out.send(to, p.b)
}

// leave translates what comes from inside: the source.
func (n *nat) leave(p natPacket) bool {
	if quote, ok := p.quoted(); ok { // a host inside complains of a packet that came to it
		m := n.byInside[quote.end(destination)]
		if m == nil {
			return false
		}
		quote.setEnd(destination, n.outside(m).AddrPort)
		p.setAddr(source, n.out.own)
		p.sumICMP()
		return n.turn(p)
	}
	if p.protocol == protocolICMP && p.b[p.body] != echoRequest {
		return false
	}
	m := n.open(p.end(source))
	if m == nil {
		return false
	}
	p.setEnd(source, n.outside(m).AddrPort)
	return n.turn(p)
}

// turn sends back in what is for the box's own address outside: a hairpin.
func (n *nat) turn(p natPacket) bool {
	return p.end(destination).Addr() != n.out.own || n.enter(p)
}

// enter translates what comes from outside: the destination. What nobody inside has asked for is refused by silence
// (RFC 4787 §5, RFC 5382 REQ-4).
func (n *nat) enter(p natPacket) bool {
	if p.end(destination).Addr() != n.out.own {
		return false
	}
	if quote, ok := p.quoted(); ok { // somebody outside complains of a packet that left by us
		m := n.find(quote.end(source))
		if m == nil {
			return false
		}
		quote.setEnd(source, m.inside.AddrPort)
		p.setAddr(destination, m.inside.Addr())
		p.sumICMP()
		return true
	}
	m := n.find(p.end(destination))
	if m == nil {
		return false
	}
	p.setEnd(destination, m.inside.AddrPort)
	return true
}

// open is the mapping of an end inside. If there is none it begins one.
func (n *nat) open(inside natEnd) *mapping {
	m := n.byInside[inside]
	if m != nil {
		m = n.find(n.outside(m)) // it may be over
	}
	if m == nil {
		port := n.freePort(inside)
		if port == 0 {
			return nil
		}
		m = &mapping{inside: inside, port: port}
		n.byInside[inside], n.byPort[n.outside(m)] = m, m
	}
	m.used = time.Now()
	return m
}

// freePort is the host's own, or the next one that is free; 0 if there is none.
func (n *nat) freePort(inside natEnd) uint16 {
	for port := uint32(inside.Port()); port < 1<<16; port = max(port+1, 61000) {
		if n.find(n.outside(&mapping{inside: inside, port: uint16(port)})) == nil {
			return uint16(port)
		}
	}
	return 0
}

// find is the mapping that has an end outside, as long as it is in use.
func (n *nat) find(outside natEnd) *mapping {
	m := n.byPort[outside]
	if m != nil && !m.kept && time.Since(m.used) > n.idle[outside.protocol] {
		delete(n.byPort, outside)
		delete(n.byInside, m.inside)
		return nil
	}
	return m
}

// outside is the end that the others see.
func (n *nat) outside(m *mapping) natEnd {
	return natEnd{m.inside.protocol, netip.AddrPortFrom(n.out.own, m.port)}
}

// forward opens a port outside for a server inside, by hand (RFC 6887 lets hosts ask for it).
func (n *nat) forward(protocol byte, port uint16, inside netip.AddrPort) {
	n.mu.Lock()
	defer n.mu.Unlock()
	m := &mapping{inside: natEnd{protocol, inside}, port: port, kept: true}
	n.byInside[m.inside], n.byPort[n.outside(m)] = m, m
}

// natPacket is a packet of IPv4 (RFC 791 §3.1) of which ends can be read and set, or the beginning of one.
type natPacket struct {
	b        []byte
	protocol byte
	body     int // where the header of TCP, UDP or ICMP begins
	sum      int // where its checksum is; 0: it has none, or it is not here
}

// readNATPacket finds out where things are. ok: it is one that can be translated.
func readNATPacket(b []byte) (p natPacket, ok bool) {
	if len(b) < 20 || b[0]>>4 != 4 {
		return p, false
	}
	p = natPacket{b: b, protocol: b[9], body: int(b[0]&15) * 4}
	at, known := map[byte]int{protocolICMP: 2, protocolTCP: 16, protocolUDP: 6}[p.protocol]
	fragment := binary.BigEndian.Uint16(b[6:])&0x3fff != 0
	if !known || fragment || p.body < 20 || len(b) < p.body+8 {
		return p, false
	}
	if at += p.body; len(b) >= at+2 && (p.protocol != protocolUDP || p.word(at) != 0) { // RFC 768: 0 is none
		p.sum = at
	}
	return p, true
}

func (p natPacket) word(at int) uint16 { return binary.BigEndian.Uint16(p.b[at:]) }

// natWhich is one of the two ends of a packet.
type natWhich int

const (
	source      natWhich = 0
	destination natWhich = 1
)

const (
	ipChecksum  = 10 // where it stands in the header of IP
	echoRequest = 8  // a type of ICMP, as are those in quoted
)

// addrAt is where an address stands, portAt where the port is: both ends of an echo have the same identifier.
func (w natWhich) addrAt() int { return 12 + 4*int(w) }

func (p natPacket) portAt(w natWhich) int {
	if p.protocol == protocolICMP {
		return p.body + 4
	}
	return p.body + 2*int(w)
}

// end is one of the packet's ends.
func (p natPacket) end(w natWhich) natEnd {
	addr := netip.AddrFrom4([4]byte(p.b[w.addrAt():]))
	return natEnd{p.protocol, netip.AddrPortFrom(addr, p.word(p.portAt(w)))}
}

// setEnd translates one.
func (p natPacket) setEnd(w natWhich, to netip.AddrPort) {
	p.setAddr(w, to.Addr())
	p.put(p.portAt(w), binary.BigEndian.AppendUint16(nil, to.Port()), p.sum)
	if p.protocol == protocolUDP && p.sum != 0 && p.word(p.sum) == 0 {
		binary.BigEndian.PutUint16(p.b[p.sum:], 0xffff) // RFC 768: 0 would say that there is none
	}
}

// setAddr translates an address. TCP and UDP have both addresses in their checksum, too: the pseudo header (RFC 9293
// §3.1). ICMP has not (RFC 792).
func (p natPacket) setAddr(w natWhich, to netip.Addr) {
	if p.protocol == protocolICMP {
		p.put(w.addrAt(), to.AsSlice(), ipChecksum)
		return
	}
	p.put(w.addrAt(), to.AsSlice(), ipChecksum, p.sum)
}

// put changes bytes, and with them the checksums that cover them, which stand at these places.
func (p natPacket) put(at int, value []byte, sums ...int) {
	for i := 0; i < len(value); i += 2 {
		was, is := p.word(at+i), binary.BigEndian.Uint16(value[i:])
		for _, sum := range sums {
			if sum != 0 {
				binary.BigEndian.PutUint16(p.b[sum:], updated(p.word(sum), was, is))
			}
		}
	}
	copy(p.b[at:], value)
}

// updated is a checksum after one word of what it covers has changed: HC' = ~(~HC + ~m + m'), in ones' complement (RFC
// 1624 §3). The rest need not be looked at: what was broken before stays so, and the receiver notices.
func updated(sum, was, is uint16) uint16 {
	x := uint32(^sum) + uint32(^was) + uint32(is)
	x = x>>16 + x&0xffff
	x = x>>16 + x&0xffff
	return ^uint16(x)
}

// quoted is the packet that an error of ICMP is about: unreachable (3), time exceeded (11), parameter problem (12). Its
// header and 8 bytes are there at least (RFC 792).
func (p natPacket) quoted() (quote natPacket, ok bool) {
	if p.protocol != protocolICMP {
		return quote, false
	}
	switch p.b[p.body] {
	case 3, 11, 12:
		return readNATPacket(p.b[p.body+8:])
	}
	return quote, false
}

// sumICMP computes the checksum of a message of ICMP anew: of a quotation much has changed.
func (p natPacket) sumICMP() {
	binary.BigEndian.PutUint16(p.b[p.sum:], 0)
	binary.BigEndian.PutUint16(p.b[p.sum:], checksum(p.b[p.body:]))
}
