// Package ports opens the listeners of a program that offers several services, and ends what is served there: what is
// asked over HTTP (Set), and connections that were handed over, such as WebSockets (Handed).
//
//	":8000"           all addresses of the machine, IPv4 and IPv6 in one socket (RFC 4291 §2.5.5.2 mapped addresses)
//	"127.0.0.1:8000"  only there
//	"localhost:8000"  only for this machine: 127.0.0.1, and ::1 where there is IPv6, each with a listener of its own
//	":0"              a free port, which the operating system picks
//	""                off
//
// Two services with the same address share one listener. A service may want UDP beside TCP, on the same number: where
// there is none, or another program has it, the service is open all the same.
package ports

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"syscall"

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
	HTTP     *http.Server  // the caller's; needed by Shutdown alone, and so is the next
	HTTP3    *http3.Server // nil: off

	Packets   net.PacketConn // nil unless a service wanted UDP and it could be opened
	NoPackets error          // why it could not
	local     bool           // it was asked for by the name localhost
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
	if l.local {
		return []string{"localhost"}
	}
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

// URLs returns the same as addresses to type; of a nil Listener there are none.
func (l *Listener) URLs(scheme, path string) (urls []string) {
	if l == nil {
		return nil
	}
	for _, host := range l.Hosts() {
		urls = append(urls, fmt.Sprintf("%s://%s:%d%s", scheme, host, l.Port(), path))
	}
	return urls
}

// Host is how this machine calls the listener: a name or an address, and the number. That of a nil Listener is "".
func (l *Listener) Host() string {
	if l == nil {
		return ""
	}
	return fmt.Sprintf("%s:%d", l.Hosts()[0], l.Port())
}

// Addresses returns where this machine reaches the listener, and where another one of the same network does, if it can.
// Of a nil Listener both are "".
func (l *Listener) Addresses(scheme, path string) (own, others string) {
	if l == nil {
		return "", ""
	}
	urls, bound := l.URLs(scheme, path), l.Addr().(*net.TCPAddr).IP
	switch {
	case len(urls) > 1:
		others = urls[1]
	case !l.local && !bound.IsUnspecified() && !bound.IsLoopback():
		others = urls[0]
	}
	return urls[0], others
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

// Open opens all services, in their order, or none. The error is an *Error.
func Open(services []Service) (Set, error) {
	var all Set
	byAddr := map[string][]*Listener{}
	for _, s := range services {
		if s.Addr == "" {
			continue
		}
		same := byAddr[s.Addr]
		if same == nil {
			opened, err := open(s)
			if err != nil {
				all.Close()
				return nil, &Error{Name: s.Name, Addr: s.Addr, Err: err}
			}
			same, all = opened, append(all, opened...)
		}
		for _, l := range same {
			if l.Services = append(l.Services, s.Name); s.UDP && l.Packets == nil {
				l.Packets, l.NoPackets = listenUDP(l.Listener)
			}
		}
		if !strings.HasSuffix(s.Addr, ":0") { // each :0 is another free port
			byAddr[s.Addr] = same
		}
	}
	return all, nil
}

// Error says which service could not be opened.
type Error struct {
	Name, Addr string
	Err        error
}

func (e *Error) Error() string { return fmt.Sprintf("-%s %s: %v", e.Name, e.Addr, e.Err) }
func (e *Error) Unwrap() error { return e.Err }

// open returns the listener of a service, or the two of localhost. Where the system picks the port it tries several
// times: the number may be free for TCP and taken for UDP.
func open(s Service) ([]*Listener, error) {
	addr, local := strings.CutPrefix(s.Addr, "localhost:")
	if local {
		addr = "127.0.0.1:" + addr
	} else {
		addr = s.Addr
	}
	for try := 1; ; try++ {
		tcp, err := net.Listen("tcp", addr)
		if err != nil {
			return nil, err
		}
		l := &Listener{Listener: tcp, local: local}
		if s.UDP {
			l.Packets, l.NoPackets = listenUDP(tcp)
		}
		again := try < 10 && strings.HasSuffix(s.Addr, ":0")
		if l.NoPackets != nil && again {
			tcp.Close()
			continue
		}
		if !local {
			return []*Listener{l}, nil
		}
		if both, err := withIPv6(l); err == nil || !again {
			return both, err
		}
	}
}

// withIPv6 adds ::1, if this machine has it. That another program has the number there is an error: half of the clients
// would come to that one.
func withIPv6(l *Listener) ([]*Listener, error) {
	six, err := net.Listen("tcp", net.JoinHostPort("::1", strconv.Itoa(l.Port())))
	if err != nil && (errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, windowsInUse)) {
		l.Close()
		return nil, err
	}
	if err != nil {
		return []*Listener{l}, nil
	}
	return []*Listener{l, {Listener: six, local: true}}, nil
}

const windowsInUse = syscall.Errno(10048) // WSAEADDRINUSE: Go's EADDRINUSE is an invention there

func listenUDP(tcp net.Listener) (net.PacketConn, error) {
	a := tcp.Addr().(*net.TCPAddr).AddrPort()
	host := a.Addr().String()
	if a.Addr() == netip.IPv6Unspecified() {
		host = "" // both families, as TCP does
	}
	return net.ListenPacket("udp", net.JoinHostPort(host, strconv.Itoa(int(a.Port()))))
}
