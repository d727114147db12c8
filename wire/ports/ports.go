// Package ports opens the listeners of a program that offers several services, and ends what is served there: what is
// asked over HTTP (Set), and connections that were handed over, such as WebSockets (Handed).
//
//	":8000"           all addresses of the machine, IPv4 and IPv6 in one socket (RFC 4291 §2.5.5.2 mapped addresses)
//	"127.0.0.1:8000"  only there
//	":0"              a free port, which the operating system picks
//	""                off
//
// Two services with the same address share one listener. A service may want UDP beside TCP, on the same number.
package ports

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"pollwire/wire/http3"
)

// Service is what is to be opened.
type Service struct {
	Name string // the flag that sets Addr, for errors
	Addr string
	UDP  bool // the same number over UDP too
}

// Listener is an open port and the names of the services on it.
type Listener struct {
	net.Listener
	Services []string
	Packets  net.PacketConn // nil unless a service wanted UDP
	HTTP     *http.Server   // the caller's; needed by Shutdown alone, and so is the next
	HTTP3    *http3.Server  // nil: off
}

// Alone tells whether this service has the listener for itself.
func (l *Listener) Alone(service string) bool {
	return len(l.Services) == 1 && l.Services[0] == service
}

// Port returns the number.
func (l *Listener) Port() int { return l.Addr().(*net.TCPAddr).Port }

// Hosts returns every name and address under which the listener can be reached, loopback first, then the addresses
// that others on the same network use. IPv6 addresses have their brackets. Link-local ones are left out: they need a
// zone that is another on each machine.
func (l *Listener) Hosts() []string {
	bound := l.Addr().(*net.TCPAddr)
	if !bound.IP.IsUnspecified() {
		return []string{bracket(bound.AddrPort().Addr())}
	}
	hosts := []string{"localhost"}
	addrs, _ := net.InterfaceAddrs() // without them, localhost is still right
	for _, a := range addrs {
		prefix, err := netip.ParsePrefix(a.String())
		if ip := prefix.Addr(); err == nil && !ip.IsLoopback() && !ip.IsLinkLocalUnicast() {
			hosts = append(hosts, bracket(ip))
		}
	}
	return hosts
}

// URLs returns the same as addresses to type.
func (l *Listener) URLs(scheme, path string) (urls []string) {
	for _, host := range l.Hosts() {
		urls = append(urls, fmt.Sprintf("%s://%s:%d%s", scheme, host, l.Port(), path))
	}
	return urls
}

func bracket(a netip.Addr) string {
	if a.Unmap().Is4() {
		return a.Unmap().String()
	}
	return "[" + a.String() + "]"
}

// Close closes both sides.
func (l *Listener) Close() error {
	if l.Packets != nil {
		l.Packets.Close()
	}
	return l.Listener.Close()
}

// Open opens all services, in their order, or none. The error names the flag.
func Open(services []Service) (Set, error) {
	var all Set
	byAddr := map[string]*Listener{}
	for _, s := range services {
		if s.Addr == "" {
			continue
		}
		l, err := byAddr[s.Addr], error(nil)
		if l == nil {
			l, err = open(s)
		} else if s.UDP && l.Packets == nil {
			l.Packets, err = listenUDP(l.Listener)
		}
		if err != nil {
			all.Close()
			return nil, fmt.Errorf("-%s %s: %w", s.Name, s.Addr, err)
		}
		if len(l.Services) == 0 {
			all = append(all, l)
		}
		l.Services = append(l.Services, s.Name)
		if !strings.HasSuffix(s.Addr, ":0") { // each :0 is another free port
			byAddr[s.Addr] = l
		}
	}
	return all, nil
}

// open tries several times where the system picks the port: the number may be free for TCP and taken for UDP.
func open(s Service) (*Listener, error) {
	for try := 1; ; try++ {
		tcp, err := net.Listen("tcp", s.Addr)
		if err != nil {
			return nil, err
		}
		l := &Listener{Listener: tcp}
		if !s.UDP {
			return l, nil
		}
		if l.Packets, err = listenUDP(tcp); err == nil {
			return l, nil
		}
		tcp.Close()
		if try == 10 || !strings.HasSuffix(s.Addr, ":0") {
			return nil, err
		}
	}
}

func listenUDP(tcp net.Listener) (net.PacketConn, error) {
	a := tcp.Addr().(*net.TCPAddr).AddrPort()
	host := a.Addr().String()
	if a.Addr() == netip.IPv6Unspecified() {
		host = "" // both families, as TCP does
	}
	return net.ListenPacket("udp", net.JoinHostPort(host, strconv.Itoa(int(a.Port()))))
}
