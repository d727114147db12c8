package lab

import (
	"crypto/tls"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"pollwire/rest/output"
)

// Connection is what both ends of a connection have in common. Addresses are 192.0.2.1:5000 or [2001:db8::1]:5000.
type Connection struct {
	Client        string   `json:"client"`
	Server        string   `json:"server"`
	Protocol      string   `json:"protocol"`       // HTTP/1.0, HTTP/1.1, HTTP/2.0, HTTP/3.0
	TLS           *secured `json:"tls"`            // null: everybody on the way can read along
	DisplayFilter string   `json:"display_filter"` // finds this connection in a capture
}

// identity is the answer of Whoami.
type identity struct {
	Connection
	Method  string      `json:"method"`
	Target  string      `json:"target"` // of the request line, or :path in HTTP/2
	Host    string      `json:"host"`   // from Host, or from :authority in HTTP/2
	Headers http.Header `json:"headers"`
}

// secured is what the TLS handshake agreed on, by the names of the IANA registries, as Wireshark shows them.
type secured struct {
	Version     string `json:"version"`
	CipherSuite string `json:"cipher_suite"`
	KeyExchange string `json:"key_exchange"` // empty where none was needed: a session of TLS 1.2 that was resumed
	ALPN        string `json:"alpn"`         // RFC 7301; empty if the client offered none
	ServerName  string `json:"server_name"`  // RFC 6066 §3; empty if the client sent an IP address or none
	Resumed     bool   `json:"resumed"`      // RFC 8446 §2.2: the keys go back to an earlier connection
}

// Whoami answers with what the server knows of the client: addresses, protocol, TLS, and the request as it came.
//
//	http.request.uri contains "/lab/whoami"      the request, HTTP/1
//	http2.headers.path contains "/lab/whoami"    the request, HTTP/2
//	udp.port == N                                the connection, HTTP/3 (see display_filter)
//	tls.handshake.type == 2                      the ServerHello: its version, cipher suite and key share
//	tls.handshake.extensions.psk.identity.selected
//	                                             the ServerHello of a resumed session, TLS 1.3
//	tls.resumed                                  the same, TLS 1.2
//
// The answer's display_filter finds the whole connection.
//
// To send a request back was HTTP's own method TRACE (RFC 9110 §9.3.8), which servers switched off: a script on the
// page could read cookies that it must not see. Here too: a cookie that is HttpOnly is among the headers.
func Whoami(w http.ResponseWriter, r *http.Request) error {
	noStore(w)
	return output.JSON(w, http.StatusOK, identity{ConnectionOf(r), r.Method, r.RequestURI, r.Host, received(r)})
}

// ConnectionOf describes the connection that a request came on.
func ConnectionOf(r *http.Request) Connection {
	server, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	return connection(r.RemoteAddr, server, r.Proto, r.TLS)
}

// ConnectionOn describes a connection that has become one of another protocol, and is no longer one of HTTP.
func ConnectionOn(conn net.Conn, protocol string) Connection {
	var state *tls.ConnectionState
	if secure, ok := conn.(*tls.Conn); ok {
		state = new(secure.ConnectionState())
	}
	return connection(conn.RemoteAddr().String(), conn.LocalAddr(), protocol, state)
}

func connection(remote string, local net.Addr, protocol string, state *tls.ConnectionState) Connection {
	client := endpoint(remote)
	var server netip.AddrPort
	transport := "tcp"
	if local != nil {
		server, transport = endpoint(local.String()), local.Network()
	}
	return Connection{
		Client:   spelled(client),
		Server:   spelled(server),
		Protocol: protocol,
		TLS:      describe(state),
		// Both ports: without addresses it holds for IPv4 and IPv6 alike, and a client has a port of its own for
		// each connection to a server.
		DisplayFilter: fmt.Sprintf("%[1]s.port == %[2]d && %[1]s.port == %[3]d", transport, client.Port(), server.Port()),
	}
}

// received is the header section as nearly as net/http has kept it. What is lost: the order of the fields; in HTTP/1
// how their names were spelled (HTTP/2 has small letters only), where net/http writes Content-Type; that HTTP/2 may
// send each cookie in a field of its own (RFC 9113 §8.2.3). Bytes that are not UTF-8 become U+FFFD in JSON. What is
// added: a Cache-Control to an old "Pragma: no-cache".
func received(r *http.Request) http.Header {
	h := maps.Clone(r.Header)
	if h == nil {
		h = http.Header{}
	}
	if r.ProtoMajor >= 2 {
		return h // :authority and the other pseudo-header fields are not header fields (RFC 9113 §8.3)
	}
	// net/http takes out what it has understood. The Host beside a target with a host of its own is gone for good
	// (RFC 9112 §3.2.2: it does not count).
	if r.Host != "" && strings.HasPrefix(r.RequestURI, "/") {
		h["Host"] = []string{r.Host}
	}
	if len(r.TransferEncoding) > 0 {
		h["Transfer-Encoding"] = r.TransferEncoding
	}
	return h
}

func describe(s *tls.ConnectionState) *secured {
	if s == nil {
		return nil
	}
	exchange := group(s.CurveID)
	if s.DidResume && s.Version <= tls.VersionTLS12 {
		exchange = "" // crypto/tls tells that of the earlier connection (RFC 5246 §7.3: no key exchange now)
	}
	return &secured{
		Version:     tls.VersionName(s.Version),
		CipherSuite: tls.CipherSuiteName(s.CipherSuite),
		KeyExchange: exchange,
		ALPN:        s.NegotiatedProtocol,
		ServerName:  s.ServerName,
		Resumed:     s.DidResume,
	}
}

// group names a key exchange as TLS does (RFC 8422 §5.1.1); Go says CurveP256 for secp256r1.
func group(id tls.CurveID) string {
	switch id {
	case 0:
		return ""
	case tls.CurveP256:
		return "secp256r1"
	case tls.CurveP384:
		return "secp384r1"
	case tls.CurveP521:
		return "secp521r1"
	case tls.X25519:
		return "x25519"
	}
	return id.String()
}

// endpoint reads IP:PORT. An IPv4 client of a socket that listens on both comes as ::ffff:192.0.2.1 and is written as
// everybody knows it.
func endpoint(s string) netip.AddrPort {
	a, _ := netip.ParseAddrPort(s)
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// spelled is empty for what is no address: that of a Unix socket.
func spelled(a netip.AddrPort) string {
	if !a.IsValid() {
		return ""
	}
	return a.String()
}
