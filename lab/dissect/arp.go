package dissect

import "net/netip"

// What an ARP packet is (RFC 826).
const (
	ARPRequest = 1
	ARPReply   = 2
)

// ARP asks who has an address of IP, and answers, for IPv4 on Ethernet.
type ARP struct {
	Span
	Operation          uint16
	SenderMAC          MAC
	Sender             netip.Addr
	TargetMAC          MAC // of a request: nothing is known yet
	Target             netip.Addr
	Hardware, Protocol uint16
}

// Probe reports whether it asks for an address that its sender would like to have (RFC 5227 §1.1).
func (a *ARP) Probe() bool { return a.Operation == ARPRequest && a.Sender.IsUnspecified() }

// Gratuitous reports whether it tells of its sender's own address without having been asked (RFC 5227 §1.1).
func (a *ARP) Gratuitous() bool { return a.Sender == a.Target && !a.Sender.IsUnspecified() }

func (d *decoder) arp(at, to int) {
	if !d.has(8, at, to, "an ARP packet") {
		return
	}
	a := &ARP{Span: Span{at, to, to}, Hardware: d.u16(at), Protocol: d.u16(at + 2), Operation: d.u16(at + 6)}
	if a.Protocol != TypeIPv4 || d.b[at+4] != 6 || d.b[at+5] != 4 {
		d.malformed(at, to, "ARP of other addresses than Ethernet's and IPv4's")
		return
	}
	if !d.has(28, at, to, "an ARP packet") {
		return
	}
	a.Body = at + 28
	a.SenderMAC, a.Sender = MAC(d.b[at+8:at+14]), d.addr4(at+14)
	a.TargetMAC, a.Target = MAC(d.b[at+18:at+24]), d.addr4(at+24)
	d.add(a)
}
