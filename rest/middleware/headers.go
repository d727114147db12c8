package middleware

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

var nosniff = []string{"nosniff"} // shared by all answers

// setHeaders gives an answer the headers that every answer has, and returns the client's address. What else many
// answers have is set where they are written: ETag and Vary by package output, Access-Control-Allow-Origin by package
// cors.
func setHeaders(h http.Header, r *http.Request) (client string) {
	client = r.RemoteAddr
	if strings.HasPrefix(client, "[::ffff:") {
		client = ClientAddr(r).String()
	}
	h["X-Client-Addr"] = []string{client}
	h["X-Content-Type-Options"] = nosniff
	return client
}

// ClientAddr is the client's end of the connection, IPv4 never as ::ffff:1.2.3.4.
func ClientAddr(r *http.Request) netip.AddrPort {
	a, _ := netip.ParseAddrPort(r.RemoteAddr)
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// OfThisMachine tells whether an address is one of this machine's own: of loopback, or of a network that it is in.
func OfThisMachine(addr netip.Addr) bool {
	addr = addr.Unmap().WithZone("")
	if addr.IsLoopback() {
		return true
	}
	own, _ := net.InterfaceAddrs() // without them, only loopback is known
	for _, a := range own {
		if prefix, err := netip.ParsePrefix(a.String()); err == nil && prefix.Addr() == addr {
			return true
		}
	}
	return false
}
