package lessons

import (
	"cmp"
	"context"
	"net"

	"pollwire/lab/netbox"
)

// place is where sockets are made: a host of a network, or, as the zero place, this computer by its loopback
// addresses. A lesson has two: client, where it calls from, and peer, where servers are that it starts itself.
type place struct {
	host     *netbox.Host
	ip4, ip6 string
}

// addr is the address of a port here, in IPv4.
func (p place) addr(port string) string { return net.JoinHostPort(p.v4(), port) }

func (p place) v4() string { return cmp.Or(p.ip4, "127.0.0.1") }
func (p place) v6() string { return cmp.Or(p.ip6, "::1") }

// in runs f where sockets that it makes belong to this place.
func (p place) in(f func() error) error {
	if p.host == nil {
		return f()
	}
	return p.host.In(f)
}

// dial connects from here.
func (p place) dial(ctx context.Context, d *net.Dialer, network, addr string) (conn net.Conn, err error) {
	err = p.in(func() error {
		conn, err = d.DialContext(ctx, network, addr)
		return err
	})
	return conn, err
}

// listen waits for connections here.
func (p place) listen(network, addr string) (l net.Listener, err error) {
	err = p.in(func() error {
		l, err = net.Listen(network, addr)
		return err
	})
	return l, err
}

// listenPacket takes datagrams here.
func (p place) listenPacket(network, addr string) (c net.PacketConn, err error) {
	err = p.in(func() error {
		c, err = net.ListenPacket(network, addr)
		return err
	})
	return c, err
}
