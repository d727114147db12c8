package lessons

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/quic"

	"pollwire/wire/http3"
)

// h3 is a client's end of an HTTP/3 connection. The server is the lesson's own, for pollwire speaks it only with
// -http3.
type h3 struct {
	*Scene
	*http3.Client
	ctx   context.Context
	local *quic.Endpoint
	at    string // the server's address
	next  uint64 // the stream of the next request
}

// dialH3 takes a port and makes the handshake.
func (s *Scene) dialH3(ctx context.Context, addr string) *h3 {
	local, err := listenQUIC(s.client, s.client.addr("0"), nil)
	s.Check("UDP", err)
	h := &h3{Scene: s, ctx: ctx, local: local, at: addr}
	config := s.TLS(sni)
	config.CurvePreferences = []tls.CurveID{tls.X25519} // a post-quantum key share would take a second Initial
	h.show()
	if h.Client, err = http3.DialFrom(ctx, local, addr, config); err != nil {
		local.Close(ctx)
		s.Check("QUIC handshake", err)
	}
	state := h.ConnectionState()
	s.Note(Text{"Agreed: %s, %s, protocol %q.",
		"합의한 내용: %s, %s, 프로토콜 %q."}.With(
		tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite), state.NegotiatedProtocol))
	return h
}

// filter is what of this connection f shows.
func (h *h3) filter(f string) string {
	return fmt.Sprintf("%s && udp.port == %d", f, h.local.LocalAddr().Port())
}

// proof is one on this connection.
func (h *h3) proof(f, field string, what Text) Proof {
	return Proof{What: what, Filter: h.filter(f), Field: field}
}

// show tells both ends, as Conn.Show does.
func (h *h3) show() {
	h.say(Event{Type: Connection, Network: "udp", Client: h.local.LocalAddr().String(), Server: h.at})
}

// answered is an answer of which the header section is here, and the rest perhaps not yet.
type answered struct {
	*http.Response
	stream uint64
}

// get sends a request, on the next stream, and waits for the header section of its answer.
func (h *h3) get(path string) answered {
	r, err := http.NewRequestWithContext(h.ctx, "GET", "https://"+sni+path, nil)
	h.Check("GET "+path, err)
	r.Header.Set("User-Agent", agent)
	stream := fmt.Sprintf("stream %d", h.next)
	h.say(Event{Type: Sent, Lines: []string{stream + "  HEADERS", "   :method: GET", "   :path: " + path, "FIN"}})
	resp, err := h.RoundTrip(r)
	h.Check("GET "+path, err)
	h.say(Event{Type: Received, Lines: []string{stream + "  HEADERS", "   :status: " + resp.Status[:3]}})
	h.next += 4 // RFC 9000 §2.1
	return answered{resp, h.next - 4}
}

// body reads the rest of an answer.
func (h *h3) body(a answered) string {
	text, err := io.ReadAll(a.Body)
	h.Check("read", err)
	h.say(Event{Type: Received, Lines: []string{fmt.Sprintf("stream %d  DATA (%d)", a.stream, len(text)),
		clip(strings.TrimSpace(string(text)), 60)}})
	return string(text)
}

// h3Server is the other end.
type h3Server struct {
	*http3.Server
	*leaky
	serving sync.WaitGroup
}

// serveH3 answers at an address until its close, which waits.
func (s *Scene) serveH3(addr string, handler http.Handler) *h3Server {
	cert, err := selfSigned()
	s.Check("certificate", err)
	p, err := s.peer.listenPacket("udp", addr)
	s.Check("UDP "+addr, err)
	server := &h3Server{leaky: &leaky{PacketConn: p}, Server: http3.NewServer(
		&http.Server{Handler: handler, IdleTimeout: time.Minute},
		&tls.Config{Certificates: []tls.Certificate{cert}})}
	server.serving.Go(func() { server.Serve(server.leaky) })
	return server
}

func (s *h3Server) close() {
	s.Server.Close()
	s.serving.Wait()
}

// leaky is the socket of a server that now and then loses what is sent, as a network does.
type leaky struct {
	net.PacketConn
	mu   sync.Mutex
	lost chan struct{} // not nil: large datagrams get lost; it is closed when one was
	once sync.Once
}

// fullSize is more than datagrams have that carry acknowledgements alone.
const fullSize = 800

// lose loses the next large datagram, and says when. What is sent in its place gets lost as well, until keep.
func (l *leaky) lose() (lost <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost, l.once = make(chan struct{}), sync.Once{}
	return l.lost
}

func (l *leaky) keep() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lost = nil
}

func (l *leaky) WriteTo(b []byte, to net.Addr) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lost != nil && len(b) >= fullSize {
		l.once.Do(func() { close(l.lost) })
		return len(b), nil
	}
	return l.PacketConn.WriteTo(b, to)
}
