package dissect

import (
	"encoding/binary"
	"net/netip"
)

// Types of DHCP messages (RFC 2132 §9.6).
var DHCPTypes = map[uint8]string{1: "DISCOVER", 2: "OFFER", 3: "REQUEST", 4: "DECLINE", 5: "ACK", 6: "NAK",
	7: "RELEASE", 8: "INFORM"}

// DHCP is a message (RFC 2131 §2).
type DHCP struct {
	Span
	Operation               uint8 // 1: of a client, 2: of a server
	ID                      uint32
	Flags                   uint16
	Client, Yours, Server   netip.Addr
	Relay                   netip.Addr
	MAC                     MAC
	Type                    uint8 // 0: BOOTP
	Options                 []Option
	Requested, ServerID     netip.Addr
	Lease                   uint32 // seconds
	Host                    string
	Mask, Router, DNSServer netip.Addr
}

const (
	dhcpCookie  = 0x63825363 // RFC 2131 §3
	dhcpOptions = 240        // where they begin
	dhcpFixed   = 34         // what must be there of a message that was cut off when it was captured
)

func isDHCP(u *UDP, b []byte) bool {
	if !u.named(67) && !u.named(68) || len(b) < dhcpFixed {
		return false
	}
	cut := u.Length-8 > len(b)
	return len(b) < dhcpOptions && cut || len(b) >= dhcpOptions && binary.BigEndian.Uint32(b[236:]) == dhcpCookie
}

func (d *decoder) dhcp(at, to int) {
	m := &DHCP{Span: Span{at, min(at+dhcpOptions, to), to}, Operation: d.b[at], ID: d.u32(at + 4), Flags: d.u16(at + 10),
		Client: d.addr4(at + 12), Yours: d.addr4(at + 16), Server: d.addr4(at + 20), Relay: d.addr4(at + 24),
		MAC: MAC(d.b[at+28 : at+34])}
	for b := d.b[m.Body:to]; len(b) > 0 && b[0] != 255; { // RFC 2132 §2: 0 pads, 255 ends, else kind, length, value
		if b[0] == 0 {
			b = b[1:]
			continue
		}
		if len(b) < 2 || 2+int(b[1]) > len(b) {
			break
		}
		o := Option{b[0], b[2 : 2+b[1]]}
		m.Options, b = append(m.Options, o), b[2+b[1]:]
		m.take(o)
	}
	d.add(m)
}

func (m *DHCP) take(o Option) {
	if o.Kind == 53 && len(o.Value) == 1 {
		m.Type = o.Value[0]
	}
	if o.Kind == 12 {
		m.Host = string(o.Value)
	}
	if len(o.Value) < 4 {
		return
	}
	addr := netip.AddrFrom4([4]byte(o.Value))
	switch o.Kind {
	case 1:
		m.Mask = addr
	case 3:
		m.Router = addr
	case 6:
		m.DNSServer = addr
	case 50:
		m.Requested = addr
	case 51:
		m.Lease = binary.BigEndian.Uint32(o.Value)
	case 54:
		m.ServerID = addr
	}
}
