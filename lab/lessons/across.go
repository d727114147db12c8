package lessons

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"pollwire/lab/netbox"
)

// pollwire lab NAME -net: a lesson about the server, played across a network. The server is in one host, who asks it in
// another one, and the wire between them writes down what passes, frames and ARP included.
//
//	client 10.0.0.1, fd00::1  ---- 20 ms there, 20 ms back ----  10.0.0.2, fd00::2 server

// across are the two ends, and acrossDelay how far they are from each other: as far as it takes that a round trip can
// be seen in every list of packets, and that Wireshark takes nothing for out of order.
var across = struct{ client, server place }{
	place{ip4: "10.0.0.1", ip6: "fd00::1"}, place{ip4: "10.0.0.2", ip6: "fd00::2"}}

const acrossDelay = 20 * time.Millisecond

// usualRoom is how much room a connection of Linux has, when nobody has set it otherwise.
var usualRoom = []netbox.Setting{netbox.Sysctl("ipv4/tcp_wmem", "4096 16384 4194304"),
	netbox.Sysctl("ipv4/tcp_rmem", "4096 131072 6291456")}

// Across starts a server in a network of its own, on its default ports. Captures are written into a folder. stop ends
// both; the captures are complete then.
func Across(seed uint64, folder string, newServer Start) (_ *Stage, stop func() error, err error) {
	n, err := netbox.New(seed, folder)
	if err != nil {
		return nil, nil, err
	}
	client, server := across.client, across.server
	client.host, server.host = n.Host("client", usualRoom...), n.Host("server", usualRoom...)
	card := func(p place) *netbox.Card { return p.host.Card(p.ip4+"/24", p.ip6+"/64") }
	n.Link(card(client), card(server), netbox.Delay(acrossDelay))
	var st *Stage
	var stopServer func() error
	if err = n.Err(); err == nil {
		err = server.in(func() (err error) {
			st, stopServer, err = serve(defaultAddrs(), newServer)
			return err
		})
	}
	if err != nil {
		return nil, nil, errors.Join(err, n.Close())
	}
	st.Host, st.Name, st.client, st.peer = server.ip4, server.ip4, client, server
	st.otherwise = n.Otherwise()
	return st, func() error {
		time.Sleep(5 * acrossDelay) // the last FIN and its acknowledgement are still under way
		return errors.Join(n.Close(), stopServer())
	}, nil
}

// defaultAddrs are the services at all addresses of a host, where nobody else has their ports.
func defaultAddrs() map[string]string {
	addr := map[string]string{}
	for service, port := range defaults {
		addr[service] = ":" + port
	}
	return addr
}

// inNetwork tells whether the lesson is played across a network of its own.
func (st *Stage) inNetwork() bool { return st.client.host != nil }

// reserveAny gives a lesson spare ports where all are free: the same ones for the same seed.
func (st *Stage) reserveAny(l Lesson) {
	draw := rand.New(rand.NewPCG(st.Seed, 0))
	from := lowestSpare + draw.IntN(1000)
	st.spare = map[string][]string{}
	for i := range l.Spare {
		st.spare[l.Name] = append(st.spare[l.Name], fmt.Sprint(from+i))
	}
}

// mtu is how large a packet between the lesson's two ends may be; 0: there is no limit.
func (st *Stage) mtu() int {
	if st.inNetwork() {
		return 1500
	}
	return loopbackMTU()
}

// wire is what packets pass between the two ends.
func (st *Stage) wire() Text {
	if st.inNetwork() {
		return Text{"This wire", "이 회선은"}
	}
	return Text{"Loopback", "루프백은"}
}
