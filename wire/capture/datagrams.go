package capture

import (
	"net"
	"net/netip"
	"sync/atomic"
)

// PacketConn returns p with all its datagrams recorded, from now on: there are no connections of which something could
// be kept.
func (r *Recorder) PacketConn(p net.PacketConn) net.PacketConn {
	if r == nil || p == nil {
		return p
	}
	return &packetConn{PacketConn: p, rec: r}
}

type packetConn struct {
	net.PacketConn
	rec *Recorder
	id  atomic.Uint32
}

func (p *packetConn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := p.PacketConn.ReadFrom(b)
	if err == nil && p.rec.reading.Load() > 0 {
		var comments []string
		if n == len(b) {
			comments = []string{"Perhaps cut off: the server reads no more of a datagram."}
		}
		client := addrPort(from)
		p.emit(client, p.own(client), b[:n], comments)
	}
	return n, from, err
}

func (p *packetConn) WriteTo(b []byte, to net.Addr) (int, error) {
	n, err := p.PacketConn.WriteTo(b, to)
	if err == nil && p.rec.reading.Load() > 0 {
		client := addrPort(to)
		p.emit(p.own(client), client, b, nil)
	}
	return n, err
}

func (p *packetConn) emit(from, to netip.AddrPort, b []byte, comments []string) {
	if from.Addr().Is4() == to.Addr().Is4() && from.IsValid() && to.IsValid() {
		p.rec.publish(appendDatagram(nil, from, to, uint16(p.id.Add(1)), b, comments))
	}
}

// own returns the server's end. A socket for all addresses does not tell which one a client has used: it is taken to be
// the client's own on loopback, and otherwise the one from which the system would answer.
func (p *packetConn) own(client netip.AddrPort) netip.AddrPort {
	own := addrPort(p.LocalAddr())
	if !own.Addr().IsUnspecified() {
		return own
	}
	if client.Addr().IsLoopback() {
		return netip.AddrPortFrom(client.Addr(), own.Port())
	}
	route, err := net.Dial("udp", client.String()) // sends nothing
	if err != nil {
		return netip.AddrPort{}
	}
	defer route.Close()
	return netip.AddrPortFrom(addrPort(route.LocalAddr()).Addr(), own.Port())
}
