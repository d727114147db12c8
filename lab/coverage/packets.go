package coverage

import (
	"fmt"
	"strings"

	"pollwire/lab/dissect"
	"pollwire/lab/trace"
)

// packet notes what a packet shows by itself.
func (c *Coverage) packet(p *trace.Packet) {
	note := func(id string) { c.add(p.Number, id) }
	for _, l := range p.Layers() {
		switch l := l.(type) {
		case *dissect.Ethernet:
			ethernet(l, note)
		case *dissect.Loopback:
			note("loopback")
		case *dissect.Cooked:
			note("cooked")
		case *dissect.ARP:
			arp(l, note)
		case *dissect.IPv4:
			ipv4(p, l, note)
		case *dissect.IPv6:
			ipv6(p, l, note)
		case *dissect.ICMP:
			icmp(l, note)
		case *dissect.UDP:
			note("udp")
		case *dissect.TCP:
			tcp(p, l, note)
		case *dissect.DNS:
			dns(l, note)
		case *dissect.DHCP:
			dhcp(l, note)
		case *dissect.QUIC:
			quic(l, note)
		}
	}
}

type noter func(id string)

// when notes an item if it is there.
func (note noter) when(there bool, id string) {
	if there {
		note(id)
	}
}

func ethernet(e *dissect.Ethernet, note noter) {
	everybody := e.Destination == dissect.MAC{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}
	if e.Destination == (dissect.MAC{}) && e.Source == (dissect.MAC{}) {
		return // Linux' loopback: it looks like Ethernet, and has no cards
	}
	note("eth")
	note.when(everybody, "eth.broadcast")
	note.when(e.Destination.Group() && !everybody, "eth.multicast")
	note.when(len(e.Tags) > 0, "vlan")
}

func arp(a *dissect.ARP, note noter) {
	note.when(a.Operation == dissect.ARPRequest, "arp.request")
	note.when(a.Operation == dissect.ARPReply, "arp.reply")
}

func ipv4(p *trace.Packet, ip *dissect.IPv4, note noter) {
	note("ipv4")
	note.when(ip.Source.IsLoopback(), "ipv4.loopback")
	note.when(ip.DontFragment, "ipv4.df")
	note.when(len(ip.Options) > 0, "ipv4.options")
	note.when(ip.Fragment(), "ipv4.fragment")
	note.when(p.Datagram != nil, "ipv4.whole")
}

func ipv6(p *trace.Packet, ip *dissect.IPv6, note noter) {
	note("ipv6")
	note.when(len(ip.Extensions) > 0, "ipv6.extension")
	note.when(ip.Fragment != nil, "ipv6.fragment")
	note.when(p.Datagram != nil, "ipv6.whole")
}

// messages of ICMP by version, type and code; -1: any code.
var messages = map[[3]int]string{
	{4, dissect.EchoRequest, -1}:                          "icmp.echo_request",
	{4, dissect.EchoReply, -1}:                            "icmp.echo_reply",
	{4, dissect.Unreachable, dissect.PortUnreachable}:     "icmp.port",
	{4, dissect.Unreachable, dissect.FragmentationNeeded}: "icmp.too_big",
	{4, dissect.TimeExceeded, 0}:                          "icmp.ttl",
	{6, dissect.EchoRequest6, -1}:                         "icmpv6.echo_request",
	{6, dissect.EchoReply6, -1}:                           "icmpv6.echo_reply",
	{6, dissect.Unreachable6, dissect.PortUnreachable6}:   "icmpv6.port",
	{6, dissect.PacketTooBig6, -1}:                        "icmpv6.too_big",
	{6, dissect.TimeExceeded6, 0}:                         "icmpv6.ttl",
	{6, dissect.NeighbourSolicitation, -1}:                "icmpv6.neighbour",
	{6, dissect.NeighbourAdvertisement, -1}:               "icmpv6.neighbour",
}

func icmp(m *dissect.ICMP, note noter) {
	for _, code := range []int{int(m.Code), -1} {
		if id, ok := messages[[3]int{m.Version, int(m.Type), code}]; ok {
			note(id)
			return
		}
	}
}

func tcp(p *trace.Packet, t *dissect.TCP, note noter) {
	note.when(t.Flags&(dissect.SYN|dissect.ACK) == dissect.SYN, "tcp.syn")
	note.when(t.Has(dissect.FIN), "tcp.fin")
	note.when(t.Has(dissect.RST), "tcp.rst")
	note.when(t.Carried() > 0, "tcp.data")
	for kind, id := range map[uint8]string{dissect.OptionMSS: "tcp.mss", dissect.OptionWindowScale: "tcp.window_scale",
		dissect.OptionSACKPermitted: "tcp.sack_permitted", dissect.OptionSACK: "tcp.sack",
		dissect.OptionTimestamps: "tcp.timestamps"} {
		_, there := t.Option(kind)
		note.when(there, id)
	}
	for _, name := range p.Analysis.Names() {
		note.when(known["tcp."+name], "tcp."+name)
	}
}

// known are the ids of the list.
var known = map[string]bool{}

func init() {
	for _, i := range items {
		known[i.id] = true
	}
}

func dns(m *dissect.DNS, note noter) {
	note.when(!m.Response, "dns.query")
	note.when(m.Response, "dns.response")
	note.when(m.Truncated, "dns.truncated")
	for _, q := range m.Questions[:min(len(m.Questions), 4)] {
		note("dns.type." + strings.TrimPrefix(q.Type.String(), "Type"))
	}
	if m.Response {
		note("dns.code." + codeName(int(m.RCode)))
	}
}

// codeName is a code of DNS as people call it (RFC 1035 §4.1.1, RFC 6895 §2.3).
func codeName(code int) string {
	names := []string{"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"}
	if code < len(names) {
		return names[code]
	}
	return fmt.Sprint(code)
}

func dhcp(m *dissect.DHCP, note noter) {
	if name, ok := dissect.DHCPTypes[m.Type]; ok {
		note("dhcp." + name)
	}
}

func quic(q *dissect.QUIC, note noter) {
	if q.Version == dissect.QUICNegotiation {
		note("quic.negotiation")
		return
	}
	note([]string{"quic.initial", "quic.0rtt", "quic.handshake", "quic.retry"}[q.Type])
}
